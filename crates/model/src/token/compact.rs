//! A token in the least room: of a million of them, most differ in name, times and secret only.
//!
//! What tokens are alike in is kept once, found by its text in the stored document, so that it is neither kept nor
//! read again for each of them. Descriptions and what only people look at are left in the store.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::shared::Terms;
use super::{HashKind, Restrictions, Revocation, SharedParts, TokenHash, TokenId, TokenPrefix, TokenState};
use crate::Timestamp;
use crate::app::{AppId, Labels};
use crate::limits::Limits;
use crate::scope::ScopeSet;
use crate::team::TeamId;

/// A token as held for verifying. Team and app, which many tokens share, are kept beside it.
#[derive(Clone, Debug)]
pub struct CompactToken {
    id: TokenId,
    state: TokenState,
    /// How much of `text` is the name.
    name: u16,
    imported: Option<HashKind>,
    /// Whether its text begins as that of no token made here does.
    unprefixed: bool,
    /// As far as it fits, which no token's changes exceed.
    version: u32,
    /// [`NEVER`] where there is none; likewise `expires_at`.
    not_before: i64,
    expires_at: i64,
    created_at: Timestamp,
    terms: Arc<Terms>,
    /// The name, and behind it the labels.
    text: Box<str>,
    rare: Option<Box<Rare>>,
}

/// What few tokens have.
#[derive(Clone, Debug, Default, PartialEq)]
struct Rare {
    successor: Option<TokenId>,
    revoked: Option<Revocation>,
    /// Where it is not the usual one, and there is one.
    prefix: Option<TokenPrefix>,
}

/// A token as read from the store for verifying.
#[derive(Debug)]
pub struct StoredCompactToken {
    /// The token.
    pub token: CompactToken,
    /// The team it belongs to.
    pub team: TeamId,
    /// The app it belongs to.
    pub app: AppId,
    /// What verifies it.
    pub hash: TokenHash,
}

const NEVER: i64 = i64::MIN;

static UNRESTRICTED: Restrictions = Restrictions::NONE;
static UNLIMITED: Limits = Limits::NONE;

/// The stored document, read no further than needed.
#[derive(Deserialize)]
struct Document<'a> {
    id: TokenId,
    team: TeamId,
    app: AppId,
    #[serde(default, borrow)]
    prefix: Cow<'a, str>,
    version: u64,
    state: TokenState,
    #[serde(default, borrow)]
    name: Cow<'a, str>,
    #[serde(default, borrow)]
    scopes: Option<&'a RawValue>,
    #[serde(default, borrow)]
    restrictions: Option<&'a RawValue>,
    #[serde(default, borrow)]
    limits: Option<&'a RawValue>,
    #[serde(default)]
    labels: Option<Labels>,
    #[serde(default)]
    not_before: Option<Timestamp>,
    #[serde(default)]
    expires_at: Option<Timestamp>,
    created_at: Timestamp,
    #[serde(default)]
    successor: Option<TokenId>,
    #[serde(default)]
    revoked: Option<Revocation>,
    #[serde(default)]
    imported: Option<HashKind>,
}

impl CompactToken {
    /// Reads the JSON document of a token. What others have too is taken from `parts`.
    pub fn read(document: &str, parts: &SharedParts) -> Result<(Self, TeamId, AppId), serde_json::Error> {
        let read: Document<'_> = serde_json::from_str(document)?;
        let (text, name) = pack(&read.name, read.labels.as_ref());
        let usual = read.prefix == TokenPrefix::USUAL;
        let unprefixed = read.prefix.is_empty();
        let prefix = match usual || unprefixed {
            true => None,
            false => Some(read.prefix.parse().map_err(custom)?),
        };
        let rare = Rare { successor: read.successor, revoked: read.revoked, prefix };
        let millis = |moment: Option<Timestamp>| moment.map_or(NEVER, Timestamp::as_millis);
        let token = Self {
            id: read.id,
            state: read.state,
            name,
            imported: read.imported,
            unprefixed,
            version: u32::try_from(read.version).unwrap_or(u32::MAX),
            not_before: millis(read.not_before),
            expires_at: millis(read.expires_at),
            created_at: read.created_at,
            terms: parts.terms(
                read.scopes.map_or("[]", RawValue::get),
                read.restrictions.map(RawValue::get),
                read.limits.map(RawValue::get),
            )?,
            text,
            rare: (rare != Rare::default()).then(|| Box::new(rare)),
        };
        Ok((token, read.team, read.app))
    }

