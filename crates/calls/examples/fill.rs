//! Fills a folder of calls with a day of synthetic ones, by way of the real lanes, writer and files: what the scenario
//! `calls` of `make bench` asks about. `fill FOLDER TEAM CALLS`; prints what it took as JSON.
//!
//! 10,000 tokens (Zipf) of 1,000 apps, up to 6 routes of 50 each, 200 addresses, three paths in four with a number of
//! seven digits, 2 % refused with nine checks, 1 % failed behind. The same numbers make the same calls.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a tool for the benchmarks: what fails ends it")]
#![expect(clippy::disallowed_methods, reason = "it measures how long it takes, and sets the times of its calls")]

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use keyward_calls::{CallLog, Calls, CallsPlace, Geo, Pace, Writer};
use keyward_model::call::{CallRecord, Protocol, Timing};
use keyward_model::check::{Check, CheckName, Verdict};
use keyward_model::clock::SystemClock;
use keyward_model::{Clock, Code, Timestamp};
use keyward_store::Store;

const TOKENS: u64 = 10_000;
const APPS: u64 = 1_000;
const ROUTES: u64 = 50;
const DAY: i64 = 24 * 3600 * 1000;
/// Calls handed over before the writer is waited for: less than a lane holds.
const PORTION: u64 = 50_000;

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

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// From 0 to before 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn mixed(number: u64) -> u64 {
    Numbers(number).next()
}

fn id<T>(number: u64) -> keyward_model::id::Id<T> {
    keyward_model::id::Id::from_uuid(uuid::Uuid::from_u128(u128::from(mixed(number)) << 64 | u128::from(number)))
}

/// Zipf with exponent 1, by the share of the harmonic sum.
fn zipf(numbers: &mut Numbers, sums: &[f64]) -> u64 {
    let wanted = numbers.share() * sums[sums.len() - 1];
    sums.partition_point(|sum| *sum <= wanted) as u64
}

fn token_name(number: u64) -> String {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut bits = mixed(number) as u128 * 0x1_0000_0001;
    (0..12)
        .map(|_| {
            let letter = ALPHABET[(bits % 62) as usize] as char;
            bits /= 62;
            letter
        })
        .collect()
}

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let (folder, team, calls) = (args.next().unwrap(), args.next().unwrap(), args.next().unwrap());
    let (team, count): (_, u64) = (team.parse().unwrap(), calls.parse().unwrap());
    let clock = Arc::new(SystemClock::new());
    let calls = Calls::open(CallsPlace::Folder(folder.clone().into()), Geo::default(), clock.clone()).await.unwrap();
    // Uses of tokens go to a store that nobody asks.
    let aside = Path::new(&folder).with_extension("fill.db");
    let store = Store::open(&format!("sqlite://{}", aside.display()), clock.clone()).await.unwrap();
    let (log, mut recorders) = CallLog::new(1, 2 * PORTION as usize);
    let pace = Pace { poll: Duration::from_millis(5), ..Pace::default() };
    let writer = Writer::start(Arc::clone(&log), calls.sink(store), pace);
    let recorder = recorders.remove(0);

    let mut sum = 0.0;
    let mut harmonic = |rank: u64| {
        sum += 1.0 / rank as f64;
        sum
    };
    let sums: Vec<f64> = (1..=TOKENS).map(&mut harmonic).collect();
    let tokens: Vec<_> = (0..TOKENS).map(|number| token_name(number).parse().unwrap()).collect();
    let mut numbers = Numbers(1);
    let begin = Instant::now();
    // Just short of now, so that every call has begun when it is asked for.
    let last = clock.now().as_millis() - 1000;
    let mut record = blank(team);
    for number in 0..count {
        let at = last - DAY
            + 60_000
            + i64::try_from(u128::from(number) * (DAY - 60_000) as u128 / u128::from(count)).unwrap();
        let token = zipf(&mut numbers, &sums);
        let route = mixed(token * 7 + numbers.below(1 + mixed(token) % 6)) % ROUTES;
        record.at = Timestamp::from_millis(at);
        record.request_id = uuid::Uuid::from_u128(
            u128::try_from(at).unwrap() << 80 | 7 << 76 | u128::from(numbers.next()) << 10 >> 10 | 2 << 62,
        );
        record.token = Some(tokens[token as usize]);
        record.app = Some(id(token % APPS + 1_000_000));
        record.api = Some(id(route / 5 + 2_000_000));
        record.api_name = Some(format!("api-{}.v1", route / 5).parse().unwrap());
        record.route = Some(format!("route-{route}").parse().unwrap());
        record.path = if numbers.below(4) == 0 {
            format!("/api-{}/v1/things", route / 5)
        } else {
            format!("/api-{}/v1/things/{}", route / 5, 1_000_000 + numbers.below(9_000_000))
        };
        record.method = if route % 5 == 4 { "POST" } else { "GET" }.to_owned();
        record.address = IpAddr::V4(Ipv4Addr::from(0xc000_0200 | u32::try_from(numbers.below(200)).unwrap()));
        record.bytes_in = if route % 5 == 4 { numbers.below(2000) } else { 0 };
        record.bytes_out = 200 + numbers.below(4000);
        let took = (300.0 * (1.0 - numbers.share()).powi(-2).min(3000.0)) as u32;
        record.timing = Timing {
            queue_us: 0,
            decide_us: 20 + numbers.below(30) as u32,
            connect_us: 0,
            first_byte_us: took,
            total_us: took + numbers.below(100) as u32,
        };
        outcome(&mut record, numbers.below(100));
        recorder.push(&(&record).into());
        if number % PORTION == PORTION - 1 {
            all_written(&log).await;
        }
    }
    all_written(&log).await;
    let written = begin.elapsed();
    writer.stop().await;
    // Until the last of it is in files, and what is small is merged.
    let files = calls.files().unwrap().clone();
    assert!(tokio::task::spawn_blocking(move || files.seal()).await.unwrap(), "files cannot be written");
    let (status, stats) = (calls.status().unwrap(), log.stats());
    calls.close().await;
    let told = serde_json::json!({
        "recorded": stats.recorded, "dropped": stats.dropped, "write_seconds": written.as_secs_f64(),
        "seconds": begin.elapsed().as_secs_f64(), "call_bytes": status.call_bytes, "rollup_bytes": status.rollup_bytes,
        "files": status.files, "token": token_name(0), "rare_token": token_name(TOKENS / 2),
    });
    println!("{told}");
}

