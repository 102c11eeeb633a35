use std::sync::Barrier;

use keyward_model::clock::ManualClock;
use keyward_model::limits::{Quota, QuotaPeriod, RateLimit};
use keyward_model::token::TokenId;

use super::*;

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at("2030-01-31T12:00:00Z".parse().unwrap()))
}

fn subject(number: u8) -> Subject {
    Subject::Token(format!("token{number:07}").parse::<TokenId>().unwrap())
}

fn rate(limit: u32, window: u32) -> RateLimit {
    RateLimit { limit, window, burst: None, unit: LimitUnit::Calls }
}

fn quota(limit: u64, period: QuotaPeriod) -> Quota {
    Quota { limit, period, zone: Default::default(), unit: LimitUnit::Calls }
}

fn rates(rates: Vec<RateLimit>) -> Definition {
    Definition { rates, quotas: Vec::new() }
}

fn quotas(quotas: Vec<Quota>) -> Definition {
    Definition { rates: Vec::new(), quotas }
}

fn asked(number: u8, limits: &Definition) -> Asked<'_> {
    Asked { subject: subject(number), name: "t", version: 1, limits }
}

fn code(outcome: Result<Option<Standing>, Box<Exceeded>>) -> Option<Code> {
    outcome.err().map(|exceeded| exceeded.denial.code)
}

