//! When the answer to a revocation has arrived, no call with that token is let through any more.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::support::now;
use crate::support::wire::Wire;
use crate::support::world::World;

const PATH: &str = "/echo/v1/echo";

#[test]
fn no_call_is_let_through_after_the_answer() {
    let world = World::new();
    let (_, steady) = world.token(json!({ "name": "steady" }));
    for round in 0..5 {
        let (id, token) = world.token(json!({ "name": format!("round {round}") }));
        let stop = AtomicBool::new(false);
        let gateway = world.keyward.gateway;
        std::thread::scope(|scope| {
            let callers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let mut wire = Wire::to(gateway);
                        let mut calls = Vec::new();
                        while !stop.load(Ordering::Relaxed) {
                            let began = now();
                            let status = wire.get(PATH, &token).expect("an answer").status;
                            calls.push((began, status));
                        }
                        calls
                    })
                })
                .collect();
            std::thread::sleep(std::time::Duration::from_millis(200));
            let receipt = world.post(&format!("/tokens/{id}/revoke"), json!({ "reason": "drill" }));
            let answered = now();
            std::thread::sleep(std::time::Duration::from_millis(200));
            stop.store(true, Ordering::Relaxed);
            let calls: Vec<_> = callers.into_iter().flat_map(|caller| caller.join().expect("it ends")).collect();
            let before = calls.iter().filter(|(_, status)| *status == 200).count();
            let after: Vec<_> = calls.iter().filter(|(began, _)| *began > answered).collect();
            assert!(before > 20, "there was load: {before}");
            assert!(after.len() > 20, "there was load afterwards: {}", after.len());
            assert!(after.iter().all(|(_, status)| *status == 401), "a call was let through after the answer");
            assert!(receipt["receipt"]["nodes"][0]["refuses"] == json!(true), "{receipt:#}");
        });
        assert_eq!(world.get(PATH, &steady).status, 200, "the others are left alone");
    }
}

#[test]
fn many_at_once_by_app_or_label() {
    let world = World::new();
    let (_, one) = world.token(json!({ "labels": { "fleet": "a" } }));
    let (_, two) = world.token(json!({ "labels": { "fleet": "a" } }));
    let (_, other) = world.token(json!({ "labels": { "fleet": "b" } }));
    world.post(
        "/tokens/revoke",
        json!({ "select": { "label": { "key": "fleet", "value": "a" } }, "reason": "fleet a was sold" }),
    );
    assert_eq!(world.get(PATH, &one).status, 401);
    assert_eq!(world.get(PATH, &two).status, 401);
    assert_eq!(world.get(PATH, &other).status, 200);
    world.post("/tokens/revoke", json!({ "select": { "app": "shop" }, "reason": "closing" }));
    assert_eq!(world.get(PATH, &other).status, 401);
}
