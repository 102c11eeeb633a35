//! The credentials of one call, wherever they are repeated: as they are, within base64, or as queries, JSON and HTML
//! would write them.
//!
//! Whatever else somebody makes of a credential, such as its hash, is not recognised.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use keyward_model::secret::Hidden;
use zeroize::Zeroizing;

/// Shorter stretches of base64 may be anything.
const SHORTEST_ENCODED: usize = 8;

/// What a call was made with: the caller's credential, and Keyward's own for the upstream.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    plain: Vec<Hidden>,
    /// What stands in the base64 of any text with one of them in it.
    encoded: Vec<Hidden>,
}

impl Credentials {
    /// These; empty ones are none.
    pub fn new(secrets: impl IntoIterator<Item = Hidden>) -> Self {
        let mut known = Self::default();
        for secret in secrets {
            if secret.expose().is_empty() || known.plain.contains(&secret) {
                continue;
            }
            for form in encoded(secret.expose()) {
                if form.expose().len() >= SHORTEST_ENCODED && !known.encoded.contains(&form) {
                    known.encoded.push(form);
                }
            }
            known.plain.push(secret);
        }
        known
    }

    /// Adds where they stand in a text. Of one that `goes_on` beyond what is held, its end may be the beginning of one.
    pub(super) fn find(&self, text: &str, goes_on: bool, ranges: &mut Vec<Range<usize>>) {
        let text = text.as_bytes();
        for secret in &self.plain {
            each(secret.expose(), text, goes_on, |found| ranges.push(found));
        }
        for form in &self.encoded {
            // The rest of what is encoded has the secret's first or last bits in it. A few characters at the end of a text
            // that goes on are no sign of it.
            let is_base64 = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(*byte);
            each(form.expose(), text, false, |found| {
                let before = text[..found.start].iter().rev().take_while(is_base64).count();
                let behind = text[found.end..].iter().take_while(is_base64).count();
                ranges.push(found.start - before..found.end + behind);
            });
        }
    }
}

/// The characters that depend on nothing but `secret`, wherever in a text that is encoded it stands.
fn encoded(secret: &[u8]) -> impl Iterator<Item = Hidden> {
    (0..3).flat_map(move |offset| {
        let mut text = Zeroizing::new(vec![0; offset]);
        text.reserve_exact(secret.len());
        text.extend_from_slice(secret);
        // Characters with bits of what stands before, and those whose bits are all there.
        let (first, whole) = ((offset * 8).div_ceil(6), text.len() * 8 / 6);
        [STANDARD_NO_PAD, URL_SAFE_NO_PAD].map(|engine| {
            let form = Zeroizing::new(engine.encode(&*text));
            Hidden::new(form.as_bytes().get(first..whole).unwrap_or_default())
        })
    })
}

fn each(secret: &[u8], text: &[u8], goes_on: bool, mut found: impl FnMut(Range<usize>)) {
    let Some(first) = secret.first() else { return };
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let may_begin = byte == first || matches!(byte, b'%' | b'\\' | b'&' | b'+');
        match if may_begin { end_of(secret, text, at, goes_on) } else { None } {
            Some(end) => {
                found(at..end);
                at = end;
            }
            None => at += 1,
        }
    }
}

/// Where `secret` ends that begins at `at`, however each of its bytes is written.
fn end_of(secret: &[u8], text: &[u8], at: usize, goes_on: bool) -> Option<usize> {
    let mut places = vec![];
    ways(secret[0], text, at, &mut places);
    for byte in &secret[1..] {
        if places.is_empty() {
            return None;
        }
        if goes_on && places.contains(&text.len()) {
            return Some(text.len());
        }
        let mut next = vec![];
        places.iter().for_each(|place| ways(*byte, text, *place, &mut next));
        next.sort_unstable();
        next.dedup();
        places = next;
    }
    places.into_iter().max()
}

