//! HTTP/2 towards targets: calls share connections, and what a target does to one of them costs the others nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use h2::Reason;
use http::{HeaderMap, HeaderValue, Request, Response};
use keyward_model::connection::ConnectionSpec;
use keyward_model::upstream::UpstreamSpec;
use serde_json::json;
use tokio::sync::{Barrier, Notify};

use crate::http2::{body, connect, get, request};
use crate::world::World;

mod alpn;
mod bodies;
mod lost;
pub(crate) mod service;

use service::{Call, Service};

pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// A world whose orders api stands on `service`.
pub(super) async fn world_on(service: &Service) -> World {
    let world = World::new().await;
    orders_on(&world, service).await;
    world
}

pub(super) async fn orders_on(world: &World, service: &Service) {
    world.upstream("orders", &[service.address], json!({ "protocol": "http2" })).await;
    world.api("orders.v1", json!({})).await;
}

pub(super) async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("waited too long for {what}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_share_a_connection_and_say_what_they_say_by_http1() {
    let service = Service::start(|_| {}, |mut call: Call| async move { call.answer("ok") }).await;
    let world = World::new().await;
    world.put_secret("key", "s3cret").await;
    let origin = format!("http://{}", service.address);
    let auth = json!({ "header": { "name": "X-Service-Key", "secret": "key" } });
    world.put::<ConnectionSpec>("orders", json!({ "origin": origin, "auth": auth })).await;
    let spec = json!({ "targets": [{ "url": format!("{origin}/base") }], "connection": "orders", "protocol": "http2" });
    world.put::<UpstreamSpec>("orders", spec).await;
    world.api("orders.v1", json!({})).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    let path = "/orders/v1/any/%C3%A9;x=1?q='{}|[]\\^&r=%20";
    client
        .send(format!(
            "GET {path} HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {}\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n\
             TE: trailers, deflate\r\nX-Service-Key: mine\r\nX-Case: Kept\r\n\r\n",
            token.secret.expose()
        ))
        .await;
    assert_eq!(client.answer().await.text(), "ok");
    for _ in 0..20 {
        assert_eq!(client.get("/orders/v1/any/x", token.secret.expose()).await.status, 200);
    }
    assert_eq!(service.connections(), 1);
    let seen = service.first();
    let header = |name: &str| seen.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(seen.uri().path_and_query().unwrap().as_str(), "/base/any/%C3%A9;x=1?q='{}|[]\\^&r=%20");
    assert_eq!(seen.uri().authority().unwrap().as_str(), service.address.to_string());
    assert_eq!(seen.uri().scheme_str(), Some("http"));
    assert_eq!(header("te").as_deref(), Some("trailers"));
    assert_eq!(header("x-service-key").as_deref(), Some("s3cret"));
    assert_eq!(header("x-keyward-app").as_deref(), Some("shop"));
    assert_eq!(header("x-forwarded-host").as_deref(), Some("api.test"));
    assert_eq!(header("x-case").as_deref(), Some("Kept"));
    for gone in ["host", "connection", "x-hop", "x-api-key", "transfer-encoding", "content-length"] {
        assert_eq!(header(gone), None, "{gone}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_calls_than_a_connection_takes_open_another() {
    let together = Arc::new(Barrier::new(8));
    let waits = Arc::clone(&together);
    let service = Service::start(
        |builder| {
            builder.max_concurrent_streams(1);
        },
        move |mut call: Call| {
            let waits = Arc::clone(&waits);
            async move {
                waits.wait().await;
                call.answer("ok");
            }
        },
    )
    .await;
    let world = world_on(&service).await;
    let token = world.token().await;
    let mut sender = connect(&world).await;
    for round in 1..=2 {
        let answers: Vec<_> = (0..8)
            .map(|_| sender.send_request(request("GET", "/orders/v1/any/x", token.secret.expose()), true).unwrap().0)
            .collect();
        for answer in answers {
            assert_eq!(in_time("an answer", answer).await.unwrap().status(), 200, "round {round}");
        }
    }
    // None of them was refused on the way, and each connection carried calls one after the other.
    assert!(service.connections() >= 8 && service.requests() == 16, "{}", service.requests());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_calls_at_once_share_few_connections() {
    let service = Service::start(|_| {}, |mut call: Call| async move { call.answer("ok") }).await;
    let world = world_on(&service).await;
    let token = world.token().await;
    let mut sender = connect(&world).await;
    let answers: Vec<_> = (0..100)
        .map(|_| sender.send_request(request("GET", "/orders/v1/any/x", token.secret.expose()), true).unwrap().0)
        .collect();
    for answer in answers {
        assert_eq!(in_time("an answer", answer).await.unwrap().status(), 200);
    }
    assert_eq!(service.connections(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_call_goes_out_again_with_its_body() {
    let refused = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&refused);
    let service = Service::start(
        |_| {},
        move |mut call: Call| {
            let counts = Arc::clone(&counts);
            async move {
                let (content, trailers) = call.whole().await;
                if counts.fetch_add(1, Ordering::SeqCst) < 2 {
                    return call.reset(Reason::REFUSED_STREAM);
                }
                let trailer = trailers.and_then(|trailers| trailers.get("x-sum").cloned());
                call.answer(format!("{} {}", String::from_utf8(content).unwrap(), trailer.unwrap().to_str().unwrap()));
            }
        },
    )
    .await;
    let world = world_on(&service).await;
    let token = world.token().await;
    let mut sender = connect(&world).await;
    let (answer, mut outgoing) =
        sender.send_request(request("POST", "/orders/v1/any/x", token.secret.expose()), false).unwrap();
    outgoing.send_data(Bytes::from_static(b"hel"), false).unwrap();
    outgoing.send_data(Bytes::from_static(b"lo"), false).unwrap();
    let mut trailers = HeaderMap::new();
    trailers.insert("x-sum", HeaderValue::from_static("7"));
    outgoing.send_trailers(trailers).unwrap();
    let answer = in_time("the answer", answer).await.unwrap();
    assert_eq!((answer.status().as_u16(), body(answer.into_body()).await.0), (200, b"hello 7".to_vec()));
    let records = world.records(|_| true, 1).await;
    assert_eq!((records[0].bytes_in, records[0].retries), (5, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_refused_for_ever_is_answered() {
    let service = Service::start(|_| {}, |call: Call| async move { call.reset(Reason::REFUSED_STREAM) }).await;
    let world = world_on(&service).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    let answer = client.get("/orders/v1/any/x", token.secret.expose()).await;
    answer.refused("upstream_unreachable");
    let rule = world.record(answer.request_id()).await.rule.unwrap();
    assert!(rule.contains("without looking at the call"), "{rule}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_given_up_on_is_cancelled_behind_and_others_go_on() {
    let (arrived, gone) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tells, tells_gone) = (Arc::clone(&arrived), Arc::clone(&gone));
    let service = Service::start(
        |_| {},
        move |mut call: Call| {
            let (tells, tells_gone) = (Arc::clone(&tells), Arc::clone(&tells_gone));
            async move {
                if call.request.uri().path().ends_with("/wait") {
                    tells.notify_one();
                    assert_eq!(call.until_reset().await, Reason::CANCEL);
                    tells_gone.notify_one();
                } else {
                    call.answer("ok");
                }
            }
        },
    )
    .await;
    let world = world_on(&service).await;
    let token = world.token().await;
    for is_whole in [true, false] {
        let mut sender = connect(&world).await;
        let (answer, mut outgoing) =
            sender.send_request(request("POST", "/orders/v1/any/wait", token.secret.expose()), is_whole).unwrap();
        in_time("the call", arrived.notified()).await;
        outgoing.send_reset(Reason::CANCEL);
        drop(answer);
        in_time("the end behind", gone.notified()).await;
        assert_eq!(get(&mut sender, "/orders/v1/any/x", token.secret.expose()).await.status(), 200);
    }
    assert_eq!(service.connections(), 1);
    // Taken back by its caller, not refused.
    let records = world.records(|record| record.path.ends_with("/wait"), 2).await;
    assert!(records.iter().all(|record| record.code.is_none()), "{records:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn interim_answers_and_heads_pass() {
    let service = Service::start(
        |_| {},
        |mut call: Call| async move {
            let hint = Response::builder().status(103).header("link", "</style.css>").body(()).unwrap();
            call.respond.send_informational(hint).unwrap();
            let head = Response::builder().status(200).header("content-length", "5").body(()).unwrap();
            let is_head = call.request.method() == "HEAD";
            let mut outgoing = call.respond.send_response(head, is_head).unwrap();
            if !is_head {
                outgoing.send_data(Bytes::from_static(b"hello"), true).unwrap();
            }
        },
    )
    .await;
    let world = world_on(&service).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    for method in ["HEAD", "GET"] {
        let headers = format!("X-API-Key: {}\r\n", token.secret.expose());
        let request = format!("{method} /orders/v1/any/x HTTP/1.1\r\nHost: a\r\n{headers}\r\n");
        client.send(request).await;
        let hint = client.head().await;
        assert_eq!((hint.status, hint.header("link")), (103, Some("</style.css>")));
        let answer = if method == "HEAD" { client.head().await } else { client.answer().await };
        assert_eq!((answer.status, answer.header("content-length")), (200, Some("5")));
    }
}

/// What a caller would send.
pub(super) fn post(path: &str, token: &str) -> Request<()> {
    request("POST", path, token)
}
