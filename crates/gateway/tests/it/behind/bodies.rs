//! Bodies and trailers by HTTP/2, no faster than they are taken.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use h2::Reason;
use http::{HeaderMap, HeaderValue, Response};
use tokio::sync::Notify;

use super::service::{Call, Service};
use super::{in_time, post, world_on};
use crate::http2::{body, connect, get, request};

/// Sockets, windows and buffers hold some of what nobody takes; more than this none of them may.
const HELD: usize = 8 * 1024 * 1024;
const PIECE: usize = 64 * 1024;

/// Sends a piece as soon as there is room for it. False where the stream is gone.
async fn push(outgoing: &mut h2::SendStream<Bytes>, mut piece: Bytes, is_last: bool) -> bool {
    while !piece.is_empty() {
        outgoing.reserve_capacity(piece.len());
        let Some(Ok(room)) = std::future::poll_fn(|cx| outgoing.poll_capacity(cx)).await else { return false };
        let part = piece.split_to(room.min(piece.len()));
        if outgoing.send_data(part, is_last && piece.is_empty()).is_err() {
            return false;
        }
    }
    true
}

async fn stands_still(count: &AtomicUsize) {
    let mut before = usize::MAX;
    while before != count.load(Ordering::SeqCst) || before == 0 {
        before = count.load(Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn large_bodies_pass_both_ways() {
    let service = Service::start(
        |_| {},
        |mut call: Call| async move {
            let (content, _) = call.whole().await;
            let mut outgoing = call.respond.send_response(Response::new(()), false).unwrap();
            push(&mut outgoing, content.into(), true).await;
        },
    )
    .await;
    let world = world_on(&service).await;
    let token = world.token().await;
    let content: Vec<u8> = (0..5_000_000_u32).map(|number| number.to_le_bytes()[1]).collect();
    let mut sender = connect(&world).await;
    let (answer, mut outgoing) = sender.send_request(post("/orders/v1/any/x", token.secret.expose()), false).unwrap();
    assert!(push(&mut outgoing, content.clone().into(), true).await);
    let answer = in_time("the answer", answer).await.unwrap();
    assert!(in_time("the body", body(answer.into_body())).await.0 == content);
    // And for a caller that speaks HTTP/1.
    let mut client = world.connect().await;
    client
        .send(format!(
            "POST /orders/v1/any/x HTTP/1.1\r\nHost: a\r\nX-API-Key: {}\r\nContent-Length: 200000\r\n\r\n{}",
            token.secret.expose(),
            "x".repeat(200_000)
        ))
        .await;
    assert_eq!(client.answer().await.body.len(), 200_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_does_not_read_holds_the_caller_back() {
    let go_on = Arc::new(Notify::new());
    let told = Arc::clone(&go_on);
    let service = Service::start(
        |_| {},
        move |mut call: Call| {
            let told = Arc::clone(&told);
            async move {
                told.notified().await;
                let taken = call.whole().await.0.len();
                call.answer(taken.to_string());
            }
        },
    )
    .await;
    let world = world_on(&service).await;
    let token = world.token().await;
    let mut sender = connect(&world).await;
    let (answer, mut outgoing) = sender.send_request(post("/orders/v1/any/x", token.secret.expose()), false).unwrap();
    let sent = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&sent);
    let pieces = 2 * HELD / PIECE;
    let sending = tokio::spawn(async move {
        for piece in 1..=pieces {
            assert!(push(&mut outgoing, Bytes::from_static(&[b'x'; PIECE]), piece == pieces).await);
            counts.fetch_add(PIECE, Ordering::SeqCst);
        }
    });
    stands_still(&sent).await;
    assert!(sent.load(Ordering::SeqCst) < HELD, "{sent:?} bytes were taken ahead");
    go_on.notify_one();
    sending.await.unwrap();
    let answer = in_time("the answer", answer).await.unwrap();
    assert_eq!(body(answer.into_body()).await.0, (pieces * PIECE).to_string().into_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_that_do_not_read_hold_their_own_answers_back_and_no_others() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&sent);
    let service = Service::start(
        |_| {},
        move |mut call: Call| {
            let counts = Arc::clone(&counts);
            async move {
                if !call.request.uri().path().ends_with("/large") {
                    return call.answer("small");
                }
                let mut outgoing = call.respond.send_response(Response::new(()), false).unwrap();
                while push(&mut outgoing, Bytes::from_static(&[b'x'; PIECE]), false).await {
                    counts.fetch_add(PIECE, Ordering::SeqCst);
                }
            }
        },
    )
    .await;
    let world = world_on(&service).await;
    let token = world.token().await;
    let mut stalled = Vec::new();
    for _ in 0..10 {
        let mut sender = connect(&world).await;
        let large = request("GET", "/orders/v1/any/large", token.secret.expose());
        let answer = sender.send_request(large, true).unwrap().0;
        stalled.push((in_time("a head", answer).await.unwrap(), sender));
    }
    stands_still(&sent).await;
    assert!(sent.load(Ordering::SeqCst) < 10 * HELD / 4, "{sent:?} bytes were taken ahead");
    let mut sender = connect(&world).await;
    for _ in 0..5 {
        assert_eq!(get(&mut sender, "/orders/v1/any/x", token.secret.expose()).await.body(), b"small");
    }
    assert_eq!(service.connections(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn trailers_pass_where_that_is_safe() {
    let service = Service::start(
        |_| {},
        |mut call: Call| async move {
            let (_, trailers) = call.whole().await;
            let names = trailers.unwrap_or_default();
            let mut names: Vec<_> = names.keys().map(|name| name.as_str().to_owned()).collect();
            names.sort();
            let mut outgoing = call.respond.send_response(Response::new(()), false).unwrap();
            outgoing.send_data(names.join(" ").into(), false).unwrap();
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", HeaderValue::from_static("7"));
            trailers.insert("set-cookie", HeaderValue::from_static("no"));
            outgoing.send_trailers(trailers).unwrap();
        },
    )
    .await;
    let world = world_on(&service).await;
    let token = world.token().await;
    let mut sender = connect(&world).await;
    let (answer, mut outgoing) = sender.send_request(post("/orders/v1/any/x", token.secret.expose()), false).unwrap();
    let mut trailers = HeaderMap::new();
    for name in ["x-sum", "authorization", "x_keyward_app", "x-real-ip", "x-http-method", "content-length", "cookie"] {
        trailers.insert(name, HeaderValue::from_static("1"));
    }
    outgoing.send_trailers(trailers).unwrap();
    let answer = in_time("the answer", answer).await.unwrap();
    let (content, trailers) = body(answer.into_body()).await;
    assert_eq!(content, b"x-sum");
    let trailers = trailers.unwrap();
    assert_eq!((trailers.len(), &trailers["grpc-status"]), (1, &HeaderValue::from_static("7")));
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_may_speak_in_turn() {
    let service = Service::start(
        |_| {},
        |mut call: Call| async move {
            let mut outgoing = call.respond.send_response(Response::new(()), false).unwrap();
            while let Some(piece) = call.incoming.data().await {
                let piece = piece.unwrap();
                call.incoming.flow_control().release_capacity(piece.len()).unwrap();
                outgoing.send_data(piece, false).unwrap();
            }
            outgoing.send_data(Bytes::new(), true).unwrap();
        },
    )
    .await;
    let world = world_on(&service).await;
    let token = world.token().await;
    let mut sender = connect(&world).await;
    let (answer, mut outgoing) = sender.send_request(post("/orders/v1/any/x", token.secret.expose()), false).unwrap();
    let mut incoming = in_time("the head", answer).await.unwrap().into_body();
    for word in ["one", "two", "three"] {
        outgoing.send_data(word.into(), false).unwrap();
        let piece = in_time("the echo", incoming.data()).await.unwrap().unwrap();
        incoming.flow_control().release_capacity(piece.len()).unwrap();
        assert_eq!(piece, word);
    }
    outgoing.send_data(Bytes::new(), true).unwrap();
    while let Some(piece) = in_time("the end", incoming.data()).await {
        assert_eq!(piece.unwrap(), "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_reset_breaks_off_in_front_too() {
    let service = Service::start(
        |_| {},
        |mut call: Call| async move {
            let mut outgoing = call.respond.send_response(Response::new(()), false).unwrap();
            outgoing.send_data(Bytes::from_static(b"half"), false).unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
            outgoing.send_reset(Reason::INTERNAL_ERROR);
        },
    )
    .await;
    let world = world_on(&service).await;
    let token = world.token().await;
    let mut sender = connect(&world).await;
    let (answer, _) = sender.send_request(request("GET", "/orders/v1/any/x", token.secret.expose()), true).unwrap();
    let mut incoming = in_time("the head", answer).await.unwrap().into_body();
    let error = loop {
        match in_time("a piece", incoming.data()).await.expect("no proper end") {
            Ok(piece) => assert_eq!(piece, "half"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.reason(), Some(Reason::INTERNAL_ERROR));
    let records = world.records(|_| true, 1).await;
    assert_eq!(records[0].code.map(|code| code.as_str()), Some("upstream_invalid"));
}
