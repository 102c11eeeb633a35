//! Many connections, and callers that take their time: bounded memory and bounded time for all of them, and a call in
//! the middle of it is answered as ever.

use std::io::{BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;

use crate::support::eventually;
use crate::support::keyward::Setup;
use crate::support::wire::read_reply;
use crate::support::world::World;

const IDLE: usize = 10_000;
/// What a connection that idles may hold, of memory that stays with the allocator too.
const BYTES_EACH: u64 = 16 * 1024;

fn world(env: &[(&str, &str)]) -> World {
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    World::with(Setup { env, ..Setup::default() })
}

/// Bytes that the server holds.
fn resident(world: &World) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", world.keyward.pid())).expect("its status");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("its memory");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("a number") * 1024
}

fn connect(world: &World) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", world.keyward.gateway)).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    stream
}

#[test]
fn ten_thousand_idle_connections_hold_little() {
    let limit = getrlimit(Resource::Nofile);
    assert!(
        limit.maximum.is_none_or(|most| most > 10_500),
        "raise the hard limit of open files (ulimit -Hn) to 10,500"
    );
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).expect("more open files");
    let world = world(&[]);
    let (_, token) = world.token(json!({}));
    assert_eq!(world.get("/echo/v1/echo", &token).status, 200);
    let before = resident(&world);
    let mut idle = Vec::with_capacity(IDLE);
    for _ in 0..IDLE {
        let mut stream = connect(&world);
        stream.write_all(b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n").expect("a request");
        idle.push(stream);
    }
    for stream in &mut idle {
        assert_eq!(read_reply(&mut BufReader::new(stream), false).expect("an answer").status, 404);
    }
    let each = resident(&world).saturating_sub(before) / IDLE as u64;
    assert!(each < BYTES_EACH, "{each} bytes a connection");
    assert_eq!(world.get("/echo/v1/echo", &token).status, 200);
    // Each of them is still good for another call.
    for stream in idle.iter_mut().step_by(100) {
        stream.write_all(b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n").expect("a request");
        assert_eq!(read_reply(&mut BufReader::new(stream), false).expect("an answer").status, 404);
    }
}

#[test]
fn heads_that_trickle_in_are_given_up_on() {
    let world = world(&[("KEYWARD_GATEWAY_HEAD_TIMEOUT_SECONDS", "2")]);
    let (_, token) = world.token(json!({}));
    let mut slow: Vec<_> = (0..500).map(|_| connect(&world)).collect();
    for stream in &mut slow {
        stream.write_all(b"GET /echo/v1/echo HTTP/1.1\r\nHost: a\r\n").expect("a beginning");
        stream.set_nonblocking(true).expect("no waiting");
    }
    let mut ended = 0;
    eventually("every slow caller is let go", || {
        slow.retain_mut(|stream| {
            // A byte now and then buys no time.
            let _ = stream.write_all(b"x");
            let mut answer = [0; 4096];
            match stream.read(&mut answer) {
                Ok(read) => {
                    let text = String::from_utf8_lossy(&answer[..read]);
                    assert!(text.is_empty() || text.starts_with("HTTP/1.1 408 "), "{text}");
                    ended += 1;
                    false
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => true,
                Err(_) => {
                    ended += 1;
                    false
                }
            }
        });
        assert_eq!(world.get("/echo/v1/echo", &token).status, 200);
        slow.is_empty()
    });
    assert_eq!(ended, 500);
}

#[test]
fn answers_that_nobody_reads_are_given_up_on() {
    let world = world(&[("KEYWARD_GATEWAY_WRITE_TIMEOUT_SECONDS", "2")]);
    let (_, token) = world.token(json!({ "scopes": ["echo:read", "echo:write"] }));
    assert_eq!(world.get("/echo/v1/echo", &token).status, 200);
    let before = resident(&world);
    let much = 32 * 1024 * 1024;
    let deaf: Vec<_> = (0..12)
        .map(|_| {
            let mut stream = connect(&world);
            let head = format!("GET /echo/v1/large/{much} HTTP/1.1\r\nHost: a\r\nX-API-Key: {token}\r\n\r\n");
            stream.write_all(head.as_bytes()).expect("a request");
            stream
        })
        .collect();
    let ended = || {
        let calls = world.keyward.api("GET", "/teams/acme/calls?limit=100", serde_json::Value::Null).ok();
        let calls = calls["items"].as_array().expect("calls");
        calls.iter().filter(|call| call["path"].as_str().is_some_and(|path| path.contains("large"))).count()
    };
    eventually("every deaf caller is let go", || {
        assert!(resident(&world).saturating_sub(before) < 64 * 1024 * 1024, "an answer is held in memory");
        assert_eq!(world.get("/echo/v1/echo", &token).status, 200);
        ended() == deaf.len()
    });
}
