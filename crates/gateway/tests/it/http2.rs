//! Callers that speak HTTP/2: the same answers, the same rules, and no way to wear the gateway out.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use h2::{Reason, RecvStream};
use http::{HeaderMap, HeaderValue, Request, Response};
use keyward_model::problem::Problem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::upstream::{Upstream, full, scripted};
use crate::world::World;

const PATIENCE: Duration = Duration::from_secs(30);
const RESETS: &str = "The caller opened streams only to reset them.";

pub(crate) async fn connect(world: &World) -> SendRequest<Bytes> {
    let stream = TcpStream::connect(world.address()).await.unwrap();
    // What one stream leaves lying must not fill the window that all of them share.
    let mut builder = h2::client::Builder::new();
    builder.initial_connection_window_size(1024 * 1024);
    let (sender, connection) = builder.handshake(stream).await.unwrap();
    tokio::spawn(connection);
    sender.ready().await.unwrap()
}

pub(crate) fn request(method: &str, path: &str, token: &str) -> Request<()> {
    let uri = format!("http://api.test{path}");
    Request::builder().method(method).uri(uri).header("x-api-key", token).body(()).unwrap()
}

pub(crate) async fn body(mut stream: RecvStream) -> (Vec<u8>, Option<HeaderMap>) {
    let mut content = Vec::new();
    while let Some(piece) = stream.data().await {
        let piece = piece.unwrap();
        stream.flow_control().release_capacity(piece.len()).unwrap();
        content.extend_from_slice(&piece);
    }
    (content, stream.trailers().await.unwrap())
}

pub(crate) async fn get(sender: &mut SendRequest<Bytes>, path: &str, token: &str) -> Response<Vec<u8>> {
    let (answer, _) = sender.send_request(request("GET", path, token), true).unwrap();
    let (parts, stream) = tokio::time::timeout(PATIENCE, answer).await.unwrap().unwrap().into_parts();
    Response::from_parts(parts, body(stream).await.0)
}

/// A call with a body that is sent at once.
pub(crate) async fn post_whole(
    sender: &mut SendRequest<Bytes>,
    path: &str,
    token: &str,
    content: &'static [u8],
) -> Response<Vec<u8>> {
    let (answer, mut outgoing) = sender.send_request(request("POST", path, token), false).unwrap();
    outgoing.send_data(Bytes::from_static(content), true).unwrap();
    let (parts, stream) = tokio::time::timeout(PATIENCE, answer).await.unwrap().unwrap().into_parts();
    Response::from_parts(parts, body(stream).await.0)
}

