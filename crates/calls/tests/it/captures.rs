//! Captures: kept apart from call records, bounded, found by their request, and whole or not at all.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use keyward_calls::{CaptureError, Captures, Pending, survey_captures};
use keyward_model::captured::{CapturedBody, CapturedCall, CapturedMessage, CapturedText};
use keyward_model::clock::ManualClock;
use keyward_model::id::Id;
use keyward_model::team::TeamId;
use keyward_model::{Clock, Timestamp};
use uuid::Uuid;

const BEGIN: i64 = 1_893_456_000_000;
const PLENTY: u64 = 1 << 30;

struct Folder {
    directory: tempfile::TempDir,
    clock: Arc<ManualClock>,
}

impl Folder {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(BEGIN)));
        Self { directory: tempfile::tempdir().unwrap(), clock }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("captures")
    }

    fn open(&self, most: u64) -> Captures {
        Captures::open(&self.path(), most, Arc::clone(&self.clock) as _).unwrap()
    }

    /// What a kill would leave, in another folder.
    fn as_if_killed(&self) -> Self {
        let other = Self { directory: tempfile::tempdir().unwrap(), clock: Arc::clone(&self.clock) };
        for file in self.files() {
            let to = other.path().join(file.strip_prefix(self.path()).unwrap());
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(file, to).unwrap();
        }
        other
    }

    fn files(&self) -> Vec<PathBuf> {
        let Ok(folders) = std::fs::read_dir(self.path()) else { return Vec::new() };
        let files = folders.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
        let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        files
    }

    fn bytes(&self) -> u64 {
        self.files().iter().map(|file| file.metadata().unwrap().len()).sum()
    }

    /// A call that comes now, and is number so and so.
    fn call(&self, team: TeamId, number: u64) -> CapturedCall {
        let millis = u64::try_from(self.clock.now().as_millis()).unwrap();
        let mut random = [0; 10];
        random[2..].copy_from_slice(&number.to_be_bytes());
        let text = CapturedText { text: format!("{{\"number\":{number}}}"), cut: false, redacted: 0 };
        let body = CapturedBody { bytes: 10, shown: Some(text), ..CapturedBody::default() };
        CapturedCall {
            request_id: uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid(),
            at: self.clock.now(),
            team,
            api: Id::from_uuid(Uuid::from_u128(9)),
            api_name: "orders.v1".parse().unwrap(),
            request: CapturedMessage { head: None, body: Some(body) },
            response: CapturedMessage::default(),
        }
    }
}

/// Nothing secret was in it.
struct Clean(CapturedCall);

impl Pending for Clean {
    fn redact(self: Box<Self>) -> CapturedCall {
        self.0
    }
}

fn team(number: u128) -> TeamId {
    Id::from_uuid(Uuid::from_u128(number))
}

/// Text that is no smaller when it is compressed.
fn noise(call: &mut CapturedCall, bytes: usize) {
    let mut state = call.request_id.as_u128() as u64 | 1;
    let mut text = String::new();
    while text.len() < bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push_str(&format!("{:08x}", state >> 32));
    }
    call.request.head = Some(CapturedText { text, cut: true, redacted: 0 });
}

async fn keep(captures: &Captures, calls: &[CapturedCall]) {
    calls.iter().for_each(|call| captures.push(Box::new(Clean(call.clone()))));
    captures.flush().await;
}

async fn find(captures: &Captures, call: &CapturedCall) -> Option<CapturedCall> {
    captures.find(call.team, call.request_id).await.unwrap()
}

/// Flips a bit.
fn spoil(file: &Path, at: impl FnOnce(&[u8]) -> usize) {
    let mut bytes = std::fs::read(file).unwrap();
    let at = at(&bytes);
    bytes[at] ^= 1;
    std::fs::write(file, bytes).unwrap();
}

#[tokio::test]
async fn captures_are_found_by_their_request_and_team_also_after_a_restart() {
    let folder = Folder::new();
    let captures = folder.open(PLENTY);
    assert_eq!(folder.files(), [] as [PathBuf; 0], "nothing is made before something is captured");
    let calls: Vec<_> = (0..50).map(|number| folder.call(team(1 + u128::from(number % 2)), number)).collect();
    keep(&captures, &calls).await;
    for call in &calls {
        assert_eq!(find(&captures, call).await.as_ref(), Some(call));
        assert_eq!(captures.find(team(3), call.request_id).await.unwrap(), None);
    }
    let status = captures.status().await;
    assert_eq!((status.captured, status.dropped, status.kept, status.files), (50, 0, 50, 2));
    captures.close().await;
    let again = folder.open(PLENTY);
    for call in &calls {
        assert_eq!(find(&again, call).await.as_ref(), Some(call));
    }
    assert_eq!(find(&again, &folder.call(team(1), 50)).await, None);
    let status = again.status().await;
    assert_eq!((status.captured, status.kept, status.file_bytes), (0, 50, folder.bytes()));
}

