//! Other people's clients in front, other people's servers behind.

use serde_json::{Value, json};

use crate::support::peers::{Peer, curl, fetch, httpx, nginx_upstream, node_upstream, websocket, websocket_upstream};
use crate::support::world::World;

/// Publishes `peer` as an open api at `/NAME`.
fn publish(world: &World, name: &str, peer: &Peer) {
    world.put(
        &format!("/upstreams/{name}"),
        json!({ "targets": [{ "url": format!("http://127.0.0.1:{}", peer.port) }] }),
    );
    world.put(
        &format!("/apis/{name}"),
        json!({
            "api": name, "version": "v1", "version_in": "none", "base_path": format!("/{name}"), "upstream": name,
            "routes": [{ "name": "all", "methods": ["GET", "POST", "PUT", "DELETE", "PATCH"], "path": "/{rest:path}" }]
        }),
    );
}

fn headers_of(echo: &Value) -> Vec<(String, String)> {
    let pair = |pair: &Value| {
        (pair[0].as_str().unwrap_or_default().to_owned(), pair[1].as_str().unwrap_or_default().to_owned())
    };
    echo["headers"].as_array().expect("headers").iter().map(pair).collect()
}

#[test]
fn curl_httpx_and_fetch_reach_python_node_and_nginx() {
    let world = World::new();
    let (node, nginx) = (node_upstream(), nginx_upstream());
    publish(&world, "node", &node);
    publish(&world, "nginx", &nginx);
    publish(&world, "python", &world.upstream);
    let (_, token) = world.token(json!({}));
    let base = format!("http://127.0.0.1:{}", world.keyward.gateway);
    let bearer = format!("Bearer {token}");

    for server in ["python", "node", "nginx"] {
        let url = format!("{base}/{server}/a/b?x=1&y=%20z");
        let (status, body) = curl(&["-H", &format!("Authorization: {bearer}"), &url]);
        assert_eq!(status, 200, "{body}");
        let (status, _) = curl(&["-H", &format!("X-API-Key: {token}"), &url]);
        assert_eq!(status, 200);
        let (status, _) = curl(&["-u", &format!("anybody:{token}"), &url]);
        assert_eq!(status, 200);
        let plan = json!([
            { "method": "GET", "url": url, "headers": { "Authorization": bearer } },
            { "method": "POST", "url": url, "headers": { "Authorization": bearer }, "content": "hello" },
            { "method": "GET", "url": url, "headers": {} }
        ]);
        for (client, answers) in [("httpx", httpx(&plan)), ("fetch", fetch(&plan))] {
            let statuses: Vec<_> = answers.iter().map(|answer| answer["status"].as_u64().unwrap_or(0)).collect();
            assert_eq!(statuses, [200, 200, 401], "{client} to {server}: {answers:#?}");
            if server != "nginx" {
                let echo: Value = serde_json::from_str(answers[1]["text"].as_str().expect("text")).expect("an echo");
                assert_eq!(echo["server"], json!(server));
                assert_eq!(echo["body_length"], json!(5));
                assert_eq!(echo["target"], json!("/a/b?x=1&y=%20z"), "what was asked for is what arrives");
            }
        }
    }
}

