//! Staying awake between calls: a worker that looks for the next call instead of sleeping finds it sooner, where waking
//! up takes long (on virtual machines above all), and uses its core meanwhile.

use std::cell::Cell;
use std::future::poll_fn;
use std::task::{Poll, Waker};
use std::time::Duration;

use keyward_model::Clock;

/// How long a worker stays awake.
pub(crate) struct Awake {
    /// Behind the begin of a call; zero switches it off.
    behind: Duration,
    until: Cell<Duration>,
    asleep: Cell<Option<Waker>>,
}

impl Awake {
    pub(crate) fn new(behind: Duration) -> Self {
        Self { behind, until: Cell::default(), asleep: Cell::default() }
    }

    /// A call begins.
    #[inline]
    pub(crate) fn extend(&self, now: Duration) {
        if !self.behind.is_zero() {
            self.until.set(now + self.behind);
            if let Some(waker) = self.asleep.take() {
                waker.wake();
            }
        }
    }

    /// Keeps the worker awake. Never ends.
    pub(super) async fn keep(&self, clock: &dyn Clock) {
        poll_fn(|cx| {
            if clock.monotonic() < self.until.get() {
                // Behind everybody else who is ready.
                cx.waker().wake_by_ref();
            } else {
                self.asleep.set(Some(cx.waker().clone()));
            }
            Poll::<()>::Pending
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Wake};

    use keyward_model::Timestamp;
    use keyward_model::clock::ManualClock;

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_worker_is_awake_for_a_while_behind_each_call() {
        let second = Duration::from_secs(1);
        for (behind, polls) in [(second, [0, 1, 2, 3, 3, 4]), (Duration::ZERO, [0; 6])] {
            let (clock, awake, woken) =
                (ManualClock::at(Timestamp::default()), Awake::new(behind), Arc::<Woken>::default());
            let waker = Waker::from(Arc::clone(&woken));
            let mut keeps = pin!(awake.keep(&clock));
            let mut poll = || {
                assert!(keeps.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
                woken.0.load(Ordering::Relaxed)
            };
            let asleep = poll();
            awake.extend(clock.monotonic());
            let called = woken.0.load(Ordering::Relaxed);
            let (stays, again) = (poll(), poll());
            clock.advance(second);
            let sleeps = poll();
            awake.extend(clock.monotonic());
            assert_eq!([asleep, called, stays, again, sleeps, woken.0.load(Ordering::Relaxed)], polls);
        }
    }
}
