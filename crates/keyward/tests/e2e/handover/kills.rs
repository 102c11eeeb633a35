//! kill -9 on either side of a hand-over.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use serde_json::json;

use super::streams::{Download, Upload};
use super::{Load, PATH, assert_recorded, quota, used};
use crate::support::eventually;
use crate::support::world::World;

#[test]
fn a_kill_of_the_one_before_loses_no_call_that_was_over() {
    let mut world = World::new();
    let (id, token) = world.token(quota(1000));
    let gateway = world.keyward.gateway;
    let mut first = Upload::begin(gateway, PATH, &token);
    let _cut = Download::begin(gateway, "/echo/v1/stream?lines=1000", &token);
    let mut before = world.keyward.take_over();
    assert_eq!(world.get(PATH, &token).status, 200);
    first.finish();
    // Over in the process before, which wrote it beside the files that are the other's by now.
    let late = world.keyward.path("calls").join("late");
    eventually("the call is written down, or adopted already", || {
        let sizes = std::fs::read_dir(&late).into_iter().flatten().flatten();
        let written = sizes.filter_map(|entry| entry.metadata().ok()).any(|file| file.len() > 8);
        written || super::recorded(&world, &id).len() == 2
    });
    before.kill().expect("it can be killed");
    before.wait().expect("it ends");
    assert_recorded(&world, &id, 2);
    assert_eq!(used(&world, &id, 1000), 3);
    // What it wrote is adopted for good.
    world.keyward.kill();
    world.keyward.up();
    assert_recorded(&world, &id, 2);
}

#[test]
fn one_that_is_killed_before_it_is_ready_changes_nothing() {
    let mut world = World::new();
    let (id, token) = world.token(quota(10_000_000));
    let gateway = world.keyward.gateway;
    let load = Load::begin(gateway, &token);
    let events = Download::begin(gateway, "/echo/v1/stream?lines=80", &token);
    for _ in 0..3 {
        // Long before it could be ready: handing over takes a fifth of a second at least.
        let mut other = world.keyward.spawn(&["serve", "--take-over"]);
        other.kill().expect("it can be killed");
        other.wait().expect("it ends");
        load.more("calls after a kill");
    }
    // The worst moment: it said that it is prepared, nobody accepts, and it is gone.
    let mut other = UnixStream::connect(world.keyward.path("handover.sock")).expect("somebody to take over from");
    let mut form = [0; 4];
    other.read_exact(&mut form).expect("the form");
    let length = message(&mut other);
    assert!(length > 0);
    let mut sockets = [0; 16];
    while !sockets.contains(&b'.') {
        assert!(other.read(&mut sockets).expect("sockets") > 0);
    }
    other.write_all(b"P").expect("prepared");
    assert!(message(&mut other) > 0, "what is used of limits");
    drop(other);
    load.more("calls after that");
    events.finish(80);
    eventually("it says so", || world.keyward.log().contains("the other process did not begin; this one goes on"));

    let mut before = world.keyward.take_over();
    assert!(before.wait().expect("it ends").success());
    load.more("calls in the process that took over in the end");
    let calls = load.stop() + 1;
    assert_recorded(&world, &id, calls);
    assert_eq!(used(&world, &id, 10_000_000), calls as u64);
}

/// Reads a message and says how long it was.
fn message(stream: &mut UnixStream) -> usize {
    let mut length = [0; 4];
    stream.read_exact(&mut length).expect("its length");
    let mut body = vec![0; u32::from_le_bytes(length) as usize];
    stream.read_exact(&mut body).expect("a message");
    assert!(serde_json::from_slice::<serde_json::Value>(&body).is_ok_and(|message| message != json!(null)));
    body.len()
}
