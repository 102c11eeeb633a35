//! Whatever is changed past Keyward is found when it is read, and named; and nothing else suffers.

use keyward_model::app::AppSpec;
use keyward_model::change::{KeyPurpose, SealedKey};
use keyward_model::policy::PolicySpec;
use keyward_model::resource::Kind;
use keyward_model::secret::SecretSpec;
use keyward_store::{CorruptRow, PageRequest, SecretValue, StoreError, TokenFilter};

use crate::world::{TestMac, World, all_tokens, audit, cause, is_held, on_both};

on_both![
    a_damaged_token_is_named_and_the_others_load,
    a_hash_cannot_be_exchanged_for_another_tokens,
    a_damaged_resource_is_named_and_the_others_load,
    a_damaged_policy_stops_the_load,
    a_damaged_secret_value_is_named,
    a_damaged_key_is_named,
    another_key_finds_every_row_damaged,
    a_damaged_token_can_still_be_deleted,
];

fn names(error: &StoreError, row: &str) -> bool {
    matches!(error, StoreError::Corrupt { what } if what == row) && error.to_string().contains("damaged")
}

async fn a_damaged_token_is_named_and_the_others_load(world: World) {
    let team = world.team("red").await;
    let app = world.app(&team, "shop").await;
    let other_app = world.app(&team, "till").await;
    let stored = world.token(&app, "one").await;
    let others = [world.token(&app, "two").await, world.token(&app, "three").await];
    let id = stored.token.id;
    let edits = [
        "doc = replace(doc, '\"one\"', '\"0ne\"')".to_owned(),
        "doc = 'not json'".to_owned(),
        format!("app_id = '{}'", other_app.id),
        "version = 2".to_owned(),
        "state = 'revoked'".to_owned(),
        "has_successor = 1".to_owned(),
        "not_before = 1".to_owned(),
        "expires_at = 9999999999999".to_owned(),
        "created_at = created_at + 1".to_owned(),
        "search = 'x'".to_owned(),
        "hash_kind = 'sha256'".to_owned(),
        "hash_key_version = 2".to_owned(),
        "hash_key_prefix = ''".to_owned(),
        "hash_key_secret = 'x'".to_owned(),
        "hash_digest = seal".to_owned(),
        "seal = hash_digest".to_owned(),
    ];
    for edit in edits {
        world.place.sql(&format!("CREATE TABLE kept AS SELECT * FROM token WHERE id = '{id}'")).await;
        world.place.sql(&format!("UPDATE token SET {edit} WHERE id = '{id}'")).await;
        let error = world.store.token(team.id, id).await.unwrap_err();
        assert!(names(&error, &format!("token {id}")), "{edit}: {error:?}");
        let batch = all_tokens(&world.store).await.unwrap();
        assert_eq!(batch.damaged, [CorruptRow { kind: Kind::Token, id: id.to_string() }], "{edit}");
        assert_eq!(batch.tokens.len(), 2, "{edit}");
        assert!(others.iter().all(|other| batch.tokens.iter().any(|held| is_held(other, held))), "{edit}");
        let page = PageRequest::default();
        assert_eq!(world.store.tokens(team.id, &TokenFilter::default(), &page).await.unwrap().items.len(), 2, "{edit}");
        assert_eq!(world.store.damaged_rows_of_all_teams().await.unwrap(), batch.damaged, "{edit}");
        world.place.sql(&format!("DELETE FROM token WHERE id = '{id}'")).await;
        world.place.sql("INSERT INTO token SELECT * FROM kept").await;
        world.place.sql("DROP TABLE kept").await;
        assert_eq!(world.store.token(team.id, id).await.unwrap().as_ref(), Some(&stored), "{edit}");
    }
    assert!(world.store.damaged_rows_of_all_teams().await.unwrap().is_empty());
}

async fn a_hash_cannot_be_exchanged_for_another_tokens(world: World) {
    let team = world.team("red").await;
    let app = world.app(&team, "shop").await;
    let (weak, strong) = (world.token(&app, "weak").await.token.id, world.token(&app, "strong").await.token.id);
    // The whole hash and seal of one token in the row of another.
    for column in ["hash_digest", "seal"] {
        let copy = format!(
            "UPDATE token SET {column} = (SELECT {column} FROM token WHERE id = '{weak}') WHERE id = '{strong}'"
        );
        world.place.sql(&copy).await;
    }
    let error = world.store.token(team.id, strong).await.unwrap_err();
    assert!(names(&error, &format!("token {strong}")), "{error:?}");
}

async fn a_damaged_resource_is_named_and_the_others_load(world: World) {
    let team = world.team("red").await;
    let (shop, till) = (world.app(&team, "shop").await, world.app(&team, "till").await);
    for edit in
        ["spec = replace(spec, 'scopes', 'scope5')", "spec = '{}'", "version = 7", "name = 'shed'", "source = 'x'"]
    {
        world.place.sql(&format!("CREATE TABLE kept AS SELECT * FROM app WHERE id = '{}'", shop.id)).await;
        world.place.sql(&format!("UPDATE app SET {edit} WHERE id = '{}'", shop.id)).await;
        let error = world.store.resource_by_id(team.id, shop.id).await.unwrap_err();
        assert!(names(&error, &format!("app {}", shop.id)), "{edit}: {error:?}");
        assert_eq!(
            world.store.resources_of_all_teams::<AppSpec>().await.unwrap(),
            std::slice::from_ref(&till),
            "{edit}"
        );
        world.place.sql(&format!("DELETE FROM app WHERE id = '{}'", shop.id)).await;
        world.place.sql("INSERT INTO app SELECT * FROM kept").await;
        world.place.sql("DROP TABLE kept").await;
    }
}

