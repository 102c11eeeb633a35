//! `/metrics` of the real binary, read by the parsers of Prometheus's own client; and what `/readyz` says.

use serde_json::{Value, json};

use crate::support::eventually;
use crate::support::keyward::Setup;
use crate::support::peers::parsed_metrics;
use crate::support::world::World;

#[test]
fn counts_are_those_of_the_calls_made() {
    let env = vec![("KEYWARD_CONTROL_METRICS_FROM".to_owned(), "127.0.0.1".to_owned())];
    let mut world = World::with(Setup { env, ..Setup::default() });
    let (id, token) = world.token(json!({}));
    for _ in 0..7 {
        assert_eq!(world.get("/echo/v1/echo", &token).status, 200);
    }
    for _ in 0..3 {
        assert_eq!(world.get("/echo/v1/status/503", &token).status, 503);
    }
    assert_eq!(world.get("/echo/v1/echo", "kw_nonsense").status, 401);
    let sum = |samples: &Value, name: &str, labels: &[(&str, &str)]| -> f64 {
        let all = samples[name].as_array().unwrap_or_else(|| panic!("no {name} in {samples:#}"));
        let alike = |sample: &&Value| labels.iter().all(|(label, value)| sample[0][*label] == *value);
        all.iter().filter(alike).filter_map(|sample| sample[1].as_f64()).sum()
    };
    let ours = [("team", "acme"), ("api", "echo.v1")];
    let scrape = |form: &[&str]| {
        let text = world.keyward.scrape(form);
        assert!(!text.contains(&token) && !text.contains(&id) && !text.contains("/echo/v1"), "{text}");
        parsed_metrics(&text, !form.is_empty())
    };
    for form in [&[][..], &["application/openmetrics-text; version=1.0.0"][..]] {
        let mut samples = Value::Null;
        eventually("all calls are counted", || {
            samples = scrape(form);
            sum(&samples, "keyward_calls_total", &ours) >= 11.0
        });
        for (status, calls) in [("2xx", 7.0), ("5xx", 3.0), ("4xx", 1.0)] {
            assert_eq!(sum(&samples, "keyward_calls_total", &[ours[0], ours[1], ("status", status)]), calls);
        }
        let by_route = |status| sum(&samples, "keyward_route_calls_total", &[ours[0], ours[1], ("status", status)]);
        assert_eq!((by_route("2xx"), by_route("5xx"), by_route("4xx")), (7.0, 3.0, 1.0));
        let routes = samples["keyward_route_calls_total"].as_array().expect("samples");
        let names: std::collections::BTreeSet<_> =
            routes.iter().filter_map(|sample| sample[0]["route"].as_str()).collect();
        assert_eq!(names.len(), 2, "{routes:?}");
        assert_eq!(sum(&samples, "keyward_refusals_total", &[("code", "token_malformed")]), 1.0);
        assert_eq!(sum(&samples, "keyward_call_duration_seconds_count", &ours), 11.0);
        assert_eq!(sum(&samples, "keyward_call_duration_seconds_bucket", &[ours[0], ours[1], ("le", "+Inf")]), 11.0);
        assert!(sum(&samples, "keyward_call_duration_seconds_sum", &ours) > 0.0);
        for (name, value) in [
            ("keyward_store_up", 1.0),
            ("keyward_revision_lag", 0.0),
            ("keyward_call_records_dropped_total", 0.0),
            ("keyward_ready", 1.0),
        ] {
            assert_eq!(sum(&samples, name, &[]), value, "{name}");
        }
        assert_eq!(sum(&samples, "keyward_upstream_targets", &[("upstream", "echo"), ("state", "usable")]), 1.0);
        for name in ["process_resident_memory_bytes", "process_open_fds", "process_threads", "keyward_tokens"] {
            assert!(sum(&samples, name, &[]) >= 2.0, "{name}");
        }
    }

    // A new process begins at zero: what it finds in the journal is not its own.
    assert_eq!(world.keyward.terminate(), Some(0));
    world.keyward.up();
    assert_eq!(world.get("/echo/v1/echo", &token).status, 200);
    let mut samples = Value::Null;
    eventually("the call is counted", || {
        samples = parsed_metrics(&world.keyward.scrape(&[]), false);
        samples["keyward_calls_total"].as_array().is_some_and(|calls| !calls.is_empty())
    });
    assert_eq!(sum(&samples, "keyward_calls_total", &[]), 1.0);

    let ready: Value = serde_json::from_str(&world.keyward.readiness()).expect("JSON");
    let known = (ready["ready"].as_bool(), ready["following"].as_bool(), ready["recording"].as_bool());
    assert_eq!(known, (Some(true), Some(true), Some(true)), "{ready:#}");
    assert_eq!((ready["draining"].as_bool(), ready["revision"].as_u64() > Some(1)), (Some(false), true), "{ready:#}");
}
