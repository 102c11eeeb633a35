//! Following references within a document.

use serde_json::Value;

/// The whole document, for what refers to its other parts.
#[derive(Clone, Copy)]
pub(super) struct Document<'a>(&'a Value);

/// More references in a row than anybody means.
const MOST_REFERENCES: usize = 32;

impl<'a> Document<'a> {
    pub(super) fn new(document: &'a Value) -> Self {
        Self(document)
    }

    /// A part by its JSON pointer.
    pub(super) fn part(self, pointer: &str) -> Option<&'a Value> {
        self.0.pointer(pointer)
    }

    /// `value`, or what its `$ref` leads to. The error goes on from "it".
    pub(super) fn resolve(self, value: &'a Value) -> Result<&'a Value, String> {
        let mut at = value;
        for _ in 0..MOST_REFERENCES {
            let Some(reference) = at.get("$ref").and_then(Value::as_str) else {
                return Ok(at);
            };
            let pointer = reference
                .strip_prefix('#')
                .ok_or_else(|| format!("refers to `{reference}`, outside of the document"))?;
            at = self
                .0
                .pointer(&percent_decode(pointer))
                .ok_or_else(|| format!("refers to `{reference}`, which is not there"))?;
        }
        Err("is a reference that leads to itself".to_owned())
    }
}

/// A pointer in a URI fragment may have its braces encoded (RFC 6901 section 6).
fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = (*first == b'%').then(|| after.get(..2)).flatten();
        let byte = escaped
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `parent` and `child` as a JSON pointer (RFC 6901).
pub(super) fn pointer(parent: &str, child: &str) -> String {
    format!("{parent}/{}", child.replace('~', "~0").replace('/', "~1"))
}
