//! The limits of one subject, and how far they are used.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use keyward_model::Timestamp;
use keyward_policy::rate::Taken;
use keyward_store::QuotaUse;

use super::count::{CountKey, Counts};
use super::prepared::{Calendar, Prepared, Span};
use super::word::{self, MOST, Word, Words};
use super::{Asked, Subject};

/// A wall clock that is this much further on than what has passed has leapt.
const LEAP: Duration = Duration::from_secs(3600);

/// The state of one subject: of a million tokens with a rate and a quota each, less than 200 bytes a token.
pub(super) struct SubjectLimits {
    pub(super) version: u64,
    pub(super) epoch: u32,
    /// When a call last asked, in seconds of the monotonic clock.
    touched: AtomicU32,
    pub(super) prepared: Arc<Prepared>,
    words: Words,
    /// The words, by their places, that changed since they were written down. Those of rates never are.
    dirty: AtomicU32,
}

/// One asking of a subject's limits.
#[derive(Clone, Copy)]
pub(super) struct Moment<'a> {
    pub(super) subject: Subject,
    /// How long nobody had asked.
    pub(super) idle: Duration,
    pub(super) aside: &'a Counts,
}

impl SubjectLimits {
    /// The state for a record; what stayed of its limits keeps its own from `before`.
    pub(super) fn of(asked: &Asked<'_>, epoch: u32, prepared: Arc<Prepared>, before: Option<&Self>) -> Self {
        let words = before.map_or_else(|| Words::fresh(prepared.words()), |before| before.words_for(&prepared));
        let touched = AtomicU32::new(before.map_or(0, |before| before.touched.load(Ordering::Relaxed)));
        Self { version: asked.version, epoch, touched, prepared, words, dirty: AtomicU32::new(0) }
    }

    fn words_for(&self, prepared: &Arc<Prepared>) -> Words {
        if Arc::ptr_eq(&self.prepared, prepared) {
            return self.words.clone();
        }
        let fresh = Words::fresh(prepared.words());
        let rates = prepared.rates.iter().enumerate().map(|(place, (rate, _))| {
            let kept = self.prepared.rates.iter().position(|(held, _)| held == rate);
            kept.map_or_else(|| fresh.share(place), |kept| self.words.share(kept))
        });
        let calendars = prepared.calendars.iter().enumerate().flat_map(|(place, calendar)| {
            let kept = self.prepared.calendars.iter().position(|held| held.is_same(calendar));
            let (words, first) = match kept {
                Some(kept) => (&self.words, self.prepared.word_of(kept)),
                None => (&fresh, prepared.word_of(place)),
            };
            [words.share(first), words.share(first + 1)]
        });
        Words::Shared(rates.chain(calendars).collect::<Vec<Word>>().into())
    }

    /// Notes that a call asks; says how long none had.
    pub(super) fn touch(&self, monotonic: Duration) -> Duration {
        let now = u32::try_from(monotonic.as_secs()).unwrap_or(u32::MAX);
        let before = self.touched.load(Ordering::Relaxed);
        if before != now {
            self.touched.store(now, Ordering::Relaxed);
        }
        Duration::from_secs(u64::from(now.saturating_sub(before)))
    }

    /// How long nobody asked.
    pub(super) fn idle(&self, monotonic: Duration) -> Duration {
        monotonic.saturating_sub(Duration::from_secs(u64::from(self.touched.load(Ordering::Relaxed))))
    }

    /// Takes units of a rate.
    pub(super) fn take_rate(&self, place: usize, monotonic: Duration, units: u32) -> Taken {
        let (gcra, word) = (&self.prepared.rates[place].1, self.words.at(place));
        let mut state = word.load(Ordering::Relaxed);
        loop {
            let taken = gcra.take(state, nanos(monotonic), units);
            let Taken::Admitted { state: next, .. } = taken else { return taken };
            match word.compare_exchange_weak(state, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return taken,
                Err(current) => state = current,
            }
        }
    }

