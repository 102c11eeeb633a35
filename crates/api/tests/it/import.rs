//! An OpenAPI document becomes an api.

use serde_json::{Value, json};

use crate::support::World;

fn document(title: &str) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1"},
        "paths": {
            "/orders": {"get": {"operationId": "listOrders", "responses": {"200": {"description": "ok"}}}},
            "/orders/{id}": {"get": {
                "operationId": "readOrder",
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}],
                "responses": {"200": {"description": "ok"}},
            }},
        },
    })
}

#[tokio::test]
async fn an_import_makes_an_api_and_brings_it_up_to_date() {
    let world = World::new().await;
    let upstream = json!({"targets": [{"url": "http://127.0.0.1:9000"}]});
    world.alice.put("/api/v1/teams/alpha/upstreams/orders", upstream).await.expect(201);
    let import = async |title: &str, dry_run: bool| {
        let body = json!({
            "api": "orders", "version": "v1", "base_path": "/orders", "upstream": "orders",
            "document": document(title), "dry_run": dry_run,
        });
        world.alice.post("/api/v1/teams/alpha/apis/import", body).await
    };
    let dry = import("Orders", true).await.expect(200);
    assert_eq!((&dry["dry_run"], dry["spec"]["routes"].as_array().unwrap().len()), (&json!(true), 2));
    world.alice.get("/api/v1/teams/alpha/apis/orders.v1").await.refused("not_found");

    let made = import("Orders", false).await.expect(201);
    assert_eq!(made["name"], "orders.v1");
    let path = "/api/v1/teams/alpha/apis/orders.v1";
    world.alice.patch(path, json!({"access": "approve"})).await.expect(200);
    let renewed = import("Orders, renewed", false).await.expect(200);
    assert_eq!(renewed["api"]["spec"]["title"], "Orders, renewed");
    assert_eq!(renewed["api"]["spec"]["access"], "approve", "what the document says nothing of stays");
    let listed = world.alice.get("/api/v1/teams/alpha/apis").await.expect(200);
    assert_eq!(
        (&listed["items"][0]["name"], &listed["items"][0]["spec"]["openapi"]),
        (&json!("orders.v1"), &Value::Null)
    );
    assert_eq!(world.alice.get(path).await.expect(200)["spec"]["openapi"]["info"]["title"], "Orders, renewed");

    let wrong = json!({
        "api": "orders", "version": "v9", "base_path": "/x", "upstream": "nobody", "document": {"openapi": "2.0"},
    });
    let refused = world.alice.post("/api/v1/teams/alpha/apis/import", wrong).await;
    assert!(refused.fields().iter().all(|field| field.starts_with("document")), "{}", refused.text);
}
