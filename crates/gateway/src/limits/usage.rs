//! How much is left, for whoever watches.

use std::time::Duration;

use keyward_model::limits::{LimitUnit, Limits as Definition, QuotaPeriod};
use serde::Serialize;

use super::count::CountKey;
use super::prepared::Prepared;
use super::subject_limits::Moment;
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
        let wanted = Prepared::of(definition);
        let rates = wanted.rates.iter().map(|(rate, gcra)| {
            let level = held.as_ref().and_then(|held| {
                let place = held.prepared.rates.iter().position(|(known, _)| known == rate)?;
                Some(held.look_rate(place, monotonic))
            });
            let unused = || gcra.level(0, u64::try_from(monotonic.as_nanos()).unwrap_or(u64::MAX));
            of(rate.to_string(), rate.unit, None, Standing::of_rate(rate, level.unwrap_or_else(unused)))
        });
        let quotas = wanted.quotas.iter().map(|(quota, calendar)| {
            let calendar = &wanted.calendars[*calendar];
            let span = calendar.span(now);
            let used = held.as_ref().and_then(|held| {
                let place = held.prepared.calendars.iter().position(|known| known.is_same(calendar))?;
                let at = Moment { subject, idle: Duration::ZERO, aside: &self.aside };
                Some(held.used(place, &span, &at))
            });
            let key = CountKey { subject, period: quota.period, unit: quota.unit, start: span.start };
            let used = used.unwrap_or_else(|| self.aside.of(&key));
            of(quota.to_string(), quota.unit, Some(quota.period), Standing::of_quota(quota, &span, used, now))
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
