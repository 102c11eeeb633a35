//! Blocks of fields, read.

use super::huffman;
use super::table::STATIC;
use super::{Dynamic, Entry, TABLE, Unreadable};
use crate::fields::wipe;

/// Bytes of text that are held for the next block.
const USUAL: usize = 16 * 1024;

/// Reads the blocks of one connection, in the order in which they come.
#[derive(Debug)]
pub(crate) struct Decoder {
    table: Dynamic,
    /// Where text is decoded to. It may hold credentials, and is wiped behind each block.
    text: Vec<u8>,
}

impl Decoder {
    pub(crate) fn new() -> Self {
        Self { table: Dynamic::new(), text: Vec::new() }
    }

    /// Reads a block, and hands each of its fields to `field`: name and value.
    pub(crate) fn read(&mut self, mut block: &[u8], mut field: impl FnMut(&[u8], &[u8])) -> Result<(), Unreadable> {
        let outcome = self.read_all(&mut block, &mut field);
        wipe(&mut self.text);
        // A text far longer than most is no reason to hold its memory.
        if self.text.capacity() > USUAL {
            self.text = Vec::new();
        }
        outcome
    }

    fn read_all(&mut self, block: &mut &[u8], field: &mut impl FnMut(&[u8], &[u8])) -> Result<(), Unreadable> {
        let mut begun = false;
        while let Some(first) = block.first().copied() {
            match first {
                0x80.. => {
                    let index = integer(block, 7)?;
                    let (name, value) = entry(&self.table, index)?;
                    field(name, value);
                }
                // The size of the table changes ahead of all fields or not at all (section 4.2).
                0x20..0x40 => {
                    let size = integer(block, 5)?;
                    if begun || size > TABLE {
                        return Err(Unreadable);
                    }
                    self.table.resize(size);
                    continue;
                }
                _ => {
                    let is_kept = first >= 0x40;
                    let index = integer(block, if is_kept { 6 } else { 4 })?;
                    // Also of what was there before: the next text may be shorter.
                    wipe(&mut self.text);
                    let name = match index {
                        0 => {
                            string(block, &mut self.text)?;
                            None
                        }
                        index => Some(index),
                    };
                    let begin = self.text.len();
                    string(block, &mut self.text)?;
                    let (own, value) = self.text.split_at(begin);
                    let name = match name {
                        Some(index) => entry(&self.table, index)?.0,
                        None => own,
                    };
                    field(name, value);
                    if is_kept {
                        // Made before the table is touched: its name may be of an entry that gives way to it.
                        let entry = Entry::new(name, value, 0);
                        self.table.add(entry);
                    }
                }
            }
            begun = true;
        }
        Ok(())
    }
}

/// Name and value by their index: the static table, then the dynamic one (section 2.3.3).
fn entry(table: &Dynamic, index: usize) -> Result<(&[u8], &[u8]), Unreadable> {
    let place = index.checked_sub(1).ok_or(Unreadable)?;
    match STATIC.get(place) {
        Some((name, value)) => Ok((name.as_bytes(), value.as_bytes())),
        None => {
            let entry = table.get(place - STATIC.len()).ok_or(Unreadable)?;
            Ok((entry.name(), entry.value()))
        }
    }
}

/// An integer whose first byte has room for so many bits (section 5.1). None here is larger than a few bytes say.
fn integer(block: &mut &[u8], bits: u32) -> Result<usize, Unreadable> {
    let (first, mut rest) = block.split_first().ok_or(Unreadable)?;
    let most = (1usize << bits) - 1;
    let mut value = usize::from(*first) & most;
    if value == most {
        let mut shift = 0;
        loop {
            let (next, behind) = rest.split_first().ok_or(Unreadable)?;
            rest = behind;
            value += (usize::from(*next) & 0x7f) << shift;
            if *next < 0x80 {
                break;
            }
            shift += 7;
            if shift > 21 {
                return Err(Unreadable);
            }
        }
    }
    *block = rest;
    Ok(value)
}

