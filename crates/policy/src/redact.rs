//! What a capture may show: heads and the beginnings of bodies, with whatever is secret blotted out.
//!
//! Credentials are blotted out by the name of their header or field, and by their shape wherever they stand: tokens of
//! Keyward, `Bearer` and `Basic` credentials, JWTs, private keys. What an api names or describes by a pattern goes the
//! same way, and so does what the call itself was made with, wherever it is repeated. It errs towards blotting out too much; what cannot be read as text is not shown at all.

use std::fmt;
use std::ops::Range;

use keyward_model::api::{Capture, PatternError};
use regex::bytes::Regex;
use zeroize::Zeroizing;

mod credentials;
mod form;
mod json;
mod names;

pub use credentials::Credentials;
use names::{Names, is_secret_header};

/// What stands in place of what is blotted out.
pub const MARK: &str = "[redacted]";

/// Bytes looked through beyond what is kept, so that what begins before the end and goes on behind it is recognised.
pub const LOOK_AHEAD: usize = 4096;

/// Credentials by their shape.
const SHAPES: &str = concat!(
    // A token of Keyward: prefix, then id, secret and check.
    r"(?-u:\b)[a-z0-9]{2,12}_[0-9A-Za-z]{50}(?-u:\b)",
    // RFC 6750, RFC 7617.
    r"|(?i:(?-u:\b)(?:bearer|basic)[ \t]+[0-9a-z+/._~-]{8,}=*)",
    // A JSON Web Token (RFC 7519) begins with an object.
    r"|eyJ[0-9A-Za-z_-]{5,}\.[0-9A-Za-z_-]+(?:\.[0-9A-Za-z_-]*)*",
    // RFC 7468.
    r"|(?s:-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z))",
);

/// The rules of one api, ready for use.
#[derive(Debug)]
pub struct Redaction {
    headers: Names,
    fields: Names,
    patterns: Vec<Regex>,
    max_bytes: usize,
}

/// Text that may be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The text, no longer than the api's `max_bytes`.
    pub text: String,
    /// Whether it goes on beyond what is kept.
    pub cut: bool,
    /// Stretches that were blotted out.
    pub blotted: usize,
}

/// The text may be shown, but not wherever this is printed by chance.
impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, cut, blotted } = self;
        f.debug_struct("Redacted").field("bytes", &text.len()).field("cut", cut).field("blotted", blotted).finish()
    }
}

/// A body that cannot be looked through, and is therefore not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// Its `Content-Encoding` hides what it says.
    #[error("the body is encoded and cannot be looked through")]
    Encoded,
    /// It is not UTF-8, or has NUL in it.
    #[error("the body is not UTF-8 text")]
    NotText,
}

impl Redaction {
    /// The rules of `capture`. `token_parameter` is the query parameter that may carry the caller's token.
    pub fn new(capture: &Capture, token_parameter: Option<&str>) -> Result<Self, PatternError> {
        let mut patterns = vec![Capture::compile(SHAPES)?];
        for pattern in &capture.redact_patterns {
            patterns.push(Capture::compile(pattern)?);
        }
        let fields = names::SECRET_FIELDS.iter().copied().chain(token_parameter);
        Ok(Self {
            headers: Names::new(capture.redact_headers.iter().map(String::as_str)),
            fields: Names::new(capture.redact_fields.iter().map(String::as_str).chain(fields)),
            patterns,
            max_bytes: usize::try_from(capture.max_bytes).unwrap_or(usize::MAX),
        })
    }

    /// How many bytes of a body to hold for [`Redaction::body`]: more are not looked at.
    pub fn holds(&self) -> usize {
        self.max_bytes.saturating_add(LOOK_AHEAD)
    }

