//! One worker's end of the log: takes records without waiting for anybody.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_queue::ArrayQueue;
use keyward_model::call::CallRecord;

use crate::uses::Uses;

/// Takes one worker's call records. Never waits: when the writer falls behind, the oldest record gives way.
pub struct Recorder {
    lane: Arc<Lane>,
}

impl Recorder {
    pub(crate) fn new(lane: Arc<Lane>) -> Self {
        Self { lane }
    }

    /// Hands over the record of a call that is over.
    pub fn push(&self, record: CallRecord) {
        if let Some(oldest) = self.lane.records.force_push(record) {
            self.lane.give_way(&oldest);
        }
        // After the record itself, so that a reader who sees the count also finds the record.
        self.lane.recorded.fetch_add(1, Ordering::Release);
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").field("waiting", &self.lane.records.len()).finish_non_exhaustive()
    }
}

/// What lies between one recorder and the writer.
pub(crate) struct Lane {
    records: ArrayQueue<CallRecord>,
    recorded: AtomicU64,
    dropped: AtomicU64,
    /// The uses of tokens whose records gave way. Two, so that the worker finds one free while the writer empties
    /// the other; touched only when the queue is full.
    overflow: [Mutex<Uses>; 2],
}

impl Lane {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            records: ArrayQueue::new(capacity.max(1)),
            recorded: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            overflow: Default::default(),
        }
    }

    /// Moves out everything that waits now; what is pushed meanwhile stays for the next time.
    pub(crate) fn drain(&self, into: &mut Vec<CallRecord>) {
        let waiting = self.records.len();
        into.reserve(waiting);
        into.extend(std::iter::from_fn(|| self.records.pop()).take(waiting));
    }

    /// Moves out the uses of tokens whose records were dropped.
    pub(crate) fn drain_overflow(&self, into: &mut Uses) {
        for half in &self.overflow {
            let taken = std::mem::take(&mut *half.lock().unwrap_or_else(PoisonError::into_inner));
            into.absorb(taken);
        }
    }

    pub(crate) fn recorded(&self) -> u64 {
        self.recorded.load(Ordering::Acquire)
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Acquire)
    }

    fn give_way(&self, oldest: &CallRecord) {
        self.dropped.fetch_add(1, Ordering::Release);
        for half in &self.overflow {
            if let Ok(mut uses) = half.try_lock() {
                uses.count(oldest);
                return;
            }
        }
        // Only several threads sharing one recorder come here; an exact count is worth their wait.
        self.overflow[0].lock().unwrap_or_else(PoisonError::into_inner).count(oldest);
    }
}
