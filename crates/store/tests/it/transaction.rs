//! All or nothing, one after the other, and never without an audit event.

use std::collections::BTreeSet;

use keyward_model::app::AppSpec;
use keyward_model::resource::Kind;
use keyward_model::secret::SecretSpec;
use keyward_store::{Remembered, SecretValue, StoreError};

use crate::world::{World, audit, cause, draft, on_both};

on_both![
    a_change_without_an_audit_event_does_not_commit,
    a_dropped_transaction_never_happened,
    a_transaction_in_which_something_failed_does_not_commit,
    revisions_have_no_gaps_whoever_writes,
    a_transaction_sees_its_own_changes,
    nothing_is_sealed_before_the_key_is_there,
    answers_are_remembered_once,
    a_large_transaction_stays_whole_in_the_feed,
    the_wake_tells_the_newest_revision,
];

async fn a_change_without_an_audit_event_does_not_commit(world: World) {
    let team = world.team("red").await;
    let app = world.app(&team, "shop").await;
    let (secret, token) = (world.record(team.id, "s", SecretSpec::default()), world.token(&app, "one").await);
    world.insert(&secret).await;
    let revision = world.store.revision().await.unwrap();

    let mut tx = world.store.begin(cause()).await.unwrap();
    tx.insert(&world.record(team.id, "other", AppSpec::default())).await.unwrap();
    assert!(matches!(tx.commit().await, Err(StoreError::Unaudited { what }) if what.starts_with("app ")));
    let mut tx = world.store.begin(cause()).await.unwrap();
    tx.delete_token(team.id, token.token.id).await.unwrap();
    assert!(matches!(tx.commit().await, Err(StoreError::Unaudited { what }) if what.starts_with("token ")));
    let mut tx = world.store.begin(cause()).await.unwrap();
    tx.update_token_hash(token.token.id, &token.hash).await.unwrap();
    assert!(matches!(tx.commit().await, Err(StoreError::Unaudited { .. })));
    let mut tx = world.store.begin(cause()).await.unwrap();
    let value = SecretValue { secret: secret.id, team: team.id, key_version: 1, sealed: vec![1, 2] };
    tx.put_secret_value(&value).await.unwrap();
    assert!(matches!(tx.commit().await, Err(StoreError::Unaudited { .. })));
    // An event about something else does not count.
    let mut tx = world.store.begin(cause()).await.unwrap();
    tx.delete(team.id, secret.id).await.unwrap();
    audit(&mut tx, team.id, Kind::App, app.id.to_string()).await;
    assert!(matches!(tx.commit().await, Err(StoreError::Unaudited { what }) if what.starts_with("secret ")));

    assert_eq!(world.store.revision().await.unwrap(), revision);
    assert_eq!(world.store.all_resources::<AppSpec>(team.id).await.unwrap(), [app]);
    assert_eq!(world.store.token(team.id, token.token.id).await.unwrap(), Some(token));
    assert!(world.store.secret_value(secret.id).await.unwrap().is_none());
    assert!(world.store.changes_after(revision, 10).await.unwrap().is_empty());
}

async fn a_dropped_transaction_never_happened(world: World) {
    let team = world.team("red").await;
    let revision = world.store.revision().await.unwrap();
    let mut tx = world.store.begin(cause()).await.unwrap();
    let app = world.record(team.id, "shop", AppSpec::default());
    tx.insert(&app).await.unwrap();
    audit(&mut tx, team.id, Kind::App, app.id.to_string()).await;
    drop(tx);
    assert_eq!(world.store.revision().await.unwrap(), revision);
    assert!(world.store.all_resources::<AppSpec>(team.id).await.unwrap().is_empty());
    let next = world.insert(&app).await;
    assert_eq!(next, revision + 1, "no revision is lost");
}

