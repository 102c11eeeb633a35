//! Calls that end after the folder has passed to another process: journals of their own beside those of the folder.
//!
//! The process that gave the folder away writes them, for a second each, and holds a lock on the one it writes. The
//! process that has the folder adopts those that nobody holds, also what a kill left: it renames a journal to the next
//! of its own, in one step, and from then on it is read again after a crash like any other.

use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Shared;
use super::recover::Replayed;
use crate::journal::{self, Journal};
use crate::segment::Segment;
use crate::tally::Tally;

/// Journals of a process that gave the folder away.
#[derive(Debug)]
pub(super) struct LateJournals {
    folder: PathBuf,
    next: u64,
    open: Option<Journal>,
}

impl LateJournals {
    pub(super) fn new(calls: &Path) -> Self {
        Self { folder: folder(calls), next: 0, open: None }
    }

    /// Appends frames and cells, all or nothing.
    pub(super) fn append(&mut self, frames: &[u8], tally: &Tally) -> io::Result<()> {
        let journal = match &mut self.open {
            Some(journal) => journal,
            None => {
                let journal = self.begin()?;
                self.open.insert(journal)
            }
        };
        journal.append(frames, tally)
    }

    /// Ends the journal that is written, so that it can be adopted.
    pub(super) fn end(&mut self) {
        let Some(journal) = self.open.take() else { return };
        if let Err(error) = journal.file().sync_data() {
            tracing::warn!(%error, "a journal of calls could not be written to the disk");
        }
    }

    /// A journal has its name once it is locked: before, it could be taken for one that nobody writes.
    fn begin(&mut self) -> io::Result<Journal> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        loop {
            let name = format!("{}-{}", std::process::id(), self.next);
            self.next += 1;
            let (path, unnamed) =
                (self.folder.join(format!("{name}.journal")), self.folder.join(format!("{name}.new")));
            if path.exists() {
                continue;
            }
            let file = File::options().write(true).create(true).truncate(true).open(&unnamed)?;
            file.lock()?;
            let journal = Journal::begin(file)?;
            std::fs::rename(&unnamed, &path)?;
            return Ok(journal);
        }
    }
}

fn folder(calls: &Path) -> PathBuf {
    calls.join("late")
}

/// Adopts one journal of a process that gave the folder away. Whether there was one.
pub(super) fn adopt(shared: &Shared) -> bool {
    match try_adopt(shared) {
        Ok(adopted) => adopted,
        Err(error) => {
            let folder = folder(&shared.folder);
            let folder = folder.display();
            tracing::warn!(%error, %folder, "calls of the process before cannot be adopted, and stay where they are");
            false
        }
    }
}

fn try_adopt(shared: &Shared) -> io::Result<bool> {
    let entries = match std::fs::read_dir(folder(&shared.folder)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "journal") {
            continue;
        }
        let file = File::open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => continue,
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let sequence = {
            let mut state = shared.state();
            state.next += 1;
            state.next - 1
        };
        let adopted = journal::path(&shared.folder.join("journal"), sequence);
        std::fs::rename(&path, &adopted)?;
        let mut replayed = Replayed { segment: Segment::new(sequence), geo: &shared.geo };
        let (good, whole) = journal::read(&adopted, &mut replayed)?;
        let segment = replayed.segment;
        if !whole {
            let calls = segment.rows();
            tracing::warn!(
                good,
                calls,
                "a journal of the process before ends in a damaged batch; it counts up to there"
            );
        }
        if segment.is_empty() {
            std::fs::remove_file(&adopted)?;
        } else {
            shared.state().waiting.push(Arc::new(segment));
        }
        return Ok(true);
    }
    Ok(false)
}
