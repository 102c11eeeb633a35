//! A segment: captures of one team behind each other, and once it is ended an index of them by request id.
//!
//! A segment that is written is locked by the process that does; one that is ended has a trailer, and is never written
//! again. What a crash left without one is read through, cut where it breaks off, and ended.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keyward_model::captured::CapturedCall;
use uuid::Uuid;

use super::frame::{HEADER, Header, MARK};
use crate::frame::Reader;

/// The first bytes of a segment; the last is the version of what follows.
pub(super) const MAGIC: [u8; 8] = *b"kwcapts\x01";
/// The last bytes of a segment that is ended.
const END: [u8; 8] = *b"kwcapte\x01";
/// An entry of the index: request id, and where the capture begins.
const ENTRY: usize = 16 + 8;
/// Where the index begins, entries, first and last id, newest moment, checksum of the index, checksum of these, END.
const TRAILER: usize = 8 + 8 + 16 + 16 + 8 + 4 + 4 + 8;

/// What is wrong with a segment.
#[derive(Debug)]
pub(super) enum Damage {
    /// What stands there is not what was written.
    At(u64),
    Io(io::Error),
}

impl From<io::Error> for Damage {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A segment being written.
#[derive(Debug)]
pub(super) struct Active {
    pub(super) path: PathBuf,
    file: Arc<File>,
    length: u64,
    index: Vec<(Uuid, u64)>,
    /// When the newest call in it came, in milliseconds.
    pub(super) newest: i64,
}

impl Active {
    /// Begins a segment of this name, for its owner alone; none where there is one of that name. It has its name once it
    /// is locked: before, it could be taken for one that nobody writes.
    pub(super) fn create(folder: &Path, name: &str) -> io::Result<Option<Self>> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let (path, unnamed) = (folder.join(format!("{name}.captures")), folder.join(format!("{name}.new")));
        if path.exists() || unnamed.exists() {
            return Ok(None);
        }
        let mut file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&unnamed)?;
        let begun = file.lock().and_then(|()| file.write_all(&MAGIC)).and_then(|()| std::fs::rename(&unnamed, &path));
        if let Err(error) = begun {
            // The failure that is told is the one that came first.
            let _ = std::fs::remove_file(&unnamed);
            return Err(error);
        }
        let file = Arc::new(file);
        Ok(Some(Self { path, file, length: MAGIC.len() as u64, index: Vec::new(), newest: i64::MIN }))
    }

    /// Appends a capture, all or nothing.
    pub(super) fn append(&mut self, request_id: Uuid, at: i64, frame: &[u8]) -> io::Result<()> {
        match self.file.write_all_at(frame, self.length) {
            Ok(()) => {
                self.index.push((request_id, self.length));
                self.length += frame.len() as u64;
                self.newest = self.newest.max(at);
                Ok(())
            }
            Err(error) => {
                // Half of it would have to be cut off at the next start.
                let _ = self.file.set_len(self.length);
                Err(error)
            }
        }
    }

    pub(super) fn captures(&self) -> u64 {
        self.index.len() as u64
    }

    /// Bytes that it takes once it is ended.
    pub(super) fn bytes(&self) -> u64 {
        self.length + self.captures() * ENTRY as u64 + TRAILER as u64
    }

    /// Where the capture of a request begins; of several the last.
    pub(super) fn find(&self, request_id: Uuid) -> Option<u64> {
        self.index.iter().rev().find(|(known, _)| *known == request_id).map(|(_, at)| *at)
    }

    /// The file, for whoever has it written to the disk.
    pub(super) fn file(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }

    /// Ends it. Where that fails it stays as it was.
    pub(super) fn end(&mut self) -> io::Result<Sealed> {
        let mut entries = self.index.clone();
        entries.sort_unstable();
        let (first, last) = match (entries.first(), entries.last()) {
            (Some((first, _)), Some((last, _))) => (*first, *last),
            _ => return Err(io::Error::new(io::ErrorKind::InvalidInput, "a segment without captures is not ended")),
        };
        let mut tail = Vec::with_capacity(entries.len() * ENTRY + TRAILER);
        for (request_id, at) in &entries {
            tail.extend_from_slice(request_id.as_bytes());
            tail.extend_from_slice(&at.to_le_bytes());
        }
        let index_checksum = crc32fast::hash(&tail);
        let begin = tail.len();
        tail.extend_from_slice(&self.length.to_le_bytes());
        tail.extend_from_slice(&self.captures().to_le_bytes());
        tail.extend_from_slice(first.as_bytes());
        tail.extend_from_slice(last.as_bytes());
        tail.extend_from_slice(&self.newest.to_le_bytes());
        tail.extend_from_slice(&index_checksum.to_le_bytes());
        tail.extend_from_slice(&crc32fast::hash(&tail[begin..]).to_le_bytes());
        tail.extend_from_slice(&END);
        let written = self.file.write_all_at(&tail, self.length).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            let _ = self.file.set_len(self.length);
            return Err(error);
        }
        Ok(Sealed {
            path: self.path.clone(),
            bytes: self.bytes(),
            captures: self.captures(),
            first,
            last,
            newest: self.newest,
            index_at: self.length,
            index_checksum,
        })
    }
}

