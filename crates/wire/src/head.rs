//! Where a head ends, and how large it may be.

// Eight bytes at a time: wider registers would be spilled to the stack now and then, and leave whole credentials there.
use memchr::arch::all::memchr::One;

use crate::fault::{Fault, FaultKind};

/// Bounds of a head.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the whole head.
    pub bytes: usize,
    /// Bytes of the target.
    pub target: usize,
    /// Fields.
    pub fields: usize,
}

/// Fields that any head may have at most, whatever a configuration says.
pub(crate) const MOST_FIELDS: usize = 256;
/// Empty lines that may precede a head (RFC 9112 section 2.2).
const MAX_BLANK_LINES: usize = 2;

/// Where the head at the start of `bytes` begins and ends, its closing empty line included; none while it is
/// unfinished. `seen` bytes were looked at before.
pub(crate) fn find(bytes: &[u8], seen: usize, limits: &Limits) -> Result<Option<(usize, usize)>, Fault> {
    let start = bytes.chunks_exact(2).take(MAX_BLANK_LINES).take_while(|pair| *pair == b"\r\n").count() * 2;
    let Some(first) = bytes.get(start) else { return Ok(None) };
    // What begins otherwise is not HTTP (TLS, most often), and may never bring the end of a head.
    if !first.is_ascii_graphic() && bytes[start..] != *b"\r" {
        return Err(Fault::malformed("The bytes received are not an HTTP/1 request."));
    }
    match end(bytes, start, seen.saturating_sub(3))? {
        Some(end) if end - start > limits.bytes => Err(TOO_LARGE),
        None if bytes.len() - start > limits.bytes => Err(TOO_LARGE),
        end => Ok(end.map(|end| (start, end))),
    }
}

const TOO_LARGE: Fault = Fault::too_large("The head of the request is too large.");

/// Where the first empty line ends, looking from `from` on. A line feed alone is refused at once: who ends lines so
/// waits for an answer, and would never send the empty line that is waited for here.
fn end(bytes: &[u8], start: usize, from: usize) -> Result<Option<usize>, Fault> {
    let from = from.max(start);
    let feed = One::new(b'\n');
    for at in feed.iter(&bytes[from..]).map(|at| from + at) {
        match bytes[start..at] {
            [.., b'\r', b'\n', b'\r'] => return Ok(Some(at + 1)),
            [.., b'\r'] => {}
            _ => return Err(BARE_LINE_END),
        }
    }
    Ok(None)
}

/// Bytes that are counted at once.
const PIECE: usize = u8::MAX as usize;

const BARE_LINE_END: Fault = Fault::malformed("A line of the head does not end with carriage return and line feed.");

/// Refuses a line that ends with a line feed alone, or holds a carriage return: to some it is an end of a line.
pub(crate) fn check_lines(head: &[u8]) -> Result<(), Fault> {
    let behind = head.get(1..).unwrap_or_default();
    // Counts of a piece fit into a byte, which is what makes this fast.
    let (mut pairs, mut returns, mut feeds) = (0, 0, 0);
    for (piece, behind) in head.chunks(PIECE).zip(behind.chunks(PIECE)) {
        pairs += usize::from(piece.iter().zip(behind).map(|(a, b)| u8::from(*a == b'\r' && *b == b'\n')).sum::<u8>());
    }
    for piece in head.chunks(PIECE) {
        returns += usize::from(piece.iter().map(|byte| u8::from(*byte == b'\r')).sum::<u8>());
        feeds += usize::from(piece.iter().map(|byte| u8::from(*byte == b'\n')).sum::<u8>());
    }
    if pairs == returns && pairs == feeds { Ok(()) } else { Err(BARE_LINE_END) }
}

/// What httparse says, in words of ours.
pub(crate) fn fault_of(error: httparse::Error) -> Fault {
    match error {
        httparse::Error::TooManyHeaders => Fault::too_large("The head of the request has too many fields."),
        httparse::Error::Version => Fault::malformed("Only HTTP/1.1, HTTP/1.0 and HTTP/2 are spoken here."),
        _ => Fault::malformed("The head of the request is malformed."),
    }
}

/// Checks the bytes of a target; `most` bytes are taken.
pub(crate) fn check_target(target: &[u8], most: usize) -> Result<(), Fault> {
    if target.len() > most {
        return Err(Fault { kind: FaultKind::TargetTooLong, detail: "The target of the request is too long." });
    }
    if target.iter().any(|byte| !matches!(byte, b'!'..=b'~') || b"#\"<>`".contains(byte)) {
        let detail = "The path has characters that must be percent-encoded.";
        return Err(Fault { kind: FaultKind::Target, detail });
    }
    Ok(())
}

