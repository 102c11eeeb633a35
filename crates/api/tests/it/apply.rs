//! Applying a file: all or nothing, safe to repeat, and never at the expense of another source.

use serde_json::{Value, json};

use crate::support::{Answer, World, orders, orders_api};

fn file() -> Value {
    json!({
        "version": 1, "source": "git",
        "settings": {"title": "Alpha"},
        "apps": {"shop": {"title": "Shop", "scopes": ["orders:read"]}},
        "secrets": {"key": {"value_from": "env:ORDERS_KEY"}},
        "connections": {"orders": {"origin": "http://127.0.0.1:9000", "auth": {"bearer": {"secret": "key"}}}},
        "upstreams": {"orders": {"targets": [{"url": "http://127.0.0.1:9000"}], "connection": "orders"}},
        "apis": {"orders.v1": orders_api()},
        "subscriptions": {"shop.orders": {"app": "shop", "api": "orders"}},
        "policies": {"nights": {"cedar": "forbid (principal, action, resource) when { context.hour < 6 };"}},
    })
}

async fn apply(world: &World, manifest: Value) -> Answer {
    let body = json!({"manifest": manifest, "secret_values": {"key": "hunter2-hunter2"}});
    world.alice.post("/api/v1/teams/alpha/apply", body).await
}

fn actions(answer: &Value) -> Vec<String> {
    let changes = answer["changes"].as_array().unwrap();
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    changes
        .iter()
        .map(|change| format!("{} {} {}", word(&change["action"]), word(&change["kind"]), word(&change["name"])))
        .collect()
}

#[tokio::test]
async fn a_file_is_applied_whole_and_in_order_and_once() {
    let world = World::new().await;
    let body = json!({"manifest": file(), "secret_values": {"key": "hunter2-hunter2"}, "dry_run": true});
    let dry = world.alice.post("/api/v1/teams/alpha/apply", body).await.expect(200);
    let revision = world.state.store.revision().await.unwrap();
    assert_eq!(world.alice.get("/api/v1/teams/alpha/upstreams").await.expect(200)["items"], json!([]));

    let applied = apply(&world, file()).await;
    let first = applied.expect(200);
    assert_eq!(actions(&dry), actions(&first));
    assert_eq!(
        actions(&first),
        [
            "update team alpha",
            "create app shop",
            "create secret key",
            "create connection orders",
            "create upstream orders",
            "create api orders.v1",
            "create subscription shop.orders",
            "create policy nights",
        ]
    );
    assert_eq!(applied.header("keyward-revision"), (revision + 1).to_string(), "one transaction");

    let again = apply(&world, file()).await.expect(200);
    assert!(actions(&again).iter().all(|action| action.starts_with("unchanged ")), "{:?}", actions(&again));
    assert_eq!(world.state.store.revision().await.unwrap(), revision + 1, "nothing was written");
    let events = world.alice.get("/api/v1/teams/alpha/audit-events?limit=8").await.expect(200);
    assert!(events["items"].as_array().unwrap().iter().all(|event| event["reason"] == "apply of git"));
}

