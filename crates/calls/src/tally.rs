//! Calls whose detail gave way, added up: what is left of them is every count.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use keyward_model::Timestamp;

use crate::call::Call;
use crate::frame::{self, Caller, Frame, Reader};
use crate::histogram::bucket;
use crate::minute::minute;
use crate::uses::Uses;

/// Cells with an address; from then on the address is left away, so that a flood from everywhere stays small. What
/// is known is then the token, the place and the outcome, of which there are only so many.
const MOST_WITH_ADDRESS: usize = 32_768;

/// Calls of one minute that were alike in all that is charted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) sums: Sums,
    /// Calls per bucket of the total time, and of the time to the first byte where there was one.
    pub(crate) total: Sparse,
    pub(crate) first_byte: Sparse,
    /// When the last of them came.
    pub(crate) last: Timestamp,
}

/// What is added up over calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) calls: u64,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) cost: u64,
}

impl Sums {
    pub(crate) fn add(&mut self, other: Sums) {
        self.calls = self.calls.saturating_add(other.calls);
        self.bytes_in = self.bytes_in.saturating_add(other.bytes_in);
        self.bytes_out = self.bytes_out.saturating_add(other.bytes_out);
        self.cost = self.cost.saturating_add(other.cost);
    }
}

/// A histogram with few buckets in use, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sparse(pub(crate) Vec<(u16, u64)>);

impl Sparse {
    pub(crate) fn add(&mut self, bucket: u16, calls: u64) {
        match self.0.binary_search_by_key(&bucket, |(bucket, _)| *bucket) {
            Ok(at) => self.0[at].1 += calls,
            Err(at) => self.0.insert(at, (bucket, calls)),
        }
    }
}

/// Cells by what their calls have in common.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    cells: HashMap<Box<[u8]>, Cell>,
    scratch: Vec<u8>,
}

/// What the calls of a cell have in common: minute, and parts of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key<'a> {
    pub(crate) minute: i64,
    pub(crate) address: &'a [u8],
    pub(crate) caller: &'a [u8],
    pub(crate) place: &'a [u8],
    pub(crate) outcome: &'a [u8],
}

impl Tally {
    pub(crate) fn count(&mut self, call: &Call<'_>) {
        let with_address = self.cells.len() < MOST_WITH_ADDRESS;
        self.scratch.clear();
        frame::put_key(minute(call.at), call, with_address, &mut self.scratch);
        if !self.cells.contains_key(self.scratch.as_slice()) {
            let cell =
                Cell { sums: Sums::default(), total: Sparse::default(), first_byte: Sparse::default(), last: call.at };
            self.cells.insert(self.scratch.as_slice().into(), cell);
        }
        let Some(cell) = self.cells.get_mut(self.scratch.as_slice()) else { return };
        cell.sums.add(Sums {
            calls: 1,
            bytes_in: call.bytes_in,
            bytes_out: call.bytes_out,
            cost: u64::from(call.cost),
        });
        cell.total.add(bucket(call.timing.total_us), 1);
        if call.timing.first_byte_us > 0 {
            cell.first_byte.add(bucket(call.timing.first_byte_us), 1);
        }
        cell.last = cell.last.max(call.at);
    }

    pub(crate) fn clear(&mut self) {
        self.cells.clear();
        self.cells.shrink_to(1024);
    }

    /// Counts a call that was recorded, and whose detail gives way after all.
    pub(crate) fn count_frame(&mut self, frame: &Frame<'_>) {
        let with_address = self.cells.len() < MOST_WITH_ADDRESS;
        self.scratch.clear();
        frame::put_key_of(minute(frame.at), frame, with_address, &mut self.scratch);
        let first_byte = frame.timing.first_byte_us;
        let mut cell = Cell {
            sums: Sums { calls: 1, bytes_in: frame.bytes_in, bytes_out: frame.bytes_out, cost: u64::from(frame.cost) },
            total: Sparse::default(),
            first_byte: Sparse::default(),
            last: frame.at,
        };
        cell.total.add(bucket(frame.timing.total_us), 1);
        if first_byte > 0 {
            cell.first_byte.add(bucket(first_byte), 1);
        }
        let key = self.scratch.as_slice().into();
        self.merge(key, &cell);
    }

    /// Takes in what `other` counted.
    pub(crate) fn absorb(&mut self, other: &Tally) {
        for (key, cell) in other.keyed() {
            self.merge(key.into(), cell);
        }
    }

    fn merge(&mut self, key: Box<[u8]>, cell: &Cell) {
        match self.cells.entry(key) {
            Entry::Vacant(vacant) => {
                vacant.insert(cell.clone());
            }
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                known.sums.add(cell.sums);
                cell.total.0.iter().for_each(|(bucket, calls)| known.total.add(*bucket, *calls));
                cell.first_byte.0.iter().for_each(|(bucket, calls)| known.first_byte.add(*bucket, *calls));
                known.last = known.last.max(cell.last);
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Every cell under its key as bytes.
    pub(crate) fn keyed(&self) -> impl Iterator<Item = (&[u8], &Cell)> {
        self.cells.iter().map(|(key, cell)| (&**key, cell))
    }

    /// Every cell and what its calls have in common.
    pub(crate) fn cells(&self) -> impl Iterator<Item = (Key<'_>, &Cell)> {
        self.cells.iter().filter_map(|(key, cell)| Some((Key::read(key)?, cell)))
    }

    /// Adds to the uses of tokens.
    pub(crate) fn count_uses(&self, uses: &mut Uses) {
        for (key, cell) in self.cells() {
            if let Some(token) = Caller::read(key.caller).and_then(|caller| caller.token) {
                uses.add_counted(token, cell.last, frame::address(key.address), cell.sums.calls);
            }
        }
    }
}

impl<'a> Key<'a> {
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let minute = reader.i64()?;
        let mut part = || {
            let length = reader.u16()?;
            reader.take(usize::from(length))
        };
        Some(Self { minute, address: part()?, caller: part()?, place: part()?, outcome: part()? })
    }
}
