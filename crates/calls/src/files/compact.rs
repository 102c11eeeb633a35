//! Merging what is small, so that a quiet installation does not collect thousands of files, and adding up hours and
//! days of rollups on the way.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::catalog::{LEVELS, Layer, REPLACES, day, number, path};
use super::{FULL, Shared, seal};
use crate::columns::read::{ColumnFile, Group};
use crate::columns::{Damage, Part, Table, write};
use crate::rollup::{self, Apart};

/// So many small files of a day are merged; on a day that is over, any two.
const MANY: usize = 8;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// What the row groups of a rollup are by, in the order in which they stand in a file. Callerless ones leave away app
/// and token, and are a hundredth as long; a file that was not merged yet has minutes alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Minutes,
    Hours,
    Days,
    CallerlessMinutes,
    CallerlessHours,
}

/// How many row groups of each level a file has.
pub(crate) type Levels = [usize; 5];

/// The levels of a rollup.
pub(crate) fn levels(file: &ColumnFile) -> Levels {
    let mut counts = file.note(LEVELS).unwrap_or_default().split(',').map(|count| count.parse().unwrap_or(0));
    std::array::from_fn(|_| counts.next().unwrap_or(0))
}

/// Merges the small files of every day that has many of them.
pub(super) fn compact(shared: &Shared) -> io::Result<()> {
    let today = day(shared.clock.now().as_millis());
    while let Some((layer, day, files)) = next(shared, today) {
        match merged(layer, &files) {
            Ok((tables, levels)) => replace(shared, layer, day, &files, &tables, levels)?,
            Err((path, damage)) => {
                super::catalog::set_aside(&path, &damage);
                shared.state().catalog.remove(&path);
            }
        }
    }
    Ok(())
}

/// Writes `tables` in place of `files`.
pub(super) fn replace(
    shared: &Shared,
    layer: Layer,
    day: i64,
    files: &[Arc<ColumnFile>],
    tables: &[Table],
    levels: Levels,
) -> io::Result<()> {
    let sequence = {
        let mut state = shared.state();
        state.next += 1;
        state.next - 1
    };
    let names: Vec<&str> = files.iter().filter_map(|file| file.path.file_name()?.to_str()).collect();
    let notes = [(REPLACES, names.join(",")), (LEVELS, levels.map(|count| count.to_string()).join(","))];
    let path = path(&shared.folder, day, sequence, layer);
    let some: Vec<&Table> = tables.iter().filter(|table| table.rows() > 0).collect();
    write::write(&path, &some, &notes)?;
    let written =
        if some.is_empty() { None } else { Some(ColumnFile::open(&path, layer.schema()).map_err(io::Error::other)?) };
    let mut state = shared.state();
    files.iter().for_each(|file| state.catalog.remove(&file.path));
    if let Some(file) = written {
        state.catalog.add(layer, day, file);
    }
    drop(state);
    files.iter().try_for_each(|file| std::fs::remove_file(&file.path))
}

fn next(shared: &Shared, today: i64) -> Option<(Layer, i64, Vec<Arc<ColumnFile>>)> {
    let state = shared.state();
    for layer in Layer::BOTH {
        for (day, files) in state.catalog.layer(layer) {
            let mut small: Vec<_> = files.iter().filter(|file| is_small(layer, file)).map(Arc::clone).collect();
            if small.len() >= if *day < today { 2 } else { MANY } {
                small.sort_by_key(|file| number(&file.path));
                small.truncate(MANY);
                return Some((layer, *day, small));
            }
        }
    }
    None
}

fn is_small(layer: Layer, file: &ColumnFile) -> bool {
    match layer {
        Layer::Calls => file.rows() < FULL as u64 / 2,
        // What has lost its minutes is as small as it gets.
        Layer::Rollup => file.rows() < 4 * FULL as u64 && levels(file)[0] > 0,
    }
}

/// A damaged file.
type Named = (PathBuf, Damage);

fn merged(layer: Layer, files: &[Arc<ColumnFile>]) -> Result<(Vec<Table>, Levels), Named> {
    let mut groups: Vec<Group> = Vec::new();
    for file in files {
        let of_file = file.groups(layer.schema()).map_err(|damage| (file.path.clone(), damage))?;
        let count = if layer == Layer::Calls { of_file.len() } else { levels(file)[0] };
        groups.extend(of_file.into_iter().take(count));
    }
    let tables = match layer {
        Layer::Calls => {
            let mut all = Table::new(layer.schema());
            for group in &groups {
                append(&mut all, group).map_err(|damage| (group.path().to_owned(), damage))?;
            }
            return Ok((in_order(&all), Levels::default()));
        }
        Layer::Rollup => {
            let parts: Vec<&dyn Part> = groups.iter().map(|group| group as &dyn Part).collect();
            let path = |(number, damage): (usize, Damage)| {
                (groups.get(number).map_or_else(PathBuf::new, |group| group.path().to_owned()), damage)
            };
            let minutes = minutes(&groups)?;
            let hours = rollup::merge(&parts, HOUR, Apart::All).map_err(path)?;
            let days = rollup::merge(&[&hours], DAY, Apart::All).map_err(path)?;
            let callerless_minutes = rollup::merge(&parts, MINUTE, Apart::Callerless).map_err(path)?;
            let callerless_hours = rollup::merge(&[&callerless_minutes], HOUR, Apart::Callerless).map_err(path)?;
            let [hours, days, callerless_minutes, callerless_hours] =
                [&hours, &days, &callerless_minutes, &callerless_hours].map(in_order);
            [minutes, hours, days, callerless_minutes, callerless_hours]
        }
    };
    let levels = tables.each_ref().map(Vec::len);
    Ok((tables.into_iter().flatten().collect(), levels))
}

/// Minutes of files that follow on each other are seldom the same: they are carried over as they are, and only put
/// into one table where they are few.
fn minutes(groups: &[Group]) -> Result<Vec<Table>, Named> {
    let named = |group: &Group| {
        let path = group.path().to_owned();
        move |damage| (path, damage)
    };
    if groups.iter().map(Part::rows).sum::<usize>() > FULL {
        return groups.iter().map(|group| Table::of(Layer::Rollup.schema(), group).map_err(named(group))).collect();
    }
    let mut all = Table::new(Layer::Rollup.schema());
    groups.iter().try_for_each(|group| append(&mut all, group).map_err(named(group)))?;
    Ok(in_order(&all))
}

fn append(all: &mut Table, group: &Group) -> Result<(), Damage> {
    let rows: Vec<u32> = (0..u32::try_from(group.rows()).unwrap_or(u32::MAX)).collect();
    all.append(group, &rows)
}

/// By time, in tables of the length of a row group. They are of one day.
pub(super) fn in_order(table: &Table) -> Vec<Table> {
    let days = seal::by_day(table);
    let mut tables = Vec::new();
    for table in days.into_values() {
        let rows: Vec<u32> = (0..u32::try_from(table.rows()).unwrap_or(u32::MAX)).collect();
        for rows in rows.chunks(FULL) {
            let mut part = Table::new(table.schema);
            part.append_in_memory(&table, rows);
            tables.push(part);
        }
    }
    tables
}
