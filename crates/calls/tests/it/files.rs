//! Calls in files: found again from memory, from the journal and from Parquet, and counted exactly everywhere.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use keyward_calls::{
    AnalyticsFilter, AnalyticsQuery, BucketState, CallLog, CallStats, Calls, CallsPlace, Dimension, ExportFormat, Geo,
    Recorder, Step, Writer,
};
use keyward_model::call::{CallRecord, Protocol, Timing};
use keyward_model::cidr::Cidr;
use keyward_model::clock::ManualClock;
use keyward_model::team::TeamId;
use keyward_model::time_window::Zone;
use keyward_model::{Code, Timestamp};
use keyward_store::{AddressOrder, Addresses, CallFilter, PageRequest, Store};

use crate::support::{on_demand, record};

/// 2026-05-04T10:00:00Z, a Monday.
pub(crate) const START: i64 = 1_777_888_800_000;
pub(crate) const MINUTE: i64 = 60_000;

pub(crate) struct Place {
    pub(crate) directory: Directory,
    pub(crate) clock: Arc<ManualClock>,
}

pub(crate) enum Directory {
    Own(tempfile::TempDir),
    Others(PathBuf),
}

impl Directory {
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Own(directory) => directory.path(),
            Self::Others(path) => path,
        }
    }
}

pub(crate) struct Open {
    pub(crate) calls: Calls,
    pub(crate) log: Arc<CallLog>,
    pub(crate) recorder: Recorder,
    pub(crate) writer: Writer,
}

impl Place {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(START)));
        Self { directory: Directory::Own(tempfile::tempdir().unwrap()), clock }
    }

    pub(crate) fn at(path: PathBuf) -> Self {
        Self { directory: Directory::Others(path), ..Self::new() }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.directory.path().join("calls")
    }

    pub(crate) async fn open(&self) -> Open {
        self.open_with(10_000).await
    }

    pub(crate) async fn open_with(&self, capacity: usize) -> Open {
        let clock = Arc::clone(&self.clock);
        let calls = Calls::open(CallsPlace::Folder(self.folder()), Geo::default(), clock.clone()).await.unwrap();
        let url = format!("sqlite://{}", self.directory.path().join("keyward.db").display());
        let store = Store::open(&url, clock).await.unwrap();
        let (log, mut recorders) = CallLog::new(1, capacity);
        let writer = Writer::start(Arc::clone(&log), calls.sink(store), on_demand(100_000));
        assert!(log.flush().await);
        Open { calls, log, recorder: recorders.remove(0), writer }
    }
}

impl Open {
    pub(crate) async fn push(&self, records: &[CallRecord]) {
        records.iter().for_each(|record| self.recorder.push(&record.into()));
        assert!(self.log.flush().await);
    }

    pub(crate) async fn close(self) {
        self.writer.stop().await;
        self.calls.close().await;
    }

    pub(crate) async fn seal(&self) {
        let files = self.calls.files().unwrap().clone();
        assert!(tokio::task::spawn_blocking(move || files.seal()).await.unwrap());
    }

    pub(crate) async fn all(&self) -> Vec<CallRecord> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest { after, limit: 7 };
            let found = self.calls.calls_of_all_teams(&CallFilter::default(), &page).await.unwrap();
            all.extend(found.items);
            after = found.next;
            if after.is_none() {
                return all;
            }
        }
    }

    pub(crate) async fn count(&self, from: i64, to: i64) -> u64 {
        let query = hour(from, to);
        self.calls.analytics_of_all_teams(&query).await.unwrap().series[0].own.total.unwrap().calls
    }
}

pub(crate) fn hour(from: i64, to: i64) -> AnalyticsQuery {
    AnalyticsQuery {
        from: Timestamp::from_millis(from),
        to: Timestamp::from_millis(to),
        step: Step::MINUTE,
        zone: Zone::utc(),
        group_by: Vec::new(),
        filter: AnalyticsFilter::default(),
        top: 10,
        compare_with_previous: false,
    }
}

fn range(text: &str) -> Option<Cidr> {
    Some(text.parse().unwrap())
}

pub(crate) fn team(number: u32) -> TeamId {
    keyward_model::id::Id::from_uuid(uuid::Uuid::from_u128(u128::from(number)))
}

