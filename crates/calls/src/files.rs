//! Calls in files of their own: the journal of what is new, columns by day for the rest.
//!
//! ```text
//! <folder>/journal/000000000042.journal        what is new, appended as it comes
//! <folder>/2030-01-31/000000000041.calls       details, a Parquet file
//! <folder>/2030-01-31/000000000041.rollup      rollups, a Parquet file
//! <folder>/late/1234-0.journal                 of a process that gave the folder away, until this one adopts it
//! <folder>/uptime                              when calls were recorded, so that silence is told from absence
//! ```
//!
//! The writer appends to the journal and to the segment in memory. A segment that is large or old enough is written
//! as files by the keeper, a thread beside it, and its journal deleted then and not before. After a crash the journals
//! are read again; a segment's files bear its number, so that written twice they replace each other.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use keyward_model::{Clock, Timestamp};

use crate::frame::frames;
use crate::geo::Geo;
use crate::journal::Journal;
use crate::segment::Segment;
use crate::sink::WriteError;
use crate::tally::Tally;
use crate::totals::CallTotals;

mod catalog;
mod compact;
mod keeper;
mod late;
mod recover;
mod retain;
mod seal;
mod uptime;

pub(crate) use catalog::{Catalog, Layer, set_aside};
pub(crate) use compact::{Level, levels};
use late::LateJournals;
pub use retain::{Kept, Retained};
pub(crate) use uptime::Uptime;

/// Calls of a segment: from then on it is written as files.
pub(crate) const FULL: usize = 131_072;
/// A segment is written as files when its first call is this old, so that a quiet day has few files.
const OLD: Duration = Duration::from_secs(3600);
/// Segments that may wait for their files. A disk that takes none stops here, and details give way.
const MOST_WAITING: usize = 8;

/// The calls of an installation in files. Cheap to clone; ends with the last clone, or with [`CallFiles::close`].
#[derive(Clone, Debug)]
pub struct CallFiles {
    pub(crate) shared: Arc<Shared>,
    keeper: Arc<Keeper>,
}

#[derive(Debug)]
struct Keeper {
    wake: Sender<Wake>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the keeper is woken for.
#[derive(Debug)]
enum Wake {
    /// A segment waits for its files.
    Seal,
    /// Everything in memory is to be written as files, for tests and before a backup.
    SealAll(Sender<bool>),
    /// The folder passes to another process.
    GiveAway(Sender<()>),
    Stop,
}

pub(crate) struct Shared {
    pub(crate) folder: PathBuf,
    pub(crate) geo: Geo,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) state: Mutex<State>,
    journal: Mutex<Journal>,
    /// Where calls go after the folder has passed to another process.
    late: Mutex<Option<LateJournals>>,
    /// Held for as long as the folder is this process's.
    lock: Mutex<Option<std::fs::File>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// What there is, in memory and in files.
#[derive(Debug)]
pub(crate) struct State {
    /// What is new.
    pub(crate) active: Segment,
    /// When the first of it came.
    active_since: Duration,
    /// What waits for its files.
    pub(crate) waiting: Vec<Arc<Segment>>,
    pub(crate) catalog: Catalog,
    pub(crate) uptime: Uptime,
    /// Calls of segments that have their files.
    finished: CallTotals,
    /// The segment that a process before began, and what it recorded there.
    replayed: (u64, CallTotals),
    /// The number that the next segment or merged file gets.
    next: u64,
}

/// Why the files of calls cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The folder cannot be read or written.
    #[error("the folder of calls {folder} cannot be used: {error}")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Another process writes there. End it, or name another folder.
    #[error("another process keeps its calls in {folder}")]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
}

/// What the files of calls amount to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct FilesStatus {
    /// Calls whose details are kept, in memory and in files.
    pub calls: u64,
    /// Bytes of the files of details.
    pub call_bytes: u64,
    /// Bytes of the files of rollups.
    pub rollup_bytes: u64,
    /// Files of both kinds.
    pub files: u64,
    /// When the oldest call that is kept came.
    pub oldest: Option<Timestamp>,
}

impl CallFiles {
    /// Opens the files in `folder`, which is made if it is not there, and reads again what a crash left unwritten.
    /// A damaged file is set aside under the name it has with `.damaged` behind it, and the log says so.
    pub fn open(folder: &Path, geo: Geo, clock: Arc<dyn Clock>) -> Result<Self, FilesError> {
        Self::open_locked(folder, geo, clock, recover::lock(folder)?)
    }

    /// The same for a process that takes over: waits for as long as the one before holds the folder.
    pub fn take_over(folder: &Path, geo: Geo, clock: Arc<dyn Clock>) -> Result<Self, FilesError> {
        let mut said = false;
        let lock = loop {
            match recover::lock(folder) {
                Err(FilesError::InUse { .. }) => {
                    if !std::mem::replace(&mut said, true) {
                        let folder = folder.display();
                        let doing = "calls are kept in memory until it lets go";
                        tracing::warn!(%folder, "the process before still holds the folder of calls; {doing}");
                    }
                }
                locked => break locked?,
            }
        };
        Self::open_locked(folder, geo, clock, lock)
    }

