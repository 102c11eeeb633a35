//! A call as bytes: made on the path of a call without an allocation, kept in the lane, written to the journal as it
//! is, and read back by reference.
//!
//! A frame is a head of fixed length, little-endian, and then six parts of the lengths the head names. What repeats
//! from call to call stands together in one part, so that the writer finds it in a dictionary with one look-up:
//!
//! | part | holds |
//! | --- | --- |
//! | address | 4 or 16 bytes |
//! | caller | app and token |
//! | place | team, api, its name, route, method, target, protocol |
//! | outcome | status, code, rule |
//! | path | as it is |
//! | checks | those of a refused call |

use std::net::IpAddr;

use keyward_model::Timestamp;
use keyward_model::call::{CallRecord, Country, Timing};
use uuid::Uuid;

use crate::call::Call;

mod checks;
mod parts;
mod reader;

pub(crate) use checks::decode as decode_checks;
pub(crate) use parts::{Caller, Outcome, Place};
pub(crate) use reader::Reader;

/// Bytes of the head.
const HEAD: usize = 91;

/// Appends `call` to `into`.
pub(crate) fn encode(call: &Call<'_>, into: &mut Vec<u8>) {
    let start = into.len();
    into.extend_from_slice(&[0; HEAD]);
    let mut ends = [0; 6];
    put_address(call.address, into);
    ends[0] = into.len();
    parts::put_caller(call, into);
    ends[1] = into.len();
    parts::put_place(call, into);
    ends[2] = into.len();
    parts::put_outcome(call, into);
    ends[3] = into.len();
    into.extend_from_slice(cut(call.path, usize::from(u16::MAX)).as_bytes());
    ends[4] = into.len();
    checks::encode(call.checks, into);
    ends[5] = into.len();

    let mut head = Head { bytes: [0; HEAD], at: 0 };
    head.put(&length(ends[5] - start).to_le_bytes());
    head.put(&call.at.as_millis().to_le_bytes());
    head.put(call.request_id.as_bytes());
    head.put(&call.bytes_in.to_le_bytes());
    head.put(&call.bytes_out.to_le_bytes());
    head.put(&call.revision.to_le_bytes());
    head.put(&call.cost.to_le_bytes());
    let Timing { queue_us, decide_us, connect_us, first_byte_us, total_us } = call.timing;
    for micros in [queue_us, decide_us, connect_us, first_byte_us, total_us] {
        head.put(&micros.to_le_bytes());
    }
    let mut begin = start + HEAD;
    for end in &ends[..5] {
        head.put(&length(end - begin).to_le_bytes()[..2]);
        begin = *end;
    }
    head.put(&length(ends[5] - ends[4]).to_le_bytes());
    head.put(&[call.retries]);
    into[start..start + HEAD].copy_from_slice(&head.bytes);
}

/// Appends what calls are told apart by when only their counts are kept.
pub(crate) fn put_key(minute: i64, call: &Call<'_>, with_address: bool, into: &mut Vec<u8>) {
    into.extend_from_slice(&minute.to_le_bytes());
    let mut part = |put: &dyn Fn(&mut Vec<u8>)| {
        let at = into.len();
        into.extend_from_slice(&[0; 2]);
        put(into);
        let length = length(into.len() - at - 2).to_le_bytes();
        into[at..at + 2].copy_from_slice(&length[..2]);
    };
    part(&|into| {
        if with_address {
            put_address(call.address, into);
        }
    });
    part(&|into| parts::put_caller(call, into));
    part(&|into| parts::put_place(call, into));
    // Rules are not charted, and name tokens and values: they would keep apart what is alike.
    part(&|into| parts::put_outcome(&Call { rule: None, ..*call }, into));
}

/// The same of a call read back.
pub(crate) fn put_key_of(minute: i64, frame: &Frame<'_>, with_address: bool, into: &mut Vec<u8>) {
    into.extend_from_slice(&minute.to_le_bytes());
    let mut outcome = Vec::new();
    parts::put_outcome_without_rule(frame.outcome, &mut outcome);
    let address = if with_address { frame.address } else { &[] };
    for part in [address, frame.caller, frame.place, &outcome] {
        into.extend_from_slice(&length(part.len()).to_le_bytes()[..2]);
        into.extend_from_slice(part);
    }
}

