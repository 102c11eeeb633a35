//! Whether a token works right now, asked by whoever holds its text.

use keyward_model::secret::Hidden;
use keyward_model::team::TeamId;
use keyward_model::token::{Token, TokenStatus};
use keyward_model::{Code, Denial};
use keyward_store::StoreError;
use serde::Serialize;

use crate::{Live, Tokens};

/// What can be said of a text that somebody holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Verification {
    /// Whether a call with it would get past authentication at this moment, from an address that it admits.
    pub valid: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// The outcome in a sentence.
    pub detail: String,
    /// What the token amounts to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<TokenStatus>,
    /// The token, where it is one of the team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<Token>,
}

impl Tokens {
    /// Says what a text is. A token of another team is as unknown as none at all.
    pub async fn verify(&self, live: &Live, team: TeamId, text: &Hidden) -> Result<Verification, StoreError> {
        let presented = live.present(text.expose_str().unwrap_or_default());
        let found = match presented {
            Ok(found) if found.team_id() == team => found,
            Ok(_) => return Ok(unknown(crate::live::unknown())),
            Err(denial) => return Ok(unknown(denial)),
        };
        let status = found.facts().status(self.clock.now());
        let (code, detail) = match status {
            TokenStatus::Active | TokenStatus::Rotating if found.app().spec.disabled => {
                (Some(Code::TokenDisabled), "The token's app is disabled.".to_owned())
            }
            TokenStatus::Active | TokenStatus::Rotating => (None, format!("The token is {status} and works.")),
            TokenStatus::NotYetValid => refused(Code::TokenNotYetValid),
            TokenStatus::Pending => refused(Code::TokenPending),
            TokenStatus::Expired => refused(Code::TokenExpired),
            TokenStatus::Revoked => refused(Code::TokenRevoked),
            TokenStatus::Disabled => refused(Code::TokenDisabled),
        };
        // In memory there is only what decides; what people look at is in the store.
        let stored = self.store.token(team, found.token.id()).await?;
        let Some(stored) = stored else { return Ok(unknown(crate::live::unknown())) };
        let (status, token) = (Some(status), Some(stored.token));
        Ok(Verification { valid: code.is_none(), code, detail, status, token })
    }
}

fn refused(code: Code) -> (Option<Code>, String) {
    (Some(code), format!("{}.", code.title()))
}

fn unknown(denial: Denial) -> Verification {
    Verification { valid: false, code: Some(denial.code), detail: denial.detail, status: None, token: None }
}
