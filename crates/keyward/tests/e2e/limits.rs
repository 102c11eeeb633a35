//! Every limit: per token, app, api and team; rates, bursts, quotas, cost units.

use serde_json::{Value, json};

use crate::support::wire::Reply;
use crate::support::world::World;

const PATH: &str = "/echo/v1/echo";

/// Calls until refused; how many were admitted, and the refusal.
#[track_caller]
fn until_refused(world: &World, path: &str, token: &str, most: usize) -> (usize, Reply) {
    for admitted in 0..=most {
        let reply = world.get(path, token);
        if reply.status != 200 {
            return (admitted, reply);
        }
    }
    panic!("more than {most} calls were admitted");
}

fn hourly(limit: u32) -> Value {
    json!({ "quotas": [{ "limit": limit, "period": "hour" }] })
}

/// A rate so slow that no unit comes back while a test runs.
fn slow(burst: u32) -> Value {
    json!({ "rates": [{ "limit": 1, "window_seconds": 86400, "burst": burst }] })
}

#[test]
fn a_rate_holds_on_every_subject() {
    for subject in ["token", "app", "api", "team"] {
        let world = World::new();
        let limits = if subject == "token" { slow(3) } else { json!({}) };
        let (_, token) = world.token(json!({ "limits": limits }));
        match subject {
            "app" => drop(world.patch("/apps/shop", json!({ "limits": slow(3) }))),
            "api" => drop(world.patch("/apis/echo.v1", json!({ "limits": slow(3) }))),
            "team" => drop(world.patch("", json!({ "limits": slow(3) }))),
            _ => {}
        }
        let (admitted, refused) = until_refused(&world, PATH, &token, 10);
        assert_eq!(admitted, 3, "{subject}");
        assert_eq!((refused.status, refused.code().as_str()), (429, "rate_limited"), "{subject}");
        let wait: u64 = refused.header("retry-after").expect("a time to wait").parse().expect("seconds");
        assert!((80_000..=86_400).contains(&wait), "{wait}");
        assert_eq!(refused.header("x-ratelimit-remaining"), Some("0"));
        assert!(refused.header("ratelimit").is_some() && refused.header("ratelimit-policy").is_some());
        assert_eq!(refused.json()["retry_after"], json!(wait));
    }
}

#[test]
fn a_quota_holds_on_every_subject_and_says_what_is_left() {
    for subject in ["token", "app", "api", "team"] {
        let world = World::new();
        let limits = if subject == "token" { hourly(3) } else { json!({}) };
        let (_, token) = world.token(json!({ "limits": limits }));
        match subject {
            "app" => drop(world.patch("/apps/shop", json!({ "limits": hourly(3) }))),
            "api" => drop(world.patch("/apis/echo.v1", json!({ "limits": hourly(3) }))),
            "team" => drop(world.patch("", json!({ "limits": hourly(3) }))),
            _ => {}
        }
        let first = world.get(PATH, &token);
        assert_eq!(first.header("x-ratelimit-limit"), Some("3"), "{subject}");
        assert_eq!(first.header("x-ratelimit-remaining"), Some("2"), "{subject}");
        let (admitted, refused) = until_refused(&world, PATH, &token, 10);
        assert_eq!(admitted, 2, "{subject}");
        assert_eq!((refused.status, refused.code().as_str()), (429, "quota_exhausted"), "{subject}");
        let wait: u64 = refused.header("retry-after").expect("a time to wait").parse().expect("seconds");
        assert!(wait <= 3600, "{wait}");
    }
}

#[test]
fn cost_units_are_counted_where_asked_for() {
    let world = World::new();
    let quota = json!({ "quotas": [{ "limit": 12, "period": "day", "unit": "cost", "zone": "Europe/Berlin" }] });
    let (_, token) = world.token(json!({ "limits": quota }));
    let (admitted, refused) = until_refused(&world, "/echo/v1/search", &token, 10);
    assert_eq!(admitted, 2, "5 + 5 of 12");
    assert_eq!(refused.code(), "quota_exhausted");
    assert_eq!(world.get(PATH, &token).status, 200, "two units are left for cheap calls");
    assert_eq!(world.get(PATH, &token).status, 200);
    assert_eq!(world.get(PATH, &token).status, 429);
}

#[test]
fn the_tightest_of_several_windows_decides_and_a_refusal_takes_nothing() {
    let world = World::new();
    let limits = json!({
        "rates": [{ "limit": 100, "window_seconds": 60 }, { "limit": 1, "window_seconds": 86400, "burst": 2 }],
        "quotas": [{ "limit": 50, "period": "month" }]
    });
    let (id, token) = world.token(json!({ "limits": limits }));
    let first = world.get(PATH, &token);
    assert_eq!(first.header("x-ratelimit-remaining"), Some("1"), "{first:?}");
    let (admitted, refused) = until_refused(&world, PATH, &token, 10);
    assert_eq!((admitted, refused.code().as_str()), (1, "rate_limited"));
    for _ in 0..5 {
        assert_eq!(world.get(PATH, &token).status, 429);
    }
    let usage = world.keyward.api("GET", &format!("/teams/acme/limits?token={id}"), Value::Null).ok();
    assert!(usage.to_string().contains("48"), "refused calls took nothing of the quota: {usage:#}");
}

#[test]
fn quotas_survive_a_restart() {
    let mut world = World::new();
    let (_, token) = world.token(json!({ "limits": hourly(5) }));
    for _ in 0..3 {
        assert_eq!(world.get(PATH, &token).status, 200);
    }
    assert_eq!(world.keyward.terminate(), Some(0), "a drain ends well");
    world.keyward.up();
    let (admitted, _) = until_refused(&world, PATH, &token, 10);
    assert_eq!(admitted, 2);
}
