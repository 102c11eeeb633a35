//! What is kept of captures, and whether it is as it was written.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use keyward_calls::{CapturesFound, survey_captures};

use super::calls::megabytes;
use super::{Finding, shown};
use crate::configuration::Configuration;

const WHAT: &str = "captures";

pub(super) fn look(configuration: &Configuration, quick: bool) -> Finding {
    let folder = configuration.data_dir.join("captures");
    let Ok(metadata) = folder.metadata() else {
        return Finding::ok(WHAT, "none: no api had any of its calls captured here");
    };
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let path = shown(&folder);
        return Finding::problem(WHAT, format!("{path} can be read by others (mode {mode:03o}); chmod 700 {path}"));
    }
    match survey_captures(&folder, !quick) {
        Ok(found) => finding(&folder, &found, configuration.calls.capture_bytes),
        Err(error) => Finding::problem(WHAT, format!("{} cannot be looked through: {error}", shown(&folder))),
    }
}

fn finding(folder: &Path, found: &CapturesFound, most: u64) -> Finding {
    let (bytes, most) = (megabytes(found.bytes), megabytes(most));
    let count = found.captures.map_or_else(String::new, |captures| format!("{captures} captures, "));
    let detail = format!("{count}{bytes} of at most {most} in {}", shown(folder));
    if let Some((path, error)) = found.unreadable.first() {
        let path = shown(path);
        return Finding::problem(WHAT, format!("{detail}; {} cannot be read: {path}: {error}", found.unreadable.len()));
    }
    if let Some(path) = found.damaged.first() {
        let files = found.damaged.len();
        let detail = format!(
            "{detail}; {files} of {} files are damaged, {} the first: what is damaged in them is not shown, all else is",
            found.files,
            shown(path)
        );
        return Finding::warning(WHAT, detail);
    }
    Finding::ok(WHAT, detail)
}
