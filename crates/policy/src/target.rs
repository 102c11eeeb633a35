//! The one form of a request target that decides routing, authorization and forwarding.
//!
//! A gateway is got round where it and the service behind it read one path in two ways. So there is one form only:
//! what could be read in a second way is refused, and the form that was checked is the form that is forwarded.

use std::fmt;

use keyward_model::{Code, Denial};

/// A target in canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The path. It begins with `/` and has no empty segment, but for one closing `/`, which makes it another path.
    pub path: String,
    /// The query byte for byte as it came, without its `?`; none when there was no `?`.
    pub query: Option<String>,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some(query) = &self.query {
            write!(f, "?{query}")?;
        }
        Ok(())
    }
}

/// The target could be read in two ways, or in none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It does not begin with `/`.
    #[error("the path does not begin with `/`")]
    NoSlash,
    /// A byte that RFC 3986 has no place for in a path: a blank, a control, `\`, `#`, anything beyond ASCII.
    #[error("the path holds a character that must be percent-encoded")]
    Byte,
    /// A `%` without two hexadecimal digits.
    #[error("the path holds a `%` that is not followed by two hexadecimal digits")]
    BadEscape,
    /// `%2F` or `%5C`: a slash to some, a character to others.
    #[error("the path holds an encoded slash or backslash")]
    EncodedSlash,
    /// `%00`, `%0A`, `%7F` and the like, also the controls of C1.
    #[error("the path holds an encoded control character")]
    EncodedControl,
    /// `%25` before two hexadecimal digits: whoever decodes twice reads something else.
    #[error("the path is percent-encoded twice")]
    EncodedTwice,
    /// The bytes behind the escapes are not UTF-8, or an overlong form of it.
    #[error("the path does not decode to UTF-8")]
    NotUtf8,
    /// `//`, or a segment that is nothing but parameters: `/;a=b/`.
    #[error("the path holds an empty segment")]
    EmptySegment,
    /// `.` or `..`, written out or encoded, also with parameters behind: `..;a`.
    #[error("the path holds a `.` or `..` segment")]
    DotSegment,
    /// A blank, a control, `"`, `<`, `>`, `#` or anything beyond ASCII in the query.
    #[error("the path is followed by a query that holds a character that must be percent-encoded")]
    Query,
}

impl TargetError {
    /// The refusal a caller is given.
    pub fn denial(self) -> Denial {
        let detail = format!("The request was not routed because {self}; send it in its plain form.");
        Denial::new(Code::PathInvalid, format!("canonical path: {self}"), detail)
    }
}

/// Brings a raw path and query, as on the wire, into canonical form: escapes of unreserved characters are decoded
/// (RFC 3986 section 6.2.2.2), those that stay have upper-case digits, and nothing else is changed.
pub fn canonical(raw_path_and_query: &str) -> Result<Target, TargetError> {
    let (raw_path, query) = split_at_first(raw_path_and_query, b'?');
    let path = normalize_escapes(raw_path)?;
    check_segments(&path)?;
    if !query.unwrap_or_default().bytes().all(is_query_byte) {
        return Err(TargetError::Query);
    }
    Ok(Target { path, query: query.map(str::to_owned) })
}

fn normalize_escapes(raw: &str) -> Result<String, TargetError> {
    if !raw.starts_with('/') {
        return Err(TargetError::NoSlash);
    }
    // Most paths are in their one form already; `%` is no byte of a path by itself.
    if raw.bytes().all(|byte| byte == b'/' || is_path_byte(byte)) {
        return Ok(raw.to_owned());
    }
    let mut path = String::with_capacity(raw.len());
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            if byte != b'/' && !is_path_byte(byte) {
                return Err(TargetError::Byte);
            }
            path.push(char::from(byte));
            continue;
        }
        let high = bytes.next().and_then(hex_value).ok_or(TargetError::BadEscape)?;
        let low = bytes.next().and_then(hex_value).ok_or(TargetError::BadEscape)?;
        match high << 4 | low {
            b'/' | b'\\' => return Err(TargetError::EncodedSlash),
            byte if byte.is_ascii_control() => return Err(TargetError::EncodedControl),
            byte if is_unreserved(byte) => path.push(char::from(byte)),
            _ => {
                path.push('%');
                path.push(upper_hex(high));
                path.push(upper_hex(low));
            }
        }
    }
    Ok(path)
}

/// Looks at the path after its escapes were brought into their one form, so that nothing hides behind an escape.
fn check_segments(path: &str) -> Result<(), TargetError> {
    let mut left = Some(&path[1..]);
    while let Some(rest) = left {
        let (segment, behind) = split_at_first(rest, b'/');
        left = behind;
        match without_parameters(segment) {
            "" if segment.is_empty() && behind.is_none() => {}
            "" => return Err(TargetError::EmptySegment),
            "." | ".." => return Err(TargetError::DotSegment),
            _ if segment.as_bytes().contains(&b'%') => check_decoded(segment)?,
            _ => {}
        }
    }
    Ok(())
}

