//! What lies between one recorder and the writer: two halves, one of which the recorder always finds free.
//!
//! The recorder stays in a half until the writer holds it, and then goes to the other. The writer holds a half only
//! for as long as it takes to swap its buffer for an empty one, and takes the half that the recorder is not in first,
//! so that frames come out in the order in which they went in.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use crate::call::Call;
use crate::frame;
use crate::tally::Tally;

/// Bytes made room for at the start, so that a lane of usual size never grows.
const ROOM: usize = 256 * 1024;
/// Bytes per record of the capacity. Most frames have about 200.
const BYTES_PER_RECORD: usize = 320;

/// What waits for the writer.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// Frames, one after the other.
    pub(crate) frames: Vec<u8>,
    /// How many.
    pub(crate) records: usize,
    /// What gave way when there was no more room.
    pub(crate) tally: Tally,
}

impl Waiting {
    /// Empties it and keeps the room, unless that has become much.
    pub(crate) fn clear(&mut self) {
        self.frames.clear();
        self.frames.shrink_to(4 * ROOM);
        self.records = 0;
        self.tally.clear();
    }
}

pub(crate) struct Lane {
    halves: [Mutex<Waiting>; 2],
    /// The half that the recorder is in.
    current: AtomicUsize,
    capacity: usize,
    recorded: AtomicU64,
    dropped: AtomicU64,
}

impl Lane {
    pub(crate) fn new(capacity: usize) -> Self {
        let room = ROOM.min(capacity.saturating_mul(BYTES_PER_RECORD));
        let half = || Mutex::new(Waiting { frames: Vec::with_capacity(room), ..Waiting::default() });
        Self {
            halves: [half(), half()],
            current: AtomicUsize::new(0),
            capacity: capacity.max(1),
            recorded: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        }
    }

    /// Takes a call down. When there is no more room, it is counted and its detail gives way.
    pub(crate) fn push(&self, call: &Call<'_>) {
        let mut half = self.free_half();
        let room = self.capacity.saturating_mul(BYTES_PER_RECORD);
        if half.records < self.capacity && half.frames.len() < room {
            frame::encode(call, &mut half.frames);
            half.records += 1;
        } else {
            half.tally.count(call);
            self.dropped.fetch_add(1, Ordering::Release);
        }
        drop(half);
        // After the record itself, so that a reader who sees the count also finds the record.
        self.recorded.fetch_add(1, Ordering::Release);
    }

    /// The writer holds one half at most, so that this ends; and never waits for it, for the writer may be put to
    /// sleep while it holds one.
    fn free_half(&self) -> MutexGuard<'_, Waiting> {
        let mut current = self.current.load(Ordering::Relaxed);
        loop {
            match self.halves[current].try_lock() {
                Ok(half) => return half,
                Err(TryLockError::Poisoned(half)) => return half.into_inner(),
                Err(TryLockError::WouldBlock) => {
                    current = 1 - current;
                    self.current.store(current, Ordering::Relaxed);
                }
            }
        }
    }

    /// Moves out what waits, in the order in which it was pushed. `into` is filled half by half; what it held is
    /// swapped in and must be empty.
    pub(crate) fn drain(&self, into: &mut [Waiting; 2]) {
        let first = 1 - self.current.load(Ordering::Relaxed);
        for (half, into) in [first, 1 - first].into_iter().zip(into) {
            std::mem::swap(&mut *self.halves[half].lock().unwrap_or_else(PoisonError::into_inner), into);
        }
    }

    pub(crate) fn recorded(&self) -> u64 {
        self.recorded.load(Ordering::Acquire)
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Acquire)
    }
}
