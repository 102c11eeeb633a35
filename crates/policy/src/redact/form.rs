//! Secret fields of queries and forms: `name=value` pairs, and the parts of `multipart/form-data` (RFC 7578).
//!
//! Looked for in any text, whatever it says it is.

use std::ops::Range;

use super::names::Names;

/// Adds where the values of secret fields stand.
pub(super) fn secrets(text: &str, names: &Names, ranges: &mut Vec<Range<usize>>) {
    pairs(text, names, ranges);
    parts(text, names, ranges);
}

fn pairs(text: &str, names: &Names, ranges: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let (mut begin, mut covered) = (0, 0);
    for (at, byte) in bytes.iter().enumerate() {
        if *byte == b'=' {
            if covered <= begin && begin < at && names.has(decoded(&bytes[begin..at])) {
                let length = bytes[at + 1..].iter().position(|byte| ends_value(*byte));
                covered = length.map_or(bytes.len(), |length| at + 1 + length);
                ranges.push(at + 1..covered);
            }
            begin = at + 1;
        } else if ends_value(*byte) || matches!(byte, b'?' | b'#' | b'/') {
            begin = at + 1;
        }
    }
}

fn ends_value(byte: u8) -> bool {
    matches!(byte, b'&' | b';' | b'"' | b'<' | b'>') || byte.is_ascii_whitespace()
}

/// Percent-decoded; what is no escape stays.
fn decoded(name: &[u8]) -> impl Iterator<Item = u8> + Clone {
    let mut at = 0;
    std::iter::from_fn(move || {
        let byte = *name.get(at)?;
        at += 1;
        if byte != b'%' {
            return Some(byte);
        }
        let escaped = name.get(at..at + 2).and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        at += if escaped.is_some() { 2 } else { 0 };
        Some(escaped.unwrap_or(byte))
    })
}

/// A part of a multipart form: its name stands in a line of its head, its value between the head and the next boundary.
fn parts(text: &str, names: &Names, ranges: &mut Vec<Range<usize>>) {
    let Some(boundary) = text.lines().find(|line| line.starts_with("--")) else { return };
    let (mut begin, mut covered) = (0, 0);
    for line in text.split_inclusive('\n') {
        let end = begin + line.len();
        let secret = is_disposition(line) && parameter(line).is_some_and(|name| names.has(name.bytes()));
        if covered <= begin && secret {
            let value = end_of_head(text, end);
            let next = text[value..].match_indices(boundary).map(|(at, _)| value + at);
            let at_line_start = |at: &usize| text[..*at].ends_with('\n');
            covered = next.into_iter().find(at_line_start).unwrap_or(text.len());
            let blotted = text[value..covered].trim_end_matches(['\r', '\n']).len();
            ranges.push(value..value + blotted);
        }
        begin = end;
    }
}

/// Behind the empty line that ends a head, of which a line ends at `end`.
fn end_of_head(text: &str, end: usize) -> usize {
    let mut at = end;
    for line in text[end..].split_inclusive('\n') {
        at += line.len();
        if matches!(line, "\r\n" | "\n") {
            return at;
        }
    }
    text.len()
}

fn is_disposition(line: &str) -> bool {
    const HEADER: &str = "content-disposition:";
    line.get(..HEADER.len()).is_some_and(|start| start.eq_ignore_ascii_case(HEADER))
}

/// The parameter `name` of a line, without its quotes.
fn parameter(line: &str) -> Option<&str> {
    let parameters = line.split(';').skip(1).filter_map(|parameter| parameter.trim().split_once('='));
    let name = parameters.into_iter().find(|(key, _)| key.trim().eq_ignore_ascii_case("name"));
    name.map(|(_, value)| value.trim().trim_matches('"'))
}
