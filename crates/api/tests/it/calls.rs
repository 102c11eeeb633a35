//! Call records: found, followed, explained, and only by whom they concern.

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Request;
use http_body_util::BodyExt;
use keyward_calls::{Most, delete_outdated};
use keyward_model::call::{CallRecord, Protocol};
use keyward_model::check::{Check, CheckName, Verdict};
use keyward_model::{Clock, Code};
use serde_json::json;
use tower::ServiceExt;

use crate::support::{Client, World, orders};

pub(crate) fn refused(record: CallRecord) -> CallRecord {
    CallRecord {
        status: 403,
        code: Some(Code::ScopeMissing),
        rule: Some("route list scopes".to_owned()),
        checks: vec![Check {
            check: CheckName::Scope,
            verdict: Verdict::Fail,
            seen: "orders:write".to_owned(),
            rule: "route `list` of the owner asks for orders:read".to_owned(),
            remedy: Some("add orders:read to the token".to_owned()),
        }],
        ..record
    }
}

#[tokio::test]
async fn calls_are_found_by_what_is_known_of_them() {
    let world = World::new().await;
    let good = world.call(&world.alice);
    world.clock.advance(std::time::Duration::from_secs(1));
    let bad = refused(world.call(&world.alice));
    let foreign = world.call(&world.bob);
    for record in [&good, &bad, &foreign] {
        world.recorder.push(&record.into());
    }
    let found = async |query: &str| -> Vec<String> {
        let page = world.alice.get(&format!("/api/v1/teams/alpha/calls?{query}")).await.expect(200);
        page["items"].as_array().unwrap().iter().map(|call| call["request_id"].as_str().unwrap().to_owned()).collect()
    };
    let (good, bad) = (good.request_id.to_string(), bad.request_id.to_string());
    assert_eq!(found("").await, [bad.clone(), good.clone()], "newest first, and only the team's");
    assert_eq!(found("allowed=false").await, std::slice::from_ref(&bad));
    assert_eq!(found("allowed=true").await, std::slice::from_ref(&good));
    assert_eq!(found("status=4xx").await, std::slice::from_ref(&bad));
    assert_eq!(found("code=scope_missing").await, std::slice::from_ref(&bad));
    assert_eq!(found("app=admins&limit=1").await, std::slice::from_ref(&bad));
    assert_eq!(found("path=/orders&method=GET&address=127.0.0.1").await.len(), 2);
    assert_eq!(found("api=other").await.len(), 0);
    assert_eq!(found("address=127.0.0.0/8&protocol=http/1.1&faster_than_us=5").await.len(), 2);
    for none in ["address=10.0.0.0/8", "country=NO", "target=http://x", "protocol=http/2", "slower_than_us=1"] {
        assert_eq!(found(none).await.len(), 0, "{none}");
    }
    for (query, field) in [
        ("status=9xx", "status"),
        ("code=odd", "code"),
        ("address=here", "address"),
        ("address=10.0.0.1/8", "address"),
        ("country=no", "country"),
        ("x=1", "x"),
    ] {
        let answer = world.alice.get(&format!("/api/v1/teams/alpha/calls?{query}")).await;
        assert_eq!(answer.fields(), [field], "{query}");
    }
    let all = world.operator.get("/api/v1/calls").await.expect(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 3);
    assert_eq!(world.operator.get("/api/v1/calls?app=admins").await.fields(), ["app"]);
}

#[tokio::test]
async fn a_refused_call_is_explained_to_its_owner_and_nobody_else() {
    let world = World::new().await;
    let record = refused(world.call(&world.alice));
    world.recorder.push(&(&record).into());
    let at = |team: &str, rest: &str| format!("/api/v1/teams/{team}/calls/{}{rest}", record.request_id);
    assert_eq!(world.alice.get(&at("alpha", "")).await.expect(200)["rule"], "route list scopes");
    let explained = world.alice.get(&at("alpha", "/explanation")).await.expect(200);
    assert_eq!((&explained["allowed"], &explained["code"]), (&json!(false), &json!("scope_missing")));
    assert_eq!(explained["checks"][0]["rule"], "route `list` of the owner asks for orders:read");
    world.bob.get(&at("beta", "")).await.refused("not_found");
    world.bob.get(&at("beta", "/explanation")).await.refused("not_found");
    world.alice.get("/api/v1/teams/alpha/calls/nonsense").await.refused("not_found");
}