/// A call so many seconds after the start, every field told apart.
pub(crate) fn call(number: u32) -> CallRecord {
    let at = START + i64::from(number) * 1000;
    let id = u128::try_from(at).unwrap() << 80 | 7 << 76 | u128::from(number);
    let refused = number % 5 == 4;
    CallRecord {
        request_id: uuid::Uuid::from_u128(id),
        at: Timestamp::from_millis(at),
        team: (number % 7 != 6).then(|| team(1 + number % 2)),
        token: (!refused).then(|| format!("{:0>12}", number % 3).parse().unwrap()),
        api_name: Some("orders.v1".parse().unwrap()),
        route: Some(if number.is_multiple_of(2) { "read" } else { "list" }.parse().unwrap()),
        method: if number % 11 == 10 { "POST" } else { "GET" }.to_owned(),
        path: format!("/orders/v1/orders/{number}"),
        status: if refused { 403 } else { 200 },
        code: refused.then_some(Code::ScopeMissing),
        rule: refused.then(|| "token scopes".to_owned()),
        protocol: if number.is_multiple_of(2) { Protocol::Http2 } else { Protocol::Http11 },
        target: (!refused).then(|| format!("http://10.0.0.{}:80", number % 2)),
        bytes_in: u64::from(number),
        bytes_out: 1000,
        timing: Timing {
            queue_us: 1,
            decide_us: 2,
            connect_us: 3,
            first_byte_us: if refused { 0 } else { 100 + number },
            total_us: 200 + number,
        },
        checks: Vec::new(),
        ..record(number)
    }
}

/// Says of a call whether a filter wants it.
type Wanted = Box<dyn Fn(&CallRecord) -> bool>;

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn calls_are_found_in_memory_in_the_journal_and_in_files() {
    let place = Place::new();
    let records: Vec<CallRecord> = (0..50).map(call).collect();
    let newest_first: Vec<CallRecord> = records.iter().rev().cloned().collect();

    let open = place.open().await;
    open.push(&records[..30]).await;
    open.seal().await;
    open.push(&records[30..]).await;
    assert_eq!(open.all().await, newest_first);
    assert_eq!(open.count(START, START + MINUTE).await, 50);
    open.close().await;

    let open = place.open().await;
    assert_eq!(open.all().await, newest_first, "read again from the journal");
    open.seal().await;
    assert_eq!(open.all().await, newest_first);
    assert_eq!(open.count(START, START + MINUTE).await, 50);
    for wanted in &records {
        assert_eq!(open.calls.call_of_any_team(wanted.request_id).await.unwrap().as_ref(), Some(wanted));
    }
    assert_eq!(open.calls.call(team(2), records[0].request_id).await.unwrap(), None, "another team's");
    assert_eq!(open.calls.status().unwrap().calls, 50);
    open.close().await;
}

#[tokio::test]
async fn every_filter_narrows_in_memory_and_in_files_alike() {
    let place = Place::new();
    let open = place.open().await;
    let records: Vec<CallRecord> = (0..60).map(call).collect();
    for sealed in [false, true] {
        if sealed {
            open.seal().await;
        } else {
            open.push(&records).await;
        }
        let all = CallFilter::default;
        let filters: Vec<(CallFilter, Wanted)> = vec![
            (CallFilter { token: records[1].token, ..all() }, Box::new(|record| record.token == call(1).token)),
            (CallFilter { route: call(1).route, ..all() }, Box::new(|record| record.route == call(1).route)),
            (CallFilter { api: Some("other".parse().unwrap()), ..all() }, Box::new(|_| false)),
            (CallFilter { status_class: Some(4), ..all() }, Box::new(|record| record.status == 403)),
            (CallFilter { code: Some(Code::ScopeMissing), ..all() }, Box::new(|record| record.code.is_some())),
            (CallFilter { allowed: Some(true), ..all() }, Box::new(|record| record.code.is_none())),
            (CallFilter { method: Some("POST".to_owned()), ..all() }, Box::new(|record| record.method == "POST")),
            (
                CallFilter { path_prefix: Some("/orders/v1/orders/1".to_owned()), ..all() },
                Box::new(|record| record.path.starts_with("/orders/v1/orders/1")),
            ),
            (
                CallFilter { address: range(&call(3).address.to_string()), ..all() },
                Box::new(|record| *record == call(3)),
            ),
            (CallFilter { address: range("0.0.0.0/0"), ..all() }, Box::new(|record| record.address.is_ipv4())),
            (CallFilter { target: call(0).target, ..all() }, Box::new(|record| record.target == call(0).target)),
            (
                CallFilter { protocol: Some(Protocol::Http2), ..all() },
                Box::new(|record| record.protocol == Protocol::Http2),
            ),
            (
                CallFilter { slower_than_us: Some(210), faster_than_us: Some(220), ..all() },
                Box::new(|record| (210..=220).contains(&record.timing.total_us)),
            ),
            (
                CallFilter { from: Some(records[10].at), to: Some(records[20].at), ..all() },
                Box::new(|record| record.at >= call(10).at && record.at < call(20).at),
            ),
        ];
        for (filter, wanted) in filters {
            let page = PageRequest { after: None, limit: 500 };
            let found = open.calls.calls(team(1), &filter, &page).await.unwrap().items;
            let own = records.iter().rev().filter(|record| record.team == Some(team(1)));
            let expected: Vec<CallRecord> = own.filter(|record| wanted(record)).cloned().collect();
            assert_eq!(found, expected, "{filter:?}, sealed: {sealed}");
        }
    }
    open.close().await;
}

