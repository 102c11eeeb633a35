//! Room at a target: no more calls at a time than its upstream says, over all workers; the others wait, in order and not
//! for ever.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use keyward_gateway::UpstreamStanding;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::client::Client;
use crate::upstream::{Upstream, scripted};
use crate::world::World;

/// A service that answers a request only when it is let.
struct Held {
    address: SocketAddr,
    /// Requests being answered at a time.
    at_once: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    /// The paths, in the order they came.
    seen: Arc<std::sync::Mutex<Vec<String>>>,
    gate: Arc<Semaphore>,
}

impl Held {
    async fn start() -> Self {
        let (at_once, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (seen, gate) = (Arc::new(std::sync::Mutex::new(Vec::new())), Arc::new(Semaphore::new(0)));
        let shared = (Arc::clone(&at_once), Arc::clone(&most), Arc::clone(&seen), Arc::clone(&gate));
        let address = scripted(move |_, mut upstream| {
            let (at_once, most, seen, gate) = shared.clone();
            async move {
                while let Some(head) = upstream.head().await {
                    seen.lock().unwrap().push(head.split(' ').nth(1).unwrap().to_owned());
                    most.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    gate.acquire().await.unwrap().forget();
                    at_once.fetch_sub(1, Ordering::SeqCst);
                    upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
                }
            }
        })
        .await;
        Self { address, at_once, most, seen, gate }
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

async fn bounded(world: &World, targets: &[SocketAddr], concurrency: Value, connect_ms: u32) {
    let timeouts = json!({ "connect_ms": connect_ms });
    world.upstream("orders", targets, json!({ "concurrency": concurrency, "timeouts": timeouts })).await;
    world.api("orders.v1", json!({})).await;
}

/// Under way and waiting at the first target.
fn room(world: &World) -> (u32, u32) {
    match world.targets().of(world.team, &"orders".parse().unwrap()) {
        UpstreamStanding::Used(targets) => targets[0].room.unwrap(),
        other => panic!("{other:?}"),
    }
}

async fn until_room_is(world: &World, wanted: (u32, u32)) {
    let waiting = async {
        while room(world) != wanted {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let found = tokio::time::timeout(Duration::from_secs(30), waiting).await;
    assert!(found.is_ok(), "{:?} instead of {wanted:?}", room(world));
}

async fn ask(world: &World, token: &str, path: &str) -> Client {
    let mut client = world.connect().await;
    client.send(format!("GET /orders/v1/any/{path} HTTP/1.1\r\nHost: a\r\nX-API-Key: {token}\r\n\r\n")).await;
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_beyond_the_bound_wait_in_order_and_the_record_says_how_long() {
    let world = World::with(|config| config.workers = 2).await;
    let held = Held::start().await;
    bounded(&world, &[held.address], json!({ "max_connections": 1, "max_pending": 8 }), 60_000).await;
    let token = world.token().await;
    let mut clients = Vec::new();
    for number in 0..5u32 {
        clients.push(ask(&world, token.secret.expose(), &number.to_string()).await);
        until_room_is(&world, (1, number)).await;
    }
    held.gate.add_permits(5);
    for (number, client) in clients.iter_mut().enumerate() {
        let answer = client.answer().await;
        assert_eq!(answer.status, 200);
        let record = world.record(answer.request_id()).await;
        assert_eq!(record.timing.queue_us > 0, number > 0, "{number}: {:?}", record.timing);
    }
    assert_eq!(held.seen(), (0..5).map(|number| format!("/any/{number}")).collect::<Vec<_>>());
    assert_eq!(held.most.load(Ordering::SeqCst), 1);
    until_room_is(&world, (0, 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_finds_the_line_full_or_waits_too_long_is_refused() {
    let world = World::with(|config| config.workers = 2).await;
    let held = Held::start().await;
    bounded(&world, &[held.address], json!({ "max_connections": 1, "max_pending": 1 }), 300).await;
    let token = world.token().await;
    let mut first = ask(&world, token.secret.expose(), "first").await;
    until_room_is(&world, (1, 0)).await;
    let mut late = ask(&world, token.secret.expose(), "late").await;
    until_room_is(&world, (1, 1)).await;
    let full = world.connect().await.get("/orders/v1/any/full", token.secret.expose()).await;
    let late = late.answer().await;
    for (answer, said) in [(&full, "as many calls wait as may"), (&late, "no room within connect_ms 300")] {
        assert_eq!(answer.refused("upstream_overloaded").retry_after, Some(1));
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
        let record = world.record(answer.request_id()).await;
        assert!(record.rule.as_ref().is_some_and(|rule| rule.contains(said)), "{record:?}");
    }
    let waited = world.record(late.request_id()).await.timing.queue_us;
    assert!(waited >= 300_000, "{waited}");
    until_room_is(&world, (1, 0)).await;
    held.gate.add_permits(1);
    assert_eq!(first.answer().await.status, 200);
    assert_eq!(held.seen(), ["/any/first"], "what was refused never left");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_gives_its_place_up() {
    let world = World::with(|config| config.workers = 2).await;
    let held = Held::start().await;
    bounded(&world, &[held.address], json!({ "max_connections": 1, "max_pending": 4 }), 60_000).await;
    let token = world.token().await;
    let mut first = ask(&world, token.secret.expose(), "first").await;
    until_room_is(&world, (1, 0)).await;
    let gone = ask(&world, token.secret.expose(), "gone").await;
    until_room_is(&world, (1, 1)).await;
    // One with a body that it has begun, and one over HTTP/1.1 alone, leave the same way.
    let mut with_body = world.connect().await;
    with_body
        .send(format!(
            "POST /orders/v1/any/body HTTP/1.1\r\nHost: a\r\nX-API-Key: {}\r\nContent-Length: 10\r\n\r\nhello",
            token.secret.expose()
        ))
        .await;
    until_room_is(&world, (1, 2)).await;
    let mut last = ask(&world, token.secret.expose(), "last").await;
    until_room_is(&world, (1, 3)).await;
    drop((gone, with_body));
    until_room_is(&world, (1, 1)).await;
    held.gate.add_permits(2);
    assert_eq!((first.answer().await.status, last.answer().await.status), (200, 200));
    assert_eq!(held.seen(), ["/any/first", "/any/last"]);
    until_room_is(&world, (0, 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_one_target_is_full_another_is_called() {
    let world = World::new().await;
    let (held, free) = (Held::start().await, Upstream::start().await);
    let concurrency = json!({ "max_connections": 1, "max_pending": 0 });
    bounded(&world, &[held.address, free.address()], concurrency, 1000).await;
    let token = world.token().await;
    let mut stuck = ask(&world, token.secret.expose(), "stuck").await;
    // Whichever of the two is first, one of these two calls stays at the one that answers nothing.
    let mut other = ask(&world, token.secret.expose(), "stuck").await;
    world.records(|_| true, 1).await;
    until_room_is(&world, (1, 0)).await;
    for _ in 0..10 {
        assert_eq!(world.connect().await.get("/orders/v1/any/x", token.secret.expose()).await.status, 200);
    }
    assert_eq!(held.at_once.load(Ordering::SeqCst), 1);
    held.gate.add_permits(2);
    assert_eq!((stuck.answer().await.status, other.answer().await.status), (200, 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bound_is_the_processes_and_not_each_workers() {
    let world = World::with(|config| config.workers = 4).await;
    let held = Held::start().await;
    bounded(&world, &[held.address], json!({ "max_connections": 3, "max_pending": 100 }), 60_000).await;
    let token = world.token().await;
    let mut clients = Vec::new();
    for number in 0..40 {
        clients.push(ask(&world, token.secret.expose(), &number.to_string()).await);
    }
    until_room_is(&world, (3, 37)).await;
    held.gate.add_permits(40);
    for client in &mut clients {
        assert_eq!(client.answer().await.status, 200);
    }
    assert_eq!(held.most.load(Ordering::SeqCst), 3);
    until_room_is(&world, (0, 0)).await;
}