#[tokio::test]
async fn a_call_that_no_team_was_found_for_is_the_operators() {
    let world = World::new().await;
    let record = CallRecord { team: None, ..world.call(&world.nobody()) };
    world.recorder.push(&(&record).into());
    let path = format!("/api/v1/teams/alpha/calls/{}", record.request_id);
    world.alice.get(&path).await.refused("not_found");
    world.operator.get(&path).await.expect(200);
}

#[tokio::test]
async fn a_call_is_explained_before_it_is_made() {
    let world = World::new().await;
    orders(&world.alice, "alpha").await;
    let app = json!({"scopes": ["orders:read", "orders:write"]});
    world.alice.put("/api/v1/teams/alpha/apps/shop", app).await.expect(201);
    let body = json!({"app": "shop", "name": "till", "scopes": ["orders:read"]});
    let issued = world.alice.post("/api/v1/teams/alpha/tokens", body).await.expect(201);
    let explain = async |method: &str, path: &str| {
        let body = json!({"token": issued["token"]["id"], "method": method, "path": path, "address": "192.0.2.7"});
        world.alice.post("/api/v1/teams/alpha/explain", body).await.expect(200)
    };
    assert_eq!(explain("GET", "/orders/v1/orders").await["allowed"], true);
    assert_eq!(explain("POST", "/orders/v1/orders").await["code"], "scope_missing");
    assert_eq!(explain("GET", "/nothing").await["code"], "route_not_found");
    let foreign = json!({"token": world.bob.id(), "method": "GET", "path": "/orders/v1/orders"});
    world.alice.post("/api/v1/teams/alpha/explain", foreign).await.refused("not_found");
}

#[tokio::test]
async fn calls_are_followed_as_they_happen() {
    let world = World::new().await;
    let mut request = Request::get("/api/v1/teams/alpha/calls/tail?allowed=false")
        .header("authorization", format!("Bearer {}", world.alice.secret()))
        .body(Body::empty())
        .unwrap();
    request.extensions_mut().insert(ConnectInfo(std::net::SocketAddr::from(([127, 0, 0, 1], 4711))));
    let response = world.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body();

    let wanted = refused(world.call(&world.alice));
    for record in [world.call(&world.alice), refused(world.call(&world.bob)), wanted.clone()] {
        world.recorder.push(&(&record).into());
    }
    let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
    let event = String::from_utf8(frame.to_vec()).unwrap();
    assert!(event.contains("event: call"), "{event}");
    assert!(event.contains(&wanted.request_id.to_string()), "the first event is the only one that passes: {event}");

    let reason = json!({"reason": "test"});
    let path = format!("/api/v1/teams/alpha/tokens/{}/revoke", world.alice.id());
    world.alice.post(&path, reason).await.expect(200);
    while let Some(frame) = body.frame().await {
        let text = String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap();
        assert!(!text.contains("event: call"), "the stream outlived its token: {text}");
    }
}

/// Opens a stream; the answer's body.
async fn stream(world: &World, client: &Client, path: &str) -> Body {
    let mut request =
        Request::get(path).header("authorization", format!("Bearer {}", client.secret())).body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(std::net::SocketAddr::from(([127, 0, 0, 1], 4711))));
    world.router.clone().oneshot(request).await.unwrap().into_body()
}

async fn event(body: &mut Body) -> String {
    let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
    String::from_utf8(frame.to_vec()).unwrap()
}

#[tokio::test]
async fn a_tail_takes_every_filter_of_the_list_and_the_operators_crosses_teams() {
    let world = World::new().await;
    let wanted = CallRecord {
        address: "10.1.2.3".parse().unwrap(),
        country: Some("NO".parse().unwrap()),
        target: Some("http://x".to_owned()),
        protocol: Protocol::Http2,
        timing: keyward_model::call::Timing { total_us: 700, ..Default::default() },
        status: 502,
        code: Some(Code::UpstreamUnreachable),
        ..world.call(&world.alice)
    };
    // What failed behind was let through. The country is the writer's to find, which has no database here.
    let all = "allowed=true&code=upstream_unreachable&status=5xx&address=10.0.0.0/8&target=http://x&protocol=http/2\
               &slower_than_us=700&faster_than_us=700&method=GET&path=/orders&route=list&api=orders.v1";
    let mut own = stream(&world, &world.alice, &format!("/api/v1/teams/alpha/calls/tail?{all}")).await;
    let mut every = stream(&world, &world.operator, "/api/v1/calls/tail").await;
    let foreign = world.call(&world.bob);
    for record in [world.call(&world.alice), foreign.clone(), wanted.clone()] {
        world.recorder.push(&(&record).into());
    }
    let seen = event(&mut own).await;
    assert!(seen.contains("event: call") && seen.contains(&wanted.request_id.to_string()), "{seen}");
    event(&mut every).await;
    let second = event(&mut every).await;
    assert!(second.contains(&foreign.request_id.to_string()), "{second}");
}

