//! What there is at the start: files, and what a crash left in the journals.

use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::Duration;

use keyward_model::Clock;

use super::catalog::{Catalog, Layer};
use super::{FULL, FilesError, State, Uptime, seal};
use crate::frame::frames;
use crate::geo::Geo;
use crate::journal::{self, Journal, Replay};
use crate::segment::Segment;
use crate::tally::{Cell, Key};
use crate::totals::CallTotals;

/// How long another process may take to let go of the folder.
const PATIENCE: u32 = 50;
const PAUSE: Duration = Duration::from_millis(100);

/// Makes the folder, for its owner alone, and takes it for this process: two that append to one journal would spoil
/// it. Whoever dies lets go of it.
pub(super) fn lock(folder: &Path) -> Result<File, FilesError> {
    let failed = |error| FilesError::Folder { folder: folder.to_owned(), error };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    let file = File::options().create(true).truncate(false).write(true).open(folder.join("lock")).map_err(failed)?;
    for _ in 0..PATIENCE {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
    }
    Err(FilesError::InUse { folder: folder.to_owned() })
}

/// Reads journals and files. The last journal goes on, unless its segment was full or written already; all others are
/// written as files now, over those that may be there.
pub(super) fn recover(folder: &Path, geo: &Geo, clock: &dyn Clock) -> io::Result<(State, Journal)> {
    let journals = folder.join("journal");
    std::fs::create_dir_all(&journals)?;
    let (mut catalog, highest) = Catalog::read(folder)?;
    let sequences = journal::list(&journals)?;
    let mut next = sequences.last().copied().unwrap_or(0).max(highest) + 1;
    let mut going_on = None;
    for sequence in &sequences {
        let path = journal::path(&journals, *sequence);
        let mut replayed = Replayed { segment: Segment::new(*sequence), geo };
        let (good, whole) = journal::read(&path, &mut replayed)?;
        let segment = replayed.segment;
        if !whole {
            let (path, calls) = (path.display(), segment.rows());
            tracing::warn!(%path, good, calls, "a journal of calls ends in a damaged batch; it counts up to there");
        }
        let written = written(&catalog, *sequence);
        if Some(sequence) == sequences.last() && !written && segment.rows() < FULL && good > 0 {
            going_on = Some((segment, Journal::resume(&journals, *sequence, good)?));
            continue;
        }
        if !segment.is_empty() {
            for (layer, day, file) in seal::seal(folder, &segment)? {
                catalog.add(layer, day, file);
            }
        }
        std::fs::remove_file(&path)?;
    }
    let (active, journal) = match going_on {
        Some(going_on) => going_on,
        None => {
            let sequence = next;
            next += 1;
            (Segment::new(sequence), Journal::create(&journals, sequence)?)
        }
    };
    let uptime = Uptime::begin(&folder.join("uptime"), clock.now());
    let state = State {
        replayed: (active.sequence, CallTotals::of(&active)),
        active,
        active_since: clock.monotonic(),
        waiting: Vec::new(),
        catalog,
        uptime,
        finished: CallTotals::default(),
        next,
    };
    Ok((state, journal))
}

/// Whether files of this segment are there: the crash came between writing them and deleting the journal.
fn written(catalog: &Catalog, sequence: u64) -> bool {
    let mut files = Layer::BOTH.into_iter().flat_map(|layer| catalog.layer(layer).values().flatten());
    files.any(|file| super::catalog::number(&file.path) == sequence)
}

pub(super) struct Replayed<'a> {
    pub(super) segment: Segment,
    pub(super) geo: &'a Geo,
}

impl Replay for Replayed<'_> {
    fn frames(&mut self, bytes: &[u8]) {
        for frame in frames(bytes) {
            self.segment.take(&frame, self.geo);
        }
    }

    fn cell(&mut self, key: &Key<'_>, cell: &Cell) {
        self.segment.count(key, cell, self.geo);
    }
}
