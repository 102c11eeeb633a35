//! The calls since the last file was written: their details as columns, and their rollup.
//!
//! Everything that repeats is found by one look-up per part of a frame; what the part is made of is only read the
//! first time.

use std::net::IpAddr;

use crate::columns::{Table, Words};
use crate::frame::{self, Caller, Frame, Outcome, Place};
use crate::geo::{Geo, Location};
use crate::histogram::bucket;
use crate::minute::minute;
use crate::rollup::{Cells, Dimensions};
use crate::schema::{CALLS, call};
use crate::tally::{Cell, Key, Sums};

/// What calls there are since the last file was written.
#[derive(Debug)]
pub(crate) struct Segment {
    /// Its number; files and journals carry it.
    pub(crate) sequence: u64,
    pub(crate) calls: Table,
    pub(crate) cells: Cells,
    callers: Parts<2>,
    places: Parts<7>,
    /// Code, rule, and the place in `charted`.
    outcomes: Parts<3>,
    addresses: Parts<2>,
    asns: Vec<u32>,
    /// Status and code of outcomes, whatever their rule.
    charted: Vec<(u32, u32)>,
}

/// Parts seen, and where what they are made of stands in `N` columns.
#[derive(Debug)]
struct Parts<const N: usize> {
    words: Words,
    columns: Vec<[u32; N]>,
}

impl<const N: usize> Default for Parts<N> {
    fn default() -> Self {
        Self { words: Words::default(), columns: Vec::new() }
    }
}

impl<const N: usize> Parts<N> {
    /// The place of `part`; `read` says where what it is made of stands, when it is new.
    fn intern(&mut self, part: &[u8], read: impl FnOnce() -> [u32; N]) -> usize {
        let place = self.words.intern(part) as usize;
        if place == self.columns.len() {
            self.columns.push(read());
        }
        place
    }
}

