//! A backup holds everything, fits either database, and is refused when it is not whole.

use std::sync::atomic::Ordering;
use std::time::Duration;

use keyward_model::app::AppSpec;
use keyward_model::change::{KeyPurpose, SealedKey};
use keyward_model::limits::{LimitUnit, QuotaPeriod};
use keyward_model::membership::Role;
use keyward_model::resource::Kind;
use keyward_model::secret::SecretSpec;
use keyward_model::team::Team;
use keyward_store::feed::Follower;
use keyward_store::{
    AuditVerification, CredentialKind, PageRequest, QuotaUse, Remembered, RestoreError, SecretValue, StoreError,
    TokenFilter,
};

use crate::feed::Apps;
use crate::people;
use crate::world::{Place, World, audit, cause, last_use, on_both};

on_both![
    everything_comes_back_in_either_database,
    a_backup_is_as_of_one_moment,
    a_database_that_is_not_empty_is_not_touched_unasked,
    a_damaged_backup_changes_nothing,
    followers_reload_after_a_restore,
    a_backup_of_a_newer_keyward_is_refused,
];

/// One of each.
async fn furnish(world: &World) -> Team {
    let team = world.team("red").await;
    let app = world.app(&team, "shop").await;
    let token = world.token(&app, "one").await;
    let secret = world.record(team.id, "crm", SecretSpec::default());
    let mut tx = world.store.begin(cause()).await.unwrap();
    tx.insert(&secret).await.unwrap();
    let value = SecretValue { secret: secret.id, team: team.id, key_version: 1, sealed: vec![0, 255, 10] };
    tx.put_secret_value(&value).await.unwrap();
    let key = SealedKey { purpose: KeyPurpose::Pepper, version: 1, sealed: vec![7; 60], created_at: world.now() };
    tx.insert_key(&key).await.unwrap();
    tx.remember(team.id, "key", &Remembered { fingerprint: "f".to_owned(), status: 201, body: "{}".to_owned() })
        .await
        .unwrap();
    audit(&mut tx, team.id, Kind::Secret, secret.id.to_string()).await;
    audit(&mut tx, keyward_store::INSTALLATION, Kind::Key, "pepper.1").await;
    tx.commit().await.unwrap();
    world.store.add_uses(&[(token.token.id, last_use(world.now(), "::1", 7))]).await.unwrap();
    // More than are read at a time, under a key of several columns.
    let quota = |number: u64| QuotaUse {
        subject: format!("token {}", number / 2),
        period: if number.is_multiple_of(2) { QuotaPeriod::Month } else { QuotaPeriod::Day },
        unit: LimitUnit::Cost,
        period_start: world.now(),
        used: number,
    };
    let ada = people::user(world, "ada@example.com");
    let password = people::credential(world, ada.id, "one", CredentialKind::Password);
    people::about_user(world, ada.id, async |tx| {
        tx.insert_user(&ada).await?;
        tx.put_credential(&password).await
    })
    .await
    .unwrap();
    let mut tx = world.store.begin(cause()).await.unwrap();
    tx.insert_membership(&people::membership(world, ada.id, team.id, Role::Viewer)).await.unwrap();
    audit(&mut tx, team.id, Kind::Membership, ada.id.to_string()).await;
    tx.commit().await.unwrap();
    world.store.flush_quota_uses(&(0..2100).map(quota).collect::<Vec<_>>()).await.unwrap();
    team
}

async fn dumped(world: &World) -> Vec<u8> {
    let mut backup = Vec::new();
    world.store.dump(&mut backup).await.unwrap();
    backup
}

/// The rows of a backup, without what tells when and where it was made.
fn rows(backup: &[u8]) -> Vec<&str> {
    let lines: Vec<&str> = std::str::from_utf8(backup).unwrap().lines().collect();
    lines[1..lines.len() - 1].to_vec()
}

async fn everything_comes_back_in_either_database(world: World) {
    let team = furnish(&world).await;
    let backup = dumped(&world).await;
    for place in [Place::sqlite(), Place::postgres()] {
        let restored = World::new(place).await;
        let summary = restored.store.restore(&mut &backup[..], false).await.unwrap();
        assert_eq!(summary.revision, world.store.revision().await.unwrap());
        assert_eq!(summary.rows, rows(&backup).len() as u64);
        assert!(summary.rows > 2100);
        assert!(restored.store.revision().await.unwrap() > world.store.revision().await.unwrap());
        assert_eq!(rows(&dumped(&restored).await), rows(&backup));
        assert!(restored.store.damaged_rows_of_all_teams().await.unwrap().is_empty());
        for trail in [team.id, keyward_store::INSTALLATION] {
            let verified = restored.store.verify_audit(trail).await.unwrap();
            assert!(matches!(verified, AuditVerification::Sound { .. }), "{verified:?}");
        }
        let tokens = restored.store.tokens(team.id, &TokenFilter::default(), &PageRequest::default()).await.unwrap();
        assert_eq!(tokens.items.len(), 1);
        assert_eq!(restored.store.last_uses(&[tokens.items[0].id]).await.unwrap().len(), 1);
        restored.app(&team, "more").await;
    }
}

