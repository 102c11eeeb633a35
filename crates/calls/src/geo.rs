//! Where an address is: country and autonomous system, from databases in MaxMind's format that the operator names.
//!
//! Asked by the writer, once per address and segment. Without a database nothing is known, and [`GeoStatus`] says so.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};
use std::time::SystemTime;

use keyward_model::call::Country;
use maxminddb::{Reader, path};
use serde::Serialize;

/// What is known about where an address is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// Its country; where the network is registered, if the database says no more.
    pub country: Option<Country>,
    /// Its autonomous system.
    pub asn: Option<u32>,
}

/// The databases and what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GeoStatus {
    /// Each database that was named.
    pub databases: Vec<GeoDatabase>,
}

/// A database of addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GeoDatabase {
    /// Its file.
    pub path: PathBuf,
    /// What it says of itself: `GeoLite2-Country`. None while it cannot be used.
    pub kind: Option<String>,
    /// When it was built, in seconds since 1970.
    pub built: Option<u64>,
    /// Why it, or its latest version, is not used.
    pub problem: Option<String>,
}

/// The databases in use.
#[derive(Debug, Default)]
pub struct Geo {
    sources: RwLock<Vec<Source>>,
}

#[derive(Debug)]
struct Source {
    path: PathBuf,
    changed: Option<SystemTime>,
    reader: Option<Reader<Vec<u8>>>,
    problem: Option<String>,
}

impl Geo {
    /// Over one database or two: of countries or cities, and of autonomous systems. One that cannot be read is said
    /// so in the log and the status, and tried again when its file changes.
    pub fn open(paths: &[PathBuf]) -> Self {
        let source = |path: &PathBuf| Source { path: path.clone(), changed: None, reader: None, problem: None };
        let geo = Self { sources: RwLock::new(paths.iter().map(source).collect()) };
        geo.reload();
        geo
    }

    /// Reads anew what has changed since. Answers whether anything has.
    pub fn reload(&self) -> bool {
        let stale: Vec<(usize, PathBuf, Option<SystemTime>)> = {
            let sources = self.sources.read().unwrap_or_else(PoisonError::into_inner);
            let changed = |source: &Source| (modified(&source.path), source.changed);
            let numbered = sources.iter().enumerate();
            numbered
                .filter(|(_, source)| changed(source).0 != changed(source).1 || never_tried(source))
                .map(|(number, source)| (number, source.path.clone(), modified(&source.path)))
                .collect()
        };
        for (number, path, changed) in &stale {
            // Read without the lock: a writer that asks meanwhile is answered from what there was.
            let read = Reader::open_readfile(path);
            let mut sources = self.sources.write().unwrap_or_else(PoisonError::into_inner);
            let source = &mut sources[*number];
            source.changed = *changed;
            match read {
                Ok(reader) => {
                    let (path, kind) = (path.display(), &reader.metadata().database_type);
                    tracing::info!(%path, kind, "addresses are looked up in this database");
                    (source.reader, source.problem) = (Some(reader), None);
                }
                Err(error) => {
                    tracing::warn!(path = %path.display(), %error, "this database of addresses cannot be used");
                    source.problem = Some(error.to_string());
                }
            }
        }
        !stale.is_empty()
    }

    /// What is known of `address`.
    pub fn locate(&self, address: IpAddr) -> Location {
        let address = address.to_canonical();
        let mut location = Location::default();
        let sources = self.sources.read().unwrap_or_else(PoisonError::into_inner);
        for reader in sources.iter().filter_map(|source| source.reader.as_ref()) {
            let Ok(found) = reader.lookup(address) else { continue };
            let country = || {
                let by = |key| found.decode_path::<&str>(&path![key, "iso_code"]).ok().flatten();
                by("country").or_else(|| by("registered_country"))?.parse().ok()
            };
            location.country = location.country.or_else(country);
            let asn = || found.decode_path::<u32>(&path!["autonomous_system_number"]).ok().flatten();
            location.asn = location.asn.or_else(asn);
        }
        location
    }

    /// The databases and what became of them.
    pub fn status(&self) -> GeoStatus {
        let sources = self.sources.read().unwrap_or_else(PoisonError::into_inner);
        let databases = sources
            .iter()
            .map(|source| {
                let metadata = source.reader.as_ref().map(Reader::metadata);
                GeoDatabase {
                    path: source.path.clone(),
                    kind: metadata.map(|metadata| metadata.database_type.clone()),
                    built: metadata.map(|metadata| metadata.build_epoch),
                    problem: source.problem.clone(),
                }
            })
            .collect();
        GeoStatus { databases }
    }
}

fn never_tried(source: &Source) -> bool {
    source.reader.is_none() && source.problem.is_none()
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}
