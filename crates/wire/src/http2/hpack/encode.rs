//! Blocks of fields, written.

use super::table::{self, STATIC, STATUS};
use super::{Dynamic, Entry, TABLE};

/// Whether a field is worth a place in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// It is the same in most messages.
    Table,
    /// It is another in most of them.
    Not,
    /// It is secret: no one on the way keeps it either (RFC 7541 section 7.1.3).
    Never,
}

/// Writes the blocks of one connection, in the order in which they are sent.
#[derive(Debug)]
pub struct Encoder {
    table: Dynamic,
    /// Whether the other side is to be told the size of the table with the next block, and the least it had meanwhile.
    resized: Option<usize>,
}

impl Encoder {
    /// Begins a connection.
    pub(crate) fn new() -> Self {
        Self { table: Dynamic::new(), resized: None }
    }

    /// The other side holds a table of that many bytes at most; what is used of it is bounded here.
    pub(crate) fn bound(&mut self, most: usize) {
        let limit = most.min(TABLE);
        if limit != self.table.limit {
            self.table.resize(limit);
            self.resized = Some(self.resized.map_or(limit, |least| least.min(limit)));
        }
    }

    /// Begins a block.
    pub(crate) fn begin(&mut self, out: &mut Vec<u8>) {
        if let Some(least) = self.resized.take() {
            // RFC 7541 section 4.2: the least, for what the other side dropped meanwhile, then the one that counts.
            if least < self.table.limit {
                integer(out, 0x20, 5, least);
            }
            integer(out, 0x20, 5, self.table.limit);
        }
    }

    /// Writes `:status`, of three digits.
    pub(crate) fn status(&mut self, out: &mut Vec<u8>, status: u16) {
        let digits = [status / 100 % 10, status / 10 % 10, status % 10].map(|digit| b'0' + digit as u8);
        let known = STATIC[STATUS - 1..STATUS + 6].iter().position(|(_, known)| known.as_bytes() == digits);
        match known {
            Some(place) => out.push(0x80 | (STATUS + place) as u8),
            None => {
                out.push(STATUS as u8);
                string(out, &digits);
            }
        }
    }

    /// Writes a field. Its name may be in any case; HTTP/2 knows only lower case (RFC 9113 section 8.2.1).
    pub fn field(&mut self, out: &mut Vec<u8>, name: &[u8], value: &[u8], keep: Keep) {
        if name.iter().any(u8::is_ascii_uppercase) {
            return self.field(out, &name.to_ascii_lowercase(), value, keep);
        }
        let index = table::index_of(name);
        if keep == Keep::Table {
            let hash = hash(name, value);
            let is_same = |entry: &Entry| entry.hash == hash && entry.name() == name && entry.value() == value;
            if let Some(place) = self.table.entries.iter().position(is_same) {
                return integer(out, 0x80, 7, STATIC.len() + 1 + place);
            }
            literal(out, (0x40, 6), index, name, value);
            return self.table.add(Entry::new(name, value, hash));
        }
        literal(out, (if keep == Keep::Never { 0x10 } else { 0 }, 4), index, name, value);
    }
}

/// A field as it is, its name by index where there is one (section 6.2).
fn literal(out: &mut Vec<u8>, (pattern, bits): (u8, u32), index: Option<usize>, name: &[u8], value: &[u8]) {
    match index {
        Some(index) => integer(out, pattern, bits, index),
        None => {
            out.push(pattern);
            string(out, name);
        }
    }
    string(out, value);
}

fn integer(out: &mut Vec<u8>, pattern: u8, bits: u32, value: usize) {
    let most = (1usize << bits) - 1;
    if value < most {
        return out.push(pattern | value as u8);
    }
    out.push(pattern | most as u8);
    let mut rest = value - most;
    while rest >= 0x80 {
        out.push(0x80 | (rest & 0x7f) as u8);
        rest >>= 7;
    }
    out.push(rest as u8);
}

fn string(out: &mut Vec<u8>, text: &[u8]) {
    integer(out, 0, 7, text.len());
    out.extend_from_slice(text);
}

