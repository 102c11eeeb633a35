//! Charts by the clock and calendar of zones: files, SQLite and PostgreSQL against one naive recount that walks through
//! the range minute by minute.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::DateTime;
use keyward_calls::{AnalyticsQuery, BucketState, CallLog, Calls, CallsPlace, Geo, Step, Writer};
use keyward_model::call::CallRecord;
use keyward_model::clock::ManualClock;
use keyward_model::time_window::Zone;
use keyward_model::{Code, Timestamp};
use keyward_store::Store;
use proptest::prelude::*;

use crate::files::{Directory, MINUTE, Open, Place, hour};
use crate::postgres::Database;
use crate::support::{on_demand, record};

const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Zones and moments at which their clocks are set, or nothing happens.
const CHANGES: [(&str, &str); 10] = [
    ("UTC", "2026-03-01T00:00:00Z"),
    ("Europe/Berlin", "2026-03-29T01:00:00Z"),
    ("Europe/Berlin", "2026-10-25T01:00:00Z"),
    ("America/New_York", "2026-11-01T06:00:00Z"),
    ("America/St_Johns", "2026-03-08T05:30:00Z"),
    // At midnight, once left out and once repeated.
    ("Asia/Beirut", "2026-03-28T22:00:00Z"),
    ("America/Havana", "2026-11-01T05:00:00Z"),
    // Half an hour.
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
    ("Asia/Kathmandu", "2026-04-30T18:15:00Z"),
];
const STEPS: [&str; 12] = ["15m", "30m", "1h", "2h", "6h", "12h", "1d", "2d", "1w", "2w", "1mo", "3mo"];

/// What a clock on the wall shows in each minute, in minutes since 1970: all that a recount knows of a zone.
struct Wall {
    first: i64,
    shown: Vec<i64>,
}

impl Wall {
    fn of(zone: &str, from: i64, to: i64) -> Self {
        let zone = zone.parse::<Zone>().unwrap();
        let offset =
            |at: i64| i64::from(zone.as_jiff().to_offset(Timestamp::from_millis(at).to_jiff()).seconds()) * 1000;
        let minutes = from.div_euclid(MINUTE)..to.div_euclid(MINUTE);
        Self { first: minutes.start, shown: minutes.map(|minute| minute + offset(minute * MINUTE) / MINUTE).collect() }
    }

    fn at(&self, at: i64) -> i64 {
        self.shown[usize::try_from(at.div_euclid(MINUTE) - self.first).unwrap()]
    }

    /// When it first shows `wall` or later, looked for from two days before `about`.
    fn first(&self, wall: i64, about: i64) -> i64 {
        let mut at = about.div_euclid(MINUTE) * MINUTE - 2 * DAY;
        while self.at(at) < wall {
            at += MINUTE;
        }
        at
    }
}

/// A chart recounted without any of the means of the real one.
struct Naive<'a> {
    wall: &'a Wall,
    count: i64,
    unit: &'a str,
}

impl<'a> Naive<'a> {
    fn of(wall: &'a Wall, step: &'a str) -> Self {
        let unit = step.trim_start_matches(|letter: char| letter.is_ascii_digit());
        Self { wall, count: step.strip_suffix(unit).unwrap().parse().unwrap(), unit }
    }

