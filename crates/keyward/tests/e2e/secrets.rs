//! Secrets are planted everywhere they may enter, and looked for everywhere they must not be.

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::collector::Collector;
use crate::support::eventually;
use crate::support::keyward::{Setup, words};
use crate::support::peers::{Pki, strict_nginx};
use crate::support::wire::Wire;
use crate::support::world::{World, issued};

const VALUE: &str = "planted-upstream-value-5f1e9c";
const PLAIN: &str = "planted-plain-import-77ab01d2e3f4";
const PERSONAL: &str = "planted horse battery 41c7";
const PASSWORD: &str = "planted-basic-password-c0ffee";

/// Everything by which people sign in: entered, used, and entered where it does not belong.
fn personal_secrets(world: &World) -> Vec<String> {
    let ask = |method: &str, path: &str, cookie: &str, body: Value| {
        let headers = [("content-type", "application/json"), ("sec-fetch-site", "same-origin"), ("cookie", cookie)];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let reply = Wire::to(world.keyward.control).send(method, path, &headers, body.as_bytes());
        reply.expect("an answer")
    };
    let log = world.keyward.log();
    let link = log.lines().find(|line| line.contains("/setup#")).expect("the setup link is printed");
    let code = link.rsplit('#').next().expect("a code");
    let first = json!({ "code": code, "email": "ada@example.com", "name": "Ada", "password": PERSONAL });
    let made = ask("POST", "/api/v1/setup", "", first);
    assert_eq!(made.status, 200, "{}", String::from_utf8_lossy(&made.body));
    let kept = made.header("set-cookie").and_then(|cookie| cookie.split(';').next()).expect("a cookie").to_owned();
    let session = kept.split('=').nth(1).expect("a code").to_owned();
    let totp = ask("POST", "/api/v1/account/totp", &kept, json!({})).json()["secret"].as_str().expect("it").to_owned();
    let invitation =
        ask("POST", "/api/v1/teams/acme/invitations", &kept, json!({ "email": "vera@example.com", "role": "viewer" }));
    let link = invitation.json()["link"].as_str().expect("a link").to_owned();
    let invited = link.rsplit('#').next().expect("a code").to_owned();
    for (path, body) in [
        ("/api/v1/session", json!({ "email": PERSONAL, "password": "wrong wrong wrong" })),
        ("/api/v1/session", json!({ "email": "ada@example.com", "password": PERSONAL, "surprise": session })),
        ("/api/v1/session/second-factor", json!({ "code": totp })),
        ("/api/v1/invitations/look", json!({ "code": invited, "surprise": 1 })),
        (
            "/api/v1/account/passkeys",
            json!({ "challenge_id": session, "name": totp, "credential": { "id": PERSONAL } }),
        ),
    ] {
        let refused = ask("POST", path, &kept, body);
        let said = String::from_utf8_lossy(&refused.body).into_owned();
        assert!(refused.status >= 400, "{path}: {said}");
        for secret in [PERSONAL, &session, &totp, &invited] {
            assert!(!said.contains(secret), "{path} repeats a secret: {said}");
        }
    }
    let trail = ask("GET", "/api/v1/audit-events?limit=200", &kept, Value::Null).body;
    for secret in [PERSONAL, &session, &totp, &invited] {
        assert!(!contains(&trail, secret.as_bytes()), "the trail holds a secret");
    }
    assert_eq!(ask("DELETE", "/api/v1/session", &kept, Value::Null).status, 204);
    vec![PERSONAL.to_owned(), session, totp, invited]
}

