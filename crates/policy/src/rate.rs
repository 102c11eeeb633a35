//! Rates by GCRA, the generic cell rate algorithm (ITU-T I.371): one number is the whole state of a rate.
//!
//! That number is the moment at which the rate would be wholly unused again ("theoretical arrival time"). Taking a
//! unit moves it one interval on; what would move it further ahead of now than the burst reaches is refused. There
//! are no windows and so no edges between windows at which twice as much gets through.
//!
//! An interval is rarely a whole number of nanoseconds: 7 calls in 1 s are 142,857,142.857… ns apart. Rounded, a rate
//! of 700,000 per second would be a third of a per mille off, and one of 700,000,000 per second by 30 %. So moments are
//! kept in ticks of which a unit takes a whole number, and a rate stays exact however long it runs.

use std::time::Duration;

use keyward_model::limits::RateLimit;

/// A tick is no longer than a nanosecond and no shorter than a sixteenth of one, so that 36 years of them fit.
const TICKS_PER_NANO: u64 = 16;

/// More than the clocks of two cores, each read once per turn of its loop, can be apart.
const SLACK_NANOS: u64 = 60_000_000_000;

/// The arithmetic of one rate.
///
/// Its state is one `u64` that the caller keeps: 0 at first, then whatever [`Gcra::take`] handed back. A state means
/// something only to a `Gcra` of an equal [`RateLimit`]; a foreign one refuses for a minute or a burst at worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gcra {
    /// Ticks that a unit takes.
    unit: u64,
    /// Units that may come at once.
    burst: u32,
    /// A nanosecond is this many ticks ...
    ticks: u64,
    /// ... divided by this.
    per_nanos: u64,
    /// [`SLACK_NANOS`] in ticks.
    slack: u64,
}

/// What came of asking for some units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// They are there.
    Admitted {
        /// The new state.
        state: u64,
        /// What is left.
        level: Level,
    },
    /// They are not; the state stays.
    Refused {
        /// Until as many are there. Where the burst is smaller than the cost, they never will be: then as long as so many
        /// take to come.
        retry_after: Duration,
        /// What is left.
        level: Level,
    },
}

/// How much is left of a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Units that could be taken now.
    pub remaining: u32,
    /// Until all are there again.
    pub reset: Duration,
}

impl Gcra {
    /// The arithmetic of `rate`. A limit or window of zero, which no validated rate has, counts as one.
    pub fn new(rate: &RateLimit) -> Self {
        let window = u64::from(rate.window.max(1)) * 1_000_000_000;
        let limit = u64::from(rate.limit.max(1));
        let shared = greatest_common_divisor(window, limit);
        let (unit, ticks, per_nanos) = if limit / shared <= TICKS_PER_NANO {
            // An interval is `window / limit` ns; in ticks of `shared / limit` ns it is whole.
            (window / shared, limit / shared, 1)
        } else {
            // The clock is rounded to ticks instead: by less than one each time the rate starts from unused.
            let unit = window.saturating_mul(TICKS_PER_NANO) / limit;
            (unit, unit * limit, window)
        };
        let slack = u128::from(SLACK_NANOS) * u128::from(ticks) / u128::from(per_nanos);
        let slack = u64::try_from(slack).unwrap_or(u64::MAX);
        Self { unit, burst: rate.burst(), ticks, per_nanos, slack }
    }

