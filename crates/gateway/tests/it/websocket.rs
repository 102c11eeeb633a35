//! WebSockets: opened only where the api offers them and the target proves that it agreed, by HTTP/1.1 and by HTTP/2,
//! and closed when the token no longer admits them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use h2::ext::Protocol;
use http::Request;
use keyward_model::Code;
use keyward_model::call::Protocol as Spoken;
use serde_json::json;
use tokio::net::TcpStream;

use crate::client::Client;
use crate::upstream::{Scripted, scripted};
use crate::world::World;

const PATIENCE: Duration = Duration::from_secs(30);
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

fn accept(head: &str) -> String {
    let key = head.lines().find_map(|line| line.strip_prefix("sec-websocket-key: ")).expect("a key");
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11").as_bytes());
    STANDARD.encode(hash.as_ref())
}

/// Agrees to the handshake, with a first message right behind, and says everything back.
pub(crate) async fn echo(mut upstream: Scripted, heads: Arc<Mutex<Vec<String>>>) {
    let Some(head) = upstream.head().await else { return };
    let accept = accept(&head);
    heads.lock().unwrap().push(head);
    upstream
        .send(format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: chat\r\n\r\nhello"
        ))
        .await;
    while let Some(said) = upstream.try_some().await {
        upstream.send(said).await;
    }
}

/// An echo behind an api that offers WebSockets, and the heads that it saw.
async fn echoing(world: &World) -> Arc<Mutex<Vec<String>>> {
    let heads: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&heads);
    let address = scripted(move |_, upstream| echo(upstream, Arc::clone(&seen))).await;
    offering(world, address).await;
    heads
}

async fn offering(world: &World, address: SocketAddr) {
    world.upstream("orders", &[address], json!({})).await;
    world.api("orders.v1", json!({ "websocket": true })).await;
}

fn handshake(token: &str, more: &str) -> String {
    format!(
        "GET /orders/v1/any/x HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {token}\r\nConnection: keep-alive, Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n{more}\r\n"
    )
}

pub(crate) fn asking(token: &str) -> String {
    handshake(token, &format!("Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Protocol: chat\r\n"))
}

