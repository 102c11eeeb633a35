//! Captures: what an api asks for and no more, with nothing secret in it, and no call the worse for it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Response;
use keyward_model::captured::{CapturedBody, CapturedCall, CapturedText, Withheld};
use keyward_model::connection::ConnectionSpec;
use serde_json::{Value, json};

use crate::http2::{connect, post_whole};
use crate::upstream::{Seen, Upstream, full, scripted};
use crate::websocket::echo;
use crate::world::World;

const ALL: [&str; 4] = ["request_head", "response_head", "request_body", "response_body"];

fn everything(more: Value) -> Value {
    let mut capture: serde_json::Map<String, Value> =
        ALL.map(|part| (part.to_owned(), json!(true))).into_iter().collect();
    capture.extend(more.as_object().unwrap().clone());
    json!({ "capture": capture })
}

async fn capturing(world: &World, upstream: &Upstream, capture: Value) {
    world.upstream("orders", &[upstream.address()], json!({})).await;
    world.api("orders.v1", everything(capture)).await;
}

fn shown(body: &Option<CapturedBody>) -> &CapturedText {
    body.as_ref().and_then(|body| body.shown.as_ref()).expect("a body that is shown")
}

fn post(path: &str, token: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {token}\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    )
}

/// Says back everything that it was told.
fn mirror(seen: &Seen) -> Response<crate::upstream::Body> {
    let headers: Vec<String> = seen.headers.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    let sent: Vec<String> =
        seen.headers.values().map(|value| String::from_utf8_lossy(value.as_bytes()).into()).collect();
    let text = json!({ "target": seen.target, "headers": headers, "sent": sent,
        "body": String::from_utf8_lossy(&seen.body) })
    .to_string();
    Response::builder().header("x-target", &seen.target).body(full(text)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_captured_unless_the_api_asks_for_it_and_then_that_alone() {
    let world = World::new().await;
    let upstream = Upstream::answering(|_| Response::new(full("answer"))).await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let token = token.secret.expose();
    let mut client = world.connect().await;
    let id = client.get("/orders/v1/any/x", token).await.request_id().to_owned();
    world.record(&id).await;
    assert_eq!(world.captured(&id).await, None);
    for part in ALL {
        world.api("orders.v1", json!({ "capture": { part: true } })).await;
        client.send(post("/orders/v1/any/x?page=2", token, "", "asked")).await;
        let capture = world.capture(client.answer().await.request_id()).await;
        let CapturedCall { request, response, .. } = &capture;
        let there = [request.head.is_some(), response.head.is_some(), request.body.is_some(), response.body.is_some()];
        assert_eq!(there, ALL.map(|other| other == part), "{part}");
    }
    world.api("orders.v1", json!({})).await;
    let id = client.get("/orders/v1/any/x", token).await.request_id().to_owned();
    world.record(&id).await;
    assert_eq!(world.captured(&id).await, None, "it takes effect at once when it is switched off, too");
    assert_eq!(world.captures.status().await.captured, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_and_bodies_are_what_passed() {
    let world = World::new().await;
    let upstream = Upstream::answering(|_| {
        Response::builder().status(201).header("x-answer", "yes").body(full(r#"{"id":7}"#)).unwrap()
    })
    .await;
    capturing(&world, &upstream, json!({})).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    client.send(post("/orders/v1/orders?page=2&q=a", token.secret.expose(), "X-Odd: 1\r\n", r#"{"item":"pen"}"#)).await;
    let answer = client.answer().await;
    let capture = world.capture(answer.request_id()).await;
    let record = world.record(answer.request_id()).await;
    assert_eq!((capture.request_id, capture.at, Some(capture.team)), (record.request_id, record.at, record.team));
    assert_eq!((Some(capture.api), capture.api_name.as_str()), (record.api, "orders.v1"));
    let head = capture.request.head.as_ref().unwrap();
    assert_eq!(
        head.text,
        "POST /orders/v1/orders?page=2&q=a\nHost: api.test\nX-API-Key: [redacted]\nX-Odd: 1\nContent-Length: 14"
    );
    assert_eq!((head.cut, head.redacted), (false, 1));
    let body = capture.request.body.as_ref().unwrap();
    assert_eq!((body.bytes, shown(&capture.request.body).text.as_str()), (14, r#"{"item":"pen"}"#));
    let head = &capture.response.head.as_ref().unwrap().text;
    assert!(head.starts_with("201\n") && head.contains("\nx-answer: yes\n"), "{head}");
    for (name, value) in &answer.headers {
        assert!(head.to_lowercase().contains(&format!("\n{name}: {}", value.to_lowercase())), "{name} of {head}");
    }
    let shown = shown(&capture.response.body);
    assert_eq!((shown.text.as_str(), shown.cut, shown.redacted), (r#"{"id":7}"#, false, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_credential_of_either_side_is_in_it_however_it_came_and_wherever_it_is_repeated() {
    let world = World::new().await;
    let upstream = Upstream::answering(mirror).await;
    world.orders(&[upstream.address()]).await;
    world.put_secret("crm", "up/stream \"s3cret\"").await;
    let token = world.token().await;
    let token = token.secret.expose();
    let basic = STANDARD.encode(format!("anybody:{token}"));
    let origin = format!("http://{}", upstream.address());
    let mut client = world.connect().await;
    for auth in [
        json!({ "header": { "name": "X-Crm-Key", "prefix": "Key ", "secret": "crm" } }),
        json!({ "bearer": { "secret": "crm" } }),
        json!({ "basic": { "username": "kw", "secret": "crm" } }),
        json!({ "query": { "name": "note", "secret": "crm" } }),
    ] {
        world.put::<ConnectionSpec>("crm", json!({ "origin": origin, "auth": auth })).await;
        world.upstream("orders", &[upstream.address()], json!({ "connection": "crm" })).await;
        let mut api = everything(json!({}));
        api["token_parameter"] = json!("q");
        world.api("orders.v1", api).await;
        for (query, headers) in [
            (String::new(), format!("X-API-Key: {token}\r\n")),
            (String::new(), format!("Authorization: Bearer {token}\r\n")),
            (String::new(), format!("Authorization: Basic {basic}\r\n")),
            (format!("?q={token}"), String::new()),
        ] {
            let body = format!(r#"{{"mine":"{token}","b":"{basic}"}}"#);
            let length = body.len();
            client
                .send(format!(
                    "POST /orders/v1/any/{token}{query} HTTP/1.1\r\nHost: a\r\n{headers}X-Note: {token} {basic}\r\n\
                     Content-Length: {length}\r\n\r\n{body}"
                ))
                .await;
            let answer = client.answer().await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            // What is not to be found was there to be found.
            assert!(answer.text().contains(token) && answer.text().contains("s3cret") | answer.text().contains("a3c6"));
            let capture = world.capture(answer.request_id()).await;
            let all = serde_json::to_string(&capture).unwrap();
            let encoded = STANDARD.encode("kw:up/stream \"s3cret\"");
            for secret in [token, "s3cret", &basic, &encoded] {
                assert!(!all.contains(secret), "{auth}, {headers:?}: {secret} in {all}");
            }
            assert!(all.contains("[redacted]"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_api_names_is_blotted_out() {
    let world = World::new().await;
    let upstream = Upstream::answering(|_| Response::new(full(r#"{"pin":"1234","card":"4000111122223333"}"#))).await;
    let capture =
        json!({ "redact_fields": ["pin"], "redact_headers": ["X-Card"], "redact_patterns": ["\\b\\d{16}\\b"] });
    capturing(&world, &upstream, capture).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    client.send(post("/orders/v1/any/x?PIN=12", token.secret.expose(), "x-card: 4\r\n", "password=a&pin=5")).await;
    let capture = world.capture(client.answer().await.request_id()).await;
    let head = &capture.request.head.as_ref().unwrap().text;
    assert!(head.contains("?PIN=[redacted]") && head.contains("x-card: [redacted]"), "{head}");
    assert_eq!(shown(&capture.request.body).text, "password=[redacted]&pin=[redacted]");
    assert_eq!(shown(&capture.response.body).text, r#"{"pin":[redacted],"card":"[redacted]"}"#);
    // Rules that change hold for the next call.
    world.api("orders.v1", everything(json!({}))).await;
    let id = client.get("/orders/v1/any/x", token.secret.expose()).await.request_id().to_owned();
    assert!(shown(&world.capture(&id).await.response.body).text.contains("4000111122223333"));
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_cut_and_pass_whole() {
    let world = World::new().await;
    let upstream = Upstream::answering(|seen| Response::new(full(seen.body.clone()))).await;
    capturing(&world, &upstream, json!({ "max_bytes": 100 })).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    let much = "0123456789".repeat(100_000);
    client.send(post("/orders/v1/any/x", token.secret.expose(), "", &much)).await;
    let answer = client.answer().await;
    assert!(answer.body == much.as_bytes());
    let capture = world.capture(answer.request_id()).await;
    for body in [&capture.request.body, &capture.response.body] {
        assert_eq!(body.as_ref().unwrap().bytes, much.len() as u64);
        assert_eq!((shown(body).text.as_str(), shown(body).cut), (&much[..100], true));
    }
    assert!(capture.request.head.is_some_and(|head| head.text.len() <= 100));
    // Chunks are taken as what they carry.
    client
        .send(format!(
            "POST /orders/v1/any/x HTTP/1.1\r\nHost: a\r\nX-API-Key: {}\r\nTransfer-Encoding: chunked\r\n\r\n\
             3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n",
            token.secret.expose()
        ))
        .await;
    let capture = world.capture(client.answer().await.request_id()).await;
    assert_eq!((shown(&capture.request.body).text.as_str(), shown(&capture.request.body).cut), ("abcdefg", false));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_looked_through_is_not_shown() {
    let world = World::new().await;
    let upstream = Upstream::answering(|seen| {
        let answer = Response::builder();
        match seen.target.as_str() {
            "/any/gzip" => {
                answer.header("Content-Encoding", "gzip").body(full("token=secret, not gzip at all")).unwrap()
            }
            "/any/binary" => answer.body(full(Bytes::from_static(b"\x00\x01\xff"))).unwrap(),
            _ => answer.header("content-encoding", "rot13").body(full("frperg")).unwrap(),
        }
    })
    .await;
    capturing(&world, &upstream, json!({})).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    for (path, answered, encoding) in [
        ("gzip", Withheld::Encoded, Some("gzip")),
        ("binary", Withheld::NotText, None),
        ("odd", Withheld::Encoded, Some("other")),
    ] {
        let path = format!("/orders/v1/any/{path}");
        client.send(post(&path, token.secret.expose(), "Content-Encoding: br\r\n", "secret")).await;
        let answer = client.answer().await;
        let capture = world.capture(answer.request_id()).await;
        let body = capture.response.body.unwrap();
        assert_eq!((body.withheld, body.encoding.as_deref(), body.shown), (Some(answered), encoding, None), "{path}");
        assert_eq!(body.bytes, answer.body.len() as u64);
        let body = capture.request.body.unwrap();
        assert_eq!((body.withheld, body.encoding.as_deref(), body.bytes), (Some(Withheld::Encoded), Some("br"), 6));
        assert_eq!(body.shown, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_captured_of_those_who_are_known_alone() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    capturing(&world, &upstream, json!({})).await;
    let reader = world.token_with(json!({ "scopes": ["orders:read"] })).await;
    let mut client = world.connect().await;
    let answer = client.call("POST", "/orders/v1/orders", &format!("X-API-Key: {}\r\n", reader.secret.expose())).await;
    answer.refused("scope_missing");
    let capture = world.capture(answer.request_id()).await;
    assert!(capture.response.head.as_ref().is_some_and(|head| head.text.starts_with("403\n")), "{capture:?}");
    assert_eq!(shown(&capture.response.body).text, answer.text());
    // A refusal of gRPC is shown as it was sent, not as its record says.
    let headers = format!("X-API-Key: {}\r\nContent-Type: application/grpc\r\n", reader.secret.expose());
    let answer = client.call("POST", "/orders/v1/orders", &headers).await;
    assert_eq!(answer.status, 200);
    let capture = world.capture(answer.request_id()).await;
    assert!(capture.response.head.as_ref().is_some_and(|head| head.text.starts_with("200\n")), "{capture:?}");
    assert_eq!(shown(&capture.response.body).text, "");
    let (_, unknown) = keyward_model::token::generate(&Default::default(), &keyward_vault::SystemRandom);
    for token in ["kw_nonsense", unknown.expose()] {
        let answer = client.get("/orders/v1/any/x", token).await;
        world.record(answer.request_id()).await;
        assert_eq!(world.captured(answer.request_id()).await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_of_http2_are_captured_alike() {
    let world = World::new().await;
    let upstream = Upstream::answering(|seen| Response::new(full(seen.body.clone()))).await;
    capturing(&world, &upstream, json!({})).await;
    let token = world.token().await;
    let mut sender = connect(&world).await;
    let answer = post_whole(&mut sender, "/orders/v1/any/x", token.secret.expose(), b"hello").await;
    let id = answer.headers()["x-request-id"].to_str().unwrap();
    let capture = world.capture(id).await;
    let head = &capture.request.head.as_ref().unwrap().text;
    assert!(head.starts_with("POST /orders/v1/any/x\nhost: api.test\nx-api-key: [redacted]"), "{head}");
    let head = &capture.response.head.as_ref().unwrap().text;
    assert!(head.starts_with("200\n") && head.contains(&format!("\nx-request-id: {id}")), "{head}");
    assert_eq!(
        (shown(&capture.request.body).text.as_str(), shown(&capture.response.body).text.as_str()),
        ("hello", "hello")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_websocket_the_heads_and_the_first_bytes_are_captured() {
    let world = World::new().await;
    let address = scripted(move |_, upstream| echo(upstream, Default::default())).await;
    world.upstream("orders", &[address], json!({})).await;
    let mut api = everything(json!({ "max_bytes": 1000 }));
    api["websocket"] = json!(true);
    world.api("orders.v1", api).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    client.send(crate::websocket::asking(token.secret.expose())).await;
    let answer = client.head().await;
    assert_eq!(answer.status, 101);
    client.send("said").await;
    crate::websocket::said(&mut client, b"hellosaid").await;
    client.finish().await;
    client.closed().await;
    let capture = world.capture(answer.request_id()).await;
    let head = &capture.request.head.as_ref().unwrap().text;
    assert!(head.contains("\nX-API-Key: [redacted]\n") && head.contains("\nUpgrade: websocket\n"), "{head}");
    let head = &capture.response.head.as_ref().unwrap().text;
    assert!(head.starts_with("101\nconnection: upgrade\n"), "{head}");
    let texts = [&capture.request.body, &capture.response.body].map(|body| shown(body).text.as_str());
    assert_eq!(texts, ["said", "hellosaid"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_room_calls_go_on_and_captures_are_counted_as_dropped() {
    let world = World::new().await;
    let upstream = Upstream::answering(|seen| Response::new(full(seen.body.clone()))).await;
    capturing(&world, &upstream, json!({ "max_bytes": 1_000_000 })).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    let mut all = world.captures.lease().unwrap();
    while all.grow(1 << 20) {}
    // Room for its beginning, not for its body.
    let body = "x".repeat(3 << 20);
    client.send(post("/orders/v1/any/x", token.secret.expose(), "", &body)).await;
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.body.len()), (200, body.len()));
    while all.grow(1) {}
    let answer = client.get("/orders/v1/any/x", token.secret.expose()).await;
    assert_eq!(answer.status, 200);
    world.record(answer.request_id()).await;
    let status = world.captures.status().await;
    assert_eq!((status.captured, status.dropped), (0, 2));
    drop(all);
    let id = client.get("/orders/v1/any/x", token.secret.expose()).await.request_id().to_owned();
    world.capture(&id).await;
    assert_eq!(world.captures.status().await.held_bytes, 0, "everything was given back");
}