#[tokio::test]
async fn counts_are_exact_where_details_give_way_and_after_a_restart() {
    let place = Place::new();
    let open = place.open_with(10).await;
    let records: Vec<CallRecord> = (0..40).map(call).collect();
    records.iter().for_each(|record| open.recorder.push(&record.into()));
    assert!(open.log.flush().await);
    assert_eq!(open.log.stats(), CallStats { recorded: 40, dropped: 30, written: 10 });
    assert_eq!(open.all().await.len(), 10);
    assert_eq!(open.count(START, START + MINUTE).await, 40);
    open.close().await;

    let open = place.open().await;
    let query = AnalyticsQuery { group_by: vec![Dimension::Code, Dimension::Route], ..hour(START, START + MINUTE) };
    for sealed in [false, true] {
        if sealed {
            open.seal().await;
        }
        assert_eq!(open.count(START, START + MINUTE).await, 40, "sealed: {sealed}");
        let chart = open.calls.analytics_of_all_teams(&query).await.unwrap();
        for series in chart.series {
            let code = series.key[0].as_deref();
            let alike = records.iter().filter(|record| record.code.map(Code::as_str) == code);
            let alike = alike.filter(|record| record.route.as_deref() == series.key[1].as_deref());
            let (calls, bytes) = alike.fold((0, 0), |(calls, bytes), record| (calls + 1, bytes + record.bytes_in));
            let total = series.own.total.unwrap();
            assert_eq!((total.calls, total.bytes_in), (calls, bytes), "{:?}", series.key);
        }
    }
    open.close().await;
}

#[tokio::test]
async fn small_files_are_merged_and_nothing_changes() {
    let place = Place::new();
    let open = place.open().await;
    let records: Vec<CallRecord> = (0..60).map(call).collect();
    for records in records.chunks(5) {
        open.push(records).await;
        open.seal().await;
    }
    let newest_first: Vec<CallRecord> = records.iter().rev().cloned().collect();
    assert_eq!(open.all().await, newest_first);
    assert!(files(&place.folder(), "calls").len() < 8, "{:?}", files(&place.folder(), "calls"));
    assert!(files(&place.folder(), "rollup").len() < 8);
    let day = 24 * 60 * MINUTE;
    let midnight = START.div_euclid(day) * day;
    for step in [Step::MINUTE, Step::HOUR, Step::DAY] {
        let query = AnalyticsQuery { step, ..hour(midnight, midnight + day) };
        assert_eq!(
            open.calls.analytics_of_all_teams(&query).await.unwrap().series[0].own.total.unwrap().calls,
            60,
            "{step}"
        );
    }
    open.close().await;
    let open = place.open().await;
    assert_eq!(open.all().await, newest_first);
    open.close().await;
}

#[tokio::test]
async fn a_chart_tells_zero_from_unknown_and_marks_what_is_not_over() {
    let place = Place::new();
    let open = place.open().await;
    open.push(&[call(0), call(130)]).await;
    place.clock.jump_to(Timestamp::from_millis(START + 2 * MINUTE + 30_000));
    let query = AnalyticsQuery { compare_with_previous: true, ..hour(START - MINUTE, START + 4 * MINUTE) };
    let chart = open.calls.analytics_of_all_teams(&query).await.unwrap();
    let states: Vec<BucketState> = chart.buckets.iter().map(|bucket| bucket.state).collect();
    use BucketState::{Complete, Incomplete, Unknown};
    assert_eq!(states, [Unknown, Complete, Complete, Incomplete, Unknown]);
    let calls: Vec<Option<u64>> =
        chart.series[0].own.points.iter().map(|point| point.map(|point| point.calls)).collect();
    assert_eq!(calls, [None, Some(1), Some(0), Some(1), None]);
    let (before, line) = (chart.previous.unwrap(), chart.series[0].previous.clone().unwrap());
    assert_eq!((before.to, before.buckets.len()), (chart.from, 5));
    assert!(before.buckets.iter().all(|bucket| bucket.state == Unknown));
    assert_eq!((line.total, line.points), (None, vec![None; 5]), "what was before the first start is not zero");

    let query = hour(START, START + 2 * MINUTE);
    let by = [Dimension::Team, Dimension::Route, Dimension::Code];
    let counts = open.calls.counts(team(1), &query, &by).await.unwrap();
    assert_eq!((counts.state, counts.rows.iter().map(|(_, calls)| calls).sum::<u64>()), (Complete, 1));
    let query = hour(START - 9 * MINUTE, START - MINUTE);
    assert_eq!(open.calls.counts(team(1), &query, &by).await.unwrap().state, Unknown);
    open.close().await;
}

