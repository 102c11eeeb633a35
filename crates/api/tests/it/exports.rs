//! Exports: whole, harmless to spreadsheets, bounded, and no longer than the right to them.

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use http::Request;
use http_body_util::BodyExt;
use keyward_model::call::CallRecord;
use serde_json::json;
use tower::ServiceExt;

use crate::support::{Client, World};

async fn ask(world: &World, client: &Client, path: &str) -> Response {
    ask_for(world, client, path, "identity").await
}

async fn ask_for(world: &World, client: &Client, path: &str, encoding: &str) -> Response {
    let request = Request::get(path).header("authorization", format!("Bearer {}", client.secret()));
    let mut request = request.header("accept-encoding", encoding).body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(std::net::SocketAddr::from(([127, 0, 0, 1], 4711))));
    world.router.clone().oneshot(request).await.unwrap()
}

/// More calls than wait on the way to a reader that takes nothing.
async fn fill(world: &World) {
    for _ in 0..6 {
        for _ in 0..900 {
            world.recorder.push(&(&world.call(&world.alice)).into());
        }
        assert!(world.state.log.flush().await);
    }
}

#[tokio::test]
async fn calls_are_counted_by_address() {
    let world = World::new().await;
    let elsewhere = CallRecord { address: "2001:db8::1".parse().unwrap(), ..world.call(&world.alice) };
    for record in [world.call(&world.alice), elsewhere, world.call(&world.alice), world.call(&world.bob)] {
        world.recorder.push(&(&record).into());
    }
    world.clock.advance(std::time::Duration::from_secs(1));
    let counts = world.alice.get("/api/v1/teams/alpha/calls/addresses").await.expect(200);
    assert_eq!(
        (&counts["calls"], &counts["distinct"], &counts["items"][0]["calls"]),
        (&json!(3), &json!(2), &json!(2))
    );
    assert_eq!(counts["items"][1]["address"], "2001:db8::1");
    let one = world.alice.get("/api/v1/teams/alpha/calls/addresses?address=2001:db8::/32&method=GET").await.expect(200);
    assert_eq!((&one["calls"], &one["distinct"]), (&json!(1), &json!(1)));
    let past = world.alice.get("/api/v1/teams/alpha/calls/addresses?to=2001-01-01T00:00:00Z").await.expect(200);
    assert_eq!((&past["calls"], &past["items"]), (&json!(0), &json!([])));
    assert_eq!(world.operator.get("/api/v1/calls/addresses").await.expect(200)["calls"], 4);
    world.alice.get("/api/v1/calls/addresses").await.refused("scope_missing");
    assert_eq!(world.alice.get("/api/v1/teams/alpha/calls/addresses?limit=3").await.fields(), ["limit"]);
}

#[tokio::test]
async fn an_export_is_a_file_of_the_wanted_calls() {
    let world = World::new().await;
    let formula = CallRecord { method: "=1+1".to_owned(), path: "/a,\"b\"".to_owned(), ..world.call(&world.alice) };
    for record in [world.call(&world.alice), formula, world.call(&world.bob)] {
        world.recorder.push(&(&record).into());
    }
    let answer = world.alice.get("/api/v1/teams/alpha/calls/export").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"calls-alpha.csv\"");
    let lines: Vec<&str> = answer.text.lines().collect();
    assert_eq!(lines.len(), 3, "{}", answer.text);
    assert!(lines[0].starts_with("at,request_id,team,"));
    assert!(lines[2].contains(",\"'=1+1\",\"/a,\"\"b\"\"\","), "{}", lines[2]);

    let narrowed = world.alice.get("/api/v1/teams/alpha/calls/export?path=/a&format=csv").await;
    assert_eq!(narrowed.text.lines().count(), 2);
    let all = world.operator.get("/api/v1/calls/export").await;
    assert_eq!((all.text.lines().count(), all.header("content-disposition").contains("all-teams")), (4, true));

    let parquet = ask(&world, &world.alice, "/api/v1/teams/alpha/calls/export?format=parquet").await;
    assert_eq!(parquet.headers()["content-type"], "application/vnd.apache.parquet");
    let bytes = parquet.into_body().collect().await.unwrap().to_bytes();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    assert_eq!(world.alice.get("/api/v1/teams/alpha/calls/export?format=xml").await.fields(), ["format"]);
    assert_eq!(world.alice.get("/api/v1/teams/alpha/calls/export?limit=3").await.fields(), ["limit"]);
}

#[tokio::test]
async fn an_export_breaks_off_when_its_token_is_revoked() {
    let world = World::new().await;
    fill(&world).await;
    let whole = world.alice.get("/api/v1/teams/alpha/calls/export").await;
    assert_eq!(whole.text.lines().count(), 5401);
    let mut body = ask(&world, &world.alice, "/api/v1/teams/alpha/calls/export").await.into_body();
    body.frame().await.unwrap().unwrap();
    let path = format!("/api/v1/teams/alpha/tokens/{}/revoke", world.alice.id());
    world.operator.post(&path, json!({"reason": "test"})).await.expect(200);
    assert!(body.frame().await.unwrap().is_err(), "the export outlived its token");
}

#[tokio::test]
async fn exports_that_nobody_takes_leave_no_room_for_more_until_they_go() {
    let world = World::new().await;
    fill(&world).await;
    let path = "/api/v1/teams/alpha/calls/export";
    let mut held = Vec::new();
    for _ in 0..4 {
        let answer = ask(&world, &world.alice, path).await;
        assert_eq!(answer.status(), 200);
        held.push(answer);
    }
    world.alice.get(path).await.refused("concurrency_limited");
    held.clear();
    // The room is free once the writing has noticed.
    loop {
        let answer = world.alice.get(path).await;
        if answer.status == 200 {
            break;
        }
        answer.refused("concurrency_limited");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_is_long_and_harmless_is_compressed() {
    let world = World::new().await;
    for number in 0..100 {
        world.recorder.push(&(&world.call(if number % 2 == 0 { &world.alice } else { &world.bob })).into());
    }
    let list = "/api/v1/teams/alpha/calls?limit=50";
    let plain = world.alice.get(list).await;
    assert!(plain.text.len() > 4096 && plain.header("content-encoding").is_empty());
    let packed = ask_for(&world, &world.alice, list, "gzip").await;
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert_eq!(packed.headers()["vary"], "accept-encoding");
    let packed = packed.into_body().collect().await.unwrap().to_bytes();
    assert!(packed.starts_with(&[0x1f, 0x8b]) && packed.len() < plain.text.len() / 2);
    // What is short, has an entity tag, or is made rather than read.
    let gzip = [("accept-encoding", "gzip")];
    let description = "€".repeat(1900);
    world.alice.put("/api/v1/teams/alpha/apps/long", json!({ "description": description })).await.expect(201);
    for path in ["/api/v1/teams/alpha/upstreams", "/api/v1/teams/alpha/apps/long"] {
        assert_eq!(world.alice.send("GET", path, &gzip, None).await.header("content-encoding"), "", "{path}");
    }
    let body = json!({ "app": "long", "name": "x", "description": description }).to_string();
    let made = world.alice.send("POST", "/api/v1/teams/alpha/tokens", &gzip, Some(&body)).await;
    assert_eq!((made.status, made.header("content-encoding")), (201, ""), "{}", made.text);
}
