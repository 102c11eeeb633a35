//! `/metrics`: who may read it, and that it shows names that somebody configured, and nothing of a caller.

use keyward_tokens::MANAGEMENT_SCOPES;

use crate::support::World;

#[tokio::test]
async fn the_installation_sees_all_and_a_team_its_own_calls() {
    let world = World::new().await;
    let (of_alice, of_bob) = (world.call(&world.alice), world.call(&world.bob));
    [&of_alice, &of_bob].into_iter().for_each(|call| world.recorder.push(&call.into()));
    assert!(world.state.log.flush().await);
    let scraper = world.admin(&world.keyward, "scraper", &["keyward:metrics"]).await;
    let team = world.admin(&world.alpha, "scraper", &["keyward:metrics"]).await;
    let (all, own) = (scraper.get("/metrics").await, team.get("/metrics").await);
    assert_eq!((all.status, own.status), (200, 200));
    assert_eq!(all.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    for part in ["keyward_calls_total{team=\"alpha\"", "keyward_calls_total{team=\"beta\"", "keyward_connections 3"] {
        assert!(all.text.contains(part), "{part} is not in {}", all.text);
    }
    assert!(own.text.contains("team=\"alpha\"") && !own.text.contains("beta"), "{}", own.text);
    assert!(!own.text.contains("keyward_connections") && !own.text.contains("keyward_tokens"), "{}", own.text);
    for secret in [of_alice.path.as_str(), &of_alice.address.to_string(), &world.alice.id(), &scraper.id()] {
        assert!(!all.text.contains(secret), "{secret} is in {}", all.text);
    }
    let open = scraper.send("GET", "/metrics", &[("accept", "application/openmetrics-text")], None).await;
    assert!(open.header("content-type").starts_with("application/openmetrics-text"));
    assert!(open.text.ends_with("# EOF\n") && open.text.contains("# TYPE keyward_calls counter"), "{}", open.text);
}

#[tokio::test]
async fn without_a_token_only_listed_addresses_are_answered() {
    let world = World::new().await;
    assert_eq!(world.nobody().get("/metrics").await.status, 401);
    let mut state = world.state.clone();
    state.metrics_from = vec!["10.0.0.0/8".parse().unwrap()].into();
    assert_eq!(world.through(&state).get("/metrics").await.status, 401, "another address");
    state.metrics_from = vec!["127.0.0.0/8".parse().unwrap()].into();
    let listed = world.through(&state);
    assert_eq!(listed.get("/metrics").await.status, 200);
    let wrong = listed.send("GET", "/metrics", &[("authorization", "Bearer kw_nonsense")], None).await;
    assert_eq!(wrong.status, 401, "whoever shows a token is judged by it");
    assert!(MANAGEMENT_SCOPES.iter().any(|(scope, _)| *scope == "keyward:metrics"));
}
