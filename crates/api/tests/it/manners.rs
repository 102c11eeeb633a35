//! How requests that are not what they should be are answered.

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Request;
use serde_json::json;
use tower::ServiceExt;

use crate::support::World;

#[tokio::test]
async fn credentials_are_read_in_every_way_and_only_one_at_a_time() {
    let world = World::new().await;
    let nobody = world.nobody();
    let secret = world.alice.secret();
    let basic = "Basic ".to_owned() + &base64(&format!("anybody:{secret}"));
    for header in [("x-api-key", secret), ("authorization", basic.as_str())] {
        nobody.send("GET", "/api/v1/self", &[header], None).await.expect(200);
    }
    let both = world.alice.send("GET", "/api/v1/self", &[("x-api-key", secret)], None).await;
    assert_eq!(both.status, 400);
    both.refused("token_ambiguous");
    let query = nobody.get(&format!("/api/v1/self?token={secret}")).await;
    query.refused("token_missing");
    nobody.send("GET", "/api/v1/self", &[("x-api-key", "kw_nonsense")], None).await.refused("token_malformed");
    let mut forged = secret.to_owned();
    forged.replace_range(20..21, if &secret[20..21] == "a" { "b" } else { "a" });
    nobody.send("GET", "/api/v1/self", &[("x-api-key", &forged)], None).await.refused("token_malformed");
}

/// RFC 4648 section 4, for this test only.
fn base64(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, byte| (bits << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = ALPHABET[(bits >> (18 - 6 * place)) as usize & 63];
            encoded.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    encoded
}

#[tokio::test]
async fn bodies_that_cannot_be_read_say_where() {
    let world = World::new().await;
    let path = "/api/v1/teams/alpha/apps/shop";
    let broken = world.alice.send("PUT", path, &[], Some("{\n\"title\": }")).await;
    assert_eq!(broken.status, 400);
    assert!(broken.refused("request_invalid")["detail"].as_str().unwrap().contains("line 2, column 10"));
    let form = world.alice.send("PUT", path, &[("content-type", "text/plain")], Some("{}")).await;
    form.refused("request_invalid");
    world.alice.put(path, json!({})).await.expect(201);
    let deep = "{\"labels\":".repeat(5000);
    world.alice.send("PATCH", path, &[], Some(&deep)).await.refused("request_invalid");
    let large = format!("{{\"title\": \"{}\"}}", "x".repeat(9 * 1024 * 1024));
    let refused = world.alice.send("PUT", path, &[], Some(&large)).await;
    assert_eq!(refused.status, 413);
    refused.refused("request_too_large");
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there() {
    let world = World::new().await;
    world.alice.get("/api/v1/nothing").await.refused("not_found");
    world.nobody().get("/").await.refused("not_found");
    world.nobody().get("/errors/nonsense").await.refused("not_found");
    let wrong = world.alice.post("/api/v1/teams/alpha/apps", json!({})).await;
    assert_eq!(wrong.status, 405);
    wrong.refused("method_not_allowed");
    assert_eq!(wrong.header("allow"), "GET,HEAD");
    let page = world.nobody().get("/errors/scope_missing").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/markdown; charset=utf-8"));
}

#[tokio::test]
async fn hostile_paths_are_answered_and_nothing_else() {
    let world = World::new().await;
    for path in [
        "/api/v1/teams/%ff/apps",
        "/api/v1/teams/alpha/apps/%00",
        "/api/v1/teams/alpha/apps/..%2f..%2fetc",
        "/api/v1/teams/alpha/tokens/%ff%fe",
        "/errors/%ff",
        "/errors/..%2f..%2fCargo.toml",
        "/api/v1/teams/alpha%2f/apps",
    ] {
        let answer = world.alice.get(path).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text);
        answer.refused("not_found");
    }
    for path in ["/api/v1/teams/%ff", "/api/v1/teams/%00"] {
        let answer = world.operator.put(path, json!({})).await;
        assert!((400..500).contains(&answer.status), "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_panic_is_a_problem_without_details() {
    // No handler is known to panic; one that does stands in for it.
    let mut world = World::new().await;
    world.state.ready = std::sync::Arc::new(|| panic!("hunter2"));
    let router = keyward_api::router(world.state.clone());
    let mut request = Request::get("/readyz").body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(std::net::SocketAddr::from(([127, 0, 0, 1], 4711))));
    let response = router.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 500);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(text.contains("\"internal\"") && !text.contains("hunter2"), "{text}");
}