#[test]
fn no_secret_is_left_anywhere() {
    let collector = Collector::start();
    let env = [
        ("KEYWARD_CONTROL_METRICS_FROM", "127.0.0.1"),
        ("KEYWARD_TELEMETRY_OTLP_ENDPOINT", &collector.endpoint()),
        ("KEYWARD_TELEMETRY_CLIENT_ADDRESS", "on"),
        ("KEYWARD_TELEMETRY_LOGS", "on"),
        ("KEYWARD_LOG_LEVEL", "debug"),
    ];
    let env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let mut world = World::with(Setup { env, ..Setup::default() });
    let mut planted = vec![VALUE.to_owned(), PLAIN.to_owned(), PASSWORD.to_owned()];
    let origin = format!("http://127.0.0.1:{}", world.upstream.port);
    world.put("/secrets/value", json!({ "value": VALUE }));
    world.put("/secrets/password", json!({ "value": PASSWORD }));
    world.put(
        "/connections/echo",
        json!({ "origin": origin, "auth": { "basic": { "username": "us", "secret": "password" } } }),
    );
    // Its credential goes along with probes too.
    let health = json!({ "active": { "path": "/echo", "interval_seconds": 1, "timeout_ms": 900 } });
    world.put("/upstreams/echo", json!({ "targets": [{ "url": origin }], "connection": "echo", "health": health }));
    // A client's key: its lines as they stand in PEM.
    let pki = Pki::new();
    let (strict, identity) = (strict_nginx(&pki), pki.client("planted"));
    let key: Vec<&str> = identity.lines().skip_while(|line| !line.contains("PRIVATE KEY")).collect();
    planted.extend(key[1..key.len() - 2].iter().map(|line| (*line).to_owned()));
    let origin = format!("https://127.0.0.1:{}", strict.port);
    world.put("/secrets/tls", json!({ "value": identity }));
    world.put("/connections/strict", json!({ "origin": origin, "client_certificate": "tls" }));
    let upstream = json!({ "targets": [{ "url": origin }], "connection": "strict", "ca": pki.read("ca.pem") });
    world.put("/upstreams/strict", upstream);
    let mut api = world.api_spec();
    for (field, value) in [("api", "strict"), ("base_path", "/strict"), ("upstream", "strict")] {
        api[field] = json!(value);
    }
    world.put("/apis/strict.v1", api);
    let everything = ["request_head", "response_head", "request_body", "response_body"].map(|part| (part, true));
    let everything: std::collections::BTreeMap<_, _> = everything.into_iter().collect();
    world.patch("/apis/echo.v1", json!({ "token_parameter": "api_key", "capture": everything }));
    world.post("/tokens/import", json!({ "tokens": [{ "app": "shop", "hash": { "kind": "plain", "key": PLAIN }, "name": "plain", "scopes": ["echo:read"] }] }));
    let (id, token) = world.token(json!({}));
    let rotated = world.post(&format!("/tokens/{id}/rotate"), json!({ "overlap_seconds": 600 }));
    let (_, successor) = issued(&rotated);
    let keyed = world.keyward.command(&[
        "--team",
        "acme",
        "token",
        "create",
        "--app",
        "shop",
        "--name",
        "by hand",
        "--scope",
        "echo:read",
        "-o",
        "json",
    ]);
    let by_hand = {
        let mut keyed = keyed;
        keyed.output().expect("runs")
    };
    assert!(by_hand.status.success(), "{}", words(&by_hand));
    let (_, by_hand) = issued(&serde_json::from_slice(&by_hand.stdout).expect("JSON"));
    planted.extend([token.clone(), successor.clone(), by_hand.clone()]);
    let reply = world.get("/strict/v1/free", &token);
    assert_eq!((reply.status, &*reply.body), (200, &b"CN=planted"[..]));
    // A key that is cut off, or of another certificate, is refused without being repeated.
    for value in [identity.replacen("-----END PRIVATE KEY-----", "", 1), identity.replacen("CERTIFICATE", "CARD", 2)] {
        world.put("/secrets/tls", json!({ "value": value }));
        assert_eq!(world.get("/strict/v1/free", &token).code(), "api_misconfigured");
    }
    world.put("/secrets/tls", json!({ "value": identity }));

    // Each token is used, misused, and put where it does not belong. All of it is captured.
    let mut captured = Vec::new();
    for text in [&token, &successor, &by_hand, &PLAIN.to_owned()] {
        let bearer = format!("Bearer {text}");
        assert_eq!(world.send("GET", "/echo/v1/echo", &[("authorization", &bearer)]).status, 200);
        for (method, path, headers) in [
            ("GET", format!("/echo/v1/echo?api_key={text}"), vec![]),
            ("GET", format!("/echo/v1/echo?other={text}"), vec![("authorization", bearer.as_str())]),
            ("POST", "/echo/v1/echo".to_owned(), vec![("authorization", bearer.as_str()), ("content-length", "0")]),
            ("GET", "/echo/v1/echo".to_owned(), vec![("authorization", bearer.as_str()), ("x-api-key", text.as_str())]),
            ("GET", "/echo/v1/echo".to_owned(), vec![("authorization", text.as_str())]),
            ("GET", "/nowhere".to_owned(), vec![("x-api-key", text.as_str())]),
        ] {
            let reply = Wire::to(world.keyward.gateway).send(method, &path, &headers, b"").expect("an answer");
            captured.extend(reply.header("x-request-id").map(str::to_owned));
            if reply.status >= 400 {
                let body = String::from_utf8_lossy(&reply.body).into_owned();
                assert!(!body.contains(text.as_str()), "a refusal repeats the token: {body}");
            }
        }
        // Said back by the upstream, with Keyward's own credential.
        let (basic, note) = (STANDARD.encode(format!("anybody:{text}")), format!("it is {text}, {PASSWORD}"));
        let body = json!({ "note": note, "basic": basic, "again": STANDARD.encode(&note) }).to_string();
        let (path, basic) = (format!("/echo/v1/echo?other={text}"), format!("Basic {basic}"));
        let headers = [("authorization", basic.as_str()), ("x-note", &note)];
        let reply = Wire::to(world.keyward.gateway).send("GET", &path, &headers, body.as_bytes()).expect("an answer");
        let said = String::from_utf8_lossy(&reply.body).into_owned();
        assert!(said.contains(text.as_str()) && said.contains(&STANDARD.encode(format!("us:{PASSWORD}"))), "{said}");
        captured.extend(reply.header("x-request-id").map(str::to_owned));
        let typo = format!("{text}x");
        let _ = world.get("/echo/v1/echo", &typo);
        // Requests that fail on the management side, with the secret in the wrong place.
        for body in [json!({ "token": text, "surprise": 1 }), json!({ "token": text }), json!({ "secret": text })] {
            let _ = world.keyward.api("POST", "/teams/acme/tokens/verify", body);
        }
        let _ = world.keyward.try_api(&typo, "GET", "/teams/acme/tokens", Value::Null);
        let refused = world.keyward.command(&["token", "check", text]).output().expect("runs");
        assert!(!words(&refused).contains(text.as_str()), "the command line repeats the token");
    }
    let bad = world.keyward.api("PUT", "/teams/acme/secrets/value", json!({ "value": VALUE, "valve": 1 }));
    assert!(!bad.body.to_string().contains(VALUE), "{:#}", bad.body);
    let bad = world.keyward.api("PUT", "/teams/acme/secrets/value", json!({ "value_from": VALUE }));
    assert!(!bad.body.to_string().contains(VALUE), "{:#}", bad.body);

    planted.extend(personal_secrets(&world));

    // What the management API shows, and what was recorded.
    for path in [
        "/secrets/value",
        "/secrets",
        "/connections/echo",
        "/upstreams/echo",
        "/upstreams/echo/health",
        "/upstreams/strict/health",
        "/secrets/tls",
        "/connections/strict",
        "/tokens",
        "/calls?limit=200",
        "/audit-events?limit=200",
        "/export?source=none",
    ] {
        let shown = world.keyward.api("GET", &format!("/teams/acme{path}"), Value::Null).body.to_string();
        for secret in &planted {
            assert!(!shown.contains(secret.as_str()), "{path} shows a secret");
        }
    }
    let (mut read, mut encoded) = (0, planted.clone());
    encoded.extend(planted.iter().map(|secret| STANDARD.encode(format!("anybody:{secret}"))));
    encoded.push(STANDARD.encode(format!("us:{PASSWORD}")));
    for request in &captured {
        let path = format!("/teams/acme/calls/{request}/capture");
        let answer = world.keyward.api("GET", &path, Value::Null);
        let by_hand = world.keyward.command(&["--team", "acme", "calls", "capture", request]).output().expect("runs");
        let shown = format!("{:#}{}", answer.body, words(&by_hand));
        for secret in &encoded {
            assert!(!shown.contains(secret.as_str()), "the capture of {request} holds a secret: {shown}");
        }
        if answer.status == 200 {
            assert!(shown.contains("[redacted]") && by_hand.status.success(), "{shown}");
            read += 1;
        }
    }
    // Those without a token that is known are not captured.
    assert!(read >= 4 * 4 && read < captured.len(), "{read} of {}", captured.len());
    let metrics = world.keyward.scrape(&[]);
    assert!(metrics.contains("keyward_calls_total"), "{metrics}");
    for secret in &planted {
        assert!(!metrics.contains(secret.as_str()), "/metrics shows a secret");
    }

    // What is in use is in memory: credentials of connections, and the last request on each kept connection, which
    // here had a token where it does not belong. Once nothing uses them any more, they have to be gone.
    world.upstream = crate::support::peers::python_upstream();
    world
        .put("/upstreams/echo", json!({ "targets": [{ "url": format!("http://127.0.0.1:{}", world.upstream.port) }] }));
    let unused = ["/apis/strict.v1", "/upstreams/strict", "/connections/strict", "/secrets/tls"];
    for path in unused.into_iter().chain(["/connections/echo", "/secrets/password", "/secrets/value"]) {
        world.keyward.api("DELETE", &format!("/teams/acme{path}"), Value::Null).ok();
    }
    let (_, last) = world.token(json!({ "name": "last" }));
    assert_eq!(world.get("/echo/v1/echo", &last).status, 200);
    std::thread::sleep(std::time::Duration::from_secs(2));
    let found = in_memory(world.keyward.pid(), &planted);
    assert!(found.is_empty(), "{} of {} secrets are left in memory: {found:?}", found.len(), planted.len());

    assert_eq!(world.keyward.terminate(), Some(0));
    let told = collector.bytes();
    assert!(contains(&told, b"/echo/v1/echo") && contains(&told, b"token_malformed"), "calls were traced");
    assert!(contains(&told, b"Keyward serves") && contains(&told, b"request answered"), "logs were sent");
    for secret in &planted {
        assert!(!contains(&told, secret.as_bytes()), "the collector was told a secret");
    }
    let mut places = vec![world.keyward.data.path().join("log")];
    collect(&world.keyward.path(""), &mut places);
    assert!(places.len() >= 4, "{places:?}");
    for place in places.iter().filter(|place| place.file_name().is_none_or(|name| name != "operator.token")) {
        let bytes = std::fs::read(place).expect("a file");
        for secret in &planted {
            assert!(!contains(&bytes, secret.as_bytes()), "{} holds a secret", place.display());
        }
    }
    let operator = std::fs::read_to_string(world.keyward.path("operator.token")).expect("the operator's token");
    let log = world.keyward.log();
    assert!(!log.contains(operator.trim()), "the log holds the operator's token");
}

