//! The Huffman code of header fields (RFC 7541 section 5.2 and appendix B).
//!
//! The code is canonical: codes of one length follow one another in the order of their symbols, and behind them come the
//! longer ones. So the lengths say it all, and the tables are made of them when this is compiled.

/// Bits of the code of each byte, and of the end of a string, which no string may hold.
#[rustfmt::skip]
const LENGTHS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
    28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7,
    7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21,
    23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24,
    21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];

const LONGEST: usize = 30;
const END: u16 = 256;
/// Bits that are looked up at once: most text is of codes no longer than that.
const PREFIX: u32 = 8;

/// A code is decoded by its length: those of one length are numbers in a row.
struct Tables {
    /// For each prefix, the symbol and the length of the code that it begins with; length 0 where the code is longer.
    short: [(u8, u8); 1 << PREFIX],
    /// For each length, the first code behind those of that length, at the upper end of 32 bits.
    limit: [u32; LONGEST + 1],
    /// For each length, what to add to a code of it for its place among the symbols.
    offset: [i64; LONGEST + 1],
    /// All symbols in the order of their codes.
    symbols: [u16; 257],
}

static TABLES: Tables = Tables::new();

impl Tables {
    const fn new() -> Self {
        let mut tables =
            Self { short: [(0, 0); 1 << PREFIX], limit: [0; LONGEST + 1], offset: [0; LONGEST + 1], symbols: [0; 257] };
        let (mut code, mut place, mut length) = (0u64, 0, 1);
        while length <= LONGEST {
            code <<= 1;
            tables.offset[length] = place as i64 - code as i64;
            let mut symbol = 0;
            while symbol < LENGTHS.len() {
                if LENGTHS[symbol] as usize == length {
                    tables.symbols[place] = symbol as u16;
                    if length <= PREFIX as usize {
                        let first = (code as usize) << (PREFIX as usize - length);
                        let mut prefix = first;
                        while prefix < first + (1 << (PREFIX as usize - length)) {
                            tables.short[prefix] = (symbol as u8, length as u8);
                            prefix += 1;
                        }
                    }
                    code += 1;
                    place += 1;
                }
                symbol += 1;
            }
            // The last code of all is the greatest there is, so that nothing lies behind it.
            let limit = code << (32 - length);
            tables.limit[length] = if limit > u32::MAX as u64 { u32::MAX } else { limit as u32 };
            length += 1;
        }
        tables
    }
}

/// Appends what `coded` says to `out`. None where it is no proper code (RFC 7541 section 5.2): the padding is not the
/// beginning of the code for the end, or that of a whole byte, or the end stands in it.
pub(super) fn decode(coded: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let tables = &TABLES;
    // Bits that were read and not decoded stand at the upper end.
    let (mut bits, mut count, mut at) = (0u64, 0u32, 0);
    loop {
        while count <= 56 && at < coded.len() {
            bits |= u64::from(coded[at]) << (56 - count);
            count += 8;
            at += 1;
        }
        let (symbol, length) = tables.short[(bits >> (64 - PREFIX)) as usize];
        if length > 0 && u32::from(length) <= count {
            out.push(symbol);
            bits <<= length;
            count -= u32::from(length);
            continue;
        }
        let top = (bits >> 32) as u32;
        // All that is left may be padding: fewer than eight bits, all of them set.
        if count < 8 && at == coded.len() && (count == 0 || top >> (32 - count) == (1 << count) - 1) {
            return Some(());
        }
        let length = (PREFIX as usize + 1..=LONGEST).find(|length| top < tables.limit[*length]).unwrap_or(LONGEST);
        if length as u32 > count {
            return None;
        }
        let code = i64::from(top >> (32 - length));
        match tables.symbols.get(usize::try_from(code + tables.offset[length]).ok()?) {
            Some(symbol) if *symbol != END => out.push(*symbol as u8),
            _ => return None,
        }
        bits <<= length;
        count -= length as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(coded: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        decode(coded, &mut out).map(|()| out)
    }

    /// As strings are coded, for tests alone: what goes out is not.
    pub(in crate::http2) fn encode(text: &[u8]) -> Vec<u8> {
        let mut bits = String::new();
        let codes = codes();
        for byte in text {
            let (code, length) = codes[usize::from(*byte)];
            bits.push_str(&format!("{code:0length$b}"));
        }
        while !bits.len().is_multiple_of(8) {
            bits.push('1');
        }
        bits.as_bytes().chunks(8).map(|byte| byte.iter().fold(0, |all, bit| all << 1 | (bit - b'0'))).collect()
    }

    fn codes() -> Vec<(u64, usize)> {
        let mut codes = vec![(0, 0); 257];
        let mut place = 0;
        let mut code = 0u64;
        for length in 1..=LONGEST {
            code <<= 1;
            while place < 257 && usize::from(LENGTHS[usize::from(TABLES.symbols[place])]) == length {
                codes[usize::from(TABLES.symbols[place])] = (code, length);
                code += 1;
                place += 1;
            }
        }
        codes
    }

    #[test]
    fn codes_are_those_of_appendix_b() {
        let codes = codes();
        for (symbol, code, length) in [
            (usize::from(b'0'), 0x0, 5),
            (usize::from(b'a'), 0x3, 5),
            (usize::from(b' '), 0x14, 6),
            (usize::from(b':'), 0x5c, 7),
            (usize::from(b'&'), 0xf8, 8),
            (usize::from(b'!'), 0x3f8, 10),
            (usize::from(b'\\'), 0x7fff0, 19),
            (0, 0x1ff8, 13),
            (1, 0x7fffd8, 23),
            (199, 0x1ffffec, 25),
            (249, 0xffffffe, 28),
            (10, 0x3ffffffc, 30),
            (256, 0x3fffffff, 30),
        ] {
            assert_eq!(codes[symbol], (code, length), "{symbol}");
        }
    }

    #[test]
    fn every_byte_comes_back() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decoded(&encode(&all)).unwrap(), all);
        for byte in 0..=255 {
            assert_eq!(decoded(&encode(&[byte])).unwrap(), [byte]);
            assert_eq!(decoded(&encode(&[b'a', byte, b'0', byte])).unwrap(), [b'a', byte, b'0', byte]);
        }
        assert_eq!(decoded(b"").unwrap(), b"");
    }

    #[test]
    fn examples_of_appendix_c() {
        let coded = [0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff];
        assert_eq!(decoded(&coded).unwrap(), b"www.example.com");
        assert_eq!(decoded(&[0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf]).unwrap(), b"no-cache");
    }

    #[test]
    fn padding_is_short_and_of_ones() {
        // "a" is 00011.
        assert_eq!(decoded(&[0b0001_1111]).unwrap(), b"a");
        for bad in [&[0b0001_1000][..], &[0b0001_1111, 0xff], &[0xff], &[0xff, 0xff, 0xff, 0xff], &[0b0001_1110]] {
            assert_eq!(decoded(bad), None, "{bad:x?}");
        }
    }
}
