//! Pages in a real browser, which keeps from them whatever CORS does not let them read.

use serde_json::{Value, json};

use crate::support::free_port;
use crate::support::peers::{browser, grpc_web_upstream};
use crate::support::world::World;

#[test]
fn pages_read_answers_and_refusals_by_fetch_and_grpc_web_where_the_api_lets_them() {
    let (mut world, port) = (World::new(), free_port());
    world.upstream = grpc_web_upstream();
    world
        .put("/upstreams/echo", json!({ "targets": [{ "url": format!("http://127.0.0.1:{}", world.upstream.port) }] }));
    let ours = format!("http://127.0.0.1:{port}");
    let shop = json!({
        "api": "shop", "version": "v1", "version_in": "none", "base_path": "/shop.Orders", "keep_base_path": true,
        "upstream": "echo", "routes": [{ "name": "any", "methods": ["POST"], "path": "/{method}" }],
        "cors": { "allow_origins": [ours], "allow_headers": ["X-Page"], "expose_headers": ["X-Total"] },
    });
    world.put("/apis/shop.v1", shop.clone());
    let (_, token) = world.token(json!({ "name": "page" }));
    let limits = json!({ "rates": [{ "limit": 1, "window_seconds": 3600 }] });
    let (_, limited) = world.token(json!({ "name": "limited", "limits": limits }));
    let gateway = format!("http://127.0.0.1:{}", world.keyward.gateway);
    let url = format!("{gateway}/shop.Orders/Say");
    let (page, other) = (format!("{ours}/"), format!("http://localhost:{port}/"));
    let fetch = |page: &str, token: &str| {
        let headers =
            json!({ "authorization": format!("Bearer {token}"), "x-page": "1", "content-type": "text/plain" });
        json!({ "page": page, "url": url, "method": "POST", "headers": headers })
    };
    let say = |page: &str, token: &str, text: &str| {
        let headers = json!({ "x-api-key": token });
        json!({ "page": page, "url": url, "say": text, "headers": headers })
    };
    let steps = [
        fetch(&page, &token),
        fetch(&page, "kw_wrong"),
        fetch(&other, &token),
        say(&page, &token, "hello"),
        say(&page, &token, "fail"),
        say(&page, "kw_wrong", "hello"),
        say(&page, &limited, "one"),
        say(&page, &limited, "two"),
        say(&other, &token, "hello"),
    ];
    let seen = browser(port, &steps);

    let (answered, refused, kept) = (&seen[0], &seen[1], &seen[2]);
    assert_eq!((&answered["status"], &answered["headers"]["x-total"]), (&json!(200), &json!("7")), "{answered:#}");
    assert!(answered["headers"]["x-request-id"].is_string() && answered["headers"]["x-secret-of-the-house"].is_null());
    let problem: Value = serde_json::from_str(refused["body"].as_str().expect("a body")).expect("JSON");
    assert_eq!((&refused["status"], &problem["code"]), (&json!(401), &json!("token_malformed")), "{refused:#}");
    assert_eq!(refused["headers"]["x-request-id"], problem["request_id"]);
    assert!(refused["headers"]["www-authenticate"].is_string(), "{refused:#}");
    assert!(kept["error"].as_str().is_some_and(|error| error.contains("Failed to fetch")), "{kept:#}");

    let (said, failed, malformed, one, two, kept) = (&seen[3], &seen[4], &seen[5], &seen[6], &seen[7], &seen[8]);
    assert_eq!(said["answer"], json!("heard hello"), "{said:#}");
    assert_eq!((&said["status"]["code"], &said["status"]["metadata"]["x-served-by"]), (&json!(0), &json!("node")));
    assert_eq!((&failed["error"]["code"], &failed["error"]["message"]), (&json!(5), &json!("nothing of that name")));
    assert_eq!((&malformed["error"]["code"], &one["answer"]), (&json!(16), &json!("heard one")), "{malformed:#}");
    assert_eq!(malformed["error"]["metadata"]["x-keyward-code"], json!("token_malformed"), "{malformed:#}");
    assert_eq!(two["error"]["code"], json!(8), "{two:#}");
    assert!(two["error"]["metadata"]["retry-after"].is_string(), "{two:#}");
    // The client of gRPC-Web was told nothing by the browser.
    assert!(kept["answer"].is_null() && kept["error"]["metadata"]["x-request-id"].is_null(), "{kept:#}");

    // Preflights are calls of the record like any other, and what the page was not let through never came.
    let calls = world.keyward.api("GET", "/teams/acme/calls?method=OPTIONS&limit=100", Value::Null).ok();
    let calls = calls["items"].as_array().expect("a list");
    assert!(
        calls.iter().any(|call| call["status"] == 204) && calls.iter().any(|call| call["status"] == 403),
        "{calls:#?}"
    );

    // Without `cors` the same page learns nothing.
    let mut without = shop;
    without.as_object_mut().expect("an object").remove("cors");
    world.put("/apis/shop.v1", without);
    let seen = browser(port, &[fetch(&page, &token)]);
    assert!(seen[0]["error"].is_string(), "{:#}", seen[0]);
}

#[test]
fn cors_that_cannot_be_is_refused_by_name() {
    let world = World::new();
    let api = |cors: Value| world.keyward.api("PATCH", "/teams/acme/apis/echo.v1", json!({ "cors": cors }));
    let refused = api(json!({ "allow_origins": ["*"], "allow_credentials": true }));
    assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (422, &json!("cors.allow_credentials")));
    let refused = api(json!({ "allow_origins": ["shop.example"] }));
    assert!(
        refused.body["detail"].as_str().is_some_and(|detail| detail.contains("https://*.shop.example")),
        "{:#}",
        refused.body
    );
    let file = world.keyward.path("cors.yaml");
    let apply = |cors: &str| {
        let text = format!(
            "version: 1\nteam: acme\nsource: pages\napis:\n  page.v1:\n    api: page\n    version: v1\n    base_path: /page\n    upstream: echo\n    \
             cors:\n{cors}"
        );
        std::fs::write(&file, text).expect("written");
        world.keyward.command(&["apply", "--yes", "-f", file.to_str().expect("text")]).output().expect("runs")
    };
    let refused = apply("      allow_origins: ['*']\n      allow_credentials: true\n");
    let said = crate::support::keyward::words(&refused);
    assert!(!refused.status.success() && said.contains("allow_credentials"), "{said}");
    let applied = apply("      allow_origins: [https://shop.example]\n      max_age_seconds: 5\n");
    assert!(applied.status.success(), "{}", crate::support::keyward::words(&applied));
    let shown = world.keyward.cli(&["--team", "acme", "api", "show", "page.v1", "-o", "json"]);
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    let cors = shown.pointer("/spec/cors").or_else(|| shown.get("cors")).expect("cors");
    assert_eq!((&cors["allow_origins"], &cors["max_age_seconds"]), (&json!(["https://shop.example"]), &json!(5)));
}