fn refused(answer: &Response<Vec<u8>>, code: &str) {
    let problem: Problem = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!((problem.code.as_str(), problem.status), (code, answer.status().as_u16()));
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_one_connection_run_side_by_side() {
    let world = World::new().await;
    let upstream = Upstream::answering(|seen| Response::new(full(seen.target.clone()))).await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let mut sender = connect(&world).await;
    let answers = (0..50).map(|number| {
        let path = format!("/orders/v1/any/{number}?q");
        sender.send_request(request("GET", &path, token.secret.expose()), true).unwrap().0
    });
    for (number, answer) in answers.collect::<Vec<_>>().into_iter().enumerate() {
        let answer = answer.await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.headers().contains_key("x-request-id"));
        assert_eq!(body(answer.into_body()).await.0, format!("/any/{number}?q").into_bytes());
    }
    let seen = upstream.last();
    assert_eq!((seen.header("x-forwarded-host"), seen.header("x-keyward-app")), (Some("api.test"), Some("shop")));
    assert_eq!((seen.header("x-api-key"), seen.header("host")), (None, Some(&*upstream.address().to_string())));
    let records = world.records(|_| true, 50).await;
    assert!(records.iter().all(|record| record.status == 200 && record.bytes_out > 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_and_trailers_pass() {
    let world = World::new().await;
    let address = scripted(|_, mut upstream| async move {
        let head = upstream.head().await.unwrap();
        assert!(head.to_lowercase().contains("transfer-encoding: chunked"), "{head}");
        let mut body = Vec::new();
        while !body.ends_with(b"0\r\n\r\n") {
            body.extend(upstream.some().await);
        }
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: grpc-status\r\n\r\n";
        upstream.send(format!("{head}2\r\nok\r\n0\r\ngrpc-status: 7\r\nSet-Cookie: no\r\n\r\n")).await;
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let mut sender = connect(&world).await;
    let (answer, mut outgoing) =
        sender.send_request(request("POST", "/orders/v1/any/x", token.secret.expose()), false).unwrap();
    for _ in 0..3 {
        outgoing.send_data(Bytes::from_static(b"hello"), false).unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut trailers = HeaderMap::new();
    trailers.insert("x-keyward-app", HeaderValue::from_static("admin"));
    outgoing.send_trailers(trailers).unwrap();
    let answer = answer.await.unwrap();
    assert_eq!(answer.status(), 200);
    let (content, trailers) = body(answer.into_body()).await;
    assert_eq!(content, b"ok");
    let trailers = trailers.unwrap();
    assert_eq!(trailers.get("grpc-status").unwrap(), "7");
    assert!(!trailers.contains_key("set-cookie"));
    assert_eq!(world.records(|_| true, 1).await[0].bytes_in, 15);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_answer_comes_no_faster_than_it_is_taken() {
    let world = World::new().await;
    let upstream = Upstream::answering(|_| Response::new(full("x".repeat(5_000_000)))).await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let mut sender = connect(&world).await;
    let (answer, _) = sender.send_request(request("GET", "/orders/v1/any/x", token.secret.expose()), true).unwrap();
    let mut stream = answer.await.unwrap().into_body();
    // Other calls go on beside one that is not taken.
    for _ in 0..3 {
        refused(&get(&mut sender, "/nothing", "").await, "route_not_found");
    }
    let mut taken = 0;
    while let Some(piece) = stream.data().await {
        let piece = piece.unwrap();
        taken += piece.len();
        stream.flow_control().release_capacity(piece.len()).unwrap();
    }
    assert_eq!(taken, 5_000_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_is_refused_as_of_http1() {
    let world = World::with(|config| config.max_body_bytes = 1000).await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let token = token.secret.expose();
    let mut sender = connect(&world).await;
    refused(&get(&mut sender, "/orders/v1/any/x", "kw_wrong").await, "token_malformed");
    refused(&get(&mut sender, "/orders/v1/any/%2e%2e/x", token).await, "path_invalid");
    refused(&get(&mut sender, "/orders/v1//any", token).await, "path_invalid");
    for (scheme, status) in [("https", 200), ("ftp", 400), ("javascript", 400)] {
        let mut odd = request("GET", "/orders/v1/any/x", token);
        *odd.method_mut() = http::Method::PUT;
        *odd.uri_mut() = format!("{scheme}://api.test/orders/v1/any/x").parse().unwrap();
        let (answer, _) = sender.send_request(odd, true).unwrap();
        assert_eq!(answer.await.unwrap().status(), status, "{scheme}");
    }
    let mut odd = request("GET", "/orders/v1/any/x", token);
    odd.headers_mut().insert("host", HeaderValue::from_static("other.test"));
    let (answer, _) = sender.send_request(odd, true).unwrap();
    assert_eq!(answer.await.unwrap().status(), 400);
    let (answer, mut outgoing) = sender.send_request(request("POST", "/orders/v1/any/x", token), false).unwrap();
    outgoing.send_data(Bytes::from(vec![b'x'; 1001]), false).unwrap();
    let answer = answer.await.unwrap();
    assert_eq!(answer.status(), 413);
    // A connection's streams do not suffer from one another.
    assert_eq!(get(&mut sender, "/orders/v1/any/x", token).await.status(), 200);
    assert_eq!(upstream.seen().iter().filter(|seen| seen.method == "GET").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_given_up_on_ends_behind_the_gateway_too() {
    let world = World::new().await;
    let (arrived, gone) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tells, tells_gone) = (Arc::clone(&arrived), Arc::clone(&gone));
    let address = scripted(move |_, mut upstream| {
        let (tells, tells_gone) = (Arc::clone(&tells), Arc::clone(&tells_gone));
        async move {
            upstream.head().await.unwrap();
            tells.notify_one();
            upstream.closed().await;
            tells_gone.notify_one();
        }
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let mut sender = connect(&world).await;
    let (answer, mut outgoing) =
        sender.send_request(request("GET", "/orders/v1/any/x", token.secret.expose()), true).unwrap();
    arrived.notified().await;
    outgoing.send_reset(Reason::CANCEL);
    drop(answer);
    tokio::time::timeout(PATIENCE, gone.notified()).await.expect("the upstream's end in time");
    assert_eq!(world.records(|_| true, 1).await[0].status, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_opened_only_to_be_reset_end_the_connection() {
    let world = World::new().await;
    let address = scripted(|_, mut upstream| async move {
        upstream.head().await;
        upstream.closed().await;
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let stream = TcpStream::connect(world.address()).await.unwrap();
    let (sender, connection) =
        h2::client::Builder::new().max_concurrent_reset_streams(10_000).handshake::<_, Bytes>(stream).await.unwrap();
    let ended = tokio::spawn(connection);
    let mut sender = sender.ready().await.unwrap();
    let mut opened = 0;
    while opened < 20_000 && !ended.is_finished() {
        let sent = sender.send_request(request("GET", "/orders/v1/any/x", token.secret.expose()), true);
        if let Ok((_, mut outgoing)) = sent {
            outgoing.send_reset(Reason::CANCEL);
            opened += 1;
        }
        tokio::time::sleep(Duration::from_micros(200)).await;
        match tokio::time::timeout(PATIENCE, sender.ready()).await {
            Ok(Ok(ready)) => sender = ready,
            _ => break,
        }
    }
    let error = tokio::time::timeout(PATIENCE, ended).await.expect("the end in time").unwrap().unwrap_err();
    assert!(opened < 20_000 && error.reason() == Some(Reason::ENHANCE_YOUR_CALM), "{opened} {error:?}");
    let event = world.security_event("http2_flood").await;
    // What is bounded by the h2 crate comes before what is counted here, or after it.
    assert_eq!(event.address, std::net::Ipv4Addr::LOCALHOST);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_given_up_on_again_and_again_end_the_connection() {
    let world = World::new().await;
    let arrived = Arc::new(Notify::new());
    let tells = Arc::clone(&arrived);
    let address = scripted(move |_, mut upstream| {
        let tells = Arc::clone(&tells);
        async move {
            upstream.head().await;
            tells.notify_one();
            upstream.closed().await;
        }
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let stream = TcpStream::connect(world.address()).await.unwrap();
    let (sender, connection) = h2::client::handshake(stream).await.unwrap();
    let ended = tokio::spawn(connection);
    let mut sender = sender.ready().await.unwrap();
    let mut opened = 0;
    while opened < 1000 {
        let sent = sender.send_request(request("GET", "/orders/v1/any/x", token.secret.expose()), true);
        let Ok((_, mut outgoing)) = sent else { break };
        opened += 1;
        tokio::select! {
            () = arrived.notified() => outgoing.send_reset(Reason::CANCEL),
            () = tokio::time::sleep(PATIENCE) => panic!("call {opened} neither arrives nor ends"),
            _ = async { while !ended.is_finished() { tokio::time::sleep(Duration::from_millis(5)).await } } => break,
        }
        match tokio::time::timeout(PATIENCE, sender.ready()).await {
            Ok(Ok(ready)) => sender = ready,
            _ => break,
        }
    }
    let error = tokio::time::timeout(PATIENCE, ended).await.expect("the end in time").unwrap().unwrap_err();
    assert_eq!(error.reason(), Some(Reason::ENHANCE_YOUR_CALM), "{error:?}");
    assert!((200..300).contains(&opened), "{opened}");
    let event = world.security_event("http2_flood").await;
    let record = world.record(&event.request_id.unwrap().to_string()).await;
    assert_eq!((record.code.map(|code| code.as_str()), &*event.detail), (Some("request_invalid"), RESETS));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_taken_back_as_its_answer_comes_holds_up_nobody() {
    let world = World::new().await;
    let (arrived, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tells, told) = (Arc::clone(&arrived), Arc::clone(&go_on));
    let address = scripted(move |_, mut upstream| {
        let (tells, told) = (Arc::clone(&tells), Arc::clone(&told));
        async move {
            upstream.head().await.unwrap();
            tells.notify_one();
            told.notified().await;
            // More than waits for a caller at a time.
            upstream.send(format!("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{}", "x".repeat(1_000_000))).await;
        }
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    // The worker is to find both at once: the end of the call, and its answer.
    let mut busy = world.connect().await;
    let cheap = "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n".repeat(100);
    for _ in 0..40 {
        let mut sender = connect(&world).await;
        let (answer, mut outgoing) =
            sender.send_request(request("GET", "/orders/v1/any/x", token.secret.expose()), true).unwrap();
        arrived.notified().await;
        busy.send(&cheap).await;
        go_on.notify_one();
        outgoing.send_reset(Reason::CANCEL);
        drop(answer);
        for _ in 0..100 {
            busy.answer().await.refused("route_not_found");
        }
    }
}

/// The preface and empty settings, then frames by hand.
pub(crate) async fn raw(world: &World) -> TcpStream {
    let mut stream = TcpStream::connect(world.address()).await.unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    stream
}

/// Sends `frames` until the gateway closes; how many bytes that took, at most `most`.
async fn flood(world: &World, frames: &[u8], most: usize) -> usize {
    let stream = raw(world).await;
    let (mut reading, mut writing) = stream.into_split();
    let drained = tokio::spawn(async move {
        let mut scratch = vec![0; 65_536];
        while matches!(reading.read(&mut scratch).await, Ok(1..)) {}
    });
    let mut sent = 0;
    while sent < most && writing.write_all(frames).await.is_ok() {
        sent += frames.len();
    }
    drained.abort();
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_carry_nothing_end_the_connection() {
    let world = World::new().await;
    let most = 64 * 1024 * 1024;
    let ping = b"\0\0\x08\x06\0\0\0\0\0abcdefgh".repeat(1000);
    let settings = b"\0\0\0\x04\0\0\0\0\0".repeat(1000);
    let window = b"\0\0\x04\x08\0\0\0\0\0\0\0\0\x01".repeat(1000);
    let priority = b"\0\0\x05\x02\0\0\0\0\x01\0\0\0\0\x10".repeat(1000);
    for frames in [ping, settings, window, priority] {
        assert!(flood(&world, &frames, most).await < most, "type {}", frames[3]);
    }
    // A head that goes on for ever.
    let mut endless = b"\0\0\x01\x01\0\0\0\0\x01\x82".to_vec();
    endless.extend(b"\0\x40\0\x09\0\0\0\0\x01".iter().chain(&[0x40; 0x4000]));
    assert!(flood(&world, &endless, most).await < most);
    let floods = world.security_counts().into_iter().filter(|(kind, _)| kind.starts_with("http2_"));
    assert_eq!(floods.map(|(_, count)| count).sum::<u64>(), 5, "{:?}", world.security_counts());
    // Others are none the worse for it.
    refused(&get(&mut connect(&world).await, "/nothing", "").await, "route_not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_not_waited_for() {
    let world = World::with(|config| {
        config.idle_timeout = Duration::from_millis(200);
        config.head_timeout = Duration::from_millis(200);
    })
    .await;
    let mut stream = raw(&world).await;
    let mut all = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut all)).await.expect("the end in time").unwrap();
    let mut stream = TcpStream::connect(world.address()).await.unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n").await.unwrap();
    let end = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut all)).await;
    end.expect("the end in time").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_whose_calls_were_all_taken_back_idles_like_any_other() {
    let world = World::with(|config| config.idle_timeout = Duration::from_millis(200)).await;
    let arrived = Arc::new(Notify::new());
    let tells = Arc::clone(&arrived);
    let address = scripted(move |_, mut upstream| {
        let tells = Arc::clone(&tells);
        async move {
            upstream.head().await.unwrap();
            tells.notify_one();
            upstream.closed().await;
        }
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let stream = TcpStream::connect(world.address()).await.unwrap();
    let (sender, connection) = h2::client::handshake(stream).await.unwrap();
    let ended = tokio::spawn(connection);
    let mut sender = sender.ready().await.unwrap();
    let (answer, mut outgoing) =
        sender.send_request(request("GET", "/orders/v1/any/x", token.secret.expose()), true).unwrap();
    arrived.notified().await;
    outgoing.send_reset(Reason::CANCEL);
    drop(answer);
    tokio::time::timeout(PATIENCE, ended).await.expect("the end in time").unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_comes_with_the_hello_may_last() {
    let world = World::with(|config| config.head_timeout = Duration::from_millis(100)).await;
    let address = scripted(|_, mut upstream| async move {
        upstream.head().await.unwrap();
        // Longer than the head may take, and the farewell behind it.
        tokio::time::sleep(Duration::from_millis(2600)).await;
        upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone").await;
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let mut stream = TcpStream::connect(world.address()).await.unwrap();
    let field = |name: &str, value: &str| {
        let text = |text: &str| [&[u8::try_from(text.len()).unwrap()][..], text.as_bytes()].concat();
        [&[0][..], &text(name), &text(value)].concat()
    };
    let path = field(":path", "/orders/v1/any/x");
    let head = [b"\x82\x86\x41\x01a", &path[..], &field("x-api-key", token.secret.expose())].concat();
    let hello = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let call = [&[0, 0, u8::try_from(head.len()).unwrap(), 1, 5, 0, 0, 0, 1][..], &head].concat();
    stream.write_all(&[&hello[..], &call].concat()).await.unwrap();
    let mut all = Vec::new();
    let answered = async {
        while !all.ends_with(b"done") {
            assert!(stream.read_buf(&mut all).await.unwrap() > 0, "the connection was closed");
        }
    };
    tokio::time::timeout(PATIENCE, answered).await.expect("the answer in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_of_a_head_is_not_waited_for() {
    let world = World::with(|config| config.head_timeout = Duration::from_millis(200)).await;
    let mut stream = raw(&world).await;
    stream.write_all(b"\0\0\x01\x01\0\0\0\0\x03\x83").await.unwrap();
    let mut all = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut all)).await.expect("the end in time").unwrap();
    assert_eq!(world.security_event("http2_refused").await.detail, "the rest of a head did not come in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_under_way_are_finished_when_the_gateway_ends() {
    let mut world = World::new().await;
    let (arrived, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tells, told) = (Arc::clone(&arrived), Arc::clone(&go_on));
    let address = scripted(move |_, mut upstream| {
        let (tells, told) = (Arc::clone(&tells), Arc::clone(&told));
        async move {
            upstream.head().await.unwrap();
            tells.notify_one();
            told.notified().await;
            upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone").await;
        }
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let mut sender = connect(&world).await;
    let (answer, _) = sender.send_request(request("GET", "/orders/v1/any/x", token.secret.expose()), true).unwrap();
    arrived.notified().await;
    let draining = tokio::spawn(world.take_gateway().drain());
    tokio::time::sleep(Duration::from_millis(200)).await;
    go_on.notify_one();
    assert_eq!(body(answer.await.unwrap().into_body()).await.0, b"done");
    tokio::time::timeout(PATIENCE, draining).await.expect("the end in time").unwrap();
    assert_eq!(world.all_records().await.len(), 1);
}
