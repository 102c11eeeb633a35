//! Back-off with full jitter: the wait before a retry is drawn between nothing and a bound that doubles each time, so
//! that calls which failed together do not come back together.

use std::time::Duration;

use keyward_model::upstream::Retries;

/// How long retries wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackOff {
    base: Duration,
    cap: Duration,
}

impl BackOff {
    /// The waits of `retries`.
    pub fn new(retries: &Retries) -> Self {
        Self {
            base: Duration::from_millis(retries.back_off_ms.into()),
            cap: Duration::from_millis(retries.max_back_off_ms.into()),
        }
    }

    /// How long the `attempt`th retry waits, counted from 1. `random` is drawn anew each time.
    pub fn delay(&self, attempt: u32, random: u64) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        let most = self.base.saturating_mul(1 << doublings).min(self.cap).as_nanos();
        let drawn = (u128::from(random) * (most + 1)) >> 64;
        Duration::from_nanos(u64::try_from(drawn).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_bound_doubles_up_to_the_cap_and_the_whole_of_it_is_used() {
        let back_off = BackOff::new(&Retries { back_off_ms: 25, max_back_off_ms: 90, ..Retries::default() });
        let most = |attempt| back_off.delay(attempt, u64::MAX).as_millis();
        assert_eq!([most(0), most(1), most(2), most(3), most(u32::MAX)], [25, 25, 50, 90, 90]);
        assert_eq!(back_off.delay(3, 0), Duration::ZERO);
        assert_eq!(back_off.delay(2, 1 << 63), Duration::from_millis(25));
        let none = BackOff::new(&Retries { back_off_ms: 0, max_back_off_ms: 0, ..Retries::default() });
        assert_eq!(none.delay(5, u64::MAX), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn never_beyond_the_bound(base in 0u32..=10_000, more in 0u32..=50_000, attempt in 1u32..12, random: u64) {
            let cap = base + more;
            let back_off = BackOff::new(&Retries { back_off_ms: base, max_back_off_ms: cap, ..Retries::default() });
            let most = (u64::from(base) << (attempt - 1)).min(cap.into());
            prop_assert!(back_off.delay(attempt, random) <= Duration::from_millis(most));
        }
    }
}