#[tokio::test]
async fn the_largest_series_are_shown_and_all_others_together() {
    let place = Place::new();
    let open = place.open().await;
    let mut records: Vec<CallRecord> = (0..30).map(call).collect();
    for (number, record) in records.iter_mut().enumerate() {
        let route = ["a", "a", "a", "b", "b", "c"][number % 6];
        record.route = Some(route.parse().unwrap());
    }
    open.push(&records).await;
    let query = AnalyticsQuery { group_by: vec![Dimension::Route], top: 2, ..hour(START, START + MINUTE) };
    let chart = open.calls.analytics_of_all_teams(&query).await.unwrap();
    let shown: Vec<_> =
        chart.series.iter().map(|series| (series.key.concat_text(), series.own.total.unwrap().calls)).collect();
    assert_eq!(shown, [("a".to_owned(), 15), ("b".to_owned(), 10), (String::new(), 5)]);
    assert!(chart.series[2].other);
    open.close().await;
}

trait ConcatText {
    fn concat_text(&self) -> String;
}

impl ConcatText for Vec<Option<String>> {
    fn concat_text(&self) -> String {
        self.iter().flatten().cloned().collect()
    }
}

#[tokio::test]
async fn an_export_holds_every_wanted_call() {
    let place = Place::new();
    let open = place.open().await;
    open.push(&(0..20).map(call).collect::<Vec<_>>()).await;
    open.seal().await;
    open.push(&(20..30).map(call).collect::<Vec<_>>()).await;
    let csv = place.directory.path().join("calls.csv");
    let filter = CallFilter { allowed: Some(true), ..CallFilter::default() };
    let sink = std::fs::File::create(&csv).unwrap();
    let calls = open.calls.export_of_all_teams(&filter, ExportFormat::Csv, sink).await.unwrap();
    assert_eq!(calls, 24);
    let text = std::fs::read_to_string(&csv).unwrap();
    assert_eq!(text.lines().count(), 25);
    assert!(text.starts_with("at,request_id,team,app,token,"));
    assert!(text.contains("/orders/v1/orders/28,200,"));

    let parquet = place.directory.path().join("calls.parquet");
    let sink = std::fs::File::create(&parquet).unwrap();
    assert_eq!(open.calls.export_of_all_teams(&filter, ExportFormat::Parquet, sink).await.unwrap(), 24);
    let bytes = std::fs::read(&parquet).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    open.close().await;
}

#[tokio::test]
async fn usage_is_told_by_address() {
    let place = Place::new();
    let open = place.open().await;
    let mut records: Vec<CallRecord> = (0..9).map(call).collect();
    for record in &mut records {
        record.team = Some(team(1));
        record.token = call(0).token;
        record.address = "10.0.0.1".parse().unwrap();
    }
    for record in &mut records {
        (record.status, record.code) = (200, None);
    }
    (records[2].status, records[2].code) = (403, Some(Code::ScopeMissing));
    (records[6].status, records[6].code) = (429, Some(Code::RateLimited));
    (records[3].status, records[3].code) = (504, Some(Code::UpstreamTimeout));
    records[8].address = "::1".parse().unwrap();
    open.push(&records[..5]).await;
    open.seal().await;
    open.push(&records[5..]).await;
    let end = Timestamp::from_millis(START + MINUTE);
    let filter = CallFilter { token: call(0).token, from: Some(records[1].at), to: Some(end), ..CallFilter::default() };
    let usage = open.calls.addresses(team(1), &filter, AddressOrder::Latest).await.unwrap();
    assert_eq!(usage.distinct, 2);
    let told: Vec<(String, u64, Timestamp)> =
        usage.rows.iter().map(|row| (row.address.to_string(), row.calls, row.last_at)).collect();
    assert_eq!(told, [("::1".to_owned(), 1, records[8].at), ("10.0.0.1".to_owned(), 7, records[7].at)]);
    assert_eq!(usage.calls, 8);
    let busiest = open.calls.addresses_of_all_teams(&filter, AddressOrder::Busiest).await.unwrap();
    assert_eq!((busiest.rows[0].refused, busiest.rows[0].errors), (2, 1));
    assert_eq!(busiest.rows[0].address.to_string(), "10.0.0.1");
    let elsewhere = CallFilter { address: "10.0.0.2/32".parse().ok(), ..filter.clone() };
    assert_eq!(open.calls.addresses(team(1), &elsewhere, AddressOrder::Busiest).await.unwrap(), Addresses::default());
    open.close().await;
}
