//! Changes take effect at once, and no call fails by them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use http::Response;
use keyward_model::policy::PolicySpec;
use keyward_model::subscription::SubscriptionSpec;
use serde_json::json;

use crate::client::Client;
use crate::upstream::{Upstream, full};
use crate::world::World;

/// Callers that go on calling until told to stop, each on a connection of its own.
struct Load {
    stop: Arc<AtomicBool>,
    calls: Arc<AtomicUsize>,
    callers: Vec<tokio::task::JoinHandle<Vec<u16>>>,
}

impl Load {
    fn of(world: &World, secret: &str, callers: usize) -> Self {
        let (stop, calls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let callers = (0..callers).map(|_| {
            let (stop, calls, secret, address) =
                (Arc::clone(&stop), Arc::clone(&calls), secret.to_owned(), world.address());
            tokio::spawn(async move {
                let mut client = Client::connect(address).await;
                let mut statuses = Vec::new();
                while !stop.load(Ordering::SeqCst) {
                    statuses.push(client.get("/orders/v1/any/x", &secret).await.status);
                    calls.fetch_add(1, Ordering::SeqCst);
                }
                statuses
            })
        });
        let callers = callers.collect();
        Self { stop, calls, callers }
    }

    /// Waits until so many more calls were answered.
    async fn more(&self, count: usize) {
        let wanted = self.calls.load(Ordering::SeqCst) + count;
        while self.calls.load(Ordering::SeqCst) < wanted {
            tokio::task::yield_now().await;
        }
    }

    async fn end(self) -> Vec<u16> {
        self.stop.store(true, Ordering::SeqCst);
        let mut statuses = Vec::new();
        for caller in self.callers {
            statuses.extend(caller.await.unwrap());
        }
        statuses
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_fails_while_everything_is_changed_under_load() {
    let world = World::with(|config| config.workers = 2).await;
    let upstreams = [Upstream::start().await, Upstream::start().await];
    world.orders(&[upstreams[0].address()]).await;
    let token = world.token().await;
    let load = Load::of(&world, token.secret.expose(), 6);
    for round in 0..10 {
        world.upstream("orders", &[upstreams[round % 2].address()], json!({})).await;
        load.more(10).await;
        world.api("orders.v1", json!({ "description": format!("round {round}") })).await;
        load.more(10).await;
        world.put::<PolicySpec>("none", json!({ "cedar": "", "disabled": round % 2 == 0 })).await;
        world.token().await;
    }
    let statuses = load.end().await;
    assert!(statuses.len() >= 200);
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert!(upstreams.iter().all(|upstream| !upstream.seen().is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_upstream_holds_from_the_next_call_on() {
    let world = World::new().await;
    let upstreams = [
        Upstream::answering(|_| Response::new(full("a"))).await,
        Upstream::answering(|_| Response::new(full("b"))).await,
    ];
    world.orders(&[upstreams[0].address()]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    for text in ["a", "b", "a", "b"] {
        let upstream = &upstreams[usize::from(text == "b")];
        world.upstream("orders", &[upstream.address()], json!({})).await;
        assert_eq!(client.get("/orders/v1/any/x", token.secret.expose()).await.text(), text);
    }
    // A connection kept through all of this is used again.
    assert_eq!(upstreams.each_ref().map(|upstream| upstream.seen().len()), [2, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_refused_from_the_answer_on() {
    let world = World::with(|config| config.workers = 2).await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let load = Load::of(&world, token.secret.expose(), 6);
    load.more(50).await;
    world.revoke(&token).await;
    let mut clients = Vec::new();
    for _ in 0..20 {
        clients.push(world.connect().await);
    }
    let seen = upstream.seen().len();
    for client in &mut clients {
        client.get("/orders/v1/any/x", token.secret.expose()).await.refused("token_revoked");
    }
    // What was on its way then may still have arrived: one call for each caller.
    assert!(upstream.seen().len() <= seen + 6);
    load.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_and_policies_decide_as_soon_as_they_are_there() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    world.api("orders.v1", json!({ "access": "approve" })).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    client.get("/orders/v1/any/x", token.secret.expose()).await.refused("subscription_required");
    let subscribe = |state: &str| json!({ "app": "shop", "api": "orders", "state": state });
    world.put::<SubscriptionSpec>("shop.orders", subscribe("pending")).await;
    client.get("/orders/v1/any/x", token.secret.expose()).await.refused("subscription_pending");
    world.put::<SubscriptionSpec>("shop.orders", subscribe("active")).await;
    assert_eq!(client.get("/orders/v1/any/x", token.secret.expose()).await.status, 200);
    let forbid = "forbid(principal, action, resource) when { context.path like \"*/any/*\" };";
    world.put::<PolicySpec>("closed", json!({ "cedar": forbid })).await;
    client.get("/orders/v1/any/x", token.secret.expose()).await.refused("policy_denied");
    assert_eq!(client.get("/orders/v1/orders/1", token.secret.expose()).await.status, 200);
}