pub(crate) async fn said(client: &mut Client, wanted: &[u8]) {
    let mut all = Vec::new();
    while all.len() < wanted.len() {
        all.extend(client.some().await.expect("more of what was said"));
    }
    assert_eq!(String::from_utf8_lossy(&all), String::from_utf8_lossy(wanted));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_both_sides_say_passes_until_one_ends_it() {
    let world = World::new().await;
    let heads = echoing(&world).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    client.send(asking(token.secret.expose())).await;
    let answer = client.head().await;
    assert_eq!((answer.status, answer.header("upgrade")), (101, Some("websocket")));
    assert_eq!(answer.header("connection"), Some("upgrade"));
    assert_eq!(answer.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    assert_eq!(answer.header("sec-websocket-protocol"), Some("chat"));
    let id = answer.request_id().to_owned();
    said(&mut client, b"hello").await;
    // Much more than any buffer holds, and nothing of it read as HTTP.
    let much = "GET / HTTP/1.1\r\n\r\n".repeat(20_000);
    for part in much.as_bytes().chunks(60_000) {
        client.send(part).await;
        said(&mut client, part).await;
    }
    client.finish().await;
    client.closed().await;
    let head = heads.lock().unwrap()[0].to_ascii_lowercase();
    for line in
        ["connection: upgrade", "upgrade: websocket", "sec-websocket-version: 13", "sec-websocket-protocol: chat"]
    {
        assert_eq!(head.matches(&format!("\r\n{line}\r\n")).count(), 1, "{line}: {head}");
    }
    assert!(!head.contains("x-api-key") && head.contains("x-keyward-token: "), "{head}");
    let record = world.record(&id).await;
    assert_eq!((record.status, record.code, record.protocol), (101, None, Spoken::WebSocket));
    assert_eq!((record.bytes_in, record.bytes_out), (much.len() as u64, much.len() as u64 + 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_agreed_to_is_a_websocket() {
    let world = World::new().await;
    world.orders(&[world.address()]).await;
    let token = world.token().await;
    let token = token.secret.expose();
    let agreed = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n";
    for answer in [
        format!("{agreed}\r\n"),
        format!("{agreed}Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n"),
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n".to_owned(),
    ] {
        let address = scripted(move |_, mut upstream| {
            let answer = answer.clone();
            async move {
                upstream.head().await;
                upstream.send(answer).await;
                upstream.closed().await;
            }
        })
        .await;
        offering(&world, address).await;
        let mut client = world.connect().await;
        client.send(asking(token)).await;
        client.answer().await.refused("upstream_invalid");
    }
    // A target that wants another version says so, and the connection goes on as one of HTTP.
    let address = scripted(|_, mut upstream| async move {
        while upstream.head().await.is_some() {
            upstream
                .send("HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 8\r\nContent-Length: 0\r\n\r\n")
                .await;
        }
    })
    .await;
    offering(&world, address).await;
    let mut client = world.connect().await;
    for _ in 0..2 {
        client.send(asking(token)).await;
        let answer = client.answer().await;
        assert_eq!((answer.status, answer.header("sec-websocket-version")), (426, Some("8")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_passes_the_same_checks_as_any_call() {
    let world = World::new().await;
    let heads = echoing(&world).await;
    let token = world.token().await;
    let token = token.secret.expose();
    let key = format!("Sec-WebSocket-Key: {KEY}\r\n");
    for (request, code) in [
        (asking("kw_nonsense"), "token_malformed"),
        (handshake(token, ""), "request_invalid"),
        (handshake(token, "Sec-WebSocket-Key: dGhl\r\n"), "request_invalid"),
        (handshake(token, &key.repeat(2)), "request_invalid"),
        (asking(token).replace("GET", "POST"), "request_invalid"),
        (asking(token).replace("HTTP/1.1", "HTTP/1.0"), "request_invalid"),
        (asking(token).replace("Upgrade: websocket", "Upgrade: websocket\r\nUpgrade: h2c"), "upgrade_not_allowed"),
        (asking(token).replace("Upgrade: websocket", "Upgrade: h2c"), "upgrade_not_allowed"),
    ] {
        let mut client = world.connect().await;
        client.send(&request).await;
        client.answer().await.refused(code);
    }
    world.api("orders.v1", json!({})).await;
    let mut client = world.connect().await;
    client.send(asking(token)).await;
    client.answer().await.refused("upgrade_not_allowed");
    assert_eq!(heads.lock().unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_closes_what_it_opened() {
    let world = World::with(|config| config.review_interval = Duration::from_millis(50)).await;
    echoing(&world).await;
    let (token, other) = (world.token().await, world.token().await);
    let mut clients = Vec::new();
    for token in [&token, &other] {
        let mut client = world.connect().await;
        client.send(asking(token.secret.expose())).await;
        assert_eq!(client.head().await.status, 101);
        said(&mut client, b"hello").await;
        clients.push(client);
    }
    world.revoke(&token).await;
    clients[0].closed().await;
    let record = &world.records(|record| record.code.is_some(), 1).await[0];
    assert_eq!((record.code, record.status), (Some(Code::TokenRevoked), 101));
    clients[1].send("still").await;
    said(&mut clients[1], b"still").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_ends_the_answers_it_asked_for() {
    let world = World::with(|config| config.review_interval = Duration::from_millis(50)).await;
    let address = scripted(|_, mut upstream| async move {
        upstream.head().await;
        upstream.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n").await;
        upstream.closed().await;
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    client
        .send(format!("GET /orders/v1/any/x HTTP/1.1\r\nHost: a\r\nX-API-Key: {}\r\n\r\n", token.secret.expose()))
        .await;
    client.head().await;
    assert_eq!(client.chunk().await.as_deref(), Some(&b"data: 1\n\n"[..]));
    world.revoke(&token).await;
    assert_eq!(client.try_chunk().await, None, "it ends, and not as if it were whole");
    assert_eq!(world.records(|record| record.code == Some(Code::TokenRevoked), 1).await[0].status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_sends_no_more() {
    let world = World::with(|config| config.review_interval = Duration::from_millis(50)).await;
    let address = scripted(|_, mut upstream| async move {
        upstream.head().await;
        // It answers when all has come, as services that take a stream do.
        upstream.closed().await;
    })
    .await;
    world.orders(&[address]).await;
    let (token, other) = (world.token().await, world.token().await);
    let mut clients = Vec::new();
    for token in [&token, &other] {
        let mut client = world.connect().await;
        let secret = token.secret.expose();
        let head = "POST /orders/v1/any/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nX-API-Key";
        client.send(format!("{head}: {secret}\r\n\r\n1\r\nx\r\n")).await;
        clients.push(client);
    }
    world.revoke(&token).await;
    clients[0].answer().await.refused("token_revoked");
    clients[0].closed().await;
    assert_eq!(world.records(|record| record.code.is_some(), 1).await.len(), 1);
    assert!(clients[1].try_send("1\r\nx\r\n").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_on_both_sides_closes_it() {
    let world = World::new().await;
    let heads = echoing(&world).await;
    let address = scripted(move |_, upstream| echo(upstream, Arc::clone(&heads))).await;
    world.upstream("orders", &[address], json!({ "timeouts": { "idle_ms": 300 } })).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    client.send(asking(token.secret.expose())).await;
    client.head().await;
    said(&mut client, b"hello").await;
    client.closed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_http2_may_be_one() {
    let world = World::new().await;
    let heads = echoing(&world).await;
    let token = world.token().await;
    let stream = TcpStream::connect(world.address()).await.unwrap();
    let (mut sender, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let enabled = async {
        while !sender.is_extended_connect_protocol_enabled() {
            tokio::time::sleep(Duration::from_millis(5)).await;
            sender = sender.clone().ready().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, enabled).await.expect("SETTINGS_ENABLE_CONNECT_PROTOCOL");
    let request = |protocol: &'static str| {
        let uri = "http://api.test/orders/v1/any/x";
        let builder = Request::builder().method("CONNECT").uri(uri).header("x-api-key", token.secret.expose());
        builder.extension(Protocol::from_static(protocol)).body(()).unwrap()
    };
    let (answer, mut outgoing) = sender.send_request(request("websocket"), false).unwrap();
    outgoing.send_data(Bytes::from_static(b"early "), false).unwrap();
    let answer = tokio::time::timeout(PATIENCE, answer).await.unwrap().unwrap();
    assert_eq!((answer.status(), answer.headers().get("sec-websocket-accept")), (http::StatusCode::OK, None));
    assert_eq!(answer.headers()["sec-websocket-protocol"], "chat");
    outgoing.send_data(Bytes::from_static(b"late"), true).unwrap();
    let mut body = answer.into_body();
    let mut all = Vec::new();
    while let Some(piece) = tokio::time::timeout(PATIENCE, body.data()).await.unwrap() {
        all.extend_from_slice(&piece.unwrap());
    }
    assert_eq!(String::from_utf8_lossy(&all), "helloearly late");
    assert!(heads.lock().unwrap()[0].starts_with("GET /any/x HTTP/1.1\r\n"));
    let record = &world.records(|_| true, 1).await[0];
    assert_eq!((record.status, record.protocol, record.method.as_str()), (200, Spoken::WebSocket, "GET"));
    let (answer, _) = sender.send_request(request("webtransport"), false).unwrap();
    let answer = tokio::time::timeout(PATIENCE, answer).await.unwrap().unwrap();
    assert_eq!(answer.status(), Code::UpgradeNotAllowed.status());
    // An answer that is none to the handshake must not look like one.
    let address = scripted(|_, mut upstream| async move {
        upstream.head().await;
        upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
        upstream.closed().await;
    })
    .await;
    offering(&world, address).await;
    let (answer, _) = sender.send_request(request("websocket"), false).unwrap();
    let answer = tokio::time::timeout(PATIENCE, answer).await.unwrap().unwrap();
    assert_eq!(answer.status(), 502);
}
