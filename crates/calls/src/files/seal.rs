//! Writing a segment as files.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::catalog::{LEVELS, Layer, day, path};
use crate::columns::read::ColumnFile;
use crate::columns::{Damage, Table, write};
use crate::rollup;
use crate::schema::call;
use crate::segment::Segment;

/// Writes the files of `segment`, one of each layer for each day it touches. Written again they replace themselves.
pub(super) fn seal(folder: &Path, segment: &Segment) -> io::Result<Vec<(Layer, i64, ColumnFile)>> {
    let mut files = Vec::new();
    for (layer, table) in [(Layer::Calls, &segment.calls), (Layer::Rollup, &rollup::table(segment))] {
        let groups = i64::from(layer == Layer::Rollup);
        for (day, table) in by_day(table).map_err(io::Error::other)? {
            let path = path(folder, day, segment.sequence, layer);
            write::write(&path, &[&table], &[(LEVELS, format!("{groups},0,0"))])?;
            files.push((layer, day, ColumnFile::open(&path, layer.schema()).map_err(io::Error::other)?));
        }
    }
    Ok(files)
}

/// The rows of each day in the order of their time: both layers have it in their first column.
pub(super) fn by_day(table: &Table) -> Result<BTreeMap<i64, Table>, Damage> {
    let times = table.columns[call::AT].int64();
    let mut rows: Vec<u32> = (0..u32::try_from(times.len()).unwrap_or(u32::MAX)).collect();
    rows.sort_by_key(|row| times[*row as usize]);
    let mut days = BTreeMap::new();
    for rows in rows.chunk_by(|one, other| day(times[*one as usize]) == day(times[*other as usize])) {
        let mut of_day = Table::new(table.schema);
        of_day.append_in_memory(table, rows);
        days.insert(day(times[rows[0] as usize]), of_day);
    }
    Ok(days)
}