#[tokio::test]
async fn what_a_file_no_longer_declares_goes_and_what_others_own_stays() {
    let world = World::new().await;
    world.alice.put("/api/v1/teams/alpha/apps/by-hand", json!({})).await.expect(201);
    let other = json!({"version": 1, "source": "other", "apps": {"theirs": {}}});
    world.alice.post("/api/v1/teams/alpha/apply", json!({"manifest": other})).await.expect(200);
    apply(&world, file()).await.expect(200);

    let less = json!({"version": 1, "source": "git", "apps": {"shop": {"title": "Shop"}}});
    let applied = world.alice.post("/api/v1/teams/alpha/apply", json!({"manifest": less})).await.expect(200);
    assert_eq!(
        actions(&applied),
        [
            "update app shop",
            "delete policy nights",
            "delete subscription shop.orders",
            "delete api orders.v1",
            "delete upstream orders",
            "delete connection orders",
            "delete secret key",
        ]
    );
    let apps = world.alice.get("/api/v1/teams/alpha/apps").await.expect(200);
    let names: Vec<&str> = apps["items"].as_array().unwrap().iter().map(|app| app["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["admins", "by-hand", "shop", "theirs"]);
}

#[tokio::test]
async fn another_sources_resources_are_not_taken_over() {
    let world = World::new().await;
    apply(&world, file()).await.expect(200);
    let mut thief = file();
    thief["source"] = json!("thief");
    thief["apps"]["shop"]["title"] = json!("Mine");
    thief["settings"]["title"] = json!("Mine");
    let refused = apply(&world, thief.clone()).await;
    assert_eq!(refused.fields(), ["apps.shop", "settings"]);
    assert!(refused.text.contains("`git`"));
    // Saying the same of it takes nothing over.
    (thief["apps"]["shop"]["title"], thief["settings"]["title"]) = (json!("Shop"), json!("Alpha"));
    let agreed = apply(&world, thief).await.expect(200);
    assert!(actions(&agreed).iter().all(|action| action.starts_with("unchanged ")), "{:?}", actions(&agreed));
    let app = world.alice.get("/api/v1/teams/alpha/apps/shop").await.expect(200);
    assert_eq!(app["source"], "git");
}

#[tokio::test]
async fn one_mistake_and_nothing_is_applied() {
    let world = World::new().await;
    let revision = world.state.store.revision().await.unwrap();
    let mut wrong = file();
    wrong["upstreams"]["orders"]["targets"][0]["url"] = json!("http://127.0.0.1:9001");
    wrong["subscriptions"]["shop.orders"]["app"] = json!("nobody");
    wrong["policies"]["nights"]["cedar"] = json!("nonsense");
    wrong["apps"]["shop"]["scopes"] = json!(["orders:fly"]);
    let mut fields = apply(&world, wrong).await.fields();
    fields.sort();
    assert_eq!(
        fields,
        [
            "apps.shop.scopes",
            "policies.nights.cedar",
            "subscriptions.shop.orders.app",
            "upstreams.orders.targets[0].url"
        ]
    );
    assert_eq!(world.state.store.revision().await.unwrap(), revision);

    let mut foreign = file();
    foreign["team"] = json!("beta");
    assert_eq!(apply(&world, foreign).await.fields(), ["team"]);
    let body = json!({"manifest": file(), "secret_values": {}});
    let missing = world.alice.post("/api/v1/teams/alpha/apply", body).await;
    assert_eq!(missing.fields(), ["secrets.key.value"]);
    let mut unknown = file();
    unknown["apis"]["orders.v1"]["routes"][0]["colour"] = json!("red");
    assert_eq!(apply(&world, unknown).await.fields(), ["manifest.apis.orders.v1.routes[0].colour"]);
}

#[tokio::test]
async fn a_file_cannot_take_away_what_is_in_use() {
    let world = World::new().await;
    apply(&world, file()).await.expect(200);
    world.alice.post("/api/v1/teams/alpha/tokens", json!({"app": "shop", "name": "till"})).await.expect(201);
    let nothing = json!({"version": 1, "source": "git"});
    let refused = world.alice.post("/api/v1/teams/alpha/apply", json!({"manifest": nothing})).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert!(refused.text.contains("app `shop`"));
    world.alice.get("/api/v1/teams/alpha/policies/nights").await.expect(200);
}

#[tokio::test]
async fn an_export_applied_changes_nothing() {
    let world = World::new().await;
    apply(&world, file()).await.expect(200);
    world.alice.put("/api/v1/teams/alpha/apps/by-hand", json!({"title": "By hand"})).await.expect(201);
    for query in ["", "?source=git"] {
        let exported = world.alice.get(&format!("/api/v1/teams/alpha/export{query}")).await.expect(200);
        let has_other = exported["apps"].as_object().unwrap().contains_key("by-hand");
        assert_eq!(has_other, query.is_empty());
        let revision = world.state.store.revision().await.unwrap();
        let applied = world.alice.post("/api/v1/teams/alpha/apply", json!({"manifest": exported})).await.expect(200);
        assert!(actions(&applied).iter().all(|action| action.starts_with("unchanged ")), "{:?}", actions(&applied));
        assert_eq!(world.state.store.revision().await.unwrap(), revision);
    }
}

#[tokio::test]
async fn a_changed_value_is_a_change_that_shows_no_value() {
    let world = World::new().await;
    apply(&world, file()).await.expect(200);
    let body = json!({"manifest": file(), "secret_values": {"key": "another-value"}});
    let applied = world.alice.post("/api/v1/teams/alpha/apply", body).await;
    let changed: Vec<String> =
        actions(&applied.expect(200)).into_iter().filter(|action| !action.starts_with("unchanged")).collect();
    assert_eq!(changed, ["update secret key"]);
    assert!(!applied.text.contains("another-value"));
}

#[tokio::test]
async fn management_scopes_are_not_granted_by_file_beyond_the_callers_own() {
    let world = World::new().await;
    orders(&world.alice, "alpha").await;
    let applier = world.admin(&world.alpha, "appliers", &["keyward:apply"]).await;
    let manifest = json!({"version": 1, "source": "git", "apps": {"shop": {"scopes": ["keyward:tokens.write"]}}});
    let refused = applier.post("/api/v1/teams/alpha/apply", json!({"manifest": manifest})).await;
    assert_eq!(refused.fields(), ["apps.shop.scopes"]);
}
