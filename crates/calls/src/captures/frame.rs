//! One capture as it stands in a segment: a mark, a checksum, lengths, the request's id and moment, then JSON under zstd.
//!
//! The mark is for finding the next capture behind a damaged one.

use std::io;

use keyward_model::Timestamp;
use keyward_model::captured::CapturedCall;
use uuid::Uuid;

use crate::frame::Reader;

/// What a capture begins with; the last byte is the version of what follows.
pub(super) const MARK: [u8; 4] = *b"kwc\x01";
/// Mark, checksum, length, length before compression, id, moment.
pub(super) const HEADER: usize = 4 + 4 + 4 + 4 + 16 + 8;
/// Where what the checksum is of begins.
const CHECKED: usize = 8;
/// Four parts of a mebibyte, each of whose bytes JSON may write as six.
const MOST: usize = 32 << 20;
/// Fast above all.
const LEVEL: i32 = 1;

/// The header of a capture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    checksum: u32,
    length: usize,
    raw: usize,
    pub(super) request_id: Uuid,
    pub(super) at: Timestamp,
}

/// Puts a capture into the form in which it is written.
pub(super) fn encode(call: &CapturedCall) -> io::Result<Vec<u8>> {
    let json = serde_json::to_vec(call)?;
    let payload = zstd::bulk::compress(&json, LEVEL)?;
    if json.len() > MOST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a capture is larger than captures can be"));
    }
    let mut bytes = Vec::with_capacity(HEADER + payload.len());
    bytes.extend_from_slice(&MARK);
    bytes.extend_from_slice(&[0; 4]);
    for length in [payload.len(), json.len()] {
        bytes.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    }
    bytes.extend_from_slice(call.request_id.as_bytes());
    bytes.extend_from_slice(&call.at.as_millis().to_le_bytes());
    bytes.extend_from_slice(&payload);
    let checksum = crc32fast::hash(&bytes[CHECKED..]);
    bytes[4..CHECKED].copy_from_slice(&checksum.to_le_bytes());
    Ok(bytes)
}

impl Header {
    /// Reads the header at the front of `bytes`; none where there is none.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes.strip_prefix(&MARK)?);
        let (checksum, length, raw) = (reader.u32()?, reader.u32()?, reader.u32()?);
        let request_id = Uuid::from_bytes(reader.array()?);
        let at = Timestamp::from_millis(reader.i64()?);
        let (length, raw) = (usize::try_from(length).ok()?, usize::try_from(raw).ok()?);
        (length <= MOST && raw <= MOST).then_some(Self { checksum, length, raw, request_id, at })
    }

    /// Bytes of the whole capture.
    pub(super) fn size(&self) -> usize {
        HEADER + self.length
    }

    /// Whether `bytes`, which begin with this header, hold the capture as it was written.
    pub(super) fn is_whole(&self, bytes: &[u8]) -> bool {
        bytes.get(CHECKED..self.size()).is_some_and(|checked| crc32fast::hash(checked) == self.checksum)
    }

    /// The capture that `bytes` begin with; none where it is damaged.
    pub(super) fn decode(&self, bytes: &[u8]) -> Option<CapturedCall> {
        if !self.is_whole(bytes) {
            return None;
        }
        let json = zstd::bulk::decompress(&bytes[HEADER..self.size()], self.raw).ok()?;
        serde_json::from_slice(&json).ok()
    }
}
