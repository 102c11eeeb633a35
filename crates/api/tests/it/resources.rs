//! Resources: created, read, listed, replaced, patched and deleted, under conditions and with an audit event each.

use serde_json::json;

use crate::support::{World, orders, orders_api};

#[tokio::test]
async fn a_resource_lives_through_its_versions() {
    let world = World::new().await;
    let path = "/api/v1/teams/alpha/apps/shop";
    let created = world.alice.put(path, json!({"title": "Shop"})).await;
    let record = created.expect(201);
    assert_eq!((created.header("etag"), &record["version"], &record["name"]), ("\"1\"", &json!(1), &json!("shop")));
    assert!(created.header("keyward-revision").parse::<u64>().is_ok_and(|revision| revision > 0));

    let again = world.alice.put(path, json!({"title": "Shop"})).await;
    assert_eq!(again.expect(200), record, "the same once more changes nothing");

    let changed = world.alice.put(path, json!({"title": "The shop", "labels": {"stage": "test"}})).await;
    assert_eq!(changed.expect(200)["version"], 2);
    let patched = world.alice.patch(path, json!({"labels": {"stage": null, "tier": "gold"}})).await.expect(200);
    assert_eq!(patched["spec"]["title"], "The shop");
    assert_eq!(patched["spec"]["labels"], json!({"tier": "gold"}));

    let read = world.alice.get(path).await;
    assert_eq!((read.header("etag"), read.expect(200)), ("\"3\"", patched.clone()));
    let by_id = format!("/api/v1/teams/{}/apps/shop", world.alpha.id);
    assert_eq!(world.alice.get(&by_id).await.expect(200), patched);

    let deleted = world.alice.delete(path).await;
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    world.alice.get(path).await.refused("not_found");
    world.alice.delete(path).await.refused("not_found");

    let events = world.alice.get("/api/v1/teams/alpha/audit-events?action=app.").await.expect(200);
    let mine: Vec<_> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["target_name"] == "shop")
        .map(|event| {
            assert_eq!(event["actor"], json!({"kind": "token", "id": world.alice.id(), "name": "test"}));
            assert_eq!(event["address"], "127.0.0.1");
            event["action"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(mine, ["app.delete", "app.update", "app.update", "app.create"]);
    let newest = &events["items"][0];
    assert_eq!((&newest["before"]["spec"]["title"], &newest["after"]), (&json!("The shop"), &json!(null)));
    let verdict = world.alice.get("/api/v1/teams/alpha/audit-events/verification").await.expect(200);
    assert_eq!(verdict["sound"], true);
}

#[tokio::test]
async fn changes_are_held_to_their_conditions() {
    let world = World::new().await;
    let path = "/api/v1/teams/alpha/apps/shop";
    let put = async |headers: &[(&str, &str)], title: &str| {
        let body = json!({"title": title}).to_string();
        world.alice.send("PUT", path, headers, Some(&body)).await
    };
    put(&[("if-match", "\"1\"")], "a").await.refused("precondition_failed");
    put(&[("if-none-match", "*")], "a").await.expect(201);
    put(&[("if-none-match", "*")], "b").await.refused("precondition_failed");
    put(&[("if-match", "\"1\"")], "b").await.expect(200);
    assert_eq!(put(&[("if-match", "\"1\"")], "c").await.status, 412);
    put(&[("if-match", "nonsense")], "c").await.refused("request_invalid");
    let deleted = world.alice.send("DELETE", path, &[("if-match", "\"1\"")], None).await;
    deleted.refused("precondition_failed");
    assert_eq!(world.alice.send("DELETE", path, &[("if-match", "\"2\"")], None).await.status, 204);
}

#[tokio::test]
async fn lists_are_paged_by_name() {
    let world = World::new().await;
    for number in 0..7 {
        world.alice.put(&format!("/api/v1/teams/alpha/apps/app-{number}"), json!({})).await.expect(201);
    }
    let mut names = Vec::new();
    let mut path = "/api/v1/teams/alpha/apps?limit=3".to_owned();
    loop {
        let page = world.alice.get(&path).await.expect(200);
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 3);
        names.extend(items.iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => path = format!("/api/v1/teams/alpha/apps?limit=3&after={next}"),
            None => break,
        }
    }
    let expected: Vec<String> = ["admins".to_owned()].into_iter().chain((0..7).map(|n| format!("app-{n}"))).collect();
    assert_eq!(names, expected);
    assert_eq!(world.alice.get("/api/v1/teams/alpha/apps?limit=0").await.fields(), ["limit"]);
    assert_eq!(world.alice.get("/api/v1/teams/alpha/apps?limit=many").await.fields(), ["limit"]);
    assert_eq!(world.alice.get("/api/v1/teams/alpha/apps?size=3").await.fields(), ["size"]);
    assert_eq!(world.alice.get("/api/v1/teams/alpha/tokens?after=nonsense").await.fields(), ["after"]);
}

#[tokio::test]
async fn what_is_wrong_is_named_by_its_field() {
    let world = World::new().await;
    orders(&world.alice, "alpha").await;
    let put = async |body: serde_json::Value| world.alice.put("/api/v1/teams/alpha/apis/other", body).await;
    let api = |change: fn(&mut serde_json::Value)| {
        let mut api = orders_api();
        (api["api"], api["base_path"]) = (json!("other"), json!("/other"));
        change(&mut api);
        api
    };
    assert_eq!(put(api(|api| api["base_path"] = json!("orders"))).await.fields(), ["base_path"]);
    assert_eq!(put(api(|api| api["routes"][1]["path"] = json!("orders"))).await.fields(), ["routes[1].path"]);
    assert_eq!(put(api(|api| api["routes"][1]["name"] = json!("list"))).await.fields(), ["routes[1].name"]);
    let undefined = put(api(|api| api["routes"][0]["scopes"] = json!({"all": ["orders:fly"]}))).await;
    assert_eq!(undefined.fields(), ["routes[0].scopes"]);
    let unknown = put(api(|api| api["colour"] = json!("red"))).await;
    assert_eq!(unknown.fields(), ["colour"]);
    assert!(unknown.json()["errors"][0]["remedy"].as_str().unwrap().contains("`base_path`"));
    assert_eq!(world.alice.put("/api/v1/teams/alpha/apps/Big", json!({})).await.fields(), ["name"]);
    put(api(|_| {})).await.expect(201);
}

#[tokio::test]
async fn policies_have_to_parse() {
    let world = World::new().await;
    let path = "/api/v1/teams/alpha/policies/nights";
    let wrong = world.alice.put(path, json!({"cedar": "forbid (principal, action, resource"})).await;
    assert_eq!(wrong.fields(), ["cedar"]);
    let right = json!({"cedar": "forbid (principal, action, resource) when { context.hour < 6 };"});
    world.alice.put(path, right).await.expect(201);
}

#[tokio::test]
async fn what_a_file_owns_is_changed_by_hand_only_on_purpose() {
    let world = World::new().await;
    let manifest = json!({"version": 1, "source": "git", "apps": {"shop": {"title": "Shop"}}});
    world.alice.post("/api/v1/teams/alpha/apply", json!({"manifest": manifest})).await.expect(200);
    let path = "/api/v1/teams/alpha/apps/shop";
    let refused = world.alice.put(path, json!({"title": "By hand"})).await;
    assert_eq!(refused.status, 409);
    assert!(refused.json()["detail"].as_str().unwrap().contains("`git`"), "{}", refused.text);
    assert_eq!(world.alice.delete(path).await.status, 409);
    assert_eq!(world.alice.patch(path, json!({"title": "By hand"})).await.status, 409);
    let body = json!({"title": "By hand"}).to_string();
    let meant = world.alice.send("PUT", path, &[("x-keyward-override", "true")], Some(&body)).await.expect(200);
    assert_eq!((&meant["source"], &meant["spec"]["title"]), (&json!("git"), &json!("By hand")));
}

#[tokio::test]
async fn two_changes_at_once_leave_one_of_them() {
    let world = World::new().await;
    let path = "/api/v1/teams/alpha/apps/shop";
    world.alice.put(path, json!({"title": "old"})).await.expect(201);
    let put = async |title: &str| {
        let body = json!({"title": title}).to_string();
        world.alice.send("PUT", path, &[("if-match", "\"1\"")], Some(&body)).await.status
    };
    let (one, other) = tokio::join!(put("one"), put("other"));
    let mut outcomes = [one, other];
    outcomes.sort_unstable();
    assert_eq!(outcomes, [200, 412]);
}
