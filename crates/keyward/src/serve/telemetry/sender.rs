//! A thread that takes what waits, in batches, and sends them: once more after a while that grows, and not for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use keyward_api::ExportFigures;
use keyward_model::Random;
use tokio::sync::oneshot;

use super::export::{Collector, ExportError};
use crate::failure::Failure;

/// Items in one batch.
const BATCH: usize = 512;
/// Between two looks at what waits, so that nobody pays for a wake-up.
const POLL: Duration = Duration::from_millis(250);
/// How often a batch is tried; it gives way after about half a minute.
const ATTEMPTS: u32 = 6;
/// Before the second attempt; twice as long before each further one.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// As long as a collector may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// For what is left at the end.
const FAREWELL: Duration = Duration::from_secs(3);

/// What is sent.
pub(super) trait Signal: Send + 'static {
    /// One of them.
    type Item: Send;
    /// What they are called in the log.
    const WHAT: &'static str;

    /// The next that waits.
    fn next(&self) -> Option<Self::Item>;

    /// A batch as the collector reads it.
    fn encode(&self, batch: &[Self::Item]) -> Vec<u8>;
}

/// A thread that sends.
pub(super) struct Running {
    stop: Sender<oneshot::Sender<()>>,
    counts: Counts,
}

/// What became of what was to be sent.
#[derive(Clone)]
pub(super) struct Counts {
    /// For want of room.
    given_way: Arc<AtomicU64>,
    sent: Arc<Sent>,
}

#[derive(Default)]
struct Sent {
    exported: AtomicU64,
    given_up: AtomicU64,
    rejected: AtomicU64,
}

impl Counts {
    pub(super) fn figures(&self) -> ExportFigures {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        ExportFigures {
            exported: of(&self.sent.exported),
            dropped: of(&self.given_way).saturating_add(of(&self.sent.given_up)),
            rejected: of(&self.sent.rejected),
        }
    }
}

impl Running {
    /// Begins to send `signal` to `collector`. `given_way` counts what never got here.
    pub(super) fn start(
        thread: &str,
        signal: impl Signal,
        collector: Collector,
        given_way: Arc<AtomicU64>,
        random: &Arc<dyn Random>,
    ) -> Result<Self, Failure> {
        let counts = Counts { given_way, sent: Arc::default() };
        let (stop, stopped) = channel();
        let (sent, random) = (Arc::clone(&counts.sent), Arc::clone(random));
        let desk = Desk { signal, collector, sent, random, failing: false };
        std::thread::Builder::new().name(thread.to_owned()).spawn(move || desk.work(&stopped))?;
        Ok(Self { stop, counts })
    }

    pub(super) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Sends what is left, as far as the collector takes it soon.
    pub(super) async fn end(self) {
        let (done, ended) = oneshot::channel();
        // Fails only when the thread is gone.
        let _ = self.stop.send(done);
        let _ = tokio::time::timeout(FAREWELL, ended).await;
    }
}

struct Desk<S> {
    signal: S,
    collector: Collector,
    sent: Arc<Sent>,
    random: Arc<dyn Random>,
    failing: bool,
}

impl<S: Signal> Desk<S> {
    fn work(mut self, stopped: &Receiver<oneshot::Sender<()>>) {
        let mut waits = POLL;
        let (mut batch, mut attempt) = (Vec::new(), 0);
        loop {
            match stopped.recv_timeout(waits) {
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
                Ok(done) => {
                    self.finish(batch);
                    // Nobody may wait any more.
                    let _ = done.send(());
                    return;
                }
            }
            if batch.is_empty() {
                batch = self.taken();
                attempt = 0;
            }
            if batch.is_empty() {
                waits = POLL;
                continue;
            }
            attempt += 1;
            waits = match self.send(&batch) {
                Ok(()) => {
                    // The next at once where more than one waits.
                    let is_full = batch.len() == BATCH;
                    batch.clear();
                    if is_full { Duration::ZERO } else { POLL }
                }
                Err(ExportError::Later { after, .. }) if attempt < ATTEMPTS => {
                    after.unwrap_or_else(|| self.back_off(attempt)).min(LONGEST_WAIT)
                }
                Err(_) => {
                    add(&self.sent.given_up, batch.len());
                    batch.clear();
                    POLL
                }
            };
        }
    }

    /// One attempt for everything that is left.
    fn finish(&mut self, mut batch: Vec<S::Item>) {
        if batch.is_empty() {
            batch = self.taken();
        }
        while !batch.is_empty() {
            if self.send(&batch).is_err() {
                add(&self.sent.given_up, batch.len());
                return;
            }
            batch = self.taken();
        }
    }

    fn taken(&self) -> Vec<S::Item> {
        std::iter::from_fn(|| self.signal.next()).take(BATCH).collect()
    }

    fn send(&mut self, batch: &[S::Item]) -> Result<(), ExportError> {
        let outcome = self.collector.export(self.signal.encode(batch));
        if outcome.is_err() != self.failing {
            self.failing = outcome.is_err();
            let what = S::WHAT;
            match &outcome {
                Err(error) => tracing::warn!(%error, "the collector takes no {what}; nothing waits for it"),
                Ok(_) => tracing::info!("the collector takes {what} again"),
            }
        }
        let rejected = outcome?;
        add(&self.sent.exported, batch.len());
        self.sent.rejected.fetch_add(rejected, Ordering::Relaxed);
        Ok(())
    }

    /// Twice as long each time, and up to half as long again, so that nodes do not come back all at once.
    fn back_off(&self, attempt: u32) -> Duration {
        let wait = FIRST_WAIT.saturating_mul(1 << (attempt - 1).min(5));
        let mut dice = [0];
        self.random.fill(&mut dice);
        wait + wait * u32::from(dice[0]) / 512
    }
}

fn add(count: &AtomicU64, items: usize) {
    count.fetch_add(u64::try_from(items).unwrap_or(u64::MAX), Ordering::Relaxed);
}
