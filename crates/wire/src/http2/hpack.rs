//! Compression of header fields (HPACK, RFC 7541).
//!
//! Both tables of a connection are bounded by what HTTP/2 begins with. What goes out is put into the table where it is
//! the same in most answers, and never where it is secret or another each time; its text is not Huffman-coded, which
//! would cost more time than it saves.

use std::collections::VecDeque;

mod decode;
mod encode;
mod huffman;
mod table;

pub use encode::{Encoder, Keep};

pub(crate) use decode::Decoder;

/// Bytes of a table, as RFC 7541 section 4.1 counts them: what a connection begins with (RFC 9113 section 6.5.2).
pub(crate) const TABLE: usize = 4096;
/// What each entry is counted for besides its text.
const OVERHEAD: usize = 32;

/// A block of fields that cannot be read: the connection is no more use, for the tables of both sides differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// Entries in the order in which they came.
#[derive(Debug)]
struct Dynamic {
    entries: VecDeque<Entry>,
    size: usize,
    limit: usize,
}

/// One field of a table.
#[derive(Debug)]
struct Entry {
    /// Name, then value.
    text: Box<[u8]>,
    name: usize,
    /// To be told from most others at a glance.
    hash: u32,
}

impl Entry {
    fn new(name: &[u8], value: &[u8], hash: u32) -> Self {
        Self { text: [name, value].concat().into_boxed_slice(), name: name.len(), hash }
    }

    fn name(&self) -> &[u8] {
        &self.text[..self.name]
    }

    fn value(&self) -> &[u8] {
        &self.text[self.name..]
    }

    fn size(&self) -> usize {
        self.text.len() + OVERHEAD
    }
}

impl Dynamic {
    fn new() -> Self {
        Self { entries: VecDeque::new(), size: 0, limit: TABLE }
    }

    /// The entry at `place`, of which 0 came last.
    fn get(&self, place: usize) -> Option<&Entry> {
        self.entries.get(place)
    }

    /// Adds an entry, for which the oldest give way. One larger than the table empties it (RFC 7541 section 4.4).
    fn add(&mut self, entry: Entry) {
        self.shrink(self.limit.saturating_sub(entry.size()));
        if entry.size() <= self.limit {
            self.size += entry.size();
            self.entries.push_front(entry);
        }
    }

    fn resize(&mut self, limit: usize) {
        self.limit = limit;
        self.shrink(limit);
    }

    fn shrink(&mut self, most: usize) {
        while self.size > most {
            self.size -= self.entries.pop_back().map_or(self.size, |entry| entry.size());
        }
    }
}
