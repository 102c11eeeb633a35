//! The overlap of a rotation: ended now, or extended.

use std::time::Duration;

use keyward_model::audit::Cause;
use keyward_model::scope::ScopeSet;
use keyward_model::team::TeamId;
use keyward_model::token::{Rotation, Token, TokenId, TokenStatus};
use keyward_model::{FieldError, Timestamp};
use keyward_store::{StoreError, Tx};
use serde::{Deserialize, Serialize};

use crate::failure::{failure, joined};
use crate::grant::beyond_granting;
use crate::rotate::LONGEST_OVERLAP;
use crate::{Changed, Tokens, reason, tokens};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtendRotation {
    /// Until when the old token is to work: later than now set, within 30 days of the rotation, and not beyond
    /// what it was made for.
    pub expires_at: Timestamp,
    /// Why, for the audit trail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Why the overlap was not changed.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    /// Something asked for cannot be.
    #[error("the overlap cannot be changed like this: {}", joined(.0))]
    Fields(Vec<FieldError>),
    /// The team has no such token.
    #[error("there is no such token in the team")]
    NotFound,
    /// It is not the old token of a rotation that goes on.
    #[error("the token is {status} and not being rotated out; name the old token of a rotation whose overlap goes on")]
    NotRotating {
        /// What it amounts to.
        status: TokenStatus,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

failure!(RotationError, fields;
    Self::NotFound => NotFound,
    Self::NotRotating { .. } => Conflict,
);

impl Tokens {
    /// Ends the overlap of a rotation: the old token expires now.
    pub async fn end_rotation(
        &self,
        cause: Cause,
        team: TeamId,
        id: TokenId,
        reason: Option<String>,
    ) -> Result<Changed, RotationError> {
        let mut errors = Vec::new();
        let reason = reason::optional(reason, &mut errors);
        if !errors.is_empty() {
            return Err(RotationError::Fields(errors));
        }
        let mut tx = self.begin(cause).await?;
        let (before, _) = rotating(&mut tx, team, id).await?;
        let mut after = Token { expires_at: Some(tx.now()), ..before.clone() };
        tokens::write_change(&mut tx, "token.end_rotation", &before, &mut after, reason).await?;
        Ok(Changed { token: after, revision: tx.commit().await? })
    }

    /// Lets the old token of a rotation work for longer. `granting` as for editing: this widens.
    pub async fn extend_rotation(
        &self,
        cause: Cause,
        team: TeamId,
        id: TokenId,
        request: ExtendRotation,
        granting: &ScopeSet,
    ) -> Result<Changed, RotationError> {
        let mut errors = Vec::new();
        let reason = reason::optional(request.reason, &mut errors);
        let mut tx = self.begin(cause).await?;
        let (before, rotation) = rotating(&mut tx, team, id).await?;
        check_end(&before, &rotation, request.expires_at, &mut errors);
        errors.extend(beyond_granting(granting, &before.spec.scopes));
        if !errors.is_empty() {
            return Err(RotationError::Fields(errors));
        }
        let mut after = Token { expires_at: Some(request.expires_at), ..before.clone() };
        tokens::write_change(&mut tx, "token.extend_rotation", &before, &mut after, reason).await?;
        Ok(Changed { token: after, revision: tx.commit().await? })
    }
}

/// The old token of a rotation whose overlap goes on, and what the rotation did to it. It may be disabled.
async fn rotating(tx: &mut Tx, team: TeamId, id: TokenId) -> Result<(Token, Rotation), RotationError> {
    let token = tokens::token(tx, team, id).await?.ok_or(RotationError::NotFound)?;
    let status = token.status(tx.now());
    let alive = !matches!(status, TokenStatus::Revoked | TokenStatus::Expired);
    match token.rotation.clone().filter(|_| alive && token.successor.is_some()) {
        Some(rotation) => Ok((token, rotation)),
        None => Err(RotationError::NotRotating { status }),
    }
}

fn check_end(token: &Token, rotation: &Rotation, wanted: Timestamp, errors: &mut Vec<FieldError>) {
    let longest = rotation.at.plus(Duration::from_secs(LONGEST_OVERLAP));
    let latest = rotation.expires_at_before.map_or(longest, |expiry| expiry.min(longest));
    if token.expires_at.is_some_and(|end| wanted <= end) {
        let remedy = "give a later moment, or end the rotation";
        errors.push(FieldError::new("expires_at", "is not later than the overlap ends already", remedy));
    } else if wanted > latest {
        let remedy = format!("stay within 30 days of the rotation and the token's own expiry: {latest}");
        errors.push(FieldError::new("expires_at", "is too late", remedy));
    }
}
