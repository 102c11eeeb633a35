//! The store may go: management says so with 503 and recovers, and what needs no store goes on.

use serde_json::json;

use crate::support::World;

#[tokio::test]
async fn without_its_store_the_control_plane_says_so_and_recovers() {
    let world = World::new().await;
    let (file, elsewhere) = (world.directory.path().join("keyward.db"), world.directory.path().join("moved.db"));
    std::fs::rename(&file, &elsewhere).unwrap();

    let refused = world.alice.put("/api/v1/teams/alpha/apps/shop", json!({})).await;
    assert_eq!(refused.status, 503, "{}", refused.text);
    let problem = refused.refused("store_unavailable");
    assert!(problem["retry_after"].is_u64() && refused.header("retry-after") == "5");
    assert!(!refused.text.contains("keyward.db"), "where the store lies is nobody's business: {}", refused.text);

    let health = world.nobody().get("/api/v1/health").await.expect(200);
    assert_eq!(health["node"], "here");
    assert_eq!(world.nobody().get("/healthz").await.status, 200);
    world.alice.get("/api/v1/self").await.expect(200);
    world.bob.get("/api/v1/teams/alpha/apps").await.refused("not_found");
    world.nobody().get("/api/v1/self").await.refused("token_missing");

    std::fs::rename(&elsewhere, &file).unwrap();
    world.alice.put("/api/v1/teams/alpha/apps/shop", json!({})).await.expect(201);
    let health = world.nobody().get("/api/v1/health").await.expect(200);
    assert_eq!(health["store"], true);
}
