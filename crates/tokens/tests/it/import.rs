//! Bringing in keys that were made elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use keyward_model::Code;
use keyward_model::token::HashKind;
use keyward_tokens::{ImportError, ImportTokens, Imported, RevokeToken, RotateToken};
use keyward_vault::{hmac_sha256, sha256};
use serde_json::{Value, json};

use crate::world::{World, cause, everything, fields, scopes};

const KEY: &str = "sk_live_9f8e7d6c5b4a39281706";

fn hex(bytes: [u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn item(hash: Value) -> Value {
    json!({"app": "shop", "name": "from elsewhere", "scopes": ["orders:read"], "hash": hash})
}

fn sha256_of(key: &str) -> Value {
    json!({"kind": "sha256", "digest": hex(sha256(key.as_bytes()))})
}

fn hmac_of(key: &str, under: &str) -> Value {
    let digest = hex(hmac_sha256(under.as_bytes(), key.as_bytes()));
    json!({"kind": "hmac-sha256", "digest": digest, "key_secret": "old-gateway"})
}

fn ask(items: Vec<Value>) -> ImportTokens {
    serde_json::from_value(json!({"tokens": items})).expect("a request")
}

async fn import(world: &World, items: Vec<Value>) -> Result<Imported, ImportError> {
    let imported = world.tokens.import(cause(), world.team.id, ask(items), &everything()).await?;
    world.settle(imported.revision).await;
    Ok(imported)
}

#[tokio::test]
async fn a_key_is_verified_by_each_kind_of_hash() {
    let world = World::new().await;
    world.enter_secret("old-gateway", "the key of the hmac").await;
    let keys = ["aaaa-key-one-0123456789", "bbbb-key-two-0123456789", "cccc-key-three-0123456789"];
    let items = vec![
        item(sha256_of(keys[0])),
        item(hmac_of(keys[1], "the key of the hmac")),
        item(json!({"kind": "plain", "key": keys[2]})),
    ];
    let imported = import(&world, items).await.expect("brought in");
    let kinds: Vec<_> = imported.tokens.iter().map(|token| token.imported.expect("imported")).collect();
    assert_eq!(kinds, [HashKind::Sha256, HashKind::HmacSha256, HashKind::Pepper]);
    for (key, token) in keys.iter().zip(&imported.tokens) {
        assert_eq!(world.present(key).expect("known").token.id(), token.id);
        assert_eq!(world.admits(key), Ok(()));
        assert_eq!(world.actions(token.id).await, ["token.import"]);
        assert!(token.prefix.is_none());
    }
    assert_eq!(imported.tokens[2].last_four, "6789");
    assert_eq!(world.admits("aaaa-key-one-0123456780"), Err(Code::TokenMalformed), "one character changed");
}

#[tokio::test]
async fn a_base64_digest_does_as_well() {
    use base64::Engine;
    let world = World::new().await;
    let digest = base64::engine::general_purpose::STANDARD.encode(sha256(KEY.as_bytes()));
    import(&world, vec![item(json!({"kind": "sha256", "digest": digest}))]).await.expect("brought in");
    assert_eq!(world.admits(KEY), Ok(()));
}

#[tokio::test]
async fn the_first_use_puts_the_key_under_the_pepper() {
    let world = World::new().await;
    world.enter_secret("old-gateway", "the key of the hmac").await;
    let mut prefixed = item(sha256_of(KEY));
    prefixed["key_prefix"] = json!("sk_live_");
    let other = "bbbb-key-two-0123456789";
    let items = vec![prefixed, item(hmac_of(other, "the key of the hmac"))];
    let imported = import(&world, items).await.expect("brought in");
    let mut rehashes = world.live.rehashes().expect("the first to ask");
    for (key, token) in [KEY, other].iter().zip(&imported.tokens) {
        world.present(key).expect("known");
        world.present(key).expect("known");
        let rehash = rehashes.try_recv().expect("asked for");
        assert!(rehashes.try_recv().is_err(), "asked for once");
        assert_eq!(world.tokens.rehash(std::slice::from_ref(&rehash)).await, Ok(1));
        assert_eq!(world.tokens.rehash(&[rehash]).await, Ok(0), "another node was faster");
        world.settle_all().await;
        let stored = world.store.token(world.team.id, token.id).await.expect("an answer").expect("the token");
        assert_eq!((stored.hash.kind, stored.hash.key_version), (HashKind::Pepper, 1));
        assert_eq!(stored.token, *token, "nothing else changed");
        assert_eq!(world.admits(key), Ok(()));
        assert!(rehashes.try_recv().is_err(), "nothing is left to do");
        assert_eq!(world.actions(token.id).await, ["token.import", "token.rehash"]);
    }
}

#[tokio::test]
async fn the_same_key_is_not_brought_in_twice() {
    let world = World::new().await;
    let imported = import(&world, vec![item(sha256_of(KEY))]).await.expect("brought in");
    let other = "bbbb-key-two-0123456789";
    let again = import(&world, vec![item(sha256_of(other)), item(sha256_of(KEY))]).await.expect_err("known");
    assert_eq!(fields(&again), ["tokens[1].hash"]);
    assert!(again.to_string().contains(imported.tokens[0].id.as_str()), "{again}");
    assert_eq!(world.admits(other), Err(Code::TokenMalformed), "all or nothing");

    let plain = import(&world, vec![item(json!({"kind": "plain", "key": KEY}))]).await.expect_err("the same key");
    assert_eq!(fields(&plain), ["tokens[0].hash"]);
    let twice = import(&world, vec![item(sha256_of(other)), item(sha256_of(other))]).await.expect_err("twice");
    assert_eq!(fields(&twice), ["tokens[1].hash"]);

    // Also after its hash was replaced.
    world.present(KEY).expect("known");
    let rehash = world.live.rehashes().expect("the first to ask").try_recv().expect("asked for");
    world.tokens.rehash(&[rehash]).await.expect("replaced");
    let again = import(&world, vec![item(sha256_of(KEY))]).await.expect_err("known");
    assert_eq!(fields(&again), ["tokens[0].hash"]);

    let why = RevokeToken { reason: "leaked".to_owned() };
    world.tokens.revoke(cause(), world.team.id, imported.tokens[0].id, why).await.expect("revoked");
    assert!(import(&world, vec![item(sha256_of(KEY))]).await.is_err(), "a revoked key stays dead");
}

#[tokio::test]
async fn a_key_of_another_team_cannot_be_taken_over() {
    let world = World::new().await;
    import(&world, vec![item(sha256_of(KEY))]).await.expect("brought in");
    let other = world.add_team("other").await;
    let entitled = keyward_model::app::AppSpec { scopes: scopes(&["keyward:*"]), ..Default::default() };
    world.add(&other, "shop", entitled).await;
    let mut theirs = item(sha256_of(KEY));
    theirs["scopes"] = json!([]);
    let refused = world.tokens.import(cause(), other.id, ask(vec![theirs]), &everything()).await;
    assert_eq!(fields(&refused.expect_err("taken")), ["tokens[0].hash"]);
    assert_eq!(world.present(KEY).expect("known").team_id(), world.team.id);
}

#[tokio::test]
async fn a_key_with_a_prefix_is_only_looked_for_behind_it() {
    let world = World::new().await;
    let mut prefixed = item(sha256_of(KEY));
    prefixed["key_prefix"] = json!("pk_live_");
    import(&world, vec![prefixed]).await.expect("brought in");
    assert_eq!(world.admits(KEY), Err(Code::TokenMalformed), "the prefix is not the key's");
    assert_eq!(world.admits("pk_live_something-else"), Err(Code::TokenUnknown), "keys like this are known here");
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_item_and_field() {
    let world = World::new().await;
    let with = |field: &str, value: Value| {
        let mut item = item(sha256_of(KEY));
        item[field] = value;
        item
    };
    let refused = async |bad: Value| {
        let error = import(&world, vec![item(sha256_of("dddd-key-four-0123456789")), bad]).await.expect_err("refused");
        let fields = fields(&error).join(",");
        fields.strip_prefix("tokens[1].").map(str::to_owned).unwrap_or(fields)
    };
    assert_eq!(refused(with("hash", json!({"kind": "sha256", "digest": "abc"}))).await, "hash.digest");
    assert_eq!(refused(with("hash", hmac_of(KEY, "k"))).await, "hash.key_secret");
    assert_eq!(refused(with("hash", json!({"kind": "plain", "key": "short"}))).await, "hash.key");
    assert_eq!(refused(with("hash", json!({"kind": "plain", "key": "with blanks in between"}))).await, "hash.key");
    assert_eq!(refused(with("last_four", json!("more than four"))).await, "last_four");
    assert_eq!(refused(with("key_prefix", json!("ä"))).await, "key_prefix");
    assert_eq!(refused(with("app", json!("nobody"))).await, "app");
    assert_eq!(refused(with("scopes", json!(["stock:read"]))).await, "scopes");
    assert_eq!(refused(with("expires_at", json!("never"))).await, "expires_at");
    assert_eq!(refused(with("name", json!(""))).await, "name");
    assert_eq!(fields(&import(&world, vec![]).await.expect_err("nothing")), ["tokens"]);
    let escalation = ask(vec![with("scopes", json!(["keyward:*"]))]);
    let escalation = world.tokens.import(cause(), world.team.id, escalation, &scopes(&[])).await;
    assert_eq!(fields(&escalation.expect_err("refused")), ["tokens[0].scopes"]);
    assert_eq!(world.live.len(), 0);
}

#[tokio::test]
async fn the_key_of_an_hmac_may_come_later_and_change() {
    let world = World::new().await;
    world.enter_secret("old-gateway", "a first guess").await;
    import(&world, vec![item(hmac_of(KEY, "the key of the hmac"))]).await.expect("brought in");
    assert_eq!(world.admits(KEY), Err(Code::TokenMalformed));
    world.enter_secret("old-gateway", "the key of the hmac").await;
    assert_eq!(world.admits(KEY), Ok(()));
}

#[tokio::test]
async fn an_imported_key_is_rotated_into_a_token_of_keywards_own() {
    let world = World::new().await;
    let imported = import(&world, vec![item(sha256_of(KEY))]).await.expect("brought in");
    let (ask, id) = (RotateToken::default(), imported.tokens[0].id);
    let rotated = world.tokens.rotate(cause(), world.team.id, id, ask, &everything()).await.expect("rotated");
    world.settle(rotated.new.revision).await;
    assert!(rotated.new.secret.expose().starts_with("kw_"));
    assert_eq!(rotated.new.token.imported, None);
    assert_eq!((world.admits(KEY), world.admits(rotated.new.secret.expose())), (Ok(()), Ok(())));
}

#[tokio::test]
async fn at_no_moment_of_a_change_is_a_key_unknown() {
    let world = World::new().await;
    let keys: Vec<String> = (0..40).map(|number| format!("sk_live_0123456789-{number:04}")).collect();
    let items = keys.iter().map(|key| item(sha256_of(key))).collect();
    let imported = import(&world, items).await.expect("brought in");
    let stop = Arc::new(AtomicBool::new(false));
    let caller = {
        let (live, stop, keys) = (world.live.clone(), stop.clone(), keys.clone());
        std::thread::spawn(move || {
            let mut unknown = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                unknown.extend(keys.iter().filter(|key| live.present(key).is_err()).cloned());
            }
            unknown
        })
    };
    for token in &imported.tokens {
        let rename = serde_json::from_value(json!({"name": "renamed"})).expect("an edit");
        let edited = world.tokens.edit(cause(), world.team.id, token.id, rename, None, &everything()).await;
        world.settle(edited.expect("edited").revision).await;
    }
    let mut rehashes = world.live.rehashes().expect("the first to ask");
    for _ in &keys {
        let rehash = rehashes.recv().await.expect("each key is asked for");
        world.tokens.rehash(&[rehash]).await.expect("replaced");
        world.settle_all().await;
    }
    stop.store(true, Ordering::Relaxed);
    assert_eq!(caller.join().expect("no panic"), Vec::<String>::new(), "each was known all the time");
}
