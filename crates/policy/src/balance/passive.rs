//! Passive health: targets that fail several calls in a row are ejected, longer each time.
//!
//! Workers race here without a lock. A target is ejected by whoever adds its place to the set, and comes back by
//! whoever clears the end of its ejection; everybody else finds it done.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::health::{Health, nanos};
use super::places::{Places, bit};

/// Doublings that count: more would exceed any bound on the length anyway.
const MOST_DOUBLINGS: u32 = 16;

impl Health {
    /// A call to the target succeeded. While all is well nothing is written, so that workers do not fight for it.
    pub fn succeeded(&self, place: usize) {
        if let Some(target) = self.targets.get(place)
            && target.failures.load(Ordering::Relaxed) != 0
        {
            target.failures.store(0, Ordering::Relaxed);
        }
    }

    /// A call to the target failed at `now`. Answers for how long it is ejected, when this failure ejects it.
    pub fn failed(&self, place: usize, now: Duration) -> Option<Duration> {
        let target = self.targets.get(place)?;
        if self.rules.failures == 0 {
            return None;
        }
        self.out(now);
        if self.ejected.load(Ordering::Acquire) & bit(place) != 0 {
            // A call from before its ejection, or one of a time when all are used.
            return None;
        }
        let before = target.failures.load(Ordering::Relaxed);
        // A count that two workers raise at once may lose one; it never gains one.
        let failures = before.saturating_add(1);
        target.failures.store(failures, Ordering::Relaxed);
        if failures < self.rules.failures || !self.put_out(place) {
            return None;
        }
        let returned = Duration::from_nanos(target.since.load(Ordering::Relaxed));
        let ejections = self.decayed(target.ejections.load(Ordering::Relaxed), now.saturating_sub(returned));
        let length = self.length(ejections);
        target.ejections.store((ejections + 1).min(MOST_DOUBLINGS), Ordering::Relaxed);
        target.since.store(nanos(now), Ordering::Relaxed);
        target.until.store(nanos(now.saturating_add(length)), Ordering::Release);
        Some(length)
    }

    /// Adds a place to the ejected, where there is room and it is not there yet.
    fn put_out(&self, place: usize) -> bool {
        let added = self.ejected.fetch_update(Ordering::AcqRel, Ordering::Acquire, |ejected| {
            let room = (ejected.count_ones() as usize) < self.rules.max_ejected;
            (room && ejected & bit(place) == 0).then_some(ejected | bit(place))
        });
        added.is_ok()
    }

    /// Lets back whose time is over, and answers who is still ejected.
    pub(super) fn after_returns(&self, ejected: Places, now: Duration) -> Places {
        let now = nanos(now);
        ejected
            .iter()
            .filter(|place| self.returns(*place, now))
            .fold(ejected, |ejected, place| ejected.without(Places::NONE.with(place)))
    }

    fn returns(&self, place: usize, now: u64) -> bool {
        let Some(target) = self.targets.get(place) else { return true };
        let until = target.until.load(Ordering::Acquire);
        // 0: whoever ejects it has not yet said until when, or somebody lets it back right now.
        if until == 0 || until > now {
            return false;
        }
        if target.until.compare_exchange(until, 0, Ordering::AcqRel, Ordering::Acquire).is_err() {
            return false;
        }
        // On trial: one more failure is enough until a call succeeds.
        target.failures.store(self.rules.failures.saturating_sub(1), Ordering::Relaxed);
        target.since.store(now, Ordering::Relaxed);
        self.ejected.fetch_and(!bit(place), Ordering::AcqRel);
        true
    }

    /// The ejections that still count after `well` in use: as long well as the last ejection took, one less.
    fn decayed(&self, mut ejections: u32, mut well: Duration) -> u32 {
        while ejections > 0 {
            let Some(rest) = well.checked_sub(self.length(ejections - 1)) else { break };
            well = rest;
            ejections -= 1;
        }
        ejections
    }

    /// How long an ejection lasts that `ejections` came before.
    fn length(&self, ejections: u32) -> Duration {
        let doubled = self.rules.eject.saturating_mul(1 << ejections.min(MOST_DOUBLINGS));
        doubled.min(self.rules.max_eject)
    }
}
