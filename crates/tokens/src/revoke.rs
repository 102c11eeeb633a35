//! Revoking a token: it is dead from the moment the revision of this is applied, for good.

use keyward_model::FieldError;
use keyward_model::audit::Cause;
use keyward_model::team::TeamId;
use keyward_model::token::{Revocation, Token, TokenId, TokenState};
use keyward_store::{StoreError, Tx};
use serde::{Deserialize, Serialize};

use crate::failure::{failure, joined};
use crate::{Tokens, reason, tokens};

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeToken {
    /// Why, in a few words.
    pub reason: String,
}

/// A revoked token, and the revision from which on gateways refuse it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// The token.
    pub token: Token,
    /// What to wait for before telling the caller that it is refused.
    pub revision: u64,
}

/// Why the token was not revoked.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// Something said cannot be.
    #[error("{}", joined(.0))]
    Fields(Vec<FieldError>),
    /// The team has no such token.
    #[error("there is no such token in the team")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

failure!(RevokeError, fields; Self::NotFound => NotFound);

impl Tokens {
    /// Revokes a token. One that is revoked already keeps its first reason.
    pub async fn revoke(
        &self,
        cause: Cause,
        team: TeamId,
        id: TokenId,
        request: RevokeToken,
    ) -> Result<Revoked, RevokeError> {
        let mut errors = Vec::new();
        let reason = reason::required(request.reason, &mut errors);
        if !errors.is_empty() {
            return Err(RevokeError::Fields(errors));
        }
        let mut tx = self.begin(cause).await?;
        let before = tokens::token(&mut tx, team, id).await?.ok_or(RevokeError::NotFound)?;
        if before.state == TokenState::Revoked {
            drop(tx);
            return Ok(Revoked { token: before, revision: self.store.revision().await? });
        }
        let token = revoke(&mut tx, before, &reason).await?;
        Ok(Revoked { token, revision: tx.commit().await? })
    }
}

/// Revokes one token within a transaction.
pub(crate) async fn revoke(tx: &mut Tx, before: Token, reason: &str) -> Result<Token, StoreError> {
    let revoked = Some(Revocation { at: tx.now(), reason: reason.to_owned() });
    let mut after = Token { state: TokenState::Revoked, revoked, ..before.clone() };
    tokens::write_change(tx, "token.revoke", &before, &mut after, Some(reason.to_owned())).await?;
    Ok(after)
}
