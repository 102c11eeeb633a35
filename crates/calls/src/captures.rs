//! Captures of calls: what their apis want kept of heads and bodies, with everything secret blotted out.
//!
//! ```text
//! <folder>/team_01…/1893456000000-4711-0.captures      a segment: captures of one team, in the order they ended
//! ```
//!
//! Whoever captures takes a [`Lease`] of a bounded room of memory, and hands over what it took as a [`Pending`] when
//! the call is over; it never waits. A thread of its own has it redacted and writes it. When there is no more room, or
//! nothing can be written, the capture gives way and is counted: the call goes on, and so does its record. The files
//! have a bound of their own, and the oldest captures go first, so that they never make call records give way.
//!
//! They stay on the node that took them, also where several nodes share a database.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use keyward_model::captured::CapturedCall;
use keyward_model::team::TeamId;
use keyward_model::{Clock, Timestamp};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::calls::joined;

mod desk;
mod frame;
mod retain;
mod room;
mod segment;
mod shelf;
mod survey;

use desk::{Ask, Counts, Desk};
pub use retain::delete_outdated_captures;
pub use room::Lease;
use room::Room;
use segment::Damage;
use shelf::Shelf;
pub use survey::{CapturesFound, survey_captures};

/// Bytes that captures under way and waiting may take.
const ROOM: usize = 64 << 20;

/// What was taken of a call that is over. Still holds what is secret.
pub trait Pending: Send {
    /// Blots out what is secret. Asked on the thread of the captures, never on the path of a call.
    fn redact(self: Box<Self>) -> CapturedCall;
}

/// The captures of this node. Cheap to clone; ends with the last clone, or with [`Captures::close`].
#[derive(Clone)]
pub struct Captures {
    inner: Arc<Inner>,
}

struct Inner {
    room: Arc<Room>,
    pending: Sender<Box<dyn Pending>>,
    asks: Sender<Ask>,
    shelf: Arc<Mutex<Shelf>>,
    counts: Arc<Counts>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// Why a capture cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// It is not what was written. Others can be read.
    #[error("a capture in {file} at byte {at} is damaged")]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Where it begins there.
        at: u64,
    },
    /// The file cannot be read.
    #[error("the captures in {file} cannot be read: {error}")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// What became of captures, and what there is of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct CapturesStatus {
    /// Captures written since the start.
    pub captured: u64,
    /// Captures that gave way since the start: there was no more room, or they could not be written.
    pub dropped: u64,
    /// Bytes held in memory, of calls under way and of captures that wait to be written.
    pub held_bytes: u64,
    /// Captures that are kept.
    pub kept: u64,
    /// Bytes of their files.
    pub file_bytes: u64,
    /// Their files.
    pub files: u64,
}

impl Captures {
    /// Opens the captures in `folder`, which is made with the first of them, with up to `most_bytes` of files. What a
    /// crash cut short is cut off. Segments that another process still writes are taken up once it is done. A folder
    /// that cannot be used is no reason not to serve calls: captures give way then. An error where no thread can be
    /// begun.
    pub fn open(folder: &Path, most_bytes: u64, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let shelf = Arc::new(Mutex::new(Shelf::open(folder, most_bytes, Arc::clone(&clock))));
        let (counts, room) = (Arc::<Counts>::default(), Arc::new(Room::new(ROOM)));
        let (pending, taken) = channel();
        let (asks, asked) = channel();
        let desk = Desk::new(taken, asked, Arc::clone(&shelf), Arc::clone(&counts), clock);
        let thread = std::thread::Builder::new().name("captures".to_owned()).spawn(|| desk.work())?;
        let thread = Mutex::new(Some(thread));
        Ok(Self { inner: Arc::new(Inner { room, pending, asks, shelf, counts, thread }) })
    }

    /// Room for the capture of a call that begins. None, and the capture counts as dropped, where there is none.
    pub fn lease(&self) -> Option<Lease> {
        let lease = Lease::of(&self.inner.room);
        if lease.is_none() {
            self.count_dropped();
        }
        lease
    }

