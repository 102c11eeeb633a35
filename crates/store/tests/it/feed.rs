//! Followers have what the store has, whatever happens in between.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use keyward_model::app::{App, AppSpec};
use keyward_model::change::Change;
use keyward_model::resource::Kind;
use keyward_store::feed::{Follow, Follower};
use keyward_store::{Store, StoreError};

use crate::world::{World, audit, cause, on_both};

on_both![
    a_follower_has_what_was_there_and_what_comes,
    a_change_by_another_process_arrives,
    a_revision_without_changes_is_applied_too,
    a_follower_that_fails_is_told_again,
    a_damaged_change_does_not_hold_back_the_others,
    a_damaged_feed_is_loaded_anew,
    pruned_changes_make_it_reload,
];

const LONG: Duration = Duration::from_secs(20);

/// The apps of the installation, as a gateway would keep them.
pub(crate) struct Apps {
    store: Store,
    known: Mutex<BTreeMap<String, App>>,
    pub(crate) reloads: AtomicUsize,
    fail: Mutex<Option<StoreError>>,
}

impl Apps {
    pub(crate) fn new(store: &Store) -> Arc<Self> {
        let reloads = AtomicUsize::new(0);
        Arc::new(Self { store: store.clone(), known: Mutex::default(), reloads, fail: Mutex::new(None) })
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.known.lock().unwrap().values().map(|app| app.name.to_string()).collect();
        names.sort();
        names
    }
}

impl Follow for Apps {
    fn apply<'a>(&'a self, changes: &'a [Change]) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            if let Some(error) = self.fail.lock().unwrap().take() {
                return Err(error);
            }
            for change in changes.iter().filter(|change| change.kind == Kind::App) {
                let app = self.store.resource_of_any_team::<AppSpec>(change.id.parse().unwrap()).await?;
                let mut known = self.known.lock().unwrap();
                match app {
                    Some(app) => drop(known.insert(change.id.clone(), app)),
                    None => drop(known.remove(&change.id)),
                }
            }
            Ok(())
        }
        .boxed()
    }

    fn reload<'a>(&'a self) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let all = self.store.resources_of_all_teams::<AppSpec>().await?;
            *self.known.lock().unwrap() = all.into_iter().map(|app| (app.id.to_string(), app)).collect();
            self.reloads.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }
        .boxed()
    }
}

async fn a_follower_has_what_was_there_and_what_comes(world: World) {
    let team = world.team("red").await;
    let first = world.app(&team, "first").await;
    let apps = Apps::new(&world.store);
    let follower = Follower::start(world.store.clone(), vec![apps.clone()]).await.unwrap();
    assert_eq!(*follower.applied().borrow(), world.store.revision().await.unwrap());
    assert_eq!(apps.names(), ["first"]);
    let revision = world.insert(&world.record(team.id, "second", AppSpec::default())).await;
    assert!(follower.wait_for(revision, LONG).await);
    assert_eq!(apps.names(), ["first", "second"]);
    let mut tx = world.store.begin(cause()).await.unwrap();
    tx.delete(team.id, first.id).await.unwrap();
    audit(&mut tx, team.id, Kind::App, first.id.to_string()).await;
    let revision = tx.commit().await.unwrap();
    assert!(follower.wait_for(revision, LONG).await);
    assert_eq!(apps.names(), ["second"]);
    assert!(follower.healthy());
    assert!(!follower.wait_for(revision + 1, Duration::from_millis(1)).await);
    assert_eq!(apps.reloads.load(Ordering::SeqCst), 1);
}

async fn a_change_by_another_process_arrives(world: World) {
    let team = world.team("red").await;
    let other = world.another_store().await;
    let apps = Apps::new(&other);
    let follower = Follower::start(other, vec![apps.clone()]).await.unwrap();
    let revision = world.insert(&world.record(team.id, "shop", AppSpec::default())).await;
    assert!(follower.wait_for(revision, LONG).await);
    assert_eq!(apps.names(), ["shop"]);
}

