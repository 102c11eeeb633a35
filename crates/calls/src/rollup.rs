//! Rollups: calls of a minute that are alike in all that is charted, added up in one cell.
//!
//! A cell is known by team, app, token, api, route, method, country, code and status, so that any grouping and any
//! filter is a sum over cells, and exact. Cells of hours and days are sums of cells of minutes.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::columns::parquet_pages::{put_varint, varint};
use crate::columns::{Damage, Part, Table};
use crate::minute;
use crate::schema::{ROLLUP, rollup};
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
    for cell in order {
        let (minute, dimensions, sums) = cells.cells[cell as usize];
        let (words, status) = segment.dimensions(dimensions);
        let columns = &mut table.columns;
        columns[rollup::AT].push_int64(minute::beginning(minute).as_millis());
        for (column, word) in rollup::WORDS.zip(words) {
            columns[column].push_bytes(word);
        }
        columns[rollup::STATUS].push_int32(status);
        push_sums(&mut table, sums, &totals[cell as usize], &first_bytes[cell as usize]);
    }
    table
}

/// For each cell its histogram as it is stored.
fn histograms(cells: usize, samples: &[(u32, u16)], merged: impl Iterator<Item = (u32, u16, u64)>) -> Vec<Vec<u8>> {
    let mut all: Vec<(u32, u16, u64)> =
        samples.iter().map(|(cell, bucket)| (*cell, *bucket, 1)).chain(merged).collect();
    all.sort_unstable_by_key(|(cell, bucket, _)| (*cell, *bucket));
    let mut written = vec![Vec::new(); cells];
    let mut last = None;
    for same in all.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
        let (cell, bucket, _) = same[0];
        let before = last.filter(|(last, _)| *last == cell).map_or(0, |(_, bucket)| bucket);
        last = Some((cell, bucket));
        if let Some(bytes) = written.get_mut(cell as usize) {
            put_varint(u64::from(bucket - before), bytes);
            put_varint(same.iter().map(|(_, _, calls)| calls).sum(), bytes);
        }
    }
    written
}

fn push_sums(table: &mut Table, sums: Sums, total: &[u8], first_byte: &[u8]) {
    let columns = &mut table.columns;
    columns[rollup::CALLS].push_int32(u32::try_from(sums.calls).unwrap_or(u32::MAX));
    for (column, value) in
        [(rollup::BYTES_IN, sums.bytes_in), (rollup::BYTES_OUT, sums.bytes_out), (rollup::COST, sums.cost)]
    {
        columns[column].push_int64(i64::try_from(value).unwrap_or(i64::MAX));
    }
    columns[rollup::TOTAL].push_bytes(total);
    columns[rollup::FIRST_BYTE].push_bytes(first_byte);
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

/// Rows of `parts` that are alike added up, their times cut to whole `millis`.
pub(crate) fn merge(parts: &[&dyn Part], millis: i64) -> Result<Table, Damage> {
    const KEYS: usize = 9;
    let mut out = Table::new(&ROLLUP);
    let mut rows: Vec<(i64, [u32; KEYS], Sums, Sparse, Sparse)> = Vec::new();
    let mut known: HashTable<u32> = HashTable::new();
    let hasher = RandomState::default();
    for part in parts {
        let columns = (0..ROLLUP.len()).map(|column| part.column(column)).collect::<Result<Vec<_>, _>>()?;
        // From the part's dictionaries to our own.
        let ours: Vec<Vec<u32>> = rollup::WORDS
            .map(|column| columns[column].words().0.iter().map(|word| out.columns[column].intern(word)).collect())
            .collect();
        let histograms: [Vec<Sparse>; 2] = [rollup::TOTAL, rollup::FIRST_BYTE]
            .map(|column| columns[column].words().0.iter().map(|word| Sparse(buckets(word).collect())).collect());
        for row in 0..part.rows() {
            let mut key = [0; KEYS];
            for (number, column) in rollup::WORDS.enumerate() {
                key[number] = ours[number][columns[column].words().1[row] as usize];
            }
            key[KEYS - 1] = columns[rollup::STATUS].int32()[row];
            let at = columns[rollup::AT].int64()[row];
            let at = at - at.rem_euclid(millis);
            let hash = hasher.hash_one((at, key));
            let found = known.find(hash, |row| (rows[*row as usize].0, rows[*row as usize].1) == (at, key)).copied();
            let into = found.unwrap_or_else(|| {
                let fresh = u32::try_from(rows.len()).unwrap_or(u32::MAX);
                rows.push((at, key, Sums::default(), Sparse::default(), Sparse::default()));
                known.insert_unique(hash, fresh, |row| hasher.hash_one((rows[*row as usize].0, rows[*row as usize].1)));
                fresh
            });
            let into = &mut rows[into as usize];
            into.2.add(sums(&columns, row));
            for (column, into) in [(rollup::TOTAL, &mut into.3), (rollup::FIRST_BYTE, &mut into.4)] {
                let histogram = &histograms[column - rollup::TOTAL][columns[column].words().1[row] as usize];
                histogram.0.iter().for_each(|(bucket, calls)| into.add(*bucket, *calls));
            }
        }
    }
    rows.sort_by_key(|row| row.0);
    let mut bytes = [Vec::new(), Vec::new()];
    for (at, key, sums, total, first_byte) in rows {
        out.columns[rollup::AT].push_int64(at);
        for (number, column) in rollup::WORDS.enumerate() {
            out.columns[column].push_id(key[number]);
        }
        out.columns[rollup::STATUS].push_int32(key[KEYS - 1]);
        for (bytes, histogram) in bytes.iter_mut().zip([total, first_byte]) {
            bytes.clear();
            let mut before = 0;
            for (bucket, calls) in histogram.0 {
                put_varint(u64::from(bucket - before), bytes);
                put_varint(calls, bytes);
                before = bucket;
            }
        }
        push_sums(&mut out, sums, &bytes[0], &bytes[1]);
    }
    Ok(out)
}

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
