//! Writing quotas down, and forgetting what is over.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use keyward_model::Timestamp;
use keyward_model::limits::QuotaPeriod;
use keyward_store::{Store, StoreError};

use super::Limits;

/// Subjects written in one statement.
const BATCH: usize = 500;
/// For which limits nobody asks about are kept.
const IDLE: Duration = Duration::from_secs(600);
/// For which the counts of a past period are kept, in case the clock goes back.
const PAST: Duration = Duration::from_secs(2 * 86_400);

impl Limits {
    /// Writes down what changed since the last flush; of how many subjects. What cannot be written stays for the next.
    pub async fn flush(&self, store: &Store) -> Result<usize, StoreError> {
        let changed: Vec<_> = {
            let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.try_iter().collect()
        };
        let mut failed = None;
        for batch in changed.chunks(BATCH) {
            let mut uses = Vec::with_capacity(batch.len());
            let dirty: Vec<u32> = batch.iter().map(|(subject, limits)| limits.changed(*subject, &mut uses)).collect();
            let written = if failed.is_none() { store.flush_quota_uses(&uses).await } else { Ok(()) };
            if let Err(error) = written {
                failed = Some(error);
            }
            if failed.is_some() {
                for ((subject, limits), dirty) in batch.iter().zip(dirty) {
                    if limits.mark_again(dirty) {
                        // Fails only when the other end is gone, and that lives as long as this one.
                        let _ = self.changed.send((*subject, Arc::clone(limits)));
                    }
                }
            }
        }
        failed.map_or(Ok(changed.len()), Err)
    }

    /// Forgets subjects whose rates are full again, whose counts are of periods long past and that nobody asks about.
    pub fn sweep(&self) {
        let (now, monotonic) = (self.clock.now(), self.clock.monotonic());
        self.subjects.pin().retain(|_, held| {
            // Whoever looks the subject up just now may still hold it; a rate that is full loses nothing by that.
            let idle = held.idle(monotonic) > IDLE;
            !idle || held.is_in_use(monotonic, now, PAST) || Arc::strong_count(held) > 1
        });
        self.prepared.pin().retain(|_, prepared| Arc::strong_count(prepared) > 1);
        self.aside.forget_where(|key| is_past(key.period, key.start, now));
    }
}

/// Whether a period is over for so long that its count is of no use any more.
pub(super) fn is_past(period: QuotaPeriod, start: Timestamp, now: Timestamp) -> bool {
    let longest = match period {
        QuotaPeriod::Hour => Duration::from_secs(3600),
        QuotaPeriod::Day => Duration::from_secs(25 * 3600),
        QuotaPeriod::Month => Duration::from_secs(32 * 86_400),
    };
    now > start.plus(longest).plus(PAST)
}
