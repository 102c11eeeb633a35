//! Revoking every token of an app, or with a label, at once.

use keyward_model::app::AppSpec;
use keyward_model::audit::Cause;
use keyward_model::team::TeamId;
use keyward_model::token::{Token, TokenState};
use keyward_model::{FieldError, Name};
use keyward_store::{StoreError, Tx};
use serde::{Deserialize, Serialize};

use crate::create::no_such_app;
use crate::failure::{failure, joined};
use crate::revoke::revoke;
use crate::{Tokens, reason};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeTokens {
    /// Which tokens.
    pub select: BulkSelector,
    /// Why, in a few words.
    pub reason: String,
}

/// Which tokens of a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum BulkSelector {
    /// Those of an app.
    App(Name),
    /// Those with a label.
    Label {
        /// The label's key.
        key: String,
        /// The label's value.
        value: String,
    },
}

/// What was revoked, and the revision from which on gateways refuse it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedMany {
    /// The tokens that were alive, as they are now.
    pub tokens: Vec<Token>,
    /// What to wait for before telling the caller that they are refused.
    pub revision: u64,
}

/// Why nothing was revoked.
#[derive(Debug, thiserror::Error)]
pub enum RevokeManyError {
    /// Something said cannot be.
    #[error("{}", joined(.0))]
    Fields(Vec<FieldError>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

failure!(RevokeManyError, fields;);

impl Tokens {
    /// Revokes all tokens selected that are not revoked yet, expired ones included: all of them, or none.
    pub async fn revoke_many(
        &self,
        cause: Cause,
        team: TeamId,
        request: RevokeTokens,
    ) -> Result<RevokedMany, RevokeManyError> {
        let mut errors = Vec::new();
        let reason = reason::required(request.reason, &mut errors);
        if !errors.is_empty() {
            return Err(RevokeManyError::Fields(errors));
        }
        let mut tx = self.begin(cause).await?;
        let mut selected = select(&mut tx, team, &request.select).await?;
        selected.retain(|token| token.state != TokenState::Revoked);
        if selected.is_empty() {
            drop(tx);
            return Ok(RevokedMany { tokens: Vec::new(), revision: self.store.revision().await? });
        }
        let mut tokens = Vec::with_capacity(selected.len());
        for token in selected {
            tokens.push(revoke(&mut tx, token, &reason).await?);
        }
        Ok(RevokedMany { tokens, revision: tx.commit().await? })
    }
}

async fn select(tx: &mut Tx, team: TeamId, selector: &BulkSelector) -> Result<Vec<Token>, RevokeManyError> {
    match selector {
        BulkSelector::App(name) => {
            let app = tx.resource::<AppSpec>(team, name).await?;
            let app = app.ok_or_else(|| RevokeManyError::Fields(vec![no_such_app(name).within("select")]))?;
            Ok(tx.tokens_of_app(app.id).await?)
        }
        BulkSelector::Label { key, value } => {
            let mut tokens = tx.tokens_of_team(team).await?;
            tokens.retain(|token| token.spec.labels.get(key) == Some(value));
            Ok(tokens)
        }
    }
}
