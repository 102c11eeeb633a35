//! Ten thousand routes, and changes among them.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::{Map, Value, json};

use crate::support::eventually;
use crate::support::wire::Wire;
use crate::support::world::World;

const APIS: usize = 200;
const ROUTES: usize = 50;

#[test]
fn among_ten_thousand_routes_a_change_takes_effect_and_no_call_fails() {
    let world = World::new();
    let apis: Map<String, Value> = (0..APIS).map(|place| (format!("more-{place}.v1"), api(place))).collect();
    let manifest = json!({ "version": 1, "team": "acme", "source": "many", "apis": apis });
    world.post("/apply", json!({ "manifest": manifest }));
    let (_, token) = world.token(json!({}));
    let gateway = world.keyward.gateway;
    let (stop, answered) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..3)
            .map(|caller| {
                let (stop, answered, token) = (&stop, &answered, &token);
                scope.spawn(move || {
                    let (mut wire, mut failed) = (Wire::to(gateway), Vec::new());
                    for turn in caller.. {
                        if stop.load(Ordering::Relaxed) {
                            break;
                        }
                        let path = format!("/more-{}/v1/thing-{}/17", turn * 7 % APIS, turn % ROUTES);
                        match wire.get(&path, token) {
                            Ok(reply) if reply.status == 200 => drop(answered.fetch_add(1, Ordering::Relaxed)),
                            Ok(reply) => failed.push(format!("{path} {} {}", reply.status, reply.code())),
                            Err(error) => failed.push(error.to_string()),
                        }
                    }
                    failed
                })
            })
            .collect();
        for round in 0..5_u32 {
            let before = answered.load(Ordering::Relaxed);
            let spec = json!({
                "api": "moving", "version": "v1", "base_path": "/moving", "upstream": "echo",
                "routes": [{ "name": "here", "methods": ["GET"], "path": format!("/place-{round}") }]
            });
            world.put("/apis/moving.v1", spec);
            assert_eq!(world.get(&format!("/moving/v1/place-{round}"), &token).status, 200);
            if let Some(left) = round.checked_sub(1) {
                assert_eq!(world.get(&format!("/moving/v1/place-{left}"), &token).code(), "route_not_found");
            }
            eventually("calls go on", || answered.load(Ordering::Relaxed) > before);
        }
        let taken = world.keyward.api(
            "PUT",
            "/teams/acme/apis/other.v1",
            json!({
                "api": "other", "version": "v1", "base_path": "/more-7", "upstream": "echo",
                "routes": [{ "name": "here", "methods": ["GET"], "path": "/new" }]
            }),
        );
        assert_eq!(taken.status, 422, "a base path that one of the many has: {:#}", taken.body);
        stop.store(true, Ordering::Relaxed);
        let failed: Vec<String> = callers.into_iter().flat_map(|caller| caller.join().expect("it ends")).collect();
        assert!(failed.is_empty(), "{} calls failed: {:?}", failed.len(), &failed[..failed.len().min(5)]);
    });
}

/// One of many apis.
fn api(place: usize) -> Value {
    let routes: Vec<Value> = (0..ROUTES)
        .map(|n| json!({ "name": format!("route-{n}"), "methods": ["GET"], "path": format!("/thing-{n}/{{id:int}}") }))
        .collect();
    json!({
        "api": format!("more-{place}"), "version": "v1", "base_path": format!("/more-{place}"), "upstream": "echo",
        "routes": routes
    })
}
