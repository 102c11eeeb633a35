//! The state of one rate.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use keyward_model::limits::RateLimit;
use keyward_policy::rate::{Gcra, Level, Taken};

use super::{Standing, whole_seconds};

/// One rate and its state. Clones share the state.
#[derive(Clone)]
pub(super) struct RateState {
    pub(super) definition: RateLimit,
    gcra: Gcra,
    state: Arc<AtomicU64>,
}

impl RateState {
    pub(super) fn new(definition: &RateLimit) -> Self {
        Self { definition: definition.clone(), gcra: Gcra::new(definition), state: Arc::new(AtomicU64::new(0)) }
    }

    /// Takes `units`: what is left then, and how long to wait where they are not there.
    pub(super) fn take(&self, now: Duration, units: u32) -> (Standing, Option<Duration>) {
        let now = nanos(now);
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            match self.gcra.take(state, now, units) {
                Taken::Refused { retry_after, level } => return (self.standing(level), Some(retry_after)),
                Taken::Admitted { state: next, level } => {
                    match self.state.compare_exchange_weak(state, next, Ordering::AcqRel, Ordering::Relaxed) {
                        Ok(_) => return (self.standing(level), None),
                        Err(current) => state = current,
                    }
                }
            }
        }
    }

    /// Gives back units just taken.
    pub(super) fn give_back(&self, units: u32) {
        let less = |state: u64| Some(self.gcra.give_back(state, units));
        // Cannot fail: the closure always answers.
        let _ = self.state.fetch_update(Ordering::AcqRel, Ordering::Relaxed, less);
    }

    /// What is left.
    pub(super) fn look(&self, now: Duration) -> Standing {
        self.standing(self.gcra.level(self.state.load(Ordering::Relaxed), nanos(now)))
    }

    fn standing(&self, level: Level) -> Standing {
        Standing {
            limit: u64::from(self.definition.limit),
            window: u64::from(self.definition.window),
            remaining: u64::from(level.remaining),
            reset: whole_seconds(level.reset),
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
