//! Editing a token: all but its secret.

use keyward_model::app::{App, AppSpec, Labels};
use keyward_model::audit::Cause;
use keyward_model::limits::{Limits, Quota, RateLimit};
use keyward_model::scope::ScopeSet;
use keyward_model::team::{Team, TeamId};
use keyward_model::token::{Restrictions, Token, TokenId, TokenSpec, TokenState, TokenStatus};
use keyward_model::{FieldError, Name, Timestamp};
use keyward_store::{StoreError, Tx};
use serde::{Deserialize, Serialize};

use crate::create::no_such_app;
use crate::expiry::{Expiry, Lifetime};
use crate::failure::{failure, joined};
use crate::grant::{Grants, apis_named};
use crate::kinship::Kinship;
use crate::{Changed, Tokens, reason, tokens};

/// What is to change. What is absent stays as it is; what is given replaces what was there, as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EditToken {
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The app it is to belong to from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<Name>,
    /// What it may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<ScopeSet>,
    /// Where, when and with what it may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restrictions: Option<Restrictions>,
    /// How much it may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// Free words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<Labels>,
    /// From when it works; null for at once.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub not_before: Option<Option<Timestamp>>,
    /// Until when it works. The overlap of a rotation is extended or ended instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Expiry>,
    /// Why, for the audit trail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Tells a field that is null from one that is absent.
fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Why the token was not edited.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// Something asked for cannot be.
    #[error("the token cannot be changed like this: {}", joined(.0))]
    Fields(Vec<FieldError>),
    /// The team has no such token.
    #[error("there is no such token in the team")]
    NotFound,
    /// Somebody else changed it since it was read.
    #[error(
        "the token was changed in the meantime and is now at version {version}; read it again and repeat the change"
    )]
    ChangedMeanwhile {
        /// The version it has now.
        version: u64,
    },
    /// It no longer works and never will.
    #[error("the token is {status} and cannot be changed; make a new one")]
    Dead {
        /// What it amounts to.
        status: TokenStatus,
    },
    /// The credential that asks is the token's own.
    #[error(
        "a token does not widen itself, neither with its successor nor with a token that it made: its scopes, \
         restrictions, limits and lifetime may only become narrower; have somebody else widen it"
    )]
    OwnToken,
    /// The team wants a second person for what the token could then do.
    #[error(
        "the team requires approval, and the token was made with the credential that now asks to widen it, or with \
         one that this one comes from; create a new token and have it approved, or have a second person widen this one"
    )]
    NeedsApproval,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

failure!(EditError, fields;
    Self::NotFound => NotFound,
    Self::ChangedMeanwhile { .. } => PreconditionFailed,
    Self::Dead { .. } => Conflict,
    Self::OwnToken => Conflict,
    Self::NeedsApproval => Conflict,
);

impl Tokens {
    /// Edits a token; audited as `token.widen` when it can then do something that it could not, else as `token.edit`.
    ///
    /// `if_match` is the version the caller has read. `granting` are the scopes of whoever asks: none widens a
    /// token that holds more of management than itself. No token widens itself; and where the team requires approval,
    /// the credential that made it does not either.
    pub async fn edit(
        &self,
        cause: Cause,
        team: TeamId,
        id: TokenId,
        request: EditToken,
        if_match: Option<u64>,
        granting: &ScopeSet,
    ) -> Result<Changed, EditError> {
        let read = self.store.token(team, id).await?.ok_or(EditError::NotFound)?;
        let apis = apis_named(&self.store, team, [&edited(&read.token, &request).spec]).await?;
        let kinship = self.kinship(&cause.actor, team, id).await?;

        let mut tx = self.begin(cause).await?;
        let before = tokens::token(&mut tx, team, id).await?.ok_or(EditError::NotFound)?;
        check_editable(&before, if_match, tx.now())?;
        let (team, app) = surroundings(&mut tx, &before, request.app.as_ref()).await?;

        let mut after = edited(&before, &request);
        let mut errors = Vec::new();
        let reason = reason::optional(request.reason.clone(), &mut errors);
        after.spec.validate(&mut errors);
        after.app = app.id;
        let moved = app.id != before.app;
        let grants = Grants { team: &team, app: &app, apis: &apis, granting };
        // In another app every scope is granted anew.
        grants.check((!moved).then_some(&before.spec), &after.spec, &mut errors);
        decide_lifetime(&team, &before, &mut after, &request, tx.now(), &mut errors);
        let widened = moved || after.spec.widens(&before.spec) || lives_longer(&before, &after);
        let lifted = moved || lifts(&before.spec, &after.spec) || lives_longer(&before, &after);
        if lifted {
            check_kinship(kinship, &team, &before)?;
        }
        if widened {
            grants.check_granting(&after.spec.scopes, &mut errors);
        }
        if !errors.is_empty() {
            return Err(EditError::Fields(errors));
        }
        if after == before {
            drop(tx);
            return Ok(self.unchanged(before).await?);
        }
        let action = if widened { "token.widen" } else { "token.edit" };
        tokens::write_change(&mut tx, action, &before, &mut after, reason).await?;
        Ok(Changed { token: after, revision: tx.commit().await? })
    }
}

