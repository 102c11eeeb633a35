//! PostgreSQL's troubles: stopped, frozen, read-only, full; each said clearly, and over when it is over.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use keyward_model::Timestamp;
use keyward_model::app::AppSpec;
use keyward_model::clock::ManualClock;
use keyward_model::resource::Kind;
use keyward_model::team::Team;
use keyward_store::feed::Follower;
use keyward_store::{AuditVerification, OpenError, Store, StoreError};

use crate::feed::Apps;
use crate::mount::Disk;
use crate::postgres::{Database, Server, psql};
use crate::world::{Place, START, World, cause, draft};

/// Tries until it works, or for long.
async fn eventually<T, E: std::fmt::Debug>(mut attempt: impl AsyncFnMut() -> Result<T, E>) -> T {
    let mut last = None;
    for _ in 0..200 {
        match attempt().await {
            Ok(value) => return value,
            Err(error) => last = Some(error),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it never worked again: {last:?}");
}

async fn try_insert(world: &World, team: &Team, name: &str) -> Result<u64, StoreError> {
    let app = world.record(team.id, name, AppSpec::default());
    let mut tx = world.store.begin(cause()).await?;
    tx.insert(&app).await?;
    tx.audit(team.id, draft(Kind::App, app.id.to_string())).await?;
    tx.commit().await
}

async fn names(world: &World, team: &Team) -> Vec<String> {
    let apps = world.store.all_resources::<AppSpec>(team.id).await.unwrap();
    apps.iter().map(|app| app.name.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_restarts_is_found_again() {
    let server = Server::start();
    let world = World::new(Place::Postgres(Database::create_on(&server.url(), ""))).await;
    let team = world.team("red").await;
    let apps = Apps::new(&world.store);
    let follower = Follower::start(world.store.clone(), vec![apps.clone()]).await.unwrap();
    let revision = try_insert(&world, &team, "before").await.unwrap();
    assert!(follower.wait_for(revision, Duration::from_secs(20)).await);

    let open = world.store.begin(cause()).await.unwrap();
    server.stop();
    assert!(matches!(open.commit().await, Err(StoreError::Unavailable(_))));
    for _ in 0..2 {
        let error = try_insert(&world, &team, "during").await.expect_err("no server");
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
        let error = world.store.ping().await.expect_err("no server");
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    }
    eventually(async || if follower.healthy() { Err(()) } else { Ok(()) }).await;
    assert_eq!(apps.names(), ["before"], "what is known is still known");
    let error = Store::open(&world.place.url(), world.clock.clone()).await.expect_err("no server");
    assert!(matches!(&error, OpenError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains(&format!("127.0.0.1:{}", server.port())), "{error}");

    server.start_again();
    let revision = eventually(async || try_insert(&world, &team, "after").await).await;
    assert!(follower.wait_for(revision, Duration::from_secs(20)).await);
    eventually(async || if follower.healthy() { Ok(()) } else { Err(()) }).await;
    assert_eq!(apps.names(), ["after", "before"]);
    // Not only by polling: whoever only listens hears of it too.
    let other = world.another_store().await;
    let heard = eventually(async || {
        let name = format!("heard-{}", world.store.revision().await?);
        let revision = try_insert(&world, &team, &name).await?;
        let mut wake = other.wake();
        let heard = tokio::time::timeout(Duration::from_secs(1), wake.wait_for(|known| *known >= revision)).await;
        heard.map(|_| ()).map_err(|_| StoreError::Other("not heard".to_owned()))
    });
    heard.await;
    let mut own = world.store.wake();
    let revision = own.borrow_and_update().to_owned();
    eventually(async || {
        psql(&world.place.url(), &format!("SELECT pg_notify('keyward_revision', '{}')", revision + 1000));
        let heard = tokio::time::timeout(Duration::from_secs(1), own.wait_for(|known| *known > revision)).await;
        heard.map(|_| ())
    })
    .await;
    assert!(matches!(world.store.verify_audit(team.id).await.unwrap(), AuditVerification::Sound { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_cut_are_replaced_unnoticed() {
    let world = World::new(Place::postgres()).await;
    let team = world.team("red").await;
    for round in 0..3 {
        psql(
            &world.place.url(),
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        try_insert(&world, &team, &format!("app-{round}")).await.unwrap();
        assert_eq!(names(&world, &team).await.len(), round + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frozen_connections_are_given_up() {
    let server = Server::start();
    let world = World::new(Place::Postgres(Database::create_on(&server.url(), ""))).await;
    let team = world.team("red").await;
    let backends = server.backends_of(&world.place.database());
    assert!(!backends.is_empty());
    signal(&backends, "STOP");
    // The connection in hand never answers; a fresh one does, while the old one still hangs.
    let revision = eventually(async || try_insert(&world, &team, "shop").await).await;
    assert_eq!(names(&world, &team).await, ["shop"]);
    signal(&backends, "CONT");
    assert_eq!(world.store.revision().await.unwrap(), revision);
}

/// Signals processes of a server of our own.
fn signal(processes: &[String], name: &str) {
    let output = Command::new("kill").arg(format!("-{name}")).args(processes).output().expect("kill runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_server_is_said() {
    let world = World::new(Place::postgres()).await;
    let team = world.team("red").await;
    let set = |value: &str| {
        let name = world.place.database();
        psql(
            &crate::postgres::shared(),
            &format!(
                "ALTER DATABASE {name} SET default_transaction_read_only = {value}; \
                 SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            ),
        );
    };
    set("on");
    let error = try_insert(&world, &team, "shop").await.expect_err("read-only");
    assert_eq!(error, StoreError::ReadOnly);
    assert!(error.to_string().contains("read-only"));
    assert_eq!(world.store.team_by_name("red").await.unwrap().as_ref(), Some(&team), "reading goes on");
    let error = Store::open(&world.place.url(), world.clock.clone()).await.expect_err("read-only");
    assert!(matches!(error, OpenError::ReadOnly { .. }), "{error:?}");
    set("off");
    try_insert(&world, &team, "shop").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_server_is_said_and_loses_nothing_acknowledged() {
    let Some(disk) = Disk::new(24 * 1024) else { return };
    let server = Server::start();
    // A directory on the small disk, of whoever the server runs as.
    let space = disk.path().join("space");
    std::fs::create_dir(&space).unwrap();
    let owned = Command::new("chown").arg("--reference").arg(server.directory()).arg(&space).status().unwrap();
    assert!(owned.success());
    psql(&server.url(), &format!("CREATE TABLESPACE small LOCATION '{}'", space.display()));
    let world = World::new(Place::Postgres(Database::create_on(&server.url(), "TABLESPACE small"))).await;
    let team = world.team("red").await;
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        disk.fill(16 * 1024);
        let mut full = false;
        for number in 0..2000 {
            let name = format!("app-{round}-{number}");
            match try_insert(&world, &team, &name).await {
                Ok(_) => acknowledged.push(name),
                Err(error) => {
                    assert_eq!(error, StoreError::Full);
                    full = true;
                    break;
                }
            }
        }
        assert!(full, "the disk was never full in round {round}");
        acknowledged.sort();
        assert_eq!(names(&world, &team).await, acknowledged, "reading goes on");
        disk.relieve();
        let name = format!("relief-{round}");
        try_insert(&world, &team, &name).await.expect("room again, without a restart");
        acknowledged.push(name);
    }
    assert!(matches!(world.store.verify_audit(team.id).await.unwrap(), AuditVerification::Sound { .. }));
    drop(world);
    drop(server);
}

#[tokio::test]
async fn a_password_is_never_said() {
    let clock = Arc::new(ManualClock::at(Timestamp::from_millis(START)));
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://keyward:s3cret-w0rd@127.0.0.1:{port}/keyward");
    let error = Store::open(&url, clock).await.expect_err("nobody listens");
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_that_start_at_once_migrate_once() {
    let database = Database::create();
    let clock = Arc::new(ManualClock::at(Timestamp::from_millis(START)));
    let mut starts = tokio::task::JoinSet::new();
    for _ in 0..5 {
        let (url, clock) = (database.url(), clock.clone());
        starts.spawn(async move { Store::open(&url, clock).await.map(drop) });
    }
    for start in starts.join_all().await {
        start.unwrap();
    }
}