impl Limits {
    /// Takes at the moment that the clock says.
    fn take_now(&self, asked: &[Asked<'_>], cost: u32) -> Result<Option<Standing>, Box<Exceeded>> {
        self.take(asked, cost, Now { wall: self.clock.now(), monotonic: self.clock.monotonic() })
    }
}

#[test]
fn nothing_limited_says_nothing() {
    let limits = Limits::new(clock());
    assert_eq!(limits.take_now(&[asked(1, &Definition::default())], 1).unwrap(), None);
    assert!(limits.subjects.is_empty());
}

#[test]
fn a_refused_call_takes_nothing() {
    let limits = Limits::new(clock());
    let (generous, tight) = (rates(vec![rate(10, 60)]), quotas(vec![quota(1, QuotaPeriod::Day)]));
    let call = || limits.take_now(&[asked(1, &generous), asked(2, &tight)], 1);
    assert!(call().is_ok());
    for _ in 0..20 {
        assert_eq!(code(call()), Some(Code::QuotaExhausted));
    }
    let left = limits.usage(subject(1), &generous);
    assert_eq!(left[0].remaining, 9);
    assert_eq!(limits.usage(subject(2), &tight)[0].remaining, 0);
}

#[test]
fn the_tightest_limit_is_answered() {
    let limits = Limits::new(clock());
    let both = Definition { rates: vec![rate(100, 60)], quotas: vec![quota(3, QuotaPeriod::Hour)] };
    let standing = limits.take_now(&[asked(1, &both)], 1).unwrap().unwrap();
    assert_eq!(standing, Standing { limit: 3, window: 3600, remaining: 2, reset: 3600 });
    let exceeded = (0..3).map(|_| limits.take_now(&[asked(1, &both)], 1)).find_map(Result::err).unwrap();
    assert_eq!(exceeded.standing, Standing { limit: 3, window: 3600, remaining: 0, reset: 3600 });
    assert_eq!(exceeded.denial.retry_after, Some(3600));
    assert_eq!(exceeded.denial.rule, "token t limits.quotas[0]: 3 calls per hour (UTC)");
}

#[test]
fn cost_counts_where_it_is_asked_for() {
    let limits = Limits::new(clock());
    let by_cost = quotas(vec![Quota { unit: LimitUnit::Cost, ..quota(12, QuotaPeriod::Day) }]);
    assert!(limits.take_now(&[asked(1, &by_cost)], 5).is_ok());
    assert!(limits.take_now(&[asked(1, &by_cost)], 5).is_ok());
    assert_eq!(code(limits.take_now(&[asked(1, &by_cost)], 5)), Some(Code::QuotaExhausted));
    assert!(limits.take_now(&[asked(1, &by_cost)], 2).is_ok());
}

#[test]
fn a_changed_record_keeps_what_did_not_change() {
    let limits = Limits::new(clock());
    let before = Definition { rates: vec![rate(2, 60), rate(50, 60)], quotas: vec![quota(9, QuotaPeriod::Day)] };
    let after = Definition { rates: vec![rate(70, 60), rate(2, 60)], quotas: vec![quota(8, QuotaPeriod::Day)] };
    let at = |version, limits| Asked { subject: subject(1), name: "t", version, limits };
    assert!(limits.take_now(&[at(1, &before)], 1).is_ok());
    assert!(limits.take_now(&[at(2, &after)], 1).is_ok());
    assert_eq!(code(limits.take_now(&[at(2, &after)], 1)), Some(Code::RateLimited));
    // A call that began on the old record is held to the new one.
    assert_eq!(code(limits.take_now(&[at(1, &before)], 1)), Some(Code::RateLimited));
    assert_eq!(limits.usage(subject(1), &after).iter().map(|usage| usage.remaining).collect::<Vec<_>>(), [69, 0, 6]);
}

#[test]
fn an_older_record_counts_again_after_a_restore() {
    let limits = Limits::new(clock());
    let (wide, narrow) = (rates(vec![rate(5, 60)]), rates(vec![rate(1, 60)]));
    let at = |version, limits| Asked { subject: subject(1), name: "t", version, limits };
    assert!(limits.take_now(&[at(7, &wide)], 1).is_ok());
    limits.forget_versions();
    assert!(limits.take_now(&[at(3, &narrow)], 1).is_ok());
    assert_eq!(code(limits.take_now(&[at(3, &narrow)], 1)), Some(Code::RateLimited));
}

#[test]
fn rates_do_not_notice_the_wall_clock_and_quotas_find_their_period_again() {
    let clock = clock();
    let limits = Limits::new(clock.clone());
    let (by_rate, by_quota) = (rates(vec![rate(1, 60)]), quotas(vec![quota(1, QuotaPeriod::Day)]));
    assert!(limits.take_now(&[asked(1, &by_rate), asked(2, &by_quota)], 1).is_ok());
    clock.jump_to("2031-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(code(limits.take_now(&[asked(1, &by_rate)], 1)), Some(Code::RateLimited));
    assert!(limits.take_now(&[asked(2, &by_quota)], 1).is_ok());
    clock.jump_to("2030-01-31T23:59:59Z".parse().unwrap());
    assert_eq!(code(limits.take_now(&[asked(2, &by_quota)], 1)), Some(Code::QuotaExhausted));
    clock.advance(Duration::from_secs(60));
    assert!(limits.take_now(&[asked(1, &by_rate), asked(2, &by_quota)], 1).is_ok());
}

#[test]
fn two_quotas_of_one_calendar_count_a_call_once() {
    let limits = Limits::new(clock());
    let both = quotas(vec![quota(3, QuotaPeriod::Day), quota(2, QuotaPeriod::Day)]);
    assert!(limits.take_now(&[asked(1, &both)], 1).is_ok());
    assert!(limits.take_now(&[asked(1, &both)], 1).is_ok());
    assert_eq!(code(limits.take_now(&[asked(1, &both)], 1)), Some(Code::QuotaExhausted));
    assert_eq!(limits.usage(subject(1), &both)[0].remaining, 1);
}

#[test]
fn of_racing_calls_exactly_as_many_pass_as_there_are_units() {
    for definition in [quotas(vec![quota(100, QuotaPeriod::Day)]), rates(vec![rate(100, 86_400)])] {
        let limits = Limits::new(clock());
        let barrier = Barrier::new(4);
        let passed: usize = std::thread::scope(|scope| {
            let race = || {
                barrier.wait();
                (0..100).filter(|_| limits.take_now(&[asked(1, &definition)], 1).is_ok()).count()
            };
            let racers: Vec<_> = (0..4).map(|_| scope.spawn(race)).collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).sum()
        });
        assert_eq!(passed, 100);
    }
}

#[test]
fn what_nobody_asks_about_is_forgotten() {
    let clock = clock();
    let limits = Limits::new(clock.clone());
    let (short, long) = (rates(vec![rate(1, 60)]), rates(vec![rate(1, 86_400)]));
    assert!(limits.take_now(&[asked(1, &short), asked(2, &long)], 1).is_ok());
    limits.sweep();
    assert_eq!(limits.subjects.len(), 2);
    clock.advance(Duration::from_secs(3600));
    limits.sweep();
    assert_eq!(limits.subjects.len(), 1);
    assert_eq!(code(limits.take_now(&[asked(2, &long)], 1)), Some(Code::RateLimited));
}

#[test]
fn a_clock_that_leaps_and_comes_back_finds_its_counts() {
    let clock = clock();
    let limits = Limits::new(clock.clone());
    let daily = quotas(vec![quota(1, QuotaPeriod::Day)]);
    let call = || limits.take_now(&[asked(1, &daily)], 1);
    assert!(call().is_ok());
    // Two days on, four days back: each time the same word counts another day.
    for day in ["2030-02-02T12:00:00Z", "2030-01-29T12:00:00Z"] {
        clock.jump_to(day.parse().unwrap());
        assert!(call().is_ok(), "{day}");
    }
    for day in ["2030-01-31T12:00:00Z", "2030-02-02T12:00:00Z", "2030-01-29T12:00:00Z"] {
        clock.jump_to(day.parse().unwrap());
        assert_eq!(code(call()), Some(Code::QuotaExhausted), "{day}");
    }
}

#[test]
fn nothing_is_kept_of_days_that_just_went_by() {
    let clock = clock();
    let limits = Limits::new(clock.clone());
    let both = quotas(vec![quota(1, QuotaPeriod::Day), quota(9, QuotaPeriod::Hour)]);
    for _ in 0..30 {
        assert!(limits.take_now(&[asked(1, &both)], 1).is_ok());
        assert_eq!(code(limits.take_now(&[asked(1, &both)], 1)), Some(Code::QuotaExhausted));
        clock.advance(Duration::from_secs(86_400));
    }
    assert!(limits.aside.is_empty());
}

#[test]
fn a_quota_that_was_taken_away_and_given_back_counts_on() {
    let limits = Limits::new(clock());
    let (daily, hourly) = (quotas(vec![quota(1, QuotaPeriod::Day)]), quotas(vec![quota(5, QuotaPeriod::Hour)]));
    let at = |version, limits| Asked { subject: subject(1), name: "t", version, limits };
    assert!(limits.take_now(&[at(1, &daily)], 1).is_ok());
    assert!(limits.take_now(&[at(2, &hourly)], 1).is_ok());
    assert_eq!(code(limits.take_now(&[at(3, &daily)], 1)), Some(Code::QuotaExhausted));
}

#[test]
fn what_the_store_remembers_is_counted_on() {
    let limits = Limits::new(clock());
    let daily = quotas(vec![quota(3, QuotaPeriod::Day)]);
    let period_start = "2030-01-31T00:00:00Z".parse().unwrap();
    let subject = subject(1).to_string();
    let kept =
        keyward_store::QuotaUse { subject, period: QuotaPeriod::Day, unit: LimitUnit::Calls, period_start, used: 2 };
    limits.aside.remember(&kept);
    assert_eq!(limits.usage(super::tests::subject(1), &daily)[0].remaining, 1);
    assert!(limits.take_now(&[asked(1, &daily)], 1).is_ok());
    assert!(limits.aside.is_empty());
    assert_eq!(code(limits.take_now(&[asked(1, &daily)], 1)), Some(Code::QuotaExhausted));
}

#[test]
fn calls_that_race_with_changes_of_the_record_are_all_counted() {
    let limits = Limits::new(clock());
    let of = |rate_limit| Definition { rates: vec![rate(rate_limit, 1)], quotas: vec![quota(500, QuotaPeriod::Day)] };
    let definitions: Vec<Definition> = (0..100).map(|n| of(1_000_000 + n)).collect();
    let passed: usize = std::thread::scope(|scope| {
        let race = || {
            let calls =
                definitions.iter().zip(1..).flat_map(|(limits, version)| std::iter::repeat_n((version, limits), 10));
            calls
                .filter(|(version, definition)| {
                    let at = Asked { subject: subject(1), name: "t", version: *version, limits: definition };
                    limits.take_now(&[at], 1).is_ok()
                })
                .count()
        };
        let racers: Vec<_> = (0..4).map(|_| scope.spawn(race)).collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).sum()
    });
    assert_eq!(passed, 500);
}

