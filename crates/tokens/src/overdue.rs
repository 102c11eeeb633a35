//! Rotation by policy: which tokens have grown older than their team lets them.

use keyward_model::Timestamp;
use keyward_model::app::AppId;
use keyward_model::team::{AfterDeadline, TeamId, TokenRules};
use keyward_model::token::{Token, TokenFacts, TokenId, TokenStatus};
use serde::Serialize;

use crate::{Live, LiveToken, Tokens};

/// A token that is due for rotation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct OverdueToken {
    /// Which.
    pub id: TokenId,
    /// What people call it.
    pub name: String,
    /// The app it belongs to.
    #[schema(value_type = String)]
    pub app: AppId,
    /// When its secret was made.
    pub created_at: Timestamp,
    /// Since when it is due.
    pub due_at: Timestamp,
    /// Until when it has to be rotated.
    pub deadline: Timestamp,
    /// What happens at the deadline.
    pub after_deadline: AfterDeadline,
    /// Whether the deadline has passed.
    pub deadline_passed: bool,
}

impl Tokens {
    /// The team's tokens that are due for rotation, those with the nearest deadline first; at most `limit`.
    pub fn overdue(&self, live: &Live, team: TeamId, limit: usize) -> Vec<OverdueToken> {
        let now = self.clock.now();
        let mut overdue = Vec::new();
        live.for_each(|token| {
            if token.team_id() == team {
                overdue.extend(overdue_token(&Aging::of(token), &token.team().spec.tokens, now));
            }
        });
        overdue.sort_by_key(|token| (token.deadline, token.id));
        overdue.truncate(limit);
        overdue
    }
}

/// What of a token decides about its rotation.
pub(crate) struct Aging<'a> {
    facts: TokenFacts<'a>,
    name: &'a str,
    created_at: Timestamp,
}

impl<'a> Aging<'a> {
    /// Of a token as held in memory.
    pub(crate) fn of(live: &'a LiveToken) -> Self {
        Self { facts: live.facts(), name: live.token.name(), created_at: live.token.created_at() }
    }
}

impl<'a> From<&'a Token> for Aging<'a> {
    fn from(token: &'a Token) -> Self {
        Self { facts: token.facts(), name: &token.spec.name, created_at: token.created_at }
    }
}

/// What is to be said of a token at `now`; nothing of one that is young, does not work, or is being rotated out.
pub(crate) fn overdue_token(token: &Aging<'_>, rules: &TokenRules, now: Timestamp) -> Option<OverdueToken> {
    let age = rules.maximum_age.as_ref()?;
    let (due_at, deadline) = (age.due(token.created_at), age.deadline(token.created_at));
    let in_use = matches!(token.facts.status(now), TokenStatus::Active | TokenStatus::NotYetValid);
    (in_use && now >= due_at).then(|| OverdueToken {
        id: token.facts.id,
        name: token.name.to_owned(),
        app: token.facts.app,
        created_at: token.created_at,
        due_at,
        deadline,
        after_deadline: age.after_deadline,
        deadline_passed: now >= deadline,
    })
}