#[test]
fn the_credential_stays_here_and_identity_goes_on() {
    let world = World::new();
    world.put("/secrets/key", json!({ "value": "upstream-s3cret" }));
    let origin = format!("http://127.0.0.1:{}", world.upstream.port);
    world.put(
        "/connections/echo",
        json!({ "origin": origin, "auth": { "header": { "name": "X-Service-Key", "secret": "key" } } }),
    );
    world.put("/upstreams/echo", json!({ "targets": [{ "url": origin }], "connection": "echo" }));
    world.patch("/apis/echo.v1", json!({ "token_parameter": "api_key" }));
    let (id, token) = world.token(json!({}));
    let basic = {
        use base64::Engine as _;
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("user:{token}")))
    };
    let bearer = format!("Bearer {token}");
    let ways: [(&str, &[(&str, &str)]); 4] = [
        ("/echo/v1/echo?a=1", &[("authorization", &bearer)]),
        ("/echo/v1/echo?a=1", &[("x-api-key", &token)]),
        ("/echo/v1/echo?a=1", &[("authorization", &basic)]),
        (&format!("/echo/v1/echo?api_key={token}&a=1"), &[]),
    ];
    for (path, headers) in ways {
        let mut headers = headers.to_vec();
        headers.push(("X-Keyward-App", "admin"));
        headers.push(("x-keyward-anything", "forged"));
        let reply = world.send("GET", path, &headers);
        assert_eq!(reply.status, 200, "{:#}", reply.json());
        let echo = reply.json();
        assert!(!echo.to_string().contains(&token), "the token went on: {echo:#}");
        assert_eq!(echo["target"], json!("/echo?a=1"));
        let seen = headers_of(&echo);
        let values = |name: &str| {
            seen.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(values("x-service-key"), ["upstream-s3cret"]);
        assert_eq!(values("x-keyward-app"), ["shop"]);
        assert_eq!(values("x-keyward-team"), ["acme"]);
        assert_eq!(values("x-keyward-token"), [id.as_str()]);
        assert_eq!(values("x-keyward-scopes"), ["echo:read"]);
        assert_eq!(values("x-keyward-request-id"), [reply.header("x-request-id").expect("an id")]);
        assert!(
            values("x-keyward-anything").is_empty()
                && values("authorization").is_empty()
                && values("x-api-key").is_empty()
        );
    }
    let calls = world.keyward.api("GET", "/teams/acme/calls", Value::Null).ok();
    assert!(!calls.to_string().contains(&token), "the query parameter was recorded");
}

#[test]
fn bodies_stream_both_ways() {
    let world = World::new();
    let node = node_upstream();
    publish(&world, "node", &node);
    let (_, token) = world.token(json!({ "scopes": ["echo:read", "echo:write"] }));
    let base = format!("http://127.0.0.1:{}", world.keyward.gateway);
    let bearer = format!("Bearer {token}");
    let plan = json!([{ "method": "POST", "url": format!("{base}/echo/v1/echo"), "headers": { "Authorization": bearer }, "stream_mb": 24 }]);
    let answers = httpx(&plan);
    let echo: Value = serde_json::from_str(answers[0]["text"].as_str().expect("text")).expect("an echo");
    assert_eq!(echo["body_length"], json!(24 * 1_048_576));
    let plan =
        json!([{ "method": "GET", "url": format!("{base}/node/events"), "headers": { "Authorization": bearer } }]);
    let answers = fetch(&plan);
    assert_eq!(answers[0]["text"], json!("data: 0\n\ndata: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\n"));
    assert!(answers[0]["chunks"].as_u64().is_some_and(|chunks| chunks >= 4), "events came one by one: {answers:?}");
}

#[test]
fn websockets_carry_what_both_sides_say() {
    let world = World::new();
    let chat = websocket_upstream();
    publish(&world, "chat", &chat);
    let (_, token) = world.token(json!({}));
    let plan = json!({
        "url": format!("ws://127.0.0.1:{}/chat/room?x=1", world.keyward.gateway),
        "headers": { "Authorization": format!("Bearer {token}") },
        "messages": ["one", "two", "three"], "bytes": 3_000_000
    });
    assert_eq!(websocket(&plan), [json!({ "refused": 403 })], "the api offers none yet");
    world.patch("/apis/chat", json!({ "websocket": true }));
    let heard = websocket(&plan);
    let greeting: Value = serde_json::from_str(heard[0]["text"].as_str().expect("text")).expect("a greeting");
    assert_eq!(greeting["url"], json!("/room?x=1"));
    let headers = greeting["headers"].to_string().to_lowercase();
    assert!(headers.contains("x-keyward-app") && !headers.contains(&token.to_lowercase()), "{headers}");
    assert_eq!(
        heard[1..],
        [
            json!({ "text": "one" }),
            json!({ "text": "two" }),
            json!({ "text": "three" }),
            json!({ "bytes": 3_000_000, "same": true }),
            json!({ "code": 4001, "reason": "as asked" })
        ]
    );
    let mut stranger = plan.clone();
    stranger["headers"] = json!({});
    assert_eq!(websocket(&stranger), [json!({ "refused": 401 })]);
    let calls = world.keyward.api("GET", "/teams/acme/calls", Value::Null).ok();
    let call = calls["items"].as_array().expect("calls").iter().find(|call| call["status"] == json!(101));
    assert_eq!(call.expect("the WebSocket's call")["protocol"], json!("websocket"), "{calls:#}");
}
