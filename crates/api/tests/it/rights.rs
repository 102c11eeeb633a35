//! What a change needs beyond the right of its endpoint: no way around the scope of a kind, nor to a secret.

use serde_json::{Value, json};

use crate::support::{Client, World, orders};

const APPLY: &str = "/api/v1/teams/alpha/apply";

fn at(rest: &str) -> String {
    format!("/api/v1/teams/alpha/{rest}")
}

fn connection(origin: &str) -> Value {
    json!({"origin": origin, "auth": {"bearer": {"secret": "key"}}})
}

async fn applied(client: &Client, manifest: &Value, dry_run: bool) -> crate::support::Answer {
    client.post(APPLY, json!({"manifest": manifest, "dry_run": dry_run})).await
}

#[tokio::test]
async fn a_secret_is_not_sent_elsewhere_without_the_right_to_secrets() {
    let world = World::new().await;
    let scopes = ["keyward:connections.write", "keyward:upstreams.write", "keyward:apis.write", "keyward:apply"];
    let clerk = world.admin(&world.alpha, "clerks", &scopes).await;
    world.alice.put(&at("secrets/key"), json!({"value": "hunter2-hunter2"})).await.expect(201);
    world.alice.put(&at("connections/crm"), connection("https://crm.example")).await.expect(201);

    let query = json!({"auth": {"bearer": null, "query": {"name": "k", "secret": "key"}}});
    let named = json!({"version": 1, "source": "git", "connections": {"mine": connection("https://evil.example")}});
    for refused in [
        clerk.put(&at("connections/mine"), connection("https://evil.example")).await,
        clerk.put(&at("connections/crm"), connection("https://evil.example")).await,
        clerk.patch(&at("connections/crm"), json!({"origin": "https://evil.example"})).await,
        clerk.patch(&at("connections/crm"), query).await,
        clerk.patch(&at("connections/crm"), json!({"client_certificate": "key"})).await,
        applied(&clerk, &named, true).await,
        applied(&clerk, &named, false).await,
    ] {
        assert_eq!(refused.status, 403, "{}", refused.text);
        assert_eq!(refused.refused("scope_missing")["required_scope"], json!(["keyward:secrets.write"]));
    }

    clerk.patch(&at("connections/crm"), json!({"description": "the CRM"})).await.expect(200);
    clerk.put(&at("connections/bare"), json!({"origin": "https://evil.example"})).await.expect(201);
    let both = ["keyward:connections.write", "keyward:secrets.write"];
    let keeper = world.admin(&world.alpha, "keepers", &both).await;
    keeper.put(&at("connections/crm"), connection("https://new.example")).await.expect(200);
}

#[tokio::test]
async fn a_file_changes_only_kinds_that_its_caller_may_write() {
    let world = World::new().await;
    orders(&world.alice, "alpha").await;
    let applier = world.admin(&world.alpha, "appliers", &["keyward:apply"]).await;
    let writer = world.admin(&world.alpha, "writers", &["keyward:apply", "keyward:apps.write"]).await;
    let manifest = json!({
        "version": 1, "source": "git",
        "settings": {"title": "Mine", "tokens": {"require_approval": false, "allow_never_expiring": true}},
        "apps": {"shop": {"title": "Shop"}},
        "upstreams": {"other": {"targets": [{"url": "http://127.0.0.1:9000"}]}},
    });
    let all = json!(["keyward:apps.write", "keyward:teams.write", "keyward:upstreams.write"]);
    for dry_run in [true, false] {
        let refused = applied(&applier, &manifest, dry_run).await;
        assert_eq!(refused.status, 403, "{}", refused.text);
        assert_eq!(sorted(&refused.refused("scope_missing")["required_scope"]), all);
    }
    assert_eq!(world.alice.get(&at("apps/shop")).await.status, 404);

    let apps = json!({"version": 1, "source": "git", "apps": {"shop": {"title": "Shop"}}});
    applied(&writer, &apps, false).await.expect(200);
    applied(&applier, &apps, false).await.expect(200);
    let none = json!({"version": 1, "source": "git"});
    let refused = applied(&applier, &none, true).await;
    assert_eq!(refused.refused("scope_missing")["required_scope"], json!(["keyward:apps.write"]), "a deletion");
    applied(&writer, &none, false).await.expect(200);
}

#[tokio::test]
async fn a_file_brings_new_values_of_secrets_only_with_the_right_to_secrets() {
    let world = World::new().await;
    let applier = world.admin(&world.alpha, "appliers", &["keyward:apply"]).await;
    let manifest = json!({"version": 1, "source": "git", "secrets": {"key": {}}});
    let body = |value: &str| json!({"manifest": manifest, "secret_values": {"key": value}});
    world.alice.post(APPLY, body("hunter2-hunter2")).await.expect(200);
    let refused = applier.post(APPLY, body("another-value")).await;
    assert_eq!(refused.refused("scope_missing")["required_scope"], json!(["keyward:secrets.write"]));
}

#[tokio::test]
async fn no_token_widens_itself_over_the_api() {
    let world = World::new().await;
    let own = at(&format!("tokens/{}", world.alice.id()));
    let narrow = json!({"restrictions": {"allow_addresses": ["127.0.0.0/8"]}});
    world.alice.patch(&own, narrow).await.expect(200);
    let refused = world.alice.patch(&own, json!({"restrictions": {}})).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert!(refused.refused("conflict")["detail"].as_str().unwrap().contains("does not widen itself"));
    world.operator.patch(&own, json!({"restrictions": {}})).await.expect(200);
}

fn sorted(scopes: &Value) -> Value {
    let mut scopes: Vec<&str> = scopes.as_array().unwrap().iter().map(|scope| scope.as_str().unwrap()).collect();
    scopes.sort_unstable();
    json!(scopes)
}
