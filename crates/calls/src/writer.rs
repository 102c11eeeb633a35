//! The writer: a thread of its own that empties the recorders by polling, so that no call pays for a wake-up and no
//! task of the runtime waits for a disk.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use keyward_model::token::LastUse;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::batch::Batch;
use crate::frame::{self, Caller, frames};
use crate::lane::Waiting;
use crate::log::{CallLog, Request};
use crate::sink::{Sink, WriteError};
use crate::uses::Uses;

/// An append that takes longer counts as failed: a hanging store must not stop the polling for ever.
const PATIENCE: Duration = Duration::from_secs(30);
/// Emptied buffers kept to be filled again.
const SPARES: usize = 16;

/// How the writer keeps pace.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Between two rounds over the recorders.
    pub poll: Duration,
    /// Rounds between two writings of the uses of tokens.
    pub rounds_per_uses: u32,
    /// Rounds to wait after the store took nothing.
    pub rounds_after_failure: u32,
    /// Records kept while the store takes none; the oldest give way.
    pub backlog: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { poll: Duration::from_millis(50), rounds_per_uses: 100, rounds_after_failure: 20, backlog: 100_000 }
    }
}

/// The thread that writes. Dropping it without [`Writer::stop`] leaves what is under way unwritten.
#[derive(Debug)]
pub struct Writer {
    log: Arc<CallLog>,
}

impl Writer {
    /// Starts writing the calls of `log` to `sink`. A log has one writer: a second one finds nothing to do. Inside a
    /// runtime, on which the sink's futures then rely.
    pub fn start(log: Arc<CallLog>, sink: Arc<dyn Sink>, pace: Pace) -> Writer {
        let requests = log.requested.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(requests) = requests else {
            tracing::error!("a second writer for one call log was started; it does nothing");
            return Writer { log };
        };
        let desk = Desk {
            log: Arc::clone(&log),
            sink,
            pace,
            runtime: Handle::current(),
            spares: Vec::new(),
            backlog: VecDeque::new(),
            uses: Uses::default(),
            failing: false,
        };
        let spawned = std::thread::Builder::new().name("call-writer".to_owned()).spawn(move || desk.work(&requests));
        if let Err(error) = spawned {
            tracing::error!(%error, "the writer of calls could not be started; calls are counted and not recorded");
        }
        Writer { log }
    }

    /// Writes what is left, uses of tokens included, and ends.
    pub async fn stop(self) {
        let (done, ended) = oneshot::channel();
        // Both fail only when the thread has ended already.
        let _ = self.log.requests.send(Request::Stop(done));
        let _ = ended.await;
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Nobody is there any more when it was stopped.
        let _ = self.log.requests.send(Request::Abandon);
    }
}

/// Tokens whose uses are worth one more round of waiting before they are written again.
const TOKENS_PER_ROUND: u32 = 10;
/// Rounds between two writings of uses, however many there are: a minute at the usual pace.
const MOST_ROUNDS: u32 = 1200;

struct Desk {
    log: Arc<CallLog>,
    sink: Arc<dyn Sink>,
    pace: Pace,
    runtime: Handle,
    /// Empty buffers, handed to the lanes for full ones.
    spares: Vec<Waiting>,
    backlog: VecDeque<Batch>,
    uses: Uses,
    failing: bool,
}

