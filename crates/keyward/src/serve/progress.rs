//! Whether the writer of calls gets on. One that fails says so itself; one that hangs, as on a disk that no longer
//! answers, says nothing at all.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use keyward_calls::CallStats;

/// For how long calls may wait while none is written.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was seen when somebody last asked.
#[derive(Default)]
pub(super) struct Progress(Mutex<Option<(u64, Duration)>>);

impl Progress {
    /// Whether calls wait and none was written for a while, `now` on the monotonic clock. Sees no more than those who
    /// ask: the first who does begins the while.
    pub(super) fn is_stuck(&self, stats: CallStats, now: Duration) -> bool {
        let settled = stats.written.saturating_add(stats.dropped);
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if settled >= stats.recorded {
            *seen = None;
            return false;
        }
        match *seen {
            Some((before, since)) if before == stats.written => now.saturating_sub(since) >= PATIENCE,
            _ => {
                *seen = Some((stats.written, now));
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_writer_is_stuck_when_calls_wait_and_nothing_is_written_for_a_while() {
        let progress = Progress::default();
        let asked = |recorded, dropped, written, seconds| {
            progress.is_stuck(CallStats { recorded, dropped, written }, Duration::from_secs(seconds))
        };
        assert!(!asked(10, 0, 10, 0) && !asked(10, 0, 10, 100), "nothing waits");
        assert!(!asked(12, 0, 10, 101) && !asked(15, 0, 10, 130));
        assert!(asked(15, 0, 10, 131));
        assert!(asked(90, 20, 10, 140), "what gives way is not written");
        assert!(!asked(90, 20, 11, 141) && !asked(90, 20, 11, 170), "it gets on");
        assert!(asked(90, 20, 11, 171));
        assert!(!asked(90, 20, 70, 172) && !asked(91, 20, 70, 300), "all was written meanwhile");
    }
}
