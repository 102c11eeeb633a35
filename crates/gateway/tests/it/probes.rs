//! Probes: a target that fails them gets no calls, and gets them again once it answers; each is probed once for the
//! whole process, as calls go to it, and no longer than its upstream wants.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::time::Duration;

use http::Response;
use keyward_gateway::{TargetStanding, UpstreamStanding};
use keyward_model::Clock;
use keyward_model::clock::SystemClock;
use keyward_model::connection::ConnectionSpec;
use keyward_model::upstream::UpstreamSpec;
use keyward_policy::balance::State;
use serde_json::{Value, json};

use crate::upstream::{Seen, Upstream, full, scripted};
use crate::world::World;

/// Probes every second, the fastest there is; one is enough either way.
fn probing(more: Value) -> Value {
    let mut active = json!({ "path": "/healthz?deep=1", "interval_seconds": 1, "timeout_ms": 500, "healthy_after": 1, "unhealthy_after": 1 });
    active.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "active": active })
}

fn is_probe(seen: &Seen) -> bool {
    seen.target.ends_with("/healthz?deep=1")
}

fn probes(upstream: &Upstream) -> usize {
    upstream.seen().iter().filter(|seen| is_probe(seen)).count()
}

fn calls(upstream: &Upstream) -> usize {
    upstream.seen().len() - probes(upstream)
}

/// A service whose probes are answered with `status`, and whose calls always with 200.
async fn with_health(status: &Arc<AtomicU16>) -> Upstream {
    let status = Arc::clone(status);
    Upstream::answering(move |seen| {
        let status = if is_probe(seen) { status.load(Ordering::SeqCst) } else { 200 };
        Response::builder().status(status).body(full("ok")).unwrap()
    })
    .await
}

async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
}

