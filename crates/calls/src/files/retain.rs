//! Retention: what is older than its team wants it kept, or more than the disk should hold, is deleted.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use keyward_model::Timestamp;
use keyward_model::team::TeamId;

use super::catalog::{Layer, set_aside};
use super::compact::{Levels, in_order, levels, replace};
use super::{CallFiles, Shared};
use crate::columns::read::ColumnFile;
use crate::columns::{Damage, Part, Table};
use crate::schema::call;

/// Minutes are charted for so long; hours and days beyond.
const MINUTES: Duration = Duration::from_secs(40 * 24 * 3600);
/// Rollups are kept for so long.
const ROLLUPS: Duration = Duration::from_secs(1100 * 24 * 3600);

/// What of the details is kept.
pub struct Kept<'a> {
    /// Calls of a team are kept that came at this moment or later. Called with none for calls of no team.
    pub since: &'a dyn Fn(Option<TeamId>) -> Timestamp,
    /// Bytes that the files of details may have; the oldest days go first. None: as many as there are.
    pub most_bytes: Option<u64>,
}

/// What retention deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retained {
    /// Calls whose details are gone.
    pub calls: u64,
    /// Files that are gone, or were written anew without some calls.
    pub files: u64,
}

impl CallFiles {
    /// Deletes what is not to be kept. Files go as a whole, once all their calls of a team are too old: a call may be
    /// kept up to a day longer than its team asked for, and never shorter unless the disk is short. Counts stay in the
    /// rollups: by the minute for 40 days, by the hour and day for three years.
    pub fn retain(&self, kept: &Kept<'_>) -> io::Result<Retained> {
        let shared = &*self.shared;
        let mut retained = Retained::default();
        for (day, file) in files(shared, Layer::Calls) {
            let outdated = outdated(&file, kept);
            match outdated.and_then(|outdated| delete(shared, day, &file, &outdated)) {
                Ok(0) => {}
                Ok(calls) => {
                    retained.calls += calls;
                    retained.files += 1;
                }
                Err(Damage::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
                Err(Damage::Io(error)) => return Err(error),
                Err(damage) => {
                    set_aside(&file.path, &damage);
                    shared.state().catalog.remove(&file.path);
                }
            }
        }
        if let Some(most) = kept.most_bytes {
            let all = files(shared, Layer::Calls);
            let mut bytes: u64 = all.iter().map(|(_, file)| file.bytes).sum();
            for (_, file) in all {
                if bytes <= most {
                    break;
                }
                bytes -= file.bytes;
                retained.calls += file.rows();
                retained.files += 1;
                remove(shared, &file)?;
            }
        }
        self.thin()?;
        Ok(retained)
    }

    /// Deletes minutes, and then whole rollups, that are too old.
    fn thin(&self) -> io::Result<()> {
        let shared = &*self.shared;
        let now = shared.clock.now();
        for (day, file) in files(shared, Layer::Rollup) {
            let Some((_, last)) = file.range(call::AT) else { continue };
            let [minutes, hours, days, callerless_minutes, callerless_hours] = levels(&file);
            if last < now.minus(ROLLUPS).as_millis() {
                remove(shared, &file)?;
            } else if last < now.minus(MINUTES).as_millis() && minutes > 0 && hours > 0 {
                let Ok(groups) = file.groups(Layer::Rollup.schema()) else { continue };
                let mut tables = Vec::new();
                let callerless = minutes + hours + days..minutes + hours + days + callerless_minutes;
                for (number, group) in groups.iter().enumerate() {
                    if number < minutes || callerless.contains(&number) {
                        continue;
                    }
                    let mut table = Table::new(Layer::Rollup.schema());
                    let rows: Vec<u32> = (0..u32::try_from(group.rows()).unwrap_or(u32::MAX)).collect();
                    table.append(group, &rows).map_err(io::Error::other)?;
                    tables.push(table);
                }
                replace(shared, Layer::Rollup, day, &[file], &tables, [0, hours, days, 0, callerless_hours])?;
            }
        }
        Ok(())
    }
}

/// All files of a layer with their days, the oldest first.
fn files(shared: &Shared, layer: Layer) -> Vec<(i64, Arc<ColumnFile>)> {
    let state = shared.state();
    let days = state.catalog.layer(layer).iter();
    let mut files: Vec<_> = days.flat_map(|(day, files)| files.iter().map(|file| (*day, Arc::clone(file)))).collect();
    files.sort_by_key(|(_, file)| file.range(call::AT));
    files
}

/// The teams, as text, of a file whose calls are all too old for them; and whether others are in it.
fn outdated(file: &ColumnFile, kept: &Kept<'_>) -> Result<(BTreeSet<Vec<u8>>, bool), Damage> {
    let Some((_, last)) = file.range(call::AT) else { return Ok(Default::default()) };
    let (mut outdated, mut others) = (BTreeSet::new(), false);
    for group in file.groups(Layer::Calls.schema())? {
        let Some(words) = group.words(call::TEAM)? else { continue };
        for word in words.iter() {
            let team = std::str::from_utf8(word).ok().and_then(|text| text.parse().ok());
            if last < (kept.since)(team).as_millis() {
                outdated.insert(word.to_vec());
            } else {
                others = true;
            }
        }
    }
    Ok((outdated, others))
}

fn delete(
    shared: &Shared,
    day: i64,
    file: &Arc<ColumnFile>,
    (outdated, others): &(BTreeSet<Vec<u8>>, bool),
) -> Result<u64, Damage> {
    if outdated.is_empty() {
        return Ok(0);
    }
    if !others {
        remove(shared, file)?;
        return Ok(file.rows());
    }
    let mut table = Table::new(Layer::Calls.schema());
    for group in file.groups(Layer::Calls.schema())? {
        let teams = group.column(call::TEAM)?;
        let (words, ids) = teams.words();
        let stays: Vec<bool> = words.iter().map(|word| !outdated.contains(word)).collect();
        let rows = (0u32..).zip(ids).filter(|(_, id)| stays[**id as usize]).map(|(row, _)| row).collect::<Vec<_>>();
        table.append(&group, &rows)?;
    }
    let gone = file.rows() - table.rows() as u64;
    if gone > 0 {
        replace(shared, Layer::Calls, day, std::slice::from_ref(file), &in_order(&table), Levels::default())?;
    }
    Ok(gone)
}

fn remove(shared: &Shared, file: &ColumnFile) -> io::Result<()> {
    shared.state().catalog.remove(&file.path);
    std::fs::remove_file(&file.path)
}
