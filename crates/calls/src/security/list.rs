//! Reading security events back.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::path::Path;

use keyward_model::Timestamp;
use keyward_model::cidr::Cidr;
use keyward_model::security::{Listener, SecurityEvent, SecurityKind};
use keyward_store::{Page, PageRequest};
use uuid::Uuid;

use super::file::EventFiles;

/// Which events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityFilter {
    /// Of this kind.
    pub kind: Option<SecurityKind>,
    /// On this listener.
    pub listener: Option<Listener>,
    /// From this address, or one of this range.
    pub address: Option<Cidr>,
    /// At or after this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
}

/// Events cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum SecurityListError {
    /// `after` is no `next` of this list.
    #[error("the cursor is not one of this list")]
    BadCursor,
    /// Their file cannot be read.
    #[error("the file of security events cannot be read: {0}")]
    Unreadable(#[from] io::Error),
}

impl SecurityFilter {
    fn admits(&self, event: &SecurityEvent) -> bool {
        self.kind.is_none_or(|kind| event.kind == kind)
            && self.listener.is_none_or(|listener| event.listener == listener)
            && self.address.is_none_or(|range| range.contains(event.address))
            && self.from.is_none_or(|from| event.at >= from)
            && self.to.is_none_or(|to| event.at < to)
    }
}

/// A page, the newest first. One pass over both files, holding no more than the page.
pub(super) fn list(
    files: &EventFiles,
    filter: &SecurityFilter,
    page: &PageRequest,
) -> Result<Page<SecurityEvent>, SecurityListError> {
    let after: Option<Uuid> =
        page.after.as_deref().map(str::parse).transpose().map_err(|_| SecurityListError::BadCursor)?;
    let rows = page.limit.clamp(1, 1000) as usize;
    let mut newest = BTreeMap::new();
    // The current file first: one that gets its second name meanwhile is read twice, and none is missed.
    for path in [&files.current, &files.before] {
        read(path, |event| {
            if after.is_none_or(|after| event.id < after) && filter.admits(&event) {
                newest.insert(event.id, event);
                // One more than the page has tells whether another follows.
                if newest.len() > rows + 1 {
                    newest.pop_first();
                }
            }
        })?;
    }
    let more = newest.len() > rows;
    let items: Vec<SecurityEvent> = newest.into_values().rev().take(rows).collect();
    let next = items.last().filter(|_| more).map(|event| event.id.to_string());
    Ok(Page { items, next })
}

/// Hands over every event in a file; lines that are none, as a crash may leave, are passed over.
fn read(path: &Path, mut found: impl FnMut(SecurityEvent)) -> io::Result<()> {
    let mut lines = match File::open(path) {
        Ok(file) => BufReader::new(file),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        if let Ok(event) = serde_json::from_slice(&line) {
            found(event);
        }
        line.clear();
    }
    Ok(())
}
