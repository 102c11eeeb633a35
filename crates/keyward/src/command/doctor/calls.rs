//! Where calls are kept, how much of them, and what says where addresses are.

use std::path::Path;

use keyward_calls::{Geo, GeoDatabase};
use keyward_model::Timestamp;

use super::{Finding, shown};
use crate::configuration::Configuration;

pub(super) fn look(configuration: &Configuration) -> Vec<Finding> {
    let mut findings = vec![kept(configuration)];
    let databases = Geo::open(&configuration.calls.geo).status().databases;
    if databases.is_empty() {
        findings.push(Finding::ok("addresses", "no database is named in `calls.geo`: countries are unknown"));
    }
    findings.extend(databases.iter().map(geo));
    findings
}

fn kept(configuration: &Configuration) -> Finding {
    let most = configuration.calls.most;
    let days = most.days.map_or("as long as each team asks for".to_owned(), |days| format!("for at most {days} days"));
    let Some(file) = configuration.store.calls_url.file_path() else {
        return Finding::ok("calls", format!("kept in {}, {days}", configuration.store.calls_url));
    };
    let folder = file.with_extension("");
    let (bytes, damaged) = size(&folder);
    let most = most.bytes.map_or(String::new(), |most| format!(" of at most {}", megabytes(most)));
    let detail = format!("{} in {}{most}, {days}", megabytes(bytes), shown(&folder));
    if damaged > 0 {
        let detail = format!("{detail}; {damaged} damaged files were set aside (*.damaged): what they held is missing");
        return Finding::warning("calls", detail);
    }
    Finding::ok("calls", detail)
}

/// Bytes of all files below a folder, and how many of them are damaged.
fn size(folder: &Path) -> (u64, u64) {
    let Ok(entries) = std::fs::read_dir(folder) else { return (0, 0) };
    entries.flatten().fold((0, 0), |(bytes, damaged), entry| {
        let Ok(metadata) = entry.metadata() else { return (bytes, damaged) };
        if metadata.is_dir() {
            let (inner, inner_damaged) = size(&entry.path());
            return (bytes + inner, damaged + inner_damaged);
        }
        let is_damaged = entry.path().extension().is_some_and(|extension| extension == "damaged");
        (bytes + metadata.len(), damaged + u64::from(is_damaged))
    })
}

pub(super) fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
}

fn geo(database: &GeoDatabase) -> Finding {
    let path = shown(&database.path);
    match (&database.kind, database.built, &database.problem) {
        (Some(kind), Some(built), None) => {
            let built = Timestamp::from_millis(i64::try_from(built.saturating_mul(1000)).unwrap_or(i64::MAX));
            Finding::ok("addresses", format!("{path} is {kind}, built {built}"))
        }
        (_, _, problem) => {
            let problem = problem.as_deref().unwrap_or("it could not be read");
            Finding::problem("addresses", format!("{path} cannot be used: {problem}"))
        }
    }
}