fn check_decoded(segment: &str) -> Result<(), TargetError> {
    let decoded = decode(segment);
    let text = std::str::from_utf8(&decoded).map_err(|_| TargetError::NotUtf8)?;
    if text.chars().any(char::is_control) {
        return Err(TargetError::EncodedControl);
    }
    let twice = decoded.windows(3).any(|w| w[0] == b'%' && w[1].is_ascii_hexdigit() && w[2].is_ascii_hexdigit());
    if twice { Err(TargetError::EncodedTwice) } else { Ok(()) }
}

/// What stands before the first such byte, which is ASCII, and what stands behind it where it is there. For the short texts
/// of paths, where a search by words of memory takes longer to begin than to end.
pub(crate) fn split_at_first(text: &str, byte: u8) -> (&str, Option<&str>) {
    match text.bytes().position(|found| found == byte) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

/// The segment up to its first `;`, also an encoded one: what is left of it where a service drops path parameters
/// (RFC 3986 section 3.3).
pub(crate) fn without_parameters(segment: &str) -> &str {
    let bytes = segment.as_bytes();
    let is_begin = |at: &usize| bytes[*at] == b';' || bytes[*at..].starts_with(b"%3B");
    (0..bytes.len()).find(is_begin).map_or(segment, |at| &segment[..at])
}

/// The bytes behind the escapes; a `%` that begins none stays.
fn decode(text: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        match escaped(rest) {
            Some((byte, tail)) => {
                decoded.push(byte);
                rest = tail;
            }
            None => {
                decoded.push(*first);
                rest = after;
            }
        }
    }
    decoded
}

fn escaped(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let [b'%', high, low, tail @ ..] = bytes else { return None };
    Some((hex_value(*high)? << 4 | hex_value(*low)?, tail))
}

pub(crate) fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

fn upper_hex(value: u8) -> char {
    char::from(b"0123456789ABCDEF"[usize::from(value & 15)])
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// What a segment may hold besides escapes: RFC 3986 `pchar`.
fn is_path_byte(byte: u8) -> bool {
    const IS: [bool; 256] = {
        let mut is = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            is[byte] = is_unreserved(byte as u8) || is_delimiter(byte as u8);
            byte += 1;
        }
        is
    };
    IS[usize::from(byte)]
}

/// What may stand in a segment as it is or encoded, and means the same to most who read it.
pub(crate) const fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' | b':' | b'@')
}

