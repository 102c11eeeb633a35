//! Rates and quotas as callers meet them.

use std::collections::BTreeMap;
use std::sync::Arc;

use keyward_gateway::Subject;
use keyward_model::app::AppSpec;
use serde_json::json;
use tokio::sync::Barrier;

use crate::client::Answer;
use crate::upstream::Upstream;
use crate::world::World;

fn standing(answer: &Answer) -> (u64, u64, u64) {
    let of = |name: &str| answer.header(name).unwrap().parse::<u64>().unwrap();
    let (limit, remaining, reset) = (of("x-ratelimit-limit"), of("x-ratelimit-remaining"), of("x-ratelimit-reset"));
    assert_eq!(answer.header("ratelimit"), Some(&*format!("\"default\";r={remaining};t={reset}")));
    assert!(answer.header("ratelimit-policy").unwrap().starts_with(&format!("\"default\";q={limit};w=")));
    (limit, remaining, reset)
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_say_what_is_left_and_refusals_when_to_come_back() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let limits =
        json!({ "rates": [{ "limit": 2, "window_seconds": 3600 }], "quotas": [{ "limit": 100, "period": "day" }] });
    let token = world.token_with(json!({ "limits": limits })).await;
    let mut client = world.connect().await;
    for remaining in [1, 0] {
        let answer = client.get("/orders/v1/any/x", token.secret.expose()).await;
        assert_eq!((answer.status, answer.header("retry-after")), (200, None));
        assert_eq!((standing(&answer).0, standing(&answer).1), (2, remaining));
        assert_eq!(answer.header("ratelimit-policy"), Some("\"default\";q=2;w=3600"));
    }
    let answer = client.get("/orders/v1/any/x", token.secret.expose()).await;
    let problem = answer.refused("rate_limited");
    assert_eq!(answer.status, 429);
    let (limit, remaining, reset) = standing(&answer);
    assert_eq!((limit, remaining), (2, 0));
    let retry_after: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1790..=1800).contains(&retry_after) && reset >= retry_after, "{retry_after} {reset}");
    assert_eq!(problem.retry_after, Some(retry_after));
    let record = world.record(answer.request_id()).await;
    assert_eq!(record.rule.unwrap(), format!("token {} limits.rates[0]: 2 calls per 3600 s, burst 2", token.token.id));
    assert_eq!(upstream.seen().len(), 2);
    // What was refused took nothing of the quota.
    let left = world.limits().usage(Subject::Token(token.token.id), &token.token.spec.limits);
    assert_eq!(left.iter().map(|usage| usage.remaining).collect::<Vec<_>>(), [0, 98]);
    // Another token of the app is not concerned, and has no limit to tell of.
    let other = world.token().await;
    let answer = client.get("/orders/v1/any/x", other.secret.expose()).await;
    assert_eq!((answer.status, answer.header("ratelimit")), (200, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn app_api_and_team_have_limits_of_their_own() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let limited = |limit: u32| json!({ "quotas": [{ "limit": limit, "period": "month" }] });
    let tokens = [world.token().await, world.token().await];
    let mut client = world.connect().await;
    let mut refused_by = Vec::new();
    world.put::<AppSpec>("shop", json!({ "scopes": ["*:*"], "limits": limited(5) })).await;
    world.api("orders.v1", json!({ "limits": limited(4) })).await;
    world.put_team(json!({ "limits": limited(3) })).await;
    for lifted in ["team", "api", "app"] {
        for call in 0.. {
            let answer = client.get("/orders/v1/any/x", tokens[call % 2].secret.expose()).await;
            if answer.status == 200 {
                continue;
            }
            answer.refused("quota_exhausted");
            refused_by.push(world.record(answer.request_id()).await.rule.unwrap());
            break;
        }
        match lifted {
            "team" => world.put_team(json!({})).await,
            "api" => drop(world.api("orders.v1", json!({})).await),
            _ => {}
        }
    }
    let names: Vec<&str> = refused_by.iter().map(|rule| rule.split(" limits").next().unwrap()).collect();
    assert_eq!(names, ["team acme", "api orders.v1", "app shop"]);
    assert_eq!(upstream.seen().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_may_cost_more() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let limits = json!({ "quotas": [{ "limit": 12, "period": "day", "unit": "cost" }] });
    let token = world.token_with(json!({ "limits": limits })).await;
    let mut client = world.connect().await;
    let mut left = Vec::new();
    for path in ["/orders/v1/search", "/orders/v1/any/x", "/orders/v1/search"] {
        left.push(standing(&client.get(path, token.secret.expose()).await).1);
    }
    assert_eq!(left, [7, 6, 1]);
    client.get("/orders/v1/search", token.secret.expose()).await.refused("quota_exhausted");
    let last = client.get("/orders/v1/any/x", token.secret.expose()).await;
    assert_eq!((last.status, standing(&last).1), (200, 0));
    let record = world.record(last.request_id()).await;
    assert_eq!(record.cost, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_callers_racing_over_two_workers_exactly_as_many_pass_as_there_are_units() {
    let world = World::with(|config| config.workers = 2).await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let limits = json!({ "quotas": [{ "limit": 50, "period": "month" }] });
    let token = world.token_with(json!({ "limits": limits })).await;
    let (callers, each) = (16, 10);
    let barrier = Arc::new(Barrier::new(callers));
    let racing = (0..callers).map(|_| {
        let (barrier, secret, address) = (Arc::clone(&barrier), token.secret.clone(), world.address());
        tokio::spawn(async move {
            let mut client = crate::client::Client::connect(address).await;
            barrier.wait().await;
            let mut statuses = Vec::new();
            for _ in 0..each {
                statuses.push(client.get("/orders/v1/any/x", secret.expose()).await.status);
            }
            statuses
        })
    });
    let mut counts = BTreeMap::new();
    for caller in futures_util::future::join_all(racing.collect::<Vec<_>>()).await {
        for status in caller.unwrap() {
            *counts.entry(status).or_insert(0) += 1;
        }
    }
    assert_eq!(counts, BTreeMap::from([(200, 50), (429, 110)]));
    assert_eq!(upstream.seen().len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_used_of_a_quota_outlives_a_restart() {
    let mut world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let limits = json!({ "quotas": [{ "limit": 3, "period": "month" }] });
    let token = world.token_with(json!({ "limits": limits })).await;
    for left in [2, 1, 0] {
        let answer = world.connect().await.get("/orders/v1/any/x", token.secret.expose()).await;
        assert_eq!(standing(&answer).1, left);
        world.stop().await;
        world.start(|_| {}).await;
    }
    let answer = world.connect().await.get("/orders/v1/any/x", token.secret.expose()).await;
    answer.refused("quota_exhausted");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_elsewhere_gives_nobody_new_units() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let limits = json!({ "rates": [{ "limit": 1, "window_seconds": 3600 }] });
    world.api("orders.v1", json!({ "limits": limits })).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    assert_eq!(client.get("/orders/v1/any/x", token.secret.expose()).await.status, 200);
    world.api("orders.v1", json!({ "limits": limits, "description": "edited" })).await;
    client.get("/orders/v1/any/x", token.secret.expose()).await.refused("rate_limited");
}