#[test]
fn a_credential_that_was_replaced_is_gone_without_another_call() {
    let world = World::new();
    let upstream = closing_upstream();
    world.put("/secrets/value", json!({ "value": VALUE }));
    let connection = json!({ "origin": upstream, "auth": { "bearer": { "secret": "value" } } });
    world.put("/connections/echo", connection);
    world.put("/upstreams/echo", json!({ "targets": [{ "url": upstream }], "connection": "echo" }));
    let (_, token) = world.token(json!({}));
    assert_eq!(world.get("/echo/v1/echo", &token).status, 204);
    let (pid, value) = (world.keyward.pid(), [VALUE.to_owned()]);
    assert!(!in_memory(pid, &value).is_empty(), "what is in use is there");
    world.put("/secrets/value", json!({ "value": "another-upstream-value" }));
    eventually("the replaced value is nowhere in memory", || in_memory(pid, &value).is_empty());
}

/// The origin of an upstream that closes behind each of its answers: no connection is kept with what was sent on it.
fn closing_upstream() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("its address"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                head.push(byte[0]);
            }
            // Whoever is gone by then misses nothing.
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
        }
    });
    origin
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a directory").flatten() {
        if entry.path().is_dir() {
            collect(&entry.path(), files);
        } else if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            files.push(entry.path());
        }
    }
}

