//! What every operation works with.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyward_model::audit::{AuditDraft, Cause};
use keyward_model::resource::Kind;
use keyward_model::team::TeamId;
use keyward_model::token::{StoredToken, Token, TokenId};
use keyward_model::{Clock, Random, Timestamp};
use keyward_store::{Store, StoreError, Tx};
use keyward_vault::Vault;

/// Changes tokens. Cheap to clone.
#[derive(Clone)]
pub struct Tokens {
    pub(crate) store: Store,
    pub(crate) vault: Arc<Vault>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    /// The time of the last round of housekeeping, on both clocks.
    pub(crate) last_round: Arc<Mutex<Option<(Timestamp, Duration)>>>,
}

/// A token after a change, and the revision from which on every gateway that has it acts on the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The token as it is now.
    pub token: Token,
    /// The revision of the change; the newest one when nothing had to change.
    pub revision: u64,
}

impl Tokens {
    /// Over a store whose key ring is open in `vault`.
    pub fn new(store: Store, vault: Arc<Vault>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { store, vault, clock, random, last_round: Arc::default() }
    }

    pub(crate) async fn begin(&self, cause: Cause) -> Result<Tx, StoreError> {
        self.store.begin(cause).await
    }

    /// Ends an operation that found nothing to change.
    pub(crate) async fn unchanged(&self, token: Token) -> Result<Changed, StoreError> {
        Ok(Changed { token, revision: self.store.revision().await? })
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens")
    }
}

/// The token of an operation.
pub(crate) async fn token(tx: &mut Tx, team: TeamId, id: TokenId) -> Result<Option<Token>, StoreError> {
    Ok(tx.token(team, id).await?.map(|stored| stored.token))
}

/// What was read, where a damaged row is as good as none: for jobs, which must go on with the others, and for what is
/// held in memory. What cannot be trusted is not known: a token is refused rather than kept as it was.
pub(crate) fn unless_damaged<T>(read: Result<Option<T>, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Err(StoreError::Corrupt { what }) => {
            tracing::error!(what, "a row is damaged and is taken for gone; restore it from a backup");
            Ok(None)
        }
        read => read,
    }
}

/// Writes a changed token and says so in the trail; version and time of change are counted on here.
pub(crate) async fn write_change(
    tx: &mut Tx,
    action: &str,
    before: &Token,
    after: &mut Token,
    reason: Option<String>,
) -> Result<(), StoreError> {
    after.version = before.version + 1;
    after.updated_at = tx.now();
    tx.update_token(after).await?;
    tx.audit(after.team, draft(action, Some(before), Some(after), reason)).await
}

/// Writes a new token and says so in the trail.
pub(crate) async fn write_new(tx: &mut Tx, action: &str, stored: &StoredToken) -> Result<(), StoreError> {
    tx.insert_token(stored).await?;
    tx.audit(stored.token.team, draft(action, None, Some(&stored.token), None)).await
}

/// What the trail says of a change.
pub(crate) fn draft(action: &str, before: Option<&Token>, after: Option<&Token>, reason: Option<String>) -> AuditDraft {
    let named = after.or(before);
    AuditDraft {
        action: action.to_owned(),
        kind: Kind::Token,
        target: named.map(|token| token.id.to_string()).unwrap_or_default(),
        target_name: named.map(|token| token.spec.name.clone()).unwrap_or_default(),
        before: before.map(written),
        after: after.map(written),
        reason,
    }
}

fn written(token: &Token) -> serde_json::Value {
    serde_json::to_value(token).expect("a token holds nothing that JSON cannot")
}
