//! Nothing that was flushed is lost to a kill, a torn journal or a damaged file, and counts stay those of the calls.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use keyward_calls::{AnalyticsQuery, Dimension};
use keyward_store::CallFilter;
use keyward_store::PageRequest;

use crate::files::{MINUTE, Place, START, call, hour};

const FOLDER: &str = "KEYWARD_TEST_CRASH_FOLDER";

/// Not a test of its own: what the test below starts and kills.
#[tokio::test]
#[ignore = "run by the test of the crash, in a process of its own"]
async fn child_that_records_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let place = Place::at(std::path::PathBuf::from(folder));
    let open = place.open().await;
    for number in 0.. {
        open.push(&[call(number)]).await;
        if number % 40 == 17 {
            open.seal().await;
        }
        println!("flushed {}", number + 1);
    }
}

#[tokio::test]
async fn a_kill_loses_nothing_that_was_flushed_and_no_count() {
    for kill_after in [1, 60, 130] {
        let place = Place::new();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::child_that_records_until_it_is_killed", "--ignored", "--nocapture"])
            .env(FOLDER, place.directory.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut flushed = 0;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if let Some(count) = line.rsplit_once("flushed ").and_then(|(_, count)| count.parse().ok()) {
                flushed = count;
            }
            if flushed >= kill_after {
                // SIGKILL, on Unix.
                child.kill().unwrap();
                break;
            }
        }
        child.wait().unwrap();
        let open = place.open().await;
        let found = open.all().await.len();
        assert!(found >= flushed, "{found} of {flushed}");
        assert_eq!(open.count(START, START + 10 * MINUTE).await, found as u64, "every call is counted once");
        let last = call(u32::try_from(flushed - 1).unwrap());
        assert_eq!(open.calls.call_of_any_team(last.request_id).await.unwrap(), Some(last));
        open.close().await;
    }
}

#[tokio::test]
async fn a_journal_torn_anywhere_counts_up_to_there() {
    for cut in [1, 8, 30, 120, 400] {
        let place = Place::new();
        let open = place.open().await;
        for number in 0..10 {
            open.push(&[call(number)]).await;
        }
        open.close().await;
        let journal = std::fs::read_dir(place.folder().join("journal")).unwrap().next().unwrap().unwrap().path();
        let bytes = std::fs::read(&journal).unwrap();
        std::fs::write(&journal, &bytes[..bytes.len() - cut]).unwrap();

        let open = place.open().await;
        let found = open.all().await;
        assert!((7..10).contains(&found.len()), "{}", found.len());
        assert_eq!(open.count(START, START + MINUTE).await, found.len() as u64);
        open.push(&[call(20)]).await;
        open.close().await;
        let open = place.open().await;
        assert_eq!(open.all().await.len(), found.len() + 1, "what came after the tear is not behind it");
        open.close().await;
    }
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_and_the_others_answer() {
    for damage in ["truncated", "flipped"] {
        let place = Place::new();
        let open = place.open().await;
        for number in 0..3 {
            open.push(&[call(number)]).await;
            open.seal().await;
        }
        open.close().await;
        let mut files: Vec<_> = std::fs::read_dir(place.folder().join("2026-05-04"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "calls"))
            .collect();
        files.sort();
        let mut bytes = std::fs::read(&files[1]).unwrap();
        if damage == "truncated" {
            bytes.truncate(bytes.len() / 2);
        } else {
            // Inside a page, which its checksum covers.
            let end = bytes.len() / 3;
            bytes[100..end].iter_mut().for_each(|byte| *byte ^= 0x55);
        }
        std::fs::write(&files[1], bytes).unwrap();

        let open = place.open().await;
        let page = PageRequest { after: None, limit: 10 };
        let found = open.calls.calls_of_all_teams(&CallFilter::default(), &page).await;
        let found = match found {
            Ok(page) => page.items,
            // Found out while it was read: asked again, the others answer.
            Err(_) => open.calls.calls_of_all_teams(&CallFilter::default(), &page).await.unwrap().items,
        };
        assert_eq!(found, [call(2), call(0)], "{damage}");
        assert!(!files[1].exists());
        assert!(files[1].with_extension("calls.damaged").exists());
        assert_eq!(open.count(START, START + MINUTE).await, 3, "counts stand in files of their own");
        let query = AnalyticsQuery { group_by: vec![Dimension::Route], ..hour(START, START + MINUTE) };
        assert_eq!(open.calls.analytics_of_all_teams(&query).await.unwrap().series.len(), 2);
        open.close().await;
    }
}

#[tokio::test]
async fn a_clock_that_jumps_back_costs_nothing() {
    let place = Place::new();
    let open = place.open().await;
    open.push(&[call(300), call(301)]).await;
    place.clock.jump_to(keyward_model::Timestamp::from_millis(START - 3_600_000));
    open.push(&[call(10), call(11)]).await;
    open.seal().await;
    open.push(&[call(5)]).await;
    let numbers: Vec<_> = open.all().await.iter().map(|record| record.at.as_millis() - START).collect();
    assert_eq!(numbers, [301_000, 300_000, 11_000, 10_000, 5_000]);
    assert_eq!(open.count(START, START + 10 * MINUTE).await, 5);
    open.close().await;
}