/// A segment that is ended.
#[derive(Debug)]
pub(super) struct Sealed {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) captures: u64,
    first: Uuid,
    last: Uuid,
    /// When the newest call in it came, in milliseconds.
    pub(super) newest: i64,
    pub(super) index_at: u64,
    index_checksum: u32,
}

impl Sealed {
    /// Opens the segment at `path`, and ends one that a crash left. None where another process writes it, or nothing is
    /// in it; that is deleted then.
    pub(super) fn open(path: &Path) -> io::Result<Option<Self>> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        if let Some(sealed) = Self::read_trailer(path, &file)? {
            return Ok(Some(sealed));
        }
        match file.try_lock() {
            Ok(()) => recover(path, file),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    pub(super) fn read_trailer(path: &Path, file: &File) -> io::Result<Option<Self>> {
        let bytes = file.metadata()?.len();
        let Some(begin) = bytes.checked_sub(TRAILER as u64) else { return Ok(None) };
        let mut trailer = [0; TRAILER];
        file.read_exact_at(&mut trailer, begin)?;
        let read = |trailer: &[u8]| {
            let checked = &trailer[..TRAILER - END.len() - 4];
            let mut reader = Reader(trailer);
            let (index_at, captures) = (reader.u64()?, reader.u64()?);
            let (first, last) = (Uuid::from_bytes(reader.array()?), Uuid::from_bytes(reader.array()?));
            let (newest, index_checksum, checksum) = (reader.i64()?, reader.u32()?, reader.u32()?);
            let fits = captures.checked_mul(ENTRY as u64).and_then(|index| index.checked_add(index_at)) == Some(begin);
            let whole = fits && reader.0 == END && crc32fast::hash(checked) == checksum;
            let path = path.to_owned();
            whole.then_some(Self { path, bytes, captures, first, last, newest, index_at, index_checksum })
        };
        Ok(read(&trailer))
    }

    /// Whether the capture of a request may be in it.
    pub(super) fn may_hold(&self, request_id: Uuid) -> bool {
        (self.first..=self.last).contains(&request_id)
    }

    /// The capture of a request, if it is in it.
    pub(super) fn read(&self, request_id: Uuid) -> Result<Option<CapturedCall>, Damage> {
        let file = File::open(&self.path)?;
        let length = usize::try_from(self.captures).unwrap_or(usize::MAX).saturating_mul(ENTRY);
        let mut index = vec![0; length];
        file.read_exact_at(&mut index, self.index_at)?;
        if crc32fast::hash(&index) != self.index_checksum {
            // Found without the index as well, only not as fast.
            let bytes = std::fs::read(&self.path)?;
            let found = walk(&bytes).index.into_iter().rev().find(|(known, _)| *known == request_id);
            return found.map(|(_, at)| read_at(&file, at)).transpose();
        }
        let (entries, _) = index.as_chunks::<ENTRY>();
        // Of several the last.
        let behind = entries.partition_point(|entry| entry[..16] <= request_id.as_bytes()[..]);
        let found = behind.checked_sub(1).map(|place| &entries[place]);
        let found = found.filter(|entry| entry[..16] == request_id.as_bytes()[..]);
        let at = found.and_then(|entry| entry.last_chunk()).map(|at| u64::from_le_bytes(*at));
        at.map(|at| read_at(&file, at)).transpose()
    }
}

/// The capture that begins there.
pub(super) fn read_at(file: &File, at: u64) -> Result<CapturedCall, Damage> {
    let damaged = || Damage::At(at);
    let mut bytes = vec![0; HEADER];
    file.read_exact_at(&mut bytes, at).map_err(|_| damaged())?;
    let header = Header::read(&bytes).ok_or_else(damaged)?;
    if at.saturating_add(header.size() as u64) > file.metadata()?.len() {
        return Err(damaged());
    }
    bytes.resize(header.size(), 0);
    file.read_exact_at(&mut bytes[HEADER..], at + HEADER as u64)?;
    header.decode(&bytes).ok_or_else(damaged)
}

/// Cuts a segment where it breaks off, and ends it.
fn recover(path: &Path, file: File) -> io::Result<Option<Sealed>> {
    let bytes = std::fs::read(path)?;
    let walked = walk(&bytes);
    if walked.damaged > 0 || walked.end < bytes.len() {
        let (captures, damaged, cut) = (walked.index.len(), walked.damaged, bytes.len() - walked.end);
        let path = path.display();
        tracing::warn!(%path, captures, damaged, cut, "a file of captures was not ended in good order, and is mended");
    }
    if walked.index.is_empty() {
        std::fs::remove_file(path)?;
        return Ok(None);
    }
    file.set_len(walked.end as u64)?;
    let length = walked.end as u64;
    let (path, file) = (path.to_owned(), Arc::new(file));
    let mut active = Active { path, file, length, index: walked.index, newest: walked.newest };
    active.end().map(Some)
}

/// What is in a segment whose index is not to be had.
pub(super) struct Walked {
    pub(super) index: Vec<(Uuid, u64)>,
    newest: i64,
    /// Stretches that are not what was written.
    pub(super) damaged: usize,
    /// Behind the last capture.
    pub(super) end: usize,
}

pub(super) fn walk(bytes: &[u8]) -> Walked {
    let mut walked = Walked { index: Vec::new(), newest: i64::MIN, damaged: 0, end: MAGIC.len().min(bytes.len()) };
    loop {
        let rest = &bytes[walked.end..];
        let header = Header::read(rest);
        let whole = header.filter(|header| header.is_whole(rest));
        // One that is damaged within, so that whoever asks for it is told.
        let spoiled =
            || header.filter(|header| rest.get(header.size()..).is_some_and(|behind| behind.starts_with(&MARK)));
        if let Some(header) = whole.or_else(spoiled) {
            walked.damaged += usize::from(whole.is_none());
            walked.index.push((header.request_id, walked.end as u64));
            walked.newest = walked.newest.max(header.at.as_millis());
            walked.end += header.size();
            continue;
        }
        let next = rest.windows(MARK.len()).enumerate().skip(1).filter(|(_, window)| *window == MARK);
        let mut wholes = next.map(|(at, _)| at).filter(|at| {
            let rest = &rest[*at..];
            Header::read(rest).is_some_and(|header| header.is_whole(rest))
        });
        let Some(next) = wholes.next() else { return walked };
        walked.damaged += 1;
        walked.end += next;
    }
}