async fn a_transaction_in_which_something_failed_does_not_commit(world: World) {
    let team = world.team("red").await;
    world.app(&team, "shop").await;
    let revision = world.store.revision().await.unwrap();
    let mut tx = world.store.begin(cause()).await.unwrap();
    let good = world.record(team.id, "good", AppSpec::default());
    tx.insert(&good).await.unwrap();
    audit(&mut tx, team.id, Kind::App, good.id.to_string()).await;
    assert!(tx.insert(&world.record(team.id, "shop", AppSpec::default())).await.is_err());
    let more = world.record(team.id, "more", AppSpec::default());
    assert!(tx.insert(&more).await.is_err(), "nothing goes on after that");
    assert_eq!(world.store.resource::<AppSpec>(team.id, "more").await.unwrap(), None);
    assert!(tx.commit().await.is_err(), "half of it must not be called done");
    assert_eq!(world.store.revision().await.unwrap(), revision);
    assert_eq!(world.store.resource::<AppSpec>(team.id, "good").await.unwrap(), None);
    world.app(&team, "better").await;
}

async fn revisions_have_no_gaps_whoever_writes(world: World) {
    let team = world.team("red").await;
    let first = world.store.revision().await.unwrap();
    let world = std::sync::Arc::new(world);
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let (world, team) = (world.clone(), team.clone());
        let store = if writer % 2 == 0 { world.store.clone() } else { world.another_store().await };
        writers.spawn(async move {
            let mut revisions = Vec::new();
            for number in 0..10 {
                let app = world.record(team.id, &format!("app-{writer}-{number}"), AppSpec::default());
                let mut tx = store.begin(cause()).await.unwrap();
                tx.insert(&app).await.unwrap();
                audit(&mut tx, team.id, Kind::App, app.id.to_string()).await;
                if number % 3 == 2 {
                    drop(tx);
                } else {
                    revisions.push(tx.commit().await.unwrap());
                }
            }
            revisions
        });
    }
    let revisions: BTreeSet<u64> = writers.join_all().await.into_iter().flatten().collect();
    let expected: BTreeSet<u64> = (first + 1..=first + 8 * 7).collect();
    assert_eq!(revisions, expected);
    let told: Vec<u64> =
        world.store.changes_after(first, 1000).await.unwrap().iter().map(|change| change.revision).collect();
    assert_eq!(told, expected.into_iter().collect::<Vec<_>>());
    let verified = world.store.verify_audit(team.id).await.unwrap();
    assert!(matches!(verified, keyward_store::AuditVerification::Sound { events: 57, .. }), "{verified:?}");
}

async fn a_transaction_sees_its_own_changes(world: World) {
    let team = world.team("red").await;
    let mut tx = world.store.begin(cause()).await.unwrap();
    let app = world.record(team.id, "shop", AppSpec::default());
    tx.insert(&app).await.unwrap();
    let token = world.unstored_token(&app, "one");
    tx.insert_token(&token).await.unwrap();
    assert_eq!(tx.resource(team.id, "shop").await.unwrap(), Some(app.clone()));
    assert_eq!(tx.resources_of_all_teams::<AppSpec>().await.unwrap(), std::slice::from_ref(&app));
    assert_eq!(tx.tokens_of_app(app.id).await.unwrap(), std::slice::from_ref(&token.token));
    assert_eq!(tx.tokens_of_team(team.id).await.unwrap(), std::slice::from_ref(&token.token));
    assert_eq!(tx.token(team.id, token.token.id).await.unwrap(), Some(token));
    assert_eq!(tx.team_by_name("red").await.unwrap(), Some(team.clone()));
    assert_eq!(world.store.resource::<AppSpec>(team.id, "shop").await.unwrap(), None, "nobody else does");
    assert_eq!(tx.now(), world.now());
    assert_eq!(tx.revision(), world.store.revision().await.unwrap() + 1);
}