/// Tells most fields apart; which of them are the same, their text decides.
fn hash(name: &[u8], value: &[u8]) -> u32 {
    let mut hash = (name.len() as u64) << 32 | value.len() as u64;
    let mut mix = |word: u64| hash = (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    for text in [name, value] {
        let (words, rest) = text.as_chunks::<8>();
        words.iter().for_each(|word| mix(u64::from_le_bytes(*word)));
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        mix(u64::from_le_bytes(last));
    }
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::super::Decoder;
    use super::*;

    fn decoded(decoder: &mut Decoder, block: &[u8]) -> Vec<(String, String)> {
        let mut fields = Vec::new();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        decoder.read(block, |name, value| fields.push((text(name), text(value)))).unwrap();
        fields
    }

    fn block(encoder: &mut Encoder, fields: &[(&str, &str, Keep)]) -> Vec<u8> {
        let mut out = Vec::new();
        encoder.begin(&mut out);
        for (name, value, keep) in fields {
            encoder.field(&mut out, name.as_bytes(), value.as_bytes(), *keep);
        }
        out
    }

    #[test]
    fn what_is_written_is_read_again_and_costs_a_byte_the_second_time() {
        let (mut encoder, mut decoder) = (Encoder::new(), Decoder::new());
        let fields = [
            ("content-type", "text/plain", Keep::Table),
            ("Via", "1.1 keyward", Keep::Table),
            ("x-own", "a", Keep::Table),
        ];
        let first = block(&mut encoder, &fields);
        let second = block(&mut encoder, &fields);
        assert!(first.len() > 30 && second.len() == 3, "{} {}", first.len(), second.len());
        for block in [first, second] {
            let read = decoded(&mut decoder, &block);
            assert_eq!(read[1], ("via".to_owned(), "1.1 keyward".to_owned()));
            assert_eq!(read.len(), 3);
        }
    }

    #[test]
    fn what_is_secret_or_fleeting_has_no_place_in_the_table() {
        let mut encoder = Encoder::new();
        let fields = [("x-key", "secret", Keep::Never), ("x-request-id", "1", Keep::Not)];
        let out = block(&mut encoder, &fields);
        assert!(encoder.table.entries.is_empty());
        assert_eq!((out[0], out[1 + 6 + 7]), (0x10, 0));
        assert_eq!(decoded(&mut Decoder::new(), &out).len(), 2);
    }

    #[test]
    fn a_smaller_table_of_the_other_side_is_kept_to() {
        let (mut encoder, mut decoder) = (Encoder::new(), Decoder::new());
        let field = [("content-type", "text/plain", Keep::Table)];
        decoded(&mut decoder, &block(&mut encoder, &field));
        encoder.bound(0);
        encoder.bound(1 << 20);
        let out = block(&mut encoder, &field);
        assert_eq!(out[..4], [0x20, 0x3f, 0xe1, 0x1f], "none, then 4,096");
        assert_eq!(decoded(&mut decoder, &out), [("content-type".to_owned(), "text/plain".to_owned())]);
        encoder.bound(0);
        let out = block(&mut encoder, &field);
        assert_eq!(out[0], 0x20);
        assert!(encoder.table.entries.is_empty());
        assert_eq!(decoded(&mut decoder, &out).len(), 1);
    }

    #[test]
    fn entries_give_way_on_both_sides_alike() {
        let (mut encoder, mut decoder) = (Encoder::new(), Decoder::new());
        for number in 0..1000 {
            let value = format!("{}", number % 90).repeat(20);
            let fields = [("x-number", value.as_str(), Keep::Table), ("date", value.as_str(), Keep::Table)];
            let read = decoded(&mut decoder, &block(&mut encoder, &fields));
            assert_eq!((read[0].1.as_str(), read[1].1.as_str()), (value.as_str(), value.as_str()));
            assert!(encoder.table.size <= TABLE);
        }
    }

    #[test]
    fn a_status_is_an_index_or_three_digits() {
        for status in [100, 103, 200, 204, 206, 304, 400, 401, 404, 429, 500, 502, 599] {
            let mut out = Vec::new();
            Encoder::new().status(&mut out, status);
            assert_eq!(decoded(&mut Decoder::new(), &out), [(":status".to_owned(), status.to_string())]);
            assert!(out.len() == 1 || ![200, 204, 206, 304, 400, 404, 500].contains(&status));
        }
    }
}
