//! Rollups: calls of a minute that are alike in all that is charted, added up in one cell.
//!
//! A cell is known by team, app, token, api, route, method, country, code and status, so that any grouping and any
//! filter is a sum over cells, and exact. Cells of hours and days are sums of cells of minutes.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::columns::parquet_pages::{put_varint, varint};
use crate::columns::{Damage, Part, Table, Values};
use crate::minute;
use crate::schema::{ROLLUP, call, rollup};
use crate::segment::Segment;
use crate::tally::{Sparse, Sums};

/// What a cell's calls are alike in, as places in the dictionaries of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Dimensions {
    pub(crate) caller: u32,
    pub(crate) place: u32,
    pub(crate) outcome: u32,
    /// The address, or for a cell the country.
    pub(crate) address: u32,
}

/// The cells of a segment.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    cells: Vec<(i64, Dimensions, Sums)>,
    known: HashTable<u32>,
    hasher: RandomState,
    /// A cell and a bucket for each call: cheaper by far than a histogram in each cell, of which most have one call.
    totals: Vec<(u32, u16)>,
    first_bytes: Vec<(u32, u16)>,
    /// The same for many calls at once, whose details gave way.
    merged: Vec<(u32, Sparse, Sparse)>,
}

impl Cells {
    pub(crate) fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Adds to the cell of so many calls, and says which it is.
    pub(crate) fn add(&mut self, minute: i64, dimensions: Dimensions, sums: Sums) -> u32 {
        let hash = self.hasher.hash_one((minute, dimensions));
        let alike = |cell: &u32| {
            let (its_minute, its, _) = &self.cells[*cell as usize];
            (*its_minute, *its) == (minute, dimensions)
        };
        if let Some(cell) = self.known.find(hash, alike) {
            self.cells[*cell as usize].2.add(sums);
            return *cell;
        }
        let cell = u32::try_from(self.cells.len()).unwrap_or(u32::MAX);
        self.cells.push((minute, dimensions, sums));
        let (cells, hasher) = (&self.cells, &self.hasher);
        self.known.insert_unique(hash, cell, |cell| {
            let (minute, dimensions, _) = &cells[*cell as usize];
            hasher.hash_one((*minute, *dimensions))
        });
        cell
    }

    pub(crate) fn sample(&mut self, cell: u32, total: u16, first_byte: Option<u16>) {
        self.totals.push((cell, total));
        self.first_bytes.extend(first_byte.map(|bucket| (cell, bucket)));
    }

    /// What the calls of each cell are alike in, and their sums.
    pub(crate) fn sums(&self) -> impl Iterator<Item = (Dimensions, Sums)> + '_ {
        self.cells.iter().map(|(_, dimensions, sums)| (*dimensions, *sums))
    }

    /// The total times of calls: cell, bucket, and how many.
    pub(crate) fn samples(&self, mut each: impl FnMut(u32, u16, u64)) {
        self.totals.iter().for_each(|(cell, bucket)| each(*cell, *bucket, 1));
        for (cell, totals, _) in &self.merged {
            totals.0.iter().for_each(|(bucket, calls)| each(*cell, *bucket, *calls));
        }
    }

    pub(crate) fn merge(&mut self, cell: u32, total: &Sparse, first_byte: &Sparse) {
        self.merged.push((cell, total.clone(), first_byte.clone()));
    }
}

/// The cells of `segment` as a table, by the minute.
pub(crate) fn table(segment: &Segment) -> Table {
    let cells = &segment.cells;
    let merged = |pick: fn(&(u32, Sparse, Sparse)) -> &Sparse| {
        let counts = cells.merged.iter();
        counts.flat_map(move |merged| pick(merged).0.iter().map(|(bucket, calls)| (merged.0, *bucket, *calls)))
    };
    let totals = histograms(cells.cells.len(), &cells.totals, merged(|merged| &merged.1));
    let first_bytes = histograms(cells.cells.len(), &cells.first_bytes, merged(|merged| &merged.2));
    let mut order: Vec<u32> = (0..u32::try_from(cells.cells.len()).unwrap_or(u32::MAX)).collect();
    order.sort_by_key(|cell| cells.cells[*cell as usize].0);
    let mut table = Table::new(&ROLLUP);
    // The words are those of the details: cells know them by the same places.
    for (column, of_calls) in rollup::WORDS.zip(WORDS_OF_CALLS) {
        let words = segment.calls.columns[of_calls].words().0.clone();
        table.columns[column] = Values::Words { words, ids: Vec::with_capacity(order.len()) };
    }
    for cell in order {
        let (minute, dimensions, sums) = cells.cells[cell as usize];
        let (ids, status) = segment.dimensions(dimensions);
        let columns = &mut table.columns;
        columns[rollup::AT].push_int64(minute::beginning(minute).as_millis());
        for (column, id) in rollup::WORDS.zip(ids) {
            columns[column].push_id(id);
        }
        columns[rollup::STATUS].push_int32(status);
        push_sums(&mut table, sums);
        for (column, histograms) in [(rollup::TOTAL, &totals), (rollup::FIRST_BYTE, &first_bytes)] {
            table.columns[column].push_bytes(histograms.of(cell));
        }
    }
    table
}

