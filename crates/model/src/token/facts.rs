//! A token as far as calls are decided by it, whatever form it is kept in.

use super::{CompactToken, Restrictions, Revocation, Token, TokenId, TokenState, TokenStatus};
use crate::Timestamp;
use crate::app::{AppId, Labels};
use crate::limits::Limits;
use crate::scope::ScopeSet;
use crate::team::TeamId;

/// What the checks of a call look at.
#[derive(Clone, Copy, Debug)]
pub struct TokenFacts<'a> {
    /// The public id.
    pub id: TokenId,
    /// The team it belongs to.
    pub team: TeamId,
    /// The app it belongs to.
    pub app: AppId,
    /// What was decided about it.
    pub state: TokenState,
    /// From when it works; at once when absent.
    pub not_before: Option<Timestamp>,
    /// Until when it works; for ever when absent.
    pub expires_at: Option<Timestamp>,
    /// The token that takes over from it.
    pub successor: Option<TokenId>,
    /// When and why it was revoked.
    pub revoked: Option<&'a Revocation>,
    /// What it may do.
    pub scopes: &'a ScopeSet,
    /// Where, when and with what it may be used.
    pub restrictions: &'a Restrictions,
    /// How much it may do.
    pub limits: &'a Limits,
    /// Its labels.
    pub labels: LabelFacts<'a>,
}

impl TokenFacts<'_> {
    /// What the token amounts to at `now`.
    pub fn status(&self, now: Timestamp) -> TokenStatus {
        match self.state {
            TokenState::Revoked => TokenStatus::Revoked,
            _ if self.expires_at.is_some_and(|end| now >= end) => TokenStatus::Expired,
            TokenState::Disabled => TokenStatus::Disabled,
            TokenState::Pending => TokenStatus::Pending,
            TokenState::Active if self.not_before.is_some_and(|start| now < start) => TokenStatus::NotYetValid,
            TokenState::Active if self.successor.is_some() => TokenStatus::Rotating,
            TokenState::Active => TokenStatus::Active,
        }
    }
}

impl Token {
    /// What the checks of a call look at.
    pub fn facts(&self) -> TokenFacts<'_> {
        TokenFacts {
            id: self.id,
            team: self.team,
            app: self.app,
            state: self.state,
            not_before: self.not_before,
            expires_at: self.expires_at,
            successor: self.successor,
            revoked: self.revoked.as_ref(),
            scopes: &self.spec.scopes,
            restrictions: &self.spec.restrictions,
            limits: &self.spec.limits,
            labels: LabelFacts(Held::Map(&self.spec.labels)),
        }
    }

    /// What the token amounts to at `now`.
    pub fn status(&self, now: Timestamp) -> TokenStatus {
        self.facts().status(now)
    }
}

impl CompactToken {
    /// What the checks of a call look at.
    pub fn facts(&self, team: TeamId, app: AppId) -> TokenFacts<'_> {
        TokenFacts {
            id: self.id(),
            team,
            app,
            state: self.state(),
            not_before: self.not_before(),
            expires_at: self.expires_at(),
            successor: self.successor(),
            revoked: self.revoked(),
            scopes: self.scopes(),
            restrictions: self.restrictions(),
            limits: self.limits(),
            labels: LabelFacts(Held::Packed(self.packed_labels())),
        }
    }
}

/// The labels of a token.
#[derive(Clone, Copy, Debug)]
pub struct LabelFacts<'a>(Held<'a>);

#[derive(Clone, Copy, Debug)]
enum Held<'a> {
    Map(&'a Labels),
    Packed(&'a str),
}

impl<'a> LabelFacts<'a> {
    /// Keys and values, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let (map, packed) = match self.0 {
            Held::Map(map) => (Some(map), ""),
            Held::Packed(packed) => (None, packed),
        };
        let held = map.into_iter().flatten().map(|(key, value)| (key.as_str(), value.as_str()));
        held.chain(super::compact::unpack(packed))
    }
}
