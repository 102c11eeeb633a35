//! What browsers are told of pages of other origins: preflights, answers and refusals.

use http::Response;
use serde_json::{Value, json};

use crate::client::Answer;
use crate::http2;
use crate::upstream::{Upstream, full};
use crate::world::World;

const SHOP: &str = "https://shop.example";

/// An upstream with an opinion of its own on CORS.
async fn opinionated() -> Upstream {
    Upstream::answering(|_| {
        let answer = Response::builder()
            .header("access-control-allow-origin", "*")
            .header("Access-Control-Allow-Credentials", "true")
            .header("access-control-expose-headers", "x-theirs")
            .header("vary", "accept-encoding");
        answer.body(full("said")).unwrap()
    })
    .await
}

async fn world(cors: Value) -> (World, Upstream) {
    let (world, upstream) = (World::new().await, opinionated().await);
    world.orders(&[upstream.address()]).await;
    world.api("orders.v1", json!({ "cors": cors })).await;
    (world, upstream)
}

async fn preflight(world: &World, path: &str, origin: &str, method: &str) -> Answer {
    let asks = format!(
        "Origin: {origin}\r\nAccess-Control-Request-Method: {method}\r\nAccess-Control-Request-Headers: x-odd\r\n"
    );
    world.connect().await.call("OPTIONS", path, &asks).await
}