/// The indices of the secrets found in the writable memory of a process.
fn in_memory(pid: u32, secrets: &[String]) -> Vec<String> {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).expect("its map");
    let mut memory = std::fs::File::open(format!("/proc/{pid}/mem")).expect("its memory; run the tests as its owner");
    let mut found = Vec::new();
    let mut read = 0usize;
    for line in maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|mode| mode.starts_with("rw"))) {
        let (start, end) = line.split(' ').next().and_then(|range| range.split_once('-')).expect("a range");
        let [start, end] = [start, end].map(|place| u64::from_str_radix(place, 16).expect("an address"));
        for (start, length) in touched(pid, start, end) {
            let mut bytes = Vec::new();
            let sought = memory.seek(SeekFrom::Start(start));
            if sought.is_err() || (&mut memory).take(length).read_to_end(&mut bytes).is_err() {
                continue;
            }
            read += bytes.len();
            for (place, secret) in secrets.iter().enumerate() {
                if let Some(at) = find(&bytes, secret.as_bytes()) {
                    let around = &bytes[at.saturating_sub(96)..(at + secret.len() + 96).min(bytes.len())];
                    found.push(format!(
                        "secret {place} in {line}, {} before its end: {:?}",
                        bytes.len() - at,
                        String::from_utf8_lossy(around)
                    ));
                }
            }
        }
    }
    assert!(read > 1_000_000, "its memory was read: {read} bytes");
    found
}

/// The stretches from `start` to `end` that were ever written to, each with its length: an allocator reserves far more
/// than it uses, and to read that would take minutes.
fn touched(pid: u32, start: u64, end: u64) -> Vec<(u64, u64)> {
    const PAGE: u64 = 4096;
    let mut map = std::fs::File::open(format!("/proc/{pid}/pagemap")).expect("the map of its pages");
    let mut pages = vec![0; usize::try_from((end - start) / PAGE * 8).expect("it fits")];
    map.seek(SeekFrom::Start(start / PAGE * 8)).and_then(|_| map.read_exact(&mut pages)).expect("its pages");
    let mut stretches: Vec<(u64, u64)> = Vec::new();
    for (number, page) in (0..).zip(pages.chunks_exact(8)) {
        // In memory, or swapped out.
        if page[7] & 0b1100_0000 == 0 {
            continue;
        }
        let at = start + number * PAGE;
        match stretches.last_mut() {
            Some((begin, length)) if *begin + *length == at => *length += PAGE,
            _ => stretches.push((at, PAGE)),
        }
    }
    stretches
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    find(haystack, needle).is_some()
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
