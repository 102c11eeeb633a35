//! Rotating a token: a successor with a fresh secret takes over, and for a while both work.

use std::time::Duration;

use keyward_model::audit::Cause;
use keyward_model::scope::ScopeSet;
use keyward_model::team::{Team, TeamId};
use keyward_model::token::{Rotation, StoredToken, Token, TokenId, TokenState, TokenStatus, TokenText, generate};
use keyward_model::{FieldError, Timestamp};
use keyward_store::{StoreError, Tx};
use serde::{Deserialize, Serialize};

use crate::expiry::{Expiry, Lifetime};
use crate::failure::{failure, joined};
use crate::grant::beyond_granting;
use crate::{Issued, Tokens, reason, tokens};

/// The longest overlap, in seconds: 30 days.
pub(crate) const LONGEST_OVERLAP: u64 = 30 * 86_400;
const USUAL_OVERLAP: u64 = 86_400;

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RotateToken {
    /// Seconds for which both tokens work, 0 to 2,592,000 (30 days); a day when absent, and never beyond the
    /// old token's own expiry. 0 ends the old one now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 2592000)]
    pub overlap_seconds: Option<u64>,
    /// Until when the successor works; as long as the old token was made for when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Expiry>,
    /// Why, for the audit trail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A token that was rotated out, and its successor.
#[derive(Clone, Debug)]
pub struct Rotated {
    /// The old token; it works until its new expiry.
    pub old: Token,
    /// The successor, with its secret.
    pub new: Issued,
}

/// Why the token was not rotated.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// Something asked for cannot be.
    #[error("the token cannot be rotated like this: {}", joined(.0))]
    Fields(Vec<FieldError>),
    /// The team has no such token.
    #[error("there is no such token in the team")]
    NotFound,
    /// A successor is there already.
    #[error("the token was rotated already: {successor} takes over from it; rotate that one")]
    AlreadyRotated {
        /// The successor.
        successor: TokenId,
    },
    /// It is not in use, so that nothing would overlap.
    #[error("the token is {status}; {remedy}")]
    NotInUse {
        /// What it amounts to.
        status: TokenStatus,
        /// What to do.
        remedy: &'static str,
    },
    /// The credential that asks would lengthen its own life, or past approval that of a token that it made.
    #[error(
        "a successor does not outlive what its token was made for when the credential that asks is the token's own, \
         or made it in a team that requires approval; leave `expires_at` out or give an earlier one, or have somebody \
         else rotate it"
    )]
    LongerLife,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

failure!(RotateError, fields;
    Self::NotFound => NotFound,
    Self::AlreadyRotated { .. } => Conflict,
    Self::NotInUse { .. } => Conflict,
    Self::LongerLife => Conflict,
);

impl Tokens {
    /// Rotates a token. The successor has all that the old one had but its secret.
    ///
    /// `granting` are the scopes of whoever asks, who sees the successor's secret: none rotates a token that holds
    /// more of management than itself.
    pub async fn rotate(
        &self,
        cause: Cause,
        team: TeamId,
        id: TokenId,
        request: RotateToken,
        granting: &ScopeSet,
    ) -> Result<Rotated, RotateError> {
        let mut errors = Vec::new();
        let reason = reason::optional(request.reason, &mut errors);
        let overlap = overlap(request.overlap_seconds, &mut errors);

        let kinship = self.kinship(&cause.actor, team, id).await?;
        let mut tx = self.begin(cause).await?;
        let now = tx.now();
        let before = tokens::token(&mut tx, team, id).await?.ok_or(RotateError::NotFound)?;
        check_rotatable(&mut tx, &before).await?;
        let team = tx.team_by_id(team).await?.ok_or(RotateError::NotFound)?;
        errors.extend(beyond_granting(granting, &before.spec.scopes));
        let lifetime = successor_lifetime(&team, &before, now, request.expires_at, &mut errors);
        if !errors.is_empty() {
            return Err(RotateError::Fields(errors));
        }
        let bound = kinship.own || (kinship.maker && team.spec.tokens.require_approval);
        if bound && outlives(&lifetime, &renewed(&team, &before, now)) {
            return Err(RotateError::LongerLife);
        }

        let (successor, secret) = self.successor(&team, &before, lifetime, now);
        let mut old = rotated_out(&before, successor.token.id, overlap, now);
        tokens::write_new(&mut tx, "token.create", &successor).await?;
        tokens::write_change(&mut tx, "token.rotate", &before, &mut old, reason).await?;
        let revision = tx.commit().await?;
        Ok(Rotated { old, new: Issued { token: successor.token, secret, revision } })
    }

