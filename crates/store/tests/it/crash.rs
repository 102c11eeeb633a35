//! kill -9 at any moment loses nothing that was acknowledged, and leaves nothing half-written.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;

use keyward_model::Timestamp;
use keyward_model::app::AppSpec;
use keyward_model::clock::ManualClock;
use keyward_model::resource::Kind;
use keyward_store::{AuditVerification, PageRequest, TokenFilter};

use crate::world::{Place, START, World, audit, cause, on_both, open};

on_both![what_was_acknowledged_survives_a_kill];

/// How the test tells its other self where to write.
const URL: &str = "KEYWARD_TEST_CRASH_URL";

async fn what_was_acknowledged_survives_a_kill(world: World) {
    let team = world.team("red").await;
    world.app(&team, "shop").await;
    let mut acknowledged = BTreeSet::new();
    for round in 0..4_usize {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::writer", "--ignored", "--nocapture"])
            .env(URL, world.place.url())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Killed after another number of writes each time, in the middle of those that follow.
        let mut left = 5 + round * 17;
        for line in lines.by_ref() {
            let line = line.unwrap();
            if let Some((_, id)) = line.split_once("acknowledged ") {
                acknowledged.insert(id.to_owned());
                left -= 1;
            }
            if left == 0 {
                break;
            }
        }
        assert_eq!(left, 0, "the writer ended by itself");
        child.kill().unwrap();
        child.wait().unwrap();
        // What it had said before it died counts as well.
        for line in lines.map_while(Result::ok) {
            if let Some((_, id)) = line.split_once("acknowledged ") {
                acknowledged.insert(id.to_owned());
            }
        }
        let store = world.another_store().await;
        let mut found = BTreeSet::new();
        let mut page = PageRequest { after: None, limit: 1000 };
        loop {
            let next = store.tokens(team.id, &TokenFilter::default(), &page).await.unwrap();
            found.extend(next.items.iter().map(|token| token.id.to_string()));
            page.after = next.next;
            if page.after.is_none() {
                break;
            }
        }
        let lost: Vec<_> = acknowledged.difference(&found).collect();
        assert!(lost.is_empty(), "lost in round {round}: {lost:?}");
        // Whole transactions only: each token came with one audit event and one step of the feed.
        let events = 2 + found.len() as u64;
        let verified = store.verify_audit(team.id).await.unwrap();
        assert!(
            matches!(verified, AuditVerification::Sound { events: whole, .. } if whole == events),
            "{events} events: {verified:?}"
        );
        assert_eq!(store.revision().await.unwrap(), events);
        assert_eq!(store.changes_after(0, 10_000).await.unwrap().len() as u64, events);
        assert!(store.damaged_rows_of_all_teams().await.unwrap().is_empty());
    }
}

/// Not a test: what the test above starts, and kills.
#[tokio::test]
#[ignore = "run by what_was_acknowledged_survives_a_kill"]
async fn writer() {
    let Ok(url) = std::env::var(URL) else { return };
    let clock = Arc::new(ManualClock::at(Timestamp::from_millis(START)));
    let store = open(&url, clock.clone()).await;
    // The place is never used: its store is.
    let world = World { place: Place::sqlite(), store, clock };
    let team = world.store.team_by_name("red").await.unwrap().unwrap();
    let app = world.store.resource::<AppSpec>(team.id, "shop").await.unwrap().unwrap();
    loop {
        let stored = world.unstored_token(&app, "one");
        let mut tx = world.store.begin(cause()).await.unwrap();
        tx.insert_token(&stored).await.unwrap();
        audit(&mut tx, team.id, Kind::Token, stored.token.id.to_string()).await;
        tx.commit().await.unwrap();
        println!("acknowledged {}", stored.token.id);
    }
}
