//! Where a request belongs in a trace, as its caller tells it: `traceparent` and `tracestate` (W3C Trace Context,
//! Recommendation of 23 November 2021).
//!
//! What cannot be read begins a new trace (section 4.3): a context half understood would tie calls together that have
//! nothing to do with each other.

/// Bytes of a `traceparent` of version 00.
pub const TRACEPARENT_BYTES: usize = 55;
/// Members that a `tracestate` may have (section 3.3.1.1).
const MOST_MEMBERS: usize = 32;
/// Bytes of the key of a member, and of its value.
const MOST_BYTES: usize = 256;
/// The flag by which a caller says that it keeps the trace.
const SAMPLED: u8 = 1;

/// What a `traceparent` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent {
    /// The trace; never all zero.
    pub trace_id: [u8; 16],
    /// The span that the request was made in; never all zero.
    pub span_id: [u8; 8],
    /// Whether the caller may have kept it.
    pub sampled: bool,
}

impl TraceParent {
    /// Reads the value of a field, without blanks around it. None where it is malformed. Of versions to come, what
    /// version 00 knows is read (section 4.3); `ff` is no version.
    pub fn read(value: &[u8]) -> Option<Self> {
        let (known, more) = value.split_at_checked(TRACEPARENT_BYTES)?;
        let dashes = [2, 35, 52].into_iter().all(|place| known[place] == b'-');
        let [version] = hex(&known[..2])?;
        let fits = more.is_empty() || (version != 0 && more[0] == b'-');
        let (trace_id, span_id) = (hex(&known[3..35])?, hex(&known[36..52])?);
        let [flags] = hex(&known[53..])?;
        let is_valid = dashes && fits && version != 0xff && trace_id != [0; 16] && span_id != [0; 8];
        is_valid.then_some(Self { trace_id, span_id, sampled: flags & SAMPLED != 0 })
    }

    /// The value of the field, in version 00. Flags that have no meaning there are not passed on.
    pub fn write(&self) -> [u8; TRACEPARENT_BYTES] {
        let mut text = [b'-'; TRACEPARENT_BYTES];
        text[..2].copy_from_slice(b"00");
        put_hex(&self.trace_id, &mut text[3..35]);
        put_hex(&self.span_id, &mut text[36..52]);
        text[53..].copy_from_slice(if self.sampled { b"01" } else { b"00" });
        text
    }
}

/// Whether the values of every `tracestate` field, in their order, are one list as the Recommendation writes it
/// (section 3.3.1; keys as in its level 2, which takes what level 1 took).
pub fn is_tracestate<'v>(values: impl Iterator<Item = &'v [u8]>) -> bool {
    let mut keys: [&[u8]; MOST_MEMBERS] = [&[]; MOST_MEMBERS];
    let mut count = 0;
    for member in values.flat_map(|value| value.split(|byte| *byte == b',')) {
        let member = trim_blanks(member);
        if member.is_empty() {
            continue;
        }
        let Some(at) = member.iter().position(|byte| *byte == b'=') else { return false };
        let (key, value) = (&member[..at], &member[at + 1..]);
        if count == MOST_MEMBERS || !is_key(key) || !is_value(value) || keys[..count].contains(&key) {
            return false;
        }
        keys[count] = key;
        count += 1;
    }
    true
}

fn is_key(key: &[u8]) -> bool {
    let may_begin = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    key.len() <= MOST_BYTES
        && key.first().copied().is_some_and(may_begin)
        && key.iter().all(|byte| may_begin(*byte) || b"_-*/@".contains(byte))
}

fn is_value(value: &[u8]) -> bool {
    (1..=MOST_BYTES).contains(&value.len()) && value.iter().all(|byte| matches!(byte, b' '..=b'~') && *byte != b'=')
}

fn trim_blanks(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// Bytes from twice as many hexadecimal digits, in lower case alone (section 3.2.2).
fn hex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_chunks::<2>();
    let mut bytes = [0; N];
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

fn put_hex(bytes: &[u8], into: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (byte, pair) in bytes.iter().zip(into.chunks_exact_mut(2)) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAIN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn read(text: &str) -> Option<TraceParent> {
        TraceParent::read(text.as_bytes())
    }

    #[test]
    fn the_example_of_the_recommendation_is_read_and_written() {
        let parent = read(PLAIN).expect("well-formed");
        assert_eq!((parent.trace_id[0], parent.trace_id[15], parent.span_id[7]), (0x0a, 0x9c, 0x31));
        assert!(parent.sampled);
        assert_eq!(parent.write(), PLAIN.as_bytes());
        assert!(!read(&PLAIN.replace("-01", "-00")).expect("well-formed").sampled);
    }

    #[test]
    fn flags_and_versions_that_are_not_known() {
        assert!(!read(&PLAIN.replace("-01", "-02")).expect("well-formed").sampled);
        let other = read(&PLAIN.replace("-01", "-ff")).expect("well-formed");
        assert_eq!(other.write(), PLAIN.as_bytes(), "flags without a meaning are not passed on");
        let later = PLAIN.replacen("00", "cc", 1);
        assert_eq!(read(&later), read(PLAIN));
        assert_eq!(read(&format!("{later}-what-the-future-brings")), read(PLAIN));
        assert_eq!(read(&format!("{later}.what")), None);
    }

    #[test]
    fn what_is_malformed_is_none() {
        for text in [
            "",
            "00",
            &PLAIN[..54],
            &format!("{PLAIN}-"),
            &format!("{PLAIN}0"),
            &format!(" {PLAIN}"),
            &PLAIN.to_uppercase(),
            &PLAIN.replacen("00", "ff", 1),
            &PLAIN.replacen("00", "0x", 1),
            &PLAIN.replace("-01", "-0g"),
            &PLAIN.replace('-', "_"),
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333\u{e9}-1",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn lists_of_vendors() {
        let is = |values: &[&str]| is_tracestate(values.iter().map(|value| value.as_bytes()));
        let many = |count: usize| (0..count).map(|at| format!("k{at}=v")).collect::<Vec<_>>().join(",");
        for good in [
            &[][..],
            &[""],
            &["a=1"],
            &["rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"],
            &["a=1 ,\t b=2,", "c=3"],
            &["fw529a3039@dt=FfffffF=".trim_end_matches('=')],
            &["0a_-*/=x y!~"],
            &[&many(32)],
            &[&format!("{}={}", "k".repeat(256), "v".repeat(256))],
        ] {
            assert!(is(good), "{good:?}");
        }
        for bad in [
            &["a"][..],
            &["=1"],
            &["a="],
            &["A=1"],
            &["_a=1"],
            &["a=1=2"],
            &["a=1,a=2"],
            &["a=1", "a=2"],
            &["a =1"],
            &["a=\u{e9}"],
            &["a=1\tb"],
            &[&many(33)],
            &[&format!("{}=1", "k".repeat(257))],
            &[&format!("a={}", "v".repeat(257))],
        ] {
            assert!(!is(bad), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(trace_id in any::<[u8; 16]>(), span_id in any::<[u8; 8]>(), sampled: bool) {
            prop_assume!(trace_id != [0; 16] && span_id != [0; 8]);
            let parent = TraceParent { trace_id, span_id, sampled };
            prop_assert_eq!(TraceParent::read(&parent.write()), Some(parent));
        }

        #[test]
        fn no_bytes_break_it(value in proptest::collection::vec(any::<u8>(), 0..120)) {
            let _ = TraceParent::read(&value);
            let _ = is_tracestate([&value[..]].into_iter());
        }
    }
}
