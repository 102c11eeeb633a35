//! What is too old goes with its file, and without the calls of others.

use keyward_calls::Kept;
use keyward_model::Timestamp;

use crate::files::{MINUTE, Place, START, call, team};

#[tokio::test]
async fn calls_go_when_their_team_wants_them_no_more() {
    let place = Place::new();
    let open = place.open().await;
    let records: Vec<_> = (0..42).map(call).collect();
    open.push(&records).await;
    open.seal().await;
    let files = open.calls.files().unwrap().clone();
    let cut = Timestamp::from_millis(START + 60 * MINUTE);

    let nothing = files.retain(&Kept { since: &|_| records[10].at, most_bytes: None }).unwrap();
    assert_eq!(nothing.calls, 0, "a file goes once all its calls of a team are too old");

    let since = |of| if of == Some(team(1)) { cut } else { Timestamp::from_millis(0) };
    let retained = files.retain(&Kept { since: &since, most_bytes: None }).unwrap();
    let left: Vec<_> = records.iter().rev().filter(|record| record.team != Some(team(1))).cloned().collect();
    assert_eq!(retained.calls as usize, records.len() - left.len());
    assert_eq!(open.all().await, left);
    assert_eq!(open.count(START, START + MINUTE).await, 42, "counts stay");

    assert_eq!(files.retain(&Kept { since: &|_| cut, most_bytes: None }).unwrap().calls as usize, left.len());
    assert!(open.all().await.is_empty());
    open.close().await;
}

#[tokio::test]
async fn the_oldest_go_when_the_disk_is_short() {
    let place = Place::new();
    let open = place.open().await;
    for portion in [0..20, 20..40] {
        open.push(&portion.map(call).collect::<Vec<_>>()).await;
        open.seal().await;
    }
    let files = open.calls.files().unwrap().clone();
    let bytes = files.status().call_bytes;
    let retained = files.retain(&Kept { since: &|_| Timestamp::from_millis(0), most_bytes: Some(bytes - 1) }).unwrap();
    assert_eq!((retained.calls, retained.files), (20, 1));
    assert_eq!(open.all().await.last().unwrap(), &call(20));
    open.close().await;
}
