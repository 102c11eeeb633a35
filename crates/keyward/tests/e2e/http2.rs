//! HTTP/2 behind the gateway, and gRPC from end to end, with other people's programs on both sides.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::eventually;
use crate::support::peers::{Peer, curl, grpc_client, grpc_upstream, httpx, nginx_http2_upstream, node_http2_upstream};
use crate::support::world::World;

/// Publishes what is at `url` as an api at `base_path`, which stays in front of the paths.
fn publish(world: &World, name: &str, base_path: &str, upstream: Value) {
    world.put(&format!("/upstreams/{name}"), upstream);
    world.put(
        &format!("/apis/{name}"),
        json!({
            "api": name, "version": "v1", "version_in": "none", "base_path": base_path, "keep_base_path": true,
            "upstream": name, "routes": [{ "name": "all", "methods": ["GET", "POST"], "path": "/{method}" }]
        }),
    );
}

fn speaking_http2(peer: &Peer) -> Value {
    json!({ "targets": [{ "url": format!("http://127.0.0.1:{}", peer.port) }], "protocol": "http2" })
}

#[test]
fn grpc_passes_in_all_its_forms() {
    let world = World::new();
    let service = grpc_upstream();
    publish(&world, "grpc", "/demo.Echo", speaking_http2(&service));
    let (_, token) = world.token(json!({}));
    let (_, wrong) = world.token(json!({}));
    let wrong = format!("{}{}", &wrong[..wrong.len() - 1], if wrong.ends_with('x') { 'y' } else { 'x' });
    let target = format!("127.0.0.1:{}", world.keyward.gateway);
    let out = grpc_client(&json!({ "target": target, "token": token, "wrong": wrong }));
    assert_eq!(out["unary"]["reply"], json!("hello"));
    assert_eq!(out["unary"]["trailers"]["x-sum"], json!("5"));
    assert_eq!(out["large"], json!(true));
    assert_eq!(out["down"], json!(["a0", "a1", "a2"]));
    assert_eq!(out["up"], json!("abc"));
    assert_eq!(out["both"], json!(["one", "two", "three"]));
    assert_eq!(out["fail"]["code"], json!("FAILED_PRECONDITION"));
    assert_eq!(out["fail"]["details"], json!("not now: 100% ü"));
    assert_eq!(out["fail"]["trailers"]["x-why"], json!("it is Sunday"));
    assert_eq!(out["deadline"]["code"], json!("DEADLINE_EXCEEDED"));
    assert_eq!(out["cancelled_behind"], json!(true));
    for (call, grpc, code) in [
        ("wrong", "UNAUTHENTICATED", "token_malformed"),
        ("none", "UNAUTHENTICATED", "token_missing"),
        ("unrouted", "UNIMPLEMENTED", "route_not_found"),
        ("stream_refused", "UNAUTHENTICATED", "token_missing"),
    ] {
        let refused = &out[call];
        assert_eq!((&refused["code"], &refused["trailers"]["x-keyward-code"]), (&json!(grpc), &json!(code)), "{call}");
        assert!(refused["details"].as_str().is_some_and(|details| !details.is_empty()), "{refused}");
        let id = refused["trailers"]["x-request-id"].as_str().expect("a request id").to_owned();
        // What is not of a team's api is not for its eyes.
        if call != "unrouted" {
            let path = format!("/teams/acme/calls/{id}/explanation");
            eventually("the refusal is explained", || {
                let explained = world.keyward.api("GET", &path, Value::Null);
                explained.status == 200 && explained.body["code"] == json!(code)
            });
        }
    }
    // A service that is gone is UNAVAILABLE.
    drop(service);
    let out = grpc_client(&json!({ "target": target, "token": token, "only": "unary" }));
    assert_eq!(out["code"], json!("UNAVAILABLE"), "{out}");
}

#[test]
fn node_and_nginx_are_spoken_to_by_http2() {
    let world = World::new();
    let (node, nginx) = (node_http2_upstream(), nginx_http2_upstream());
    publish(&world, "node", "/node", speaking_http2(&node));
    publish(&world, "nginx", "/nginx", speaking_http2(&nginx.0));
    let tls = json!({
        "targets": [{ "url": format!("https://127.0.0.1:{}", nginx.0.second.expect("a port for TLS")) }],
        "protocol": "auto", "ca": nginx.1,
    });
    publish(&world, "tls", "/tls", tls);
    let (_, token) = world.token(json!({}));
    let base = format!("http://127.0.0.1:{}", world.keyward.gateway);
    let bearer = format!("Authorization: Bearer {token}");

    let url = format!("{base}/node/x?a=%20b");
    let (status, body) = curl(&["-H", &bearer, "-H", "TE: trailers", "--data-binary", "hello", &url]);
    let echo: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{status} {body}"));
    assert_eq!((&echo["target"], &echo["method"]), (&json!("/node/x?a=%20b"), &json!("POST")));
    assert_eq!((&echo["te"], &echo["body_length"]), (&json!("trailers"), &json!(5)));
    assert_eq!(echo["authority"], json!(format!("127.0.0.1:{}", node.port)));
    let plan = json!([{ "method": "POST", "url": url, "headers": { "Authorization": format!("Bearer {token}") }, "stream_mb": 8 }]);
    let answers = httpx(&plan);
    let echo: Value = serde_json::from_str(answers[0]["text"].as_str().expect("text")).expect("an echo");
    assert_eq!(echo["body_length"], json!(8 * 1_048_576));

    // nginx says GOAWAY after every hundred calls: nobody notices.
    for path in ["nginx", "tls"] {
        let urls = format!("{base}/{path}/[1-350]");
        let output = Command::new("curl")
            .args(["-s", "--max-time", "60", "-o", "/dev/null", "-w", "%{http_code}\n", "-H", &bearer])
            .args(["-Z", "--parallel-max", "20", &urls])
            .output()
            .expect("curl runs");
        let statuses = String::from_utf8(output.stdout).expect("text");
        assert_eq!(statuses.lines().filter(|status| *status == "200").count(), 350, "{path}: {statuses}");
        let (_, body) = curl(&["-H", &bearer, &format!("{base}/{path}/protocol")]);
        assert_eq!(body.trim(), "HTTP/2.0", "{path}");
    }
}
