//! Tokens over HTTP: made, shown once, found, edited, rotated, revoked with a receipt, brought in.

use serde_json::{Value, json};

use crate::support::{Answer, Client, World};

const TOKENS: &str = "/api/v1/teams/alpha/tokens";

async fn shop(world: &World) -> Value {
    world.alice.put("/api/v1/teams/alpha/apps/shop", json!({"scopes": ["keyward:calls.read"]})).await.expect(201);
    make(world, "till").await
}

async fn make(world: &World, name: &str) -> Value {
    world.alice.post(TOKENS, json!({"app": "shop", "name": name, "labels": {"place": name}})).await.expect(201)
}

fn id(issued: &Value) -> String {
    issued["token"]["id"].as_str().unwrap().to_owned()
}

fn holder(world: &World, issued: &Value) -> Client {
    let text = issued["secret"].as_str().unwrap().to_owned();
    Client { token: Some(keyward_model::token::TokenText::foreign(text)), ..world.nobody() }
}

#[tokio::test]
async fn a_token_works_as_soon_as_it_is_answered_and_its_secret_is_shown_once() {
    let world = World::new().await;
    let issued = shop(&world).await;
    let secret = issued["secret"].as_str().unwrap();
    assert!(secret.starts_with("kw_") && secret.contains(&id(&issued)));
    assert_eq!(issued["token"]["status"], "active");
    let own = holder(&world, &issued).get("/api/v1/self").await.expect(200);
    assert_eq!((&own["token"]["id"], &own["app"]["name"]), (&issued["token"]["id"], &json!("shop")));

    let read = world.alice.get(&format!("{TOKENS}/{}", id(&issued))).await;
    assert_eq!(read.expect(200)["last_four"], secret[secret.len() - 4..]);
    assert_eq!(read.header("etag"), "\"1\"");
    assert!(read.json().get("secret").is_none());

    let wrong = json!({"app": "nobody", "name": "", "scopes": ["orders:read"]});
    assert_eq!(world.alice.post(TOKENS, wrong).await.fields(), ["app"]);
    assert_eq!(world.alice.post(TOKENS, json!({"app": "shop", "nmae": "x"})).await.fields(), ["nmae"]);
}

#[tokio::test]
async fn a_repeated_creation_makes_one_token_and_shows_no_secret_again() {
    let world = World::new().await;
    shop(&world).await;
    let send = async |key: &str, body: &Value| -> Answer {
        world.alice.send("POST", TOKENS, &[("idempotency-key", key)], Some(&body.to_string())).await
    };
    let body = json!({"app": "shop", "name": "once"});
    let first = send("k1", &body).await;
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = send("k1", &body).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, "true"));
    assert_eq!(again.json()["token"]["id"], first.json()["token"]["id"]);
    assert_eq!(again.json()["secret"], Value::Null);
    assert!(again.text.contains("\"secret\":null"), "the field stays, so that clients need no second shape");

    send("k1", &json!({"app": "shop", "name": "another"})).await.refused("idempotency_conflict");
    assert_ne!(send("k2", &body).await.json()["token"]["id"], first.json()["token"]["id"]);
    let found = world.alice.get(&format!("{TOKENS}?q=once")).await.expect(200);
    assert_eq!(found["items"].as_array().unwrap().len(), 2);
    let empty = send("", &body).await;
    empty.refused("request_invalid");
    // Another team's key of the same name is another key.
    let bobs = world
        .bob
        .send(
            "POST",
            "/api/v1/teams/beta/tokens",
            &[("idempotency-key", "k1")],
            Some(&json!({"app": "admins", "name": "x"}).to_string()),
        )
        .await;
    assert_eq!(bobs.status, 201);
}

#[tokio::test]
async fn a_repeated_rotation_makes_one_successor() {
    let world = World::new().await;
    let old = shop(&world).await;
    let path = format!("{TOKENS}/{}/rotate", id(&old));
    let rotate = async || world.alice.send("POST", &path, &[("idempotency-key", "r1")], Some("{}")).await;
    let first = rotate().await.expect(201);
    let again = rotate().await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    let second = again.expect(201);
    assert_eq!(second["token"]["id"], first["token"]["id"]);
    assert_eq!((&second["secret"], &second["old"]["status"]), (&Value::Null, &json!("rotating")));
    assert_eq!(world.alice.post(&path, json!({})).await.status, 409);
}

