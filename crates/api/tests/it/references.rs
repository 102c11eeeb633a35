//! What resources say of each other has to hold, before a change and after a deletion.

use serde_json::json;

use crate::support::{World, orders, orders_api};

#[tokio::test]
async fn names_of_nothing_are_refused() {
    let world = World::new().await;
    let put = async |path: &str, body: serde_json::Value| {
        world.alice.put(&format!("/api/v1/teams/alpha/{path}"), body).await.fields()
    };
    assert_eq!(put("apis/orders.v1", orders_api()).await, ["upstream"]);
    let upstream = json!({"targets": [{"url": "http://127.0.0.1:9000"}], "connection": "crm"});
    assert_eq!(put("upstreams/orders", upstream).await, ["connection"]);
    let connection = json!({"origin": "https://crm.example", "auth": {"bearer": {"secret": "crm-key"}}});
    assert_eq!(put("connections/crm", connection).await, ["auth.bearer.secret"]);
    assert_eq!(put("subscriptions/one", json!({"app": "shop", "api": "orders"})).await, ["app", "api"]);
}

#[tokio::test]
async fn a_connection_goes_to_its_own_origin_only() {
    let world = World::new().await;
    let put =
        async |path: &str, body: serde_json::Value| world.alice.put(&format!("/api/v1/teams/alpha/{path}"), body).await;
    put("secrets/crm-key", json!({"value": "hunter2-hunter2"})).await.expect(201);
    let connection = |origin: &str| json!({"origin": origin, "auth": {"bearer": {"secret": "crm-key"}}});
    put("connections/crm", connection("https://crm.example")).await.expect(201);
    let upstream =
        |url: &str| json!({"targets": [{"url": "https://crm.example/base"}, {"url": url}], "connection": "crm"});
    for elsewhere in ["https://evil.example", "http://crm.example", "https://crm.example:8443"] {
        assert_eq!(put("upstreams/crm", upstream(elsewhere)).await.fields(), ["targets[1].url"]);
    }
    put("upstreams/crm", upstream("https://crm.example")).await.expect(201);
    let moved = put("connections/crm", connection("https://evil.example")).await;
    assert_eq!(moved.status, 409, "the upstream's targets would no longer be of the connection's origin");
    assert!(moved.json()["detail"].as_str().unwrap().contains("upstream `crm`"), "{}", moved.text);
}

#[tokio::test]
async fn targets_of_several_origins_name_a_connection_each() {
    let world = World::new().await;
    let put =
        async |path: &str, body: serde_json::Value| world.alice.put(&format!("/api/v1/teams/alpha/{path}"), body).await;
    let connection = |origin: &str| json!({"origin": origin, "client_certificate": "crm-tls"});
    assert_eq!(put("connections/a", connection("https://a.example")).await.fields(), ["client_certificate"]);
    put("secrets/crm-tls", json!({"value": "key and certificate"})).await.expect(201);
    put("connections/a", connection("https://a.example")).await.expect(201);
    put("connections/b", connection("https://b.example")).await.expect(201);
    let upstream = |second: &str| {
        let targets = [json!({"url": "https://a.example"}), json!({"url": "https://b.example", "connection": second})];
        json!({"targets": targets, "connection": "a"})
    };
    assert_eq!(put("upstreams/crm", upstream("a")).await.fields(), ["targets[1].url"]);
    assert_eq!(put("upstreams/crm", upstream("c")).await.fields(), ["targets[1].connection"]);
    put("upstreams/crm", upstream("b")).await.expect(201);
    for held in ["connections/b", "secrets/crm-tls"] {
        assert_eq!(world.alice.delete(&format!("/api/v1/teams/alpha/{held}")).await.status, 409, "{held}");
    }
}

