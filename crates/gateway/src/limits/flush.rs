//! Writing quotas down, and forgetting what is over.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use keyward_store::{Store, StoreError};

use super::Limits;

/// Uses written in one statement.
const BATCH: usize = 500;
/// For which limits nobody asks about are kept.
const IDLE: u64 = 600;
/// For which the counters of a past period are kept, in case the clock goes back.
const PAST: Duration = Duration::from_secs(2 * 86_400);

impl Limits {
    /// Writes down what changed since the last flush. What cannot be written stays for the next.
    pub async fn flush(&self, store: &Store) -> Result<(), StoreError> {
        let changed: Vec<_> = {
            let waiting = self.counters.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.try_iter().collect()
        };
        let mut failed = None;
        for batch in changed.chunks(BATCH) {
            // Cleaned before it is read: a unit taken in between is flushed once too often, never lost.
            let uses: Vec<_> = batch
                .iter()
                .map(|counter| {
                    counter.clean();
                    counter.to_use()
                })
                .collect();
            let written = if failed.is_none() { store.flush_quota_uses(&uses).await } else { Ok(()) };
            if let Err(error) = written {
                failed = Some(error);
            }
            if failed.is_some() {
                batch.iter().for_each(|counter| self.counters.mark(counter));
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Forgets subjects whose rates are full again and that nobody asks about, and counters of periods long past.
    pub fn sweep(&self) {
        let (now, monotonic) = (self.clock.now(), self.clock.monotonic());
        self.subjects.pin().retain(|_, held| {
            // Whoever looks the subject up just now may still hold it; a rate that is full loses nothing by that.
            let idle = monotonic.as_secs().saturating_sub(held.touched.load(Ordering::Relaxed)) > IDLE;
            !idle || held.rates.iter().any(|rate| rate.look(monotonic).reset > 0) || Arc::strong_count(held) > 1
        });
        let longest = |period| match period {
            keyward_model::limits::QuotaPeriod::Hour => Duration::from_secs(3600),
            keyward_model::limits::QuotaPeriod::Day => Duration::from_secs(25 * 3600),
            keyward_model::limits::QuotaPeriod::Month => Duration::from_secs(32 * 86_400),
        };
        self.counters.drop_where(|counter| now > counter.key.start.plus(longest(counter.key.period)).plus(PAST));
    }
}
