//! What becomes of events that were noted: added up, written down, said.

use std::collections::hash_map::{Entry, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use keyward_model::id::uuid_v7;
use keyward_model::security::SecurityEvent;
use keyward_model::{Clock, Random, Timestamp};

use super::file::EventFiles;
use super::{Sighting, WAITING};

/// Events that differ and are kept of one look: of a flood from everywhere, a hundred a second.
const MOST_AT_ONCE: usize = 20;
/// Lines in the log of the process within [`SAID_WITHIN`].
const MOST_SAID: u32 = 20;
const SAID_WITHIN: Duration = Duration::from_secs(60);

/// Where events are taken up.
pub(super) struct Desk {
    seen: Receiver<(Timestamp, Sighting)>,
    files: EventFiles,
    dropped: Arc<AtomicU64>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    /// Whether the last attempt to write failed.
    failing: bool,
    speech: Speech,
}

/// How much was said lately.
struct Speech {
    since: Duration,
    lines: u32,
    /// Events that no line was written for.
    unsaid: u64,
}

impl Desk {
    pub(super) fn new(
        folder: &Path,
        seen: Receiver<(Timestamp, Sighting)>,
        dropped: Arc<AtomicU64>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let speech = Speech { since: clock.monotonic(), lines: 0, unsaid: 0 };
        Self { seen, files: EventFiles::new(folder), dropped, clock, random, failing: false, speech }
    }

    /// Where they are written to.
    pub(super) fn files(&self) -> EventFiles {
        self.files.clone()
    }

    /// Takes up everything that was noted so far.
    pub(super) fn take(&mut self) {
        let mut events: Vec<SecurityEvent> = Vec::new();
        let mut places = HashMap::new();
        // Bounded, so that who notes without end does not hold this up without end.
        for (at, sighting) in self.seen.try_iter().take(WAITING) {
            let Sighting { kind, listener, address, detail, request_id } = sighting;
            match places.entry((kind, listener, address, detail)) {
                Entry::Occupied(place) => {
                    let place: usize = *place.get();
                    events[place].count += 1;
                }
                Entry::Vacant(_) if events.len() >= MOST_AT_ONCE => {
                    self.dropped.fetch_add(1, Ordering::Relaxed);
                }
                Entry::Vacant(vacant) => {
                    let detail = vacant.key().3.clone().into_owned();
                    let id = uuid_v7(&*self.clock, &*self.random);
                    vacant.insert(events.len());
                    events.push(SecurityEvent { id, at, kind, listener, address, detail, count: 1, request_id });
                }
            }
        }
        if !events.is_empty() {
            self.write(&events);
            events.iter().for_each(|event| self.say(event));
        }
        self.sum_up();
    }

    fn write(&mut self, events: &[SecurityEvent]) {
        let written = self.files.append(events);
        if written.is_err() {
            let lost = events.iter().map(|event| event.count).sum();
            self.dropped.fetch_add(lost, Ordering::Relaxed);
        }
        if written.is_err() != self.failing {
            self.failing = written.is_err();
            match written {
                Err(error) => tracing::warn!(%error, "security events cannot be written down; they are counted"),
                Ok(()) => tracing::info!("security events are written down again"),
            }
        }
    }

    fn say(&mut self, event: &SecurityEvent) {
        if self.speech.lines >= MOST_SAID {
            self.speech.unsaid += event.count;
            return;
        }
        self.speech.lines += 1;
        let SecurityEvent { kind, listener, address, count, detail, .. } = event;
        let request_id = event.request_id.map(tracing::field::display);
        tracing::warn!(%kind, %listener, %address, count, detail, request_id, "a caller was refused for what it sent");
    }

    /// Once in a while, says how much was not said.
    fn sum_up(&mut self) {
        let now = self.clock.monotonic();
        if now.saturating_sub(self.speech.since) < SAID_WITHIN {
            return;
        }
        if self.speech.unsaid > 0 {
            let events = self.speech.unsaid;
            tracing::warn!(events, "more security events came than are logged one by one; they are listed and counted");
        }
        self.speech = Speech { since: now, lines: 0, unsaid: 0 };
    }
}