    /// The head of a request: method and target as they came, and a line for each header.
    pub fn request_head<'h>(
        &self,
        method: &str,
        target: &str,
        headers: impl IntoIterator<Item = (&'h str, &'h [u8])>,
        credentials: &Credentials,
    ) -> Redacted {
        self.head(&[method, " ", target], headers, credentials)
    }

    /// The head of an answer: its status, and a line for each header.
    pub fn response_head<'h>(
        &self,
        status: u16,
        headers: impl IntoIterator<Item = (&'h str, &'h [u8])>,
        credentials: &Credentials,
    ) -> Redacted {
        self.head(&[&status.to_string()], headers, credentials)
    }

    fn head<'h>(
        &self,
        first: &[&str],
        headers: impl IntoIterator<Item = (&'h str, &'h [u8])>,
        credentials: &Credentials,
    ) -> Redacted {
        let headers: Vec<(&str, &[u8])> = headers.into_iter().collect();
        // Bytes that are replaced take three; with room for all of it, no copy of a credential is left behind.
        let room = headers.iter().map(|(name, value)| name.len() + 3 * value.len() + 3).sum::<usize>();
        let mut text = Zeroizing::new(String::with_capacity(room + first.iter().map(|part| part.len()).sum::<usize>()));
        first.iter().for_each(|part| text.push_str(part));
        let mut ranges = self.secrets(&text, credentials, false);
        for (name, value) in headers {
            text.push('\n');
            // Somebody may have pasted there what belongs behind the colon.
            let found = self.secrets(name, credentials, false).into_iter();
            ranges.extend(found.map(|range| range.start + text.len()..range.end + text.len()));
            text.push_str(name);
            text.push_str(": ");
            let begin = text.len();
            // Bytes beyond ASCII have no meaning that is agreed upon (RFC 9110 section 5.5).
            for part in value.utf8_chunks() {
                text.push_str(part.valid());
                text.push_str(if part.invalid().is_empty() { "" } else { "\u{fffd}" });
            }
            if self.headers.has(name.bytes()) || is_secret_header(name) {
                ranges.push(begin..text.len());
            } else {
                let found = self.secrets(&text[begin..], credentials, false).into_iter();
                ranges.extend(found.map(|range| range.start + begin..range.end + begin));
            }
        }
        self.render(&text, ranges, false)
    }

    /// The beginning of a body, of which `held` are the first [`Redaction::holds`] bytes or all. `encoded` says that it
    /// has a `Content-Encoding` other than `identity`, `whole` that `held` is all of it.
    pub fn body(
        &self,
        held: &[u8],
        encoded: bool,
        whole: bool,
        credentials: &Credentials,
    ) -> Result<Redacted, Withheld> {
        if encoded {
            return Err(Withheld::Encoded);
        }
        let text = match std::str::from_utf8(held) {
            Ok(text) => text,
            // Cut within a character.
            Err(error) if error.error_len().is_none() && !whole => {
                std::str::from_utf8(&held[..error.valid_up_to()]).map_err(|_| Withheld::NotText)?
            }
            Err(_) => return Err(Withheld::NotText),
        };
        // UTF-16 may be UTF-8 by its bytes, and none of its words would be recognised.
        if text.contains('\0') {
            return Err(Withheld::NotText);
        }
        Ok(self.render(text, self.secrets(text, credentials, !whole), !whole))
    }

    /// Where something secret stands, in no order.
    fn secrets(&self, text: &str, credentials: &Credentials, goes_on: bool) -> Vec<Range<usize>> {
        let mut ranges = Vec::new();
        credentials.find(text, goes_on, &mut ranges);
        form::secrets(text, &self.fields, &mut ranges);
        json::secrets(text, &self.fields, &mut ranges);
        for pattern in &self.patterns {
            ranges.extend(pattern.find_iter(text.as_bytes()).map(|found| found.range()));
        }
        ranges
    }

    fn render(&self, text: &str, mut ranges: Vec<Range<usize>>, mut cut: bool) -> Redacted {
        ranges.retain(|range| !range.is_empty());
        ranges.sort_unstable_by_key(|range| range.start);
        let end = text.len().min(self.max_bytes);
        cut |= end < text.len();
        let (mut shown, mut at, mut blotted) = (Vec::with_capacity(end), 0, 0);
        let mut ranges = ranges.into_iter().peekable();
        while at < end {
            let clear = ranges.peek().map_or(end, |range| range.start.min(end));
            if at < clear {
                shown.extend_from_slice(&text.as_bytes()[at..clear]);
                at = clear;
                continue;
            }
            shown.extend_from_slice(MARK.as_bytes());
            blotted += 1;
            // What overlaps or touches is one stretch.
            while let Some(range) = ranges.next_if(|range| range.start <= at) {
                at = at.max(range.end);
            }
        }
        // Marks may be longer than what they stand for, and patterns may split characters.
        let shown = String::from_utf8_lossy(&shown);
        let fits = shown.floor_char_boundary(self.max_bytes);
        Redacted { text: shown[..fits].to_owned(), cut: cut || fits < shown.len(), blotted }
    }
}

#[cfg(test)]
mod tests;
