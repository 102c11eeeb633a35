//! Which files there are, by day.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keyward_model::Timestamp;

use super::FilesStatus;
use crate::columns::read::ColumnFile;
use crate::columns::{Column, Damage};
use crate::schema::{CALLS, ROLLUP};

/// Details or rollups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layer {
    Calls,
    Rollup,
}

impl Layer {
    pub(crate) const BOTH: [Self; 2] = [Self::Calls, Self::Rollup];

    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Rollup => "rollup",
        }
    }

    pub(crate) fn schema(self) -> &'static [Column] {
        match self {
            Self::Calls => &CALLS,
            Self::Rollup => &ROLLUP,
        }
    }
}

/// The note in a footer that lists the files which a merged file stands for.
pub(super) const REPLACES: &str = "keyward.replaces";
/// The note in the footer of a rollup: how many row groups are by the minute, by the hour and by the day.
pub(super) const LEVELS: &str = "keyward.levels";

const DAY: i64 = 24 * 3600 * 1000;

/// Files by layer and day.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    calls: BTreeMap<i64, Vec<Arc<ColumnFile>>>,
    rollups: BTreeMap<i64, Vec<Arc<ColumnFile>>>,
}

impl Catalog {
    /// Looks through `folder`. What is damaged is set aside; what a merged file stands for, or was not finished, is
    /// deleted. Answers the highest number found, too.
    pub(super) fn read(folder: &Path) -> io::Result<(Self, u64)> {
        let (mut catalog, mut highest, mut replaced) = (Self::default(), 0, Vec::new());
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let day = entry.file_name().to_str().and_then(day_of_name);
            let Some(day) = day.filter(|_| entry.path().is_dir()) else { continue };
            for entry in std::fs::read_dir(entry.path())? {
                let path = entry?.path();
                let extension = path.extension().and_then(|extension| extension.to_str());
                if extension == Some("unfinished") {
                    std::fs::remove_file(&path)?;
                }
                let Some(layer) = Layer::BOTH.into_iter().find(|layer| extension == Some(layer.extension())) else {
                    continue;
                };
                highest = highest.max(number(&path));
                match ColumnFile::open(&path, layer.schema()) {
                    Ok(file) => {
                        let names = file.note(REPLACES).unwrap_or_default().split(',').filter(|name| !name.is_empty());
                        replaced.extend(names.map(|name| path.with_file_name(name)));
                        catalog.add(layer, day, file);
                    }
                    Err(Damage::Io(error)) => return Err(error),
                    Err(damage) => set_aside(&path, &damage),
                }
            }
        }
        for path in replaced {
            catalog.remove(&path);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok((catalog, highest))
    }

    pub(super) fn add(&mut self, layer: Layer, day: i64, file: ColumnFile) {
        let files = self.layer_mut(layer).entry(day).or_default();
        files.retain(|known| known.path != file.path);
        files.push(Arc::new(file));
    }

    pub(crate) fn remove(&mut self, path: &Path) {
        for layer in Layer::BOTH {
            let days = self.layer_mut(layer);
            days.values_mut().for_each(|files| files.retain(|file| file.path != path));
            days.retain(|_, files| !files.is_empty());
        }
    }

    /// The files of a layer that may hold what lies in `from..to`, in milliseconds.
    pub(crate) fn between(&self, layer: Layer, from: i64, to: i64) -> Vec<Arc<ColumnFile>> {
        let days = day(from)..=day(to.saturating_sub(1)).max(day(from));
        self.layer(layer).range(days).flat_map(|(_, files)| files.iter().map(Arc::clone)).collect()
    }

    pub(crate) fn layer(&self, layer: Layer) -> &BTreeMap<i64, Vec<Arc<ColumnFile>>> {
        match layer {
            Layer::Calls => &self.calls,
            Layer::Rollup => &self.rollups,
        }
    }

    fn layer_mut(&mut self, layer: Layer) -> &mut BTreeMap<i64, Vec<Arc<ColumnFile>>> {
        match layer {
            Layer::Calls => &mut self.calls,
            Layer::Rollup => &mut self.rollups,
        }
    }

    pub(super) fn status(&self) -> FilesStatus {
        let calls = || self.calls.values().flatten();
        FilesStatus {
            calls: calls().map(|file| file.rows()).sum(),
            call_bytes: calls().map(|file| file.bytes).sum(),
            rollup_bytes: self.rollups.values().flatten().map(|file| file.bytes).sum(),
            files: (calls().count() + self.rollups.values().flatten().count()) as u64,
            oldest: calls().filter_map(|file| file.range(0)).map(|range| Timestamp::from_millis(range.0)).min(),
        }
    }
}

/// Takes a damaged file out of the way, so that it stops nobody and can be looked into.
pub(crate) fn set_aside(path: &Path, damage: &Damage) {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".damaged");
    let moved = std::fs::rename(path, &aside).err();
    let (file, aside) = (path.display(), PathBuf::from(&aside));
    match moved {
        None => tracing::error!(%file, %damage, aside = %aside.display(), "a file of calls is damaged and set aside"),
        Some(error) => tracing::error!(%file, %damage, %error, "a file of calls is damaged and cannot be set aside"),
    }
}

/// The number a file is named for.
pub(super) fn number(path: &Path) -> u64 {
    path.file_stem().and_then(|stem| stem.to_str()?.parse().ok()).unwrap_or(0)
}

/// Days since 1970.
pub(crate) fn day(millis: i64) -> i64 {
    millis.div_euclid(DAY)
}

/// When a day begins, in milliseconds.
pub(super) fn beginning(day: i64) -> i64 {
    day.saturating_mul(DAY)
}

/// The path of a file.
pub(super) fn path(folder: &Path, day: i64, sequence: u64, layer: Layer) -> PathBuf {
    let date = Timestamp::from_millis(beginning(day)).to_string();
    // `2030-01-31` of `2030-01-31T00:00:00.000Z`.
    let date = date.split('T').next().unwrap_or_default();
    folder.join(date).join(format!("{sequence:012}.{}", layer.extension()))
}

fn day_of_name(name: &str) -> Option<i64> {
    format!("{name}T00:00:00Z").parse::<Timestamp>().ok().map(|at| day(at.as_millis()))
}
