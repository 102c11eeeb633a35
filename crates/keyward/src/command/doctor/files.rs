//! Who may read what in the data directory.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Finding, shown};
use crate::configuration::Configuration;

pub(super) fn look(configuration: &Configuration) -> Vec<Finding> {
    let directory = &configuration.data_dir;
    let Some(mode) = mode(directory) else {
        return vec![Finding::problem("data directory", format!("{} is not there", shown(directory)))];
    };
    let mut findings = vec![if mode & 0o077 == 0 {
        Finding::ok("data directory", format!("{} is its owner's alone", shown(directory)))
    } else {
        let path = shown(directory);
        Finding::warning("data directory", format!("{path} can be read by others (mode {mode:03o}); chmod 700 {path}"))
    }];
    let named = ["keyward.db", "operator.token", "demo.token"].map(|name| directory.join(name));
    for path in named.iter().chain([&configuration.master_key_file]) {
        findings.extend(exposed(path));
    }
    findings
}

fn exposed(path: &Path) -> Option<Finding> {
    let mode = mode(path)?;
    let path = shown(path);
    (mode & 0o077 != 0)
        .then(|| Finding::problem("files", format!("{path} can be read by others (mode {mode:03o}); chmod 600 {path}")))
}

fn mode(path: &Path) -> Option<u32> {
    std::fs::metadata(path).ok().map(|metadata| metadata.permissions().mode() & 0o777)
}
