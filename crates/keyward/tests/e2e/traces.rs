//! Traces reach a collector as OpenTelemetry reads them, and calls do not notice one that is gone.

use serde_json::{Value, json};

use crate::support::collector::Collector;
use crate::support::keyward::Setup;
use crate::support::world::World;
use crate::support::{eventually, free_port};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn traced(endpoint: String, more: &[(&str, &str)]) -> World {
    let variables = [("KEYWARD_TELEMETRY_OTLP_ENDPOINT", &*endpoint), ("KEYWARD_CONTROL_METRICS_FROM", "127.0.0.1")];
    let env = variables.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    World::with(Setup { env, ..Setup::default() })
}

/// The value of a metric without labels.
fn metric(world: &World, name: &str) -> f64 {
    let text = world.keyward.scrape(&[]);
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().expect("a number")
}

#[test]
fn a_call_is_two_spans_below_its_callers() {
    let collector = Collector::start();
    let folder = tempfile::tempdir().expect("a directory");
    let headers = folder.path().join("headers");
    std::fs::write(&headers, "Authorization: Bearer planted-collector-key\n").expect("written");
    let more = [("KEYWARD_TELEMETRY_HEADERS_FILE", headers.to_str().expect("a path")), ("KEYWARD_NODE", "one")];
    let mut world = traced(collector.endpoint(), &more);
    let (_, token) = world.token(json!({}));
    let bearer = format!("Bearer {token}");
    let reply =
        world.send("GET", "/echo/v1/echo/4711?q=hidden", &[("authorization", &bearer), ("traceparent", PARENT)]);
    assert_eq!(reply.status, 200);
    let seen: Value = serde_json::from_slice(&reply.body).expect("JSON of what was received");
    let told: Vec<&Value> =
        seen["headers"].as_array().expect("headers").iter().filter(|one| one[0] == "traceparent").collect();
    assert_eq!(told.len(), 1, "{seen:#}");
    assert_eq!(world.get("/echo/v1/status/503", &token).status, 503);
    assert_eq!(world.get("/echo/v1/echo", "kw_nonsense").status, 401);
    // What is left at the end goes out, too.
    assert_eq!(world.keyward.terminate(), Some(0));
    let spans = collector.spans();
    assert_eq!(spans.len(), 5, "{spans:#?}");
    let named = |name: &str, kind: &str| {
        let found = spans.iter().find(|span| span["name"] == name && span["kind"] == kind);
        found.unwrap_or_else(|| panic!("no {kind} {name} in {spans:#?}"))
    };

    let server = named("GET /echo/v1/echo/{id:int}", "SPAN_KIND_SERVER");
    let client = spans.iter().find(|span| span["parentSpanId"] == server["spanId"]).expect("a span below it");
    assert_eq!((&client["kind"], &client["name"]), (&json!("SPAN_KIND_CLIENT"), &json!("GET")));
    assert_eq!((&server["traceId"], &client["traceId"]), (&json!(&PARENT[3..35]), &json!(&PARENT[3..35])));
    assert_eq!(server["parentSpanId"], PARENT[36..52]);
    assert_eq!(told[0][1], format!("{}-{}-01", &PARENT[..35], client["spanId"].as_str().expect("an id")));
    assert_eq!((&server["flags"], &client["flags"]), (&json!(0x301), &json!(0x101)));
    let times = |span: &Value| (span["start"].as_u64().expect("ns"), span["end"].as_u64().expect("ns"));
    let (outer, inner) = (times(server), times(client));
    assert!(outer.0 <= inner.0 && inner.0 < inner.1 && inner.1 <= outer.1, "{outer:?} {inner:?}");

    let said = &server["attributes"];
    for (name, value) in [
        ("http.request.method", json!("GET")),
        ("http.route", json!("/echo/v1/echo/{id:int}")),
        ("http.response.status_code", json!(200)),
        ("url.scheme", json!("http")),
        ("server.address", json!("127.0.0.1")),
        ("network.protocol.version", json!("1.1")),
        ("keyward.api", json!("echo.v1")),
    ] {
        assert_eq!(said[name], value, "{name}");
    }
    assert_eq!(said["keyward.request_id"].as_str().map(str::len), Some(36));
    assert!(said["client.address"].is_null() && server["status"].is_null(), "{server:#}");
    let said = &client["attributes"];
    assert_eq!((&said["server.port"], &said["http.response.status_code"]), (&json!(world.upstream.port), &json!(200)));

    let failed = named("GET /echo/v1/status/{code:int}", "SPAN_KIND_SERVER");
    assert_eq!(failed["status"]["code"], "STATUS_CODE_ERROR");
    assert_eq!((&failed["attributes"]["error.type"], &failed["parentSpanId"]), (&json!("503"), &json!("")));
    let refused = named("GET /echo/v1/echo", "SPAN_KIND_SERVER");
    assert_eq!(refused["attributes"]["keyward.code"], "token_malformed");
    assert!(refused["status"].is_null(), "{refused:#}");

    let resource = &server["resource"];
    assert_eq!((&resource["service.name"], &resource["service.instance.id"]), (&json!("keyward"), &json!("one")));
    for head in collector.heads() {
        let head = head.to_ascii_lowercase();
        assert!(head.starts_with("post /v1/traces http/1.1\r\n"), "{head}");
        assert!(head.contains("authorization: bearer planted-collector-key\r\n"), "{head}");
        assert!(head.contains("content-type: application/x-protobuf\r\n"), "{head}");
    }
    let sent = String::from_utf8_lossy(&collector.bytes()).into_owned();
    assert!(!sent.contains("4711") && !sent.contains("hidden") && !sent.contains(&token), "more is told than may be");
    assert!(!world.keyward.log().contains("planted-collector-key"));
}