#[tokio::test]
async fn whoever_reads_too_slowly_is_told_how_much_went_by() {
    let world = World::new().await;
    let mut body = stream(&world, &world.alice, "/api/v1/teams/alpha/calls/tail").await;
    for _ in 0..3 {
        for _ in 0..500 {
            world.recorder.push(&(&world.call(&world.alice)).into());
        }
        assert!(world.state.log.flush().await);
    }
    let first = event(&mut body).await;
    assert!(first.contains("event: missed") && first.contains("data: 476"), "{first}");
    assert!(event(&mut body).await.contains("event: call"));
}

#[tokio::test]
async fn a_tail_ends_when_its_token_loses_the_right_to_it() {
    let world = World::new().await;
    let reader = world.admin(&world.alpha, "readers", &["keyward:calls.read", "keyward:apps.read"]).await;
    let mut body = stream(&world, &reader, "/api/v1/teams/alpha/calls/tail").await;
    let path = format!("/api/v1/teams/alpha/tokens/{}", reader.id());
    world.alice.patch(&path, json!({"scopes": ["keyward:apps.read"]})).await.expect(200);
    world.recorder.push(&(&world.call(&world.alice)).into());
    while let Some(frame) = body.frame().await {
        let text = String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap();
        assert!(!text.contains("event: call"), "the stream outlived its right: {text}");
    }
}

#[tokio::test]
async fn the_status_says_what_was_dropped_and_what_is_kept() {
    let world = World::new().await;
    for _ in 0..3 {
        world.recorder.push(&(&world.call(&world.alice)).into());
    }
    assert!(world.state.log.flush().await);
    let status = world.operator.get("/api/v1/calls/status").await.expect(200);
    assert_eq!((&status["recorded"], &status["written"], &status["dropped"]), (&json!(3), &json!(3), &json!(0)));
    assert_eq!((&status["waiting"], &status["files"]["calls"]), (&json!(0), &json!(3)));
    assert_eq!(status["geo"], json!({"known": false, "databases": []}));
}

#[tokio::test]
async fn the_installation_may_keep_less_than_its_teams_ask_for() {
    let world = World::new().await;
    let keep = async || {
        for _ in 0..20 {
            world.recorder.push(&(&world.call(&world.alice)).into());
        }
        assert!(world.state.log.flush().await);
        let files = world.state.calls.files().unwrap().clone();
        assert!(tokio::task::spawn_blocking(move || files.seal()).await.unwrap());
    };
    let deleted = async |days: u16, most| {
        let now = world.clock.now().plus(keyward_model::team::days(days));
        delete_outdated(&world.state.store, &world.state.calls, now, most).await.unwrap()
    };
    keep().await;
    assert_eq!(deleted(5, Most::default()).await, 0, "thirty days unless somebody says otherwise");
    assert_eq!(deleted(40, Most { days: Some(30), bytes: None }).await, 20);
    keep().await;
    assert_eq!(deleted(5, Most { days: Some(4000), bytes: None }).await, 0, "a bound is no wish");
    assert_eq!(deleted(5, Most { days: Some(3), bytes: None }).await, 20);
    keep().await;
    assert_eq!(deleted(0, Most { days: None, bytes: Some(1 << 40) }).await, 0);
    assert_eq!(deleted(0, Most { days: None, bytes: Some(1) }).await, 20);
    let chart = world.alice.get("/api/v1/teams/alpha/analytics").await.expect(200);
    assert_eq!(chart["series"][0]["total"]["calls"], 60, "counts stay");
}
