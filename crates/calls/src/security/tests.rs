//! A log of one's own, by a clock set by hand.

use std::net::{IpAddr, Ipv4Addr};

use keyward_model::clock::ManualClock;

use super::file::MOST_BYTES;
use super::*;

/// Numbers in order.
struct Numbers(AtomicU64);

impl Random for Numbers {
    fn fill(&self, bytes: &mut [u8]) {
        let number = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        bytes.iter_mut().zip(number.iter().cycle()).for_each(|(byte, number)| *byte = *number);
    }
}

struct Bench {
    folder: tempfile::TempDir,
    clock: Arc<ManualClock>,
    log: Arc<SecurityLog>,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_900_000_000_000)));
        let log = SecurityLog::start(folder.path(), clock.clone(), Arc::new(Numbers(AtomicU64::new(1))));
        Self { folder, clock, log }
    }

    fn note(&self, kind: SecurityKind, address: u32) {
        let address = IpAddr::V4(Ipv4Addr::from(address));
        let (listener, detail) = (Listener::Https, Cow::Borrowed("test"));
        self.log.note(Sighting { kind, listener, address, detail, request_id: None });
    }

    async fn all(&self, filter: SecurityFilter) -> Vec<SecurityEvent> {
        self.log.list(filter, PageRequest { after: None, limit: 1000 }).await.unwrap().items
    }

    fn kept(&self) -> u64 {
        let size = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().metadata().unwrap().len();
        std::fs::read_dir(self.folder.path()).unwrap().map(size).sum()
    }
}

#[tokio::test]
async fn what_is_noted_is_listed_newest_first_and_filtered() {
    let bench = Bench::new();
    for (kind, address) in [(SecurityKind::TlsRefused, 1), (SecurityKind::TlsRefused, 2), (SecurityKind::Http2Flood, 1)]
    {
        bench.note(kind, address);
        bench.log.flush().await;
        bench.clock.advance(Duration::from_secs(1));
    }
    let all = bench.all(SecurityFilter::default()).await;
    let said: Vec<_> = all.iter().map(|event| (event.kind, event.address.to_string())).collect();
    let [first, second] = ["0.0.0.1", "0.0.0.2"].map(str::to_owned);
    assert_eq!(said[..2], [(SecurityKind::Http2Flood, first.clone()), (SecurityKind::TlsRefused, second)]);
    let of = |filter: SecurityFilter| async { bench.all(filter).await.len() };
    assert_eq!(of(SecurityFilter { kind: Some(SecurityKind::TlsRefused), ..SecurityFilter::default() }).await, 2);
    let address = first.parse().ok();
    assert_eq!(of(SecurityFilter { address, ..SecurityFilter::default() }).await, 2);
    assert_eq!(of(SecurityFilter { from: Some(all[0].at), ..SecurityFilter::default() }).await, 1);
    assert_eq!(of(SecurityFilter { to: Some(all[0].at), ..SecurityFilter::default() }).await, 2);
    assert_eq!(of(SecurityFilter { listener: Some(Listener::Http), ..SecurityFilter::default() }).await, 0);

    let mut after = None;
    let mut paged = Vec::new();
    loop {
        let page = bench.log.list(SecurityFilter::default(), PageRequest { after, limit: 1 }).await.unwrap();
        paged.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(paged, all);
    let nonsense = PageRequest { after: Some("x".to_owned()), limit: 1 };
    assert!(matches!(bench.log.list(SecurityFilter::default(), nonsense).await, Err(SecurityListError::BadCursor)));
}

#[tokio::test]
async fn a_flood_is_counted_exactly_and_takes_bounded_room() {
    let bench = Bench::new();
    // One address, over and over.
    for _ in 0..1000 {
        bench.note(SecurityKind::TlsRefused, 7);
    }
    let listed: u64 = bench.all(SecurityFilter::default()).await.iter().map(|event| event.count).sum();
    assert_eq!(listed + bench.log.dropped(), 1000);
    // Everybody at once.
    let mut address = 100;
    while bench.kept() < MOST_BYTES * 3 / 2 {
        for _ in 0..2000 {
            address += 1;
            bench.note(SecurityKind::RequestInvalid, address);
        }
        // Larger than any there is, so that the files fill soon.
        let detail: Cow<'_, str> = Cow::Owned("x".repeat(100_000));
        let address = IpAddr::V4(Ipv4Addr::from(address));
        let (kind, listener) = (SecurityKind::PathInvalid, Listener::Http);
        bench.log.note(Sighting { kind, listener, address, detail: detail.clone(), request_id: None });
        bench.log.flush().await;
        bench.log.note(Sighting { kind, listener, address, detail, request_id: None });
        bench.log.flush().await;
    }
    for _ in 0..100 {
        let detail = Cow::Owned("x".repeat(100_000));
        let (kind, listener, address) = (SecurityKind::PathInvalid, Listener::Http, IpAddr::from([9, 9, 9, 9]));
        bench.log.note(Sighting { kind, listener, address, detail, request_id: None });
        bench.log.flush().await;
        assert!(bench.kept() <= 2 * MOST_BYTES);
    }
    let count = |wanted| bench.log.counts().into_iter().find(|(kind, _)| *kind == wanted).unwrap().1;
    assert_eq!(count(SecurityKind::RequestInvalid), u64::from(address - 100));
    assert!(bench.log.dropped() > 0);
    // The newest are there.
    let newest = bench.log.list(SecurityFilter::default(), PageRequest { after: None, limit: 1 }).await.unwrap();
    assert_eq!(newest.items[0].address, IpAddr::from([9, 9, 9, 9]));
}

#[tokio::test]
async fn what_is_kept_outlives_the_process_and_a_half_written_line() {
    let bench = Bench::new();
    bench.note(SecurityKind::TlsRefused, 1);
    bench.log.flush().await;
    let file = bench.folder.path().join("security-events.jsonl");
    let mut text = std::fs::read_to_string(&file).unwrap();
    text.push_str("{\"id\":\"0192");
    std::fs::write(&file, text).unwrap();
    let again = SecurityLog::start(bench.folder.path(), bench.clock.clone(), Arc::new(Numbers(AtomicU64::new(900))));
    let (kind, listener, address) = (SecurityKind::TlsTimeout, Listener::Https, IpAddr::from([1, 2, 3, 4]));
    again.note(Sighting { kind, listener, address, detail: Cow::Borrowed("late"), request_id: None });
    let page = PageRequest { after: None, limit: 10 };
    let kinds: Vec<_> =
        again.list(SecurityFilter::default(), page).await.unwrap().items.into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [SecurityKind::TlsTimeout, SecurityKind::TlsRefused]);
    assert_eq!(again.counts().iter().map(|(_, count)| count).sum::<u64>(), 1, "counts begin with the process");
}

#[tokio::test]
async fn a_disk_that_takes_nothing_leaves_the_counts() {
    let bench = Bench::new();
    bench.log.flush().await;
    let file = bench.folder.path().join("security-events.jsonl");
    std::fs::create_dir(&file).unwrap();
    bench.note(SecurityKind::TlsRefused, 1);
    bench.log.flush().await;
    assert_eq!(bench.log.dropped(), 1);
    std::fs::remove_dir(&file).unwrap();
    bench.note(SecurityKind::TlsRefused, 1);
    assert_eq!(bench.all(SecurityFilter::default()).await.len(), 1);
    assert_eq!(bench.log.dropped(), 1);
}
