//! The files of security events: a line of JSON each, and never more than twice [`MOST_BYTES`] of them.
//!
//! Two processes write to them while one takes over from the other, so each batch is written under a lock of the file.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use keyward_model::security::SecurityEvent;

/// Bytes of one file; the one before it is kept beside it.
pub(super) const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// Where events are.
#[derive(Clone)]
pub(super) struct EventFiles {
    pub(super) current: PathBuf,
    pub(super) before: PathBuf,
}

impl EventFiles {
    pub(super) fn new(folder: &Path) -> Self {
        Self { current: folder.join("security-events.jsonl"), before: folder.join("security-events.1.jsonl") }
    }

    /// Puts `events` behind those that are there.
    pub(super) fn append(&self, events: &[SecurityEvent]) -> io::Result<()> {
        let mut lines = Vec::with_capacity(events.len() * 256);
        for event in events {
            serde_json::to_writer(&mut lines, event)?;
            lines.push(b'\n');
        }
        let mut file = self.locked()?;
        let length = file.metadata()?.len();
        if length + lines.len() as u64 > MOST_BYTES {
            // Whoever waits for the lock finds that its file has another name, and opens the new one.
            fs::rename(&self.current, &self.before)?;
            file = self.locked()?;
        } else if length > 0 {
            // What a crash left half written spoils no other line.
            lines.insert(0, b'\n');
        }
        file.write_all(&lines)
    }

    /// The current file, locked until it is dropped.
    fn locked(&self) -> io::Result<File> {
        loop {
            let file = File::options().append(true).create(true).mode(0o600).open(&self.current)?;
            file.lock()?;
            let (ours, named) = (file.metadata()?, fs::metadata(&self.current));
            if named.is_ok_and(|named| named.ino() == ours.ino() && named.dev() == ours.dev()) {
                return Ok(file);
            }
        }
    }
}
