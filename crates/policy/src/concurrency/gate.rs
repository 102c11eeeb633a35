//! The room at one target: so many calls at a time, and so many that wait for their turn, over all workers.
//!
//! While nobody waits, coming and going is one exchange of an atomic. Whoever has to wait takes its place in a line
//! under a lock, and so does who leaves while somebody waits: it hands its room to the first of the line, and wakes
//! that one alone.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// The room at one target.
#[derive(Debug)]
pub struct Gate {
    /// Calls that may be under way.
    cap: AtomicU32,
    /// Calls that may wait.
    most_waiting: AtomicU32,
    /// Calls under way in the upper half, calls that wait in the lower one. The lower half changes under the lock.
    state: AtomicU64,
    line: Mutex<Line>,
}

/// Who waits, by when they came. A ticket that is no longer here has its turn, or was given back.
#[derive(Debug, Default)]
struct Line {
    next: u64,
    tickets: BTreeMap<u64, Option<Waker>>,
}

const ONE_UNDER_WAY: u64 = 1 << 32;

fn under_way(state: u64) -> u64 {
    state >> 32
}

fn waiting(state: u64) -> u64 {
    state & u64::from(u32::MAX)
}

/// What a call finds.
#[derive(Debug)]
pub enum Entry {
    /// There is room.
    Open(Seat),
    /// There is none, and the call stands in line.
    Wait(Turn),
    /// There is none, and the line is as long as it may be.
    Full,
}

/// Room for one call, for as long as it is held.
#[derive(Debug)]
pub struct Seat(Arc<Gate>);

/// A place in the line; ready once there is room. Dropped, it is given up.
#[derive(Debug)]
pub struct Turn {
    gate: Arc<Gate>,
    ticket: u64,
    /// Whether the room went to a [`Seat`].
    taken: bool,
}

impl Gate {
    /// Nobody there; at most `cap` at a time, and `most_waiting` in line.
    pub fn new(cap: u32, most_waiting: u32) -> Arc<Self> {
        Arc::new(Self {
            cap: AtomicU32::new(cap),
            most_waiting: AtomicU32::new(most_waiting),
            state: AtomicU64::new(0),
            line: Mutex::default(),
        })
    }

    /// Other bounds from now on. Who is there or in line already stays.
    pub fn resize(self: &Arc<Self>, cap: u32, most_waiting: u32) {
        self.most_waiting.store(most_waiting, Ordering::Relaxed);
        let before = self.cap.swap(cap, Ordering::AcqRel);
        // Room that was added goes to the line first.
        for _ in before..cap {
            let mut line = self.line();
            let state = self.state.load(Ordering::Acquire);
            let Some((_, waker)) = (under_way(state) < u64::from(cap)).then(|| line.tickets.pop_first()).flatten()
            else {
                return;
            };
            // Both at once: the one in line is under way from here on.
            self.state.fetch_add(ONE_UNDER_WAY - 1, Ordering::AcqRel);
            drop(line);
            wake(waker);
        }
    }

    /// Takes room, if there is any and nobody waits for it.
    pub fn enter_now(self: &Arc<Self>) -> Option<Seat> {
        let cap = u64::from(self.cap.load(Ordering::Relaxed));
        let more = |state: u64| (waiting(state) == 0 && under_way(state) < cap).then(|| state + ONE_UNDER_WAY);
        self.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok().map(|_| Seat(Arc::clone(self)))
    }

    /// Takes room, or a place in the line. Who stands in line goes first: a newcomer takes nobody's turn.
    pub fn enter(self: &Arc<Self>) -> Entry {
        if let Some(seat) = self.enter_now() {
            return Entry::Open(seat);
        }
        let mut line = self.line();
        loop {
            // Somebody may have left before the lock was there.
            if let Some(seat) = self.enter_now() {
                return Entry::Open(seat);
            }
            let state = self.state.load(Ordering::Acquire);
            if waiting(state) == 0 && under_way(state) < u64::from(self.cap.load(Ordering::Relaxed)) {
                continue;
            }
            if waiting(state) >= u64::from(self.most_waiting.load(Ordering::Relaxed)) {
                return Entry::Full;
            }
            // In one step with what was seen: who leaves from here on sees that somebody waits.
            if self.state.compare_exchange(state, state + 1, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                let ticket = line.next;
                line.next += 1;
                line.tickets.insert(ticket, None);
                return Entry::Wait(Turn { gate: Arc::clone(self), ticket, taken: false });
            }
        }
    }

    /// Calls under way.
    pub fn under_way(&self) -> u32 {
        u32::try_from(under_way(self.state.load(Ordering::Relaxed))).unwrap_or(u32::MAX)
    }

    /// Calls in line.
    pub fn waiting(&self) -> u32 {
        u32::try_from(waiting(self.state.load(Ordering::Relaxed))).unwrap_or(u32::MAX)
    }

    /// One call is over: its room goes to the first of the line, or is free.
    fn leave(&self) {
        let cap = u64::from(self.cap.load(Ordering::Relaxed));
        // Where there is more under way than may be, because the bound was lowered, nobody's turn has come.
        let none_waits = |state: u64| (waiting(state) == 0 || under_way(state) > cap).then(|| state - ONE_UNDER_WAY);
        if self.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, none_waits).is_ok() {
            return;
        }
        let mut line = self.line();
        match line.tickets.pop_first() {
            Some((_, waker)) => {
                self.state.fetch_sub(1, Ordering::AcqRel);
                drop(line);
                wake(waker);
            }
            // Who waited has gone meanwhile.
            None => {
                self.state.fetch_sub(ONE_UNDER_WAY, Ordering::AcqRel);
            }
        }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        // Nothing under it can panic halfway.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Outside the lock: a waker may run code that comes back here.
fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.leave();
    }
}

impl Future for Turn {
    type Output = Seat;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Seat> {
        if let Some(waker) = self.gate.line().tickets.get_mut(&self.ticket) {
            match waker {
                Some(waker) => waker.clone_from(cx.waker()),
                none => *none = Some(cx.waker().clone()),
            }
            return Poll::Pending;
        }
        self.taken = true;
        Poll::Ready(Seat(Arc::clone(&self.gate)))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.taken {
            return;
        }
        let mut line = self.gate.line();
        if line.tickets.remove(&self.ticket).is_some() {
            self.gate.state.fetch_sub(1, Ordering::AcqRel);
            return;
        }
        drop(line);
        // Its turn came, and nobody took it.
        self.gate.leave();
    }
}

#[cfg(test)]
mod tests;