impl Desk {
    fn work(mut self, requests: &Receiver<Request>) {
        let (mut until_uses, mut until_write) = (self.pace.rounds_per_uses, 0);
        let mut poll = Duration::ZERO;
        loop {
            match requests.recv_timeout(poll) {
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) | Ok(Request::Abandon) => return,
                Ok(Request::Flush(done)) => {
                    self.flush(done);
                    continue;
                }
                Ok(Request::Stop(done)) => {
                    self.collect();
                    self.write();
                    self.write_uses();
                    let _ = done.send(());
                    return;
                }
            }
            poll = self.pace.poll;
            self.collect();
            until_write = match until_write {
                0 if !self.write() => self.pace.rounds_after_failure,
                0 => 0,
                rounds => rounds - 1,
            };
            until_uses = until_uses.saturating_sub(1);
            if until_uses == 0 {
                let tokens = u32::try_from(self.uses.len()).unwrap_or(u32::MAX);
                self.write_uses();
                // The more there is to write, the less often: rows cost the store more than they are worth each second.
                until_uses = self.pace.rounds_per_uses.max((tokens / TOKENS_PER_ROUND).min(MOST_ROUNDS));
            }
        }
    }

    fn flush(&mut self, done: oneshot::Sender<bool>) {
        self.collect();
        let records_written = self.write();
        let all_written = self.write_uses() && records_written;
        // Nobody may wait any more.
        let _ = done.send(all_written);
    }

    /// Empties the recorders into the backlog.
    fn collect(&mut self) {
        let log = Arc::clone(&self.log);
        let followed = log.followers.receiver_count() > 0;
        for lane in &log.lanes {
            let mut halves = std::array::from_fn(|_| self.spares.pop().unwrap_or_default());
            lane.drain(&mut halves);
            for half in halves {
                let batch = Batch::new(half);
                if batch.is_empty() {
                    self.spare(batch);
                    continue;
                }
                self.count_uses(&batch);
                if followed {
                    for record in batch.records(|address| self.sink.locate(address)) {
                        // Fails when the last follower has just left.
                        let _ = log.followers.send(Arc::new(record));
                    }
                }
                self.backlog.push_back(batch);
            }
        }
        let others = std::mem::take(&mut *log.other_uses.lock().unwrap_or_else(PoisonError::into_inner));
        self.uses.absorb(others);
        let surplus = self.backlog.iter().map(Batch::len).sum::<usize>().saturating_sub(self.pace.backlog);
        self.give_way(surplus);
    }

    fn count_uses(&mut self, batch: &Batch) {
        batch.held.tally.count_uses(&mut self.uses);
        for frame in frames(batch.frames()) {
            let Some(token) = Caller::read(frame.caller).and_then(|caller| caller.token) else { continue };
            let Some(address) = frame::address(frame.address) else { continue };
            self.uses.add(token, LastUse { at: frame.at, address, calls: 1 });
        }
    }

    /// The oldest details give way; their counts wait on with the next batch.
    fn give_way(&mut self, mut surplus: usize) {
        while let Some(oldest) = self.backlog.front_mut().filter(|_| surplus > 0) {
            let given = oldest.give_way(surplus);
            self.log.given_up.fetch_add(given as u64, Ordering::Release);
            surplus -= given.min(surplus);
            let has_details = oldest.held.records > 0;
            if has_details || self.backlog.len() < 2 {
                return;
            }
            if let Some(emptied) = self.backlog.pop_front() {
                if let Some(next) = self.backlog.front_mut() {
                    next.held.tally.absorb(&emptied.held.tally);
                }
                self.spare(emptied);
            }
        }
    }

    fn spare(&mut self, batch: Batch) {
        if self.spares.len() < SPARES {
            self.spares.push(batch.emptied());
        }
    }

    /// Writes the backlog. Answers whether nothing of it is left.
    fn write(&mut self) -> bool {
        while let Some(batch) = self.backlog.front() {
            match self.append(batch) {
                Ok(()) => self.wrote(),
                Err(WriteError::Later(reason)) => {
                    self.note_failure(&reason);
                    return false;
                }
                Err(WriteError::Refused(_)) => self.write_apart(),
            }
        }
        true
    }

    /// Finds the record that spoils a batch, and gives up on that one only.
    fn write_apart(&mut self) {
        let Some(batch) = self.backlog.pop_front() else { return };
        let (details, mut counts) = batch.apart();
        let mut later = Vec::new();
        for mut detail in details {
            match self.append(&detail) {
                Ok(()) => {
                    self.log.written.fetch_add(1, Ordering::Release);
                }
                Err(WriteError::Refused(reason)) => {
                    tracing::error!(reason, "a call record was refused by the store; its detail is lost");
                    let given = detail.give_way(1);
                    counts.held.tally.absorb(&detail.held.tally);
                    self.log.given_up.fetch_add(given as u64, Ordering::Release);
                }
                Err(WriteError::Later(_)) => later.push(detail),
            }
        }
        // Counts wait with what waits, and are tried at once where nothing does.
        let counts_wait = !later.is_empty() || matches!(self.append(&counts), Err(WriteError::Later(_)));
        if counts_wait && !counts.is_empty() {
            later.push(counts);
        }
        later.into_iter().rev().for_each(|batch| self.backlog.push_front(batch));
    }

    fn append(&self, batch: &Batch) -> Result<(), WriteError> {
        self.runtime.block_on(async {
            let appended = tokio::time::timeout(PATIENCE, self.sink.append(batch)).await;
            appended.unwrap_or_else(|_| Err(WriteError::Later("it did not answer in time".to_owned())))
        })
    }

    fn wrote(&mut self) {
        let Some(batch) = self.backlog.pop_front() else { return };
        self.log.written.fetch_add(batch.len() as u64, Ordering::Release);
        self.spare(batch);
        if std::mem::take(&mut self.failing) {
            self.log.failing.store(false, Ordering::Relaxed);
            tracing::info!(waiting = self.backlog.len(), "call records are written again");
        }
    }

    fn write_uses(&mut self) -> bool {
        if self.uses.is_empty() {
            return true;
        }
        let uses = self.uses.take();
        let outcome = self.runtime.block_on(async {
            let added = tokio::time::timeout(PATIENCE, self.sink.add_uses(&uses)).await;
            added.unwrap_or_else(|_| Err(WriteError::Later("it did not answer in time".to_owned())))
        });
        match outcome {
            Ok(()) => true,
            Err(error) => {
                self.note_failure(&error.to_string());
                for (token, use_) in uses {
                    self.uses.add(token, use_);
                }
                false
            }
        }
    }

    /// Says it once, not every round.
    fn note_failure(&mut self, reason: &str) {
        if !std::mem::replace(&mut self.failing, true) {
            self.log.failing.store(true, Ordering::Relaxed);
            tracing::warn!(reason, "call records wait for the store; calls go on");
        }
    }
}
