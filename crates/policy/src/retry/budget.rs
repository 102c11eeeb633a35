//! The retry budget: retries are a share of the calls, so that a service in trouble is not buried under repetitions.
//!
//! A bucket of hundredths of a retry: each call puts in its percentage, time puts in the least rate, a retry takes a
//! hundred. It holds no more than [`SECONDS`] of the least rate, or [`LEAST_CAP`], so that a long quiet time pays for
//! no storm.

use std::cell::Cell;
use std::time::Duration;

use keyward_model::upstream::Retries;

/// One retry.
const RETRY: u64 = 100;
const SECONDS: u64 = 10;
/// Retries that fit into the bucket of any budget that is not nothing.
const LEAST_CAP: u64 = 10;

/// The retries that one worker has left for one upstream.
#[derive(Debug)]
pub struct Budget {
    percent: u64,
    per_second: u64,
    cap: u64,
    left: Cell<u64>,
    /// Up to when time has put in its part, in nanoseconds.
    until: Cell<u64>,
}

impl Budget {
    /// The budget of `retries` from `now` on, with a second's worth of the least rate in it.
    pub fn new(retries: &Retries, now: Duration) -> Self {
        let (percent, per_second) = (u64::from(retries.budget_percent), u64::from(retries.min_per_second));
        let least = if percent + per_second == 0 { 0 } else { LEAST_CAP };
        let cap = (per_second * SECONDS).max(least) * RETRY;
        let (left, until) = (Cell::new((per_second * RETRY).min(cap)), Cell::new(nanos(now)));
        Self { percent, per_second, cap, left, until }
    }

    /// A call goes out for the first time.
    pub fn call(&self) {
        self.put_in(self.percent);
    }

    /// Takes one retry at `now`, if there is one.
    pub fn take(&self, now: Duration) -> bool {
        self.pass(now);
        let left = self.left.get().checked_sub(RETRY);
        if let Some(left) = left {
            self.left.set(left);
        }
        left.is_some()
    }

    /// Whole retries left at `now`.
    pub fn left(&self, now: Duration) -> u64 {
        self.pass(now);
        self.left.get() / RETRY
    }

    /// Puts in what time since the last look is worth. What is less than a hundredth of a retry is kept for later.
    fn pass(&self, now: Duration) {
        let now = nanos(now);
        let rate = self.per_second * RETRY;
        if rate == 0 {
            return;
        }
        let passed = now.saturating_sub(self.until.get());
        if passed >= SECONDS * 1_000_000_000 {
            // At least a whole bucket.
            self.until.set(now);
            self.put_in(self.cap);
            return;
        }
        let worth = passed * rate / 1_000_000_000;
        if worth > 0 {
            self.until.set(self.until.get() + (worth * 1_000_000_000).div_ceil(rate));
            self.put_in(worth);
        }
    }

    fn put_in(&self, hundredths: u64) {
        self.left.set(self.left.get().saturating_add(hundredths).min(self.cap));
    }
}

fn nanos(moment: Duration) -> u64 {
    u64::try_from(moment.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn budget(percent: u32, per_second: u32) -> Budget {
        let retries = Retries { budget_percent: percent, min_per_second: per_second, ..Retries::default() };
        Budget::new(&retries, Duration::ZERO)
    }

    #[test]
    fn a_fifth_of_the_calls() {
        let budget = budget(20, 0);
        let mut retries = 0;
        for _ in 0..1000 {
            budget.call();
            retries += u32::from(budget.take(Duration::ZERO));
        }
        assert_eq!(retries, 200);
    }

    #[test]
    fn a_quiet_time_pays_for_no_storm() {
        let budget = budget(100, 2);
        (0..10_000).for_each(|_| budget.call());
        assert_eq!(budget.left(Duration::from_secs(3600)), 20);
    }

    #[test]
    fn nothing_is_nothing() {
        let budget = budget(0, 0);
        budget.call();
        assert!(!budget.take(Duration::from_secs(1_000_000)));
    }

    #[test]
    fn the_least_rate_comes_evenly() {
        let budget = budget(0, 4);
        let at = |millis| budget.take(Duration::from_millis(millis));
        assert!([at(0), at(0), at(0), at(0)].into_iter().all(|taken| taken));
        assert!(!at(0) && !at(249) && at(250) && !at(251) && !at(499) && at(500));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Over any run: no more retries than the share of its calls, the least rate of its time, and a full bucket.
        #[test]
        fn it_is_never_exceeded(
            percent in 0u32..=100,
            per_second in prop_oneof![Just(0u32), 1u32..=1000],
            steps in prop::collection::vec((0u64..400_000_000, 0u32..8, 0u32..8), 1..300),
        ) {
            let budget = budget(percent, per_second);
            let (mut now, mut calls, mut retries) = (0u64, 0u64, 0u64);
            for (step, new_calls, wanted) in steps {
                now += step;
                for _ in 0..new_calls {
                    budget.call();
                    calls += 1;
                }
                for _ in 0..wanted {
                    retries += u64::from(budget.take(Duration::from_nanos(now)));
                }
                let of_calls = calls * u64::from(percent);
                let of_time = u128::from(now) * u128::from(per_second) * u128::from(RETRY) / 1_000_000_000;
                let most = u128::from(of_calls + u64::from(per_second) * RETRY) + of_time;
                prop_assert!(u128::from(retries * RETRY) <= most, "{} retries in {} calls", retries, calls);
            }
        }
    }
}
