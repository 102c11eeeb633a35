//! The keeper: writes files, has the journal on the disk, merges what is small, all beside the writer.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::late::{self, LateJournals};
use super::{Shared, Wake, compact, seal};
use crate::journal;
use crate::totals::CallTotals;

/// How often the journal is written to the disk: what a power cut may cost.
const SYNC: Duration = Duration::from_secs(1);
/// Seconds between two looks at what changes slowly: databases of addresses, times of recording.
const SLOW: u32 = 10;

pub(super) fn keep(shared: &Shared, woken: &Receiver<Wake>) {
    let mut failing = false;
    let mut until_slow = 0;
    loop {
        let wake = woken.recv_timeout(SYNC);
        let stop = matches!(wake, Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected));
        if let Ok(Wake::GiveAway(done)) = wake {
            give_away(shared);
            // Nobody may wait any more.
            let _ = done.send(());
            return keep_late(shared, woken);
        }
        let done = match wake {
            Ok(Wake::SealAll(done)) => {
                let mut journal = shared.journal();
                let mut state = shared.state();
                if !state.active.is_empty() {
                    shared.rotate(&mut state, &mut journal);
                }
                Some(done)
            }
            _ => None,
        };
        let mut sealed = seal_waiting(shared, &mut failing);
        while sealed && late::adopt(shared) {
            sealed = seal_waiting(shared, &mut failing);
        }
        if let Some(done) = done {
            // Nobody may wait any more.
            let _ = done.send(sealed);
        }
        sync(shared);
        until_slow = if until_slow == 0 {
            slowly(shared);
            SLOW
        } else {
            until_slow - 1
        };
        if stop {
            shared.state().uptime.go_on(shared.clock.now());
            shared.state().uptime.write();
            return;
        }
    }
}

/// Has everything on the disk, and lets go of the folder.
fn give_away(shared: &Shared) {
    slowly(shared);
    sync(shared);
    // Held, so that nothing is appended in between.
    let journal = shared.journal();
    if let Err(error) = journal.file().sync_data() {
        tracing::warn!(%error, "the journal of calls could not be written to the disk");
    }
    *shared.late() = Some(LateJournals::new(&shared.folder));
    drop(shared.lock.lock().unwrap_or_else(PoisonError::into_inner).take());
}

/// All there is to do for a folder that was given away: ending a journal, so that the process that has the folder finds
/// it.
fn keep_late(shared: &Shared, woken: &Receiver<Wake>) {
    loop {
        let stop = matches!(woken.recv_timeout(SYNC), Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected));
        if let Some(late) = shared.late().as_mut() {
            late.end();
        }
        if stop {
            return;
        }
    }
}

/// Writes the files of what waits for them. Answers whether nothing waits any more.
fn seal_waiting(shared: &Shared, failing: &mut bool) -> bool {
    loop {
        let Some(segment) = shared.state().waiting.first().map(Arc::clone) else { break };
        match seal::seal(&shared.folder, &segment) {
            Ok(files) => {
                let counted = CallTotals::of(&segment);
                let mut state = shared.state();
                state.finish(segment.sequence, &counted);
                files.into_iter().for_each(|(layer, day, file)| state.catalog.add(layer, day, file));
                drop(state);
                let path = journal::path(&shared.folder.join("journal"), segment.sequence);
                if let Err(error) = std::fs::remove_file(&path) {
                    // Read again at the next start, it replaces the files just written; until then nothing may merge.
                    tracing::error!(path = %path.display(), %error, "a journal that is done with cannot be deleted");
                    return false;
                }
                if std::mem::take(failing) {
                    tracing::info!("files of calls are written again");
                }
            }
            Err(error) => {
                if !std::mem::replace(failing, true) {
                    tracing::warn!(%error, "files of calls cannot be written; they wait, and calls go on");
                }
                return false;
            }
        }
    }
    if let Err(error) = compact::compact(shared) {
        tracing::warn!(%error, "files of calls could not be merged");
    }
    true
}

fn sync(shared: &Shared) {
    // Without the lock: the disk may take its time.
    let file = shared.journal().file();
    if let Err(error) = file.sync_data() {
        tracing::warn!(%error, "the journal of calls could not be written to the disk");
    }
}

fn slowly(shared: &Shared) {
    shared.geo.reload();
    let mut state = shared.state();
    state.uptime.go_on(shared.clock.now());
    state.uptime.write();
}