/// Appends a string (section 5.2) to `out`.
fn string(block: &mut &[u8], out: &mut Vec<u8>) -> Result<(), Unreadable> {
    let is_coded = block.first().ok_or(Unreadable)? & 0x80 != 0;
    let length = integer(block, 7)?;
    let (text, rest) = block.split_at_checked(length).ok_or(Unreadable)?;
    *block = rest;
    match is_coded {
        true => huffman::decode(text, out).ok_or(Unreadable)?,
        false => out.extend_from_slice(text),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    fn read(decoder: &mut Decoder, block: &[u8]) -> Result<Vec<String>, Unreadable> {
        let mut fields = Vec::new();
        decoder.read(block, |name, value| {
            fields.push(format!("{}: {}", String::from_utf8_lossy(name), String::from_utf8_lossy(value)));
        })?;
        assert!(decoder.text.is_empty());
        Ok(fields)
    }

    #[test]
    fn requests_of_appendix_c3_and_c4() {
        let plain = [
            "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
            "8286 84be 5808 6e6f 2d63 6163 6865",
            "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
        ];
        let coded = [
            "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
            "8286 84be 5886 a8eb 1064 9cbf",
            "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
        ];
        for blocks in [plain, coded] {
            let mut decoder = Decoder::new();
            let first = [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"];
            assert_eq!(read(&mut decoder, &hex(blocks[0])).unwrap(), first);
            assert_eq!(decoder.table.size, 57);
            let second = [&first[..], &["cache-control: no-cache"]].concat();
            assert_eq!(read(&mut decoder, &hex(blocks[1])).unwrap(), second);
            assert_eq!(decoder.table.size, 110);
            let third = [
                ":method: GET",
                ":scheme: https",
                ":path: /index.html",
                ":authority: www.example.com",
                "custom-key: custom-value",
            ];
            assert_eq!(read(&mut decoder, &hex(blocks[2])).unwrap(), third);
            assert_eq!(decoder.table.size, 164);
        }
    }

    #[test]
    fn answers_of_appendix_c6_make_old_entries_give_way() {
        let mut decoder = Decoder::new();
        decoder.table.resize(256);
        let first = "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 \
                     63c7 8f0b 97c8 e9ae 82ae 43d3";
        let answer = read(&mut decoder, &hex(first)).unwrap();
        assert_eq!(answer[0], ":status: 302");
        assert_eq!(answer[3], "location: https://www.example.com");
        assert_eq!(decoder.table.size, 222);
        read(&mut decoder, &hex("4883 640e ffc1 c0bf")).unwrap();
        assert_eq!(decoder.table.size, 222);
        let third = "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 \
                     b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07";
        let answer = read(&mut decoder, &hex(third)).unwrap();
        assert_eq!(answer[5], "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1");
        assert_eq!(decoder.table.size, 215);
    }

    #[test]
    fn what_cannot_be_read_is_said_to_be_so() {
        for bad in [
            // No index 0, none behind the tables.
            "80",
            "be",
            "fe",
            // A string longer than the block, one that is no code, an integer without end, one too large.
            "4005 61",
            "4081 ff00",
            "ff",
            "ffff ffff ffff ffff",
            "7fff ffff ff0f",
            // A table larger than may be, and a change of its size behind a field.
            "3fe2 1f",
            "8220",
            "40",
        ] {
            assert_eq!(read(&mut Decoder::new(), &hex(bad)), Err(Unreadable), "{bad}");
        }
        assert_eq!(read(&mut Decoder::new(), &hex("3fe1 1f82")).unwrap(), [":method: GET"]);
        assert_eq!(read(&mut Decoder::new(), &hex("2082")).unwrap(), [":method: GET"]);
    }

    #[test]
    fn a_long_text_is_not_held() {
        let mut decoder = Decoder::new();
        let mut block = hex("000161 7f");
        // 127 and 60,000 more.
        block.extend([0xe0, 0xd4, 0x03]);
        block.extend([b'x'; 60_127]);
        assert_eq!(read(&mut decoder, &block).unwrap().len(), 1);
        assert!(decoder.text.capacity() <= USUAL);
    }

    #[test]
    fn an_entry_larger_than_the_table_empties_it() {
        let mut decoder = Decoder::new();
        read(&mut decoder, &hex("400161 0162")).unwrap();
        assert_eq!(decoder.table.size, 34);
        let mut block = hex("400161 7f");
        // 127 and 4000 more.
        block.extend([0xa0, 0x1f]);
        block.extend([b'x'; 4127]);
        assert_eq!(read(&mut decoder, &block).unwrap().len(), 1);
        assert_eq!((decoder.table.size, decoder.table.entries.len()), (0, 0));
    }

    #[test]
    fn a_name_may_be_of_the_entry_that_gives_way() {
        let mut decoder = Decoder::new();
        decoder.table.resize(40);
        read(&mut decoder, &hex("400161 0162")).unwrap();
        assert_eq!(read(&mut decoder, &hex("7e 0163")).unwrap(), ["a: c"]);
        assert_eq!(read(&mut decoder, &hex("be")).unwrap(), ["a: c"]);
    }
}