#[test]
fn a_collector_that_is_gone_or_unwell_holds_up_no_call() {
    let gone = traced(format!("http://127.0.0.1:{}", free_port()), &[]);
    let (_, token) = gone.token(json!({}));
    for _ in 0..20 {
        assert_eq!(gone.get("/echo/v1/echo", &token).status, 200);
    }
    eventually("it is noticed", || gone.keyward.log().contains("the collector takes no traces"));
    assert_eq!(metric(&gone, "keyward_traced_calls_exported_total"), 0.0);
    // After half a minute of trying.
    eventually("what is not taken is dropped and counted", || {
        metric(&gone, "keyward_traced_calls_dropped_total") > 0.0
    });
    assert_eq!(gone.get("/echo/v1/echo", &token).status, 200);

    let collector = Collector::start();
    collector.answer(503);
    let world = traced(collector.endpoint(), &[]);
    let (_, token) = world.token(json!({}));
    assert_eq!(world.get("/echo/v1/echo", &token).status, 200);
    eventually("it is tried again", || collector.requests() >= 2);
    assert_eq!(metric(&world, "keyward_traced_calls_dropped_total"), 0.0);
    collector.answer(200);
    eventually("it is taken then", || metric(&world, "keyward_traced_calls_exported_total") == 1.0);
    collector.answer(400);
    assert_eq!(world.get("/echo/v1/echo", &token).status, 200);
    eventually("what is refused is dropped", || metric(&world, "keyward_traced_calls_dropped_total") == 1.0);
}

#[test]
fn off_there_is_neither_exporter_nor_metric() {
    let env = vec![("KEYWARD_CONTROL_METRICS_FROM".to_owned(), "127.0.0.1".to_owned())];
    let world = World::with(Setup { env, ..Setup::default() });
    let (_, token) = world.token(json!({}));
    let bearer = format!("Bearer {token}");
    let reply = world.send("GET", "/echo/v1/echo", &[("authorization", &bearer), ("traceparent", "00-x")]);
    let seen: Value = serde_json::from_slice(&reply.body).expect("JSON of what was received");
    assert!(seen["headers"].as_array().expect("headers").contains(&json!(["traceparent", "00-x"])), "{seen:#}");
    assert!(!world.keyward.scrape(&[]).contains("keyward_traced"));
    let tasks = std::fs::read_dir(format!("/proc/{}/task", world.keyward.pid())).expect("its threads").flatten();
    let names: Vec<String> = tasks.flat_map(|task| std::fs::read_to_string(task.path().join("comm"))).collect();
    assert!(names.len() > 2 && !names.iter().any(|name| name.starts_with("telemetry")), "{names:?}");
}
