//! A folder of calls passes from one process to the next, while the first still records.

use std::sync::Arc;
use std::time::Duration;

use keyward_calls::{CallLog, Calls, CallsPlace, Geo, Writer};
use keyward_store::Store;

use crate::files::{Open, Place, call};
use crate::support::on_demand;

/// Opens the folder as a process does that takes over, which waits for it.
async fn take_over(place: &Place) -> Open {
    let (folder, clock) = (CallsPlace::Folder(place.folder()), place.clock.clone());
    let calls = Calls::take_over(folder, Geo::default(), clock.clone()).await.unwrap();
    let url = format!("sqlite://{}", place.directory.path().join("keyward.db").display());
    let (log, mut recorders) = CallLog::new(1, 100);
    let sink = calls.sink(Store::open(&url, clock).await.unwrap());
    Open { writer: Writer::start(Arc::clone(&log), sink, on_demand(100)), calls, log, recorder: recorders.remove(0) }
}

async fn eventually(open: &Open, calls: usize) {
    let found = async {
        while open.all().await.len() != calls {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(60), found).await;
    assert!(waited.is_ok(), "{calls} calls, not {}", open.all().await.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_both_are_there_once_and_outlive_a_restart() {
    let place = Place::new();
    let before = place.open().await;
    before.push(&[call(1), call(2)]).await;
    let waits = tokio::spawn({
        let place = Place { clock: place.clock.clone(), ..Place::at(place.directory.path().to_owned()) };
        async move { take_over(&place).await }
    });
    before.calls.give_away().await;
    let after = waits.await.unwrap();
    assert_eq!(after.all().await.len(), 2);

    after.push(&[call(3)]).await;
    before.push(&[call(4)]).await;
    eventually(&after, 4).await;
    before.push(&[call(5), call(6)]).await;
    after.seal().await;
    before.close().await;
    eventually(&after, 6).await;
    let ids: std::collections::HashSet<_> = after.all().await.iter().map(|call| call.request_id).collect();
    assert_eq!(ids.len(), 6);
    // Those of before the change were counted by the process before.
    let totals = after.calls.totals().await;
    assert_eq!(totals.apis.values().map(|api| api.statuses.iter().sum::<u64>()).sum::<u64>(), 4);
    after.close().await;

    let again = place.open().await;
    assert_eq!(again.all().await.len(), 6);
    assert!(std::fs::read_dir(place.folder().join("late")).unwrap().next().is_none(), "nothing is left to adopt");
    let totals = again.calls.totals().await;
    assert!(totals.apis.is_empty(), "calls of processes before are not counted: {totals:?}");
    again.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_adopted_is_adopted_at_the_next_start() {
    let place = Place::new();
    let before = place.open().await;
    before.calls.give_away().await;
    before.push(&[call(1)]).await;
    before.close().await;
    let after = place.open().await;
    eventually(&after, 1).await;
    after.close().await;
}