    /// The public id.
    pub fn id(&self) -> TokenId {
        self.id
    }

    /// What was decided about it.
    pub fn state(&self) -> TokenState {
        self.state
    }

    /// Counts the changes, from 1.
    pub fn version(&self) -> u64 {
        u64::from(self.version)
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.text[..usize::from(self.name)]
    }

    /// From when it works; at once when absent.
    pub fn not_before(&self) -> Option<Timestamp> {
        moment(self.not_before)
    }

    /// Until when it works; for ever when absent.
    pub fn expires_at(&self) -> Option<Timestamp> {
        moment(self.expires_at)
    }

    /// When its secret was made.
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// What it may do.
    pub fn scopes(&self) -> &ScopeSet {
        &self.terms.scopes
    }

    /// Where, when and with what it may be used.
    pub fn restrictions(&self) -> &Restrictions {
        self.terms.restrictions.as_deref().unwrap_or(&UNRESTRICTED)
    }

    /// How much it may do.
    pub fn limits(&self) -> &Limits {
        self.terms.limits.as_deref().unwrap_or(&UNLIMITED)
    }

    /// The token that takes over from it.
    pub fn successor(&self) -> Option<TokenId> {
        self.rare.as_ref().and_then(|rare| rare.successor)
    }

    /// When and why it was revoked.
    pub fn revoked(&self) -> Option<&Revocation> {
        self.rare.as_ref().and_then(|rare| rare.revoked.as_ref())
    }

    /// How it came in, when Keyward did not make it.
    pub fn imported(&self) -> Option<HashKind> {
        self.imported
    }

    /// What its text begins with; empty for imported tokens that begin otherwise.
    pub fn prefix(&self) -> &str {
        match self.rare.as_deref() {
            _ if self.unprefixed => "",
            Some(Rare { prefix: Some(prefix), .. }) => prefix.as_str(),
            _ => TokenPrefix::USUAL,
        }
    }

    pub(super) fn packed_labels(&self) -> &str {
        &self.text[usize::from(self.name)..]
    }
}

fn moment(millis: i64) -> Option<Timestamp> {
    (millis != NEVER).then(|| Timestamp::from_millis(millis))
}

fn custom(error: impl std::fmt::Display) -> serde_json::Error {
    serde::de::Error::custom(error)
}

/// The name with the labels behind it, and how much of it is the name. Each label is the lengths of key and value,
/// then key and value.
fn pack(name: &str, labels: Option<&Labels>) -> (Box<str>, u16) {
    let mut text = name;
    // Validated names have at most 800 bytes.
    while u16::try_from(text.len()).is_err() {
        text = &text[..text.char_indices().next_back().map_or(0, |(at, _)| at)];
    }
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    let labels = labels.into_iter().flatten().map(|(key, value)| format!("{}:{}:{key}{value}", key.len(), value.len()));
    (labels.fold(text.to_owned(), |text, label| text + &label).into_boxed_str(), length)
}