async fn a_revision_without_changes_is_applied_too(world: World) {
    let team = world.team("red").await;
    let follower = Follower::start(world.store.clone(), vec![Apps::new(&world.store)]).await.unwrap();
    let mut tx = world.store.begin(cause()).await.unwrap();
    audit(&mut tx, team.id, Kind::Team, "an attempt").await;
    let revision = tx.commit().await.unwrap();
    assert!(follower.wait_for(revision, LONG).await);
}

async fn a_follower_that_fails_is_told_again(world: World) {
    let team = world.team("red").await;
    let apps = Apps::new(&world.store);
    let follower = Follower::start(world.store.clone(), vec![apps.clone()]).await.unwrap();
    *apps.fail.lock().unwrap() = Some(StoreError::Unavailable("for a moment".to_owned()));
    let revision = world.insert(&world.record(team.id, "shop", AppSpec::default())).await;
    assert!(follower.wait_for(revision, LONG).await);
    assert_eq!(apps.names(), ["shop"]);
}

async fn a_damaged_change_does_not_hold_back_the_others(world: World) {
    let team = world.team("red").await;
    let apps = Apps::new(&world.store);
    let follower = Follower::start(world.store.clone(), vec![apps.clone()]).await.unwrap();
    // Damaged in the very transaction that makes it, so that no follower sees it whole.
    let mut tx = world.store.begin(cause()).await.unwrap();
    tx.seal_with(Arc::new(crate::world::TestMac(8)));
    for name in ["bad", "worse"] {
        let app = world.record(team.id, name, AppSpec::default());
        tx.insert(&app).await.unwrap();
        tx.seal_with(Arc::new(crate::world::TestMac(7)));
        audit(&mut tx, team.id, Kind::App, app.id.to_string()).await;
    }
    let revision = tx.commit().await.unwrap();
    assert!(follower.wait_for(revision, LONG).await);
    assert_eq!(apps.names(), ["worse"]);
    let revision = world.insert(&world.record(team.id, "next", AppSpec::default())).await;
    assert!(follower.wait_for(revision, LONG).await);
    assert_eq!(apps.names(), ["next", "worse"]);
}

async fn a_damaged_feed_is_loaded_anew(world: World) {
    let team = world.team("red").await;
    let apps = Apps::new(&world.store);
    world.place.sql("INSERT INTO change VALUES (3, 7, 0, 'nobody', 'nothing', 'x')").await;
    let follower = Follower::start(world.store.clone(), vec![apps.clone()]).await.unwrap();
    world.insert(&world.record(team.id, "one", AppSpec::default())).await;
    let revision = world.insert(&world.record(team.id, "two", AppSpec::default())).await;
    assert_eq!(revision, 3);
    assert!(follower.wait_for(revision, LONG).await);
    assert_eq!(apps.names(), ["one", "two"]);
    assert!(apps.reloads.load(Ordering::SeqCst) > 1);
    let revision = world.insert(&world.record(team.id, "three", AppSpec::default())).await;
    assert!(follower.wait_for(revision, LONG).await);
    assert_eq!(apps.names(), ["one", "three", "two"]);
}

async fn pruned_changes_make_it_reload(world: World) {
    let team = world.team("red").await;
    let apps = Apps::new(&world.store);
    let follower = Follower::start(world.store.clone(), vec![apps.clone()]).await.unwrap();
    // The follower is told nothing while its store's writer is held.
    let before = world.store.revision().await.unwrap();
    let app = world.app(&team, "shop").await;
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.store.prune_changes(world.now()).await.unwrap(), 2);
    assert_eq!(world.store.prune_changes(world.now()).await.unwrap(), 0);
    assert!(world.store.changes_after(before, 10).await.unwrap().is_empty());
    let revision = world.update(&App { version: 2, ..app }).await.unwrap();
    assert!(follower.wait_for(revision, LONG).await);
    assert_eq!(apps.names(), ["shop"]);
    // One that is further behind than the feed goes back.
    let late = Apps::new(&world.store);
    let late_follower = Follower::start(world.store.clone(), vec![late.clone()]).await.unwrap();
    drop(late_follower);
    assert_eq!(late.names(), ["shop"]);
}