fn standing(world: &World, place: usize) -> TargetStanding {
    match world.targets().of(world.team, &"orders".parse().unwrap()) {
        UpstreamStanding::Used(mut targets) => targets.swap_remove(place),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_fails_its_probes_gets_no_calls_until_it_answers_them() {
    let world = World::with(|config| config.workers = 2).await;
    let status = Arc::new(AtomicU16::new(200));
    let (sick, well) = (with_health(&status).await, Upstream::start().await);
    let health = probing(json!({}));
    world.upstream("orders", &[sick.address(), well.address()], json!({ "health": health })).await;
    world.api("orders.v1", json!({})).await;
    let token = world.token().await;
    eventually("good probes", || (0..2).all(|place| standing(&world, place).healthy == Some(true))).await;
    status.store(503, Ordering::SeqCst);
    eventually("it is down", || standing(&world, 0).state == State::Down).await;
    let down = standing(&world, 0);
    assert_eq!((down.healthy, down.probe.as_ref().and_then(|probe| probe.status)), (Some(false), Some(503)));
    assert!(down.since.is_some() && down.last_error.is_some_and(|(_, problem)| problem == "it answered 503"));
    let before = calls(&sick);
    for _ in 0..20 {
        assert_eq!(world.connect().await.get("/orders/v1/any/x", token.secret.expose()).await.status, 200);
    }
    assert_eq!((calls(&sick), calls(&well)), (before, 20));
    status.store(200, Ordering::SeqCst);
    eventually("it is back", || standing(&world, 0).state == State::InUse).await;
    for _ in 0..20 {
        assert_eq!(world.connect().await.get("/orders/v1/any/x", token.secret.expose()).await.status, 200);
    }
    assert!(calls(&sick) > before);
    assert_eq!(standing(&world, 0).healthy, Some(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn when_all_are_down_all_are_used() {
    let world = World::new().await;
    let status = Arc::new(AtomicU16::new(500));
    let upstream = with_health(&status).await;
    world.upstream("orders", &[upstream.address()], json!({ "health": probing(json!({})) })).await;
    world.api("orders.v1", json!({})).await;
    let token = world.token().await;
    eventually("it is down", || standing(&world, 0).state == State::Down).await;
    assert_eq!(world.connect().await.get("/orders/v1/any/x", token.secret.expose()).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_goes_as_a_call_does_and_only_so_often() {
    let world = World::with(|config| config.workers = 2).await;
    let upstream = Upstream::start().await;
    world.put_secret("key", "s3cret").await;
    let origin = format!("http://{}", upstream.address());
    let header = json!({ "header": { "name": "X-Service-Key", "secret": "key" } });
    world.put::<ConnectionSpec>("crm", json!({ "origin": origin, "auth": header })).await;
    let spec =
        json!({ "targets": [{ "url": format!("{origin}/base") }], "connection": "crm", "health": probing(json!({})) });
    world.put::<UpstreamSpec>("orders", spec.clone()).await;
    world.api("orders.v1", json!({})).await;
    eventually("two probes", || probes(&upstream) >= 2).await;
    let seen = upstream.seen().remove(0);
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("GET", "/base/healthz?deep=1"));
    assert_eq!(seen.header("x-service-key"), Some("s3cret"));
    assert_eq!(seen.header("host"), Some(&*upstream.address().to_string()));
    // Of the credential nothing shows.
    assert!(!format!("{:?}", standing(&world, 0)).contains("s3cret"));

    // A change of something else begins nothing anew, and neither does one of the upstream that is not about probes.
    let clock = SystemClock::new();
    let (begun, before) = (clock.monotonic(), probes(&upstream));
    let mut more = spec.clone();
    for round in 0..40 {
        world.upstream("other", &[upstream.address()], json!({ "description": round.to_string() })).await;
        more["description"] = json!(round.to_string());
        world.put::<UpstreamSpec>("orders", more.clone()).await;
    }
    eventually("it goes on", || probes(&upstream) > before + 1).await;
    let took = clock.monotonic() - begun;
    let made = probes(&upstream) - before;
    assert!((made as f64) <= took.as_secs_f64() / 0.9 + 2.0, "{made} probes in {took:?}");

    // Without the wish, none.
    more["health"] = json!({});
    world.put::<UpstreamSpec>("orders", more).await;
    let after = probes(&upstream);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(probes(&upstream), after);
    assert_eq!(standing(&world, 0).probe, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_probed_that_no_api_uses_and_nothing_after_the_end() {
    let mut world = World::new().await;
    let upstream = Upstream::start().await;
    world.upstream("orders", &[upstream.address()], json!({ "health": probing(json!({})) })).await;
    let orders = "orders".parse().unwrap();
    assert_eq!(world.targets().of(world.team, &orders), UpstreamStanding::Unused);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(probes(&upstream), 0);
    world.api("orders.v1", json!({})).await;
    let fresh = standing(&world, 0);
    assert!(fresh.healthy.is_none() || fresh.probe.is_some(), "not probed yet is not known: {fresh:?}");
    eventually("a probe", || probes(&upstream) > 0).await;
    world.stop().await;
    let after = probes(&upstream);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(probes(&upstream), after);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_none() {
    for (answer, problem) in [
        ("", "it closed the connection before it answered"),
        ("SSH-2.0-OpenSSH_9.9\r\n\r\n", "its answer is not HTTP"),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\n", "it answered 404"),
        ("HTTP/1.1 302 Found\r\nContent-Length: 999999999\r\n\r\n", "it answered 302"),
        ("hold", "no answer within timeout_ms 500"),
    ] {
        let world = World::new().await;
        let address = scripted(move |_, mut upstream| async move {
            upstream.head().await;
            match answer {
                "hold" => upstream.closed().await,
                answer => upstream.send(answer).await,
            }
        })
        .await;
        world.upstream("orders", &[address], json!({ "health": probing(json!({})) })).await;
        world.api("orders.v1", json!({})).await;
        eventually("a bad probe", || standing(&world, 0).last_error.is_some()).await;
        let found = standing(&world, 0);
        assert_eq!((found.last_error.unwrap().1.as_str(), found.healthy), (problem, Some(false)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_without_end_is_not_read() {
    let world = World::new().await;
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let address = scripted(move |_, mut upstream| {
        let sent = Arc::clone(&counted);
        async move {
            upstream.head().await;
            upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await;
            upstream.closed().await;
            sent.fetch_add(1, Ordering::SeqCst);
        }
    })
    .await;
    world.upstream("orders", &[address], json!({ "health": probing(json!({})) })).await;
    world.api("orders.v1", json!({})).await;
    eventually("it is well", || standing(&world, 0).healthy == Some(true)).await;
    eventually("the connection is closed on it", || sent.load(Ordering::SeqCst) > 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_added_grows_into_its_share() {
    let world = World::new().await;
    let (old, new) = (Upstream::start().await, Upstream::start().await);
    let slow = json!({ "health": { "slow_start_seconds": 3600 } });
    world.upstream("orders", &[old.address()], slow.clone()).await;
    world.api("orders.v1", json!({})).await;
    world.upstream("orders", &[old.address(), new.address()], slow).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    for _ in 0..44 {
        assert_eq!(client.get("/orders/v1/any/x", token.secret.expose()).await.status, 200);
    }
    // A tenth of a share against a whole one.
    assert!((3..=5).contains(&new.seen().len()), "{} of 44", new.seen().len());
    assert!(matches!(standing(&world, 1).state, State::Growing(_)));
}
