//! Scopes: `resource:action`, with `*` on either side. What a token may do, and what a route asks for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::textual;

/// The resource whose scopes guard Keyward itself. No wildcard resource reaches it: it has to be named.
pub const MANAGEMENT: &str = "keyward";

/// One permission: `orders:read`, `orders:*`, `*:read`, `*:*`.
///
/// Either side is `*` or 1 to 64 of `a-z A-Z 0-9 - _ . /`. The letters are compared as written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    text: Box<str>,
    colon: usize,
}

impl Scope {
    /// What is acted on, before the colon.
    pub fn resource(&self) -> &str {
        &self.text[..self.colon]
    }

    /// What is done, after the colon.
    pub fn action(&self) -> &str {
        &self.text[self.colon + 1..]
    }

    /// The scope as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it has a `*` on either side.
    pub fn is_wildcard(&self) -> bool {
        self.resource() == "*" || self.action() == "*"
    }

    /// Whether it guards Keyward itself.
    pub fn is_management(&self) -> bool {
        self.resource() == MANAGEMENT
    }

    /// Whether whoever holds `self` may do all that `needed` names.
    ///
    /// `*` as a resource covers every resource but [`MANAGEMENT`]; `keyward:*` covers all management
    /// but `keyward:operator`, which crosses teams and must be held by its own name.
    pub fn covers(&self, needed: &Scope) -> bool {
        if needed.is_management() {
            return self.is_management()
                && (self.action() == needed.action() || (self.action() == "*" && needed.action() != "operator"));
        }
        (self.resource() == "*" || self.resource() == needed.resource())
            && (self.action() == "*" || self.action() == needed.action())
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The text is not a scope.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a scope is `resource:action`, each `*` or 1 to 64 of a-z, A-Z, 0-9, `-`, `_`, `.` and `/`")]
pub struct ScopeError;

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let colon = text.find(':').ok_or(ScopeError)?;
        let side = |side: &str| {
            side == "*"
                || ((1..=64).contains(&side.len())
                    && side.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/')))
        };
        if side(&text[..colon]) && side(&text[colon + 1..]) {
            Ok(Self { text: text.into(), colon })
        } else {
            Err(ScopeError)
        }
    }
}

textual!(Scope, "Scope", "A permission as `resource:action`; `*` stands for any.", "orders:read");

/// A set of scopes: sorted, without doubles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(from = "Vec<Scope>", into = "Vec<Scope>")]
#[schema(value_type = Vec<Scope>)]
pub struct ScopeSet(Vec<Scope>);

impl From<Vec<Scope>> for ScopeSet {
    fn from(mut scopes: Vec<Scope>) -> Self {
        scopes.sort();
        scopes.dedup();
        Self(scopes)
    }
}

impl From<ScopeSet> for Vec<Scope> {
    fn from(set: ScopeSet) -> Self {
        set.0
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self::from(scopes.into_iter().collect::<Vec<_>>())
    }
}

impl ScopeSet {
    /// The scopes, sorted.
    pub fn iter(&self) -> std::slice::Iter<'_, Scope> {
        self.0.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether some scope here covers `needed`.
    pub fn covers(&self, needed: &Scope) -> bool {
        self.0.iter().any(|held| held.covers(needed))
    }

    /// The scopes of `wanted` that nothing here covers.
    pub fn uncovered<'a>(&self, wanted: &'a ScopeSet) -> Vec<&'a Scope> {
        wanted.iter().filter(|needed| !self.covers(needed)).collect()
    }
}

impl fmt::Display for ScopeSet {
    /// Scopes separated by spaces, as in RFC 6749 section 3.3.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, scope) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(" ")?;
            }
            f.write_str(&scope.text)?;
        }
        Ok(())
    }
}

/// What a route asks of a token's scopes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ScopeRule {
    /// At least one of these.
    Any(ScopeSet),
    /// Every one of these.
    All(ScopeSet),
}

impl Default for ScopeRule {
    fn default() -> Self {
        Self::All(ScopeSet::default())
    }
}

impl ScopeRule {
    /// The scopes the rule names.
    pub fn scopes(&self) -> &ScopeSet {
        match self {
            Self::Any(scopes) | Self::All(scopes) => scopes,
        }
    }

    /// What of the rule `held` does not satisfy; empty when it is satisfied.
    pub fn missing(&self, held: &ScopeSet) -> ScopeSet {
        match self {
            Self::All(needed) => held.uncovered(needed).into_iter().cloned().collect(),
            Self::Any(needed) if needed.is_empty() || needed.iter().any(|scope| held.covers(scope)) => {
                ScopeSet::default()
            }
            Self::Any(needed) => needed.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(text: &str) -> Scope {
        text.parse().expect("a valid scope")
    }

    fn set(texts: &[&str]) -> ScopeSet {
        texts.iter().map(|text| scope(text)).collect()
    }

    #[test]
    fn wildcards_cover_their_side() {
        assert!(scope("orders:*").covers(&scope("orders:read")));
        assert!(scope("*:read").covers(&scope("orders:read")));
        assert!(scope("*:*").covers(&scope("orders:read")));
        assert!(!scope("orders:read").covers(&scope("orders:*")));
        assert!(!scope("*:read").covers(&scope("orders:delete")));
    }

    #[test]
    fn no_wildcard_resource_reaches_management() {
        assert!(!scope("*:*").covers(&scope("keyward:tokens.read")));
        assert!(scope("keyward:*").covers(&scope("keyward:tokens.read")));
        assert!(!scope("keyward:*").covers(&scope("keyward:operator")));
        assert!(!scope("*:*").covers(&scope("keyward:*")));
    }

    #[test]
    fn rules_say_what_is_missing() {
        let any = ScopeRule::Any(set(&["orders:read", "orders:list"]));
        let all = ScopeRule::All(set(&["orders:read", "orders:list"]));
        assert!(any.missing(&set(&["orders:list"])).is_empty());
        assert_eq!(all.missing(&set(&["orders:list"])), set(&["orders:read"]));
        assert_eq!(any.missing(&set(&["x:y"])).to_string(), "orders:list orders:read");
        assert!(ScopeRule::default().missing(&set(&[])).is_empty());
    }

    #[test]
    fn malformed_scopes_are_refused() {
        for bad in ["", "orders", ":", "orders:", ":read", "a b:c", "a:b:c", "**:a", "o*:read"] {
            assert!(bad.parse::<Scope>().is_err(), "{bad}");
        }
    }
}
