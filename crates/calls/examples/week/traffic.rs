//! Days of synthetic calls with the shape of days: what the tour of the control room shows, and what the benchmark of
//! its pages asks about. By way of the real lanes, writer and files; the same plan makes the same calls.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use keyward_calls::{CallLog, Calls, CallsPlace, Geo, Pace, Recorder, Writer};
use keyward_model::api::ApiId;
use keyward_model::app::AppId;
use keyward_model::call::{CallRecord, Protocol, Timing};
use keyward_model::clock::SystemClock;
use keyward_model::team::TeamId;
use keyward_model::token::TokenId;
use keyward_model::{Clock, Code, Name, Timestamp};
use keyward_store::Store;
use serde::Deserialize;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// Calls handed over before the writer is waited for: less than a lane holds.
const PORTION: usize = 20_000;

/// What is called, by whom, how often.
#[derive(Debug, Deserialize)]
pub(crate) struct Plan {
    /// Whose calls they are.
    pub(crate) team: TeamId,
    /// How many days, until now.
    pub(crate) days: i64,
    /// A database of addresses, for their countries.
    pub(crate) geo: Option<PathBuf>,
    /// Who calls what.
    pub(crate) lines: Vec<Line>,
}

/// One token on one route.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Line {
    /// The app of the token; none for strangers.
    pub(crate) app: Option<AppId>,
    /// The token; none for strangers.
    pub(crate) token: Option<TokenId>,
    /// The api.
    pub(crate) api: ApiId,
    /// Its name.
    pub(crate) api_name: Name,
    /// The route.
    pub(crate) route: Name,
    /// Its method.
    pub(crate) method: String,
    /// Its path; `{}` is a number.
    pub(crate) path: String,
    /// Where the calls go.
    pub(crate) target: String,
    /// Where they come from, the first most often.
    pub(crate) addresses: Vec<IpAddr>,
    /// Calls in the busiest hour.
    pub(crate) peak: f64,
    /// The share of it at night.
    #[serde(default)]
    pub(crate) night: f64,
    /// The share of it on Saturdays and Sundays.
    #[serde(default = "whole")]
    pub(crate) weekend: f64,
    /// From one hour of the day to another, and only then.
    pub(crate) hours: Option<(i64, i64)>,
    /// Between so many hours ago and so many, and only then.
    pub(crate) ago: Option<(f64, f64)>,
    /// What most calls take, in milliseconds.
    pub(crate) ms: f64,
    /// How calls end that don't end well; the first that its share meets counts.
    #[serde(default)]
    pub(crate) ends: Vec<End>,
}

/// How a share of the calls ends.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct End {
    /// Of 1.
    pub(crate) share: f64,
    /// What is answered.
    pub(crate) status: u16,
    /// Why, where it was not the upstream's answer.
    pub(crate) code: Option<Code>,
    /// The rule that decided.
    pub(crate) rule: Option<String>,
    /// Between so many hours ago and so many, and only then.
    pub(crate) ago: Option<(f64, f64)>,
}

fn whole() -> f64 {
    1.0
}

/// Writes the calls of `plan` into the folder `calls`, and uses of tokens into `store`; how many calls that were.
pub(crate) async fn write(plan: &Plan, calls: &Path, store: Store) -> u64 {
    let clock = Arc::new(SystemClock::new());
    let geo = Geo::open(plan.geo.as_slice());
    let calls = Calls::open(CallsPlace::Folder(calls.to_owned()), geo, clock.clone()).await.expect("a folder of calls");
    let (log, mut recorders) = CallLog::new(1, 2 * PORTION);
    let pace = Pace { poll: Duration::from_millis(5), ..Pace::default() };
    let writer = Writer::start(Arc::clone(&log), calls.sink(store), pace);
    let recorder = recorders.remove(0);

    // Just short of now, so that every call has begun when it is asked for.
    let now = clock.now().as_millis() - 1000;
    let mut numbers = Numbers(1);
    let mut waiting = 0;
    for minute in (now / MINUTE - plan.days * 24 * 60)..=now / MINUTE {
        let mut due = Vec::new();
        for line in &plan.lines {
            let calls = (line.peak / 60.0 * line.busy(minute * MINUTE, now) + numbers.share()) as u64;
            due.extend((0..calls).map(|_| (minute * MINUTE + numbers.below(MINUTE), line)));
        }
        due.retain(|(at, _)| *at <= now);
        due.sort_by_key(|(at, _)| *at);
        for (at, line) in due {
            push(&recorder, &line.call(plan.team, at, now, &mut numbers));
            waiting += 1;
            if waiting % PORTION == 0 {
                all_written(&log).await;
            }
        }
    }
    all_written(&log).await;
    writer.stop().await;
    if let Some(files) = calls.files().cloned() {
        let sealed = tokio::task::spawn_blocking(move || files.seal()).await;
        assert!(matches!(sealed, Ok(true)), "files cannot be written");
    }
    let stats = log.stats();
    calls.close().await;
    assert_eq!(stats.dropped, 0, "calls were made faster than written");
    stats.recorded
}

