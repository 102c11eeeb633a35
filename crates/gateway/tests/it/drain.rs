//! An orderly end: calls under way are finished, nothing new is taken up, nothing is lost.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::upstream::{Upstream, scripted};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn calls_under_way_are_finished_and_kept_connections_close() {
    let mut world = World::with(|config| config.workers = 2).await;
    let (arrived, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tells, told) = (Arc::clone(&arrived), Arc::clone(&go_on));
    let address = scripted(move |_, mut upstream| {
        let (tells, told) = (Arc::clone(&tells), Arc::clone(&told));
        async move {
            upstream.head().await.unwrap();
            upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n").await;
            tells.notify_one();
            told.notified().await;
            upstream.send("4\r\ndone\r\n0\r\n\r\n").await;
            upstream.closed().await;
        }
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let (mut idle, mut busy) = (world.connect().await, world.connect().await);
    idle.call("GET", "/nothing", "").await.refused("route_not_found");
    busy.send(format!("GET /orders/v1/any/x HTTP/1.1\r\nHost: a\r\nX-API-Key: {}\r\n\r\n", token.secret.expose()))
        .await;
    arrived.notified().await;
    assert_eq!(busy.head().await.status, 200);
    let gateway = world.take_gateway();
    let draining = tokio::spawn(gateway.drain());
    idle.closed().await;
    let refused = TcpStream::connect(world.address()).await;
    assert!(refused.is_err(), "a new connection was taken up");
    assert!(!draining.is_finished());
    go_on.notify_one();
    assert_eq!(busy.chunk().await.unwrap(), b"ok");
    assert_eq!(busy.chunk().await.unwrap(), b"done");
    assert_eq!(busy.chunk().await, None);
    busy.closed().await;
    tokio::time::timeout(Duration::from_secs(30), draining).await.expect("the end in time").unwrap();
    let records = world.all_records().await;
    assert_eq!(records.iter().map(|record| record.status).collect::<Vec<_>>().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_come_to_an_end_is_cut_off_and_recorded() {
    let mut world = World::with(|config| config.drain_timeout = Duration::from_millis(200)).await;
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
    let mut client = world.connect().await;
    client
        .send(format!("GET /orders/v1/any/x HTTP/1.1\r\nHost: a\r\nX-API-Key: {}\r\n\r\n", token.secret.expose()))
        .await;
    arrived.notified().await;
    world.take_gateway().drain().await;
    client.closed().await;
    let records = world.all_records().await;
    assert_eq!(records.len(), 1);
    assert_eq!((records[0].status, records[0].token), (0, Some(token.token.id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn quotas_used_up_to_the_end_are_written_down() {
    let mut world = World::with(|config| config.workers = 2).await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let limits = json!({ "quotas": [{ "limit": 1000, "period": "month" }] });
    let token = world.token_with(json!({ "limits": limits })).await;
    let mut client = world.connect().await;
    for _ in 0..25 {
        assert_eq!(client.get("/orders/v1/any/x", token.secret.expose()).await.status, 200);
    }
    world.take_gateway().drain().await;
    let uses = world.store.quota_uses(Default::default()).await.unwrap();
    assert_eq!(uses.iter().map(|quota| quota.used).collect::<Vec<_>>(), [25]);
}
