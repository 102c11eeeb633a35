//! When calls were recorded: what tells a minute without calls from a minute without Keyward.

use std::io::Write;
use std::path::{Path, PathBuf};

use keyward_model::Timestamp;

/// Spans that are remembered.
const MOST: usize = 10_000;
/// A clock that went back by more than this begins a new span.
const JITTER: i64 = 1000;

/// Spans of time in which calls were recorded.
#[derive(Debug)]
pub(crate) struct Uptime {
    path: PathBuf,
    /// Beginnings and ends in milliseconds, in the order in which they happened.
    spans: Vec<(i64, i64)>,
}

impl Uptime {
    /// Reads the spans of the past and begins one now. What cannot be read is as if it had not been.
    pub(super) fn begin(path: &Path, now: Timestamp) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let mut spans: Vec<(i64, i64)> = text
            .lines()
            .filter_map(|line| {
                let (begin, end) = line.split_once(' ')?;
                Some((begin.parse().ok()?, end.parse().ok()?))
            })
            .collect();
        spans.drain(..spans.len().saturating_sub(MOST));
        spans.push((now.as_millis(), now.as_millis()));
        Self { path: path.to_owned(), spans }
    }

    /// Calls are being recorded still.
    pub(super) fn go_on(&mut self, now: Timestamp) {
        let now = now.as_millis();
        match self.spans.last_mut() {
            Some((_, end)) if now >= *end - JITTER => *end = now.max(*end),
            _ => self.spans.push((now, now)),
        }
    }

    /// Writes the spans down. A crash costs the seconds since the last time.
    pub(super) fn write(&self) {
        let unfinished = self.path.with_extension("unfinished");
        let lines: String = self.spans.iter().map(|(begin, end)| format!("{begin} {end}\n")).collect();
        let written = std::fs::File::create(&unfinished)
            .and_then(|mut file| file.write_all(lines.as_bytes()))
            .and_then(|()| std::fs::rename(&unfinished, &self.path));
        if let Err(error) = written {
            tracing::debug!(%error, "the times of recording could not be written");
        }
    }

    /// The spans, in order and without overlap, up to `now`.
    pub(crate) fn spans(&self, now: Timestamp) -> Vec<(i64, i64)> {
        let mut spans = self.spans.clone();
        if let Some((begin, end)) = spans.last_mut() {
            *end = (*end).max(now.as_millis()).max(*begin);
        }
        spans.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::new();
        for (begin, end) in spans {
            match joined.last_mut() {
                Some((_, last)) if begin <= *last => *last = end.max(*last),
                _ => joined.push((begin, end)),
            }
        }
        joined
    }
}