    /// Asks for `cost` units at `now_nanos`, in nanoseconds of the monotonic clock.
    pub fn take(&self, state: u64, now_nanos: u64, cost: u32) -> Taken {
        let (now, now_rounded_up) = self.clock(now_nanos);
        let state = self.held(state, now);
        // Whoever starts from unused starts at the tick to come, so that rounding never admits too early.
        let from = if state <= now { now_rounded_up } else { state };
        let wanted = u128::from(from) + u128::from(cost) * u128::from(self.unit);
        let admitted = if state <= now { cost <= self.burst } else { wanted <= self.horizon(now) };
        match u64::try_from(wanted) {
            Ok(state) if admitted => Taken::Admitted { state, level: self.level_at(state, now) },
            _ => {
                let level = self.level_at(state, now);
                let wait = wanted.saturating_sub(self.horizon(now));
                // What exceeds the burst never fits, so that no wait helps; a long one keeps callers from hammering.
                let never = u128::from(cost) * u128::from(self.unit);
                let retry_after = self.duration(if cost > self.burst { never } else { wait });
                Taken::Refused { retry_after, level }
            }
        }
    }

    /// What is left at `now_nanos`.
    pub fn level(&self, state: u64, now_nanos: u64) -> Level {
        let (now, _) = self.clock(now_nanos);
        self.level_at(self.held(state, now), now)
    }

    /// The state after `cost` units taken a moment ago were not needed, because another limit refused the call.
    pub fn give_back(&self, state: u64, cost: u32) -> u64 {
        state.saturating_sub(u64::from(cost).saturating_mul(self.unit))
    }

    /// The state of a rate that is unused again in so many nanoseconds.
    pub fn full_in(&self, now_nanos: u64, nanos: u64) -> u64 {
        let (_, state) = self.clock(now_nanos.saturating_add(nanos));
        state
    }

    /// Now in ticks, rounded down and up.
    fn clock(&self, now_nanos: u64) -> (u64, u64) {
        if self.per_nanos == 1 {
            let now = now_nanos.saturating_mul(self.ticks);
            return (now, now);
        }
        let product = u128::from(now_nanos) * u128::from(self.ticks);
        let floor = quotient(product, self.per_nanos);
        let is_whole = floor * u128::from(self.per_nanos) == product;
        let ceiling = floor + u128::from(!is_whole);
        (u64::try_from(floor).unwrap_or(u64::MAX), u64::try_from(ceiling).unwrap_or(u64::MAX))
    }

    /// How far ahead the state may lie at most.
    fn horizon(&self, now: u64) -> u128 {
        u128::from(now) + u128::from(self.burst) * u128::from(self.unit)
    }

    /// A state much further ahead than this rate can have put it is another rate's and counts as unused. A little
    /// further is the work of another core whose clock was read later.
    fn held(&self, state: u64, now: u64) -> u64 {
        if u128::from(state) > self.horizon(now) + u128::from(self.slack) { 0 } else { state }
    }

    fn level_at(&self, state: u64, now: u64) -> Level {
        let free = quotient(self.horizon(now).saturating_sub(u128::from(state)), self.unit.max(1));
        let remaining = u32::try_from(free).unwrap_or(u32::MAX).min(self.burst);
        Level { remaining, reset: self.duration(u128::from(state.saturating_sub(now))) }
    }

    /// Ticks as time, rounded up to the nanosecond.
    fn duration(&self, ticks: u128) -> Duration {
        let divisor = self.ticks.max(1);
        let nanos = ticks.saturating_mul(u128::from(self.per_nanos)).saturating_add(u128::from(divisor - 1));
        Duration::from_nanos(u64::try_from(quotient(nanos, divisor)).unwrap_or(u64::MAX))
    }
}

