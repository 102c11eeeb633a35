//! Heads and bodies as they leave: written anew from what was understood.

use crate::fields::Fields;

/// Adds `name: value` and the end of the line. Both are known to be well-formed. Inlined, since most names are known where
/// they are written and are then copied without a call.
#[inline(always)]
pub fn field(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.reserve(name.len() + value.len() + 4);
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// Adds a field whose value `write` appends, well-formed.
pub fn field_with(out: &mut Vec<u8>, name: &[u8], write: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    write(out);
    out.extend_from_slice(b"\r\n");
}

/// Adds a field whose value is a number.
pub fn number_field(out: &mut Vec<u8>, name: &[u8], value: u64) {
    field(out, name, itoa::Buffer::new().format(value).as_bytes());
}

/// Adds the first line of an answer.
pub fn status_line(out: &mut Vec<u8>, status: u16, reason: &str) {
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(itoa::Buffer::new().format(status).as_bytes());
    out.push(b' ');
    out.extend_from_slice(reason.as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// Adds a chunk; nothing for no content, which would be the last chunk.
pub fn chunk(out: &mut Vec<u8>, content: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    if content.is_empty() {
        return;
    }
    let digits = (usize::BITS - content.len().leading_zeros()).div_ceil(4);
    out.reserve(content.len() + 20);
    for place in (0..digits).rev() {
        out.push(DIGITS[content.len() >> (4 * place) & 15]);
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(content);
    out.extend_from_slice(b"\r\n");
}

/// Adds the last chunk, with trailers where there are any.
pub fn last_chunk(out: &mut Vec<u8>, trailers: Option<&Fields>) {
    out.extend_from_slice(b"0\r\n");
    for (_, name, value) in trailers.into_iter().flat_map(Fields::iter) {
        field(out, name, value);
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_say_how_long_they_are() {
        for (length, line) in [(1, "1"), (15, "f"), (16, "10"), (255, "ff"), (4096, "1000"), (65_535, "ffff")] {
            let mut out = Vec::new();
            chunk(&mut out, &vec![b'x'; length]);
            assert!(out.starts_with(format!("{line}\r\nx").as_bytes()) && out.ends_with(b"x\r\n"), "{length}");
            assert_eq!(out.len(), line.len() + length + 4);
        }
        let mut out = Vec::new();
        chunk(&mut out, b"");
        assert!(out.is_empty());
    }

    #[test]
    fn the_last_chunk_carries_trailers() {
        let mut trailers = Fields::default();
        trailers.push(b"grpc-status", b"0");
        let mut out = Vec::new();
        last_chunk(&mut out, Some(&trailers));
        last_chunk(&mut out, None);
        assert_eq!(out, b"0\r\ngrpc-status: 0\r\n\r\n0\r\n\r\n");
    }
}
