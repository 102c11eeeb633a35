//! What was recorded since the last file was written, appended as it came: what a crash leaves to be read again.
//!
//! A journal is named for the segment it belongs to and holds batches: length, CRC-32 and kind, then frames as the
//! lanes gave them, or cells of calls whose details gave way. One that is cut short or damaged counts up to there.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keyward_model::Timestamp;

use crate::frame::Reader;
use crate::tally::{Cell, Key, Sparse, Sums, Tally};

/// The first bytes of a journal; the last is the version of what follows.
const MAGIC: [u8; 8] = *b"kwcalls\x01";
const FRAMES: u8 = 1;
const CELLS: u8 = 2;
/// Length, CRC-32, kind.
const HEADER: usize = 9;

/// A journal being written.
#[derive(Debug)]
pub(crate) struct Journal {
    file: Arc<File>,
    length: u64,
    batch: Vec<u8>,
}

impl Journal {
    /// Begins the journal of a segment.
    pub(crate) fn create(folder: &Path, sequence: u64) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let path = path(folder, sequence);
        Self::begin(OpenOptions::new().write(true).create(true).truncate(true).open(&path)?)
    }

    /// Begins a journal in a file that is empty.
    pub(crate) fn begin(mut file: File) -> io::Result<Self> {
        file.write_all(&MAGIC)?;
        Ok(Self { file: Arc::new(file), length: MAGIC.len() as u64, batch: Vec::new() })
    }

    /// Goes on with a journal that was read up to `length`.
    pub(crate) fn resume(folder: &Path, sequence: u64, length: u64) -> io::Result<Self> {
        let path = path(folder, sequence);
        let file = OpenOptions::new().append(true).open(&path)?;
        file.set_len(length)?;
        Ok(Self { file: Arc::new(file), length, batch: Vec::new() })
    }

    /// The file, for whoever has it written to the disk.
    pub(crate) fn file(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }

    /// Appends frames and cells, all or nothing.
    pub(crate) fn append(&mut self, frames: &[u8], tally: &Tally) -> io::Result<()> {
        let mut batch = std::mem::take(&mut self.batch);
        batch.clear();
        if !frames.is_empty() {
            put_batch(FRAMES, &mut batch, |into| into.extend_from_slice(frames));
        }
        if !tally.is_empty() {
            put_batch(CELLS, &mut batch, |into| tally.keyed().for_each(|(key, cell)| put_cell(key, cell, into)));
        }
        let written = (&*self.file).write_all(&batch);
        match &written {
            Ok(()) => self.length += batch.len() as u64,
            // What half of it was written would hide what comes after.
            Err(_) => drop(self.file.set_len(self.length)),
        }
        self.batch = batch;
        self.batch.shrink_to(1 << 20);
        written
    }
}

/// The path of the journal of a segment.
pub(crate) fn path(folder: &Path, sequence: u64) -> PathBuf {
    folder.join(format!("{sequence:012}.journal"))
}

/// The journals of a folder by their sequence, oldest first.
pub(crate) fn list(folder: &Path) -> io::Result<Vec<u64>> {
    let mut sequences = Vec::new();
    if folder.exists() {
        for entry in std::fs::read_dir(folder)? {
            let name = entry?.file_name();
            sequences.extend(name.to_str().and_then(|name| name.strip_suffix(".journal")?.parse::<u64>().ok()));
        }
    }
    sequences.sort_unstable();
    Ok(sequences)
}

/// What a journal holds, one batch at a time.
pub(crate) trait Replay {
    fn frames(&mut self, frames: &[u8]);
    fn cell(&mut self, key: &Key<'_>, cell: &Cell);
}

/// Reads the journal at `path` into `replay`. Answers how many bytes of it were good, and whether that was all.
pub(crate) fn read(path: &Path, replay: &mut dyn Replay) -> io::Result<(u64, bool)> {
    let bytes = std::fs::read(path)?;
    let Some(mut rest) = bytes.strip_prefix(&MAGIC) else { return Ok((0, bytes.is_empty())) };
    while let Some((kind, payload, after)) = batch(rest) {
        match kind {
            FRAMES => replay.frames(payload),
            CELLS => cells(payload, replay),
            _ => break,
        }
        rest = after;
    }
    Ok(((bytes.len() - rest.len()) as u64, rest.is_empty()))
}

fn batch(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let mut reader = Reader(bytes);
    let (length, crc, kind) = (reader.u32()?, reader.u32()?, reader.u8()?);
    let payload = reader.take(usize::try_from(length).ok()?)?;
    (crc32fast::hash(payload) == crc).then_some((kind, payload, reader.0))
}

fn put_batch(kind: u8, into: &mut Vec<u8>, put: impl FnOnce(&mut Vec<u8>)) {
    let start = into.len();
    into.extend_from_slice(&[0; HEADER]);
    put(into);
    let payload = &into[start + HEADER..];
    let (length, crc) = (u32::try_from(payload.len()).unwrap_or(u32::MAX), crc32fast::hash(payload));
    into[start..start + 4].copy_from_slice(&length.to_le_bytes());
    into[start + 4..start + 8].copy_from_slice(&crc.to_le_bytes());
    into[start + 8] = kind;
}

fn put_cell(key: &[u8], cell: &Cell, into: &mut Vec<u8>) {
    into.extend_from_slice(&u32::try_from(key.len()).unwrap_or(u32::MAX).to_le_bytes());
    into.extend_from_slice(key);
    let Sums { calls, bytes_in, bytes_out, cost } = cell.sums;
    for sum in [calls, bytes_in, bytes_out, cost] {
        into.extend_from_slice(&sum.to_le_bytes());
    }
    into.extend_from_slice(&cell.last.as_millis().to_le_bytes());
    for histogram in [&cell.total, &cell.first_byte] {
        into.extend_from_slice(&u16::try_from(histogram.0.len()).unwrap_or(u16::MAX).to_le_bytes());
        for (bucket, calls) in &histogram.0 {
            into.extend_from_slice(&bucket.to_le_bytes());
            into.extend_from_slice(&calls.to_le_bytes());
        }
    }
}

fn cells(payload: &[u8], replay: &mut dyn Replay) {
    let mut reader = Reader(payload);
    while let Some((key, cell)) = cell(&mut reader) {
        replay.cell(&key, &cell);
    }
}

fn cell<'a>(reader: &mut Reader<'a>) -> Option<(Key<'a>, Cell)> {
    let length = reader.u32()?;
    let key = Key::read(reader.take(usize::try_from(length).ok()?)?)?;
    let sums = Sums { calls: reader.u64()?, bytes_in: reader.u64()?, bytes_out: reader.u64()?, cost: reader.u64()? };
    let last = Timestamp::from_millis(reader.i64()?);
    let mut histogram = || {
        let buckets = reader.u16()?;
        (0..buckets).map(|_| Some((reader.u16()?, reader.u64()?))).collect::<Option<Vec<_>>>().map(Sparse)
    };
    Some((key, Cell { sums, total: histogram()?, first_byte: histogram()?, last }))
}
