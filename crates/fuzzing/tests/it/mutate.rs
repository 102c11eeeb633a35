//! A small mutator: the same seed, the same bytes, in every run.

/// Bytes that parsers of text and of HTTP stumble over.
const WORDS: &[&[u8]] = &[
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b" ",
    b"\t",
    b"\"",
    b"\\",
    b",",
    b";",
    b":",
    b"=",
    b"%",
    b"%2f",
    b"%2e",
    b"/",
    b"..",
    b"?",
    b"#",
    b"[",
    b"]",
    b"{",
    b"}",
    b"0",
    b"-1",
    b"4294967296",
    b"18446744073709551616",
    b"\xff",
    b"\xc3\xa9",
    b"\x7f",
    b"\r\n\r\n",
    b"0\r\n\r\n",
    b"\r\n ",
    b"chunked",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Length: 1\r\n",
    b"Host: a\r\n",
    b"Connection: close\r\n",
    b"HTTP/1.0",
    b"HTTP/1.1",
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"for=",
    b"for=\"",
    b"proto=https",
    b"10.0.0.2",
    b"192.0.2.1",
    b"[fd00::1]",
    b"unknown",
    b"::ffff:",
    b"$ref",
    b"null",
    b"&a",
    b"*a",
    b"- ",
];

/// No input grows beyond this.
const LONGEST: usize = 6000;

/// Makes inputs from those of a corpus.
pub(crate) struct Mutator<'c> {
    state: u64,
    corpus: &'c [&'c [u8]],
}

impl<'c> Mutator<'c> {
    pub(crate) fn new(seed: &str, corpus: &'c [&'c [u8]]) -> Self {
        // FNV-1a: any spread of the name will do.
        let state = seed
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self { state, corpus }
    }

    /// The bytes, changed in one to four places.
    pub(crate) fn mutate(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(3) {
            self.change(&mut bytes);
        }
        bytes.truncate(LONGEST);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len());
        let end = at + self.below((bytes.len() - at).min(16));
        match self.below(8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << self.below(7),
            1 if at < bytes.len() => bytes[at] = self.next().to_le_bytes()[0],
            2 => drop(bytes.drain(at..end)),
            3 => bytes.truncate(at),
            4 => {
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            5 => {
                let other = self.corpus[self.below(self.corpus.len() - 1)];
                let from = self.below(other.len());
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            6 => {
                let word = WORDS[self.below(WORDS.len() - 1)];
                bytes.splice(at..end, word.iter().copied());
            }
            _ => {
                let word = WORDS[self.below(WORDS.len() - 1)];
                bytes.splice(at..at, word.iter().copied());
            }
        }
    }

    /// 0 to `most`, both included.
    pub(crate) fn below(&mut self, most: usize) -> usize {
        let choices = u64::try_from(most).unwrap_or(u64::MAX - 1) + 1;
        usize::try_from(self.next() % choices).unwrap_or_default()
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