#[tokio::test]
async fn what_a_kill_cut_short_is_cut_off_and_the_rest_is_there() {
    let folder = Folder::new();
    let captures = folder.open(PLENTY);
    let calls: Vec<_> = (0..10).map(|number| folder.call(team(1), number)).collect();
    keep(&captures, &calls).await;
    let whole = std::fs::read(&folder.files()[0]).unwrap();
    for missing in [0, 1, 50, whole.len() - 8, whole.len()] {
        let killed = folder.as_if_killed();
        std::fs::write(&killed.files()[0], &whole[..whole.len() - missing]).unwrap();
        let captures = killed.open(PLENTY);
        let mut there = 0;
        for call in &calls {
            there += usize::from(find(&captures, call).await.is_some_and(|found| found == *call));
        }
        let expected = if missing == 0 {
            10
        } else if missing > 50 {
            0
        } else {
            9
        };
        assert_eq!(there, expected, "{missing} bytes missing");
        let more = folder.call(team(1), 99);
        keep(&captures, std::slice::from_ref(&more)).await;
        assert_eq!(find(&captures, &more).await, Some(more), "and it goes on");
    }
    // A torn end behind what is whole.
    let killed = folder.as_if_killed();
    let torn = [&whole[..], &whole[8..60]].concat();
    std::fs::write(&killed.files()[0], torn).unwrap();
    assert_eq!(killed.open(PLENTY).status().await.kept, 10);
}

#[tokio::test]
async fn a_damaged_capture_is_told_of_and_all_others_are_read() {
    let folder = Folder::new();
    let calls: Vec<_> = (0..10).map(|number| folder.call(team(1), number)).collect();
    let captures = folder.open(PLENTY);
    keep(&captures, &calls).await;
    let unsealed = folder.as_if_killed();
    let looked_at = survey_captures(&folder.path(), true).unwrap();
    assert_eq!((looked_at.files, looked_at.captures, looked_at.damaged), (1, Some(10), vec![]), "while it is written");
    captures.close().await;
    assert_eq!(survey_captures(&folder.path(), true).unwrap().captures, Some(10));
    assert_eq!(survey_captures(&folder.path(), false).unwrap().bytes, folder.bytes());
    assert_eq!(survey_captures(&folder.path().join("none"), true).unwrap().captures, Some(0));
    let third = |bytes: &[u8]| {
        let starts: Vec<usize> =
            bytes.windows(4).enumerate().filter(|(_, w)| w == b"kwc\x01").map(|(at, _)| at).collect();
        starts[3] - 1
    };
    for folder in [folder.as_if_killed(), unsealed] {
        spoil(&folder.files()[0], third);
        let before = std::fs::read(&folder.files()[0]).unwrap();
        let looked_at = survey_captures(&folder.path(), true).unwrap();
        assert_eq!((looked_at.captures, looked_at.damaged), (Some(10), folder.files()));
        assert_eq!(std::fs::read(&folder.files()[0]).unwrap(), before, "looking changes nothing");
        let captures = folder.open(PLENTY);
        for (number, call) in calls.iter().enumerate() {
            match captures.find(call.team, call.request_id).await {
                Err(CaptureError::Damaged { file, .. }) if number == 2 => assert_eq!(file, folder.files()[0]),
                found => assert_eq!(found.unwrap().as_ref(), Some(call), "{number}"),
            }
        }
    }
    // In the index, and in what says where it is: found all the same.
    for from_end in [100, 20] {
        let spoilt = folder.as_if_killed();
        spoil(&spoilt.files()[0], |bytes| bytes.len() - from_end);
        let captures = spoilt.open(PLENTY);
        for call in &calls {
            assert_eq!(find(&captures, call).await.as_ref(), Some(call), "{from_end}");
        }
    }
    // A file that is nothing at all takes none of the others with it.
    std::fs::write(folder.files()[0].with_file_name("0.captures"), "nothing").unwrap();
    assert_eq!(survey_captures(&folder.path(), true).unwrap().damaged, [folder.files()[0].clone()]);
    assert_eq!(find(&folder.open(PLENTY), &calls[0]).await.as_ref(), Some(&calls[0]));
}

