//! Making a token. Its secret is in the answer and nowhere else.

use keyward_model::app::{AppSpec, Labels};
use keyward_model::audit::Cause;
use keyward_model::limits::Limits;
use keyward_model::scope::ScopeSet;
use keyward_model::team::TeamId;
use keyward_model::token::{Restrictions, StoredToken, Token, TokenId, TokenSpec, TokenState, TokenText, generate};
use keyward_model::{FieldError, Name, Timestamp};
use keyward_store::{Remembered, StoreError, Tx};
use serde::{Deserialize, Serialize};

use crate::expiry::{Expiry, Lifetime};
use crate::failure::{failure, joined};
use crate::grant::{Grants, apis_named};
use crate::{Tokens, tokens};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// The app it is to belong to.
    pub app: Name,
    /// What people call it; 1 to 200 characters.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What it may do; within what its app is entitled to.
    #[serde(default)]
    pub scopes: ScopeSet,
    /// Where, when and with what it may be used.
    #[serde(default, skip_serializing_if = "Restrictions::is_empty")]
    pub restrictions: Restrictions,
    /// How much it may do.
    #[serde(default, skip_serializing_if = "Limits::is_empty")]
    pub limits: Limits,
    /// Free words, at most 32.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// From when it works; at once when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Until when it works; as long as the team's rules say when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Expiry>,
}

/// A token that was just made: the one moment at which its secret can be seen.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The token.
    pub token: Token,
    /// Its whole text.
    pub secret: TokenText,
    /// The revision from which on gateways know it.
    pub revision: u64,
}

/// A key under which a creation may be asked for again without making a second token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The caller's key.
    pub key: String,
    /// What tells one request from another: a hash of all that was asked.
    pub fingerprint: String,
}

/// What a creation under an [`IdempotencyKey`] came to.
#[derive(Clone, Debug)]
pub enum Creation {
    /// A new token.
    Made(Issued),
    /// The token made when the key was first used. Its secret was shown then and cannot be shown again.
    Repeated(Token),
}

/// Why no token was made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Something asked for cannot be.
    #[error("the token cannot be made: {}", joined(.0))]
    Fields(Vec<FieldError>),
    /// There is no such team.
    #[error("the team is gone")]
    NoTeam,
    /// The idempotency key came with another request before.
    #[error("this idempotency key belongs to another request; use a fresh key for each creation")]
    KeyReused,
    /// The token made under this key is no longer kept.
    #[error("the token made under this idempotency key has been deleted; use a fresh key")]
    RepeatedButGone,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

failure!(CreateError, fields;
    Self::NoTeam => NotFound,
    Self::KeyReused => IdempotencyConflict,
    Self::RepeatedButGone => Conflict,
);

impl Tokens {
    /// Makes a token. `granting` are the scopes of whoever asks: none grants more of management than it holds.
    pub async fn create(
        &self,
        cause: Cause,
        team: TeamId,
        request: CreateToken,
        granting: &ScopeSet,
    ) -> Result<Issued, CreateError> {
        let (app, spec, wish) = request.parts();
        let apis = apis_named(&self.store, team, [&spec]).await?;
        let mut tx = self.begin(cause).await?;
        let asked = Asked { team, app, spec, wish, granting, apis: &apis };
        let (token, secret) = self.issue(&mut tx, asked).await?;
        Ok(Issued { token, secret, revision: tx.commit().await? })
    }

    /// Makes a token unless one was made under `key` before; deciding and making are one transaction.
    pub async fn create_once(
        &self,
        cause: Cause,
        team: TeamId,
        request: CreateToken,
        granting: &ScopeSet,
        key: &IdempotencyKey,
    ) -> Result<Creation, CreateError> {
        let (app, spec, wish) = request.parts();
        let apis = apis_named(&self.store, team, [&spec]).await?;
        let mut tx = self.begin(cause).await?;
        if let Some(remembered) = tx.remembered(team, &key.key).await? {
            return repeated(&mut tx, team, key, &remembered).await.map(Creation::Repeated);
        }
        let asked = Asked { team, app, spec, wish, granting, apis: &apis };
        let (token, secret) = self.issue(&mut tx, asked).await?;
        let body = token.id.to_string();
        tx.remember(team, &key.key, &Remembered { fingerprint: key.fingerprint.clone(), status: 201, body }).await?;
        Ok(Creation::Made(Issued { token, secret, revision: tx.commit().await? }))
    }

    async fn issue(&self, tx: &mut Tx, asked: Asked<'_>) -> Result<(Token, TokenText), CreateError> {
        let now = tx.now();
        let team = tx.team_by_id(asked.team).await?.ok_or(CreateError::NoTeam)?;
        let Some(app) = tx.resource::<AppSpec>(team.id, &asked.app).await? else {
            return Err(CreateError::Fields(vec![no_such_app(&asked.app)]));
        };
        let rules = &team.spec.tokens;
        let mut errors = Vec::new();
        asked.spec.validate(&mut errors);
        let grants = Grants { team: &team, app: &app, apis: asked.apis, granting: asked.granting };
        grants.check(None, &asked.spec, &mut errors);
        grants.check_granting(&asked.spec.scopes, &mut errors);
        let (not_before, expires_at) = asked.wish;
        let lifetime = Lifetime::decide(rules, now, not_before, expires_at, &mut errors);
        if !errors.is_empty() {
            return Err(CreateError::Fields(errors));
        }
        let (id, secret) = generate(&team.spec.token_prefix, &*self.random);
        let token = Token {
            id,
            team: team.id,
            app: app.id,
            prefix: team.spec.token_prefix.clone(),
            last_four: secret.last_four(),
            version: 1,
            state: if rules.require_approval { TokenState::Pending } else { TokenState::Active },
            spec: asked.spec,
            not_before: lifetime.not_before,
            expires_at: lifetime.expires_at,
            created_at: now,
            updated_at: now,
            successor: None,
            rotation: None,
            predecessor: None,
            revoked: None,
            imported: None,
        };
        let stored = StoredToken { hash: self.vault.hash_token(secret.expose()), token };
        tokens::write_new(tx, "token.create", &stored).await?;
        Ok((stored.token, secret))
    }
}

/// What is asked for, taken apart, and what it is held against.
struct Asked<'a> {
    team: TeamId,
    app: Name,
    spec: TokenSpec,
    wish: (Option<Timestamp>, Option<Expiry>),
    granting: &'a ScopeSet,
    apis: &'a [keyward_model::api::Api],
}

impl CreateToken {
    fn parts(self) -> (Name, TokenSpec, (Option<Timestamp>, Option<Expiry>)) {
        let Self { app, name, description, scopes, restrictions, limits, labels, not_before, expires_at } = self;
        let spec = TokenSpec { name, description, scopes, restrictions, limits, labels };
        (app, spec, (not_before, expires_at))
    }
}

async fn repeated(
    tx: &mut Tx,
    team: TeamId,
    key: &IdempotencyKey,
    remembered: &Remembered,
) -> Result<Token, CreateError> {
    if remembered.fingerprint != key.fingerprint {
        return Err(CreateError::KeyReused);
    }
    // A key used for something else than a token has the fingerprint of that.
    let id: TokenId = remembered.body.parse().map_err(|_| CreateError::KeyReused)?;
    tokens::token(tx, team, id).await?.ok_or(CreateError::RepeatedButGone)
}

/// The field error of an app that is not there.
pub(crate) fn no_such_app(app: &Name) -> FieldError {
    FieldError::new("app", format!("names `{app}`, which is no app of the team"), "name an app that is there")
}
