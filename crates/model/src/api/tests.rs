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
fn cors_that_can_and_cannot_be() {
    let cors = |cors: Value| wrong(json!({ "cors": cors }));
    for good in [
        json!({ "allow_origins": ["*"] }),
        json!({ "allow_origins": ["https://shop.example", "https://*.shop.example"], "allow_credentials": true }),
        json!({ "allow_origins": ["*"], "allow_headers": ["*"], "expose_headers": ["*", "X-A"], "max_age_seconds": 0 }),
    ] {
        assert_eq!(cors(good), Vec::<String>::new());
    }
    let of_all = json!({ "allow_origins": ["*"], "allow_credentials": true });
    assert_eq!(cors(of_all), ["cors.allow_credentials"]);
    assert_eq!(cors(json!({ "allow_origins": [] })), ["cors.allow_origins"]);
    assert_eq!(cors(json!({ "allow_origins": ["*", "https://a.example"] })), ["cors.allow_origins"]);
    let odd = json!({
        "allow_origins": ["https://a.example"], "allow_credentials": true, "allow_headers": ["*", "a b"],
        "expose_headers": ["x\r\ny", "*"], "max_age_seconds": 86401,
    });
    assert_eq!(
        cors(odd),
        [
            "cors.allow_headers[0]",
            "cors.allow_headers[1]",
            "cors.expose_headers[0]",
            "cors.expose_headers[1]",
            "cors.max_age_seconds"
        ]
    );
    for origin in ["shop.example", "https://a.example/path", "null", "https://*", "*.example"] {
        let read = serde_json::from_value::<Cors>(json!({ "allow_origins": [origin] }));
        let error = read.expect_err(origin).to_string();
        assert!(error.contains("https://*.shop.example for all its subdomains, or * for any"), "{error}");
    }
    let spec = api(json!({ "cors": { "allow_origins": ["https://a.example"] } }));
    let written = serde_json::to_value(&spec).expect("json");
    assert_eq!(written["cors"], json!({ "allow_origins": ["https://a.example"], "max_age_seconds": 600 }));
}

#[test]
fn pages_may_use_what_routes_offer_and_the_api_allows() {
    let cors = |methods: Value| -> Cors {
        serde_json::from_value(json!({ "allow_origins": ["*"], "allow_methods": methods })).expect("cors")
    };
    let offered = [Method::Get, Method::Post].into_iter().collect();
    assert_eq!(cors(json!([])).methods(&offered), [Method::Get, Method::Post, Method::Head]);
    assert_eq!(cors(json!(["POST", "DELETE"])).methods(&offered), [Method::Post]);
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
