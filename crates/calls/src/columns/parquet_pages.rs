//! How values lie in the pages of a Parquet file: PLAIN, BYTE_STREAM_SPLIT, and RLE_DICTIONARY, of the kinds that
//! [`super::write`] writes. What other encodings there are, a file of ours does not have.

use super::Damage;

/// Bits that hold every number below `count`.
pub(crate) fn bits_for(count: usize) -> u8 {
    let most = u32::try_from(count.saturating_sub(1)).unwrap_or(u32::MAX);
    u8::try_from(u32::BITS - most.leading_zeros()).unwrap_or(32).max(1)
}

/// RLE_DICTIONARY: the width in bits, then runs. A run of equal values that is long enough stands as one value,
/// everything else is packed by eights.
pub(crate) fn put_ids(ids: &[u32], bits: u8, into: &mut Vec<u8>) {
    const LONG: usize = 16;
    into.push(bits);
    let mut at = 0;
    let mut packed_from = 0;
    while at < ids.len() {
        let run = ids[at..].iter().take_while(|id| **id == ids[at]).count();
        // Packed values come in whole eights: a run takes over only where the packed ones before it are that.
        let spare = (8 - (at - packed_from) % 8) % 8;
        if run >= LONG + spare {
            at += spare;
            pack(&ids[packed_from..at], bits, into);
            let run = run - spare;
            put_varint((run as u64) << 1, into);
            into.extend_from_slice(&ids[at].to_le_bytes()[..usize::from(bits).div_ceil(8)]);
            at += run;
            packed_from = at;
        } else {
            at += run;
        }
    }
    pack(&ids[packed_from..], bits, into);
}

fn pack(ids: &[u32], bits: u8, into: &mut Vec<u8>) {
    if ids.is_empty() {
        return;
    }
    let eights = ids.len().div_ceil(8);
    put_varint((eights as u64) << 1 | 1, into);
    let (mut word, mut filled) = (0u64, 0u32);
    for id in ids.iter().copied().chain(std::iter::repeat_n(0, eights * 8 - ids.len())) {
        word |= u64::from(id) << filled;
        filled += u32::from(bits);
        while filled >= 8 {
            into.push(word.to_le_bytes()[0]);
            word >>= 8;
            filled -= 8;
        }
    }
}

/// Reads `rows` numbers below `below` that [`put_ids`], or anybody else, wrote.
pub(crate) fn ids(mut bytes: &[u8], rows: usize, below: usize, into: &mut Vec<u32>) -> Result<(), Damage> {
    let damaged = || Damage::content("a dictionary page and its places do not fit");
    let (bits, rest) = bytes.split_first().ok_or_else(damaged)?;
    bytes = rest;
    let bits = u32::from(*bits);
    if bits > 32 {
        return Err(damaged());
    }
    let end = into.len() + rows;
    into.reserve(rows);
    let mask = if bits == 32 { u64::from(u32::MAX) } else { (1u64 << bits) - 1 };
    while into.len() < end {
        let header = varint(&mut bytes).ok_or_else(damaged)?;
        let left = end - into.len();
        if header & 1 == 0 {
            let run = usize::try_from(header >> 1).map_err(|_| damaged())?.min(left);
            if run == 0 {
                return Err(damaged());
            }
            let (value, rest) = bytes.split_at_checked(bits.div_ceil(8) as usize).ok_or_else(damaged)?;
            bytes = rest;
            let mut padded = [0; 4];
            padded[..value.len()].copy_from_slice(value);
            into.resize(into.len() + run, u32::from_le_bytes(padded));
        } else {
            let eights = usize::try_from(header >> 1).map_err(|_| damaged())?;
            let length = eights.checked_mul(bits as usize).ok_or_else(damaged)?;
            let (packed, rest) = bytes.split_at_checked(length.min(bytes.len())).ok_or_else(damaged)?;
            bytes = rest;
            let count = (eights * 8).min(left);
            if count == 0 || packed.len() * 8 < count * bits as usize {
                return Err(damaged());
            }
            unpack(packed, bits, mask, count, into);
        }
    }
    // One pass, so that everybody after may index without a thought.
    let most = into[end - rows..].iter().copied().max().unwrap_or(0) as usize;
    if rows > 0 && most >= below { Err(damaged()) } else { Ok(()) }
}

#[expect(clippy::cast_possible_truncation, reason = "masked to at most 32 bits")]
fn unpack(packed: &[u8], bits: u32, mask: u64, count: usize, into: &mut Vec<u32>) {
    let mut bit = 0usize;
    // Eight bytes hold any value of up to 32 bits at any bit offset.
    let fast = packed.len().saturating_sub(8) * 8;
    let mut done = 0;
    while done < count && bit < fast {
        let at = bit >> 3;
        let word = packed[at..at + 8].try_into().map_or(0, u64::from_le_bytes);
        into.push((word >> (bit & 7) & mask) as u32);
        bit += bits as usize;
        done += 1;
    }
    while done < count {
        let mut word = [0; 8];
        let left = packed.get(bit >> 3..).unwrap_or_default();
        let length = left.len().min(8);
        word[..length].copy_from_slice(&left[..length]);
        into.push((u64::from_le_bytes(word) >> (bit & 7) & mask) as u32);
        bit += bits as usize;
        done += 1;
    }
}

