//! Approving a token that waits for a second person.

use keyward_model::FieldError;
use keyward_model::audit::Cause;
use keyward_model::team::TeamId;
use keyward_model::token::{Token, TokenId, TokenState, TokenStatus};
use keyward_store::StoreError;

use crate::failure::{failure, joined};
use crate::{Changed, Tokens, reason, tokens};

/// Why the token was not approved.
#[derive(Debug, thiserror::Error)]
pub enum ApproveError {
    /// Something said cannot be.
    #[error("{}", joined(.0))]
    Fields(Vec<FieldError>),
    /// The team has no such token.
    #[error("there is no such token in the team")]
    NotFound,
    /// Whoever made it asks to approve it, be it with a successor of that credential or with one it made.
    #[error(
        "the token was made with the credential that now asks to approve it, or with one that this one comes from; \
         a second person has to"
    )]
    SameActor,
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

failure!(ApproveError, fields;
    Self::NotFound => NotFound,
    Self::SameActor => Conflict,
    Self::Dead { .. } => Conflict,
);

impl Tokens {
    /// Approves a token. One that does not wait for it stays as it is.
    pub async fn approve(
        &self,
        cause: Cause,
        team: TeamId,
        id: TokenId,
        reason: Option<String>,
    ) -> Result<Changed, ApproveError> {
        let mut errors = Vec::new();
        let reason = reason::optional(reason, &mut errors);
        if !errors.is_empty() {
            return Err(ApproveError::Fields(errors));
        }
        let kinship = self.kinship(&cause.actor, team, id).await?;
        let mut tx = self.begin(cause).await?;
        let before = tokens::token(&mut tx, team, id).await?.ok_or(ApproveError::NotFound)?;
        match before.status(tx.now()) {
            status @ (TokenStatus::Revoked | TokenStatus::Expired) => return Err(ApproveError::Dead { status }),
            TokenStatus::Pending if kinship.maker => return Err(ApproveError::SameActor),
            TokenStatus::Pending => {}
            _ => {
                drop(tx);
                return Ok(self.unchanged(before).await?);
            }
        }
        let mut after = Token { state: TokenState::Active, ..before.clone() };
        tokens::write_change(&mut tx, "token.approve", &before, &mut after, reason).await?;
        Ok(Changed { token: after, revision: tx.commit().await? })
    }
}
