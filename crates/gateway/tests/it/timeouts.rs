//! Nobody is waited for without end: callers and upstreams that are slow, silent or stuck.

use std::time::Duration;

use serde_json::json;

use crate::upstream::{Upstream, scripted};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_does_not_come_to_its_end_is_answered_and_silence_is_not() {
    let world = World::with(|config| config.head_timeout = Duration::from_millis(200)).await;
    let (mut slow, mut silent) = (world.connect().await, world.connect().await);
    slow.send("GET /orders/v1/orders?secret=x HTTP/1.1\r\nHost: a\r\nAuthoriz").await;
    let answer = slow.answer().await;
    answer.refused("request_timeout");
    assert_eq!(answer.status, 408);
    slow.closed().await;
    silent.closed().await;
    let record = world.record(answer.request_id()).await;
    assert_eq!((record.method.as_str(), record.path.as_str()), ("GET", "/orders/v1/orders?secret=…"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_sends_a_byte_now_and_then_gains_no_time() {
    let world = World::with(|config| config.head_timeout = Duration::from_millis(300)).await;
    let mut client = world.connect().await;
    client.send("GET / HTTP/1.1\r\nX: ").await;
    let mut sent = 0;
    while client.try_send("x").await && sent < 3000 {
        sent += 1;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(sent < 3000, "the connection was never closed");
    client.answer().await.refused("request_timeout");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_connection_that_nobody_uses_closes() {
    let world = World::with(|config| config.idle_timeout = Duration::from_millis(200)).await;
    let mut client = world.connect().await;
    client.call("GET", "/nothing", "").await.refused("route_not_found");
    client.closed().await;
    assert_eq!(world.all_records().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_stops_coming_is_answered() {
    let world = World::with(|config| config.body_timeout = Duration::from_millis(200)).await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    for (framing, body) in [("Content-Length: 10", "hello"), ("Transfer-Encoding: chunked", "5\r\nhel")] {
        let mut client = world.connect().await;
        client
            .send(format!(
                "POST /orders/v1/any/x HTTP/1.1\r\nHost: a\r\nX-API-Key: {}\r\n{framing}\r\n\r\n{body}",
                token.secret.expose()
            ))
            .await;
        client.answer().await.refused("request_timeout");
        client.closed().await;
    }
    assert!(upstream.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_does_not_answer_is_not_waited_for() {
    let world = World::new().await;
    let address = scripted(|_, mut upstream| async move {
        upstream.head().await.unwrap();
        upstream.closed().await;
    })
    .await;
    world.upstream("orders", &[address], json!({ "timeouts": { "first_byte_ms": 200 } })).await;
    world.api("orders.v1", json!({})).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    let answer = client.get("/orders/v1/any/x", token.secret.expose()).await;
    answer.refused("upstream_timeout");
    assert_eq!(answer.status, 504);
    // The caller's connection is none the worse for it, nor is a body that was sent already.
    client
        .send(format!(
            "POST /orders/v1/any/x HTTP/1.1\r\nHost: a\r\nX-API-Key: {}\r\nContent-Length: 2\r\n\r\nok",
            token.secret.expose()
        ))
        .await;
    client.answer().await.refused("upstream_timeout");
    let rule = world.record(answer.request_id()).await.rule.unwrap();
    assert!(rule.contains("first_byte_ms 200"), "{rule}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_may_wait_longer_than_its_upstream() {
    let world = World::new().await;
    let address = scripted(|_, mut upstream| async move {
        while upstream.head().await.is_some() {
            tokio::time::sleep(Duration::from_millis(600)).await;
            upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
        }
    })
    .await;
    world.upstream("orders", &[address], json!({ "timeouts": { "first_byte_ms": 100 } })).await;
    let routes = json!([
        { "name": "quick", "methods": ["GET"], "path": "/quick" },
        { "name": "slow", "methods": ["GET"], "path": "/slow", "timeouts": { "first_byte_ms": 30000 } },
    ]);
    world.api("orders.v1", json!({ "routes": routes })).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    client.get("/orders/v1/quick", token.secret.expose()).await.refused("upstream_timeout");
    assert_eq!(client.get("/orders/v1/slow", token.secret.expose()).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_stands_still_breaks_off() {
    let world = World::new().await;
    let address = scripted(|_, mut upstream| async move {
        let head = upstream.head().await.unwrap();
        let answer = if head.contains("/any/small") {
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
        } else {
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"
        };
        upstream.send(answer).await;
        upstream.closed().await;
    })
    .await;
    world.upstream("orders", &[address], json!({ "timeouts": { "idle_ms": 200 } })).await;
    world.api("orders.v1", json!({})).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    client
        .send(format!("GET /orders/v1/any/x HTTP/1.1\r\nHost: a\r\nX-API-Key: {}\r\n\r\n", token.secret.expose()))
        .await;
    let answer = client.head().await;
    assert_eq!(client.chunk().await.unwrap(), b"ok");
    assert_eq!(client.try_chunk().await, None);
    let record = world.record(answer.request_id()).await;
    assert_eq!((record.status, record.code.unwrap().as_str()), (200, "upstream_timeout"));
    // Where nothing of it has reached the caller, there is time for a proper answer.
    let mut client = world.connect().await;
    client.get("/orders/v1/any/small", token.secret.expose()).await.refused("upstream_timeout");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_takes_nothing_is_let_go() {
    let world = World::with(|config| config.write_timeout = Duration::from_millis(300)).await;
    let address = scripted(|_, mut upstream| async move {
        upstream.head().await.unwrap();
        upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n").await;
        for _ in 0..999_999_999 / 65_536 {
            upstream.send([b'x'; 65_536]).await;
        }
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    client
        .send(format!("GET /orders/v1/any/x HTTP/1.1\r\nHost: a\r\nX-API-Key: {}\r\n\r\n", token.secret.expose()))
        .await;
    let answer = client.head().await;
    let record = world.record(answer.request_id()).await;
    assert!(record.bytes_out < 999_999_999);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_takes_no_connection_is_not_waited_for() {
    let world = World::new().await;
    // A queue of one that nobody takes from: the kernel leaves further connections unanswered.
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    socket.listen(0).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let mut waiting = Vec::new();
    loop {
        let connecting = tokio::net::TcpStream::connect(address);
        match tokio::time::timeout(Duration::from_millis(300), connecting).await {
            Ok(stream) => waiting.push(stream.unwrap()),
            Err(_) => break,
        }
    }
    world.upstream("orders", &[address], json!({ "timeouts": { "connect_ms": 200 } })).await;
    world.api("orders.v1", json!({})).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    let answer = client.get("/orders/v1/any/x", token.secret.expose()).await;
    answer.refused("upstream_timeout");
    let record = world.record(answer.request_id()).await;
    assert!(record.timing.connect_us >= 200_000, "{:?}", record.timing);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_sends_slowly_is_not_the_upstreams_fault() {
    let world = World::new().await;
    let upstream = Upstream::answering(|seen| http::Response::new(crate::upstream::full(seen.body.clone()))).await;
    let timeouts = json!({ "timeouts": { "first_byte_ms": 200, "idle_ms": 200 } });
    world.upstream("orders", &[upstream.address()], timeouts).await;
    world.api("orders.v1", json!({})).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    client
        .send(format!(
            "POST /orders/v1/any/x HTTP/1.1\r\nHost: a\r\nX-API-Key: {}\r\nContent-Length: 3\r\n\r\n",
            token.secret.expose()
        ))
        .await;
    for piece in ["a", "b", "c"] {
        tokio::time::sleep(Duration::from_millis(500)).await;
        client.send(piece).await;
    }
    assert_eq!(client.answer().await.text(), "abc");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_takes_nothing_is_not_waited_for() {
    let world = World::new().await;
    let address = scripted(|_, upstream| async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(upstream);
    })
    .await;
    world.upstream("orders", &[address], json!({ "timeouts": { "first_byte_ms": 300 } })).await;
    world.api("orders.v1", json!({})).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    let length = 50_000_000;
    client
        .send(format!(
            "POST /orders/v1/any/x HTTP/1.1\r\nHost: a\r\nX-API-Key: {}\r\nContent-Length: {length}\r\n\r\n",
            token.secret.expose()
        ))
        .await;
    for _ in 0..length / 65_536 {
        if !client.try_send([b'x'; 65_536]).await {
            break;
        }
    }
    client.answer().await.refused("upstream_timeout");
}
