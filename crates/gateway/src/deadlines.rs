//! Deadlines of one worker: thousands of waits over one timer.
//!
//! A timer of its own for each wait would cost every call more than its limits do. Here a wait is a number in a slab,
//! set and cleared by writing a cell; one task looks over the slab every [`TICK`] and wakes whoever is late. A
//! deadline is therefore met up to two ticks late and never early.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::MissedTickBehavior;

/// How often the slab is looked over.
pub(crate) const TICK: Duration = Duration::from_millis(50);

/// [`TICK`] in nanoseconds, and how many of them a second has.
const TICK_NANOS: u32 = TICK.subsec_nanos();
const A_SECOND: u64 = 1_000_000_000 / TICK_NANOS as u64;

/// No deadline.
const UNSET: u64 = u64::MAX;

/// The slab.
#[derive(Default)]
pub(crate) struct Deadlines {
    now: Cell<u64>,
    slots: RefCell<Slots>,
}

#[derive(Default)]
struct Slots {
    slots: Vec<Slot>,
    free: Vec<usize>,
}

struct Slot {
    due: u64,
    waker: Option<Waker>,
}

impl Deadlines {
    /// Looks over the slab until dropped; one task per worker runs it.
    pub(crate) async fn keep_time(self: Rc<Self>) {
        let mut ticks = tokio::time::interval(TICK);
        // A worker that was held up counts fewer ticks: better late than early for everybody.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.tick();
        }
    }

    fn tick(&self) {
        let now = self.now.get() + 1;
        self.now.set(now);
        // Woken outside the borrow: a waker may run code that comes back here.
        let late: Vec<Waker> = {
            let mut slots = self.slots.borrow_mut();
            slots.slots.iter_mut().filter(|slot| slot.due <= now).filter_map(|slot| slot.waker.take()).collect()
        };
        for waker in late {
            waker.wake();
        }
    }

    /// How long time has been kept, to about a tick: for what costs less than reading the clock.
    pub(crate) fn elapsed(&self) -> Duration {
        let now = self.now.get();
        Duration::new(now / A_SECOND, u32::try_from(now % A_SECOND).unwrap_or(0) * TICK_NANOS)
    }

    /// A wait that is not running yet.
    pub(crate) fn watch(self: &Rc<Self>) -> Watch {
        let mut slots = self.slots.borrow_mut();
        let empty = Slot { due: UNSET, waker: None };
        let slot = match slots.free.pop() {
            Some(slot) => {
                slots.slots[slot] = empty;
                slot
            }
            None => {
                slots.slots.push(empty);
                slots.slots.len() - 1
            }
        };
        Watch { deadlines: Rc::clone(self), slot }
    }
}

/// One wait. Runs while armed.
pub(crate) struct Watch {
    deadlines: Rc<Deadlines>,
    slot: usize,
}

impl Watch {
    /// Starts anew: late after `wait`.
    pub(crate) fn arm(&self, wait: Duration) {
        let ticks = wait.as_secs().saturating_mul(A_SECOND) + u64::from(wait.subsec_nanos().div_ceil(TICK_NANOS));
        let due = self.deadlines.now.get() + 1 + ticks.min(UNSET / 2);
        self.deadlines.slots.borrow_mut().slots[self.slot].due = due;
    }

    /// Starts, unless it runs already.
    pub(crate) fn arm_once(&self, wait: Duration) {
        if self.deadlines.slots.borrow().slots[self.slot].due == UNSET {
            self.arm(wait);
        }
    }

    /// Ends the wait.
    pub(crate) fn disarm(&self) {
        self.deadlines.slots.borrow_mut().slots[self.slot].due = UNSET;
    }

    /// Ready once the wait is over its time; the task is woken then.
    pub(crate) fn poll_late(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut slots = self.deadlines.slots.borrow_mut();
        let slot = &mut slots.slots[self.slot];
        if slot.due <= self.deadlines.now.get() {
            return Poll::Ready(());
        }
        match &mut slot.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut slots = self.deadlines.slots.borrow_mut();
        slots.slots[self.slot] = Slot { due: UNSET, waker: None };
        slots.free.push(self.slot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_late(watch: &Watch) -> bool {
        watch.poll_late(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn a_wait_is_late_after_its_time_and_not_before() {
        let deadlines = Rc::new(Deadlines::default());
        let watch = deadlines.watch();
        assert!(!is_late(&watch));
        watch.arm(Duration::from_millis(101));
        for _ in 0..3 {
            deadlines.tick();
            assert!(!is_late(&watch));
        }
        deadlines.tick();
        assert!(is_late(&watch));
        watch.arm(Duration::from_millis(1));
        assert!(!is_late(&watch));
        watch.disarm();
        deadlines.tick();
        deadlines.tick();
        assert!(!is_late(&watch));
    }

    #[test]
    fn a_running_wait_is_not_lengthened_by_arming_once() {
        let deadlines = Rc::new(Deadlines::default());
        let watch = deadlines.watch();
        watch.arm_once(Duration::from_millis(50));
        deadlines.tick();
        watch.arm_once(Duration::from_secs(50));
        deadlines.tick();
        assert!(is_late(&watch));
    }

    #[test]
    fn a_slot_is_used_again_and_starts_fresh() {
        let deadlines = Rc::new(Deadlines::default());
        let first = deadlines.watch();
        first.arm(Duration::ZERO);
        drop(first);
        let second = deadlines.watch();
        deadlines.tick();
        deadlines.tick();
        assert!(!is_late(&second));
        assert_eq!(deadlines.slots.borrow().slots.len(), 1);
    }
}
