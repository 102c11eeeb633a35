use serde_json::{Value, json};

use super::*;

fn api(more: Value) -> ApiSpec {
    let mut spec = json!({
        "api": "orders", "version": "v1", "base_path": "/orders", "upstream": "orders",
        "routes": [{ "name": "list", "methods": ["GET"], "path": "/orders" }]
    });
    for (field, value) in more.as_object().expect("fields") {
        spec[field] = value.clone();
    }
    serde_json::from_value(spec).expect("an api")
}

/// The fields of the errors, in order.
fn wrong(more: Value) -> Vec<String> {
    let mut errors = Vec::new();
    api(more).validate(&mut errors);
    for error in &errors {
        assert!(!error.problem.is_empty() && !error.remedy.is_empty(), "{error}");
    }
    errors.into_iter().map(|error| error.field).collect()
}

/// Stored specs are sealed as written: one from before the newer fields has to come out as it went in.
#[test]
fn a_spec_from_before_reads_and_is_written_as_it_was() {
    let before = json!({
        "api": "orders", "version": "v1", "version_in": "path", "base_path": "/orders", "upstream": "orders",
        "access": "open", "lifecycle": "published",
        "routes": [{ "name": "list", "methods": ["GET"], "path": "/orders", "scopes": { "all": [] },
            "timeouts": { "connect_ms": 5000, "first_byte_ms": 1, "idle_ms": 60000 } }]
    });
    let spec: ApiSpec = serde_json::from_value(before.clone()).expect("an api");
    assert_eq!(serde_json::to_value(&spec).expect("json").to_string(), before.to_string());
    assert!(!spec.capture.is_on() && !spec.websocket && spec.bounds.is_empty());
}

#[test]
fn bounds_and_capture_come_back() {
    let spec = api(json!({
        "bounds": { "max_body_bytes": 0, "max_concurrent": 20 }, "websocket": true,
        "capture": { "response_body": true, "redact_patterns": ["\\d{16}"], "redact_headers": ["X-Card"], "redact_fields": ["pin"] }
    }));
    let mut errors = Vec::new();
    spec.validate(&mut errors);
    assert_eq!(errors, []);
    let written = serde_json::to_value(&spec).expect("json");
    assert_eq!(written["bounds"], json!({ "max_body_bytes": 0, "max_concurrent": 20 }));
    assert_eq!(serde_json::from_value::<ApiSpec>(written).expect("an api"), spec);
    assert!(spec.capture.is_on());
}

#[test]
fn bounds_that_cannot_be() {
    assert_eq!(
        wrong(json!({ "bounds": { "max_uri_bytes": 0, "max_head_bytes": 0, "max_concurrent": 0 } })),
        ["bounds.max_uri_bytes", "bounds.max_head_bytes", "bounds.max_concurrent"]
    );
    assert_eq!(wrong(json!({ "bounds": { "max_body_bytes": MOST_BODY + 1 } })), ["bounds.max_body_bytes"]);
    let route = json!([{ "name": "put", "methods": ["PUT"], "path": "/", "max_body_bytes": MOST_BODY + 1 }]);
    assert_eq!(wrong(json!({ "routes": route })), ["routes[0].max_body_bytes"]);
}

#[test]
fn captures_that_cannot_be() {
    let capture = |capture: Value| wrong(json!({ "capture": capture }));
    assert_eq!(capture(json!({ "max_bytes": 0 })), ["capture.max_bytes"]);
    assert_eq!(
        capture(json!({ "redact_headers": ["X-Card", "no header"], "redact_fields": ["", "\"pin\""] })),
        ["capture.redact_headers[1]", "capture.redact_fields[0]", "capture.redact_fields[1]"]
    );
    let long = "a".repeat(1001);
    for pattern in ["(", "a*", "", "(?:a{1000}){1000}", &long] {
        assert_eq!(capture(json!({ "redact_patterns": ["ok", pattern] })), ["capture.redact_patterns[1]"], "{pattern}");
    }
    assert_eq!(capture(json!({ "redact_patterns": vec!["x"; 33] })), ["capture.redact_patterns"]);
}

#[test]
fn what_is_wrong_with_a_pattern_is_said_in_a_line() {
    let error = Capture::compile("a(b").expect_err("no pattern").to_string();
    assert_eq!(error, "is no regular expression, or too large a one: unclosed group");
}

#[test]
fn the_idempotent_methods_are_those_of_rfc_9110() {
    use Method::{Delete, Get, Head, Options, Patch, Post, Put};
    assert!([Get, Head, Put, Delete, Options].into_iter().all(Method::is_idempotent));
    assert!(![Post, Patch].into_iter().any(Method::is_idempotent));
}