    fn open_locked(folder: &Path, geo: Geo, clock: Arc<dyn Clock>, lock: std::fs::File) -> Result<Self, FilesError> {
        let failed = |error| FilesError::Folder { folder: folder.to_owned(), error };
        let (state, journal) = recover::recover(folder, &geo, &*clock).map_err(failed)?;
        let (state, journal) = (Mutex::new(state), Mutex::new(journal));
        let (late, lock) = (Mutex::default(), Mutex::new(Some(lock)));
        let shared = Arc::new(Shared { folder: folder.to_owned(), geo, clock, state, journal, late, lock });
        let (wake, woken) = channel();
        let thread = {
            let shared = Arc::clone(&shared);
            let run = move || shared.keep(&woken);
            std::thread::Builder::new().name("call-files".to_owned()).spawn(run).map_err(failed)?
        };
        let keeper = Keeper { wake, thread: Mutex::new(Some(thread)) };
        Ok(Self { shared, keeper: Arc::new(keeper) })
    }

    /// Takes in what the lanes held. In the journal when this returns, and on the disk a second later.
    pub(crate) fn append(&self, bytes: &[u8], tally: &Tally) -> Result<(), WriteError> {
        let shared = &*self.shared;
        if shared.state().waiting.len() >= MOST_WAITING {
            return Err(WriteError::Later("files of calls cannot be written".to_owned()));
        }
        let mut journal = shared.journal();
        if let Some(late) = shared.late().as_mut() {
            return late.append(bytes, tally).map_err(|error| WriteError::Later(error.to_string()));
        }
        journal.append(bytes, tally).map_err(|error| WriteError::Later(error.to_string()))?;
        let mut state = shared.state();
        if state.active.is_empty() {
            state.active_since = shared.clock.monotonic();
        }
        for frame in frames(bytes) {
            state.active.take(&frame, &shared.geo);
        }
        for (key, cell) in tally.cells() {
            state.active.count(&key, cell, &shared.geo);
        }
        let old = shared.clock.monotonic().saturating_sub(state.active_since) >= OLD;
        if state.active.rows() >= FULL || state.active.cells.len() >= FULL || old {
            shared.rotate(&mut state, &mut journal);
            // Fails when the keeper has stopped; the journal stays then.
            let _ = self.keeper.wake.send(Wake::Seal);
        }
        Ok(())
    }

    /// Writes everything in memory as files. Answers whether it is.
    pub fn seal(&self) -> bool {
        let (done, outcome) = channel();
        self.keeper.wake.send(Wake::SealAll(done)).is_ok() && outcome.recv().unwrap_or(false)
    }

    /// Passes the folder on to another process. What is appended from now on goes to journals beside it, which that
    /// process adopts.
    pub fn give_away(&self) {
        let (done, outcome) = channel();
        if self.keeper.wake.send(Wake::GiveAway(done)).is_ok() {
            // Fails when the keeper is gone, and the folder with it.
            let _ = outcome.recv();
        }
    }

    /// Has everything on the disk and ends the keeper. What is in the journal stays there for the next start.
    pub fn close(&self) {
        let _ = self.keeper.wake.send(Wake::Stop);
        let thread = self.keeper.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }

    /// Where addresses are looked up.
    pub fn geo(&self) -> &Geo {
        &self.shared.geo
    }

    /// What the files amount to.
    pub fn status(&self) -> FilesStatus {
        let state = self.shared.state();
        let in_memory = state.waiting.iter().map(|segment| segment.rows()).sum::<usize>() + state.active.rows();
        let mut status = state.catalog.status();
        status.calls += in_memory as u64;
        status
    }
}

impl State {
    /// The calls that this process has recorded, and those it adopted.
    pub(crate) fn totals(&self) -> CallTotals {
        let mut totals = self.finished.clone();
        self.waiting.iter().for_each(|segment| totals.absorb(&CallTotals::of(segment)));
        totals.absorb(&CallTotals::of(&self.active));
        totals.without(&self.replayed.1)
    }

    /// Keeps the counts of a segment whose details are in files now.
    fn finish(&mut self, sequence: u64, counted: &CallTotals) {
        self.waiting.retain(|waiting| waiting.sequence != sequence);
        self.finished.absorb(counted);
        if self.replayed.0 == sequence {
            let (_, replayed) = std::mem::take(&mut self.replayed);
            self.finished = std::mem::take(&mut self.finished).without(&replayed);
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let _ = self.wake.send(Wake::Stop);
    }
}

impl Shared {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn late(&self) -> MutexGuard<'_, Option<LateJournals>> {
        self.late.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the active segment and begins the next. If the next journal cannot be made, the segment goes on.
    fn rotate(&self, state: &mut State, journal: &mut Journal) {
        let sequence = state.next;
        match Journal::create(&self.folder.join("journal"), sequence) {
            Ok(next) => {
                *journal = next;
                state.next += 1;
                let full = std::mem::replace(&mut state.active, Segment::new(sequence));
                state.waiting.push(Arc::new(full));
            }
            Err(error) => tracing::warn!(%error, "the next journal of calls cannot be begun"),
        }
    }

    fn keep(&self, woken: &Receiver<Wake>) {
        keeper::keep(self, woken);
    }
}