/// Wider than RFC 3986: `[`, `]`, `{`, `}`, `|`, `^` and the like, which every browser sends as they are. The query
/// decides neither routing nor authorization.
fn is_query_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'#')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(raw: &str) -> Result<String, TargetError> {
        canonical(raw).map(|target| target.path)
    }

    #[test]
    fn one_form_for_one_path() {
        for (raw, form) in [
            ("/", "/"),
            ("/orders", "/orders"),
            ("/orders/", "/orders/"),
            ("/%6Frders/%7e%2D", "/orders/~-"),
            ("/a%3ab%2a", "/a%3Ab%2A"),
            ("/caf%c3%a9", "/caf%C3%A9"),
            ("/100%25", "/100%25"),
            ("/100%25%20off", "/100%25%20off"),
            ("/a;v=1/b:c@d", "/a;v=1/b:c@d"),
            ("/...", "/..."),
            ("/.well-known/x", "/.well-known/x"),
        ] {
            assert_eq!(path(raw).as_deref(), Ok(form), "{raw}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        use TargetError::*;
        for (raw, error) in [
            ("", NoSlash),
            ("*", NoSlash),
            ("orders", NoSlash),
            ("http://h/orders", NoSlash),
            ("?/orders", NoSlash),
            ("%2Forders", NoSlash),
            ("/a b", Byte),
            ("/a\\b", Byte),
            ("/a#b", Byte),
            ("/a\0b", Byte),
            ("/a\rb", Byte),
            ("/caf\u{e9}", Byte),
            ("/a|b", Byte),
            ("/%", BadEscape),
            ("/%2", BadEscape),
            ("/%zz", BadEscape),
            ("/%+1", BadEscape),
            ("/%u002f", BadEscape),
            ("/%2/a", BadEscape),
            ("/a%2fb", EncodedSlash),
            ("/a%2Fb", EncodedSlash),
            ("/a%5cb", EncodedSlash),
            ("/..%5c..%5c", EncodedSlash),
            ("/a%00", EncodedControl),
            ("/a%0d%0aX:1", EncodedControl),
            ("/a%7f", EncodedControl),
            ("/a%c2%85", EncodedControl),
            ("/a%252fb", EncodedTwice),
            ("/%252e%252e", EncodedTwice),
            ("/%25%32%65", EncodedTwice),
            ("/%25%32f", EncodedTwice),
            ("/%2525", EncodedTwice),
            ("/%25252e", EncodedTwice),
            ("/a%c0%afb", NotUtf8),
            ("/%c0%ae%c0%ae/", NotUtf8),
            ("/a%e0%80%af", NotUtf8),
            ("/a%ff", NotUtf8),
            ("/a%ed%a0%80", NotUtf8),
            ("/a%c3/%a9", NotUtf8),
            ("//", EmptySegment),
            ("//orders", EmptySegment),
            ("/a//b", EmptySegment),
            ("/a//", EmptySegment),
            ("/;/a", EmptySegment),
            ("/;x=1", EmptySegment),
            ("/a/%3bx/b", EmptySegment),
            ("/.", DotSegment),
            ("/..", DotSegment),
            ("/a/./b", DotSegment),
            ("/a/../b", DotSegment),
            ("/a/%2e%2e/b", DotSegment),
            ("/a/.%2E/b", DotSegment),
            ("/a/%2e", DotSegment),
            ("/a/..;/b", DotSegment),
            ("/a/..;x=1/b", DotSegment),
            ("/a/%2e%2e%3b/b", DotSegment),
            ("/a?b c", Query),
            ("/a?b#c", Query),
            ("/a?\u{e9}", Query),
            ("/a?b\nc", Query),
        ] {
            assert_eq!(path(raw), Err(error), "{raw}");
        }
    }

    #[test]
    fn the_query_is_kept_as_it_came() {
        let query = |raw: &str| canonical(raw).expect("a target").query;
        assert_eq!(query("/a"), None);
        assert_eq!(query("/a?").as_deref(), Some(""));
        assert_eq!(query("/a?b=%2f&c[]=/../&d=%").as_deref(), Some("b=%2f&c[]=/../&d=%"));
        assert_eq!(canonical("/%61?b?c").expect("a target").to_string(), "/a?b?c");
    }

    #[test]
    fn a_refusal_says_what_is_wrong() {
        let denial = TargetError::EncodedSlash.denial();
        assert_eq!(denial.code, Code::PathInvalid);
        assert_eq!(
            denial.detail,
            "The request was not routed because the path holds an encoded slash or backslash; send it in its plain form."
        );
    }

    /// Pieces from which attacks are built, beside plain ones.
    fn raw_path() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[a-z0-9._~;:@=-]{1,3}".prop_map(String::from),
            "%[0-9a-fA-F]{2}".prop_map(String::from),
            prop::sample::select(vec![
                "/", "/", "/", "..", ".", "%2e", "%2E", "%2f", "%5C", "%25", "%252e", "%00", "%3b", ";", "//", "\\",
                "%c3%a9", "%c0%af", "%", "?", "#", "é",
            ])
            .prop_map(String::from),
        ];
        prop::collection::vec(piece, 0..8).prop_map(|pieces| format!("/{}", pieces.concat()))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn the_form_of_a_form_is_itself(raw in raw_path()) {
            if let Ok(target) = canonical(&raw) {
                prop_assert_eq!(canonical(&target.to_string()), Ok(target));
            }
        }

        #[test]
        fn an_accepted_path_has_one_reading(raw in raw_path()) {
            let Ok(Target { path, .. }) = canonical(&raw) else { return Ok(()) };
            prop_assert!(path.starts_with('/') && path.is_ascii());
            prop_assert!(!path.contains("//") && !path.contains(['\\', '#', '?']));
            let inner = path.strip_suffix('/').unwrap_or(&path);
            for segment in inner.split('/').skip(1) {
                let bare = segment.split(';').next().unwrap_or_default();
                prop_assert!(!matches!(bare, "" | "." | ".."), "{}", path);
            }
            // Whoever decodes, once or as often as there is something to decode, finds no new structure.
            let mut seen = path.clone();
            for _ in 0..4 {
                let decoded = String::from_utf8(decode(&seen));
                prop_assert!(decoded.is_ok(), "{}", path);
                let decoded = decoded.expect("just looked at");
                prop_assert_eq!(decoded.matches('/').count(), path.matches('/').count(), "{}", path);
                prop_assert!(!decoded.contains('\\') && !decoded.chars().any(char::is_control), "{}", path);
                prop_assert!(!decoded.split('/').any(|segment| matches!(segment, "." | "..")), "{}", path);
                if decoded == seen {
                    break;
                }
                seen = decoded;
            }
        }

        #[test]
        fn foreign_text_never_panics(raw: String) {
            let _ = canonical(&raw);
        }
    }
}
