//! Definitions of limits, made ready once for all who have equal ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use keyward_model::Timestamp;
use keyward_model::limits::{LimitUnit, Limits as Definition, Quota, QuotaPeriod, RateLimit};
use keyward_model::time_window::Zone;
use keyward_policy::quota::{period_end, period_number, period_start};
use keyward_policy::rate::Gcra;

use super::word::Tag;

/// Limits as a record defines them, and where the words of their state stand: one for each rate, then two for each
/// calendar.
pub(super) struct Prepared {
    pub(super) rates: Box<[(RateLimit, Gcra)]>,
    /// Each with the place of its calendar.
    pub(super) quotas: Box<[(Quota, usize)]>,
    pub(super) calendars: Box<[Calendar]>,
}

/// Periods of one kind in one zone, and what is counted in them. Quotas of one calendar share a count.
pub(super) struct Calendar {
    pub(super) period: QuotaPeriod,
    pub(super) unit: LimitUnit,
    zone: Zone,
    /// The last period that was asked for, packed: what every call but the first of a period reads.
    latest: AtomicU64,
    /// The last few periods that were asked for, the last one first.
    spans: ArcSwap<Vec<Span>>,
}

/// One period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: Timestamp,
    /// This moment belongs to the next.
    pub(super) end: Timestamp,
    pub(super) tag: Tag,
    /// Which of the two words of the calendar counts it: periods that follow each other take turns.
    pub(super) turn: usize,
}

/// Periods that a calendar remembers.
const SPANS: usize = 8;

impl Prepared {
    pub(super) fn of(definition: &Definition) -> Self {
        let mut calendars: Vec<Calendar> = Vec::new();
        let quotas = definition.quotas.iter().map(|quota| {
            let place = calendars.iter().position(|calendar| calendar.is_of(quota)).unwrap_or_else(|| {
                calendars.push(Calendar::of(quota));
                calendars.len() - 1
            });
            (quota.clone(), place)
        });
        let quotas = quotas.collect();
        let rates = definition.rates.iter().map(|rate| (rate.clone(), Gcra::new(rate))).collect();
        Self { rates, quotas, calendars: calendars.into() }
    }

    /// How many words the state takes.
    pub(super) fn words(&self) -> usize {
        self.rates.len() + 2 * self.calendars.len()
    }

    /// The first word of a calendar.
    pub(super) fn word_of(&self, calendar: usize) -> usize {
        self.rates.len() + 2 * calendar
    }
}

impl Calendar {
    fn of(quota: &Quota) -> Self {
        let Quota { period, unit, zone, .. } = quota;
        Self {
            period: *period,
            unit: *unit,
            zone: zone.clone(),
            latest: AtomicU64::new(0),
            spans: ArcSwap::from_pointee(Vec::new()),
        }
    }

    fn is_of(&self, quota: &Quota) -> bool {
        (self.period, self.unit, &self.zone) == (quota.period, quota.unit, &quota.zone)
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        (self.period, self.unit, &self.zone) == (other.period, other.unit, &other.zone)
    }

    /// The period that holds `now`.
    pub(super) fn span(&self, now: Timestamp) -> Span {
        let holds = |span: &Span| span.start <= now && now < span.end;
        if let Some(span) = Span::unpacked(self.latest.load(Ordering::Relaxed)).filter(holds) {
            return span;
        }
        let known = self.spans.load();
        if let Some(span) = known.iter().copied().find(holds) {
            self.latest.store(span.packed().unwrap_or(0), Ordering::Relaxed);
            return span;
        }
        let start = period_start(self.period, &self.zone, now);
        let turn = usize::from(period_number(self.period, &self.zone, start).rem_euclid(2) == 1);
        let (end, tag) = (period_end(self.period, &self.zone, now), Tag::of(start));
        let span = Span { start, end, tag, turn };
        self.spans.rcu(|known| {
            let rest = known.iter().copied().filter(|other| *other != span).take(SPANS - 1);
            Arc::new(std::iter::once(span).chain(rest).collect())
        });
        span
    }

    /// The period with a tag. None where it was not asked for lately.
    pub(super) fn span_of(&self, tag: Tag) -> Option<Span> {
        self.spans.load().iter().find(|span| span.tag == tag).copied()
    }
}

impl Span {
    const LENGTH_BITS: u32 = 24;

    /// In one word: the minute of its start, how many it has, its turn. Only the clocks of long ago were set by seconds.
    fn packed(&self) -> Option<u64> {
        let (start, length) = (self.start.as_millis(), self.end.since(self.start).as_millis());
        let start = u64::try_from(start / 60_000).ok().filter(|_| start >= 0 && start % 60_000 == 0)?;
        let length = u64::try_from(length / 60_000).ok().filter(|_| length > 0 && length % 60_000 == 0)?;
        let fits = length < 1 << Self::LENGTH_BITS && start < 1 << (63 - Self::LENGTH_BITS);
        let turn = u64::try_from(self.turn).ok()?;
        fits.then_some(start << (Self::LENGTH_BITS + 1) | length << 1 | turn)
    }

    fn unpacked(word: u64) -> Option<Self> {
        let length = word >> 1 & ((1 << Self::LENGTH_BITS) - 1);
        let start = i64::try_from(word >> (Self::LENGTH_BITS + 1)).ok().filter(|_| length > 0)?;
        let start = Timestamp::from_millis(start * 60_000);
        let end = start.plus(std::time::Duration::from_secs(length * 60));
        Some(Self { start, end, tag: Tag::of(start), turn: usize::from(word & 1 == 1) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_the_same_when_it_is_asked_for_again() {
        let zones = ["UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/Toronto"];
        // Before the epoch, of a clock set by seconds (Monrovia until 1972), and the end of the calendar.
        let moments = ["1919-03-31T04:29:00Z", "1971-05-05T00:00:01Z", "2026-10-25T00:30:00Z", "2097-08-01T00:00:00Z"];
        for zone in zones.into_iter().chain(["Africa/Monrovia"]) {
            for period in [QuotaPeriod::Hour, QuotaPeriod::Day, QuotaPeriod::Month] {
                let quota = Quota { limit: 1, period, zone: zone.parse().unwrap(), unit: LimitUnit::Calls };
                let calendar = Calendar::of(&quota);
                for moment in moments.map(|moment| moment.parse::<Timestamp>().unwrap()) {
                    let first = calendar.span(moment);
                    assert!(first.start <= moment && moment < first.end, "{zone} {moment}");
                    assert_eq!([calendar.span(moment), calendar.span(moment)], [first; 2], "{zone} {moment}");
                }
            }
        }
    }
}