/// Rounded down. What fits a register, as nearly all does, costs a fraction of the long division.
fn quotient(dividend: u128, divisor: u64) -> u128 {
    match u64::try_from(dividend) {
        Ok(dividend) => u128::from(dividend / divisor),
        Err(_) => dividend / u128::from(divisor),
    }
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use keyward_model::limits::LimitUnit;
    use proptest::prelude::*;

    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn rate(limit: u32, window: u32, burst: Option<u32>) -> RateLimit {
        RateLimit { limit, window, burst, unit: LimitUnit::Calls }
    }

    /// One rate with its state, as a gateway keeps it.
    struct Bucket(Gcra, u64);

    impl Bucket {
        fn of(rate: &RateLimit) -> Self {
            Self(Gcra::new(rate), 0)
        }

        fn take(&mut self, now: u64, cost: u32) -> Taken {
            let taken = self.0.take(self.1, now, cost);
            if let Taken::Admitted { state, .. } = taken {
                self.1 = state;
            }
            taken
        }

        fn admits(&mut self, now: u64, cost: u32) -> bool {
            matches!(self.take(now, cost), Taken::Admitted { .. })
        }
    }

    #[test]
    fn a_burst_then_one_each_interval() {
        let mut bucket = Bucket::of(&rate(10, 1, Some(3)));
        for left in [2, 1, 0] {
            let Taken::Admitted { level, .. } = bucket.take(0, 1) else { panic!("refused") };
            assert_eq!(level.remaining, left);
        }
        let Taken::Refused { retry_after, level } = bucket.take(0, 1) else { panic!("admitted") };
        assert_eq!((retry_after, level.remaining), (Duration::from_millis(100), 0));
        assert_eq!(level.reset, Duration::from_millis(300));
        assert!(!bucket.admits(SECOND / 10 - 1, 1));
        assert!(bucket.admits(SECOND / 10, 1));
        assert!(!bucket.admits(SECOND / 10, 1));
        assert_eq!(bucket.0.level(bucket.1, 10 * SECOND), Level { remaining: 3, reset: Duration::ZERO });
    }

    #[test]
    fn costs_take_several_units_and_what_exceeds_the_burst_never_fits() {
        let mut bucket = Bucket::of(&rate(60, 60, Some(5)));
        assert!(bucket.admits(0, 4));
        assert!(!bucket.admits(0, 2));
        assert!(bucket.admits(0, 1));
        let Taken::Refused { retry_after, .. } = bucket.take(0, 3) else { panic!("admitted") };
        assert_eq!(retry_after, Duration::from_secs(3));
        assert!(bucket.admits(3 * SECOND, 3));
        let Taken::Refused { retry_after, .. } = bucket.take(3600 * SECOND, 6) else { panic!("admitted") };
        assert_eq!(retry_after, Duration::from_secs(6));
    }

    #[test]
    fn units_given_back_are_there_again() {
        let mut bucket = Bucket::of(&rate(1, 60, None));
        assert!(bucket.admits(5 * SECOND, 1));
        bucket.1 = bucket.0.give_back(bucket.1, 1);
        assert!(bucket.admits(5 * SECOND, 1));
        assert!(!bucket.admits(5 * SECOND, 1));
    }

    #[test]
    fn a_foreign_state_does_not_lock_out() {
        let mut far = Bucket(Gcra::new(&rate(10, 1, Some(3))), u64::MAX / 2);
        assert!(far.admits(0, 1), "counts as unused");
        let mut near = Bucket(Gcra::new(&rate(10, 1, Some(3))), 50 * SECOND);
        assert!(!near.admits(0, 1), "may be another core's");
        assert!(near.admits(50 * SECOND, 1));
    }

    #[test]
    fn extremes_do_not_overflow() {
        for limit in [1, 2, 999_999_937, 1_000_000_000] {
            for window in [1, 7, 86_400] {
                for burst in [1, u32::MAX] {
                    let mut bucket = Bucket::of(&rate(limit, window, Some(burst)));
                    for now in [0, 1, u64::MAX / 16, u64::MAX] {
                        bucket.take(now, 1);
                        bucket.take(now, u32::MAX);
                        bucket.0.level(bucket.1, now);
                    }
                }
            }
        }
    }

    /// Somebody asks all the time for a whole day; the day's sum is exact to the unit, whatever the interval.
    #[test]
    fn rates_stay_exact_over_long_runs() {
        for (limit, window) in [(3, 1), (7, 1), (1000, 1), (97, 60), (99_991, 86_400), (700_001, 7), (999_999_937, 1)] {
            let gcra = Gcra::new(&rate(limit, window, Some(1_000_000_000)));
            let (mut state, mut admitted) = (0u64, 0u64);
            let day = 86_400 * SECOND;
            // Asking for as much as is there, from a bucket drained at the start.
            for now in (0..=day).step_by(usize::try_from(day / 500).expect("fits")) {
                let remaining = gcra.level(state, now).remaining;
                if let Taken::Admitted { state: next, .. } = gcra.take(state, now, remaining) {
                    state = next;
                    admitted += u64::from(remaining);
                }
            }
            // Where a step refills more than the burst, the burst bounds it.
            let refilled = u128::from(limit) * u128::from(day) / u128::from(window) / u128::from(SECOND);
            let step = u128::from(limit) * u128::from(day / 500) / u128::from(window) / u128::from(SECOND);
            if step < 1_000_000_000 {
                assert_eq!(u128::from(admitted), 1_000_000_000 + refilled, "{limit} per {window} s");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]

        #[test]
        fn no_window_holds_more_than_burst_and_refill(
            limit in prop_oneof![1u32..50, 1u32..2_000_000, 1u32..=1_000_000_000],
            window in prop_oneof![1u32..10, 1u32..=86_400],
            burst in 1u32..40,
            start in prop_oneof![Just(0u64), 0..u64::MAX / 32],
            // Steps in thousandths of an interval, and a few nanoseconds beside it.
            calls in prop::collection::vec((0u64..3000, -2i64..3, 1u32..6), 1..120),
        ) {
            let mut bucket = Bucket::of(&rate(limit, window, Some(burst)));
            let interval = u64::from(window) * SECOND / u64::from(limit);
            let (mut now, mut admitted) = (start, Vec::new());
            for (step, beside, cost) in calls {
                now += (step * interval / 1000).saturating_add_signed(beside);
                match bucket.take(now, cost) {
                    Taken::Admitted { .. } => admitted.push((now, cost)),
                    Taken::Refused { retry_after, .. } if cost <= burst => {
                        let then = now + u64::try_from(retry_after.as_nanos()).expect("fits");
                        let mut later = Bucket(bucket.0, bucket.1);
                        prop_assert!(later.admits(then, cost), "not admitted after waiting as told");
                    }
                    Taken::Refused { .. } => {}
                }
            }
            for (place, (from, _)) in admitted.iter().enumerate() {
                let mut units = 0u128;
                for (to, cost) in &admitted[place..] {
                    units += u128::from(*cost);
                    let scale = u128::from(window) * u128::from(SECOND);
                    let most = u128::from(burst) * scale + u128::from(limit) * u128::from(to - from);
                    prop_assert!(units * scale <= most, "{} units within {} ns", units, to - from);
                }
            }
        }

        #[test]
        fn as_strict_as_the_rule_and_no_stricter(
            limit in 1u32..=1_000_000,
            window in 1u32..=3600,
            burst in 1u32..10,
            steps in prop::collection::vec(0u64..3000, 1..100),
        ) {
            // The rule itself, in exact fractions: moments in units of 1 ns / limit.
            let mut bucket = Bucket::of(&rate(limit, window, Some(burst)));
            let unit = u128::from(window) * u128::from(SECOND);
            let (mut exact, mut now) = (0u128, 0u64);
            for step in steps {
                now += step * (u64::from(window) * SECOND / u64::from(limit)) / 1000;
                let moment = u128::from(now) * u128::from(limit);
                let next = exact.max(moment) + unit;
                let fits = next <= moment + u128::from(burst) * unit;
                let margin = next.abs_diff(moment + u128::from(burst) * unit);
                let admitted = bucket.admits(now, 1);
                // Within a few nanoseconds of the edge rounding may decide either way.
                if margin > 4 * u128::from(limit) {
                    prop_assert_eq!(admitted, fits);
                }
                if admitted {
                    exact = next;
                }
            }
        }
    }
}