struct Head {
    bytes: [u8; HEAD],
    at: usize,
}

impl Head {
    fn put(&mut self, bytes: &[u8]) {
        self.bytes[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }
}

/// A call read back by reference.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) at: Timestamp,
    pub(crate) request_id: Uuid,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) revision: u64,
    pub(crate) cost: u32,
    pub(crate) timing: Timing,
    pub(crate) retries: u8,
    pub(crate) address: &'a [u8],
    pub(crate) caller: &'a [u8],
    pub(crate) place: &'a [u8],
    pub(crate) outcome: &'a [u8],
    pub(crate) path: &'a [u8],
    pub(crate) checks: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Reads the frame at the front of `bytes` and moves behind it; none when it is not whole or makes no sense.
    pub(crate) fn take(bytes: &mut &'a [u8]) -> Option<Self> {
        let length = usize::try_from(u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?)).ok()?;
        let mut reader = Reader(bytes.get(4..length)?);
        let at = Timestamp::from_millis(reader.i64()?);
        let request_id = Uuid::from_bytes(reader.array()?);
        let (bytes_in, bytes_out, revision, cost) = (reader.u64()?, reader.u64()?, reader.u64()?, reader.u32()?);
        let timing = Timing {
            queue_us: reader.u32()?,
            decide_us: reader.u32()?,
            connect_us: reader.u32()?,
            first_byte_us: reader.u32()?,
            total_us: reader.u32()?,
        };
        let [address, caller, place, outcome, path] =
            [reader.u16()?, reader.u16()?, reader.u16()?, reader.u16()?, reader.u16()?].map(usize::from);
        let checks = usize::try_from(reader.u32()?).ok()?;
        let retries = reader.u8()?;
        let frame = Frame {
            at,
            request_id,
            bytes_in,
            bytes_out,
            revision,
            cost,
            timing,
            retries,
            address: reader.take(address)?,
            caller: reader.take(caller)?,
            place: reader.take(place)?,
            outcome: reader.take(outcome)?,
            path: reader.take(path)?,
            checks: reader.take(checks)?,
        };
        *bytes = &bytes[length..];
        reader.0.is_empty().then_some(frame)
    }

    /// The whole record, as others see it.
    pub(crate) fn record(&self, country: Option<Country>, asn: Option<u32>) -> Option<CallRecord> {
        let caller = Caller::read(self.caller)?;
        let place = Place::read(self.place)?;
        let outcome = Outcome::read(self.outcome)?;
        Some(CallRecord {
            request_id: self.request_id,
            at: self.at,
            team: place.team,
            app: caller.app,
            token: caller.token,
            api: place.api,
            api_name: place.api_name.and_then(|name| name.parse().ok()),
            route: place.route.and_then(|name| name.parse().ok()),
            method: place.method.to_owned(),
            path: String::from_utf8_lossy(self.path).into_owned(),
            status: outcome.status,
            code: outcome.code,
            rule: outcome.rule.map(str::to_owned),
            address: address(self.address)?,
            country,
            asn,
            protocol: place.protocol,
            target: place.target.map(str::to_owned),
            retries: self.retries,
            bytes_in: self.bytes_in,
            bytes_out: self.bytes_out,
            cost: self.cost,
            timing: self.timing,
            revision: self.revision,
            checks: checks::decode(self.checks)?,
        })
    }
}

/// Every frame of `bytes`, up to the first that makes no sense.
pub(crate) fn frames(mut bytes: &[u8]) -> impl Iterator<Item = Frame<'_>> {
    std::iter::from_fn(move || Frame::take(&mut bytes))
}

pub(crate) fn put_address(address: IpAddr, into: &mut Vec<u8>) {
    match address {
        IpAddr::V4(address) => into.extend_from_slice(&address.octets()),
        IpAddr::V6(address) => into.extend_from_slice(&address.octets()),
    }
}

pub(crate) fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        _ => None,
    }
}

/// The first `most` bytes of `text`, whole characters only.
fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// Parts are cut to 64 KiB and a call has a few dozen checks.
fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
