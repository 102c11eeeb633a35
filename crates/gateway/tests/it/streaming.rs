//! Bodies pass as they come, both ways, and no faster than they are taken.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use crate::upstream::scripted;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn an_event_arrives_before_the_next_one_is_sent() {
    let world = World::new().await;
    let next = Arc::new(Notify::new());
    let told = Arc::clone(&next);
    let address = scripted(move |_, mut upstream| {
        let told = Arc::clone(&told);
        async move {
            upstream.head().await.unwrap();
            upstream
                .send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
                .await;
            for _ in 0..3 {
                told.notified().await;
                upstream.send("9\r\ndata: 1\n\n\r\n").await;
            }
            told.notified().await;
            upstream.send("0\r\n\r\n").await;
            upstream.closed().await;
        }
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    client
        .send(format!("GET /orders/v1/any/x HTTP/1.1\r\nHost: a\r\nX-API-Key: {}\r\n\r\n", token.secret.expose()))
        .await;
    // The head comes before any event does.
    assert_eq!(client.head().await.header("content-type"), Some("text/event-stream"));
    for _ in 0..3 {
        next.notify_one();
        assert_eq!(client.chunk().await.unwrap(), b"data: 1\n\n");
    }
    next.notify_one();
    assert_eq!(client.chunk().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_arrives_piece_by_piece() {
    let world = World::new().await;
    let arrived = Arc::new(Notify::new());
    let tells = Arc::clone(&arrived);
    let address = scripted(move |_, mut upstream| {
        let tells = Arc::clone(&tells);
        async move {
            upstream.head().await.unwrap();
            for _ in 0..3 {
                assert_eq!(upstream.some().await, b"1\r\nx\r\n");
                tells.notify_one();
            }
            assert_eq!(upstream.some().await, b"0\r\n\r\n");
            upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
        }
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    client
        .send(format!(
            "POST /orders/v1/any/x HTTP/1.1\r\nHost: a\r\nX-API-Key: {}\r\nTransfer-Encoding: chunked\r\n\r\n",
            token.secret.expose()
        ))
        .await;
    for _ in 0..3 {
        client.send("1\r\nx\r\n").await;
        arrived.notified().await;
    }
    client.send("0\r\n\r\n").await;
    assert_eq!(client.answer().await.text(), "ok");
}

/// Sockets hold some of what nobody takes, and so does the gateway; more than this none of them may.
const HELD: usize = 16 * 1024 * 1024;
const PIECE: usize = 64 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_does_not_read_holds_the_upstream_back() {
    let world = World::new().await;
    let sent = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&sent);
    let address = scripted(move |_, mut upstream| {
        let counts = Arc::clone(&counts);
        async move {
            upstream.head().await.unwrap();
            upstream.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", 4 * HELD)).await;
            for _ in 0..4 * HELD / PIECE {
                upstream.send([b'x'; PIECE]).await;
                counts.fetch_add(PIECE, Ordering::SeqCst);
            }
        }
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    client
        .send(format!("GET /orders/v1/any/x HTTP/1.1\r\nHost: a\r\nX-API-Key: {}\r\n\r\n", token.secret.expose()))
        .await;
    client.head().await;
    stands_still(&sent).await;
    assert!(sent.load(Ordering::SeqCst) < HELD, "{sent:?} bytes were taken ahead");
    let mut taken = 0;
    while taken < 4 * HELD {
        taken += client.some().await.expect("more").len();
    }
    assert_eq!(taken, 4 * HELD);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_does_not_read_holds_the_caller_back() {
    let world = World::new().await;
    let go_on = Arc::new(Notify::new());
    let told = Arc::clone(&go_on);
    let address = scripted(move |_, mut upstream| {
        let told = Arc::clone(&told);
        async move {
            upstream.head().await.unwrap();
            told.notified().await;
            let mut taken = 0;
            while taken < 3 * HELD {
                taken += upstream.some().await.len();
            }
            upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
        }
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    client
        .send(format!(
            "POST /orders/v1/any/x HTTP/1.1\r\nHost: a\r\nX-API-Key: {}\r\nContent-Length: {}\r\n\r\n",
            token.secret.expose(),
            3 * HELD
        ))
        .await;
    let sent = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&sent);
    let sending = tokio::spawn(async move {
        for _ in 0..3 * HELD / PIECE {
            client.send([b'x'; PIECE]).await;
            counts.fetch_add(PIECE, Ordering::SeqCst);
        }
        client.answer().await
    });
    stands_still(&sent).await;
    assert!(sent.load(Ordering::SeqCst) < HELD, "{sent:?} bytes were taken ahead");
    go_on.notify_one();
    assert_eq!(sending.await.unwrap().text(), "ok");
}

/// Waits until nothing has moved for a while.
async fn stands_still(count: &AtomicUsize) {
    let mut before = usize::MAX;
    while before != count.load(Ordering::SeqCst) || before == 0 {
        before = count.load(Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_ends_the_call_behind_it_too() {
    let world = World::new().await;
    let (arrived, gone) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tells, tells_gone) = (Arc::clone(&arrived), Arc::clone(&gone));
    let address = scripted(move |_, mut upstream| {
        let (tells, tells_gone) = (Arc::clone(&tells), Arc::clone(&tells_gone));
        async move {
            let head = upstream.head().await.unwrap();
            if head.contains("/any/stream") {
                upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n").await;
            }
            tells.notify_one();
            upstream.closed().await;
            tells_gone.notify_one();
        }
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    for (path, status) in [("wait", 0), ("stream", 200)] {
        let mut client = world.connect().await;
        client
            .send(format!(
                "GET /orders/v1/any/{path} HTTP/1.1\r\nHost: a\r\nX-API-Key: {}\r\n\r\n",
                token.secret.expose()
            ))
            .await;
        arrived.notified().await;
        if status == 200 {
            client.head().await;
        }
        drop(client);
        tokio::time::timeout(Duration::from_secs(30), gone.notified()).await.expect("the upstream's end in time");
        let records = world.records(|record| record.path.ends_with(path), 1).await;
        assert_eq!((records[0].status, records[0].code), (status, None));
    }
}
