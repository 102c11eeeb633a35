//! Bringing in keys that were made elsewhere, by their hash: they work without being issued anew.

use std::collections::HashSet;

use keyward_model::app::{App, AppSpec, Labels};
use keyward_model::audit::Cause;
use keyward_model::limits::Limits;
use keyward_model::scope::ScopeSet;
use keyward_model::secret::SecretSpec;
use keyward_model::team::{Team, TeamId};
use keyward_model::token::{Restrictions, StoredToken, Token, TokenId, TokenPrefix, TokenSpec, TokenState};
use keyward_model::{FieldError, Name, Timestamp};
use keyward_store::{StoreError, Tx};
use serde::Deserialize;

use crate::create::no_such_app;
use crate::expiry::{Expiry, Lifetime};
use crate::failure::{failure, joined};
use crate::grant::{Grants, apis_named};
use crate::{Tokens, tokens};

mod hash;

use hash::Identity;
pub use hash::ImportHash;
pub(crate) use hash::LONGEST_KEY;

const MOST: usize = 1000;

/// What is asked for: all of it, or none.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportTokens {
    /// The keys; 1 to 1000 at a time.
    pub tokens: Vec<ImportToken>,
}

/// One key made elsewhere, and what it may do here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportToken {
    /// How it is recognised.
    pub hash: ImportHash,
    /// What the key begins with. Calls with another beginning are then not held against its hash at all.
    #[serde(default)]
    pub key_prefix: Option<String>,
    /// The last four characters of the key, for recognising it in lists; taken from a `plain` key itself.
    #[serde(default)]
    pub last_four: Option<String>,
    /// The app it is to belong to.
    pub app: Name,
    /// What people call it; 1 to 200 characters.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// What it may do; within what its app is entitled to.
    #[serde(default)]
    pub scopes: ScopeSet,
    /// Where, when and with what it may be used.
    #[serde(default)]
    pub restrictions: Restrictions,
    /// How much it may do.
    #[serde(default)]
    pub limits: Limits,
    /// Free words, at most 32.
    #[serde(default)]
    pub labels: Labels,
    /// From when it works; at once when absent.
    #[serde(default)]
    pub not_before: Option<Timestamp>,
    /// Until when it works; as long as the team's rules say when absent.
    #[serde(default)]
    pub expires_at: Option<Expiry>,
}

/// The tokens brought in, in the order asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The tokens.
    pub tokens: Vec<Token>,
    /// The revision from which on gateways know them.
    pub revision: u64,
}

/// Why nothing was brought in.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Something asked for cannot be; each field begins with the place of its item, `tokens[3]`.
    #[error("the keys cannot be brought in: {}", joined(.0))]
    Fields(Vec<FieldError>),
    /// There is no such team.
    #[error("the team is gone")]
    NoTeam,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

failure!(ImportError, fields; Self::NoTeam => NotFound);

impl Tokens {
    /// Brings in keys. A key that was brought in before, here or in another team, is refused: it stays what it was,
    /// and a revoked one stays dead. `granting` as for creating.
    pub async fn import(
        &self,
        cause: Cause,
        team: TeamId,
        request: ImportTokens,
        granting: &ScopeSet,
    ) -> Result<Imported, ImportError> {
        if request.tokens.is_empty() || request.tokens.len() > MOST {
            let problem = format!("has {} entries", request.tokens.len());
            let error = FieldError::new("tokens", problem, format!("bring in 1 to {MOST} at a time"));
            return Err(ImportError::Fields(vec![error]));
        }
        let specs: Vec<TokenSpec> = request.tokens.iter().map(ImportToken::spec).collect();
        let apis = apis_named(&self.store, team, &specs).await?;
        let mut tx = self.begin(cause).await?;
        let team = tx.team_by_id(team).await?.ok_or(ImportError::NoTeam)?;
        let mut batch = Batch { team: &team, apis: &apis, granting, seen: HashSet::new(), errors: Vec::new() };
        let mut stored = Vec::with_capacity(request.tokens.len());
        for (place, (item, spec)) in request.tokens.iter().zip(specs).enumerate() {
            let mut errors = Vec::new();
            stored.extend(self.prepare(&mut tx, &mut batch, item, spec, &mut errors).await?);
            batch.errors.extend(errors.into_iter().map(|error| error.within(&format!("tokens[{place}]"))));
        }
        if !batch.errors.is_empty() {
            return Err(ImportError::Fields(batch.errors));
        }
        for (place, token) in stored.iter().enumerate() {
            match tokens::write_new(&mut tx, "token.import", token).await {
                // Only another team's token can be in the way here.
                Err(StoreError::Conflict { .. }) => {
                    return Err(ImportError::Fields(vec![known_already().within(&format!("tokens[{place}]"))]));
                }
                written => written?,
            }
        }
        let tokens = stored.into_iter().map(|stored| stored.token).collect();
        Ok(Imported { tokens, revision: tx.commit().await? })
    }