    /// Counts a capture that gave way, for its lease could not grow.
    pub fn count_dropped(&self) {
        self.inner.counts.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// Hands over what was taken of a call that is over. Waits for nobody.
    pub fn push(&self, pending: Box<dyn Pending>) {
        if self.inner.pending.send(pending).is_err() {
            self.count_dropped();
        }
    }

    /// Waits until everything handed over before is written, or has given way.
    pub async fn flush(&self) {
        self.ask(Ask::Flush).await;
    }

    /// The capture of a request of `team`, if there is one on this node.
    pub async fn find(&self, team: TeamId, request_id: Uuid) -> Result<Option<CapturedCall>, CaptureError> {
        let shelf = Arc::clone(&self.inner.shelf);
        let find = move || match look(&shelf, team, request_id)? {
            Some(found) => Ok(Some(found)),
            // A process that was taken over from may have left it meanwhile.
            None if lock(&shelf).adopt() => look(&shelf, team, request_id),
            None => Ok(None),
        };
        joined(tokio::task::spawn_blocking(find).await)
    }

    /// Whether there is a capture of a request of `team` on this node, also one that cannot be read.
    pub async fn holds(&self, team: TeamId, request_id: Uuid) -> bool {
        !matches!(self.find(team, request_id).await, Ok(None))
    }

    /// What became of captures, and what there is of them.
    pub async fn status(&self) -> CapturesStatus {
        let shelf = Arc::clone(&self.inner.shelf);
        let kept = joined(tokio::task::spawn_blocking(move || lock(&shelf).kept()).await);
        CapturesStatus {
            captured: self.inner.counts.captured.load(Ordering::Relaxed),
            dropped: self.inner.counts.dropped.load(Ordering::Relaxed),
            held_bytes: u64::try_from(self.inner.room.used()).unwrap_or(u64::MAX),
            ..kept
        }
    }

    /// Deletes captures of calls that came before the moment given for their team. Segments go as a whole: a capture
    /// may be kept up to an hour longer. Answers how many are gone.
    pub fn retain(&self, since: &dyn Fn(TeamId) -> Timestamp) -> u64 {
        lock(&self.inner.shelf).retain(since)
    }

    /// Passes the folder on to another process: what is there is ended, and what still comes is ended every second.
    pub async fn give_away(&self) {
        self.ask(Ask::GiveAway).await;
    }

    /// Ends in good order: everything handed over is written.
    pub async fn close(&self) {
        self.ask(Ask::Stop).await;
        let thread = self.inner.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // It has said that it is done.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }

    async fn ask(&self, ask: impl FnOnce(oneshot::Sender<()>) -> Ask) {
        let (done, answer) = oneshot::channel();
        if self.inner.asks.send(ask(done)).is_ok() {
            // Fails when the thread is gone, and with it whatever there was to do.
            let _ = answer.await;
        }
    }
}

impl std::fmt::Debug for Captures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Captures").field("room", &self.inner.room).finish_non_exhaustive()
    }
}

fn lock(shelf: &Mutex<Shelf>) -> MutexGuard<'_, Shelf> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The files are read without the lock, which whoever writes waits for.
fn look(shelf: &Mutex<Shelf>, team: TeamId, request_id: Uuid) -> Result<Option<CapturedCall>, CaptureError> {
    let places = lock(shelf).places(team, request_id);
    for place in places {
        match place.read(request_id) {
            Ok(None) => {}
            Ok(found) => return Ok(found),
            Err(Damage::At(at)) => return Err(CaptureError::Damaged { file: place.path().to_owned(), at }),
            // Deleted in between.
            Err(Damage::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
            Err(Damage::Io(error)) => return Err(CaptureError::Unreadable { file: place.path().to_owned(), error }),
        }
    }
    Ok(None)
}