#[tokio::test]
async fn nothing_is_deleted_from_under_what_uses_it() {
    let world = World::new().await;
    orders(&world.alice, "alpha").await;
    let at = |path: &str| format!("/api/v1/teams/alpha/{path}");
    world.alice.put(&at("apps/shop"), json!({"scopes": ["orders:read"]})).await.expect(201);
    world.alice.put(&at("subscriptions/shop"), json!({"app": "shop", "api": "orders"})).await.expect(201);
    world.alice.put(&at("secrets/key"), json!({"value": "hunter2-hunter2"})).await.expect(201);
    let connection = json!({"origin": "http://127.0.0.1:9000", "auth": {"bearer": {"secret": "key"}}});
    world.alice.put(&at("connections/orders"), connection).await.expect(201);
    world.alice.patch(&at("upstreams/orders"), json!({"connection": "orders"})).await.expect(200);

    for (deleted, user) in [
        ("upstreams/orders", "api `orders.v1`"),
        ("connections/orders", "upstream `orders`"),
        ("secrets/key", "connection `orders`"),
        ("apis/orders.v1", "subscription `shop`"),
        ("apps/shop", "subscription `shop`"),
    ] {
        let answer = world.alice.delete(&at(deleted)).await;
        assert_eq!(answer.status, 409, "{deleted}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(user), "{deleted}: {}", answer.text);
    }
    for deleted in
        ["subscriptions/shop", "apis/orders.v1", "upstreams/orders", "connections/orders", "secrets/key", "apps/shop"]
    {
        assert_eq!(world.alice.delete(&at(deleted)).await.status, 204, "{deleted}");
    }
}

#[tokio::test]
async fn an_app_with_tokens_that_live_stays() {
    let world = World::new().await;
    let path = "/api/v1/teams/alpha/apps/shop";
    world.alice.put(path, json!({})).await.expect(201);
    let issued =
        world.alice.post("/api/v1/teams/alpha/tokens", json!({"app": "shop", "name": "till"})).await.expect(201);
    let refused = world.alice.delete(path).await;
    assert_eq!(refused.status, 409);
    assert!(refused.json()["detail"].as_str().unwrap().contains("1 token"), "{}", refused.text);

    let id = issued["token"]["id"].as_str().unwrap();
    let revoke = format!("/api/v1/teams/alpha/tokens/{id}/revoke");
    world.alice.post(&revoke, json!({"reason": "done"})).await.expect(200);
    assert_eq!(world.alice.delete(path).await.status, 204);
    world.alice.get(&format!("/api/v1/teams/alpha/tokens/{id}")).await.refused("not_found");
    let events = world.alice.get(&format!("/api/v1/teams/alpha/audit-events?target={id}")).await.expect(200);
    assert_eq!(events["items"][0]["action"], "token.delete");
}

#[tokio::test]
async fn base_paths_are_unique_in_the_installation() {
    let world = World::new().await;
    orders(&world.alice, "alpha").await;
    let upstream = json!({"targets": [{"url": "http://127.0.0.1:9000"}]});
    world.bob.put("/api/v1/teams/beta/upstreams/orders", upstream).await.expect(201);
    for base_path in ["/orders", "/orders/v1", "/orders/v1/orders"] {
        let mut api = orders_api();
        (api["base_path"], api["version"]) = (json!(base_path), json!("v2"));
        let refused = world.bob.put("/api/v1/teams/beta/apis/orders.v2", api).await;
        assert_eq!(refused.fields(), ["base_path"], "{base_path}");
        assert!(!refused.text.contains("alpha"), "whose it is, is nobody's business: {}", refused.text);
    }
    let same_team = world.alice.put("/api/v1/teams/alpha/apis/again", orders_api()).await;
    assert!(!same_team.fields().is_empty());
    let mut second = orders_api();
    second["version"] = json!("v2");
    world.alice.put("/api/v1/teams/alpha/apis/orders.v2", second).await.expect(201);
}

#[tokio::test]
async fn apps_are_entitled_to_scopes_that_exist_and_that_the_caller_may_pass_on() {
    let world = World::new().await;
    orders(&world.alice, "alpha").await;
    let put = async |client: &crate::support::Client, scope: &str| {
        client.put("/api/v1/teams/alpha/apps/shop", json!({"scopes": [scope]})).await
    };
    assert_eq!(put(&world.alice, "orders:fly").await.fields(), ["scopes"]);
    assert_eq!(put(&world.alice, "shoes:*").await.fields(), ["scopes"]);
    assert_eq!(put(&world.alice, "keyward:tokens.eat").await.fields(), ["scopes"]);
    assert_eq!(put(&world.alice, "keyward:operator").await.fields(), ["scopes"]);
    assert_eq!(put(&world.operator, "keyward:operator").await.fields(), ["scopes"], "not in this team");
    put(&world.alice, "orders:*").await.expect(201);
    put(&world.alice, "*:*").await.expect(200);

    let clerk = world.admin(&world.alpha, "clerks", &["keyward:apps.write", "keyward:apps.read"]).await;
    assert_eq!(put(&clerk, "keyward:tokens.write").await.fields(), ["scopes"]);
    assert_eq!(put(&clerk, "keyward:*").await.fields(), ["scopes"]);
    put(&clerk, "keyward:apps.read").await.expect(200);
    // What an app has already is not the clerk's doing.
    put(&world.alice, "keyward:tokens.write").await.expect(200);
    let path = "/api/v1/teams/alpha/apps/shop";
    clerk.patch(path, json!({"title": "Shop"})).await.expect(200);
}
