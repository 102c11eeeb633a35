//! The thread of the captures: has them redacted, writes them, and keeps the files in order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyward_model::Clock;
use tokio::sync::oneshot;

use super::shelf::Shelf;
use super::{Pending, lock};

/// Between two looks at what waits, so that no call pays for a wake-up.
const POLL: Duration = Duration::from_millis(100);
/// How often what was written is put on the disk: what a power cut may cost.
const SYNC: Duration = Duration::from_secs(1);
/// How often segments of another process are looked for.
const ADOPT: Duration = Duration::from_secs(10);

/// What the thread is asked for. It answers when it is done.
pub(super) enum Ask {
    /// To write what waits.
    Flush(oneshot::Sender<()>),
    /// To leave what there is, and what still comes, to another process.
    GiveAway(oneshot::Sender<()>),
    /// To write what waits, and end.
    Stop(oneshot::Sender<()>),
}

/// Captures since the start.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) captured: AtomicU64,
    pub(super) dropped: AtomicU64,
}

pub(super) struct Desk {
    pending: Receiver<Box<dyn Pending>>,
    asked: Receiver<Ask>,
    shelf: Arc<Mutex<Shelf>>,
    counts: Arc<Counts>,
    clock: Arc<dyn Clock>,
    /// Whether the folder is another process's.
    passed_on: bool,
    failing: bool,
    written: bool,
    synced: Duration,
    adopted: Duration,
}

impl Desk {
    pub(super) fn new(
        pending: Receiver<Box<dyn Pending>>,
        asked: Receiver<Ask>,
        shelf: Arc<Mutex<Shelf>>,
        counts: Arc<Counts>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let now = clock.monotonic();
        Self {
            pending,
            asked,
            shelf,
            counts,
            clock,
            passed_on: false,
            failing: false,
            written: false,
            synced: now,
            adopted: now,
        }
    }

    pub(super) fn work(mut self) {
        loop {
            let ask = self.asked.recv_timeout(POLL);
            while let Ok(pending) = self.pending.try_recv() {
                self.take(pending);
            }
            self.keep_order();
            let done = match ask {
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return lock(&self.shelf).end(true),
                Ok(Ask::Flush(done)) => done,
                Ok(Ask::GiveAway(done)) => {
                    self.passed_on = true;
                    lock(&self.shelf).end(true);
                    done
                }
                Ok(Ask::Stop(done)) => {
                    lock(&self.shelf).end(true);
                    // Nobody may wait any more.
                    let _ = done.send(());
                    return;
                }
            };
            let _ = done.send(());
        }
    }

    fn take(&mut self, pending: Box<dyn Pending>) {
        // A mistake in one capture is no reason to take no more.
        let redacted = catch_unwind(AssertUnwindSafe(|| pending.redact()));
        let Ok(call) = redacted else {
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let kept = lock(&self.shelf).put(&call);
        let count = if kept.is_ok() { &self.counts.captured } else { &self.counts.dropped };
        count.fetch_add(1, Ordering::Relaxed);
        self.written |= kept.is_ok();
        if kept.is_err() != self.failing {
            self.failing = kept.is_err();
            match kept {
                Err(error) => tracing::warn!(%error, "captures cannot be written and give way; calls go on"),
                Ok(()) => tracing::info!("captures are written again"),
            }
        }
    }

    /// Without the lock: the disk may take its time.
    fn sync(&self) {
        let files = lock(&self.shelf).files();
        for file in files {
            if let Err(error) = file.sync_data() {
                tracing::warn!(%error, "captures could not be written to the disk");
            }
        }
    }

    fn keep_order(&mut self) {
        let now = self.clock.monotonic();
        if now.saturating_sub(self.synced) >= SYNC {
            self.synced = now;
            lock(&self.shelf).end(self.passed_on);
            if std::mem::take(&mut self.written) {
                self.sync();
            }
        }
        if !self.passed_on && now.saturating_sub(self.adopted) >= ADOPT {
            self.adopted = now;
            let mut shelf = lock(&self.shelf);
            if shelf.adopt() {
                shelf.make_room(0);
            }
        }
    }
}
