//! The change feed: what changed, in one order, so that gateways can follow.

use serde::{Deserialize, Serialize};

use crate::resource::Kind;
use crate::team::TeamId;

/// One step of the feed. Rows of one transaction share a revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Counts the transactions of the whole installation, without gaps.
    pub revision: u64,
    /// The team it belongs to; none for the installation's own.
    pub team: Option<TeamId>,
    /// What kind of thing changed.
    pub kind: Kind,
    /// Which one: its id.
    pub id: String,
}

/// What the key ring keeps of a key: sealed under the master key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedKey {
    /// What it is for.
    pub purpose: KeyPurpose,
    /// Counts the keys of a purpose, from 1; the highest is in use.
    pub version: u32,
    /// Sealed under the master key.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: crate::Timestamp,
}

/// What a key of the key ring is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyPurpose {
    /// Hashing tokens.
    Pepper,
    /// Sealing secrets.
    Seal,
    /// Chaining audit events and sealing rows. Has one version only: a chain that changes its key proves nothing.
    Integrity,
}

impl KeyPurpose {
    /// Every purpose.
    pub const ALL: [Self; 3] = [Self::Pepper, Self::Seal, Self::Integrity];

    /// As in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pepper => "pepper",
            Self::Seal => "seal",
            Self::Integrity => "integrity",
        }
    }
}

impl std::str::FromStr for KeyPurpose {
    type Err = KeyPurposeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text).ok_or(KeyPurposeError)
    }
}

/// The text names no purpose of a key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key is for pepper, seal or integrity")]
pub struct KeyPurposeError;
