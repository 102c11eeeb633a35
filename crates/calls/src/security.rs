//! The log of security events: counted exactly, their details kept as far as there is room.
//!
//! Whoever sees one hands it over without waiting. A thread takes what was handed over a few times a second, adds up
//! what is alike, writes it down, and says it in the log of the process as far as that stays readable. What finds no
//! room on that way gives way and is counted.

use std::borrow::Cow;
use std::net::IpAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keyward_model::security::{Listener, SecurityEvent, SecurityKind};
use keyward_model::{Clock, Random, Timestamp};
use keyward_store::{Page, PageRequest};
use uuid::Uuid;

use crate::calls::joined;

mod desk;
mod file;
mod list;

use desk::Desk;
pub use list::{SecurityFilter, SecurityListError};

/// Events that may wait for the thread.
const WAITING: usize = 2048;
/// Between two looks at what waits.
const POLL: Duration = Duration::from_millis(200);

/// Something that was refused, as whoever refused it saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// What.
    pub kind: SecurityKind,
    /// Where the caller was connected to.
    pub listener: Listener,
    /// Where it came from.
    pub address: IpAddr,
    /// What was wrong, in words of Keyward's own: nothing of what came.
    pub detail: Cow<'static, str>,
    /// The call, where it is one.
    pub request_id: Option<Uuid>,
}

/// The log of security events of this node.
pub struct SecurityLog {
    counts: [AtomicU64; SecurityKind::ALL.len()],
    dropped: Arc<AtomicU64>,
    waiting: SyncSender<(Timestamp, Sighting)>,
    desk: Arc<Mutex<Desk>>,
    clock: Arc<dyn Clock>,
    /// Dropped, it ends the thread.
    _running: Sender<()>,
}

impl SecurityLog {
    /// Keeps events in `folder`, which has to be there. A log that cannot be written goes on counting.
    pub fn start(folder: &Path, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Arc<Self> {
        let (waiting, seen) = sync_channel(WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        let desk = Desk::new(folder, seen, Arc::clone(&dropped), Arc::clone(&clock), random);
        let desk = Arc::new(Mutex::new(desk));
        let (running, ended) = channel();
        let works = Arc::clone(&desk);
        let thread = std::thread::Builder::new().name("security".to_owned());
        if let Err(error) = thread.spawn(move || work(&works, &ended)) {
            tracing::error!(%error, "security events cannot be written down, for want of a thread; they are counted");
        }
        let counts = std::array::from_fn(|_| AtomicU64::new(0));
        Arc::new(Self { counts, dropped, waiting, desk, clock, _running: running })
    }

    /// Notes something. Waits for nobody.
    pub fn note(&self, sighting: Sighting) {
        let place = sighting.kind.place();
        if self.waiting.try_send((self.clock.now(), sighting)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        // Behind the rest, so that whoever sees it counted finds it.
        self.counts[place].fetch_add(1, Ordering::Release);
    }

    /// How many of each kind were noted since the start.
    pub fn counts(&self) -> [(SecurityKind, u64); SecurityKind::ALL.len()] {
        SecurityKind::ALL.map(|kind| (kind, self.counts[kind.place()].load(Ordering::Acquire)))
    }

    /// How many of them are counted and not kept, for want of room or of a disk that takes them.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// A page of what is kept, the newest first, with everything that was noted before this.
    pub async fn list(
        &self,
        filter: SecurityFilter,
        page: PageRequest,
    ) -> Result<Page<SecurityEvent>, SecurityListError> {
        let desk = Arc::clone(&self.desk);
        let listed = tokio::task::spawn_blocking(move || {
            let files = {
                let mut desk = desk.lock().unwrap_or_else(PoisonError::into_inner);
                desk.take();
                desk.files()
            };
            list::list(&files, &filter, &page)
        });
        joined(listed.await)
    }

    /// Writes down what waits.
    pub async fn flush(&self) {
        let desk = Arc::clone(&self.desk);
        let taken = tokio::task::spawn_blocking(move || desk.lock().unwrap_or_else(PoisonError::into_inner).take());
        joined(taken.await);
    }
}

impl std::fmt::Debug for SecurityLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecurityLog").field("counts", &self.counts()).finish_non_exhaustive()
    }
}

fn work(desk: &Mutex<Desk>, ended: &Receiver<()>) {
    loop {
        let is_over = ended.recv_timeout(POLL) == Err(RecvTimeoutError::Disconnected);
        desk.lock().unwrap_or_else(PoisonError::into_inner).take();
        if is_over {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