fn push(recorder: &Recorder, record: &CallRecord) {
    recorder.push(&record.into());
}

/// Files of calls may be written more slowly than calls come here: the writer says "later" for a while then.
async fn all_written(log: &CallLog) {
    for _ in 0..2400 {
        if log.flush().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the writer takes no calls any more");
}

impl Line {
    /// How busy it is at a moment, of the busiest hour.
    fn busy(&self, at: i64, now: i64) -> f64 {
        let (day, hour) = (at.div_euclid(24 * HOUR), at.rem_euclid(24 * HOUR) as f64 / HOUR as f64);
        let within_hours = self.hours.is_none_or(|(from, to)| (from as f64..to as f64).contains(&hour));
        if !within(self.ago, at, now) || !within_hours {
            return 0.0;
        }
        // 1970 began with a Thursday.
        let weekend = if matches!((day + 3).rem_euclid(7), 5 | 6) { self.weekend } else { 1.0 };
        let day_shape = if self.hours.is_some() { 1.0 } else { self.night + (1.0 - self.night) * daylight(hour) };
        // No two hours are alike.
        let mood = 0.85 + 0.3 * Numbers(at.div_euclid(HOUR) as u64 ^ self.ms.to_bits()).share();
        day_shape * weekend * mood
    }

    fn call(&self, team: TeamId, at: i64, now: i64, numbers: &mut Numbers) -> CallRecord {
        let drawn = numbers.share();
        let mut met = 0.0;
        let end = self.ends.iter().filter(|end| within(end.ago, at, now)).find(|end| {
            met += end.share;
            drawn < met
        });
        let code = end.and_then(|end| end.code);
        let status = end.map_or(200, |end| end.status);
        let refused = code.is_some() && status < 500;
        let took = (self.ms * 1000.0 * (0.7 + 0.3 * (1.0 - numbers.share()).powf(-0.6))).min(9e6) as u32;
        let (decide_us, first_byte_us) = (20 + numbers.below(30) as u32, if refused { 0 } else { took });
        // The squared share comes to the first ones more often.
        let place = (numbers.share().powi(2) * self.addresses.len() as f64) as usize;
        CallRecord {
            request_id: uuid::Builder::from_unix_timestamp_millis(at as u64, &numbers.ten_bytes()).into_uuid(),
            at: Timestamp::from_millis(at),
            team: Some(team),
            app: self.app,
            token: self.token,
            api: Some(self.api),
            api_name: Some(self.api_name.clone()),
            route: Some(self.route.clone()),
            method: self.method.clone(),
            path: self.path.replace("{}", &(100_000 + numbers.below(900_000)).to_string()),
            status,
            code,
            rule: end.and_then(|end| end.rule.clone()),
            address: self.addresses[place],
            country: None,
            asn: None,
            protocol: Protocol::Http11,
            target: (!refused).then(|| self.target.clone()),
            retries: 0,
            bytes_in: if self.method == "GET" { 0 } else { 200 + numbers.below(1800) as u64 },
            bytes_out: 200 + numbers.below(4000) as u64,
            cost: 1,
            timing: Timing { decide_us, first_byte_us, total_us: decide_us + first_byte_us + 40, ..Timing::default() },
            revision: 1,
            checks: Vec::new(),
        }
    }
}

fn within(hours_ago: Option<(f64, f64)>, at: i64, now: i64) -> bool {
    let ago = (now - at) as f64 / HOUR as f64;
    hours_ago.is_none_or(|(from, to)| ago <= from && ago >= to)
}

/// From 0 at night to 1 in the early afternoon.
fn daylight(hour: f64) -> f64 {
    ((hour - 5.0) / 17.0 * std::f64::consts::PI).sin().max(0.0).powf(1.3) * f64::from((5.0..22.0).contains(&hour))
}

/// SplitMix64.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: i64) -> i64 {
        (self.next() % bound as u64) as i64
    }

    /// From 0 to before 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn ten_bytes(&mut self) -> [u8; 10] {
        let (one, two) = (self.next().to_be_bytes(), self.next().to_be_bytes());
        std::array::from_fn(|place| if place < 8 { one[place] } else { two[place - 8] })
    }
}
