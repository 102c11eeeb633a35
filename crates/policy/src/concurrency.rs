//! How much is under way at a time: calls of an api, calls at a target, calls that wait for their turn there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

mod gate;

pub use gate::{Entry, Gate, Seat, Turn};

/// Counts what is under way, up to a cap. Shared by all workers; exact, and without a lock.
#[derive(Debug)]
pub struct InFlight {
    cap: u32,
    count: AtomicU32,
}

/// One thing under way, for as long as it is held.
#[derive(Debug)]
pub struct Permit(Arc<InFlight>);

impl InFlight {
    /// Nothing under way, and at most `cap` at a time.
    pub fn new(cap: u32) -> Arc<Self> {
        Arc::new(Self { cap, count: AtomicU32::new(0) })
    }

    /// One more is under way, if there is room.
    pub fn enter(self: &Arc<Self>) -> Option<Permit> {
        let more = |count: u32| (count < self.cap).then_some(count + 1);
        self.count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok().map(|_| Permit(Arc::clone(self)))
    }

    /// How many may be under way.
    pub fn cap(&self) -> u32 {
        self.cap
    }

    /// How many are.
    pub fn count(&self) -> u32 {
        self.count.load(Ordering::Relaxed)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permit_is_given_back_when_it_is_dropped() {
        let in_flight = InFlight::new(2);
        let (first, second) = (in_flight.enter(), in_flight.enter());
        assert!(first.is_some() && second.is_some() && in_flight.enter().is_none());
        drop(first);
        assert_eq!(in_flight.count(), 1);
        assert!(in_flight.enter().is_some());
        assert!(InFlight::new(0).enter().is_none());
    }

    #[test]
    fn the_cap_holds_when_many_enter_at_once() {
        let in_flight = InFlight::new(3);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..2_000 {
                        if let Some(permit) = in_flight.enter() {
                            assert!(in_flight.count() <= 3);
                            drop(permit);
                        }
                    }
                });
            }
        });
        assert_eq!(in_flight.count(), 0);
    }
}