    fn date(wall: i64) -> DateTime {
        jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::from_second(wall * 60).unwrap())
    }

    fn minutes(&self) -> i64 {
        self.count
            * [("m", 1), ("h", 60), ("d", 1440), ("w", 7 * 1440)].iter().find(|unit| unit.0 == self.unit).unwrap().1
    }

    /// Which step the wall shows.
    fn label(&self, wall: i64) -> i64 {
        match self.unit {
            "mo" => {
                let date = Self::date(wall);
                ((i64::from(date.year()) - 1970) * 12 + i64::from(date.month()) - 1).div_euclid(self.count)
            }
            // 5 January 1970 was a Monday.
            "w" => (wall - 4 * 1440).div_euclid(self.minutes()),
            _ => wall.div_euclid(self.minutes()),
        }
    }

    /// Where points begin between two moments.
    fn begins(&self, from: i64, to: i64) -> Vec<i64> {
        let (mut begins, mut latest, mut set_back) = (Vec::new(), i64::MIN, 0);
        let mut at = from.div_euclid(MINUTE) * MINUTE;
        let mut before = self.wall.at(at - MINUTE);
        while at < to {
            let wall = self.wall.at(at);
            if wall <= before {
                set_back = before + 1 - wall;
            }
            let is_mark = || self.label(wall) != self.label(wall - 1);
            let begins_here = if wall > before + 1 {
                // What is sprung over begins with the jump.
                self.label(wall) != self.label(before)
            } else if wall > latest {
                is_mark()
            } else {
                // Shown before: an hour of its own if the whole of it comes again.
                matches!(self.unit, "m" | "h") && self.minutes() <= set_back && is_mark()
            };
            if begins_here {
                begins.push(at);
            }
            (before, latest, at) = (wall, latest.max(wall), at + MINUTE);
        }
        begins
    }

    /// Where points begin and end that have something of the range.
    fn points(&self, from: i64, to: i64) -> Vec<i64> {
        let length = if self.unit == "mo" { self.count * 31 * DAY } else { self.minutes() * MINUTE };
        let mut points = self.begins(from - length - 2 * DAY, to + length + 2 * DAY);
        points.truncate(points.iter().position(|at| *at >= to).unwrap() + 1);
        points.split_off(points.iter().rposition(|at| *at <= from).unwrap())
    }

    /// The points before those of a chart: the same on the wall so many days or months ago, where the chart is whole ones,
    /// and otherwise as many steps.
    fn before(&self, points: &[i64]) -> Vec<i64> {
        let (first, last) = (points[0], points[points.len() - 1]);
        let marks: Vec<i64> = points.iter().map(|at| self.mark(*at)).collect();
        let minutes = marks[marks.len() - 1] - marks[0];
        let mut before: Vec<i64> = if self.unit == "mo" {
            let months = (self.label(self.wall.at(last)) - self.label(self.wall.at(first))) * self.count;
            let back = |mark: &i64| {
                let then = Self::date(*mark).date().checked_sub(jiff::Span::new().months(months)).unwrap();
                let wall = jiff::tz::Offset::UTC.to_timestamp(then.at(0, 0, 0, 0)).unwrap().as_second() / 60;
                self.wall.first(wall, wall * MINUTE)
            };
            marks.iter().map(back).collect()
        } else if minutes > 0 && minutes % 1440 == 0 {
            points.iter().zip(&marks).map(|(at, mark)| self.wall.first(mark - minutes, at - minutes * MINUTE)).collect()
        } else {
            let all = self.begins(first - 2 * (last - first) - 3 * DAY, first);
            [&all[all.len() + 1 - points.len()..], &[first]].concat()
        };
        *before.last_mut().unwrap() = first;
        before
    }

    /// What the wall shows where a point begins; where it springs, the last mark that it springs over or onto.
    fn mark(&self, at: i64) -> i64 {
        let mut wall = self.wall.at(at);
        while self.label(wall) == self.label(wall - 1) {
            wall -= 1;
        }
        wall
    }
}

struct Backend {
    name: &'static str,
    open: Open,
    _directory: tempfile::TempDir,
    _database: Option<Database>,
}

/// The three places of calls, at the same time.
async fn backends(clock: &Arc<ManualClock>) -> [Backend; 3] {
    let clock = || Arc::clone(clock);
    let files = tempfile::tempdir().unwrap();
    let place = Place { directory: Directory::Others(files.path().to_owned()), clock: clock() };
    let rows = async |name, url: String, directory: tempfile::TempDir, database| {
        let calls = Calls::open(CallsPlace::Database(url), Geo::default(), clock()).await.unwrap();
        let url = format!("sqlite://{}", directory.path().join("keyward.db").display());
        let store = Store::open(&url, clock()).await.unwrap();
        let (log, mut recorders) = CallLog::new(1, 10_000);
        let writer = Writer::start(Arc::clone(&log), calls.sink(store), on_demand(100_000));
        assert!(log.flush().await);
        let open = Open { calls, log, recorder: recorders.remove(0), writer };
        Backend { name, open, _directory: directory, _database: database }
    };
    let (sqlite, postgres) = (tempfile::tempdir().unwrap(), Database::create());
    let url = format!("sqlite://{}", sqlite.path().join("calls.db").display());
    [
        Backend { name: "files", open: place.open().await, _directory: files, _database: None },
        rows("sqlite", url, sqlite, None).await,
        rows("postgres", postgres.url(), tempfile::tempdir().unwrap(), Some(postgres)).await,
    ]
}

fn call(number: u32, at: i64) -> CallRecord {
    let id = u128::try_from(at).unwrap() << 80 | 7 << 76 | u128::from(number);
    let refused = number % 4 == 3;
    CallRecord {
        request_id: uuid::Uuid::from_u128(id),
        at: Timestamp::from_millis(at),
        status: if refused { 403 } else { 200 },
        code: refused.then_some(Code::ScopeMissing),
        bytes_in: u64::from(number) + 1,
        ..record(number)
    }
}

/// Calls, refusals and bytes of each point.
fn recount(records: &[CallRecord], points: &[i64]) -> Vec<(u64, u64, u64)> {
    let of = |span: &[i64]| {
        let here = records.iter().filter(|record| (span[0]..span[1]).contains(&record.at.as_millis()));
        here.fold((0, 0, 0), |sum, record| {
            (sum.0 + 1, sum.1 + u64::from(record.code.is_some()), sum.2 + record.bytes_in)
        })
    };
    points.windows(2).map(of).collect()
}

fn told(points: &[Option<keyward_calls::Figures>]) -> Vec<(u64, u64, u64)> {
    let of = |point: &Option<keyward_calls::Figures>| {
        point.map_or((0, 0, 0), |point| (point.calls, point.refusals, point.bytes_in))
    };
    points.iter().map(of).collect()
}

#[derive(Clone, Debug)]
struct Question {
    step: &'static str,
    from: i64,
    length: i64,
}

