//! The token: a Keyward API key. A public id, a secret shown once, and everything that bounds its use.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::app::{AppId, Labels, validate_labels};
use crate::limits::Limits;
use crate::resource::{FieldError, text_at_most};
use crate::scope::ScopeSet;
use crate::team::TeamId;
use crate::{Name, Timestamp};

mod compact;
mod facts;
mod format;
mod restrictions;
mod shared;

pub use compact::{CompactToken, StoredCompactToken};
pub use facts::{LabelFacts, TokenFacts};
pub use format::{
    MalformedToken, Presented, TokenId, TokenIdError, TokenPrefix, TokenPrefixError, TokenText, generate,
};
pub use restrictions::{ApiGrant, Restrictions};
pub use shared::SharedParts;

/// A token as stored: everything but its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Token {
    /// The public id; part of the token's own text.
    pub id: TokenId,
    /// The team it belongs to.
    pub team: TeamId,
    /// The app it belongs to.
    pub app: AppId,
    /// What its text begins with; empty for imported tokens that begin otherwise.
    #[serde(default = "TokenPrefix::none", skip_serializing_if = "TokenPrefix::is_none")]
    #[schema(value_type = String)]
    pub prefix: TokenPrefix,
    /// The last four characters of its text, for recognising it.
    pub last_four: String,
    /// Counts the changes, from 1; the ETag.
    pub version: u64,
    /// What was decided about it. What it amounts to right now is [`Token::status`].
    pub state: TokenState,
    /// What its owner chose.
    #[serde(flatten)]
    pub spec: TokenSpec,
    /// From when it works; at once when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Until when it works; for ever when absent. This moment is no longer inside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When its secret was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The token that takes over from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<TokenId>,
    /// What the last rotation did to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
    /// The token it takes over from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predecessor: Option<TokenId>,
    /// When and why it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Revocation>,
    /// How it came in, when Keyward did not make it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<HashKind>,
}

/// What the owner of a token chooses, at creation and by editing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct TokenSpec {
    /// What people call it; 1 to 200 characters.
    pub name: String,
    /// What it is for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What it may do.
    pub scopes: ScopeSet,
    /// Where, when and with what it may be used.
    #[serde(skip_serializing_if = "Restrictions::is_empty")]
    pub restrictions: Restrictions,
    /// How much it may do.
    #[serde(skip_serializing_if = "Limits::is_empty")]
    pub limits: Limits,
    /// Free words, at most 32.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
}

impl TokenSpec {
    /// What cannot be, beyond what the types already refuse.
    pub fn validate(&self, errors: &mut Vec<FieldError>) {
        if self.name.trim().is_empty() {
            errors.push(FieldError::new("name", "is empty", "say in a few words what the token is for"));
        }
        text_at_most(&self.name, 200, "name", errors);
        text_at_most(&self.description, 2000, "description", errors);
        validate_labels(&self.labels, errors);
        self.restrictions.validate(errors);
        self.limits.validate("limits", errors);
    }

    /// Whether a token of this spec can do something that one of `before` could not.
    pub fn widens(&self, before: &TokenSpec) -> bool {
        !before.scopes.uncovered(&self.scopes).is_empty()
            || self.restrictions.widens(&before.restrictions)
            || self.limits != before.limits
    }
}

/// What was decided about a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// It may be used.
    #[default]
    Active,
    /// It waits for approval.
    Pending,
    /// It is switched off and can be switched on again.
    Disabled,
    /// It is dead for good.
    Revoked,
}

/// What a token amounts to at a moment: its state, its times and its successor together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenStatus {
    /// Works.
    Active,
    /// Works later.
    NotYetValid,
    /// Waits for approval.
    Pending,
    /// Works until its overlap ends; a successor exists.
    Rotating,
    /// Its time is over.
    Expired,
    /// Dead for good.
    Revoked,
    /// Switched off.
    Disabled,
}

impl TokenStatus {
    /// The status as text, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::NotYetValid => "not_yet_valid",
            Self::Pending => "pending",
            Self::Rotating => "rotating",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Disabled => "disabled",
        }
    }
}

impl fmt::Display for TokenStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a rotation did to the token that was rotated out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Rotation {
    /// When its successor was made.
    pub at: Timestamp,
    /// When it would have expired without the rotation; never when absent. Its overlap cannot go beyond.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at_before: Option<Timestamp>,
}

/// When and why a token was revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Revocation {
    /// When.
    pub at: Timestamp,
    /// Why, in the words of whoever did it.
    pub reason: String,
}

/// How a token's secret is kept. What is stored can verify a token and cannot make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenHash {
    /// How `digest` was made.
    pub kind: HashKind,
    /// The version of the pepper; 0 where none takes part.
    pub key_version: u32,
    /// 32 bytes.
    pub digest: [u8; 32],
    /// Where imported keys of this kind begin with a fixed text: that text.
    pub key_prefix: Option<String>,
    /// The secret that holds the key of another gateway's HMAC.
    pub key_secret: Option<Name>,
}

/// How a stored digest was made from the whole text of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HashKind {
    /// HMAC-SHA-256 under Keyward's own pepper; also what a `plain` import becomes before it is stored.
    Pepper,
    /// SHA-256, brought in from elsewhere.
    Sha256,
    /// HMAC-SHA-256 under a key brought in from elsewhere.
    HmacSha256,
}

impl HashKind {
    /// As in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pepper => "pepper",
            Self::Sha256 => "sha256",
            Self::HmacSha256 => "hmac-sha256",
        }
    }
}

impl std::str::FromStr for HashKind {
    type Err = HashKindError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Pepper, Self::Sha256, Self::HmacSha256]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(HashKindError)
    }
}

/// The text names no kind of hash.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("use sha256 or hmac-sha256")]
pub struct HashKindError;

/// A token with the hash that verifies it: what the store holds, and nobody is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredToken {
    /// The token.
    pub token: Token,
    /// What verifies it.
    pub hash: TokenHash,
}

/// When and from where a token was last used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LastUse {
    /// When, to within a few seconds.
    pub at: Timestamp,
    /// From which address.
    #[schema(value_type = String)]
    pub address: std::net::IpAddr,
    /// How many calls since the token was made, allowed or refused after it was recognised.
    pub calls: u64,
}