    /// Gives back units of a rate just taken.
    pub(super) fn give_back_rate(&self, place: usize, units: u32) {
        let gcra = &self.prepared.rates[place].1;
        // Cannot fail: the closure always answers.
        let _ = self
            .words
            .at(place)
            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, |state| Some(gcra.give_back(state, units)));
    }

    /// What is left of a rate.
    pub(super) fn look_rate(&self, place: usize, monotonic: Duration) -> keyward_policy::rate::Level {
        self.prepared.rates[place].1.level(self.words.at(place).load(Ordering::Relaxed), nanos(monotonic))
    }

    /// Has a rate full again in `full_in`.
    pub(super) fn resume_rate(&self, place: usize, monotonic: Duration, full_in: Duration) {
        let state = self.prepared.rates[place].1.full_in(nanos(monotonic), nanos(full_in));
        self.words.at(place).store(state, Ordering::Release);
    }

    /// Whether counts wait to be written down.
    pub(super) fn is_dirty(&self) -> bool {
        self.dirty.load(Ordering::Acquire) != 0
    }

    pub(super) fn word_at(&self, place: usize) -> u64 {
        self.words.at(place).load(Ordering::SeqCst)
    }

    /// Whether some rate is not full, or some count is of a period that is not over for `past` yet.
    pub(super) fn is_in_use(&self, monotonic: Duration, now: Timestamp, past: Duration) -> bool {
        let counts = |(place, calendar): (usize, &Calendar)| {
            [0, 1].into_iter().any(|turn| {
                let held = self.words.at(self.prepared.word_of(place) + turn).load(Ordering::Acquire);
                let span = word::read(held).and_then(|(tag, _)| calendar.span_of(tag));
                span.is_some_and(|span| now < span.end.plus(past))
            })
        };
        (0..self.prepared.rates.len()).any(|place| !self.look_rate(place, monotonic).reset.is_zero())
            || self.prepared.calendars.iter().enumerate().any(counts)
    }

    /// Takes units where no more than `limit` are used then; the count after it, or else as it is.
    pub(super) fn take_quota(
        &self,
        calendar: usize,
        span: &Span,
        at: &Moment<'_>,
        units: u64,
        limit: u64,
    ) -> Result<u64, u64> {
        let place = self.prepared.word_of(calendar) + span.turn;
        let (word, limit) = (self.words.at(place), limit.min(MOST));
        let mut held = word.load(Ordering::Acquire);
        loop {
            let used = match word::read(held) {
                Some((tag, used)) if tag == span.tag => used,
                _ => at.aside.of(&self.key(calendar, span.start, at)),
            };
            let after = used.checked_add(units).filter(|after| *after <= limit).ok_or(used)?;
            match word.compare_exchange_weak(held, span.tag.with(after), Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => {
                    self.took_over(calendar, span, at, held);
                    return Ok(after);
                }
                Err(current) => held = current,
            }
        }
    }

    /// After a period took the word of another: keeps the other's count where the clock has leapt, because it may leap
    /// back.
    fn took_over(&self, calendar: usize, span: &Span, at: &Moment<'_>, held: u64) {
        let other = word::read(held).filter(|(tag, _)| *tag != span.tag);
        if held != 0 && other.is_none() {
            return;
        }
        at.aside.forget(&self.key(calendar, span.start, at));
        let Some((tag, used)) = other else { return };
        let Some(Span { start, .. }) = self.prepared.calendars[calendar].span_of(tag) else { return };
        if start > span.start || span.start.since(start) > at.idle + span.end.since(span.start) + LEAP {
            at.aside.set_aside(self.key(calendar, start, at), used);
        }
    }

    /// Gives back units of a quota just taken.
    pub(super) fn give_back_quota(&self, calendar: usize, span: &Span, units: u64) {
        let place = self.prepared.word_of(calendar) + span.turn;
        let less = |held: u64| {
            let (tag, used) = word::read(held)?;
            (tag == span.tag).then(|| tag.with(used.saturating_sub(units)))
        };
        // What was given to another period meanwhile is gone with its own.
        let _ = self.words.at(place).fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
    }

    /// What is used in a period.
    pub(super) fn used(&self, calendar: usize, span: &Span, at: &Moment<'_>) -> u64 {
        let held = self.words.at(self.prepared.word_of(calendar) + span.turn).load(Ordering::Acquire);
        match word::read(held) {
            Some((tag, used)) if tag == span.tag => used,
            _ => at.aside.of(&self.key(calendar, span.start, at)),
        }
    }

    fn key(&self, calendar: usize, start: Timestamp, at: &Moment<'_>) -> CountKey {
        let calendar = &self.prepared.calendars[calendar];
        CountKey { subject: at.subject, period: calendar.period, unit: calendar.unit, start }
    }

    /// Notes that the count of a period is to be written down; whether nothing was before.
    pub(super) fn mark(&self, calendar: usize, span: &Span) -> bool {
        self.mark_again(1 << (self.prepared.word_of(calendar) + span.turn))
    }

    /// What changed since the last time, as the store keeps it. What changes from now on is for the next time.
    pub(super) fn changed(&self, subject: Subject, uses: &mut Vec<QuotaUse>) -> u32 {
        // Cleaned before it is read: a unit taken in between is written once too often, never lost.
        let dirty = self.dirty.swap(0, Ordering::AcqRel);
        for (place, calendar) in self.prepared.calendars.iter().enumerate() {
            for turn in [0, 1] {
                let word = self.prepared.word_of(place) + turn;
                if dirty & 1 << word == 0 {
                    continue;
                }
                let read = word::read(self.words.at(word).load(Ordering::Acquire));
                if let Some((tag, used)) = read
                    && let Some(Span { start, .. }) = calendar.span_of(tag)
                {
                    let key = CountKey { subject, period: calendar.period, unit: calendar.unit, start };
                    uses.push(key.to_use(used));
                }
            }
        }
        dirty
    }

    /// Has words written down again that could not be; whether nothing else was to be.
    pub(super) fn mark_again(&self, dirty: u32) -> bool {
        self.dirty.fetch_or(dirty, Ordering::AcqRel) == 0
    }

    /// Sets aside the counts of calendars that `next` does not have.
    pub(super) fn part_from(&self, next: &Prepared, subject: Subject, aside: &Counts) {
        for (place, calendar) in self.prepared.calendars.iter().enumerate() {
            if next.calendars.iter().any(|kept| kept.is_same(calendar)) {
                continue;
            }
            for turn in [0, 1] {
                let held = self.words.at(self.prepared.word_of(place) + turn).load(Ordering::Acquire);
                if let Some((tag, used)) = word::read(held)
                    && let Some(Span { start, .. }) = calendar.span_of(tag)
                {
                    let key = CountKey { subject, period: calendar.period, unit: calendar.unit, start };
                    aside.set_aside(key, used);
                }
            }
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