#[test]
fn a_call_of_known_subjects_allocates_nothing() {
    let limits = Limits::new(clock());
    let both = Definition { rates: vec![rate(1_000_000, 60)], quotas: vec![quota(1_000_000, QuotaPeriod::Day)] };
    let asked = [1, 2, 3, 4].map(|number| asked(number, &both));
    let call = || assert!(limits.take_now(&asked, 1).is_ok());
    call();
    let counted = allocation_counter::measure(call);
    assert_eq!(counted.count_total, 0, "{counted:?}");
}

#[test]
fn a_subject_fits_its_room() {
    // With the counts of its `Arc`, a chunk of 80 bytes; its words take 48 more, its entry in the map 70.
    assert!(std::mem::size_of::<SubjectLimits>() <= 56, "{}", std::mem::size_of::<SubjectLimits>());
}

#[test]
fn counts_pass_to_another_process_and_what_comes_later_is_added() {
    let (clock, since) = (clock(), std::time::Duration::from_secs(60));
    let definition = Definition {
        rates: vec![RateLimit { burst: Some(5), ..rate(1, 86_400) }],
        quotas: vec![quota(10, QuotaPeriod::Day)],
    };
    let before = Limits::new(clock.clone());
    for _ in 0..3 {
        assert!(before.take_now(&[asked(1, &definition)], 1).is_ok());
    }
    let text = serde_json::to_string(&before.hand_over(since)).unwrap();
    let after = Limits::new(clock);
    after.take_over(&serde_json::from_str(&text).unwrap());
    // A call under way in the process before, and one in the other.
    assert!(before.take_now(&[asked(1, &definition)], 1).is_ok());
    assert!(after.take_now(&[asked(1, &definition)], 1).is_ok());
    after.add_late(&before.late());
    assert!(before.late().is_empty(), "told once");
    let left: Vec<u64> = after.usage(subject(1), &definition).iter().map(|usage| usage.remaining).collect();
    assert_eq!(left, [1, 5], "of the rate 3 and 1 of 5, of the quota 3, 1 and 1 of 10");
    // A subject that the other process has not met.
    let tight = quotas(vec![quota(2, QuotaPeriod::Day)]);
    assert!(before.take_now(&[asked(2, &tight)], 1).is_ok());
    after.add_late(&before.late());
    assert!(after.take_now(&[asked(2, &tight)], 1).is_ok());
    assert_eq!(code(after.take_now(&[asked(2, &tight)], 1)), Some(Code::QuotaExhausted));
    // Given back in the process before.
    before.keep();
    assert!(before.take_now(&[asked(1, &definition)], 1).is_ok());
    assert!(before.late().is_empty(), "nobody takes over any more");
}
