//! A kept connection may be dead: what may be sent again is, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

use crate::upstream::{Scripted, scripted};
use crate::world::World;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A service whose first connection answers once, and then reads one more request and closes without an answer.
async fn forgetful(requests: Arc<AtomicUsize>) -> std::net::SocketAddr {
    scripted(move |number, mut upstream| {
        let requests = Arc::clone(&requests);
        async move {
            while upstream.head().await.is_some() {
                requests.fetch_add(1, Ordering::SeqCst);
                if number == 0 && requests.load(Ordering::SeqCst) > 1 {
                    return;
                }
                upstream.send(OK).await;
            }
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotent_call_goes_out_again_when_a_kept_connection_dies_under_it() {
    for (method, framing, arrives) in [
        ("GET", "", true),
        ("HEAD", "", true),
        ("DELETE", "", true),
        ("PUT", "Content-Length: 0\r\n", true),
        ("POST", "Content-Length: 0\r\n", false),
        ("PATCH", "", false),
    ] {
        let world = World::new().await;
        let requests = Arc::new(AtomicUsize::new(0));
        let address = forgetful(Arc::clone(&requests)).await;
        world.orders(&[address]).await;
        let token = world.token().await;
        let mut client = world.connect().await;
        assert_eq!(client.get("/orders/v1/any/first", token.secret.expose()).await.status, 200);
        let headers = format!("X-API-Key: {}\r\n{framing}", token.secret.expose());
        let answer = client.call(method, "/orders/v1/any/second", &headers).await;
        if arrives {
            assert_eq!(answer.status, 200, "{method}");
            assert_eq!(requests.load(Ordering::SeqCst), 3, "{method}");
        } else {
            answer.refused("upstream_unreachable");
            assert_eq!(requests.load(Ordering::SeqCst), 2, "{method}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_has_begun_is_never_sent_twice() {
    let world = World::new().await;
    let requests = Arc::new(AtomicUsize::new(0));
    let address = forgetful(Arc::clone(&requests)).await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    assert_eq!(client.get("/orders/v1/any/first", token.secret.expose()).await.status, 200);
    client
        .send(format!(
            "PUT /orders/v1/any/second HTTP/1.1\r\nHost: a\r\nX-API-Key: {}\r\nContent-Length: 2\r\n\r\nok",
            token.secret.expose()
        ))
        .await;
    client.answer().await.refused("upstream_unreachable");
    assert_eq!(requests.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_connection_that_dies_is_not_tried_again() {
    let world = World::new().await;
    let requests = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&requests);
    let address = scripted(move |_, mut upstream| {
        let counts = Arc::clone(&counts);
        async move {
            upstream.head().await.unwrap();
            counts.fetch_add(1, Ordering::SeqCst);
        }
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    client.get("/orders/v1/any/x", token.secret.expose()).await.refused("upstream_unreachable");
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_close_between_calls_are_noticed() {
    let world = World::new().await;
    let closed = Arc::new(Notify::new());
    let tells = Arc::clone(&closed);
    let answer_once = move |_, mut upstream: Scripted| {
        let tells = Arc::clone(&tells);
        async move {
            upstream.head().await.unwrap();
            upstream.send(OK).await;
            drop(upstream);
            tells.notify_one();
        }
    };
    let address = scripted(answer_once).await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    for _ in 0..50 {
        // Also what must not be sent twice: the close has come before this request, and is seen before it.
        client
            .send(format!(
                "POST /orders/v1/any/x HTTP/1.1\r\nHost: a\r\nX-API-Key: {}\r\nContent-Length: 2\r\n\r\nok",
                token.secret.expose()
            ))
            .await;
        let answer = client.answer().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        closed.notified().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_asks_to_close_is_not_kept() {
    let world = World::new().await;
    let connections = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&connections);
    let address = scripted(move |_, mut upstream| {
        counts.fetch_add(1, Ordering::SeqCst);
        async move {
            upstream.head().await.unwrap();
            upstream.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok").await;
            // It stays open for longer than it said, and hears nothing more.
            assert!(upstream.head().await.is_none());
        }
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    for _ in 0..5 {
        assert_eq!(client.get("/orders/v1/any/x", token.secret.expose()).await.status, 200);
    }
    assert_eq!(connections.load(Ordering::SeqCst), 5);
}
