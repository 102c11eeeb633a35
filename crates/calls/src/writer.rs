//! The writer: empties the recorders by polling, so that no call pays for a wake-up.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use keyward_model::call::CallRecord;
use keyward_model::token::LastUse;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::frame::frames;
use crate::lane::Waiting;
use crate::log::CallLog;
use crate::sink::{Sink, WriteError};
use crate::uses::Uses;

/// Records written in one transaction.
const BATCH: usize = 500;
/// An insert that takes longer counts as failed: a hanging store must not stop the polling for ever.
const PATIENCE: Duration = Duration::from_secs(30);

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
        Self { poll: Duration::from_millis(50), rounds_per_uses: 100, rounds_after_failure: 20, backlog: 20_000 }
    }
}

/// The task that writes. Dropping it without [`Writer::stop`] leaves what is under way unwritten.
#[derive(Debug)]
pub struct Writer {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Writer {
    /// Starts writing the records of `log` to `sink`. A log has one writer: a second one finds nothing to do.
    pub fn start(log: Arc<CallLog>, sink: Arc<dyn Sink>, pace: Pace) -> Writer {
        let (stop, stopped) = oneshot::channel();
        let desk = Desk {
            log,
            sink,
            pace,
            waiting: Default::default(),
            backlog: VecDeque::new(),
            uses: Uses::default(),
            failing: false,
        };
        Writer { stop, task: tokio::spawn(desk.work(stopped)) }
    }

    /// Writes what is left, uses of tokens included, and ends.
    pub async fn stop(self) {
        // Both fail only when the task has ended already.
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

struct Desk {
    log: Arc<CallLog>,
    sink: Arc<dyn Sink>,
    pace: Pace,
    /// What the lanes are emptied into.
    waiting: [Waiting; 2],
    backlog: VecDeque<CallRecord>,
    uses: Uses,
    failing: bool,
}

impl Desk {
    async fn work(mut self, mut stopped: oneshot::Receiver<()>) {
        let requests = self.log.flush_requests.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut flushes) = requests else {
            tracing::error!("a second writer for one call log was started; it does nothing");
            return;
        };
        let mut tick = tokio::time::interval(self.pace.poll);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut until_uses, mut until_write) = (self.pace.rounds_per_uses, 0);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                Some(done) = flushes.recv() => {
                    self.flush(done, &mut flushes).await;
                    continue;
                }
                _ = &mut stopped => break,
            }
            self.collect();
            until_write = match until_write {
                0 if !self.write().await => self.pace.rounds_after_failure,
                0 => 0,
                rounds => rounds - 1,
            };
            until_uses = until_uses.saturating_sub(1);
            if until_uses == 0 {
                self.write_uses().await;
                until_uses = self.pace.rounds_per_uses;
            }
        }
        self.collect();
        self.write().await;
        self.write_uses().await;
    }

    /// Answers everybody who waits for a flush with one round.
    async fn flush(&mut self, done: oneshot::Sender<bool>, others: &mut mpsc::Receiver<oneshot::Sender<bool>>) {
        let mut waiting = vec![done];
        while let Ok(other) = others.try_recv() {
            waiting.push(other);
        }
        self.collect();
        let records_written = self.write().await;
        let all_written = self.write_uses().await && records_written;
        for done in waiting {
            let _ = done.send(all_written);
        }
    }

    /// Empties the recorders into the backlog.
    fn collect(&mut self) {
        let log = Arc::clone(&self.log);
        let followed = log.followers.receiver_count() > 0;
        for lane in &log.lanes {
            lane.drain(&mut self.waiting);
            for half in &mut self.waiting {
                half.tally.count_uses(&mut self.uses);
                for frame in frames(&half.frames) {
                    let Some(record) = frame.record(None, None) else { continue };
                    if let Some(token) = record.token {
                        self.uses.add(token, LastUse { at: record.at, address: record.address, calls: 1 });
                    }
                    if followed {
                        // Fails when the last follower has just left.
                        let _ = log.followers.send(Arc::new(record.clone()));
                    }
                    self.backlog.push_back(record);
                }
                half.clear();
            }
        }
        let others = std::mem::take(&mut *log.other_uses.lock().unwrap_or_else(PoisonError::into_inner));
        self.uses.absorb(others);
        let surplus = self.backlog.len().saturating_sub(self.pace.backlog);
        self.give_up(surplus);
    }

    /// Writes the backlog. Answers whether nothing of it is left.
    async fn write(&mut self) -> bool {
        while !self.backlog.is_empty() {
            let size = self.backlog.len().min(BATCH);
            match self.insert(size).await {
                Ok(()) => self.wrote(size),
                Err(WriteError::Later(reason)) => {
                    self.note_failure(&reason);
                    return false;
                }
                Err(WriteError::Refused(_)) => {
                    if !self.write_one_by_one(size).await {
                        return false;
                    }
                }
            }
        }
        true
    }

    /// Finds the record that spoils a batch, and gives up on that one only.
    async fn write_one_by_one(&mut self, size: usize) -> bool {
        for _ in 0..size {
            match self.insert(1).await {
                Ok(()) => self.wrote(1),
                Err(WriteError::Refused(reason)) => {
                    tracing::error!(reason, "a call record was refused by the store and is lost");
                    self.give_up(1);
                }
                Err(WriteError::Later(reason)) => {
                    self.note_failure(&reason);
                    return false;
                }
            }
        }
        true
    }

    async fn insert(&mut self, size: usize) -> Result<(), WriteError> {
        let batch = &self.backlog.make_contiguous()[..size];
        tokio::time::timeout(PATIENCE, self.sink.insert(batch))
            .await
            .unwrap_or_else(|_| Err(WriteError::Later("it did not answer in time".to_owned())))
    }

    fn wrote(&mut self, size: usize) {
        self.backlog.drain(..size);
        self.log.written.fetch_add(size as u64, Ordering::Release);
        if std::mem::take(&mut self.failing) {
            tracing::info!(waiting = self.backlog.len(), "call records are written again");
        }
    }

    fn give_up(&mut self, count: usize) {
        self.backlog.drain(..count);
        self.log.given_up.fetch_add(count as u64, Ordering::Release);
    }

    async fn write_uses(&mut self) -> bool {
        if self.uses.is_empty() {
            return true;
        }
        let uses = self.uses.take();
        let outcome = tokio::time::timeout(PATIENCE, self.sink.add_uses(&uses)).await;
        match outcome.unwrap_or_else(|_| Err(WriteError::Later("it did not answer in time".to_owned()))) {
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
            tracing::warn!(reason, "call records wait for the store; calls go on");
        }
    }
}
