//! Captures: real curl in front, real servers behind, read by the API and the command line.

use serde_json::{Value, json};

use crate::support::eventually;
use crate::support::keyward::{Setup, words};
use crate::support::peers::{curl, nginx_gzip_upstream, websocket, websocket_upstream};
use crate::support::postgres::Database;
use crate::support::world::World;

const PART: [&str; 4] = ["request_head", "response_head", "request_body", "response_body"];

fn everything(more: Value) -> Value {
    let mut capture: serde_json::Map<String, Value> =
        PART.map(|part| (part.to_owned(), json!(true))).into_iter().collect();
    capture.extend(more.as_object().expect("an object").clone());
    json!({ "capture": capture })
}

/// The answer to a request made with curl: its status, its request id, its body.
fn curled(world: &World, path: &str, args: &[&str]) -> (u16, String, String) {
    let url = format!("http://127.0.0.1:{}{path}", world.keyward.gateway);
    let (status, text) = curl(&[&["-i", url.as_str()], args].concat());
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let id = head.lines().find_map(|line| line.strip_prefix("x-request-id: ")).expect("a request id");
    (status, id.trim().to_owned(), body.to_owned())
}

fn capture(world: &World, request: &str) -> Value {
    world.keyward.api("GET", &format!("/teams/acme/calls/{request}/capture"), Value::Null).ok()
}

