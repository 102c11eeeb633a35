//! SQLite's troubles: no file, no room, no right to write, damage; each said clearly, and over when it is over.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use keyward_model::Timestamp;
use keyward_model::app::AppSpec;
use keyward_model::clock::ManualClock;
use keyward_model::resource::Kind;
use keyward_model::team::Team;
use keyward_store::{AuditVerification, CallStore, OpenError, Store, StoreError};

use crate::mount::Disk;
use crate::world::{Place, START, World, all_tokens, cause, draft, is_held};

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp::from_millis(START)))
}

async fn refused(url: &str) -> OpenError {
    Store::open(url, clock()).await.expect_err("an error")
}

#[tokio::test]
async fn files_are_private_from_the_start() {
    let world = World::new(Place::sqlite()).await;
    world.team("red").await;
    let calls = CallStore::open(&world.place.another_file()).await.unwrap();
    calls.ping().await.unwrap();
    let directory = world.place.file().parent().unwrap().to_owned();
    let mut seen = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
        seen.push(entry.file_name().into_string().unwrap());
    }
    seen.sort();
    let expected = ["calls.db", "calls.db-shm", "calls.db-wal", "keyward.db", "keyward.db-shm", "keyward.db-wal"];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_url_that_names_no_database_is_refused() {
    for url in [
        "",
        "keyward.db",
        "mysql://root@h/d",
        "sqlite:",
        "sqlite://",
        "sqlite::memory:",
        "sqlite:///a?mode=ro",
        "postgres:",
    ] {
        let error = refused(url).await;
        assert!(matches!(error, OpenError::BadUrl(_)), "{url}: {error:?}");
        assert!(error.to_string().contains("sqlite:///"), "{error}");
    }
    let error = refused("postgres://user:s3cret@host:port/d").await;
    assert!(matches!(error, OpenError::BadUrl(_)), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}

#[tokio::test]
async fn a_directory_that_does_not_exist_is_said() {
    let error = refused("sqlite:///nonexistent/keyward.db").await;
    assert!(matches!(&error, OpenError::Unreachable { reason, .. } if reason.contains("directory")), "{error:?}");
    assert!(error.to_string().contains("/nonexistent/keyward.db"));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_said() {
    let place = Place::sqlite();
    std::fs::write(place.file(), "this is a letter to my aunt, and rather a long one at that\n".repeat(100)).unwrap();
    let error = refused(&place.url()).await;
    assert!(matches!(error, OpenError::Corrupt { .. }), "{error:?}");
    assert!(error.to_string().contains("backup"), "{error}");
}

#[tokio::test]
async fn a_newer_database_is_refused_politely() {
    let world = World::new(Place::sqlite()).await;
    world.place.sql("UPDATE keyward_schema SET version = 9").await;
    let error = refused(&world.place.url()).await;
    assert_eq!(error, OpenError::NewerThanBinary { found: 9, known: 3 });
    assert!(error.to_string().contains("newer Keyward"), "{error}");
}

#[tokio::test]
async fn damage_to_the_file_is_found_and_named() {
    let world = World::new(Place::sqlite()).await;
    let team = world.team("red").await;
    for number in 0..200 {
        world.app(&team, &format!("app-{number}")).await;
    }
    world.place.sql("PRAGMA wal_checkpoint(TRUNCATE)").await;
    let file = world.place.file();
    let mut bytes = std::fs::read(&file).unwrap();
    for page in bytes.chunks_mut(4096).skip(2) {
        page[..8].fill(0xff);
    }
    std::fs::write(&file, bytes).unwrap();
    let fresh = Store::open(&world.place.url(), clock()).await;
    let error = match fresh {
        Ok(store) => {
            store.attach(Arc::new(crate::world::TestMac(7)));
            let error = store.all_resources::<AppSpec>(team.id).await.expect_err("damage");
            assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
            error.to_string()
        }
        Err(error) => {
            assert!(matches!(error, OpenError::Corrupt { .. }), "{error:?}");
            error.to_string()
        }
    };
    assert!(error.contains("damaged") && error.contains("backup"), "{error}");
}

#[tokio::test]
async fn a_flipped_bit_never_makes_another_token() {
    let world = World::new(Place::sqlite()).await;
    let team = world.team("red").await;
    let app = world.app(&team, "shop").await;
    let mut written = Vec::new();
    for number in 0..30 {
        written.push(world.token(&app, &format!("token-{number}")).await);
    }
    let revision = world.store.revision().await.unwrap();
    world.store.close().await;
    let whole = std::fs::read(world.place.file()).unwrap();
    let (mut noticed, mut flips) = (0, 0);
    for place in (0..whole.len()).step_by(397) {
        let damaged = Place::sqlite();
        let mut bytes = whole.clone();
        bytes[place] ^= 1 << (place % 8);
        std::fs::write(damaged.file(), bytes).unwrap();
        flips += 1;
        let Ok(store) = Store::open(&damaged.url(), clock()).await else {
            noticed += 1;
            continue;
        };
        store.attach(Arc::new(crate::world::TestMac(7)));
        match all_tokens(&store).await {
            Ok(batch) => {
                assert!(
                    batch.tokens.iter().all(|token| written.iter().any(|one| is_held(one, token))),
                    "bit {} of byte {place}",
                    place % 8
                );
                noticed += usize::from(!batch.damaged.is_empty());
            }
            Err(error) => {
                assert!(matches!(error, StoreError::Corrupt { .. }), "byte {place}: {error:?}");
                noticed += 1;
            }
        }
        match store.verify_audit(team.id).await {
            Ok(AuditVerification::Sound { events, .. }) => assert_eq!(events, revision, "byte {place}"),
            Ok(AuditVerification::Broken { .. }) | Err(StoreError::Corrupt { .. }) => noticed += 1,
            Err(error) => panic!("byte {place}: {error:?}"),
        }
        store.close().await;
    }
    assert!(noticed > flips / 10, "{noticed} of {flips} flips were noticed");
}

#[tokio::test]
async fn text_that_is_none_is_damage() {
    let world = World::new(Place::sqlite()).await;
    let team = world.team("red").await;
    let app = world.app(&team, "shop").await;
    let (one, two) = (world.token(&app, "one").await, world.token(&app, "two").await);
    world.place.sql(&format!("UPDATE token SET doc = CAST(x'7bff7d' AS TEXT) WHERE id = '{}'", one.token.id)).await;
    let error = world.store.token(team.id, one.token.id).await.expect_err("damage");
    assert!(matches!(&error, StoreError::Corrupt { what } if what.ends_with(one.token.id.as_str())), "{error:?}");
    let batch = all_tokens(&world.store).await.unwrap();
    assert!(batch.tokens.len() == 1 && is_held(&two, &batch.tokens[0]));
}

#[tokio::test]
async fn nothing_is_acknowledged_that_goes_to_a_deleted_file() {
    let world = World::new(Place::sqlite()).await;
    let team = world.team("red").await;
    for gone in ["keyward.db", "keyward.db-wal"] {
        let app = world.record(team.id, &format!("shop-{gone}"), AppSpec::default());
        let file = world.place.file().with_file_name(gone);
        let away = file.with_extension("away");
        let mut tx = world.store.begin(cause()).await.unwrap();
        tx.insert(&app).await.unwrap();
        tx.audit(team.id, draft(Kind::App, app.id.to_string())).await.unwrap();
        std::fs::rename(&file, &away).unwrap();
        let error = tx.commit().await.expect_err("nobody would see it");
        assert!(matches!(&error, StoreError::Unavailable(reason) if reason.contains("moved")), "{gone}: {error:?}");
        if gone == "keyward.db" {
            for _ in 0..3 {
                let error = try_insert(&world, &team, &app).await.expect_err("no database");
                assert!(matches!(error, StoreError::Unavailable(_)), "{gone}: {error:?}");
            }
        }
        std::fs::rename(&away, &file).unwrap();
        try_insert(&world, &team, &app).await.unwrap_or_else(|error| panic!("{gone} is back: {error:?}"));
        assert!(names(&world, &team).await.contains(&app.name.to_string()));
        let fresh = world.another_store().await;
        let seen = fresh.all_resources::<AppSpec>(team.id).await.unwrap();
        assert!(seen.iter().any(|seen| seen.name == app.name), "{gone}: the next start sees it");
    }
}

async fn try_insert(world: &World, team: &Team, app: &keyward_model::app::App) -> Result<u64, StoreError> {
    let mut tx = world.store.begin(cause()).await?;
    tx.insert(app).await?;
    tx.audit(team.id, draft(Kind::App, app.id.to_string())).await?;
    tx.commit().await
}

/// A world on a small disk.
async fn world_on(disk: &Disk) -> World {
    let place = Place::sqlite_in(disk.path());
    World::new(place).await
}

#[tokio::test]
async fn a_full_disk_is_said_and_loses_nothing_acknowledged() {
    let Some(disk) = Disk::new(3072) else { return };
    let world = world_on(&disk).await;
    let team = world.team("red").await;
    let mut acknowledged = Vec::new();
    let long = "x".repeat(1900);
    for round in 0..6 {
        // Sometimes full at once, sometimes in the middle of a transaction or of a commit.
        disk.fill(round * 9000);
        let mut refused = 0;
        for number in 0..40 {
            let spec = AppSpec { description: long.clone(), ..AppSpec::default() };
            let app = world.record(team.id, &format!("app-{round}-{number}"), spec);
            match try_insert(&world, &team, &app).await {
                Ok(_) => acknowledged.push(app.name.to_string()),
                Err(error) => {
                    assert_eq!(error, StoreError::Full, "round {round}");
                    assert!(error.to_string().contains("free some space"));
                    refused += 1;
                }
            }
        }
        assert!(refused > 0, "the disk was never full in round {round}");
        assert_eq!(names(&world, &team).await, sorted(&acknowledged), "reading goes on");
        disk.relieve();
        let app = world.record(team.id, &format!("relief-{round}"), AppSpec::default());
        try_insert(&world, &team, &app).await.expect("room again, without a restart");
        acknowledged.push(app.name.to_string());
    }
    let after = world.another_store().await;
    let names: Vec<String> =
        after.all_resources::<AppSpec>(team.id).await.unwrap().iter().map(|app| app.name.to_string()).collect();
    assert_eq!(names, sorted(&acknowledged));
    assert!(matches!(after.verify_audit(team.id).await.unwrap(), AuditVerification::Sound { .. }));
}

#[tokio::test]
async fn a_transaction_larger_than_the_disk_is_undone() {
    let Some(disk) = Disk::new(6144) else { return };
    let world = world_on(&disk).await;
    let team = world.team("red").await;
    let revision = world.store.revision().await.unwrap();
    for _ in 0..3 {
        let result = insert_many(&world, &team, 2000).await;
        assert_eq!(result, Err(StoreError::Full));
        assert_eq!(world.store.revision().await.unwrap(), revision);
        assert!(names(&world, &team).await.is_empty());
    }
    world.app(&team, "small").await;
    assert_eq!(names(&world, &team).await, ["small"]);
}

async fn insert_many(world: &World, team: &Team, count: usize) -> Result<u64, StoreError> {
    let mut tx = world.store.begin(cause()).await?;
    for number in 0..count {
        let spec = AppSpec { description: "x".repeat(2000), title: "y".repeat(190), ..AppSpec::default() };
        let app = world.record(team.id, &format!("app-{number}"), spec);
        tx.insert(&app).await?;
        tx.audit(team.id, draft(Kind::App, app.id.to_string())).await?;
    }
    tx.commit().await
}

#[tokio::test]
async fn a_store_opens_on_a_full_disk_and_says_why_not_on_a_new_one() {
    let Some(disk) = Disk::new(2048) else { return };
    let world = world_on(&disk).await;
    let team = world.team("red").await;
    disk.fill(0);
    let store = world.another_store().await;
    assert_eq!(store.team_by_name("red").await.unwrap(), Some(team));
    let error = refused(&format!("sqlite://{}", disk.path().join("new.db").display())).await;
    assert!(matches!(error, OpenError::Full { .. }), "{error:?}");
    assert!(error.to_string().contains("free some space"));
}

#[tokio::test]
async fn a_read_only_disk_is_said() {
    let Some(disk) = Disk::new(4096) else { return };
    let world = world_on(&disk).await;
    let team = world.team("red").await;
    let url = world.place.url();
    let World { store, place, .. } = world;
    store.close().await;
    drop(store);
    disk.remount("ro");
    let error = refused(&url).await;
    assert!(matches!(error, OpenError::ReadOnly { .. }), "{error:?}");
    assert!(error.to_string().contains("read-only"));
    disk.remount("rw");
    let world = World::new(place).await;
    assert_eq!(world.store.team_by_name("red").await.unwrap(), Some(team));
}

async fn names(world: &World, team: &Team) -> Vec<String> {
    let apps = world.store.all_resources::<AppSpec>(team.id).await.unwrap();
    apps.iter().map(|app| app.name.to_string()).collect()
}

fn sorted(names: &[String]) -> Vec<String> {
    let mut names = names.to_vec();
    names.sort();
    names
}