impl Segment {
    pub(crate) fn new(sequence: u64) -> Self {
        let mut calls = Table::new(&CALLS);
        // The first word everywhere, so that it is known where it stands.
        for column in &mut calls.columns {
            column.intern(b"");
        }
        Self {
            sequence,
            calls,
            cells: Cells::default(),
            callers: Parts::default(),
            places: Parts::default(),
            outcomes: Parts::default(),
            addresses: Parts::default(),
            asns: Vec::new(),
            charted: Vec::new(),
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.calls.rows()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows() == 0 && self.cells.is_empty()
    }

    /// Takes in a call. One whose parts make no sense is passed over.
    pub(crate) fn take(&mut self, frame: &Frame<'_>, geo: &Geo) {
        let dimensions = Dimensions {
            caller: self.caller(frame.caller),
            place: self.place(frame.place),
            outcome: self.outcome(frame.outcome),
            address: self.address(frame.address, geo),
        };
        self.push(frame, dimensions);
        let key = (minute(frame.at), self.charted(dimensions));
        let sums = Sums { calls: 1, bytes_in: frame.bytes_in, bytes_out: frame.bytes_out, cost: u64::from(frame.cost) };
        let cell = self.cells.add(key.0, key.1, sums);
        let first_byte = frame.timing.first_byte_us;
        self.cells.sample(cell, bucket(frame.timing.total_us), (first_byte > 0).then(|| bucket(first_byte)));
    }

    /// Takes in calls whose details gave way.
    pub(crate) fn count(&mut self, key: &Key<'_>, counted: &Cell, geo: &Geo) {
        let dimensions = Dimensions {
            caller: self.caller(key.caller),
            place: self.place(key.place),
            outcome: self.outcome(key.outcome),
            address: self.address(key.address, geo),
        };
        let charted = self.charted(dimensions);
        let cell = self.cells.add(key.minute, charted, counted.sums);
        self.cells.merge(cell, &counted.total, &counted.first_byte);
    }

    /// The same without what is not charted: of the address only the country, of the outcome no rule.
    fn charted(&self, dimensions: Dimensions) -> Dimensions {
        Dimensions {
            address: self.addresses.columns[dimensions.address as usize][1],
            outcome: self.outcomes.columns[dimensions.outcome as usize][2],
            ..dimensions
        }
    }

    fn push(&mut self, frame: &Frame<'_>, dimensions: Dimensions) {
        let columns = &mut self.calls.columns;
        columns[call::AT].push_int64(frame.at.as_millis());
        columns[call::REQUEST_ID].push_uuid(*frame.request_id.as_bytes());
        let place = self.places.columns[dimensions.place as usize];
        for (column, id) in PLACE.into_iter().zip(place) {
            columns[column].push_id(id);
        }
        let caller = self.callers.columns[dimensions.caller as usize];
        columns[call::APP].push_id(caller[0]);
        columns[call::TOKEN].push_id(caller[1]);
        let outcome = self.outcomes.columns[dimensions.outcome as usize];
        columns[call::CODE].push_id(outcome[0]);
        columns[call::RULE].push_id(outcome[1]);
        columns[call::STATUS].push_int32(self.charted[outcome[2] as usize].0);
        let address = self.addresses.columns[dimensions.address as usize];
        columns[call::ADDRESS].push_id(address[0]);
        columns[call::COUNTRY].push_id(address[1]);
        columns[call::ASN].push_int32(self.asns[dimensions.address as usize]);
        columns[call::PATH].push_bytes(frame.path);
        columns[call::RETRIES].push_int32(u32::from(frame.retries));
        columns[call::BYTES_IN].push_int64(signed(frame.bytes_in));
        columns[call::BYTES_OUT].push_int64(signed(frame.bytes_out));
        columns[call::COST].push_int32(frame.cost);
        columns[call::QUEUE].push_int32(frame.timing.queue_us);
        columns[call::DECIDE].push_int32(frame.timing.decide_us);
        columns[call::CONNECT].push_int32(frame.timing.connect_us);
        columns[call::FIRST_BYTE].push_int32(frame.timing.first_byte_us);
        columns[call::TOTAL].push_int32(frame.timing.total_us);
        columns[call::REVISION].push_int64(signed(frame.revision));
        if frame.checks.is_empty() {
            columns[call::CHECKS].push_id(NONE);
        } else {
            let checks = frame::decode_checks(frame.checks).unwrap_or_default();
            let text = serde_json::to_vec(&checks).unwrap_or_default();
            columns[call::CHECKS].push_bytes(&text);
        }
    }

    fn caller(&mut self, part: &[u8]) -> u32 {
        let columns = &mut self.calls.columns;
        place(self.callers.intern(part, || {
            let caller = Caller::read(part).unwrap_or(Caller { app: None, token: None });
            [
                columns[call::APP].intern(caller.app.map(|app| app.to_string()).unwrap_or_default().as_bytes()),
                columns[call::TOKEN].intern(caller.token.as_ref().map_or("", |token| token.as_str()).as_bytes()),
            ]
        }))
    }

    fn place(&mut self, part: &[u8]) -> u32 {
        let columns = &mut self.calls.columns;
        place(self.places.intern(part, || {
            let read = Place::read(part);
            let text = |of: &dyn Fn(&Place<'_>) -> Option<String>| read.as_ref().and_then(of).unwrap_or_default();
            let texts = [
                text(&|place| place.team.map(|team| team.to_string())),
                text(&|place| place.api.map(|api| api.to_string())),
                text(&|place| place.api_name.map(str::to_owned)),
                text(&|place| place.route.map(str::to_owned)),
                text(&|place| Some(place.method.to_owned())),
                text(&|place| Some(place.protocol.as_str().to_owned())),
                text(&|place| place.target.map(str::to_owned)),
            ];
            std::array::from_fn(|number| columns[PLACE[number]].intern(texts[number].as_bytes()))
        }))
    }

    fn outcome(&mut self, part: &[u8]) -> u32 {
        let columns = &mut self.calls.columns;
        let charted = &mut self.charted;
        place(self.outcomes.intern(part, || {
            let read = Outcome::read(part).unwrap_or(Outcome { status: 0, code: None, rule: None });
            let code = columns[call::CODE].intern(read.code.map_or("", |code| code.as_str()).as_bytes());
            let rule = columns[call::RULE].intern(read.rule.unwrap_or_default().as_bytes());
            let both = (u32::from(read.status), code);
            let known = charted.iter().position(|known| *known == both).unwrap_or_else(|| {
                charted.push(both);
                charted.len() - 1
            });
            [code, rule, place(known)]
        }))
    }

    fn address(&mut self, part: &[u8], geo: &Geo) -> u32 {
        let columns = &mut self.calls.columns;
        let asns = &mut self.asns;
        place(self.addresses.intern(part, || {
            let address: Option<IpAddr> = frame::address(part);
            let Location { country, asn } = address.map(|address| geo.locate(address)).unwrap_or_default();
            asns.push(asn.unwrap_or(0));
            let text = address.map(|address| address.to_string()).unwrap_or_default();
            [
                columns[call::ADDRESS].intern(text.as_bytes()),
                columns[call::COUNTRY].intern(country.as_ref().map_or("", |country| country.as_str()).as_bytes()),
            ]
        }))
    }

    /// Where the words of a cell stand, in the order of the rollup's columns, and its status.
    pub(crate) fn dimensions(&self, of: Dimensions) -> ([u32; 8], u32) {
        let place = self.places.columns[of.place as usize];
        let caller = self.callers.columns[of.caller as usize];
        let (status, code) = self.charted[of.outcome as usize];
        ([place[0], caller[0], caller[1], place[2], place[3], place[4], of.address, code], status)
    }
}

/// Where the empty word stands in every dictionary.
const NONE: u32 = 0;

/// The columns that a place fills, in the order of its parts.
const PLACE: [usize; 7] =
    [call::TEAM, call::API, call::API_NAME, call::ROUTE, call::METHOD, call::PROTOCOL, call::TARGET];

/// A segment has far fewer rows than fit in 32 bits.
fn place(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