#[tokio::test]
async fn files_have_a_bound_and_the_oldest_go_first() {
    const MOST: u64 = 1 << 20;
    let folder = Folder::new();
    let captures = folder.open(MOST);
    let mut calls = Vec::new();
    for number in 0..200 {
        folder.clock.advance(Duration::from_millis(1));
        let mut call = folder.call(team(1 + u128::from(number % 3)), number);
        noise(&mut call, 30_000);
        keep(&captures, std::slice::from_ref(&call)).await;
        assert!(folder.bytes() <= MOST, "{} bytes", folder.bytes());
        calls.push(call);
    }
    let mut there = Vec::new();
    for call in &calls {
        there.push(find(&captures, call).await.is_some());
    }
    let status = captures.status().await;
    assert_eq!((status.captured, status.dropped), (200, 0));
    assert!(!there[0] && there[199] && status.kept > 20, "{status:?}");
    captures.close().await;
    // A smaller bound holds from the start.
    let captures = folder.open(MOST / 4);
    assert!(folder.bytes() <= MOST / 4, "{} bytes", folder.bytes());
    assert!(find(&captures, &calls[199]).await.is_some());
}

#[tokio::test]
async fn captures_go_when_their_team_wants_its_calls_forgotten() {
    let folder = Folder::new();
    let captures = folder.open(PLENTY);
    let (short, long) = (folder.call(team(1), 1), folder.call(team(2), 2));
    keep(&captures, &[short.clone(), long.clone()]).await;
    let day = Duration::from_secs(24 * 3600);
    folder.clock.advance(2 * day);
    let later = folder.call(team(1), 3);
    keep(&captures, std::slice::from_ref(&later)).await;
    captures.flush().await;
    let now = folder.clock.now();
    let since = |of: TeamId| now.minus(if of == team(1) { day } else { 3 * day });
    assert_eq!(captures.retain(&since), 1);
    assert_eq!(find(&captures, &short).await, None);
    assert!(find(&captures, &long).await.is_some() && find(&captures, &later).await.is_some());
    assert_eq!(captures.retain(&|_| Timestamp::from_millis(i64::MAX)), 2);
    assert_eq!((captures.status().await.kept, folder.files().len()), (0, 0));
}

#[tokio::test]
async fn what_finds_no_room_or_no_disk_gives_way_and_is_counted() {
    let folder = Folder::new();
    std::fs::write(folder.path(), "in the way").unwrap();
    let captures = folder.open(PLENTY);
    let mut lease = captures.lease().unwrap();
    assert!(lease.grow(60 << 20) && !lease.grow(60 << 20));
    assert!(captures.status().await.held_bytes > 60 << 20);
    let mut others: Vec<_> = std::iter::from_fn(|| captures.lease()).take(10_000).collect();
    assert!(others.len() < 10_000);
    assert_eq!(captures.status().await.dropped, 1);
    others.clear();
    drop(lease);
    assert!(captures.lease().is_some());
    assert_eq!(captures.status().await.held_bytes, 0);
    keep(&captures, &[folder.call(team(1), 1)]).await;
    assert_eq!(captures.status().await.dropped, 2, "there is no folder to write to");
    std::fs::remove_file(folder.path()).unwrap();
    let call = folder.call(team(1), 2);
    keep(&captures, std::slice::from_ref(&call)).await;
    assert_eq!(find(&captures, &call).await, Some(call), "and then there is");
}

#[tokio::test]
async fn one_that_cannot_be_redacted_stops_no_other() {
    struct Bad;
    impl Pending for Bad {
        fn redact(self: Box<Self>) -> CapturedCall {
            panic!("a mistake");
        }
    }
    let folder = Folder::new();
    let captures = folder.open(PLENTY);
    captures.push(Box::new(Bad));
    let call = folder.call(team(1), 1);
    keep(&captures, std::slice::from_ref(&call)).await;
    assert_eq!(find(&captures, &call).await, Some(call));
    assert_eq!(captures.status().await.dropped, 1);
}

#[tokio::test]
async fn a_process_that_takes_over_finds_what_the_one_before_left_and_still_leaves() {
    let folder = Folder::new();
    let before = folder.open(PLENTY);
    let early = folder.call(team(1), 1);
    keep(&before, std::slice::from_ref(&early)).await;
    let after = folder.open(PLENTY);
    assert_eq!(find(&after, &early).await, None, "it is still written");
    before.give_away().await;
    assert_eq!(find(&after, &early).await.as_ref(), Some(&early));
    let (late, own) = (folder.call(team(1), 2), folder.call(team(1), 3));
    keep(&before, std::slice::from_ref(&late)).await;
    keep(&after, std::slice::from_ref(&own)).await;
    before.close().await;
    for call in [&early, &late, &own] {
        assert_eq!(find(&after, call).await.as_ref(), Some(call));
    }
}