/// Whether it can be an authority: a host name or address, with or without a port. An empty one is one, too (RFC 9110
/// section 7.2). Escapes, which RFC 3986 has in names, are not taken: one reader decodes them and another does not.
pub(crate) fn is_authority(value: &[u8]) -> bool {
    let (host, port) = match value.iter().rposition(|byte| *byte == b':') {
        Some(colon) if !value[colon..].contains(&b']') => (&value[..colon], &value[colon + 1..]),
        _ => (value, &value[..0]),
    };
    let is_host = match host.strip_prefix(b"[").map(|host| host.strip_suffix(b"]")) {
        Some(Some(address)) => address.iter().all(|b| b.is_ascii_hexdigit() || b":.".contains(b)),
        Some(None) => false,
        None => host.iter().all(|b| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(b)),
    };
    value.len() <= 300 && is_host && port.iter().all(u8::is_ascii_digit)
}

/// A length in digits alone: a sign, a list or a space would be read differently elsewhere.
pub(crate) fn parse_length(value: &[u8]) -> Option<u64> {
    if value.is_empty() || value.len() > 18 {
        return None;
    }
    value.iter().try_fold(0u64, |length, byte| byte.is_ascii_digit().then(|| length * 10 + u64::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { bytes: 64, target: 32, fields: 10 };

    #[test]
    fn a_head_ends_at_its_first_empty_line() {
        let whole = b"GET / HTTP/1.1\r\nA: b\r\n\r\nbody\r\n\r\n";
        assert_eq!(find(whole, 0, &LIMITS), Ok(Some((0, 24))));
        for cut in 1..24 {
            assert_eq!(find(&whole[..cut], 0, &LIMITS), Ok(None));
            assert_eq!(find(whole, cut, &LIMITS), Ok(Some((0, 24))), "{cut} seen before");
        }
        assert_eq!(find(b"\r\n\r\nGET / HTTP/1.1\r\n\r\n", 0, &LIMITS), Ok(Some((4, 22))));
        assert_eq!(find(b"\r\n\r\n", 0, &LIMITS), Ok(None));
        assert!(find(b"\r\n\r\n\r\n", 0, &LIMITS).is_err());
        assert!(find(b"\x16\x03\x01", 0, &LIMITS).is_err());
        assert_eq!(find(b"", 0, &LIMITS), Ok(None));
    }

    #[test]
    fn a_head_has_a_bound_whether_it_ends_or_not() {
        assert!(find(&[b'x'; 65], 0, &LIMITS).is_err());
        assert_eq!(find(&[b'x'; 64], 0, &LIMITS), Ok(None));
        let long = [&[b'x'; 61][..], b"\r\n\r\n"].concat();
        assert!(find(&long, 0, &LIMITS).is_err());
    }

    #[test]
    fn a_line_feed_alone_is_refused_before_the_head_is_whole() {
        for bad in ["GET / HTTP/1.1\n", "GET / HTTP/1.1\r\nA: b\n\n", "GET / HTTP/1.1\r\nA: b\r\n\n", "G\n\r\n\r\n"] {
            assert!(find(bad.as_bytes(), 0, &LIMITS).is_err(), "{bad:?}");
        }
        assert!(find(b"GET / HTTP/1.1\r\n\r\n\n", 0, &LIMITS).is_ok(), "a body is not a head");
    }

    #[test]
    fn lines_end_in_one_way() {
        assert!(check_lines(b"a\r\nb\r\n\r\n").is_ok());
        for bad in [&b"a\nb"[..], b"a\rb", b"a\r\r\n", b"\n", b"a\r\n\n", b"a\r"] {
            assert!(check_lines(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_authority_is_a_host_and_a_port() {
        for good in ["", "a", "a.test:80", "[::1]", "[::1]:8080", "127.0.0.1:1", "a_b"] {
            assert!(is_authority(good.as_bytes()), "{good}");
        }
        for bad in ["a b", "a@b", "[::1", "[x]", "a:b", "a/b", "::1", "[::1]x:80", "a:80:80", "a%2etest"] {
            assert!(!is_authority(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn a_length_is_digits_alone() {
        assert_eq!(parse_length(b"0042"), Some(42));
        for bad in [&b""[..], b"+5", b"5 ", b"5,5", b"0x5", b"9999999999999999999"] {
            assert_eq!(parse_length(bad), None, "{bad:?}");
        }
    }
}