async fn a_damaged_policy_stops_the_load(world: World) {
    let team = world.team("red").await;
    let spec = PolicySpec { cedar: "forbid(principal, action, resource);".to_owned(), ..PolicySpec::default() };
    let policy = world.record(team.id, "night", spec);
    world.insert(&policy).await;
    world.place.sql("UPDATE policy SET spec = replace(spec, 'forbid', 'permit')").await;
    let error = world.store.resources_of_all_teams::<PolicySpec>().await.unwrap_err();
    assert!(names(&error, &format!("policy {}", policy.id)), "{error:?}");
}

async fn a_damaged_secret_value_is_named(world: World) {
    let team = world.team("red").await;
    let (one, two) =
        (world.record(team.id, "one", SecretSpec::default()), world.record(team.id, "two", SecretSpec::default()));
    for secret in [&one, &two] {
        let mut tx = world.store.begin(cause()).await.unwrap();
        tx.insert(secret).await.unwrap();
        let sealed = vec![1, 2, 3];
        tx.put_secret_value(&SecretValue { secret: secret.id, team: team.id, key_version: 1, sealed: vec![] })
            .await
            .unwrap();
        tx.put_secret_value(&SecretValue { secret: secret.id, team: team.id, key_version: 1, sealed }).await.unwrap();
        audit(&mut tx, team.id, Kind::Secret, secret.id.to_string()).await;
        tx.commit().await.unwrap();
    }
    assert_eq!(world.store.secret_value(one.id).await.unwrap().unwrap().sealed, [1, 2, 3]);
    assert_eq!(world.store.secret_values_of_all_teams().await.unwrap().len(), 2);
    world.place.sql(&format!("UPDATE secret_value SET key_version = 2 WHERE secret_id = '{}'", one.id)).await;
    let error = world.store.secret_value(one.id).await.unwrap_err();
    assert!(names(&error, &format!("value of secret {}", one.id)), "{error:?}");
    assert_eq!(world.store.secret_values_of_all_teams().await.unwrap().len(), 1);
    // A secret's value goes with it.
    let mut tx = world.store.begin(cause()).await.unwrap();
    tx.delete(team.id, two.id).await.unwrap();
    audit(&mut tx, team.id, Kind::Secret, two.id.to_string()).await;
    tx.commit().await.unwrap();
    assert!(world.store.secret_value(two.id).await.unwrap().is_none());
}

async fn a_damaged_key_is_named(world: World) {
    let key = |purpose, version| SealedKey { purpose, version, sealed: vec![7; 60], created_at: world.now() };
    let mut tx = world.store.begin(cause()).await.unwrap();
    for key in [key(KeyPurpose::Pepper, 1), key(KeyPurpose::Pepper, 2), key(KeyPurpose::Seal, 1)] {
        tx.insert_key(&key).await.unwrap();
    }
    audit(&mut tx, keyward_store::INSTALLATION, Kind::Key, "pepper").await;
    tx.commit().await.unwrap();
    assert_eq!(world.store.keys().await.unwrap().len(), 3);
    for edit in ["created_at = 5", "digest = sealed", "sealed = digest"] {
        world.place.sql("CREATE TABLE kept AS SELECT * FROM ring_key").await;
        world.place.sql(&format!("UPDATE ring_key SET {edit} WHERE purpose = 'pepper' AND version = 2")).await;
        let error = world.store.keys().await.unwrap_err();
        assert!(names(&error, "key pepper 2"), "{edit}: {error:?}");
        world.place.sql("DELETE FROM ring_key").await;
        world.place.sql("INSERT INTO ring_key SELECT * FROM kept").await;
        world.place.sql("DROP TABLE kept").await;
    }
    assert_eq!(world.store.keys().await.unwrap().len(), 3);
}

async fn another_key_finds_every_row_damaged(world: World) {
    let team = world.team("red").await;
    let app = world.app(&team, "shop").await;
    let token = world.token(&app, "one").await;
    world.store.attach(std::sync::Arc::new(TestMac(8)));
    assert!(world.store.team_by_name("red").await.is_err());
    assert!(world.store.token(team.id, token.token.id).await.is_err());
    assert_eq!(world.store.damaged_rows_of_all_teams().await.unwrap().len(), 3);
}

async fn a_damaged_token_can_still_be_deleted(world: World) {
    let team = world.team("red").await;
    let app = world.app(&team, "shop").await;
    let id = world.token(&app, "one").await.token.id;
    world.place.sql("UPDATE token SET doc = ''").await;
    let mut tx = world.store.begin(cause()).await.unwrap();
    tx.delete_token(team.id, id).await.unwrap();
    audit(&mut tx, team.id, Kind::Token, id.as_str()).await;
    tx.commit().await.unwrap();
    assert_eq!(world.store.token(team.id, id).await.unwrap(), None);
}
