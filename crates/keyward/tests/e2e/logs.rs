//! Lines of the log: of one shape, and the same for a collector as OpenTelemetry reads them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::collector::Collector;
use crate::support::keyward::Setup;
use crate::support::world::World;
use crate::support::{eventually, free_port};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const LEFT_OUT: &str = "a target is left out";

fn logging(endpoint: &str, more: &[(&str, &str)]) -> World {
    let variables = [
        ("KEYWARD_TELEMETRY_OTLP_ENDPOINT", endpoint),
        ("KEYWARD_TELEMETRY_LOGS", "on"),
        ("KEYWARD_LOG_FORMAT", "json"),
        ("KEYWARD_CONTROL_METRICS_FROM", "127.0.0.1"),
    ];
    let env = variables.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    World::with(Setup { env, ..Setup::default() })
}

#[test]
fn lines_are_of_one_shape_and_reach_a_collector_with_the_trace_they_belong_to() {
    let collector = Collector::start();
    let mut world = logging(&collector.endpoint(), &[("KEYWARD_NODE", "one"), ("KEYWARD_LOG_LEVEL", "debug")]);
    let (_, token) = world.token(json!({}));
    // At one of two nobody is there: calls fail until it is left out, and the line says which call was the last.
    let urls = [free_port(), world.upstream.port].map(|port| json!({ "url": format!("http://127.0.0.1:{port}") }));
    world.put("/upstreams/echo", json!({ "targets": urls }));
    let bearer = format!("Bearer {token}");
    eventually("the target is left out", || {
        world.send("GET", "/echo/v1/echo", &[("authorization", &bearer), ("traceparent", PARENT)]);
        world.keyward.log().contains(LEFT_OUT)
    });
    assert_eq!(world.keyward.terminate(), Some(0));

    let log = world.keyward.log();
    // The link to set up goes to whoever started it, on standard output.
    let logged = log.lines().filter(|line| !line.starts_with("# ") && !line.contains("/setup#"));
    let lines: Vec<Value> =
        logged.map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line} is no JSON"))).collect();
    let always: BTreeSet<&str> = ["timestamp", "level", "target", "message", "fields"].into();
    let sometimes: BTreeSet<&str> = ["request_id", "trace_id"].into();
    for line in &lines {
        let keys: BTreeSet<&str> = line.as_object().expect("an object").keys().map(String::as_str).collect();
        assert!(keys.is_superset(&always), "{line}");
        assert!(keys.difference(&always).all(|key| sometimes.contains(key)), "{line}");
    }
    let line = lines.iter().find(|line| line["message"] == LEFT_OUT).expect("the line");
    assert_eq!(line["trace_id"], PARENT[3..35]);
    assert!(line["fields"]["target"].as_str().is_some_and(|url| url.starts_with("http://127.0.0.1:")), "{line}");
    assert_eq!(line["target"], "keyward_gateway::forward");
    assert!(lines.iter().any(|line| line["message"] == "request answered" && line["request_id"].is_string()));

    let records = collector.logs();
    let record = records.iter().find(|record| record["body"] == LEFT_OUT).expect("the same for the collector");
    assert_eq!((&record["traceId"], &record["severityText"]), (&line["trace_id"], &json!("WARN")));
    assert_eq!(record["severityNumber"], "SEVERITY_NUMBER_WARN");
    assert!(record["time"].as_u64().expect("ns") > 1_700_000_000_000_000_000);
    assert_eq!(record["attributes"]["keyward.request_id"], line["request_id"]);
    assert_eq!(record["attributes"]["target"], line["fields"]["target"]);
    let spans = collector.spans();
    assert!(spans.iter().any(|span| span["traceId"] == record["traceId"]), "the trace is there as well");
    assert_eq!((&record["resource"], &record["scope"]), (&spans[0]["resource"], &spans[0]["scope"]));
    assert_eq!(record["resource"]["service.instance.id"], "one");
    // What the sender itself does is not sent: at this level, it would never end.
    assert!(!records.iter().any(|record| record.to_string().contains("/v1/logs")), "the sender is heard");
}

#[test]
fn a_collector_that_is_gone_holds_nothing_up_and_what_is_lost_is_counted() {
    let collector = Collector::start();
    collector.answer(400);
    let world = logging(&collector.endpoint(), &[]);
    let (_, token) = world.token(json!({}));
    assert_eq!(world.get("/echo/v1/echo", &token).status, 200);
    eventually("what is refused is dropped and counted", || {
        let text = world.keyward.scrape(&[]);
        let dropped = text.lines().find_map(|line| line.strip_prefix("keyward_log_lines_dropped_total "));
        dropped.is_some_and(|count| count.parse::<f64>().is_ok_and(|count| count >= 1.0))
    });
    assert!(world.keyward.log().contains("the collector takes no logs"), "{}", world.keyward.log());
}

#[test]
fn logs_are_sent_to_nobody_unless_asked_for() {
    let collector = Collector::start();
    let env = vec![("KEYWARD_TELEMETRY_OTLP_ENDPOINT".to_owned(), collector.endpoint())];
    let mut world = World::with(Setup { env, ..Setup::default() });
    let (_, token) = world.token(json!({}));
    assert_eq!(world.get("/echo/v1/echo", &token).status, 200);
    assert_eq!(world.keyward.terminate(), Some(0));
    assert!(!collector.spans().is_empty() && collector.logs().is_empty());
    let alone = world
        .keyward
        .command(&["serve"])
        .env_remove("KEYWARD_TELEMETRY_OTLP_ENDPOINT")
        .env("KEYWARD_TELEMETRY_LOGS", "on")
        .output();
    let alone = crate::support::keyward::words(&alone.expect("it ends"));
    assert!(alone.contains("telemetry.logs") && alone.contains("telemetry.otlp_endpoint"), "{alone}");
}