#[tokio::test]
async fn rotation_overlaps_ends_and_extends() {
    let world = World::new().await;
    let old = shop(&world).await;
    let at = |what: &str| format!("{TOKENS}/{}/{what}", id(&old));
    let rotated = world.alice.post(&at("rotate"), json!({"overlap_seconds": 3600})).await.expect(201);
    assert_eq!(rotated["old"]["status"], "rotating");
    holder(&world, &old).get("/api/v1/self").await.expect(200);
    holder(&world, &rotated).get("/api/v1/self").await.expect(200);
    let extended = json!({"expires_at": "2030-03-20T00:00:00Z"});
    world.alice.post(&at("rotation/extend"), extended).await.expect(200);
    let usage = world.alice.get(&at("usage")).await.expect(200);
    assert_eq!(usage["successor"]["token"], rotated["token"]["id"]);
    world.alice.post(&at("rotation/end"), json!({})).await.expect(200);
    holder(&world, &old).get("/api/v1/self").await.refused("token_expired");
    holder(&world, &rotated).get("/api/v1/self").await.expect(200);
}

#[tokio::test]
async fn a_revocation_is_proved_by_its_receipt() {
    let world = World::new().await;
    let issued = shop(&world).await;
    let path = format!("{TOKENS}/{}/revoke", id(&issued));
    assert_eq!(world.alice.post(&path, json!({"reason": ""})).await.fields(), ["reason"]);
    let revoked = world.alice.post(&path, json!({"reason": "leaked"})).await.expect(200);
    assert_eq!(
        (&revoked["token"]["status"], &revoked["token"]["revoked"]["reason"]),
        (&json!("revoked"), &json!("leaked"))
    );
    let receipt = &revoked["receipt"];
    assert_eq!((&receipt["nodes"][0]["node"], &receipt["nodes"][0]["refuses"]), (&json!("here"), &json!(true)));
    assert!(receipt["nodes"][0]["revision"].as_u64() >= receipt["revision"].as_u64());
    let refused = holder(&world, &issued).get("/api/v1/self").await;
    refused.refused("token_revoked");
}

