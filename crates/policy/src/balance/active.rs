//! Active health: probes in a row take a target out and bring it back. One task probes a target at a time.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::health::{Health, nanos};
use super::places::bit;

impl Health {
    /// A probe of the target came out good or bad at `now`. Answers whether the target is up, when that has changed.
    /// Before its first probe a target counts as up: a gateway that starts would else refuse everything.
    pub fn observed(&self, place: usize, good: bool, now: Duration) -> Option<bool> {
        let target = self.targets.get(place)?;
        let up = self.down.load(Ordering::Acquire) & bit(place) == 0;
        if good == up {
            target.contrary.store(0, Ordering::Relaxed);
            return None;
        }
        let contrary = target.contrary.load(Ordering::Relaxed).saturating_add(1);
        let enough = if good { self.rules.healthy_after } else { self.rules.unhealthy_after };
        if contrary < enough {
            target.contrary.store(contrary, Ordering::Relaxed);
            return None;
        }
        target.contrary.store(0, Ordering::Relaxed);
        target.since.store(nanos(now), Ordering::Relaxed);
        if good {
            self.down.fetch_and(!bit(place), Ordering::AcqRel);
        } else {
            self.down.fetch_or(bit(place), Ordering::AcqRel);
        }
        Some(good)
    }
}
