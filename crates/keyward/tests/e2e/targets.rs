//! Targets with demands of their own, kept by other people's servers: client certificates, and probes of how they are.

use serde_json::{Value, json};

use crate::support::eventually;
use crate::support::keyward::words;
use crate::support::peers::{Peer, Pki, nginx_upstream, strict_haproxy, strict_nginx};
use crate::support::wire::Reply;
use crate::support::world::World;

/// Publishes `peer` as an open api at `/NAME`, gone to with the client certificate in secret `NAME`.
fn publish_strict(world: &World, pki: &Pki, name: &str, peer: &Peer) {
    let origin = format!("https://127.0.0.1:{}", peer.port);
    world.put(&format!("/secrets/{name}"), json!({ "value": pki.client(name) }));
    world.put(&format!("/connections/{name}"), json!({ "origin": origin, "client_certificate": name }));
    let health = json!({ "active": { "path": "/", "interval_seconds": 1, "timeout_ms": 900, "unhealthy_after": 1 } });
    let spec =
        json!({ "targets": [{ "url": origin }], "connection": name, "ca": pki.read("ca.pem"), "health": health });
    world.put(&format!("/upstreams/{name}"), spec);
    publish(world, name);
}

fn publish(world: &World, name: &str) {
    world.put(
        &format!("/apis/{name}"),
        json!({
            "api": name, "version": "v1", "version_in": "none", "base_path": format!("/{name}"), "upstream": name,
            "routes": [{ "name": "all", "methods": ["GET"], "path": "/{rest:path}" }]
        }),
    );
}

fn text(reply: &Reply) -> String {
    String::from_utf8_lossy(&reply.body).into_owned()
}

fn health(world: &World, name: &str) -> Value {
    world.keyward.api("GET", &format!("/teams/acme/upstreams/{name}/health"), Value::Null).ok()
}

#[test]
fn nginx_and_haproxy_know_keyward_by_its_client_certificate() {
    let (world, pki) = (World::new(), Pki::new());
    let (nginx, haproxy) = (strict_nginx(&pki), strict_haproxy(&pki));
    let (_, token) = world.token(json!({}));
    for (name, peer) in [("nginx", &nginx), ("haproxy", &haproxy)] {
        publish_strict(&world, &pki, name, peer);
        for _ in 0..3 {
            let reply = world.get(&format!("/{name}/x"), &token);
            assert_eq!((reply.status, text(&reply)), (200, format!("CN={name}")));
        }
        // Probes show the certificate too.
        eventually("it answers its probes", || health(&world, name)["targets"][0]["health"] == "healthy");

        // Its successor, from the next call on.
        world.put(&format!("/secrets/{name}"), json!({ "value": pki.client("successor") }));
        assert_eq!(text(&world.get(&format!("/{name}/x"), &token)), "CN=successor");

        // One of nobody they know, and none.
        world.put(&format!("/secrets/{name}"), json!({ "value": Pki::new().client("stranger") }));
        assert_ne!(world.get(&format!("/{name}/x"), &token).status, 200);
        world.patch(&format!("/connections/{name}"), json!({ "client_certificate": null }));
        assert_ne!(world.get(&format!("/{name}/x"), &token).status, 200);
    }
}

#[test]
fn how_targets_are_is_shown_and_what_is_not_known_is_said() {
    let world = World::new();
    let (mut nginx, other) = (nginx_upstream(), nginx_upstream());
    let url = |peer: &Peer| format!("http://127.0.0.1:{}", peer.port);
    let active =
        json!({ "path": "/", "interval_seconds": 1, "timeout_ms": 900, "healthy_after": 1, "unhealthy_after": 1 });
    let targets = json!([{ "url": url(&nginx) }, { "url": url(&other) }]);
    world.put("/upstreams/nginx", json!({ "targets": targets, "health": { "active": active } }));
    let unknown = health(&world, "nginx");
    assert_eq!(
        (&unknown["targets"][1]["health"], &unknown["targets"][1]["state"]),
        (&json!("unknown"), &json!("unknown"))
    );
    assert!(unknown["problem"].is_string() && unknown["targets"][1]["url"] == url(&other), "{unknown:#}");

    publish(&world, "nginx");
    let verdicts = |wanted: [&str; 2]| {
        let shown = health(&world, "nginx");
        (0..2).all(|place| shown["targets"][place]["health"] == wanted[place])
    };
    eventually("both answer", || verdicts(["healthy", "healthy"]));
    assert_eq!(health(&world, "nginx").get("problem"), None);
    nginx.stop();
    eventually("one is gone", || verdicts(["unhealthy", "healthy"]));
    let shown = health(&world, "nginx");
    let down = &shown["targets"][0];
    assert_eq!(down["state"], "down", "{shown:#}");
    assert!(down["since"].is_string() && down["last_probe"]["good"] == false, "{shown:#}");
    assert!(
        down["last_error"]["problem"].as_str().is_some_and(|problem| problem.starts_with("cannot connect")),
        "{shown:#}"
    );
    let (_, token) = world.token(json!({}));
    for _ in 0..10 {
        assert_eq!(world.get("/nginx/x", &token).status, 200);
    }
    let table = world.keyward.cli(&["--team", "acme", "upstream", "health", "nginx"]);
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines.len() == 3 && lines[1].contains("unhealthy") && lines[1].contains("down"), "{table}");
    assert!(lines[2].contains("healthy") && lines[2].contains("in use"), "{table}");

    // Nobody probes this one, so that nobody can say that it is well.
    let echo = health(&world, "echo");
    assert_eq!((&echo["targets"][0]["health"], &echo["targets"][0]["state"]), (&json!("unknown"), &json!("in_use")));
    let missing = world.keyward.command(&["--team", "acme", "upstream", "health", "missing"]).output().expect("runs");
    assert!(!missing.status.success(), "{}", words(&missing));
}