/// The labels that [`pack`] put behind a name.
pub(super) fn unpack(mut packed: &str) -> impl Iterator<Item = (&str, &str)> {
    std::iter::from_fn(move || {
        let (key, rest) = packed.split_once(':')?;
        let (value, rest) = rest.split_once(':')?;
        let (key, rest) = rest.split_at_checked(key.parse().ok()?)?;
        let (value, rest) = rest.split_at_checked(value.parse().ok()?)?;
        packed = rest;
        Some((key, value))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn labels_read_back_whatever_they_hold(name in "\\PC{0,20}", labels in prop::collection::btree_map("\\PC{0,5}", "\\PC{0,5}", 0..4)) {
            let (text, length) = pack(&name, Some(&labels));
            let (read, packed) = text.split_at(usize::from(length));
            prop_assert_eq!(read, name);
            let unpacked: Vec<_> = unpack(packed).collect();
            prop_assert_eq!(unpacked, labels.iter().map(|(key, value)| (&**key, &**value)).collect::<Vec<_>>());
        }
    }

    fn document(with: serde_json::Value) -> serde_json::Value {
        let mut whole = serde_json::json!({
            "id": "4fTz0aB9cD3e", "team": "team_00000000000000000000000001", "app": "app_00000000000000000000000002",
            "prefix": "kw", "last_four": "abcd", "version": 3, "state": "active", "name": "nightly",
            "scopes": ["orders:read"], "created_at": "2025-12-31T00:00:00Z", "updated_at": "2025-12-31T00:00:00Z",
        });
        whole.as_object_mut().expect("an object").extend(with.as_object().expect("an object").clone());
        whole
    }

    #[test]
    fn a_compact_token_decides_as_the_whole_one_does() {
        let parts = SharedParts::default();
        for with in [
            serde_json::json!({}),
            serde_json::json!({"labels": {"env": "test", "a:b": "1:2"}, "prefix": "acme"}),
            serde_json::json!({"limits": {"rates": [{"limit": 5, "window_seconds": 60}]}, "not_before": "2026-01-01T00:00:00Z"}),
            serde_json::json!({"restrictions": {"methods": ["GET"]}, "expires_at": "2026-01-01T00:00:00.250Z"}),
            serde_json::json!({"state": "revoked", "revoked": {"at": "2026-01-01T00:00:00Z", "reason": "\"lost\""}}),
            serde_json::json!({"successor": "4fTz0aB9cD3f", "imported": "sha256", "name": "a \"quoted\" name"}),
        ] {
            let text = document(with).to_string();
            let whole: super::super::Token = serde_json::from_str(&text).expect("a token");
            // As the store writes it, which leaves out what is empty.
            let stored = serde_json::to_string(&whole).expect("a document");
            let (compact, team, app) = CompactToken::read(&stored, &parts).expect("a token");
            let (one, other) = (compact.facts(team, app), whole.facts());
            let shown = |facts: &super::super::TokenFacts<'_>| {
                let labels: Vec<_> = facts.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
                format!(
                    "{} {} {} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {labels:?}",
                    facts.id,
                    facts.team,
                    facts.app,
                    facts.state,
                    facts.not_before,
                    facts.expires_at,
                    facts.successor,
                    facts.revoked,
                    facts.scopes,
                    facts.restrictions,
                    facts.limits
                )
            };
            assert_eq!(shown(&one), shown(&other));
            assert_eq!((compact.name(), compact.version()), (whole.spec.name.as_str(), whole.version));
            assert_eq!((compact.prefix(), compact.imported()), (whole.prefix.as_str(), whole.imported));
            assert_eq!(compact.created_at(), whole.created_at);
        }
    }

    #[test]
    fn a_token_without_a_prefix_has_none() {
        let mut document = document(serde_json::json!({}));
        document.as_object_mut().expect("an object").remove("prefix");
        let (token, ..) = CompactToken::read(&document.to_string(), &SharedParts::default()).expect("a token");
        assert_eq!(token.prefix(), "");
    }

    #[test]
    fn what_is_alike_is_kept_once() {
        let parts = SharedParts::default();
        let read = || CompactToken::read(&document(serde_json::json!({})).to_string(), &parts).expect("a token").0;
        assert!(Arc::ptr_eq(&read().terms, &read().terms));
    }

    #[test]
    fn it_fits_its_room() {
        assert!(std::mem::size_of::<CompactToken>() <= 80);
    }
}