pub(crate) fn put_varint(mut value: u64, into: &mut Vec<u8>) {
    while value >= 0x80 {
        into.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    into.push(value.to_le_bytes()[0]);
}

pub(crate) fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// BYTE_STREAM_SPLIT: first bytes of all values, then their second bytes, and so on. High bytes are mostly zero, and
/// so compress to nothing.
pub(crate) fn split<const N: usize>(values: impl ExactSizeIterator<Item = [u8; N]>, into: &mut Vec<u8>) {
    let (start, count) = (into.len(), values.len());
    into.resize(start + count * N, 0);
    let streams = &mut into[start..];
    for (row, value) in values.enumerate() {
        for (byte, value) in value.into_iter().enumerate() {
            streams[byte * count + row] = value;
        }
    }
}

/// The values of [`split`] together again.
pub(crate) fn join<const N: usize>(bytes: &[u8], rows: usize) -> Result<impl Iterator<Item = [u8; N]>, Damage> {
    if bytes.len() != rows * N {
        return Err(Damage::content("a page has another length than its rows"));
    }
    let streams: [&[u8]; N] = std::array::from_fn(|byte| &bytes[byte * rows..(byte + 1) * rows]);
    Ok((0..rows).map(move |row| std::array::from_fn(|byte| streams[byte][row])))
}

/// The numbers of [`split`] together again, into `values` of zero: stream by stream, which the compiler makes wide
/// steps of; a stream of zeros is passed over. `at` puts a byte at its place in a number.
pub(crate) fn join_numbers<const N: usize, T: Copy + std::ops::BitOrAssign>(
    bytes: &[u8],
    values: &mut [T],
    at: impl Fn(u8, usize) -> T,
) -> Result<(), Damage> {
    if bytes.len() != values.len() * N {
        return Err(Damage::content("a page has another length than its rows"));
    }
    for (byte, stream) in bytes.chunks_exact(values.len().max(1)).enumerate() {
        // By wide steps too.
        if stream.chunks(256).any(|values| values.iter().fold(0, |any, value| any | value) != 0) {
            values.iter_mut().zip(stream).for_each(|(number, value)| *number |= at(*value, 8 * byte));
        }
    }
    Ok(())
}

/// PLAIN byte arrays: each behind its length in four bytes.
pub(crate) fn put_texts<'a>(texts: impl Iterator<Item = &'a [u8]>, into: &mut Vec<u8>) {
    for text in texts {
        into.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
        into.extend_from_slice(text);
    }
}

/// The texts of [`put_texts`], appended to `bytes` and `ends`.
pub(crate) fn texts(mut page: &[u8], rows: usize, bytes: &mut Vec<u8>, ends: &mut Vec<u32>) -> Result<(), Damage> {
    bytes.reserve(page.len());
    ends.reserve(rows);
    for _ in 0..rows {
        let (length, rest) = page.split_first_chunk::<4>().ok_or_else(|| Damage::content("a page ends early"))?;
        let (text, rest) = rest
            .split_at_checked(u32::from_le_bytes(*length) as usize)
            .ok_or_else(|| Damage::content("a text ends behind its page"))?;
        page = rest;
        bytes.extend_from_slice(text);
        ends.push(u32::try_from(bytes.len()).map_err(|_| Damage::content("a column of more than 4 GiB"))?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn places_read_back(runs in prop::collection::vec((0u32..70_000, 1usize..60), 0..60)) {
            let written: Vec<u32> = runs.iter().flat_map(|(id, run)| std::iter::repeat_n(*id, *run)).collect();
            let below = written.iter().max().map_or(1, |most| *most as usize + 1);
            let mut bytes = Vec::new();
            put_ids(&written, bits_for(below), &mut bytes);
            let mut read = Vec::new();
            ids(&bytes, written.len(), below, &mut read).unwrap();
            prop_assert_eq!(&read, &written);
        }

        #[test]
        fn hostile_places_are_refused_and_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), rows in 0usize..100) {
            let mut read = Vec::new();
            if ids(&bytes, rows, 5, &mut read).is_ok() {
                prop_assert!(read.iter().all(|id| *id < 5));
                prop_assert_eq!(read.len(), rows);
            }
        }

        #[test]
        fn streams_join(values in prop::collection::vec(any::<u32>(), 0..50)) {
            let mut bytes = Vec::new();
            split(values.iter().map(|value| value.to_le_bytes()), &mut bytes);
            let read: Vec<u32> = join::<4>(&bytes, values.len()).unwrap().map(u32::from_le_bytes).collect();
            prop_assert_eq!(&read, &values);
            let mut numbers = vec![0u32; values.len()];
            join_numbers::<4, u32>(&bytes, &mut numbers, |value, shift| u32::from(value) << shift).unwrap();
            prop_assert_eq!(numbers, values);
        }
    }
}
