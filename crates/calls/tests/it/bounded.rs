//! The lane is bounded: the newest detail gives way, and every call is counted.

use std::sync::Arc;

use keyward_calls::{CallLog, CallStats, Pace, Writer};

use crate::support::{Shelf, on_demand, record, token};

#[tokio::test]
async fn a_full_lane_drops_the_newest_detail_and_no_count() {
    let (log, recorders) = CallLog::new(1, 4);
    let shelf = Shelf::new();
    for number in 1..=10 {
        recorders[0].push(&(&record(number)).into());
    }
    assert_eq!(log.stats(), CallStats { recorded: 10, dropped: 6, written: 0 });

    let writer = Writer::start(Arc::clone(&log), shelf.clone(), on_demand(100));
    writer.stop().await;

    assert_eq!(shelf.paths(), ["/1", "/2", "/3", "/4"]);
    assert_eq!(log.stats(), CallStats { recorded: 10, dropped: 6, written: 4 });
    assert_eq!(shelf.calls_of(token()), 10, "a dropped detail still counts as a use of its token");
    assert_eq!(shelf.uses.lock().unwrap()[&token()].at.as_millis(), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_stay_exact_while_workers_outrun_the_writer() {
    const EACH: u32 = 20_000;
    let (log, recorders) = CallLog::new(2, 16);
    let shelf = Shelf::new();
    let pace = Pace { poll: std::time::Duration::from_millis(1), ..Pace::default() };
    let writer = Writer::start(Arc::clone(&log), shelf.clone(), pace);
    let workers: Vec<_> = recorders
        .into_iter()
        .enumerate()
        .map(|(worker, recorder)| {
            std::thread::spawn(move || {
                for number in 0..EACH {
                    recorder.push(&(&record(number * 2 + u32::try_from(worker).unwrap())).into());
                }
            })
        })
        .collect();
    tokio::task::spawn_blocking(move || workers.into_iter().for_each(|worker| worker.join().unwrap())).await.unwrap();
    writer.stop().await;

    let stats = log.stats();
    assert_eq!(stats.recorded, 2 * u64::from(EACH));
    assert_eq!(stats.written + stats.dropped, stats.recorded);
    assert_eq!(shelf.records.lock().unwrap().len() as u64, stats.written);
    assert_eq!(shelf.calls_of(token()), 2 * u64::from(EACH));
    for worker in 0..2 {
        let numbers: Vec<i64> = shelf.records.lock().unwrap().iter().map(|record| record.at.as_millis()).collect();
        let own: Vec<i64> = numbers.into_iter().filter(|number| number % 2 == worker).collect();
        assert!(own.is_sorted_by(|a, b| a < b), "records of one worker keep their order and none comes twice");
    }
}

#[tokio::test]
async fn followers_see_each_record() {
    let (log, recorders) = CallLog::new(1, 16);
    let mut follower = log.subscribe();
    let writer = Writer::start(Arc::clone(&log), Shelf::new(), Pace::default());
    recorders[0].push(&(&record(1)).into());
    recorders[0].push(&(&record(2)).into());
    assert_eq!(follower.recv().await.unwrap().path, "/1");
    assert_eq!(follower.recv().await.unwrap().path, "/2");
    writer.stop().await;
}

#[tokio::test]
async fn a_flush_writes_all_that_was_pushed_before_it() {
    let (log, recorders) = CallLog::new(2, 16);
    let shelf = Shelf::new();
    let writer = Writer::start(Arc::clone(&log), shelf.clone(), on_demand(100));
    // The first tick of an interval comes at once; after it the writer only acts when asked.
    tokio::task::yield_now().await;
    recorders[0].push(&(&record(1)).into());
    recorders[1].push(&(&record(2)).into());
    assert!(log.flush().await);
    assert_eq!(shelf.paths(), ["/1", "/2"]);
    assert_eq!(shelf.calls_of(token()), 2);
    writer.stop().await;
    assert!(!log.flush().await, "nobody writes any more");
}

#[tokio::test]
async fn a_flush_without_a_writer_does_not_wait() {
    let (log, _recorders) = CallLog::new(1, 1);
    assert!(!log.flush().await);
}