/// Calls come faster here than files of them are written: the writer says "later" for a while then.
async fn all_written(log: &CallLog) {
    let begin = Instant::now();
    while !log.flush().await {
        assert!(begin.elapsed() < Duration::from_secs(120), "the writer takes no calls any more");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn blank(team: keyward_model::team::TeamId) -> CallRecord {
    CallRecord {
        request_id: uuid::Uuid::nil(),
        at: Timestamp::from_millis(0),
        team: Some(team),
        app: None,
        token: None,
        api: None,
        api_name: None,
        route: None,
        method: String::new(),
        path: String::new(),
        status: 200,
        code: None,
        rule: None,
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        country: None,
        asn: None,
        protocol: Protocol::Http11,
        target: None,
        retries: 0,
        bytes_in: 0,
        bytes_out: 0,
        cost: 1,
        timing: Timing::default(),
        revision: 1,
        checks: Vec::new(),
    }
}

/// Two in a hundred are refused, one failed behind, ten are missing.
fn outcome(record: &mut CallRecord, hundredth: u64) {
    let refused = hundredth < 2;
    record.code = refused.then_some(Code::ScopeMissing);
    record.rule = refused.then(|| "token scopes".to_owned());
    record.target = (!refused).then(|| "http://10.0.0.1:8080".to_owned());
    record.status = match hundredth {
        0 | 1 => 403,
        2 => 502,
        3..13 => 404,
        _ => 200,
    };
    record.checks.clear();
    if refused {
        record.timing.first_byte_us = 0;
        record.checks = checks();
    }
}

fn checks() -> Vec<Check> {
    use CheckName::{Address, Known, Lifetime, Method, Presented, Route, Scope, State, WellFormed};
    let check = |check| Check {
        check,
        verdict: if check == Scope { Verdict::Fail } else { Verdict::Pass },
        seen: "things:read".to_owned(),
        rule: "token scopes".to_owned(),
        remedy: (check == Scope).then(|| "ask for a token with things:write".to_owned()),
    };
    [Route, Presented, WellFormed, Known, Lifetime, State, Address, Method, Scope].map(check).to_vec()
}
