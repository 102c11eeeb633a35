//! How targets are: as the gateway sees it, and where it sees nothing, said so.

use serde_json::json;

use crate::support::World;

#[tokio::test]
async fn what_is_not_known_is_said() {
    let world = World::new().await;
    let spec = json!({ "targets": [{ "url": "http://10.0.0.1:9000" }, { "url": "http://10.0.0.2:9000" }] });
    for name in ["orders", "broken"] {
        world.alice.put(&format!("/api/v1/teams/alpha/upstreams/{name}"), spec.clone()).await.expect(201);
    }
    let path = |name: &str| format!("/api/v1/teams/alpha/upstreams/{name}/health");
    let unused = world.alice.get(&path("orders")).await.expect(200);
    let unknown = |url: &str| json!({ "url": url, "health": "unknown", "state": "unknown", "failures": 0 });
    let targets = json!([unknown("http://10.0.0.1:9000"), unknown("http://10.0.0.2:9000")]);
    assert_eq!(
        (&unused["upstream"], &unused["node"], &unused["targets"]),
        (&json!("orders"), &json!("here"), &targets)
    );
    assert!(unused["problem"].as_str().is_some_and(|problem| problem.contains("nobody has looked")), "{unused:#}");
    let broken = world.alice.get(&path("broken")).await.expect(200);
    assert_eq!((&broken["problem"], &broken["targets"]), (&json!("connection crm does not exist"), &targets));
    world.alice.get(&path("missing")).await.refused("not_found");
    world.bob.get(&path("orders")).await.refused("not_found");
}
