//! How tokens are used: what they are granted against what their calls needed.

use std::time::Duration;

use keyward_model::Timestamp;
use keyward_model::call::CallRecord;
use keyward_model::{Clock, Code};
use serde_json::{Value, json};

use crate::calls::refused;
use crate::support::{Client, START, World, orders};

async fn usage(world: &World, id: &str, query: &str) -> Value {
    world.alice.get(&format!("/api/v1/teams/alpha/tokens/{id}/usage{query}")).await.expect(200)
}

fn push(world: &World, client: &Client, change: impl FnOnce(&mut CallRecord)) {
    let mut record = world.call(client);
    change(&mut record);
    world.recorder.push(&(&record).into());
}

#[tokio::test]
async fn usage_adds_up_calls_by_address() {
    let world = World::new().await;
    for _ in 0..3 {
        push(&world, &world.alice, |_| {});
    }
    world.clock.advance(Duration::from_secs(1));
    push(&world, &world.alice, |record| record.address = "10.1.2.3".parse().unwrap());
    world.clock.advance(Duration::from_secs(1));
    let usage = usage(&world, &world.alice.id(), "").await;
    assert_eq!((&usage["distinct_addresses"], &usage["calls"]), (&json!(2), &json!(4)));
    assert_eq!((&usage["addresses"][0]["address"], &usage["addresses"][1]["calls"]), (&json!("10.1.2.3"), &json!(3)));
    // Requests to the management API are uses of the token as well.
    assert!(usage["last_use"]["calls"].as_u64().unwrap() >= 5, "{usage}");
    assert_eq!(usage["scopes"][0]["state"], "unknown", "which requests needed a scope of management is not recorded");
    assert_eq!(usage["narrowing"]["scopes"], json!(["keyward:*"]));
}

#[tokio::test]
async fn what_may_be_narrowed_is_what_no_call_needed() {
    let world = World::new().await;
    orders(&world.alice, "alpha").await;
    let scopes = ["orders:*", "orders:read", "orders:write"];
    let till = world.admin(&world.alpha, "till", &scopes).await;
    push(&world, &till, |_| {});
    push(&world, &till, |record| (record.status, record.code) = (502, Some(Code::UpstreamInvalid)));
    push(&world, &till, |record| {
        (record.method, record.route) = ("POST".to_owned(), Some("create".parse().unwrap()));
        *record = refused(record.clone());
    });
    let usage = usage(&world, &till.id(), "").await;
    assert_eq!((&usage["calls"], &usage["refused"]), (&json!(3), &json!(1)));
    let scopes: Vec<(&str, &str, u64)> = usage["scopes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|scope| {
            let text = |field: &str| scope[field].as_str().unwrap();
            (text("scope"), text("state"), scope["calls"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(scopes, [("orders:*", "used", 2), ("orders:read", "used", 2), ("orders:write", "unused", 0)]);
    let narrowing = json!({
        "scopes": ["orders:read"], "unused_scopes": ["orders:write"],
        "apis": [{"api": "orders", "routes": ["list"]}], "methods": ["GET"],
    });
    assert_eq!(usage["narrowing"], narrowing);
    assert_eq!(usage["unused_routes"], json!([{"api": "orders.v1", "route": "create"}]));
    assert_eq!(
        usage["routes"][0],
        json!({"api": "orders.v1", "route": "list", "methods": ["GET"], "calls": 2, "refused": 0})
    );
}

#[tokio::test]
async fn a_period_without_recording_is_unknown() {
    let world = World::new().await;
    push(&world, &world.alice, |_| {});
    let (from, to) = (Timestamp::from_millis(START - 7_200_000), Timestamp::from_millis(START - 3_600_000));
    let usage = usage(&world, &world.alice.id(), &format!("?from={from}&to={to}")).await;
    assert_eq!(usage["state"], "unknown");
    assert_eq!((&usage["calls"], &usage["refused"], &usage["narrowing"]), (&Value::Null, &Value::Null, &Value::Null));
    let path = format!("/api/v1/teams/alpha/tokens/{}/usage?from={to}&to={from}", world.alice.id());
    assert_eq!(world.alice.get(&path).await.fields(), ["to"]);
}

#[tokio::test]
async fn the_halves_of_a_rotation_are_told_apart() {
    let world = World::new().await;
    orders(&world.alice, "alpha").await;
    let old = world.admin(&world.alpha, "till", &["orders:read"]).await;
    let path = format!("/api/v1/teams/alpha/tokens/{}/rotate", old.id());
    let answer = world.alice.post(&path, json!({"overlap_seconds": 3600})).await.expect(201);
    let new = answer["token"]["id"].as_str().unwrap().to_owned();
    push(&world, &old, |_| {});
    push(&world, &old, |_| {});
    push(&world, &old, |record| record.token = Some(new.parse().unwrap()));
    world.clock.advance(Duration::from_secs(1));
    assert!(world.clock.now() > Timestamp::from_millis(START));
    let of_old = usage(&world, &old.id(), "").await;
    assert_eq!((&of_old["calls"], &of_old["successor"]["calls"]), (&json!(2), &json!(1)));
    assert_eq!(of_old["successor"]["token"], json!(new));
    let of_new = usage(&world, &new, "").await;
    assert_eq!((&of_new["calls"], &of_new["predecessor"]["calls"]), (&json!(1), &json!(2)));
    assert!(of_new["predecessor"]["last_use"]["at"].is_string());
}
