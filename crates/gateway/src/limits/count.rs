//! Counts that do not stand in the words of a subject: read back from the store at start, from before a leap of the
//! clock, or of a quota that a record had before.

use keyward_model::Timestamp;
use keyward_model::limits::{LimitUnit, QuotaPeriod};
use keyward_store::QuotaUse;

use super::Subject;

/// One period of one subject's calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct CountKey {
    pub(super) subject: Subject,
    pub(super) period: QuotaPeriod,
    pub(super) unit: LimitUnit,
    pub(super) start: Timestamp,
}

impl CountKey {
    /// As the store keeps it.
    pub(super) fn to_use(self, used: u64) -> QuotaUse {
        QuotaUse {
            subject: self.subject.to_string(),
            period: self.period,
            unit: self.unit,
            period_start: self.start,
            used,
        }
    }
}

/// The counts set aside.
#[derive(Default)]
pub(super) struct Counts(papaya::HashMap<CountKey, u64>);

impl Counts {
    /// Takes over what the store kept. What no longer names a subject is left out.
    pub(super) fn remember(&self, quota: &QuotaUse) {
        if let Ok(subject) = quota.subject.parse() {
            let key = CountKey { subject, period: quota.period, unit: quota.unit, start: quota.period_start };
            self.set_aside(key, quota.used);
        }
    }

    /// Keeps a count; of two of one period the higher.
    pub(super) fn set_aside(&self, key: CountKey, used: u64) {
        if used > 0 {
            self.0.pin().update_or_insert(key, |known| used.max(*known), used);
        }
    }

    /// Adds to a count, or takes from it.
    pub(super) fn add(&self, key: CountKey, units: i64) {
        let fresh = u64::try_from(units).unwrap_or(0);
        self.0.pin().update_or_insert(key, |known| known.saturating_add_signed(units), fresh);
    }

    /// What was set aside; zero where nothing was.
    pub(super) fn of(&self, key: &CountKey) -> u64 {
        if self.0.is_empty() { 0 } else { self.0.pin().get(key).copied().unwrap_or(0) }
    }

    /// Whether nothing is set aside.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets a count that stands in a word now.
    pub(super) fn forget(&self, key: &CountKey) {
        if !self.0.is_empty() {
            self.0.pin().remove(key);
        }
    }

    /// Forgets what `is_over` says of.
    pub(super) fn forget_where(&self, is_over: impl Fn(&CountKey) -> bool) {
        self.0.pin().retain(|key, _| !is_over(key));
    }
}