/// The columns of details that have the words of the rollup's columns.
const WORDS_OF_CALLS: [usize; 8] =
    [call::TEAM, call::APP, call::TOKEN, call::API_NAME, call::ROUTE, call::METHOD, call::COUNTRY, call::CODE];

/// Histograms as they are stored, one behind the other.
struct Written {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Written {
    fn of(&self, cell: u32) -> &[u8] {
        let cell = cell as usize;
        let begin = cell.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[begin..self.ends[cell]]
    }
}

/// For each cell its histogram as it is stored. Sorted by counting: most cells have one call.
fn histograms(cells: usize, samples: &[(u32, u16)], merged: impl Iterator<Item = (u32, u16, u64)>) -> Written {
    let mut apart: Vec<(u32, u16, u64)> = merged.collect();
    apart.sort_unstable();
    let mut begins = vec![0usize; cells + 1];
    samples.iter().for_each(|(cell, _)| begins[*cell as usize + 1] += 1);
    for cell in 0..cells {
        begins[cell + 1] += begins[cell];
    }
    let mut buckets = vec![0u16; samples.len()];
    let mut next = begins.clone();
    for (cell, bucket) in samples {
        buckets[next[*cell as usize]] = *bucket;
        next[*cell as usize] += 1;
    }
    let mut written = Written { bytes: Vec::with_capacity(samples.len() * 2), ends: Vec::with_capacity(cells) };
    let mut apart = apart.as_slice();
    for cell in 0..cells {
        let own = &mut buckets[begins[cell]..begins[cell + 1]];
        own.sort_unstable();
        let here = apart.partition_point(|(of, _, _)| *of as usize <= cell);
        if here == 0 {
            let counts = own.chunk_by(|one, other| one == other).map(|same| (same[0], same.len() as u64));
            put_histogram(counts, &mut written.bytes);
        } else {
            let mut sum = Sparse::default();
            own.iter().for_each(|bucket| sum.add(*bucket, 1));
            apart[..here].iter().for_each(|(_, bucket, calls)| sum.add(*bucket, *calls));
            apart = &apart[here..];
            put_histogram(sum.0.iter().copied(), &mut written.bytes);
        }
        written.ends.push(written.bytes.len());
    }
    written
}

fn put_histogram(counts: impl Iterator<Item = (u16, u64)>, into: &mut Vec<u8>) {
    let mut before = 0;
    for (bucket, calls) in counts {
        put_varint(u64::from(bucket - before), into);
        put_varint(calls, into);
        before = bucket;
    }
}

fn push_sums(table: &mut Table, sums: Sums) {
    let columns = &mut table.columns;
    columns[rollup::CALLS].push_int32(u32::try_from(sums.calls).unwrap_or(u32::MAX));
    for (column, value) in
        [(rollup::BYTES_IN, sums.bytes_in), (rollup::BYTES_OUT, sums.bytes_out), (rollup::COST, sums.cost)]
    {
        columns[column].push_int64(i64::try_from(value).unwrap_or(i64::MAX));
    }
}

/// A histogram as it is stored, read back. What makes no sense ends it.
pub(crate) fn buckets(mut bytes: &[u8]) -> impl Iterator<Item = (u16, u64)> + '_ {
    let mut bucket = 0u64;
    std::iter::from_fn(move || {
        bucket += varint(&mut bytes)?;
        let calls = varint(&mut bytes)?;
        Some((u16::try_from(bucket).ok()?, calls))
    })
}

/// A histogram on its way through a merge: as it stood, until another is added to it.
#[derive(Clone, Copy)]
enum Merged {
    /// A place in the dictionary of the outcome.
    AsIs(u32),
    /// A place among those that were added up.
    Sum(u32),
}

/// What rows of a rollup are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Apart {
    /// Everything.
    All,
    /// All but app and token, of which there are many, and most charts ask for neither.
    Callerless,
}

