//! Counts on their way from one process to the next: what is used when the next takes over, and what calls that were
//! under way then still use.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use keyward_model::Timestamp;
use keyward_model::limits::{LimitUnit, QuotaPeriod, RateLimit};
use serde::{Deserialize, Serialize};

use super::count::CountKey;
use super::prepared::Span;
use super::subject_limits::{Moment, SubjectLimits};
use super::{Limits, Subject, word};

/// What one process hands to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    quotas: Vec<HandedQuota>,
    rates: Vec<HandedRate>,
}

/// Units of a quota: all that is used, or what came to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct HandedQuota {
    subject: String,
    period: QuotaPeriod,
    unit: LimitUnit,
    start: i64,
    units: i64,
}

/// A rate that is not full.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct HandedRate {
    subject: String,
    rate: RateLimit,
    full_in_nanos: u64,
}

impl Handed {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.quotas.is_empty() && self.rates.is_empty()
    }
}

/// What is used after the counts were handed over.
pub(super) struct Late {
    sender: mpsc::Sender<Unit>,
    receiver: Mutex<mpsc::Receiver<Unit>>,
    /// The counts as they were handed over.
    handed: Mutex<HashMap<CountKey, u64>>,
}

/// Units taken, or given back, and the count after that.
struct Unit {
    key: CountKey,
    units: i64,
    after: u64,
}

impl Default for Late {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel();
        Self { sender, receiver: Mutex::new(receiver), handed: Mutex::default() }
    }
}

impl Limits {
    /// What is used, for the process that takes over; counts of subjects that nobody asked about for longer than
    /// `since` are in the store. From now on, what is used is also kept for [`Self::late`].
    pub(crate) fn hand_over(&self, since: Duration) -> Handed {
        self.handing.store(true, Ordering::SeqCst);
        let monotonic = self.clock.monotonic();
        let (mut handed, mut counts) = (Handed::default(), HashMap::new());
        for (subject, held) in self.subjects.pin().iter() {
            if held.idle(monotonic) <= since || held.is_dirty() {
                held.counts(*subject, |key, used| {
                    handed.quotas.push(HandedQuota::of(key, i64::try_from(used).unwrap_or(i64::MAX)));
                    counts.insert(key, used);
                });
            }
            for (place, (rate, _)) in held.prepared.rates.iter().enumerate() {
                let full_in = held.look_rate(place, monotonic).reset;
                if !full_in.is_zero() {
                    let full_in_nanos = u64::try_from(full_in.as_nanos()).unwrap_or(u64::MAX);
                    handed.rates.push(HandedRate { subject: subject.to_string(), rate: rate.clone(), full_in_nanos });
                }
            }
        }
        *self.late.handed.lock().unwrap_or_else(PoisonError::into_inner) = counts;
        handed
    }

    /// Nobody takes over after all.
    pub(crate) fn keep(&self) {
        self.handing.store(false, Ordering::SeqCst);
        let _ = self.late();
    }

    /// What was used since the counts were handed over, or since this was asked last.
    pub fn late(&self) -> Handed {
        let mut sums: HashMap<CountKey, i64> = HashMap::new();
        let handed = self.late.handed.lock().unwrap_or_else(PoisonError::into_inner);
        for unit in self.late.receiver.lock().unwrap_or_else(PoisonError::into_inner).try_iter() {
            // Taken in the very moment of handing over, it is in what was handed.
            let known = unit.units > 0 && handed.get(&unit.key).is_some_and(|used| *used >= unit.after);
            if !known {
                *sums.entry(unit.key).or_default() += unit.units;
            }
        }
        let quotas = sums.into_iter().filter(|(_, units)| *units != 0).map(|(key, units)| HandedQuota::of(key, units));
        Handed { quotas: quotas.collect(), rates: Vec::new() }
    }

    pub(super) fn note_late(&self, key: CountKey, units: i64, after: u64) {
        // Fails only when the other end is gone, and that lives as long as this one.
        let _ = self.late.sender.send(Unit { key, units, after });
    }

