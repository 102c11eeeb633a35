//! The name of a team, app, api, route, upstream ...: how people and files refer to it. It never changes.

use std::fmt;
use std::str::FromStr;

use crate::text::textual;

/// 1 to 63 of `a-z 0-9 - _ .`, beginning with a letter or digit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Box<str>);

impl Name {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::ops::Deref for Name {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// The text is not a name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name is 1 to 63 of a-z, 0-9, `-`, `_` and `.`, beginning with a letter or digit")]
pub struct NameError;

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = (1..=63).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.'))
            && text.as_bytes()[0].is_ascii_alphanumeric();
        if fits { Ok(Self(text.into())) } else { Err(NameError) }
    }
}

textual!(Name, "Name", "1 to 63 of a-z, 0-9, `-`, `_` and `.`, beginning with a letter or digit.", "orders");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for good in ["orders", "v1", "a", "orders-v1.2_x"] {
            assert!(good.parse::<Name>().is_ok(), "{good}");
        }
        for bad in ["", "Orders", "-a", "a b", "ä", &"a".repeat(64), "a/b"] {
            assert!(bad.parse::<Name>().is_err(), "{bad}");
        }
    }
}