#[tokio::test]
async fn tokens_are_found_by_what_is_known_of_them() {
    let world = World::new().await;
    let till = shop(&world).await;
    let door = make(&world, "door").await;
    let found = async |query: &str| -> Vec<String> {
        let page = world.alice.get(&format!("{TOKENS}?{query}")).await.expect(200);
        page["items"].as_array().unwrap().iter().map(|token| token["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(found("app=shop").await.len(), 2);
    assert_eq!(found("app=admins").await, [world.alice.id()]);
    assert_eq!(found("label=place=door").await, [id(&door)]);
    assert_eq!(found("q=till").await, [id(&till)]);
    assert_eq!(found("app=shop&status=revoked").await, Vec::<String>::new());
    world.alice.post(&format!("{TOKENS}/{}/disable", id(&till)), json!({"reason": "test"})).await.expect(200);
    assert_eq!(found("status=disabled").await, [id(&till)]);
    world.alice.post(&format!("{TOKENS}/{}/enable", id(&till)), json!({})).await.expect(200);
    assert_eq!(found("status=disabled").await, Vec::<String>::new());
    assert_eq!(found("app=shop&limit=1").await.len(), 1);
    assert_eq!(world.alice.get(&format!("{TOKENS}?app=nobody")).await.fields(), ["app"]);
    assert_eq!(world.alice.get(&format!("{TOKENS}?label=place")).await.fields(), ["label"]);
    assert_eq!(world.alice.get(&format!("{TOKENS}?status=odd")).await.fields(), ["status"]);
    assert_eq!(world.alice.get(&format!("{TOKENS}?expires_before=soon")).await.fields(), ["expires_before"]);
    assert_eq!(found("app=shop&expires_before=2001-01-01T00:00:00Z").await.len(), 0);
}

#[tokio::test]
async fn editing_is_held_to_the_version_read() {
    let world = World::new().await;
    let issued = shop(&world).await;
    let path = format!("{TOKENS}/{}", id(&issued));
    let edit = async |tag: &str, name: &str| {
        let body = json!({"name": name}).to_string();
        world.alice.send("PATCH", &path, &[("if-match", tag)], Some(&body)).await
    };
    let edited = edit("\"1\"", "renamed").await;
    assert_eq!((edited.header("etag"), &edited.expect(200)["name"]), ("\"2\"", &json!("renamed")));
    edit("\"1\"", "again").await.refused("precondition_failed");
    world.alice.patch(&path, json!({"name": "last"})).await.expect(200);
    world.bob.get(&format!("/api/v1/teams/beta/tokens/{}", id(&issued))).await.refused("not_found");
}

#[tokio::test]
async fn many_tokens_are_revoked_at_once() {
    let world = World::new().await;
    let till = shop(&world).await;
    make(&world, "door").await;
    let select = json!({"select": {"app": "shop"}, "reason": "the shop is closed"});
    let revoked = world.alice.post(&format!("{TOKENS}/revoke"), select).await.expect(200);
    assert_eq!(revoked["tokens"].as_array().unwrap().len(), 2);
    assert_eq!(revoked["receipt"]["nodes"][0]["refuses"], true);
    holder(&world, &till).get("/api/v1/self").await.refused("token_revoked");
}

#[tokio::test]
async fn keys_from_elsewhere_work_and_are_verified() {
    let world = World::new().await;
    shop(&world).await;
    let digest: String =
        keyward_vault::sha256(b"legacy-key-0123456789abcdef").iter().map(|byte| format!("{byte:02x}")).collect();
    let import = json!({"tokens": [{"hash": {"kind": "sha256", "digest": digest}, "app": "shop", "name": "legacy"}]});
    let body = import.to_string();
    let path = format!("{TOKENS}/import");
    let imported = world.alice.send("POST", &path, &[("idempotency-key", "i1")], Some(&body)).await.expect(201);
    let again = world.alice.send("POST", &path, &[("idempotency-key", "i1")], Some(&body)).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.json()["tokens"][0]["id"], imported["tokens"][0]["id"]);
    let verify =
        async |text: &str| world.alice.post(&format!("{TOKENS}/verify"), json!({"token": text})).await.expect(200);
    assert_eq!(verify("legacy-key-0123456789abcdef").await["valid"], true);
    assert_eq!(verify("legacy-key-0123456789abcdeg").await["valid"], false);
    assert_eq!(verify(world.bob.secret()).await["code"], "token_unknown", "another team's token is not known here");
}

#[tokio::test]
async fn tokens_past_their_teams_age_are_listed() {
    let world = World::new().await;
    let issued = shop(&world).await;
    let rules = json!({"tokens": {"default_lifetime_days": 365, "maximum_age": {"days": 1}}});
    world.alice.put("/api/v1/teams/alpha", rules).await.expect(200);
    world.clock.advance(std::time::Duration::from_secs(2 * 86_400));
    let overdue = world.alice.get(&format!("{TOKENS}/overdue")).await.expect(200);
    let ids: Vec<&str> =
        overdue["items"].as_array().unwrap().iter().map(|token| token["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&id(&issued).as_str()), "{overdue}");
}

#[tokio::test]
async fn a_token_that_waits_for_approval_is_approved_by_somebody_else() {
    let world = World::new().await;
    world.alice.put("/api/v1/teams/alpha", json!({"tokens": {"require_approval": true}})).await.expect(200);
    let issued = shop(&world).await;
    assert_eq!(issued["token"]["status"], "pending");
    holder(&world, &issued).get("/api/v1/self").await.refused("token_pending");
    let path = format!("{TOKENS}/{}/approve", id(&issued));
    assert_eq!(world.alice.post(&path, json!({})).await.status, 409);
    world.operator.post(&path, json!({})).await.expect(200);
    holder(&world, &issued).get("/api/v1/self").await.expect(200);
}

#[tokio::test]
async fn nobody_makes_a_token_mightier_than_their_own() {
    let world = World::new().await;
    let clerk = world.admin(&world.alpha, "clerks", &["keyward:tokens.write", "keyward:tokens.read"]).await;
    let body = json!({"app": "admins", "name": "x", "scopes": ["keyward:*"]});
    assert_eq!(clerk.post(TOKENS, body).await.fields(), ["scopes"]);
    let rotate = format!("{TOKENS}/{}/rotate", world.alice.id());
    assert_eq!(clerk.post(&rotate, json!({})).await.status, 422, "a successor's secret is in the answer");
}

#[tokio::test]
async fn limits_show_what_is_left() {
    let world = World::new().await;
    let limits = json!({"limits": {"rates": [{"limit": 10, "window_seconds": 60}]}});
    world.alice.put("/api/v1/teams/alpha/apps/shop", limits.clone()).await.expect(201);
    let shown = world.alice.get("/api/v1/teams/alpha/limits?app=shop").await.expect(200);
    assert!(shown["subject"].as_str().unwrap().starts_with("app:app_"));
    assert_eq!(shown["limits"][0]["remaining"], 10);
    let of_token = world.alice.get(&format!("/api/v1/teams/alpha/limits?token={}", world.alice.id())).await.expect(200);
    assert_eq!(of_token["limits"], json!([]));
    world.alice.get(&format!("/api/v1/teams/alpha/limits?token={}", world.bob.id())).await.refused("not_found");
    assert_eq!(world.alice.get("/api/v1/teams/alpha/limits?app=shop&api=x").await.status, 422);
}
