//! What the writer took out of a lane at once.

use std::net::IpAddr;

use keyward_model::call::CallRecord;

use crate::frame::{self, Frame, frames};
use crate::geo::Location;
use crate::lane::Waiting;

/// Calls as they came from a lane, and the counts of those whose details gave way.
#[derive(Debug)]
pub struct Batch {
    pub(crate) held: Waiting,
    /// Bytes at the front of the frames that are done with.
    begin: usize,
}

impl Batch {
    pub(crate) fn new(held: Waiting) -> Self {
        Self { held, begin: 0 }
    }

    /// Calls whose details it holds.
    pub fn len(&self) -> usize {
        self.held.records
    }

    /// Whether it holds neither details nor counts.
    pub fn is_empty(&self) -> bool {
        self.held.records == 0 && self.held.tally.is_empty()
    }

    /// The details, as others see them.
    pub fn records(&self, locate: impl Fn(IpAddr) -> Location) -> Vec<CallRecord> {
        let record = |frame: Frame<'_>| {
            let location = frame::address(frame.address).map(&locate).unwrap_or_default();
            frame.record(location.country, location.asn)
        };
        frames(self.frames()).filter_map(record).collect()
    }

    pub(crate) fn frames(&self) -> &[u8] {
        self.held.frames.get(self.begin..).unwrap_or_default()
    }

    /// Lets the oldest details give way, `most` at most, and keeps their counts. Answers how many there were.
    pub(crate) fn give_way(&mut self, most: usize) -> usize {
        let mut rest = self.held.frames.get(self.begin..).unwrap_or_default();
        let mut given = 0;
        while given < most.min(self.held.records) {
            let Some(frame) = Frame::take(&mut rest) else { break };
            self.held.tally.count_frame(&frame);
            given += 1;
        }
        self.begin = self.held.frames.len() - rest.len();
        self.held.records -= given;
        given
    }

    /// The details one by one, and the counts alone.
    pub(crate) fn apart(mut self) -> (Vec<Batch>, Batch) {
        let one = |frame: &[u8]| {
            let frames = frame.to_vec();
            Batch::new(Waiting { frames, records: 1, ..Waiting::default() })
        };
        let mut rest = self.frames();
        let mut details = Vec::new();
        while !rest.is_empty() {
            let before = rest;
            if Frame::take(&mut rest).is_none() {
                break;
            }
            details.push(one(&before[..before.len() - rest.len()]));
        }
        let tally = std::mem::take(&mut self.held.tally);
        (details, Batch::new(Waiting { tally, ..Waiting::default() }))
    }

    /// Empty again, its room to be used anew.
    pub(crate) fn emptied(mut self) -> Waiting {
        self.held.clear();
        self.held
    }
}