fn question() -> impl Strategy<Value = Question> {
    let days = |step: &str| match step {
        "15m" | "30m" => 3,
        "1mo" | "3mo" => 100,
        _ => 20,
    };
    prop::sample::select(STEPS.to_vec()).prop_flat_map(move |step| {
        let minutes = days(step) * 24 * 60;
        let length = prop_oneof![1..minutes, (1..=days(step)).prop_map(|days| days * 24 * 60)];
        // Whole hours before the change, so that days from midnight to midnight come up often.
        let from = prop_oneof![-minutes..60, (-24 * days(step)..2i64).prop_map(|hours| hours * 60)];
        (from, length).prop_map(move |(from, length)| Question { step, from: from * MINUTE, length: length * MINUTE })
    })
}

/// Minutes from a change of the clock: mostly close to it, the rest within weeks.
fn distance() -> impl Strategy<Value = i64> {
    prop_oneof![2 => -240i64..240, 2 => -3000i64..3000, 1 => -80 * 1440i64..80 * 1440]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn files_and_databases_count_by_the_calendar_as_a_recount_does(
        (zone, change) in prop::sample::select(CHANGES.to_vec()),
        distances in prop::collection::vec((distance(), 0i64..MINUTE), 20..120),
        questions in prop::collection::vec(question(), 12),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let change = change.parse::<Timestamp>().unwrap().as_millis();
            let clock = Arc::new(ManualClock::at(Timestamp::from_millis(change + 200 * DAY)));
            let backends = backends(&clock).await;
            let moments = distances.iter().map(|(minutes, within)| change + minutes * MINUTE + within);
            let records: Vec<CallRecord> = (0..).zip(moments).map(|(number, at)| call(number, at)).collect();
            for backend in &backends {
                // Three files of a day are merged, and have hours and days then; the rest stays in memory.
                for (number, portion) in records.chunks(records.len().div_ceil(4)).enumerate() {
                    backend.open.push(portion).await;
                    if backend.name == "files" && number < 3 {
                        backend.open.seal().await;
                    }
                }
            }
            let wall = Wall::of(zone, change - 600 * DAY, change + 300 * DAY);
            for Question { step, from, length } in &questions {
                let naive = Naive::of(&wall, step);
                let (from, to) = (change + from, change + from + length);
                let points = naive.points(from, to);
                let query = AnalyticsQuery {
                    step: step.parse().unwrap(),
                    zone: zone.parse().unwrap(),
                    compare_with_previous: true,
                    ..hour(from, to)
                };
                for Backend { name, open, .. } in &backends {
                    let what = format!("{name} {query:?}");
                    let chart = open.calls.analytics_of_all_teams(&query).await.unwrap();
                    let begins: Vec<i64> = chart.buckets.iter().map(|bucket| bucket.at.as_millis()).collect();
                    assert_eq!(begins, points[..points.len() - 1], "{what}");
                    assert_eq!((chart.from.as_millis(), chart.to.as_millis()), (points[0], points[points.len() - 1]));
                    let series = &chart.series[0];
                    assert_eq!(told(&series.own.points), recount(&records, &points), "{what}");
                    let previous = chart.previous.unwrap();
                    let before: Vec<i64> =
                        previous.buckets.iter().map(|bucket| bucket.at.as_millis()).chain([previous.to.as_millis()]).collect();
                    assert_eq!(before, naive.before(&points), "{what}");
                    let line = series.previous.as_ref().unwrap();
                    assert_eq!(told(&line.points), recount(&records, &before), "{what}");
                }
            }
            for Backend { open, .. } in backends {
                open.close().await;
            }
        });
    }
}

#[tokio::test]
async fn a_day_that_is_not_over_is_marked_and_one_before_all_records_is_unknown() {
    // 2026-10-25, 25 hours long in Berlin; it is noon there.
    let noon = "2026-10-25T11:00:00Z".parse::<Timestamp>().unwrap().as_millis();
    let clock = Arc::new(ManualClock::at(Timestamp::from_millis(noon - HOUR)));
    let backends = backends(&clock).await;
    clock.advance(Duration::from_secs(3600));
    for Backend { name, open, .. } in &backends {
        open.push(&[call(0, noon - 10 * MINUTE)]).await;
        let query = AnalyticsQuery {
            step: Step::DAY,
            zone: "Europe/Berlin".parse().unwrap(),
            compare_with_previous: true,
            ..hour(noon - DAY, noon + DAY)
        };
        let chart = open.calls.analytics_of_all_teams(&query).await.unwrap();
        let states: Vec<BucketState> = chart.buckets.iter().map(|bucket| bucket.state).collect();
        assert_eq!(states, [BucketState::Unknown, BucketState::Incomplete, BucketState::Unknown], "{name}");
        let calls: Vec<Option<u64>> =
            chart.series[0].own.points.iter().map(|point| point.map(|point| point.calls)).collect();
        assert_eq!(calls, [None, Some(1), None], "{name}: unknown is not zero");
        assert_eq!(chart.series[0].previous.as_ref().unwrap().total, None, "{name}");
    }
    for Backend { open, .. } in backends {
        open.close().await;
    }
}
