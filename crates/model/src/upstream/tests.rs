use serde_json::{Value, json};

use super::*;

fn upstream(more: Value) -> UpstreamSpec {
    let mut spec = json!({ "targets": [{ "url": "https://a.example" }, { "url": "https://b.example" }] });
    for (field, value) in more.as_object().expect("fields") {
        spec[field] = value.clone();
    }
    serde_json::from_value(spec).expect("an upstream")
}

/// The fields of the errors, in order.
fn wrong(more: Value) -> Vec<String> {
    let mut errors = Vec::new();
    upstream(more).validate(&mut errors);
    for error in &errors {
        assert!(!error.problem.is_empty() && !error.remedy.is_empty(), "{error}");
    }
    errors.into_iter().map(|error| error.field).collect()
}

/// Stored specs are sealed as written: one from before the newer fields has to come out as it went in.
#[test]
fn a_spec_from_before_reads_and_is_written_as_it_was() {
    let before = json!({
        "targets": [{ "url": "http://127.0.0.1:9000" }],
        "timeouts": { "connect_ms": 5000, "first_byte_ms": 60000, "idle_ms": 60000 }
    });
    let spec: UpstreamSpec = serde_json::from_value(before.clone()).expect("an upstream");
    assert_eq!(serde_json::to_value(&spec).expect("json").to_string(), before.to_string());
    assert_eq!((spec.targets[0].weight, spec.balance, spec.protocol), (1, Balance::RoundRobin, Protocol::Http1));
    assert_eq!(spec.health.passive.failures, 5);
    assert!(spec.health.active.is_none());
    let mut errors = Vec::new();
    spec.validate(&mut errors);
    assert_eq!(errors, []);
}

#[test]
fn everything_said_comes_back() {
    let said = json!({
        "targets": [{ "url": "https://a.example", "weight": 3, "connection": "a" }, { "url": "https://b.example", "weight": 0 }],
        "balance": "least_connections", "protocol": "auto", "connection": "b", "server_name": "crm.example",
        "timeouts": { "total_ms": 30000, "body_ms": 1000 },
        "health": {
            "passive": { "failures": 3, "statuses": [503] },
            "active": { "path": "/healthz?deep=1", "expect": [200, 204] },
            "slow_start_seconds": 30
        },
        "retries": { "attempts": 1, "on": ["connect"], "statuses": [502, 503] },
        "concurrency": { "max_connections": 100 }
    });
    let spec: UpstreamSpec = serde_json::from_value(said).expect("an upstream");
    let mut errors = Vec::new();
    spec.validate(&mut errors);
    assert_eq!(errors, []);
    let written = serde_json::to_value(&spec).expect("json");
    assert_eq!(serde_json::from_value::<UpstreamSpec>(written.clone()).expect("an upstream"), spec);
    assert_eq!(written["health"]["active"]["interval_seconds"], 10);
    assert_eq!(written["health"]["passive"]["eject_seconds"], 10);
    assert_eq!(spec.connection_of(&spec.targets[0]).map(Name::as_str), Some("a"));
    assert_eq!(spec.connection_of(&spec.targets[1]).map(Name::as_str), Some("b"));
}

#[test]
fn what_cannot_be_is_named_with_its_field() {
    let drained = json!([{ "url": "https://a.example", "weight": 0 }]);
    assert_eq!(wrong(json!({ "targets": drained })), ["targets"]);
    let heavy = json!([{ "url": "https://a.example" }, { "url": "https://b.example", "weight": 1001 }]);
    assert_eq!(wrong(json!({ "targets": heavy })), ["targets[1].weight"]);
    let plain = json!([{ "url": "https://a.example" }, { "url": "http://b.example" }]);
    assert_eq!(wrong(json!({ "targets": plain, "protocol": "auto" })), ["protocol"]);
    let plain = json!([{ "url": "http://b.example" }]);
    assert_eq!(wrong(json!({ "targets": plain, "server_name": "b" })), ["server_name"]);
    assert_eq!(
        wrong(json!({ "timeouts": { "connect_ms": 0, "total_ms": 0, "body_ms": 3_600_001 } })),
        ["timeouts.connect_ms", "timeouts.body_ms", "timeouts.total_ms"]
    );
    assert_eq!(wrong(json!({ "concurrency": { "max_connections": 0 } })), ["concurrency.max_connections"]);
}

#[test]
fn health_that_cannot_be() {
    let health = |health: Value| wrong(json!({ "health": health }));
    assert_eq!(health(json!({ "slow_start_seconds": 3601, "panic_percent": 101 })).len(), 2);
    assert_eq!(
        health(json!({ "passive": { "eject_seconds": 60, "max_eject_seconds": 30 } })),
        ["health.passive.max_eject_seconds"]
    );
    assert_eq!(health(json!({ "passive": { "statuses": [404] } })), ["health.passive.statuses"]);
    assert_eq!(health(json!({ "passive": { "failures": 0, "max_ejected_percent": 0 } })), Vec::<String>::new());
    for path in ["healthz", "", "/a b", "/a#b", "/ä", "/a\r\nHost: b"] {
        assert_eq!(health(json!({ "active": { "path": path } })), ["health.active.path"], "{path}");
    }
    assert_eq!(
        health(json!({ "active": { "path": "/", "interval_seconds": 1, "timeout_ms": 1500, "expect": [99] } })),
        ["health.active.timeout_ms", "health.active.expect"]
    );
    assert_eq!(
        health(json!({ "active": { "path": "/", "healthy_after": 0, "unhealthy_after": 101 } })),
        ["health.active.healthy_after", "health.active.unhealthy_after"]
    );
}

#[test]
fn retries_that_cannot_be() {
    let retries = |retries: Value| wrong(json!({ "retries": retries }));
    assert_eq!(retries(json!({ "attempts": 0, "on": [] })), Vec::<String>::new());
    assert_eq!(retries(json!({ "attempts": 11 })), ["retries.attempts"]);
    assert_eq!(retries(json!({ "back_off_ms": 500, "max_back_off_ms": 100 })), ["retries.max_back_off_ms"]);
    assert_eq!(retries(json!({ "statuses": [500] })), ["retries.statuses"]);
    assert_eq!(
        retries(json!({ "budget_percent": 101, "min_per_second": 1001 })),
        ["retries.budget_percent", "retries.min_per_second"]
    );
}

#[test]
fn a_good_probe() {
    let active = |more: Value| upstream(json!({ "health": { "active": more } })).health.active.expect("probes");
    let any = active(json!({ "path": "/" }));
    assert!(any.is_good(204) && !any.is_good(302) && !any.is_good(503));
    let some = active(json!({ "path": "/", "expect": [302] }));
    assert!(some.is_good(302) && !some.is_good(200));
}