/// Rows of `parts` that are alike added up, their times cut to whole `millis`. Of what is damaged, says which part.
pub(crate) fn merge(parts: &[&dyn Part], millis: i64, apart: Apart) -> Result<Table, (usize, Damage)> {
    const KEYS: usize = 9;
    const CALLER: std::ops::RangeInclusive<usize> = rollup::APP - rollup::TEAM..=rollup::TOKEN - rollup::TEAM;
    type Row = (i64, [u32; KEYS], Sums, [Merged; 2]);
    let mut out = Table::new(&ROLLUP);
    let mut rows: Vec<Row> = Vec::new();
    let mut added: Vec<Sparse> = Vec::new();
    let mut known: HashTable<u32> = HashTable::new();
    let hasher = RandomState::default();
    let place = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    for (number, part) in parts.iter().enumerate() {
        let columns = (0..ROLLUP.len()).map(|column| part.column(column)).collect::<Result<Vec<_>, _>>();
        let columns = columns.map_err(|damage| (number, damage))?;
        // From the part's dictionaries to our own.
        let mut ours = |column: usize| -> Vec<u32> {
            columns[column].words().0.iter().map(|word| out.columns[column].intern(word)).collect()
        };
        let mut words: Vec<(Vec<u32>, &[u32])> =
            rollup::WORDS.map(|column| (ours(column), columns[column].words().1)).collect();
        let histograms = HISTOGRAMS.map(|column| (ours(column), columns[column].words().1));
        if apart == Apart::Callerless {
            for place in CALLER {
                let none = out.columns[rollup::WORDS.start() + place].intern(b"");
                words[place].0.fill(none);
            }
        }
        let (times, statuses) = (columns[rollup::AT].int64(), columns[rollup::STATUS].int32());
        for row in 0..part.rows() {
            let mut key = [0; KEYS];
            for (key, (ours, ids)) in key.iter_mut().zip(&words) {
                *key = ours[ids[row] as usize];
            }
            key[KEYS - 1] = statuses[row];
            let at = times[row] - times[row].rem_euclid(millis);
            let hash = hasher.hash_one((at, key));
            let found = known.find(hash, |row| {
                let row: &Row = &rows[*row as usize];
                row.0 == at && row.1 == key
            });
            let own = histograms.each_ref().map(|(ours, ids)| ours[ids[row] as usize]);
            let Some(found) = found else {
                let fresh = place(rows.len());
                rows.push((at, key, sums(&columns, row), own.map(Merged::AsIs)));
                known.insert_unique(hash, fresh, |row| hasher.hash_one((rows[*row as usize].0, rows[*row as usize].1)));
                continue;
            };
            let into = &mut rows[*found as usize];
            into.2.add(sums(&columns, row));
            for ((merged, own), column) in into.3.iter_mut().zip(own).zip(HISTOGRAMS) {
                let words = out.columns[column].words().0;
                let sum = match *merged {
                    Merged::Sum(sum) => sum,
                    Merged::AsIs(id) => {
                        added.push(Sparse(buckets(words.bytes(id)).collect()));
                        place(added.len() - 1)
                    }
                };
                *merged = Merged::Sum(sum);
                let sum = &mut added[sum as usize];
                buckets(words.bytes(own)).for_each(|(bucket, calls)| sum.add(bucket, calls));
            }
        }
    }
    rows.sort_by_key(|row| row.0);
    let mut bytes = Vec::new();
    for (at, key, sums, merged) in rows {
        out.columns[rollup::AT].push_int64(at);
        for (column, id) in rollup::WORDS.zip(key) {
            out.columns[column].push_id(id);
        }
        out.columns[rollup::STATUS].push_int32(key[KEYS - 1]);
        push_sums(&mut out, sums);
        for (merged, column) in merged.into_iter().zip(HISTOGRAMS) {
            match merged {
                Merged::AsIs(id) => out.columns[column].push_id(id),
                Merged::Sum(sum) => {
                    bytes.clear();
                    put_histogram(added[sum as usize].0.iter().copied(), &mut bytes);
                    out.columns[column].push_bytes(&bytes);
                }
            }
        }
    }
    Ok(out)
}

/// The columns of histograms.
const HISTOGRAMS: [usize; 2] = [rollup::TOTAL, rollup::FIRST_BYTE];

/// The sums of a row.
pub(crate) fn sums(columns: &[std::borrow::Cow<'_, crate::columns::Values>], row: usize) -> Sums {
    let value = |column: usize| u64::try_from(columns[column].int64()[row]).unwrap_or(0);
    Sums {
        calls: u64::from(columns[rollup::CALLS].int32()[row]),
        bytes_in: value(rollup::BYTES_IN),
        bytes_out: value(rollup::BYTES_OUT),
        cost: value(rollup::COST),
    }
}
