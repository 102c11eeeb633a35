//! Where calls lead: path, version, lifecycle, method.

use serde_json::json;

use crate::upstream::Upstream;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn the_path_behind_base_path_and_version_is_forwarded_with_its_query() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    for (path, forwarded) in [
        ("/orders/v1/orders/17?page=2&q=a%20b+c", "/orders/17?page=2&q=a%20b+c"),
        ("/orders/v1/any/a%7eb%2d", "/any/a~b-"),
        ("/orders/v1/any/a%c3%a4", "/any/a%C3%A4"),
        ("/orders/v1/any/a?", "/any/a?"),
        ("http://api.test/orders/v1/any/absolute", "/any/absolute"),
    ] {
        assert_eq!(client.get(path, token.secret.expose()).await.status, 200, "{path}");
        assert_eq!(upstream.last().target, forwarded);
    }
    assert_eq!(client.get("/orders/v1", token.secret.expose()).await.status, 200);
    assert_eq!(upstream.last().target, "/");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_base_path_and_a_targets_own_path_are_forwarded() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    let targets = json!({ "targets": [{ "url": format!("http://{}/deep/down/", upstream.address()) }] });
    world.upstream("orders", &[upstream.address()], targets).await;
    world.api("orders.v1", json!({ "keep_base_path": true })).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    assert_eq!(client.get("/orders/v1/orders/17?a=b", token.secret.expose()).await.status, 200);
    assert_eq!(upstream.last().target, "/deep/down/orders/v1/orders/17?a=b");
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_with_two_meanings_are_refused() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    for path in [
        "/orders/v1/any/../orders/1",
        "/orders/v1/any/%2e%2e/orders/1",
        "/orders/v1//any/x",
        "/orders/v1/any/a%2fb",
        "/orders/v1/any/a%5cb",
        "/orders/v1/any/a%00",
        "/orders/v1/any/a%zz",
        "/orders/v1/any/a\\b",
        "*",
    ] {
        let answer = client.get(path, token.secret.expose()).await;
        answer.refused("path_invalid");
    }
    assert!(upstream.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_published_is_not_found_and_the_lifecycle_shows() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let secret = token.secret.expose();
    let mut client = world.connect().await;
    client.get("/nothing", secret).await.refused("route_not_found");
    client.get("/orders/v2/orders/1", secret).await.refused("route_not_found");

    let answer = client.call("DELETE", "/orders/v1/orders/1", "").await;
    answer.refused("method_not_allowed");
    assert_eq!(answer.header("allow"), Some("GET, HEAD"));
    let record = world.record(answer.request_id()).await;
    assert_eq!(record.api_name.as_deref(), Some("orders.v1"));

    let fine = client.get("/orders/v1/orders/1", secret).await;
    assert_eq!((fine.status, fine.header("deprecation")), (200, None));
    let deprecated = world.api("orders.v1", json!({ "lifecycle": "deprecated" })).await;
    let answer = client.get("/orders/v1/orders/1", secret).await;
    assert_eq!(answer.header("deprecation"), Some(&*format!("@{}", deprecated.updated_at.as_seconds())));
    let answer = client.get("/orders/v1/orders/1", "kw_nonsense").await;
    answer.refused("token_malformed");
    assert!(answer.header("deprecation").is_some());
    world.api("orders.v1", json!({ "lifecycle": "retired" })).await;
    client.get("/orders/v1/orders/1", secret).await.refused("api_retired");
    world.api("orders.v1", json!({ "lifecycle": "draft" })).await;
    client.get("/orders/v1/orders/1", secret).await.refused("route_not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_version_may_be_named_in_a_header() {
    let world = World::new().await;
    let upstreams = [Upstream::start().await, Upstream::start().await];
    for (version, upstream) in ["v1", "v2"].iter().zip(&upstreams) {
        world.upstream(version, &[upstream.address()], json!({})).await;
        let api = json!({ "version": version, "version_in": "header", "upstream": version });
        world.api(&format!("orders.{version}"), api).await;
    }
    let token = world.token().await;
    let bearer = format!("Authorization: Bearer {}\r\n", token.secret.expose());
    let mut client = world.connect().await;
    for (header, counts) in [("Accept-Version: v1\r\n", [1, 0]), ("Accept-Version: v2\r\n", [1, 1]), ("", [1, 2])] {
        assert_eq!(client.call("GET", "/orders/any/x", &format!("{bearer}{header}")).await.status, 200);
        assert_eq!(upstreams.each_ref().map(|upstream| upstream.seen().len()), counts, "{header}");
    }
    client.call("GET", "/orders/any/x", &format!("{bearer}Accept-Version: v3\r\n")).await.refused("route_not_found");
}
