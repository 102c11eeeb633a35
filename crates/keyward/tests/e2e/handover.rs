//! An upgrade: a second process takes over the listeners of the first.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::support::eventually;
use crate::support::wire::Wire;
use crate::support::world::World;

#[test]
#[ignore = "the files of calls belong to one process, and the second cannot open them while the first drains"]
fn no_call_is_refused_and_no_stream_is_cut() {
    let mut world = World::new();
    let (_, token) = world.token(json!({}));
    let (gateway, control) = (world.keyward.gateway, world.keyward.control);

    // A body that the caller sends across the change of processes: the call is under way all the time.
    let (_, writer) = world.token(json!({ "scopes": ["echo:write"] }));
    let mut stream = TcpStream::connect(("127.0.0.1", gateway)).expect("connected");
    let head = format!(
        "POST /echo/v1/echo HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {writer}\r\ncontent-length: 10\r\n\r\nfirst"
    );
    stream.write_all(head.as_bytes()).expect("sent");

    let over = Arc::new(AtomicBool::new(false));
    let calls = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..4)
        .map(|number| {
            let (over, calls, token) = (Arc::clone(&over), Arc::clone(&calls), token.clone());
            std::thread::spawn(move || {
                let mut kept = Wire::to(gateway);
                while !over.load(Ordering::Relaxed) {
                    // Half of them connect anew for every call.
                    let reply = match number % 2 {
                        0 => kept.get("/echo/v1/echo", &token),
                        _ => Wire::to(gateway).get("/echo/v1/echo", &token),
                    };
                    assert_eq!(reply.expect("an answer").status, 200);
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let more = |what: &str| {
        let before = calls.load(Ordering::Relaxed);
        eventually(what, || calls.load(Ordering::Relaxed) > before + 100);
    };
    more("calls before");
    let mut before = world.keyward.take_over();
    more("calls while both run");
    assert_eq!(before.try_wait().expect("its state"), None, "a call is under way there");
    stream.write_all(b"again").expect("sent");
    let mut status = String::new();
    let mut answer = BufReader::new(stream);
    answer.read_line(&mut status).expect("an answer");
    assert!(status.contains(" 200 "), "{status}");
    let mut rest = String::new();
    answer.read_to_string(&mut rest).expect("all of it, and the end");
    assert!(before.wait().expect("it ends").success());
    more("calls after");
    over.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.join().expect("no call failed");
    }

    // The new one is whole: it can be changed, it serves, and it can be taken over from in its turn.
    assert_eq!(world.keyward.ready(), Some(200));
    let (id, another) = world.token(json!({}));
    assert_eq!(world.get("/echo/v1/echo", &another).status, 200);
    world.keyward.api("POST", &format!("/teams/acme/tokens/{id}/revoke"), json!({ "reason": "test" })).ok();
    assert_eq!(world.get("/echo/v1/echo", &another).code(), "token_revoked");
    let mut before = world.keyward.take_over();
    assert!(before.wait().expect("it ends").success());
    assert_eq!((world.keyward.gateway, world.keyward.control), (gateway, control));
    assert_eq!(world.get("/echo/v1/echo", &token).status, 200);
    assert_eq!(world.keyward.terminate(), Some(0));
    assert!(TcpStream::connect(("127.0.0.1", gateway)).is_err(), "no socket is left behind");
}

#[test]
fn one_that_cannot_start_leaves_the_one_before_as_it_was() {
    let world = World::new();
    let (_, token) = world.token(json!({}));
    let output = world
        .keyward
        .command(&["serve", "--take-over"])
        .env("KEYWARD_MASTER_KEY", "00".repeat(32))
        .output()
        .expect("the binary runs");
    assert!(!output.status.success());
    for _ in 0..20 {
        assert_eq!(world.get("/echo/v1/echo", &token).status, 200);
    }
    assert_eq!(world.keyward.api("GET", "/teams/acme", Value::Null).status, 200);
}
