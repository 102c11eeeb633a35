//! The key ring: rotated while tokens go on working.

use keyward_model::Code;
use keyward_model::change::KeyPurpose;
use keyward_model::secret::SecretSpec;
use keyward_store::INSTALLATION;
use keyward_tokens::{Failure, RotateKeyError};
use keyward_vault::{OpenError, Sealed};
use serde_json::json;

use crate::world::{World, cause, request};

#[tokio::test]
async fn after_a_new_pepper_old_tokens_work_and_are_hashed_anew_on_first_use() {
    let world = World::new().await;
    let old = world.issue(request(json!({}))).await;
    let (summary, revision) = world.keys.rotate(cause(), KeyPurpose::Pepper).await.expect("rotated");
    world.settle(revision).await;
    assert_eq!((summary.version, summary.in_use), (2, true));
    let new = world.issue(request(json!({}))).await;
    let version = async |id| {
        let stored = world.store.token(world.team.id, id).await.expect("an answer").expect("the token");
        stored.hash.key_version
    };
    assert_eq!((version(old.token.id).await, version(new.token.id).await), (1, 2));

    let mut rehashes = world.live.rehashes().expect("the first to ask");
    assert!(world.live.rehashes().is_none(), "nobody else gets them");
    assert_eq!(world.admits(new.secret.expose()), Ok(()));
    assert!(rehashes.try_recv().is_err(), "it is up to date");
    assert_eq!(world.admits(old.secret.expose()), Ok(()));
    let rehash = rehashes.try_recv().expect("asked for");
    assert_eq!(world.tokens.rehash(&[rehash]).await, Ok(1));
    world.settle_all().await;
    assert_eq!(version(old.token.id).await, 2);
    assert_eq!(world.admits(old.secret.expose()), Ok(()));
    assert!(rehashes.try_recv().is_err(), "nothing is left to do");
}

#[tokio::test]
async fn the_job_hashes_anew_until_nobody_asks() {
    let world = World::new().await;
    let old = world.issue(request(json!({}))).await;
    let (_, revision) = world.keys.rotate(cause(), KeyPurpose::Pepper).await.expect("rotated");
    world.settle(revision).await;
    let (tokens, rehashes) = (world.tokens.clone(), world.live.rehashes().expect("the first to ask"));
    let job = tokio::spawn(async move { tokens.rehash_job(rehashes).await });
    let before = world.store.revision().await.expect("a revision");
    world.present(old.secret.expose()).expect("known");
    world.settle(before + 1).await;
    assert_eq!(world.actions(old.token.id).await, ["token.create", "token.rehash"]);
    job.abort();
}

#[tokio::test]
async fn a_new_sealing_key_seals_what_is_there_anew() {
    let world = World::new().await;
    world.enter_secret("crm", "hunter2").await;
    let (_, revision) = world.keys.rotate(cause(), KeyPurpose::Seal).await.expect("rotated");
    world.settle(revision).await;
    assert_eq!(world.keys.reseal_secrets().await, Ok(1));
    assert_eq!(world.keys.reseal_secrets().await, Ok(0));
    let secret = world.store.resource::<SecretSpec>(world.team.id, "crm").await.expect("an answer").expect("a secret");
    let value = world.store.secret_value(secret.id).await.expect("an answer").expect("a value");
    assert_eq!(value.key_version, 2);
    let sealed = Sealed { key_version: value.key_version, bytes: value.sealed };
    let opened = world.vault.open(world.team.id, &secret.id.to_string(), &sealed).expect("opens");
    assert_eq!(opened.expose(), b"hunter2");
    assert_eq!(world.vault.open(world.team.id, "another", &sealed), Err(OpenError::Broken));
}

#[tokio::test]
async fn the_integrity_key_stays_and_rotations_are_in_the_installations_trail() {
    let world = World::new().await;
    let refused = world.keys.rotate(cause(), KeyPurpose::Integrity).await.expect_err("refused");
    assert!(matches!(refused, RotateKeyError::Fixed(_)));
    assert_eq!(refused.code(), Code::Conflict);
    world.keys.rotate(cause(), KeyPurpose::Pepper).await.expect("rotated");
    let versions: Vec<_> = world.keys.list().into_iter().map(|key| (key.purpose, key.version, key.in_use)).collect();
    let expected = [
        (KeyPurpose::Pepper, 1, false),
        (KeyPurpose::Pepper, 2, true),
        (KeyPurpose::Seal, 1, true),
        (KeyPurpose::Integrity, 1, true),
    ];
    assert_eq!(versions, expected);
    let trail =
        world.store.audit_events(INSTALLATION, &Default::default(), &Default::default()).await.expect("a trail");
    assert_eq!((trail.items[0].action.as_str(), trail.items[0].target.as_str()), ("key.rotate", "pepper.2"));
}
