//! Counters of quotas: one for each subject, period and unit, found again whatever the clock does.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwapOption;
use keyward_model::Timestamp;
use keyward_model::limits::{LimitUnit, Quota, QuotaPeriod};
use keyward_policy::quota::{period_end, period_start};
use keyward_store::QuotaUse;

use super::{Standing, Subject, seconds_between};

/// One quota, and the window of the calendar it was last asked in.
pub(super) struct QuotaState {
    pub(super) definition: Quota,
    window: ArcSwapOption<Window>,
}

/// One period of one quota.
pub(super) struct Window {
    pub(super) start: Timestamp,
    /// This moment belongs to the next.
    pub(super) end: Timestamp,
    pub(super) counter: Arc<Counter>,
}

/// What was used in one period.
pub(super) struct Counter {
    pub(super) key: CounterKey,
    used: AtomicU64,
    dirty: AtomicBool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct CounterKey {
    pub(super) subject: Subject,
    pub(super) period: QuotaPeriod,
    pub(super) unit: LimitUnit,
    pub(super) start: Timestamp,
}

/// All counters. Those that changed since the last flush queue up; only the flush takes the lock.
pub(super) struct Counters {
    map: papaya::HashMap<CounterKey, Arc<Counter>>,
    changed: mpsc::Sender<Arc<Counter>>,
    pub(super) waiting: Mutex<mpsc::Receiver<Arc<Counter>>>,
}

impl QuotaState {
    pub(super) fn new(definition: &Quota) -> Self {
        Self { definition: definition.clone(), window: ArcSwapOption::empty() }
    }

    /// The period that holds `now`. When the clock jumps back, the counter of that time is found again.
    pub(super) fn window(&self, subject: Subject, now: Timestamp, counters: &Counters) -> Arc<Window> {
        if let Some(window) = &*self.window.load()
            && window.start <= now
            && now < window.end
        {
            return Arc::clone(window);
        }
        let Quota { period, zone, unit, .. } = &self.definition;
        let start = period_start(*period, zone, now);
        let key = CounterKey { subject, period: *period, unit: *unit, start };
        let counter = counters.of(key);
        let window = Arc::new(Window { start, end: period_end(*period, zone, now), counter });
        self.window.store(Some(Arc::clone(&window)));
        window
    }
}

impl Window {
    /// What is left when `used` is used.
    pub(super) fn standing(&self, quota: &Quota, used: u64, now: Timestamp) -> Standing {
        Standing {
            limit: quota.limit,
            window: seconds_between(self.start, self.end),
            remaining: quota.limit.saturating_sub(used),
            reset: seconds_between(now, self.end),
        }
    }
}

impl Counter {
    pub(super) fn used(&self) -> u64 {
        self.used.load(Ordering::Acquire)
    }

    /// As the store keeps it.
    pub(super) fn to_use(&self) -> QuotaUse {
        QuotaUse {
            subject: self.key.subject.to_string(),
            period: self.key.period,
            unit: self.key.unit,
            period_start: self.key.start,
            used: self.used(),
        }
    }

    pub(super) fn is_dirty(&self) -> bool {
        self.dirty.load(Ordering::Acquire)
    }

    /// What is written from now on has to be flushed again.
    pub(super) fn clean(&self) {
        self.dirty.store(false, Ordering::Release);
    }
}

impl Counters {
    pub(super) fn new() -> Self {
        let (changed, waiting) = mpsc::channel();
        Self { map: papaya::HashMap::new(), changed, waiting: Mutex::new(waiting) }
    }

    /// The counter of `key`; from zero where there is none.
    pub(super) fn of(&self, key: CounterKey) -> Arc<Counter> {
        let fresh = || Arc::new(Counter { key, used: AtomicU64::new(0), dirty: AtomicBool::new(false) });
        Arc::clone(self.map.pin().get_or_insert_with(key, fresh))
    }

    /// What is used of `key`, without making a counter.
    pub(super) fn used(&self, key: &CounterKey) -> u64 {
        self.map.pin().get(key).map_or(0, |counter| counter.used())
    }

    /// Takes over what the store kept. What no longer names a subject is left out.
    pub(super) fn remember(&self, quota: &QuotaUse) {
        if let Ok(subject) = quota.subject.parse() {
            let key = CounterKey { subject, period: quota.period, unit: quota.unit, start: quota.period_start };
            self.of(key).used.fetch_max(quota.used, Ordering::AcqRel);
        }
    }

    /// Takes `units` where no more than `limit` are used then; the count after it, or else as it is.
    /// Where the call `counted` already, only the limit is looked at.
    pub(super) fn take(&self, counter: &Arc<Counter>, units: u64, limit: u64, counted: bool) -> Result<u64, u64> {
        if counted {
            let used = counter.used();
            return if used <= limit { Ok(used) } else { Err(used) };
        }
        let more = |used: u64| used.checked_add(units).filter(|after| *after <= limit);
        let before = counter.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, more)?;
        self.mark(counter);
        Ok(before + units)
    }

    /// Gives back units just taken.
    pub(super) fn give_back(&self, counter: &Arc<Counter>, units: u64) {
        let less = |used: u64| Some(used.saturating_sub(units));
        // Cannot fail: the closure always answers.
        let _ = counter.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
        self.mark(counter);
    }

    /// Queues `counter` for the next flush, unless it is queued.
    pub(super) fn mark(&self, counter: &Arc<Counter>) {
        if !counter.dirty.swap(true, Ordering::AcqRel) {
            // Fails only when the other end is gone, and that lives as long as this one.
            let _ = self.changed.send(Arc::clone(counter));
        }
    }

    /// Drops counters that nothing asks for any more.
    pub(super) fn drop_where(&self, over: impl Fn(&Counter) -> bool) {
        self.map.pin().retain(|_, counter| counter.is_dirty() || !over(counter));
    }
}
