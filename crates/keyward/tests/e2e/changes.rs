//! Tokens, apis and upstreams change under load, and no call fails for it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::json;

use crate::handover::streams::{Download, Upload};
use crate::support::peers::python_upstream;
use crate::support::wire::Wire;
use crate::support::world::World;

const PATH: &str = "/echo/v1/echo";

#[test]
fn nothing_fails_while_everything_changes() {
    let world = World::new();
    let second = python_upstream();
    let (steady_id, steady) = world.token(json!({}));
    let (_, writer) = world.token(json!({ "scopes": ["echo:write"] }));
    let stop = AtomicBool::new(false);
    let answered = AtomicU64::new(0);
    let gateway = world.keyward.gateway;
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut wire = Wire::to(gateway);
                    let mut failed = Vec::new();
                    while !stop.load(Ordering::Relaxed) {
                        match wire.get(PATH, &steady) {
                            Ok(reply) if reply.status == 200 => drop(answered.fetch_add(1, Ordering::Relaxed)),
                            Ok(reply) => failed.push(format!("{} {}", reply.status, reply.code())),
                            Err(error) => failed.push(error.to_string()),
                        }
                    }
                    failed
                })
            })
            .collect();
        // Streams begin and go on while everything behind them is replaced; none may be cut.
        let streams = scope.spawn(|| {
            let mut over = 0;
            while !stop.load(Ordering::Relaxed) {
                let mut upload = Upload::begin(gateway, PATH, &writer);
                Download::begin(gateway, "/echo/v1/stream?lines=8", &writer).finish(8);
                upload.finish_kept();
                over += 1;
            }
            over
        });
        let ports = [world.upstream.port, second.port];
        for round in 0..25 {
            world.put("", json!({ "title": format!("round {round}"), "tokens": { "allow_never_expiring": true } }));
            world.put(
                "/apps/shop",
                json!({ "scopes": ["echo:read", "echo:write", "echo:admin"], "description": format!("round {round}") }),
            );
            world.put("/secrets/value", json!({ "value": format!("value of round {round}") }));
            let origin = format!("http://127.0.0.1:{}", ports[round % 2]);
            let auth = json!({ "header": { "name": "x-key", "secret": "value" } });
            world.put(&format!("/connections/to-{}", round % 2), json!({ "origin": origin, "auth": auth }));
            let never = format!("forbid(principal, action, resource) when {{ context.method == \"NONE{round}\" }};");
            world.put("/policies/never", json!({ "cedar": never }));
            // The api is open: whatever has become of the subscription, its calls pass.
            let state = ["active", "pending"][round % 2];
            world.put("/subscriptions/shop-echo", json!({ "app": "shop", "api": "echo", "state": state }));
            let target = format!("http://127.0.0.1:{}", ports[round % 2]);
            let connection = format!("to-{}", round % 2);
            world.put("/upstreams/echo", json!({ "targets": [{ "url": target }], "connection": connection }));
            let mut api = world.api_spec();
            api["title"] = json!(format!("round {round}"));
            if round % 2 == 0 {
                api["routes"]
                    .as_array_mut()
                    .expect("routes")
                    .push(json!({ "name": "extra", "methods": ["GET"], "path": "/extra" }));
            }
            world.put("/apis/echo.v1", api);
            world.patch(&format!("/tokens/{steady_id}"), json!({ "description": format!("round {round}") }));
            let (id, fresh) = world.token(json!({ "name": "fresh" }));
            assert_eq!(world.get(PATH, &fresh).status, 200, "a new token works at once");
            world.post(&format!("/tokens/{id}/revoke"), json!({ "reason": "round over" }));
        }
        stop.store(true, Ordering::Relaxed);
        let failed: Vec<String> = callers.into_iter().flat_map(|caller| caller.join().expect("it ends")).collect();
        assert!(answered.load(Ordering::Relaxed) > 200, "there was load");
        assert!(streams.join().expect("no stream was cut") > 0, "there were streams");
        assert!(failed.is_empty(), "{} calls failed: {:?}", failed.len(), &failed[..failed.len().min(5)]);
    });
}

#[test]
fn a_drain_finishes_what_has_begun() {
    let mut world = World::new();
    let (_, token) = world.token(json!({}));
    let gateway = world.keyward.gateway;
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| {
            let mut wire = Wire::to(gateway);
            assert_eq!(wire.get(PATH, &token).expect("an answer").status, 200);
            sender.send(()).expect("somebody listens");
            wire.get("/echo/v1/stream", &token)
        });
        receiver.recv().expect("the caller is connected");
        std::thread::sleep(std::time::Duration::from_millis(150));
        assert_eq!(world.keyward.terminate(), Some(0));
        let reply = slow.join().expect("it ends").expect("the stream was not cut");
        assert_eq!(reply.status, 200);
        assert!(String::from_utf8_lossy(&reply.body).ends_with("line 4\n"), "{reply:?}");
    });
    assert!(std::net::TcpStream::connect(("127.0.0.1", gateway)).is_err(), "nobody listens any more");
}
