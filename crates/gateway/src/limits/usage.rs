//! How much is left, for whoever watches.

use keyward_model::limits::{LimitUnit, Limits as Definition, QuotaPeriod};
use keyward_policy::quota::{period_end, period_start};
use serde::Serialize;

use super::quota::CounterKey;
use super::rate::RateState;
use super::{Limits, Standing, Subject};

/// One limit and what is left of it on this node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LimitUsage {
    /// The limit in words: `10 calls per 60 s, burst 10`.
    pub definition: String,
    /// What is counted.
    pub unit: LimitUnit,
    /// The calendar period, for a quota.
    pub period: Option<QuotaPeriod>,
    /// Units per window.
    pub limit: u64,
    /// Seconds of the window.
    pub window_seconds: u64,
    /// Units left.
    pub remaining: u64,
    /// Seconds until all are there again.
    pub reset_seconds: u64,
}

impl Limits {
    /// What is left of the limits that `subject` has by `definition`, rates first. Takes nothing.
    pub fn usage(&self, subject: Subject, definition: &Definition) -> Vec<LimitUsage> {
        let (now, monotonic) = (self.clock.now(), self.clock.monotonic());
        let held = self.subjects.pin().get(&subject).cloned();
        let rates = definition.rates.iter().map(|rate| {
            let state = held.iter().flat_map(|held| &held.rates).find(|state| state.definition == *rate);
            let standing = state.map_or_else(|| RateState::new(rate).look(monotonic), |state| state.look(monotonic));
            of(rate.to_string(), rate.unit, None, standing)
        });
        let quotas = definition.quotas.iter().map(|quota| {
            let (start, end) =
                (period_start(quota.period, &quota.zone, now), period_end(quota.period, &quota.zone, now));
            let key = CounterKey { subject, period: quota.period, unit: quota.unit, start };
            let used = self.counters.used(&key);
            let standing = Standing {
                limit: quota.limit,
                window: super::seconds_between(start, end),
                remaining: quota.limit.saturating_sub(used),
                reset: super::seconds_between(now, end),
            };
            of(quota.to_string(), quota.unit, Some(quota.period), standing)
        });
        rates.chain(quotas).collect()
    }
}

fn of(definition: String, unit: LimitUnit, period: Option<QuotaPeriod>, standing: Standing) -> LimitUsage {
    LimitUsage {
        definition,
        unit,
        period,
        limit: standing.limit,
        window_seconds: standing.window,
        remaining: standing.remaining,
        reset_seconds: standing.reset,
    }
}