fn check_editable(token: &Token, if_match: Option<u64>, now: Timestamp) -> Result<(), EditError> {
    if if_match.is_some_and(|version| version != token.version) {
        return Err(EditError::ChangedMeanwhile { version: token.version });
    }
    match token.status(now) {
        status @ (TokenStatus::Revoked | TokenStatus::Expired) => Err(EditError::Dead { status }),
        _ => Ok(()),
    }
}

/// Whether the credential that asks may widen the token.
fn check_kinship(kinship: Kinship, team: &Team, token: &Token) -> Result<(), EditError> {
    if kinship.own {
        return Err(EditError::OwnToken);
    }
    // What still waits for approval is approved as it then is.
    let approved = team.spec.tokens.require_approval && token.state != TokenState::Pending;
    if approved && kinship.maker { Err(EditError::NeedsApproval) } else { Ok(()) }
}

/// The token's team, and the app it is to belong to.
async fn surroundings(tx: &mut Tx, token: &Token, app: Option<&Name>) -> Result<(Team, App), EditError> {
    let team = tx.team_by_id(token.team).await?.ok_or(EditError::NotFound)?;
    let app = match app {
        Some(name) => {
            tx.resource::<AppSpec>(team.id, name).await?.ok_or_else(|| EditError::Fields(vec![no_such_app(name)]))?
        }
        // An app with tokens is not deleted.
        None => tx.resource_by_id(team.id, token.app).await?.ok_or(EditError::NotFound)?,
    };
    Ok((team, app))
}

fn edited(before: &Token, request: &EditToken) -> Token {
    let mut after = before.clone();
    let spec = &mut after.spec;
    replace(&mut spec.name, &request.name);
    replace(&mut spec.description, &request.description);
    replace(&mut spec.scopes, &request.scopes);
    replace(&mut spec.restrictions, &request.restrictions);
    replace(&mut spec.limits, &request.limits);
    replace(&mut spec.labels, &request.labels);
    after
}

fn replace<T: Clone>(value: &mut T, wanted: &Option<T>) {
    if let Some(wanted) = wanted {
        value.clone_from(wanted);
    }
}

fn decide_lifetime(
    team: &Team,
    before: &Token,
    after: &mut Token,
    request: &EditToken,
    now: Timestamp,
    errors: &mut Vec<FieldError>,
) {
    if request.expires_at.is_some() && before.successor.is_some() {
        let remedy = "extend or end its rotation instead";
        errors.push(FieldError::new("expires_at", "is the end of the overlap with its successor", remedy));
        return;
    }
    after.not_before = request.not_before.unwrap_or(before.not_before);
    if let Some(wish) = request.expires_at {
        after.expires_at = Lifetime::decide(&team.spec.tokens, now, after.not_before, Some(wish), errors).expires_at;
    } else if let (Some(start), Some(end)) = (after.not_before, after.expires_at)
        && start >= end
    {
        let remedy = "let the token begin to work before it expires";
        errors.push(FieldError::new("not_before", "is not before `expires_at`", remedy));
    }
}

/// Whether a token of the spec `after` can do something that one of `before` could not. [`TokenSpec::widens`] takes any
/// change of limits for that; here one that only tightens them is told apart.
fn lifts(before: &TokenSpec, after: &TokenSpec) -> bool {
    let same_limits = TokenSpec { limits: before.limits.clone(), ..after.clone() };
    same_limits.widens(before) || loosens(&before.limits, &after.limits)
}

/// Whether a limit is gone or higher. All limits hold together, so that a further one only tightens.
fn loosens(before: &Limits, after: &Limits) -> bool {
    let (rates, quotas) = (&after.rates, &after.quotas);
    let holds_rate = |old: &RateLimit| {
        rates.iter().any(|new| new.limit <= old.limit && *new == RateLimit { limit: new.limit, ..old.clone() })
    };
    let holds_quota = |old: &Quota| {
        quotas.iter().any(|new| new.limit <= old.limit && *new == Quota { limit: new.limit, ..old.clone() })
    };
    !before.rates.iter().all(holds_rate) || !before.quotas.iter().all(holds_quota)
}

/// Whether the token works at a moment at which it did not.
fn lives_longer(before: &Token, after: &Token) -> bool {
    let earlier = before.not_before.is_some_and(|old| after.not_before.is_none_or(|new| new < old));
    let later = before.expires_at.is_some_and(|old| after.expires_at.is_none_or(|new| new > old));
    earlier || later
}