/// Where a byte may end that begins at `at`.
fn ways(byte: u8, text: &[u8], at: usize, ends: &mut Vec<usize>) {
    let Some(first) = text.get(at) else { return };
    if *first == byte || (*first == b'+' && byte == b' ') {
        ends.push(at + 1);
    }
    match first {
        b'%' if hex(text.get(at + 1..at + 3)) == Some(u32::from(byte)) => ends.push(at + 3),
        b'\\' => {
            // Within a string within a string backslashes are more.
            let run = text[at..].iter().take_while(|byte| **byte == b'\\').count();
            let behind = at + run;
            match text.get(behind) {
                Some(b'u') if hex(text.get(behind + 1..behind + 5)) == Some(u32::from(byte)) => ends.push(behind + 5),
                Some(escaped) if *escaped == byte && !byte.is_ascii_alphanumeric() => ends.push(behind + 1),
                _ => {}
            }
            if byte == b'\\' {
                ends.extend([2, 4, 8].into_iter().filter(|length| *length <= run).map(|length| at + length));
            }
        }
        b'&' => {
            let length = text[at..].iter().take(LONGEST_ENTITY).position(|byte| *byte == b';');
            if let Some(length) = length
                && entity(&text[at + 1..at + length]) == Some(u32::from(byte))
            {
                ends.push(at + length + 1);
            }
        }
        _ => {}
    }
}

/// `&quot;`, `&#x0027;`.
const LONGEST_ENTITY: usize = 10;

fn entity(name: &[u8]) -> Option<u32> {
    Some(match name {
        b"amp" => u32::from(b'&'),
        b"lt" => u32::from(b'<'),
        b"gt" => u32::from(b'>'),
        b"quot" => u32::from(b'"'),
        b"apos" => u32::from(b'\''),
        [b'#', b'x' | b'X', digits @ ..] => hex(Some(digits))?,
        [b'#', digits @ ..] => std::str::from_utf8(digits).ok()?.parse().ok()?,
        _ => return None,
    })
}

fn hex(digits: Option<&[u8]>) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits?).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(secret: &str, text: &str, goes_on: bool) -> Vec<(usize, usize)> {
        let mut ranges = Vec::new();
        Credentials::new([Hidden::new(secret)]).find(text, goes_on, &mut ranges);
        ranges.into_iter().map(|range| (range.start, range.end)).collect()
    }

    #[test]
    fn a_credential_is_found_however_it_is_written() {
        let secret = r#"s/3 "cr\e&t%"#;
        for written in [
            r#"s/3 "cr\e&t%"#,
            "s%2F3+%22cr%5ce%26t%25",
            "%73%2f%33%20%22%63%72%5C%65%26%74%25",
            r#"s\/3 \"cr\\e&t%"#,
            r#"s\/3 \u0022cr\u005Ce\u0026t%"#,
            r#"s\\\/3 \\\"cr\\\\e&t%"#,
            "s/3 &quot;cr\\e&amp;t%",
            "s/3 &#34;cr&#x5c;e&#x26;t%",
        ] {
            assert_eq!(found(secret, &format!("a{written}b{written}"), false).len(), 2, "{written}");
            assert_eq!(found(secret, written, false), [(0, written.len())], "{written}");
        }
        for other in [r#"s/3 "cr\e&t"#, "s/3", "", "s%2F3+%22cr%5ce%27t%25"] {
            assert_eq!(found(secret, other, false), [], "{other}");
        }
    }

    #[test]
    fn what_may_be_the_beginning_of_one_counts_where_a_text_goes_on() {
        assert_eq!(found("secret", "a sec", true), [(2, 5)]);
        assert_eq!(found("secret", "a sec", false), []);
        assert_eq!(found("secret", "a sec.", true), []);
    }

    #[test]
    fn a_credential_is_found_within_base64() {
        for before in ["", "a", "ab", "user:"] {
            for after in ["", "?", "\u{ff}\u{fe}"] {
                for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                    let text = engine.encode(format!("{before}s3cret?>value{after}"));
                    let found = found("s3cret?>value", &format!("\"{text}==\""), false);
                    assert!(found.iter().all(|range| *range == (1, text.len() + 3)) && !found.is_empty(), "{text}");
                }
            }
        }
        assert_eq!(found("abc", "YWJj", false), [], "too short to tell");
        assert_eq!(found("s3cret?>value", &STANDARD_NO_PAD.encode("another s3cret"), false), []);
    }

    #[test]
    fn nothing_is_found_of_nothing() {
        assert_eq!(found("", "abc", true), []);
    }

    #[test]
    fn a_text_that_repeats_itself_takes_no_longer_for_it() {
        let secret = "%25".repeat(40);
        assert_eq!(found(&secret, &"%25".repeat(400), false).len(), 10);
        assert_eq!(found(&secret, &"%2525".repeat(400), false).len(), 10);
    }
}
