//! The store may go: calls go on, the newest records wait for it, and counts stay exact.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use keyward_calls::{CallLog, CallStats, Writer};

use crate::support::{Shelf, on_demand, record, token};

#[tokio::test]
async fn the_writer_outlives_a_store_that_is_gone() {
    let (log, recorders) = CallLog::new(1, 100);
    let shelf = Shelf::new();
    let writer = Writer::start(Arc::clone(&log), shelf.clone(), on_demand(5));
    tokio::task::yield_now().await;

    shelf.gone.store(true, Ordering::SeqCst);
    for number in 1..=8 {
        recorders[0].push(&(&record(number)).into());
        assert!(!log.flush().await, "nothing is written while the store is gone");
    }
    assert_eq!(log.stats(), CallStats { recorded: 8, dropped: 3, written: 0 });

    shelf.gone.store(false, Ordering::SeqCst);
    assert!(log.flush().await);
    assert_eq!(shelf.paths(), ["/4", "/5", "/6", "/7", "/8"], "the oldest gave way");
    assert_eq!(log.stats(), CallStats { recorded: 8, dropped: 3, written: 5 });
    assert_eq!(shelf.calls_of(token()), 8, "no use of a token was lost or counted twice");
    writer.stop().await;
}

#[tokio::test]
async fn one_record_the_store_refuses_does_not_hold_up_the_others() {
    let (log, recorders) = CallLog::new(1, 100);
    let shelf = Shelf::new();
    *shelf.spoiled_path.lock().unwrap() = Some("/2".to_owned());
    for number in 1..=3 {
        recorders[0].push(&(&record(number)).into());
    }
    let writer = Writer::start(Arc::clone(&log), shelf.clone(), on_demand(100));
    writer.stop().await;
    assert_eq!(shelf.paths(), ["/1", "/3"]);
    assert_eq!(log.stats(), CallStats { recorded: 3, dropped: 1, written: 2 });
}
