//! Capture: which parts of calls are kept with their records, and what is blotted out in them.

use regex::bytes::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use crate::connection::is_token;
use crate::resource::{FieldError, at_most};

/// Bytes that a compiled pattern may take; what would take more is refused.
const PATTERN_SIZE: usize = 256 * 1024;
const MOST_BYTES: u32 = 1 << 20;

/// Which parts of an api's calls are kept beside their records, of calls whose token was recognised; none unless named.
/// Credentials are blotted out whatever is said here: headers such as `Authorization`, `Cookie` and `X-Api-Key`, fields
/// such as `password`, tokens of Keyward, and the credentials of the caller and of the upstream's connection wherever
/// they are repeated. A body that is compressed or not UTF-8 cannot be looked through and is not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Capture {
    /// Method, path, query and headers as they came.
    pub request_head: bool,
    /// Status and headers as they were sent to the caller.
    pub response_head: bool,
    /// The beginning of the request's body.
    pub request_body: bool,
    /// The beginning of the answer's body.
    pub response_body: bool,
    /// Bytes kept of each head and of each body, 1 to 1,048,576.
    #[schema(minimum = 1, maximum = 1048576)]
    pub max_bytes: u32,
    /// Headers whose values are blotted out as well; at most 64. Case does not count, nor `-` or `_`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redact_headers: Vec<String>,
    /// Fields whose values are blotted out as well: query parameters, form fields and members of JSON objects at any
    /// depth; at most 64. Case does not count, nor `-` or `_`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redact_fields: Vec<String>,
    /// Regular expressions (syntax of Rust's `regex`); whatever they match is blotted out, in heads and bodies; at
    /// most 32. A match longer than 4096 bytes may be missed where the capture ends.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redact_patterns: Vec<String>,
}

impl Default for Capture {
    fn default() -> Self {
        Self {
            request_head: false,
            response_head: false,
            request_body: false,
            response_body: false,
            max_bytes: 16 * 1024,
            redact_headers: Vec::new(),
            redact_fields: Vec::new(),
            redact_patterns: Vec::new(),
        }
    }
}

/// The text is not a pattern that can be looked for.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Not a regular expression, or too large a one.
    #[error("is no regular expression, or too large a one: {0}")]
    Syntax(String),
    /// It would blot out between any two bytes.
    #[error("matches the empty text")]
    Empty,
}

impl Capture {
    /// Whether nothing is kept and nothing said.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether anything is kept.
    pub fn is_on(&self) -> bool {
        self.request_head || self.response_head || self.request_body || self.response_body
    }

    /// Makes a pattern ready to be looked for, within bounds of size. Its time is linear in the text.
    pub fn compile(pattern: &str) -> Result<Regex, PatternError> {
        let built = RegexBuilder::new(pattern).size_limit(PATTERN_SIZE).dfa_size_limit(PATTERN_SIZE).build();
        let regex = built.map_err(|error| PatternError::Syntax(last_line(&error.to_string())))?;
        if regex.is_match(b"") { Err(PatternError::Empty) } else { Ok(regex) }
    }

    /// What cannot be.
    pub(super) fn validate(&self, errors: &mut Vec<FieldError>) {
        if self.max_bytes == 0 || self.max_bytes > MOST_BYTES {
            let remedy = format!("use 1 to {MOST_BYTES}; to keep nothing, switch the parts off");
            errors.push(FieldError::new("capture.max_bytes", "is out of range", remedy));
        }
        at_most(&self.redact_headers, 64, "capture.redact_headers", errors);
        at_most(&self.redact_fields, 64, "capture.redact_fields", errors);
        at_most(&self.redact_patterns, 32, "capture.redact_patterns", errors);
        for (place, name) in self.redact_headers.iter().enumerate() {
            if !is_token(name) || name.len() > 200 {
                let field = format!("capture.redact_headers[{place}]");
                errors.push(FieldError::new(field, "is not the name of a header", "write it as on the wire: X-Card"));
            }
        }
        for (place, name) in self.redact_fields.iter().enumerate() {
            if name.is_empty() || name.len() > 200 || name.contains(|c: char| c.is_control() || "\"\\".contains(c)) {
                let field = format!("capture.redact_fields[{place}]");
                errors.push(FieldError::new(
                    field,
                    "is not the name of a field",
                    "write the name alone, without quotes, at most 200 bytes: card_number",
                ));
            }
        }
        // What is too many is not compiled either.
        for (place, pattern) in self.redact_patterns.iter().enumerate().take(32) {
            let compiled = if pattern.len() > 1000 {
                Err(PatternError::Syntax("it is too long".to_owned()))
            } else {
                Self::compile(pattern).map(drop)
            };
            if let Err(error) = compiled {
                errors.push(FieldError::new(
                    format!("capture.redact_patterns[{place}]"),
                    error.to_string(),
                    r"write at most 1000 bytes that match at least one character, such as \b\d{16}\b",
                ));
            }
        }
    }
}

/// The parser draws the pattern over several lines; the last says what is wrong.
fn last_line(text: &str) -> String {
    text.lines().last().unwrap_or(text).trim_start_matches("error: ").to_owned()
}