fn captures_are_taken_read_counted_and_survive(setup: Setup) {
    let mut world = World::with(setup);
    let (_, token) = world.token(json!({ "scopes": ["echo:read", "echo:write"] }));
    let bearer = format!("Authorization: Bearer {token}");
    let post = ["-H", &bearer, "-H", "Content-Type: application/json", "-d", r#"{"item":"pen","pin":"1234"}"#];
    let (status, off, _) = curled(&world, "/echo/v1/echo?page=2", &post);
    assert_eq!(status, 200);
    world.patch("/apis/echo.v1", everything(json!({ "redact_fields": ["pin"] })));
    let (status, id, body) = curled(&world, "/echo/v1/echo?page=2", &post);
    assert_eq!(status, 200);

    let shown = capture(&world, &id);
    let text = |at: &str| shown.pointer(at).and_then(Value::as_str).unwrap_or_else(|| panic!("no {at}: {shown:#}"));
    let head = text("/request/head/text");
    assert!(
        head.starts_with("POST /echo/v1/echo?page=2\n") && head.contains("\nAuthorization: [redacted]\n"),
        "{head}"
    );
    assert_eq!(text("/request/body/shown/text"), r#"{"item":"pen","pin":[redacted]}"#);
    assert!(text("/response/head/text").starts_with("200\n"));
    assert_eq!(text("/response/body/shown/text"), body);
    assert!(!shown.to_string().contains(&token));
    let words = world.keyward.cli(&["--team", "acme", "calls", "capture", &id]);
    assert!(words.contains("\nrequest head, 1 redacted\nPOST /echo/v1/echo?page=2\n"), "{words}");
    assert!(words.contains("\nrequest body: 27 bytes, 1 redacted\n{\"item\":\"pen\",\"pin\":[redacted]}\n"), "{words}");
    let json = world.keyward.cli(&["--team", "acme", "calls", "capture", &id, "-o", "json"]);
    assert_eq!(serde_json::from_str::<Value>(&json).expect("JSON"), shown);

    for (request, captured) in [(&id, true), (&off, false)] {
        let json = world.keyward.cli(&["--team", "acme", "calls", "show", request, "-o", "json"]);
        assert_eq!(serde_json::from_str::<Value>(&json).expect("JSON")["captured"], json!(captured));
    }
    let trail = world.keyward.cli(&["--team", "acme", "audit", "list", "--action", "capture.read"]);
    assert!(trail.contains("echo.v1"), "{trail}");
    let doctor = world.keyward.cli(&["doctor"]);
    assert!(doctor.contains("1 captures"), "{doctor}");

    // What was not captured says where captures are.
    let none = world.keyward.api("GET", &format!("/teams/acme/calls/{off}/capture"), Value::Null);
    assert_eq!((none.status, &none.body["code"]), (404, &json!("not_found")), "{:#}", none.body);
    assert!(none.body["detail"].as_str().is_some_and(|detail| detail.contains("stay on the node")));
    let refused = world.keyward.command(&["--team", "acme", "calls", "capture", &off]).output().expect("runs");
    assert!(!refused.status.success() && self::words(&refused).contains("no capture"), "{}", self::words(&refused));

    // Counted.
    let status = world.keyward.api("GET", "/calls/status", Value::Null).ok();
    let captures = &status["captures"];
    assert_eq!((&captures["captured"], &captures["dropped"], &captures["kept"]), (&json!(1), &json!(0), &json!(1)));

    // In a folder that is its owner's alone, and there after kill -9.
    use std::os::unix::fs::PermissionsExt;
    let folder = world.keyward.path("captures");
    assert_eq!(folder.metadata().expect("it is there").permissions().mode() & 0o777, 0o700);
    world.keyward.kill();
    world.keyward.up();
    assert_eq!(capture(&world, &id), shown);
    // And after another process took over.
    let mut first = world.keyward.take_over();
    let (_, late, _) = curled(&world, "/echo/v1/echo", &post);
    assert_eq!(capture(&world, &late)["request_id"], json!(late));
    assert_eq!(capture(&world, &id), shown);
    assert!(first.wait().expect("it ends").success());
    assert_eq!(world.keyward.terminate(), Some(0));
}

#[test]
fn captures_are_kept_beside_files_of_calls() {
    captures_are_taken_read_counted_and_survive(Setup::default());
}

#[test]
fn captures_are_kept_by_the_node_where_calls_are_in_a_database() {
    let database = Database::create();
    let env = vec![("KEYWARD_STORE_CALLS_URL".to_owned(), database.url())];
    captures_are_taken_read_counted_and_survive(Setup { store_url: Some(database.url()), env, ..Setup::default() });
}

#[test]
fn what_is_compressed_is_told_and_not_shown() {
    let world = World::new();
    let nginx = nginx_gzip_upstream(&"nginx has a secret to keep\n".repeat(40));
    let url = format!("http://127.0.0.1:{}", nginx.port);
    world.put("/upstreams/nginx", json!({ "targets": [{ "url": url }] }));
    let mut api = world.api_spec();
    for (field, value) in [("api", "nginx"), ("base_path", "/nginx"), ("upstream", "nginx"), ("version_in", "none")] {
        api[field] = json!(value);
    }
    api["routes"] = json!([{ "name": "all", "methods": ["GET"], "path": "/{rest:path}" }]);
    api["capture"] = everything(json!({}))["capture"].clone();
    world.put("/apis/nginx.v1", api);
    let (_, token) = world.token(json!({}));
    let bearer = format!("Authorization: Bearer {token}");
    let (status, id, body) = curled(&world, "/nginx/page.txt", &["-H", &bearer, "--compressed"]);
    assert_eq!((status, body.matches("secret").count()), (200, 40));
    let shown = capture(&world, &id);
    let hidden = &shown["response"]["body"];
    assert_eq!((&hidden["withheld"], &hidden["encoding"]), (&json!("encoded"), &json!("gzip")), "{shown:#}");
    assert!(hidden["bytes"].as_u64().is_some_and(|bytes| bytes > 0 && bytes < 1000) && hidden.get("shown").is_none());
    let words = world.keyward.cli(&["--team", "acme", "calls", "capture", &id]);
    assert!(words.contains("bytes, not shown: encoded as gzip"), "{words}");
    // The same uncompressed is shown.
    let (_, id, _) = curled(&world, "/nginx/page.txt", &["-H", &bearer]);
    assert!(capture(&world, &id)["response"]["body"]["shown"]["text"].to_string().contains("a secret to keep"));
}

#[test]
fn captures_have_a_bound_of_their_own_and_streams_are_captured_when_they_end() {
    let env = vec![("KEYWARD_CALLS_CAPTURE_BYTES".to_owned(), "1048576".to_owned())];
    let world = World::with(Setup { env, ..Setup::default() });
    world.patch("/apis/echo.v1", everything(json!({ "max_bytes": 100_000 })));
    let (_, token) = world.token(json!({}));
    let bearer = format!("Authorization: Bearer {token}");
    let (_, stream, body) = curled(&world, "/echo/v1/stream", &["-H", &bearer]);
    assert_eq!(capture(&world, &stream)["response"]["body"]["shown"]["text"], json!(body));
    // Text that does not become smaller by being compressed.
    let mut ids = Vec::new();
    for number in 0..40u64 {
        let (mut state, mut text) = (number * 2 + 1, String::new());
        while text.len() < 60_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(&format!("{:08x}", state >> 32));
        }
        let file = world.keyward.data.path().join("body");
        std::fs::write(&file, &text).expect("a file");
        let from = format!("@{}", file.display());
        let (status, id, _) = curled(&world, "/echo/v1/echo", &["-X", "GET", "-H", &bearer, "--data-binary", &from]);
        assert_eq!(status, 200);
        ids.push(id);
    }
    capture(&world, &ids[39]);
    let gone = world.keyward.api("GET", &format!("/teams/acme/calls/{}/capture", ids[0]), Value::Null);
    assert_eq!(gone.status, 404);
    // Its record is there all the same.
    world.keyward.api("GET", &format!("/teams/acme/calls/{}", ids[0]), Value::Null).ok();
    let mut status = Value::Null;
    eventually("all are written", || {
        status = world.keyward.api("GET", "/calls/status", Value::Null).ok();
        status["captures"]["captured"] == json!(41)
    });
    let bytes = status["captures"]["file_bytes"].as_u64().expect("bytes");
    assert!(bytes <= 1 << 20 && status["captures"]["dropped"] == json!(0), "{status:#}");
}

#[test]
fn of_a_websocket_the_text_is_captured_that_both_sides_say_first() {
    let world = World::new();
    let chat = websocket_upstream();
    world.put("/upstreams/chat", json!({ "targets": [{ "url": format!("http://127.0.0.1:{}", chat.port) }] }));
    let mut api = world.api_spec();
    for (field, value) in [("api", "chat"), ("base_path", "/chat"), ("upstream", "chat"), ("version_in", "none")] {
        api[field] = json!(value);
    }
    api["routes"] = json!([{ "name": "all", "methods": ["GET"], "path": "/{rest:path}" }]);
    api["websocket"] = json!(true);
    api["capture"] = everything(json!({}))["capture"].clone();
    world.put("/apis/chat.v1", api);
    let (_, token) = world.token(json!({}));
    let said = format!("my token is {token}");
    for compress in [false, true] {
        let plan = json!({
            "url": format!("ws://127.0.0.1:{}/chat/room", world.keyward.gateway),
            "headers": { "Authorization": format!("Bearer {token}") },
            "messages": ["one", said, "{\"password\":\"hunter2\"}"], "bytes": 100_000, "compress": compress
        });
        let heard = websocket(&plan);
        assert_eq!(heard.last(), Some(&json!({ "code": 4001, "reason": "as asked" })), "{heard:?}");
        let calls = world.keyward.api("GET", "/teams/acme/calls", Value::Null).ok();
        let shown = capture(&world, calls["items"][0]["request_id"].as_str().expect("the call"));
        assert!(!shown.to_string().contains("hunter2") && !shown.to_string().contains(&token), "{shown:#}");
        assert!(shown["response"]["head"]["text"].as_str().is_some_and(|head| head.starts_with("101\n")), "{shown:#}");
        let plain = "one\nmy token is [redacted]\n{\"password\":[redacted]}\n[binary message]";
        let text = if compress { "[compressed message]\n[compressed message]\n[compressed message]" } else { plain };
        for side in ["request", "response"] {
            let body = shown[side]["body"]["shown"]["text"].as_str().unwrap_or_else(|| panic!("no text: {shown:#}"));
            assert!(body.contains(text), "{side}: {body}");
        }
    }
}