    fn successor(&self, team: &Team, old: &Token, lifetime: Lifetime, now: Timestamp) -> (StoredToken, TokenText) {
        let (id, secret) = generate(&team.spec.token_prefix, &*self.random);
        let token = Token {
            id,
            team: old.team,
            app: old.app,
            prefix: team.spec.token_prefix.clone(),
            last_four: secret.last_four(),
            version: 1,
            // What the old one was approved for, the successor is.
            state: TokenState::Active,
            spec: old.spec.clone(),
            not_before: lifetime.not_before,
            expires_at: lifetime.expires_at,
            created_at: now,
            updated_at: now,
            successor: None,
            rotation: None,
            predecessor: Some(old.id),
            revoked: None,
            imported: None,
        };
        (StoredToken { hash: self.vault.hash_token(secret.expose()), token }, secret)
    }
}

fn overlap(asked: Option<u64>, errors: &mut Vec<FieldError>) -> Duration {
    let seconds = asked.unwrap_or(USUAL_OVERLAP);
    if seconds > LONGEST_OVERLAP {
        let remedy = format!("use 0 to {LONGEST_OVERLAP} seconds (30 days)");
        errors.push(FieldError::new("overlap_seconds", "is too long", remedy));
    }
    Duration::from_secs(seconds.min(LONGEST_OVERLAP))
}

async fn check_rotatable(tx: &mut Tx, token: &Token) -> Result<(), RotateError> {
    let now = tx.now();
    let not_in_use = |status, remedy| Err(RotateError::NotInUse { status, remedy });
    match token.status(now) {
        status @ (TokenStatus::Revoked | TokenStatus::Expired) => not_in_use(status, "make a new one"),
        status @ TokenStatus::Disabled => not_in_use(status, "enable it, then rotate it"),
        status @ TokenStatus::Pending => not_in_use(status, "approve it, or revoke it and make a new one"),
        TokenStatus::Active | TokenStatus::NotYetValid | TokenStatus::Rotating => {
            let Some(id) = token.successor else { return Ok(()) };
            match tokens::token(tx, token.team, id).await?.map(|successor| successor.status(now)) {
                // Nothing takes over from it any more.
                None | Some(TokenStatus::Revoked | TokenStatus::Expired) => Ok(()),
                Some(_) => Err(RotateError::AlreadyRotated { successor: id }),
            }
        }
    }
}

fn successor_lifetime(
    team: &Team,
    old: &Token,
    now: Timestamp,
    wish: Option<Expiry>,
    errors: &mut Vec<FieldError>,
) -> Lifetime {
    let rules = &team.spec.tokens;
    if wish.is_some() {
        let not_before = old.not_before.filter(|moment| *moment > now);
        return Lifetime::decide(rules, now, not_before, wish, errors);
    }
    renewed(team, old, now)
}

/// The lifetime of a successor for which none was asked: as long as the old token was made for.
fn renewed(team: &Team, old: &Token, now: Timestamp) -> Lifetime {
    let rules = &team.spec.tokens;
    let started = old.not_before.map_or(old.created_at, |moment| moment.max(old.created_at));
    Lifetime::renew(rules, now, old.not_before, started, expiry_made_for(old))
}

fn outlives(one: &Lifetime, other: &Lifetime) -> bool {
    other.expires_at.is_some_and(|end| one.expires_at.is_none_or(|later| later > end))
}

/// Until when a token was made to work, whatever rotations did to it since.
fn expiry_made_for(token: &Token) -> Option<Timestamp> {
    token.rotation.as_ref().map_or(token.expires_at, |rotation| rotation.expires_at_before)
}

fn rotated_out(before: &Token, successor: TokenId, overlap: Duration, now: Timestamp) -> Token {
    let ends = now.plus(overlap);
    Token {
        successor: Some(successor),
        rotation: Some(Rotation { at: now, expires_at_before: expiry_made_for(before) }),
        expires_at: Some(before.expires_at.map_or(ends, |expiry| expiry.min(ends))),
        ..before.clone()
    }
}
