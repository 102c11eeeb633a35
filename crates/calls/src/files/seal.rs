//! Writing a segment as files.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::catalog::{LEVELS, Layer, day, path};
use crate::columns::read::ColumnFile;
use crate::columns::{Table, write};
use crate::rollup;
use crate::schema::call;
use crate::segment::Segment;

/// Writes the files of `segment`, one of each layer for each day it touches. Written again they replace themselves.
pub(super) fn seal(folder: &Path, segment: &Segment) -> io::Result<Vec<(Layer, i64, ColumnFile)>> {
    let mut files = Vec::new();
    for (layer, table) in [(Layer::Calls, &segment.calls), (Layer::Rollup, &rollup::table(segment))] {
        let groups = i64::from(layer == Layer::Rollup);
        let days = match only_day(table) {
            Some(day) => BTreeMap::from([(day, Cow::Borrowed(table))]),
            None => by_day(table).into_iter().map(|(day, table)| (day, Cow::Owned(table))).collect(),
        };
        for (day, table) in days {
            let path = path(folder, day, segment.sequence, layer);
            write::write(&path, &[&*table], &[(LEVELS, groups.to_string())])?;
            files.push((layer, day, ColumnFile::open(&path, layer.schema()).map_err(io::Error::other)?));
        }
    }
    Ok(files)
}

/// The day of a table that has one, and no call that came much later than it began: such a table is written as it is.
fn only_day(table: &Table) -> Option<i64> {
    const CLOSE: i64 = 2 * 3600 * 1000;
    let times = table.columns[call::AT].int64();
    let (first, last) = (*times.iter().min()?, *times.iter().max()?);
    (day(first) == day(last) && last - first < CLOSE).then(|| day(first))
}

/// The rows of each day in the order of their time: both layers have it in their first column.
pub(super) fn by_day(table: &Table) -> BTreeMap<i64, Table> {
    let times = table.columns[call::AT].int64();
    let mut rows: Vec<u32> = (0..u32::try_from(times.len()).unwrap_or(u32::MAX)).collect();
    rows.sort_by_key(|row| times[*row as usize]);
    let mut days = BTreeMap::new();
    for rows in rows.chunk_by(|one, other| day(times[*one as usize]) == day(times[*other as usize])) {
        let mut of_day = Table::new(table.schema);
        of_day.append_in_memory(table, rows);
        days.insert(day(times[rows[0] as usize]), of_day);
    }
    days
}
