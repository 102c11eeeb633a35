//! Every code a call can be refused with, seen by the caller, and explained to the owner.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::eventually;
use crate::support::peers::curl;
use crate::support::wire::{Reply, Wire};
use crate::support::world::{World, issued};

/// Holds a refusal against what it promises everywhere.
#[track_caller]
fn assert_refused(world: &World, reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code().as_str()), (status, code), "{:#}", reply.json());
    let body = reply.json();
    assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{code}");
    assert_eq!(body["request_id"].as_str(), reply.header("x-request-id"), "{code}");
    let page = body["type"].as_str().expect("a page");
    assert!(page.ends_with(&format!("/errors/{code}")), "{page}");
    let (found, text) = curl(&[page]);
    assert_eq!(found, 200, "the page of {code} opens");
    assert!(text.contains(code), "the page of {code} is about it");
    assert!(body["detail"].as_str().is_some_and(|detail| detail.len() > 20), "{body:#}");
    if status == 401 {
        assert!(reply.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer ")), "{code}");
    }
    let id = body["request_id"].as_str().expect("an id");
    // Refusals of calls that name neither team nor token belong to nobody's records.
    if !matches!(code, "route_not_found" | "path_invalid") {
        let explained = world.keyward.api("GET", &format!("/teams/acme/calls/{id}/explanation"), Value::Null).ok();
        assert_eq!(explained["code"].as_str(), Some(code), "{explained:#}");
        // A call whose upstream failed was let through, and did not come back.
        assert_eq!(explained["allowed"], json!(code.starts_with("upstream_")));
        let failed = explained["checks"].as_array().expect("checks").iter().find(|check| check["verdict"] == "fail");
        let failed = failed.unwrap_or_else(|| panic!("no check failed: {explained:#}"));
        assert!(failed["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{explained:#}");
    }
}

#[test]
fn what_is_wrong_with_the_token_itself() {
    let world = World::new();
    let path = "/echo/v1/echo";
    let (id, good) = world.token(json!({}));
    assert_eq!(world.get(path, &good).status, 200);

    assert_refused(&world, &world.send("GET", path, &[]), 401, "token_missing");
    let bearer = format!("Bearer {good}");
    let twice = world.send("GET", path, &[("authorization", &bearer), ("x-api-key", &good)]);
    assert_refused(&world, &twice, 400, "token_ambiguous");
    let typo = format!("{}{}", &good[..good.len() - 1], if good.ends_with('a') { 'b' } else { 'a' });
    assert_refused(&world, &world.get(path, &typo), 401, "token_malformed");
    assert_refused(&world, &world.get(path, "hello"), 401, "token_malformed");

    let (early_id, early) =
        world.token(json!({ "not_before": "2099-01-01T00:00:00Z", "expires_at": "2099-02-01T00:00:00Z" }));
    let refused = world.get(path, &early);
    assert_refused(&world, &refused, 401, "token_not_yet_valid");
    assert_eq!(refused.json()["not_before"], json!("2099-01-01T00:00:00.000Z"));
    assert!(!early_id.is_empty());

    let soon = jiff::Timestamp::from_second(
        std::fs::metadata(world.keyward.path("keyward.db"))
            .expect("the store")
            .modified()
            .expect("a time")
            .duration_since(std::time::UNIX_EPOCH)
            .expect("after 1970")
            .as_secs() as i64
            + 3,
    )
    .expect("a time");
    let (_, brief) = world.token(json!({ "expires_at": soon.to_string() }));
    assert_eq!(world.get(path, &brief).status, 200);
    std::thread::sleep(Duration::from_secs(5));
    let refused = world.get(path, &brief);
    assert_refused(&world, &refused, 401, "token_expired");
    assert!(refused.json()["expires_at"].is_string());

    world.post(&format!("/tokens/{id}/disable"), json!({ "reason": "holiday" }));
    assert_refused(&world, &world.get(path, &good), 401, "token_disabled");
    world.post(&format!("/tokens/{id}/enable"), json!({}));
    assert_eq!(world.get(path, &good).status, 200);
    world.post(&format!("/tokens/{id}/revoke"), json!({ "reason": "leaked" }));
    assert_refused(&world, &world.get(path, &good), 401, "token_revoked");

    let other = World::new();
    let (_, foreign) = other.token(json!({}));
    assert_refused(&world, &world.get(path, &foreign), 401, "token_unknown");

    world.patch("", json!({ "tokens": { "require_approval": true } }));
    let (waiting_id, waiting) = world.token(json!({}));
    assert_refused(&world, &world.get(path, &waiting), 401, "token_pending");
    let own = world.keyward.api("POST", &format!("/teams/acme/tokens/{waiting_id}/approve"), json!({}));
    assert_eq!(own.status, 409, "whoever made it does not approve it: {:#}", own.body);
    // Nor does a credential that comes from the maker's: the second one is made at the machine itself.
    let printed = world.keyward.cli(&["init", "--another-token"]);
    let second = printed.split_whitespace().find(|word| word.starts_with("kw_")).expect("a token is printed");
    let approve = format!("/teams/acme/tokens/{waiting_id}/approve");
    eventually("the server has heard of it and lets it approve", || {
        world.keyward.try_api(second, "POST", &approve, json!({})).is_some_and(|answer| answer.status == 200)
    });
    assert_eq!(world.get(path, &waiting).status, 200);
}

#[test]
fn where_and_how_a_token_may_be_used() {
    let world = World::new();
    let path = "/echo/v1/echo";
    let restricted = |restrictions: Value| world.token(json!({ "restrictions": restrictions })).1;

    let elsewhere = restricted(json!({ "allow_addresses": ["192.0.2.0/24"] }));
    assert_refused(&world, &world.get(path, &elsewhere), 403, "address_not_allowed");
    let denied = restricted(json!({ "allow_addresses": ["127.0.0.0/8"], "deny_addresses": ["127.0.0.1"] }));
    assert_refused(&world, &world.get(path, &denied), 403, "address_not_allowed");
    let here = restricted(json!({ "allow_addresses": ["127.0.0.0/8"] }));
    assert_eq!(world.get(path, &here).status, 200);

    let shop = restricted(json!({ "origins": ["https://shop.example", "https://*.shop.example"] }));
    let bearer = format!("Bearer {shop}");
    let from = |origin: &str| world.send("GET", path, &[("authorization", &bearer), ("origin", origin)]);
    assert_eq!(from("https://shop.example").status, 200);
    assert_eq!(from("https://www.shop.example").status, 200);
    assert_refused(&world, &from("https://evilshop.example"), 403, "origin_not_allowed");
    assert_refused(&world, &world.get(path, &shop), 403, "origin_not_allowed");
    let by_referer =
        world.send("GET", path, &[("authorization", &bearer), ("referer", "https://shop.example/cart?x=1")]);
    assert_eq!(by_referer.status, 200);

    // The window is the day that is furthest from today, whatever the hour.
    let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    let seconds = std::fs::metadata(world.keyward.path("keyward.db"))
        .expect("the store")
        .modified()
        .expect("a time")
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970")
        .as_secs();
    let far = days[((seconds / 86_400 + 4 + 3) % 7) as usize];
    let window =
        restricted(json!({ "time_windows": [{ "days": [far], "from": "00:00", "to": "24:00", "zone": "UTC" }] }));
    assert_refused(&world, &world.get(path, &window), 403, "time_not_allowed");

    let posts = restricted(json!({ "methods": ["POST"] }));
    assert_refused(&world, &world.get(path, &posts), 403, "method_not_granted");

    let items = restricted(json!({ "apis": [{ "api": "echo", "routes": ["item"] }] }));
    assert_eq!(world.get("/echo/v1/echo/7", &items).status, 200);
    assert_refused(&world, &world.get(path, &items), 403, "api_not_allowed");

    let (_, reader) = world.token(json!({}));
    let refused = world.send("POST", path, &[("authorization", &format!("Bearer {reader}")), ("content-length", "0")]);
    assert_refused(&world, &refused, 403, "scope_missing");
    assert_eq!(refused.json()["required_scope"], json!(["echo:admin", "echo:write"]));
    assert!(refused.header("www-authenticate").is_some_and(|value| value.contains("insufficient_scope")));
}

#[test]
fn subscriptions_and_policies() {
    let world = World::new();
    let path = "/echo/v1/echo";
    let (_, token) = world.token(json!({}));
    world.patch("/apis/echo.v1", json!({ "access": "approve" }));
    assert_refused(&world, &world.get(path, &token), 403, "subscription_required");
    world.put("/subscriptions/shop-echo", json!({ "app": "shop", "api": "echo", "state": "pending" }));
    assert_refused(&world, &world.get(path, &token), 403, "subscription_pending");
    world.put("/subscriptions/shop-echo", json!({ "app": "shop", "api": "echo", "state": "active" }));
    assert_eq!(world.get(path, &token).status, 200);

    let cedar =
        r#"forbid(principal == Keyward::App::"shop", action, resource) when { context.path like "*/echo/13" };"#;
    world.put("/policies/unlucky", json!({ "cedar": cedar }));
    assert_refused(&world, &world.get("/echo/v1/echo/13", &token), 403, "policy_denied");
    assert_eq!(world.get("/echo/v1/echo/14", &token).status, 200);
    let broken = world.keyward.api("PUT", "/teams/acme/policies/broken", json!({ "cedar": "forbid(principal" }));
    assert_eq!(broken.status, 422, "{:#}", broken.body);
    assert_eq!(broken.body["errors"][0]["field"], json!("cedar"));
}

#[test]
fn what_the_gateway_itself_refuses() {
    let mut world = World::new();
    let (_, token) = world.token(json!({}));
    assert_refused(&world, &world.get("/nowhere", &token), 404, "route_not_found");
    let bearer = format!("Bearer {token}");
    let wrong = world.send("DELETE", "/echo/v1/echo", &[("authorization", &bearer)]);
    assert_eq!((wrong.status, wrong.code().as_str()), (405, "method_not_allowed"));
    assert!(wrong.header("allow").is_some_and(|allow| allow.contains("GET") && allow.contains("POST")), "{wrong:?}");
    for path in [
        "/echo/v1/../v1/echo",
        "/echo//v1/echo",
        "/echo/v1/ech%6f/%2e%2e",
        "/echo/v1/a%2fb",
        "/echo/v1/a%00b",
        "/echo/v1/%zz",
        "/echo/v1/a\\b",
    ] {
        assert_refused(&world, &world.get(path, &token), 400, "path_invalid");
    }
    world.patch("/apis/echo.v1", json!({ "lifecycle": "retired" }));
    let retired = world.get("/echo/v1/echo", &token);
    assert_eq!((retired.status, retired.code().as_str()), (410, "api_retired"));
    world.patch("/apis/echo.v1", json!({ "lifecycle": "deprecated" }));
    let deprecated = world.get("/echo/v1/echo", &token);
    assert_eq!(deprecated.status, 200);
    assert!(deprecated.header("deprecation").is_some());

    world.upstream = crate::support::peers::nginx_upstream();
    let gone = Wire::to(world.keyward.gateway).get("/echo/v1/echo", &token).expect("an answer");
    assert_refused(&world, &gone, 502, "upstream_unreachable");
}

#[test]
fn the_holder_of_a_token_may_ask_why() {
    let world = World::new();
    let (_, token) = world.token(json!({}));
    let (_, other) = world.token(json!({ "name": "other" }));
    let refused =
        world.send("POST", "/echo/v1/echo", &[("authorization", &format!("Bearer {token}")), ("content-length", "0")]);
    let id = refused.json()["request_id"].as_str().expect("an id").to_owned();
    let keyward = &world.keyward;
    let latest = keyward.try_api(&token, "GET", "/self/refusals/latest", Value::Null).expect("an answer").ok();
    assert_eq!(latest["request_id"], json!(id));
    assert_eq!(latest["code"], json!("scope_missing"));
    let own = keyward.try_api(&token, "GET", &format!("/self/calls/{id}/explanation"), Value::Null).expect("an answer");
    assert_eq!(own.status, 200);
    let foreign =
        keyward.try_api(&other, "GET", &format!("/self/calls/{id}/explanation"), Value::Null).expect("an answer");
    assert_eq!(foreign.status, 404, "another token's calls are nobody's business");
}

#[test]
fn a_dry_run_explains_without_a_call() {
    let world = World::new();
    let (id, token) = world.token(json!({ "restrictions": { "allow_addresses": ["10.0.0.0/8"] } }));
    let ask = |address: &str, method: &str| {
        let body = json!({ "token": id, "method": method, "path": "/echo/v1/echo", "address": address });
        world.post("/explain", body)
    };
    let allowed = ask("10.1.2.3", "GET");
    assert_eq!(allowed["allowed"], json!(true), "{allowed:#}");
    assert_eq!(ask("192.0.2.1", "GET")["code"], json!("address_not_allowed"));
    assert_eq!(ask("10.1.2.3", "POST")["code"], json!("scope_missing"));
    let said = world.keyward.cli(&[
        "--team",
        "acme",
        "explain",
        "--token",
        &id,
        "--method",
        "POST",
        "--path",
        "/echo/v1/echo",
        "--address",
        "10.1.2.3",
    ]);
    assert!(said.contains("scope_missing") && said.contains("echo:write"), "{said}");
    let leaked = world
        .keyward
        .command(&["explain", "--token", &token, "--method", "GET", "--path", "/"])
        .output()
        .expect("runs");
    assert!(!leaked.status.success(), "a whole token on the command line is refused");
    assert!(!String::from_utf8_lossy(&leaked.stderr).contains(&token));
}

#[test]
fn imported_keys_work_and_are_nobody_elses() {
    let world = World::new();
    let key = "sk_live_from_another_gateway_0123456789";
    let digest = {
        use std::process::Command;
        let output =
            Command::new("sh").arg("-c").arg(format!("printf %s {key} | sha256sum")).output().expect("sha256sum");
        String::from_utf8(output.stdout).expect("text")[..64].to_owned()
    };
    let hash = json!({ "kind": "sha256", "digest": digest });
    world.post(
        "/tokens/import",
        json!({ "tokens": [{ "app": "shop", "name": "moved", "hash": hash, "scopes": ["echo:read"] }] }),
    );
    assert_eq!(world.get("/echo/v1/echo", key).status, 200);
    assert_eq!(world.get("/echo/v1/echo", key).status, 200, "also after it was hashed anew");
    assert_eq!(world.get("/echo/v1/echo", "sk_live_from_another_gateway_0123456780").status, 401);
    let created = world.post("/tokens", json!({ "app": "shop", "name": "x", "scopes": ["echo:read"] }));
    assert_eq!(world.get("/echo/v1/echo", &issued(&created).1).status, 200);
}