    /// Takes over what the process before has counted. Before the first call.
    pub fn take_over(&self, handed: &Handed) {
        let monotonic = self.clock.monotonic();
        for quota in &handed.quotas {
            if let Some(key) = quota.key() {
                self.aside.set_aside(key, u64::try_from(quota.units).unwrap_or(0));
            }
        }
        let rates = self.rates_before.pin();
        for HandedRate { subject, rate, full_in_nanos } in &handed.rates {
            if let Ok(subject) = subject.parse() {
                rates.insert(rate_key(subject, rate), monotonic + Duration::from_nanos(*full_in_nanos));
            }
        }
    }

    /// Adds what calls that were under way in the process before have used since.
    pub fn add_late(&self, late: &Handed) {
        for quota in &late.quotas {
            let Some(key) = quota.key() else { continue };
            let held = self.subjects.pin().get(&key.subject).map(Arc::clone);
            let counted = held.is_some_and(|held| self.add_to(&held, &key, quota.units));
            if !counted {
                self.aside.add(key, quota.units);
                if self.handing.load(Ordering::SeqCst) {
                    self.note_late(key, quota.units, u64::MAX);
                }
            }
        }
    }

    fn add_to(&self, held: &Arc<SubjectLimits>, key: &CountKey, units: i64) -> bool {
        let at = Moment { subject: key.subject, idle: Duration::ZERO, aside: &self.aside };
        let Some((calendar, span)) = held.calendar_of(key) else { return false };
        let amount = units.unsigned_abs();
        let after = if units < 0 {
            held.give_back_quota(calendar, &span, amount);
            0
        } else {
            // What is used is used, whatever the limit.
            held.take_quota(calendar, &span, &at, amount, word::MOST).unwrap_or(word::MOST)
        };
        self.write_down(key.subject, held, calendar, &span, units, after);
        true
    }

    /// How far the rates of a subject that is met for the first time were used in the process before.
    pub(super) fn resume_rates(&self, subject: Subject, fresh: &SubjectLimits) {
        let before = self.rates_before.pin();
        if before.is_empty() {
            return;
        }
        let monotonic = self.clock.monotonic();
        for (place, (rate, _)) in fresh.prepared.rates.iter().enumerate() {
            if let Some(full_at) = before.remove(&rate_key(subject, rate)) {
                fresh.resume_rate(place, monotonic, full_at.saturating_sub(monotonic));
            }
        }
    }
}

/// Whose rate, and which.
pub(super) type RateKey = (Subject, u32, u32, u32, LimitUnit);

fn rate_key(subject: Subject, rate: &RateLimit) -> RateKey {
    (subject, rate.limit, rate.window, rate.burst(), rate.unit)
}

impl HandedQuota {
    fn of(key: CountKey, units: i64) -> Self {
        let CountKey { subject, period, unit, start } = key;
        Self { subject: subject.to_string(), period, unit, start: start.as_millis(), units }
    }

    fn key(&self) -> Option<CountKey> {
        let start = Timestamp::from_millis(self.start);
        Some(CountKey { subject: self.subject.parse().ok()?, period: self.period, unit: self.unit, start })
    }
}

impl SubjectLimits {
    /// Every count of a period that is known.
    fn counts(&self, subject: Subject, mut each: impl FnMut(CountKey, u64)) {
        for (place, calendar) in self.prepared.calendars.iter().enumerate() {
            for turn in [0, 1] {
                let held = self.word_at(self.prepared.word_of(place) + turn);
                if let Some((tag, used)) = word::read(held)
                    && let Some(Span { start, .. }) = calendar.span_of(tag)
                {
                    each(CountKey { subject, period: calendar.period, unit: calendar.unit, start }, used);
                }
            }
        }
    }

    /// The calendar and period that a count is of.
    fn calendar_of(&self, key: &CountKey) -> Option<(usize, Span)> {
        self.prepared.calendars.iter().enumerate().find_map(|(place, calendar)| {
            let span = calendar.span(key.start);
            let same = (calendar.period, calendar.unit, span.start) == (key.period, key.unit, key.start);
            same.then_some((place, span))
        })
    }
}
