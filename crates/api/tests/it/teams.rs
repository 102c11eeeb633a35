//! Teams: the operator makes and deletes them, a team changes its own settings.

use serde_json::json;

use crate::support::World;

#[tokio::test]
async fn the_operator_makes_teams_and_a_team_changes_itself() {
    let world = World::new().await;
    let created = world.operator.put("/api/v1/teams/gamma", json!({"title": "Gamma"})).await;
    let gamma = created.expect(201);
    assert_eq!((&gamma["name"], &gamma["id"]), (&json!("gamma"), &gamma["team"]));
    assert_eq!(world.operator.put("/api/v1/teams/Big", json!({})).await.fields(), ["team"]);
    world.alice.put("/api/v1/teams/delta", json!({})).await.refused("not_found");

    let changed = world.alice.put("/api/v1/teams/alpha", json!({"title": "Alpha"})).await;
    assert_eq!((changed.expect(200)["version"].as_u64(), changed.header("etag")), (Some(2), "\"2\""));
    let wrong = json!({"tokens": {"default_lifetime_days": 0}});
    assert_eq!(world.alice.put("/api/v1/teams/alpha", wrong).await.fields(), ["tokens.default_lifetime_days"]);
    assert_eq!(world.alice.get("/api/v1/teams/alpha").await.expect(200)["spec"]["title"], "Alpha");

    let teams = world.operator.get("/api/v1/teams").await.expect(200);
    let names: Vec<&str> =
        teams["items"].as_array().unwrap().iter().map(|team| team["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["alpha", "beta", "gamma", "keyward"]);
    let trail = world.operator.get("/api/v1/audit-events?action=team.").await.expect(200);
    assert_eq!(trail["items"][0]["target_name"], "gamma");
    world.operator.get("/api/v1/audit-events/verification").await.expect(200);
}

#[tokio::test]
async fn a_team_that_holds_something_stays() {
    let world = World::new().await;
    let refused = world.operator.delete("/api/v1/teams/beta").await;
    assert_eq!(refused.status, 409);
    assert!(refused.text.contains("apps: 1"), "{}", refused.text);
    world.operator.put("/api/v1/teams/gamma", json!({})).await.expect(201);
    assert_eq!(world.operator.delete("/api/v1/teams/gamma").await.status, 204);
    world.operator.get("/api/v1/teams/gamma").await.refused("not_found");
    world.operator.delete("/api/v1/teams/gamma").await.refused("not_found");
}

#[tokio::test]
async fn nodes_say_how_far_they_are() {
    let world = World::new().await;
    let nodes = world.operator.get("/api/v1/nodes").await.expect(200);
    assert_eq!(nodes["nodes"][0]["node"], "here");
    assert_eq!(nodes["nodes"][0]["revision"], nodes["revision"]);
}