fn all<'a>(answer: &'a Answer, name: &str) -> Vec<&'a str> {
    answer.headers.iter().filter(|(field, _)| field == name).map(|(_, value)| value.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preflight_is_answered_without_a_token_and_recorded() {
    let origins = json!([SHOP, "https://*.shop.example:8443"]);
    let cors = json!({ "allow_origins": origins, "allow_headers": ["X-Page"], "max_age_seconds": 60 });
    let (world, upstream) = world(cors).await;
    for origin in [SHOP, "https://www.shop.example:8443"] {
        let answer = preflight(&world, "/orders/v1/orders/7", origin, "GET").await;
        assert_eq!((answer.status, answer.text()), (204, ""));
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
        assert_eq!(answer.header("access-control-allow-methods"), Some("GET, HEAD"));
        let headers = answer.header("access-control-allow-headers").unwrap();
        assert!(headers.starts_with("authorization, x-api-key, ") && headers.ends_with(", X-Page"), "{headers}");
        assert_eq!(answer.header("access-control-max-age"), Some("60"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        let vary = ["origin", "access-control-request-method, access-control-request-headers"];
        assert_eq!(all(&answer, "vary"), vary);
        let record = world.record(answer.request_id()).await;
        assert_eq!((record.status, record.code, record.method.as_str()), (204, None, "OPTIONS"));
        assert_eq!((record.path.as_str(), record.token, record.cost), ("/orders/v1/orders/7", None, 0));
        assert_eq!((record.team, record.api_name.unwrap().as_str()), (Some(world.team), "orders.v1"));
    }
    // The same by HTTP/2, and behind it the connection goes on.
    let mut sender = http2::connect(&world).await;
    let mut asks = http2::request("OPTIONS", "/orders/v1/orders/7", "none");
    asks.headers_mut().insert("origin", SHOP.parse().unwrap());
    asks.headers_mut().insert("access-control-request-method", "GET".parse().unwrap());
    let (answer, _) = sender.send_request(asks, true).unwrap();
    let answer = answer.await.unwrap();
    assert_eq!(answer.status(), 204);
    assert_eq!(answer.headers()["access-control-allow-origin"], SHOP);
    let token = world.token().await;
    assert_eq!(http2::get(&mut sender, "/orders/v1/any/x", token.secret.expose()).await.status(), 200);
    assert_eq!(upstream.seen().len(), 1, "no preflight goes to the target");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preflight_that_is_not_granted_says_why() {
    let (world, upstream) = world(json!({ "allow_origins": [SHOP] })).await;
    for origin in ["https://evil.example", "http://shop.example", "null", "https://shop.example.evil.example"] {
        let answer = preflight(&world, "/orders/v1/any/x", origin, "PUT").await;
        answer.refused("origin_not_allowed");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{origin}");
        assert_eq!(all(&answer, "vary"), ["origin"]);
        let record = world.record(answer.request_id()).await;
        assert_eq!(record.rule.as_deref(), Some("api orders.v1 cors.allow_origins"));
    }
    let answer = preflight(&world, "/orders/v1/orders", SHOP, "DELETE").await;
    answer.refused("method_not_allowed");
    assert_eq!((answer.header("access-control-allow-origin"), answer.header("allow")), (Some(SHOP), Some("POST")));
    preflight(&world, "/orders/v1/nothing", SHOP, "GET").await.refused("route_not_found");
    preflight(&world, "/orders/v1/any/%2e%2e/x", SHOP, "GET").await.refused("path_invalid");
    // What is no preflight needs a token like any other call.
    let mut client = world.connect().await;
    client.call("OPTIONS", "/orders/v1/any/x", &format!("Origin: {SHOP}\r\n")).await.refused("token_missing");
    let asks = "Access-Control-Request-Method: GET\r\n";
    client.call("OPTIONS", "/orders/v1/any/x", asks).await.refused("token_missing");
    let twice = format!("Origin: {SHOP}\r\n{asks}{asks}");
    client.call("OPTIONS", "/orders/v1/any/x", &twice).await.refused("token_missing");
    let odd = format!("Origin: {SHOP}\r\nOrigin: {SHOP}\r\n{asks}");
    client.call("OPTIONS", "/orders/v1/any/x", &odd).await.refused("origin_not_allowed");
    client.call("GET", "/orders/v1/any/x", &format!("Origin: {SHOP}\r\n{asks}")).await.refused("token_missing");
    assert!(upstream.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_and_refusals_may_be_read_and_the_upstream_has_no_say() {
    let cors = json!({ "allow_origins": [SHOP], "expose_headers": ["X-Total"], "allow_credentials": true });
    let (world, _upstream) = world(cors).await;
    let rates = json!({ "limits": { "rates": [{ "limit": 2, "window_seconds": 3600 }] } });
    let token = world.token_with(rates).await;
    let key = |token: &str, origin: &str| format!("X-API-Key: {token}\r\nOrigin: {origin}\r\n");
    let mut client = world.connect().await;
    for code in [None, None, Some("rate_limited")] {
        let answer = client.call("GET", "/orders/v1/any/x", &key(token.secret.expose(), SHOP)).await;
        match code {
            None => assert_eq!((answer.status, answer.text()), (200, "said")),
            Some(code) => drop(answer.refused(code)),
        }
        assert_eq!(all(&answer, "access-control-allow-origin"), [SHOP]);
        assert_eq!(all(&answer, "access-control-allow-credentials"), ["true"]);
        let exposed = all(&answer, "access-control-expose-headers");
        assert!(exposed.len() == 1 && exposed[0].ends_with(", X-Total"), "{exposed:?}");
        // All that Keyward says by itself may be read.
        for (name, _) in &answer.headers {
            let is_own = ["x-request-id", "retry-after"].contains(&name.as_str()) || name.contains("ratelimit");
            assert!(!is_own || exposed[0].split(", ").any(|exposed| exposed == name), "{name}");
        }
        assert!(all(&answer, "vary").contains(&"origin"));
        assert_eq!(all(&answer, "vary").contains(&"accept-encoding"), code.is_none());
    }
    let answer = client.call("GET", "/orders/v1/any/x", &key("kw_wrong", SHOP)).await;
    answer.refused("token_malformed");
    assert_eq!(answer.header("access-control-allow-origin"), Some(SHOP));
    // Who else calls is let through as ever, and told nothing.
    let other = world.token().await;
    for origin in ["https://evil.example", "null"] {
        let answer = client.call("GET", "/orders/v1/any/x", &key(other.secret.expose(), origin)).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, None));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
    let answer = client.get("/orders/v1/any/x", other.secret.expose()).await;
    assert_eq!((answer.header("access-control-allow-origin"), all(&answer, "vary").len()), (None, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn any_origin_is_any_origin() {
    let (world, _upstream) = world(json!({ "allow_origins": ["*"], "allow_methods": ["GET"] })).await;
    let token = world.token().await;
    let answer = preflight(&world, "/orders/v1/any/x", "null", "GET").await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (204, Some("*")));
    assert_eq!(answer.header("access-control-allow-methods"), Some("GET"));
    let answer = world.connect().await.get("/orders/v1/any/x", token.secret.expose()).await;
    assert_eq!(all(&answer, "access-control-allow-origin"), ["*"]);
    assert_eq!(all(&answer, "vary"), ["accept-encoding"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_cors_everything_passes_as_it_is() {
    let (world, upstream) = (World::new().await, opinionated().await);
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    preflight(&world, "/orders/v1/any/x", SHOP, "GET").await.refused("token_missing");
    preflight(&world, "/orders/v1/orders/7", SHOP, "GET").await.refused("method_not_allowed");
    let asks =
        format!("X-API-Key: {}\r\nOrigin: {SHOP}\r\nAccess-Control-Request-Method: PUT\r\n", token.secret.expose());
    let answer = world.connect().await.call("OPTIONS", "/orders/v1/any/x", &asks).await;
    assert_eq!((answer.status, upstream.seen().len()), (200, 1));
    assert_eq!(all(&answer, "access-control-allow-origin"), ["*"]);
    assert_eq!(answer.header("access-control-expose-headers"), Some("x-theirs"));
    assert_eq!(all(&answer, "vary"), ["accept-encoding"]);
}