    /// Makes the token of an item; none when something is wrong with it.
    async fn prepare(
        &self,
        tx: &mut Tx,
        batch: &mut Batch<'_>,
        item: &ImportToken,
        spec: TokenSpec,
        errors: &mut Vec<FieldError>,
    ) -> Result<Option<StoredToken>, StoreError> {
        let now = tx.now();
        let identity = item.identity(&self.vault, errors);
        if let Some(identity) = &identity {
            batch.check_identity(tx, identity, errors).await?;
        }
        let Some(app) = tx.resource::<AppSpec>(batch.team.id, &item.app).await? else {
            errors.push(no_such_app(&item.app));
            return Ok(None);
        };
        spec.validate(errors);
        batch.check_grants(&app, &spec, errors);
        let rules = &batch.team.spec.tokens;
        let lifetime = Lifetime::decide(rules, now, item.not_before, item.expires_at, errors);
        let Some(Identity { id, kind, hash, last_four }) = identity.filter(|_| errors.is_empty()) else {
            return Ok(None);
        };
        let token = Token {
            id,
            team: batch.team.id,
            app: app.id,
            prefix: TokenPrefix::none(),
            last_four,
            version: 1,
            state: if rules.require_approval { TokenState::Pending } else { TokenState::Active },
            spec,
            not_before: lifetime.not_before,
            expires_at: lifetime.expires_at,
            created_at: now,
            updated_at: now,
            successor: None,
            rotation: None,
            predecessor: None,
            revoked: None,
            imported: Some(kind),
        };
        Ok(Some(StoredToken { token, hash }))
    }
}

impl ImportToken {
    fn spec(&self) -> TokenSpec {
        TokenSpec {
            name: self.name.clone(),
            description: self.description.clone(),
            scopes: self.scopes.clone(),
            restrictions: self.restrictions.clone(),
            limits: self.limits.clone(),
            labels: self.labels.clone(),
        }
    }
}

/// What the items of one import have in common.
struct Batch<'a> {
    team: &'a Team,
    apis: &'a [keyward_model::api::Api],
    granting: &'a ScopeSet,
    seen: HashSet<TokenId>,
    errors: Vec<FieldError>,
}

impl Batch<'_> {
    async fn check_identity(
        &mut self,
        tx: &mut Tx,
        identity: &Identity,
        errors: &mut Vec<FieldError>,
    ) -> Result<(), StoreError> {
        if !self.seen.insert(identity.id) {
            errors.push(FieldError::new("hash", "is that of an earlier item", "name each key once"));
        }
        if let Some(known) = tokens::token(tx, self.team.id, identity.id).await? {
            let problem = format!("was brought in before, as token {} (`{}`)", known.id, known.spec.name);
            errors.push(FieldError::new("hash", problem, "leave it out, or edit that token"));
        }
        if let Some(secret) = &identity.hash.key_secret
            && tx.resource::<SecretSpec>(self.team.id, secret).await?.is_none()
        {
            let problem = format!("names `{secret}`, which is no secret of the team");
            errors.push(FieldError::new("hash.key_secret", problem, "enter the key of the HMAC as a secret first"));
        }
        Ok(())
    }

    fn check_grants(&self, app: &App, spec: &TokenSpec, errors: &mut Vec<FieldError>) {
        let grants = Grants { team: self.team, app, apis: self.apis, granting: self.granting };
        grants.check(None, spec, errors);
        grants.check_granting(&spec.scopes, errors);
    }
}

fn known_already() -> FieldError {
    FieldError::new("hash", "was brought in before", "leave it out")
}