async fn nothing_is_sealed_before_the_key_is_there(world: World) {
    use keyward_model::change::{KeyPurpose, SealedKey};
    use std::sync::Arc;
    let place = world.place.another();
    let store = keyward_store::Store::open(&place.url(), world.clock.clone()).await.unwrap();
    assert_eq!(store.begin(cause()).await.err(), Some(StoreError::Unattached));
    assert_eq!(store.resources_of_all_teams::<AppSpec>().await, Err(StoreError::Unattached));
    assert!(store.keys().await.unwrap().is_empty());
    let key = SealedKey { purpose: KeyPurpose::Integrity, version: 1, sealed: vec![9; 60], created_at: world.now() };
    let mut tx = store.begin_unsealed(cause()).await.unwrap();
    assert!(tx.keys().await.unwrap().is_empty());
    tx.insert_key(&key).await.unwrap();
    assert_eq!(tx.audit(keyward_store::INSTALLATION, draft(Kind::Key, "integrity")).await, Err(StoreError::Unattached));
    tx.seal_with(Arc::new(crate::world::TestMac(7)));
    audit(&mut tx, keyward_store::INSTALLATION, Kind::Key, "integrity").await;
    tx.commit().await.unwrap();
    assert_eq!(store.keys().await.unwrap(), std::slice::from_ref(&key));
    store.attach(Arc::new(crate::world::TestMac(7)));
    let mut tx = store.begin(cause()).await.unwrap();
    let resealed = SealedKey { sealed: vec![8; 60], ..key };
    tx.replace_keys(std::slice::from_ref(&resealed)).await.unwrap();
    audit(&mut tx, keyward_store::INSTALLATION, Kind::Key, "integrity").await;
    tx.commit().await.unwrap();
    assert_eq!(store.keys().await.unwrap(), [resealed]);
}

async fn answers_are_remembered_once(world: World) {
    let team = world.team("red").await;
    let answer = Remembered { fingerprint: "f".to_owned(), status: 201, body: "{}".to_owned() };
    let mut tx = world.store.begin(cause()).await.unwrap();
    assert_eq!(tx.remembered(team.id, "key").await.unwrap(), None);
    tx.remember(team.id, "key", &answer).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.store.remembered(team.id, "key").await.unwrap(), Some(answer.clone()));
    let mut tx = world.store.begin(cause()).await.unwrap();
    assert!(matches!(tx.remember(team.id, "key", &answer).await, Err(StoreError::Conflict { .. })));
    drop(tx);
    assert_eq!(world.store.prune_idempotency(world.now()).await.unwrap(), 0);
    world.clock.advance(std::time::Duration::from_secs(1));
    assert_eq!(world.store.prune_idempotency(world.now()).await.unwrap(), 1);
    assert_eq!(world.store.remembered(team.id, "key").await.unwrap(), None);
}

async fn a_large_transaction_stays_whole_in_the_feed(world: World) {
    let team = world.team("red").await;
    let before = world.store.revision().await.unwrap();
    world.app(&team, "small").await;
    let mut tx = world.store.begin(cause()).await.unwrap();
    for number in 0..20 {
        let app = world.record(team.id, &format!("app-{number}"), AppSpec::default());
        tx.insert(&app).await.unwrap();
        audit(&mut tx, team.id, Kind::App, app.id.to_string()).await;
    }
    tx.commit().await.unwrap();
    for limit in [1, 5, 20] {
        assert_eq!(world.store.changes_after(before, limit).await.unwrap().len(), 1, "{limit}: the small one first");
        assert_eq!(world.store.changes_after(before + 1, limit).await.unwrap().len(), 20, "{limit}: then all");
    }
    assert_eq!(world.store.changes_after(before, 21).await.unwrap().len(), 21);
}

async fn the_wake_tells_the_newest_revision(world: World) {
    let team = world.team("red").await;
    let mut wake = world.store.wake();
    // What was borrowed is held: whoever listens could not tell of another revision until it is let go of.
    let revision = world.store.revision().await.unwrap();
    assert_eq!(*wake.borrow_and_update(), revision);
    world.app(&team, "shop").await;
    assert!(wake.has_changed().unwrap());
    let revision = world.store.revision().await.unwrap();
    assert_eq!(*wake.borrow_and_update(), revision);
}
