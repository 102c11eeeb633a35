//! Secret members of JSON objects, at any depth, also of JSON that is carried as a string within JSON.
//!
//! This is no parser: a capture may begin and end anywhere, and what comes may only look like JSON. Every quoted text
//! with a colon behind it counts as a name.

use std::ops::Range;

use super::names::Names;

/// Adds where the values of secret members stand.
pub(super) fn secrets(text: &str, names: &Names, ranges: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut quotes = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'"').map(|(at, _)| at);
    let Some(mut opening) = quotes.next() else { return };
    let mut covered = 0;
    for closing in quotes {
        if opening >= covered
            && let Some(colon) = colon_behind(bytes, closing + 1)
            && is_secret(&text[opening + 1..closing], names)
        {
            let begin = past_blanks(bytes, colon + 1);
            let end = end_of_value(bytes, begin, backslashes_before(bytes, opening));
            ranges.push(begin..end);
            covered = end;
        }
        opening = closing;
    }
}

/// A name as it stands between its quotes: its escapes are undone, those of an outer string too.
fn is_secret(name: &str, names: &Names) -> bool {
    let name = name.trim_end_matches('\\');
    if !name.contains('\\') {
        return names.has(name.bytes());
    }
    // An escape within a string within a string has two backslashes or more.
    let mut name = name.to_owned();
    while name.contains("\\\\") {
        name = name.replace("\\\\", "\\");
    }
    serde_json::from_str::<String>(&format!("\"{name}\"")).is_ok_and(|name| names.has(name.bytes()))
}

fn past_blanks(bytes: &[u8], from: usize) -> usize {
    from + bytes[from..].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

fn colon_behind(bytes: &[u8], from: usize) -> Option<usize> {
    let at = past_blanks(bytes, from);
    (bytes.get(at) == Some(&b':')).then_some(at)
}

fn backslashes_before(bytes: &[u8], at: usize) -> usize {
    bytes[..at].iter().rev().take_while(|byte| **byte == b'\\').count()
}

/// Where the value ends that begins at `from`, in an object whose names are quoted behind so many `backslashes`.
fn end_of_value(bytes: &[u8], from: usize, backslashes: usize) -> usize {
    let string = from + bytes[from..].iter().take_while(|byte| **byte == b'\\').count();
    match bytes.get(string) {
        Some(b'"') => end_of_string(bytes, string + 1, backslashes),
        Some(b'{' | b'[') if string == from => end_of_brackets(bytes, from, backslashes),
        _ => {
            let scalar = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b'"' | b'\\') || byte.is_ascii_whitespace();
            bytes[from..].iter().position(scalar).map_or(bytes.len(), |length| from + length)
        }
    }
}

/// Behind the quote that closes the string whose text begins at `from`.
fn end_of_string(bytes: &[u8], from: usize, backslashes: usize) -> usize {
    let mut run = 0;
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        match byte {
            b'\\' => run += 1,
            b'"' if closes(run, backslashes) => return at + 1,
            _ => run = 0,
        }
    }
    bytes.len()
}

/// Whether a quote behind a run of backslashes ends a string that was opened behind so many. Each string around has
/// doubled the backslashes within and added one before the quote.
fn closes(mut run: usize, mut opened: usize) -> bool {
    while opened > 0 {
        if run == 0 {
            // The string around it ends, and this one with it.
            return true;
        }
        run = (run - 1) / 2;
        opened = (opened - 1) / 2;
    }
    run.is_multiple_of(2)
}

fn end_of_brackets(bytes: &[u8], from: usize, backslashes: usize) -> usize {
    let (mut at, mut depth) = (from, 0usize);
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => at = end_of_string(bytes, at, backslashes),
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}
