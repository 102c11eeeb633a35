//! Secrets go in and never come out: not in answers, not in the trail, not in files.

use keyward_model::secret::SecretSpec;
use keyward_vault::Sealed;
use serde_json::json;

use crate::support::World;

const VALUE: &str = "hunter2-correct-horse-battery";

#[tokio::test]
async fn a_value_is_sealed_replaced_and_kept() {
    let world = World::new().await;
    let path = "/api/v1/teams/alpha/secrets/crm";
    assert_eq!(world.alice.put(path, json!({"description": "CRM"})).await.fields(), ["value"]);
    assert_eq!(world.alice.put(path, json!({"value": ""})).await.fields(), ["value"]);
    let created = world.alice.put(path, json!({"description": "CRM", "value": VALUE})).await.expect(201);
    assert_eq!(created["spec"], json!({"description": "CRM"}));
    assert_eq!(opened(&world).await, VALUE);

    let same = world.alice.put(path, json!({"description": "CRM", "value": VALUE})).await.expect(200);
    assert_eq!(same["version"], 1, "the same value is no change");
    let described = world.alice.put(path, json!({"description": "The CRM"})).await.expect(200);
    assert_eq!((&described["version"], opened(&world).await.as_str()), (&json!(2), VALUE));
    let replaced = world.alice.patch(path, json!({"value": "another-value-altogether"})).await.expect(200);
    assert_eq!((&replaced["version"], &replaced["spec"]["description"]), (&json!(3), &json!("The CRM")));
    assert_eq!(opened(&world).await, "another-value-altogether");
    let cleared = world.alice.patch(path, json!({"description": null})).await.expect(200);
    assert_eq!(cleared["spec"], json!({}));
}

async fn opened(world: &World) -> String {
    let secret = world.state.store.resource::<SecretSpec>(world.alpha.id, "crm").await.unwrap().unwrap();
    let row = world.state.store.secret_value(secret.id).await.unwrap().unwrap();
    let sealed = Sealed { key_version: row.key_version, bytes: row.sealed };
    let value = world.state.vault.open(world.alpha.id, &secret.id.to_string(), &sealed).unwrap();
    value.expose_str().unwrap().to_owned()
}

#[tokio::test]
async fn rotating_the_sealing_key_seals_anew() {
    let world = World::new().await;
    world.alice.put("/api/v1/teams/alpha/secrets/crm", json!({"value": VALUE})).await.expect(201);
    let rotated = world.operator.post("/api/v1/keys/rotate", json!({"purpose": "seal"})).await.expect(200);
    assert_eq!((&rotated["key"]["version"], &rotated["resealed"]), (&json!(2), &json!(1)));
    assert_eq!(opened(&world).await, VALUE);
    let pepper = world.operator.post("/api/v1/keys/rotate", json!({"purpose": "pepper"})).await.expect(200);
    assert_eq!(pepper["key"]["version"], 2);
    world.alice.get("/api/v1/self").await.expect(200);
    world.operator.post("/api/v1/keys/rotate", json!({"purpose": "integrity"})).await.refused("conflict");
    let keys = world.operator.get("/api/v1/keys").await;
    assert_eq!(keys.expect(200)["items"].as_array().unwrap().len(), 5);
}

/// Plants secrets wherever they may enter, then looks for them wherever they may come out.
#[tokio::test]
async fn secrets_are_in_no_answer_no_file_and_no_trail() {
    let mut world = World::new().await;
    let mut texts = Vec::new();
    let secrets = "/api/v1/teams/alpha/secrets";
    for (method, body) in [
        ("PUT", json!({"value": VALUE})),
        ("PUT", json!({"value": [VALUE]})),
        ("PUT", json!({"value": {"deep": VALUE}})),
        ("PUT", json!({"description": {"x": VALUE}})),
        ("PUT", json!([VALUE])),
        ("PATCH", json!({"value": VALUE, "colour": 1})),
        ("PATCH", json!(VALUE)),
    ] {
        let answer = world.alice.send(method, &format!("{secrets}/crm"), &[], Some(&body.to_string())).await;
        texts.push(answer.text);
    }
    let broken = format!("{{\"value\": \"{VALUE}\" oops}}");
    texts.push(world.alice.send("PUT", &format!("{secrets}/crm"), &[], Some(&broken)).await.text);
    let manifest = json!({"version": 1, "source": "git", "secrets": {"crm": {"value_from": "env:CRM"}}});
    let apply = json!({"manifest": manifest, "secret_values": {"crm": "hunter2-from-a-file"}});
    texts.push(world.alice.post("/api/v1/teams/alpha/apply", apply).await.text);
    texts.push(world.alice.post("/api/v1/teams/alpha/tokens/verify", json!({"token": VALUE})).await.text);

    world.alice.put("/api/v1/teams/alpha/apps/shop", json!({})).await.expect(201);
    let create = json!({"app": "shop", "name": "till"}).to_string();
    let headers = [("idempotency-key", "key-1")];
    let issued = world.alice.send("POST", "/api/v1/teams/alpha/tokens", &headers, Some(&create)).await.expect(201);
    let token = issued["secret"].as_str().unwrap().to_owned();
    texts.push(world.alice.send("POST", "/api/v1/teams/alpha/tokens", &headers, Some(&create)).await.text);
    let plain = json!({"tokens": [{"hash": {"kind": "plain", "key": "plain-key-from-elsewhere-1234"}, "app": "shop", "name": "old"}]});
    texts.push(world.alice.post("/api/v1/teams/alpha/tokens/import", plain).await.text);

    for path in ["secrets", "secrets/crm", "tokens", "audit-events?limit=500", "export", "calls", "apps", "connections"]
    {
        let answer = world.alice.get(&format!("/api/v1/teams/alpha/{path}")).await;
        assert_eq!(answer.status, 200, "{path}");
        texts.push(answer.text);
    }
    world.stop_writing().await;
    let mut haystacks: Vec<(String, Vec<u8>)> =
        texts.into_iter().enumerate().map(|(place, text)| (format!("answer {place}"), text.into_bytes())).collect();
    let mut folders = vec![world.directory.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                haystacks.push((path.display().to_string(), std::fs::read(&path).unwrap()));
            }
        }
    }
    let secret_part = &token[token.len() - 38..];
    for planted in [VALUE, "hunter2-from-a-file", "plain-key-from-elsewhere-1234", secret_part, &token] {
        for (name, haystack) in &haystacks {
            let found = haystack.windows(planted.len()).any(|window| window == planted.as_bytes());
            assert!(!found, "{planted} is in {name}: {}", String::from_utf8_lossy(haystack));
        }
    }
}