async fn a_backup_is_as_of_one_moment(world: World) {
    /// Changes the store after the first line was written.
    struct Meddler<'a> {
        backup: Vec<u8>,
        world: &'a World,
        team: &'a Team,
    }
    impl std::io::Write for Meddler<'_> {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if self.backup.is_empty() {
                let change = async { self.world.app(self.team, "later").await };
                tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(change));
            }
            self.backup.extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let team = furnish(&world).await;
    let mut meddler = Meddler { backup: Vec::new(), world: &world, team: &team };
    let summary = world.store.dump(&mut meddler).await.unwrap();
    assert_eq!(summary.revision + 1, world.store.revision().await.unwrap());
    let restored = World::new(world.place.another()).await;
    restored.store.restore(&mut &meddler.backup[..], false).await.unwrap();
    assert_eq!(restored.store.resource::<AppSpec>(team.id, "later").await.unwrap(), None);
    assert!(matches!(restored.store.verify_audit(team.id).await.unwrap(), AuditVerification::Sound { .. }));
}

async fn a_database_that_is_not_empty_is_not_touched_unasked(world: World) {
    furnish(&world).await;
    let backup = dumped(&world).await;
    let other = World::new(world.place.another()).await;
    for number in 0..10 {
        other.team(&format!("team-{number}")).await;
    }
    let before = other.store.revision().await.unwrap();
    let refused = other.store.restore(&mut &backup[..], false).await;
    assert!(matches!(refused, Err(RestoreError::NotEmpty)), "{refused:?}");
    assert_eq!(other.store.revision().await.unwrap(), before);
    other.store.restore(&mut &backup[..], true).await.unwrap();
    assert!(other.store.revision().await.unwrap() > before, "higher than on either side");
    assert_eq!(rows(&dumped(&other).await), rows(&backup));
    assert_eq!(other.store.team_by_name("team-1").await.unwrap(), None);
}

async fn a_damaged_backup_changes_nothing(world: World) {
    furnish(&world).await;
    let backup = String::from_utf8(dumped(&world).await).unwrap();
    let lines: Vec<&str> = backup.lines().collect();
    let without = |skipped: usize| {
        let kept = lines.iter().enumerate().filter(|(number, _)| *number != skipped).map(|(_, line)| *line);
        kept.collect::<Vec<_>>().join("\n") + "\n"
    };
    let cases = [
        ("empty", String::new()),
        ("not a backup", "{\"a\":1}\n".to_owned()),
        ("a row missing", without(3)),
        ("cut off", lines[..lines.len() - 1].join("\n") + "\n"),
        ("cut in a line", backup[..backup.len() * 2 / 3].to_owned()),
        ("a byte flipped", backup.replacen("\"shop\"", "\"shap\"", 1)),
        ("a number flipped", backup.replacen("\"version\":1", "\"version\":3", 1)),
        ("rows swapped", backup.replacen(lines[2], "@", 1).replacen(lines[3], lines[2], 1).replacen('@', lines[3], 1)),
        ("more behind the end", format!("{backup}{}\n", lines[1])),
        ("an unknown table", backup.replacen("\"table\":\"app\"", "\"table\":\"ape\"", 1)),
        ("an unknown column", backup.replacen("\"version\":1", "\"version\":1,\"colour\":2", 1)),
    ];
    let other = World::new(world.place.another()).await;
    let team = other.team("blue").await;
    let before = dumped(&other).await;
    for (case, damaged) in cases {
        assert_ne!(damaged, backup, "{case}");
        let refused = other.store.restore(&mut damaged.as_bytes(), true).await;
        assert!(
            matches!(refused, Err(RestoreError::Damaged { .. } | RestoreError::Store(StoreError::Conflict { .. }))),
            "{case}: {refused:?}"
        );
        assert_eq!(dumped(&other).await, before, "{case}");
    }
    let binary = other.store.restore(&mut &[0xff, 0xfe, b'\n'][..], true).await;
    assert!(matches!(binary, Err(RestoreError::Damaged { line: 1, .. })), "{binary:?}");
    assert_eq!(other.store.team_by_name("blue").await.unwrap(), Some(team));
}

async fn followers_reload_after_a_restore(world: World) {
    let team = furnish(&world).await;
    let backup = dumped(&world).await;
    let apps = Apps::new(&world.store);
    let follower = Follower::start(world.store.clone(), vec![apps.clone()]).await.unwrap();
    let revision = world.insert(&world.record(team.id, "later", AppSpec::default())).await;
    assert!(follower.wait_for(revision, Duration::from_secs(20)).await);
    assert_eq!(apps.names(), ["later", "shop"]);
    world.store.restore(&mut &backup[..], true).await.unwrap();
    let revision = world.store.revision().await.unwrap();
    assert!(follower.wait_for(revision, Duration::from_secs(20)).await);
    assert_eq!(apps.names(), ["shop"]);
    assert_eq!(apps.reloads.load(Ordering::SeqCst), 2);
}

async fn a_backup_of_a_newer_keyward_is_refused(world: World) {
    furnish(&world).await;
    let backup = String::from_utf8(dumped(&world).await).unwrap().replacen("\"schema\":3", "\"schema\":9", 1);
    let other = World::new(world.place.another()).await;
    let refused = other.store.restore(&mut backup.as_bytes(), true).await;
    assert!(matches!(refused, Err(RestoreError::NewerThanBinary { found: 9, known: 3 })), "{refused:?}");
}
