//! CPU time of processes, as the kernel accounts for it.
//!
//! The scheduler's own figure of each thread is exact to the nanosecond, but forgets threads that ended. The one of
//! the whole process remembers them, in ticks of 10 ms. Both are read, and [`Used::since`] takes the better.

use std::fs;

/// A tick of `/proc/PID/stat`: USER_HZ is 100 on every Linux that Keyward is built for.
const TICK_NANOS: u64 = 10_000_000;

/// CPU time that processes had used at a moment, user and system, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Used {
    threads: u64,
    ticks: u64,
}

impl Used {
    /// What these processes and their children have used so far. One that is gone counts nothing.
    pub(crate) fn by(pids: &[u32]) -> Self {
        let mut used = Self::default();
        let mut open = pids.to_vec();
        while let Some(pid) = open.pop() {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            used.ticks += stat_ticks(&stat).unwrap_or(0) * TICK_NANOS;
            let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { continue };
            for thread in threads.flatten().map(|thread| thread.path()) {
                let run = fs::read_to_string(thread.join("schedstat")).unwrap_or_default();
                used.threads += first_number(&run);
                let children = fs::read_to_string(thread.join("children")).unwrap_or_default();
                open.extend(children.split_ascii_whitespace().filter_map(|child| child.parse::<u32>().ok()));
            }
        }
        used
    }

    /// Seconds used between `before` and this.
    pub(crate) fn since(self, before: Self) -> f64 {
        let threads = self.threads.saturating_sub(before.threads);
        let ticks = self.ticks.saturating_sub(before.ticks);
        // More than two ticks apart: threads ended in between, or the kernel keeps no schedstat.
        let nanos = if ticks.abs_diff(threads) > 2 * TICK_NANOS { ticks } else { threads };
        nanos as f64 / 1e9
    }
}

/// User and system ticks of a process: the 14th and 15th field, counted from behind the name, which may hold anything.
fn stat_ticks(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

fn first_number(text: &str) -> u64 {
    text.split_ascii_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_found_behind_a_name_with_spaces_and_brackets() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 100 0 0 0 12 30 5 6 20 0 1 0 100 1000";
        assert_eq!(stat_ticks(stat), Some(42));
        assert_eq!(stat_ticks(""), None);
    }

    #[test]
    fn a_thread_that_ended_is_counted_by_the_ticks() {
        let before = Used { threads: 5_000_000_000, ticks: 5_000_000_000 };
        let steady = Used { threads: 6_234_567_890, ticks: 6_230_000_000 };
        assert!((steady.since(before) - 1.234_567_89).abs() < 1e-9);
        let ended = Used { threads: 5_100_000_000, ticks: 7_000_000_000 };
        assert!((ended.since(before) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn work_of_this_process_is_seen() {
        let own = [std::process::id()];
        let before = Used::by(&own);
        let mut sum = 0u64;
        while Used::by(&own).since(before) == 0.0 {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(Used::by(&own).threads > before.threads);
    }
}
