//! Switching a token off, and on again.

use keyward_model::FieldError;
use keyward_model::audit::Cause;
use keyward_model::team::TeamId;
use keyward_model::token::{Token, TokenId, TokenState, TokenStatus};
use keyward_store::StoreError;

use crate::failure::{failure, joined};
use crate::{Changed, Tokens, reason, tokens};

/// Why the token was not switched.
#[derive(Debug, thiserror::Error)]
pub enum SwitchError {
    /// Something said cannot be.
    #[error("{}", joined(.0))]
    Fields(Vec<FieldError>),
    /// The team has no such token.
    #[error("there is no such token in the team")]
    NotFound,
    /// It waits for approval: it does not work yet, and only approval makes it work.
    #[error("the token awaits approval; approve it, or revoke it")]
    Pending,
    /// It no longer works and never will.
    #[error("the token is {status}; make a new one")]
    Dead {
        /// What it amounts to.
        status: TokenStatus,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

failure!(SwitchError, fields;
    Self::NotFound => NotFound,
    Self::Pending => Conflict,
    Self::Dead { .. } => Conflict,
);

impl Tokens {
    /// Switches a token off until it is enabled again. One that is off already stays as it is.
    pub async fn disable(
        &self,
        cause: Cause,
        team: TeamId,
        id: TokenId,
        reason: Option<String>,
    ) -> Result<Changed, SwitchError> {
        self.switch(cause, team, id, TokenState::Disabled, reason).await
    }

    /// Switches a token on again. One that is on already stays as it is.
    pub async fn enable(
        &self,
        cause: Cause,
        team: TeamId,
        id: TokenId,
        reason: Option<String>,
    ) -> Result<Changed, SwitchError> {
        self.switch(cause, team, id, TokenState::Active, reason).await
    }

    async fn switch(
        &self,
        cause: Cause,
        team: TeamId,
        id: TokenId,
        to: TokenState,
        reason: Option<String>,
    ) -> Result<Changed, SwitchError> {
        let mut errors = Vec::new();
        let reason = reason::optional(reason, &mut errors);
        if !errors.is_empty() {
            return Err(SwitchError::Fields(errors));
        }
        let mut tx = self.begin(cause).await?;
        let before = tokens::token(&mut tx, team, id).await?.ok_or(SwitchError::NotFound)?;
        match before.status(tx.now()) {
            status @ (TokenStatus::Revoked | TokenStatus::Expired) => return Err(SwitchError::Dead { status }),
            TokenStatus::Pending => return Err(SwitchError::Pending),
            _ if before.state == to => {
                drop(tx);
                return Ok(self.unchanged(before).await?);
            }
            _ => {}
        }
        let mut after = Token { state: to, ..before.clone() };
        let action = if to == TokenState::Disabled { "token.disable" } else { "token.enable" };
        tokens::write_change(&mut tx, action, &before, &mut after, reason).await?;
        Ok(Changed { token: after, revision: tx.commit().await? })
    }
}
