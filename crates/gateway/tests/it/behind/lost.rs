//! Connections of HTTP/2 that end, are told to end, or fall silent.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use h2::Reason;
use http::Response;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::service::{Call, Service, serve};
use super::{in_time, orders_on, world_on};
use crate::http2::{body, connect, get, post_whole, request};
use crate::world::World;

const HEADERS: u8 = 1;
const PING: u8 = 6;

/// Speaks for a service by hand: empty settings, and then frame for frame.
async fn greet(stream: &mut TcpStream) {
    let mut preface = [0; 24];
    stream.read_exact(&mut preface).await.unwrap();
    stream.write_all(b"\0\0\0\x04\0\0\0\0\0").await.unwrap();
}

/// The type of the next frame; none when the gateway closed.
async fn frame(stream: &mut TcpStream) -> Option<u8> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.ok()?;
    let mut payload = vec![0; usize::from(head[1]) * 256 + usize::from(head[2])];
    stream.read_exact(&mut payload).await.ok()?;
    Some(head[3])
}

async fn until(stream: &mut TcpStream, wanted: u8) -> Option<()> {
    while frame(stream).await? != wanted {}
    Some(())
}

async fn answer_ok(mut call: Call) {
    call.whole().await;
    call.answer("ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_behind_a_goaway_goes_out_again() {
    let service = Service::over(|number, mut stream, seen| async move {
        if number > 0 {
            return serve(stream, h2::server::Builder::new(), seen, answer_ok).await;
        }
        greet(&mut stream).await;
        until(&mut stream, HEADERS).await;
        // Nothing was looked at: the last stream is 0.
        stream.write_all(b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0").await.unwrap();
        while frame(&mut stream).await.is_some() {}
    })
    .await;
    let world = world_on(&service).await;
    let token = world.token().await;
    let mut sender = connect(&world).await;
    // Also what must not be done twice.
    let answer = post_whole(&mut sender, "/orders/v1/any/x", token.secret.expose(), b"hello").await;
    assert_eq!((answer.status().as_u16(), &**answer.body()), (200, &b"ok"[..]));
    assert_eq!(service.connections(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_goaway_lets_calls_under_way_end_and_sends_new_ones_elsewhere() {
    let (arrived, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tells, told) = (Arc::clone(&arrived), Arc::clone(&go_on));
    let service = Service::over(move |number, stream, seen| {
        let (tells, told) = (Arc::clone(&tells), Arc::clone(&told));
        async move {
            if number > 0 {
                return serve(stream, h2::server::Builder::new(), seen, answer_ok).await;
            }
            let mut connection = h2::server::handshake(stream).await.unwrap();
            let (_, mut respond) = connection.accept().await.unwrap().unwrap();
            connection.graceful_shutdown();
            tokio::spawn(async move {
                tells.notify_one();
                told.notified().await;
                let mut outgoing = respond.send_response(Response::new(()), false).unwrap();
                outgoing.send_data(Bytes::from_static(b"late"), true).unwrap();
            });
            // A call may be on its way already; it is taken, as it should be.
            while let Some(Ok((request, respond))) = connection.accept().await {
                let (parts, incoming) = request.into_parts();
                let request = http::Request::from_parts(parts, ());
                tokio::spawn(answer_ok(Call { request, incoming, respond }));
            }
        }
    })
    .await;
    let world = world_on(&service).await;
    let token = world.token().await;
    let mut sender = connect(&world).await;
    let (first, _) = sender.send_request(request("GET", "/orders/v1/any/1", token.secret.expose()), true).unwrap();
    in_time("the first call", arrived.notified()).await;
    in_time("another connection", async {
        while service.connections() == 1 {
            assert_eq!(get(&mut sender, "/orders/v1/any/2", token.secret.expose()).await.body(), b"ok");
        }
    })
    .await;
    go_on.notify_one();
    let first = in_time("the first answer", first).await.unwrap();
    assert_eq!(body(first.into_body()).await.0, b"late");
    assert_eq!(service.connections(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_lost_under_calls_ends_them_and_another_is_made() {
    let service = Service::over(|number, mut stream, seen| async move {
        if number > 0 {
            return serve(stream, h2::server::Builder::new(), seen, answer_ok).await;
        }
        greet(&mut stream).await;
        until(&mut stream, HEADERS).await;
    })
    .await;
    let world = world_on(&service).await;
    let token = world.token().await;
    let mut sender = connect(&world).await;
    let answer = get(&mut sender, "/orders/v1/any/x", token.secret.expose()).await;
    assert_eq!(answer.status(), 502);
    let records = world.records(|_| true, 1).await;
    assert!(records[0].rule.as_deref().unwrap().contains("closed the connection before it answered"));
    assert_eq!(get(&mut sender, "/orders/v1/any/x", token.secret.expose()).await.body(), b"ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_falls_silent_is_asked_and_given_up() {
    let asked = Arc::new(Notify::new());
    let tells = Arc::clone(&asked);
    let service = Service::over(move |number, mut stream, seen| {
        let tells = Arc::clone(&tells);
        async move {
            if number > 0 {
                return serve(stream, h2::server::Builder::new(), seen, answer_ok).await;
            }
            greet(&mut stream).await;
            until(&mut stream, HEADERS).await;
            until(&mut stream, PING).await;
            tells.notify_one();
            while frame(&mut stream).await.is_some() {}
        }
    })
    .await;
    let world = World::with(|config| {
        config.upstream_ping_after = Duration::from_millis(200);
        config.upstream_ping_timeout = Duration::from_millis(200);
    })
    .await;
    orders_on(&world, &service).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    // Long before the answer itself is late.
    let answer = client.get("/orders/v1/any/x", token.secret.expose()).await;
    answer.refused("upstream_unreachable");
    in_time("the question", asked.notified()).await;
    assert_eq!(client.get("/orders/v1/any/x", token.secret.expose()).await.text(), "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_of_little_patience_do_not_keep_a_dead_connection() {
    let service = Service::over(move |number, mut stream, seen| async move {
        if number > 0 {
            return serve(stream, h2::server::Builder::new(), seen, answer_ok).await;
        }
        greet(&mut stream).await;
        while frame(&mut stream).await.is_some() {}
    })
    .await;
    let world = World::with(|config| {
        config.upstream_ping_after = Duration::from_millis(400);
        config.upstream_ping_timeout = Duration::from_millis(400);
    })
    .await;
    orders_on(&world, &service).await;
    let token = world.token().await;
    // Each gives up before the target would be asked.
    let impatient = async {
        loop {
            let mut client = world.connect().await;
            let answer = client.get("/orders/v1/any/x", token.secret.expose());
            if let Ok(answer) = tokio::time::timeout(Duration::from_millis(150), answer).await
                && answer.status == 200
            {
                break;
            }
        }
    };
    in_time("an answer", impatient).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_target_that_answers_pings_is_waited_for() {
    let service = Service::start(
        |_| {},
        |mut call: Call| async move {
            tokio::time::sleep(Duration::from_millis(1500)).await;
            call.answer("ok");
        },
    )
    .await;
    let world = World::with(|config| {
        config.upstream_ping_after = Duration::from_millis(100);
        config.upstream_ping_timeout = Duration::from_millis(400);
    })
    .await;
    orders_on(&world, &service).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    assert_eq!(client.get("/orders/v1/any/x", token.secret.expose()).await.text(), "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_of_http1_is_not_taken_for_one_of_http2() {
    let service = Service::over(|_, mut stream, _| async move {
        let mut some = [0; 24];
        let _ = stream.read_exact(&mut some).await;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
    })
    .await;
    let world = world_on(&service).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    let answer = client.get("/orders/v1/any/x", token.secret.expose()).await;
    assert_eq!(answer.status, 502, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_reset_says_why() {
    let service = Service::start(|_| {}, |call: Call| async move { call.reset(Reason::ENHANCE_YOUR_CALM) }).await;
    let world = world_on(&service).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    let answer = client.get("/orders/v1/any/x", token.secret.expose()).await;
    answer.refused("upstream_unreachable");
    let rule = world.record(answer.request_id()).await.rule.unwrap();
    assert!(rule.contains("reset the stream before it answered"), "{rule}");
}
