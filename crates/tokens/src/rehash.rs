//! Replacing hashes that are out of date: those under an old pepper, and those brought in from elsewhere.

use std::time::Duration;

use keyward_model::audit::{AuditDraft, Cause};
use keyward_model::resource::Kind;
use keyward_model::token::{HashKind, StoredToken, TokenHash};
use keyward_store::{StoreError, Tx};
use tokio::sync::mpsc;

use crate::tokens::unless_damaged;
use crate::{Rehash, Tokens};

/// The most that one transaction takes on, so that no other writer waits long.
const BATCH: usize = 100;
const RETRY: Duration = Duration::from_secs(1);

impl Tokens {
    /// Replaces hashes as tokens are used, until `rehashes` ends. While the store is gone it waits.
    pub async fn rehash_job(&self, mut rehashes: mpsc::Receiver<Rehash>) {
        let mut batch = Vec::with_capacity(BATCH);
        while rehashes.recv_many(&mut batch, BATCH).await > 0 {
            while let Err(error) = self.rehash(&batch).await {
                let tokens = batch.len();
                if !is_passing(&error) {
                    tracing::error!(%error, tokens, "hashes could not be brought up to date; the old ones stay");
                    break;
                }
                tracing::warn!(%error, tokens, "hashes could not be brought up to date; trying again");
                tokio::time::sleep(RETRY).await;
            }
            batch.clear();
        }
    }

    /// Replaces the hashes of a batch, in one transaction; says of how many tokens.
    pub async fn rehash(&self, batch: &[Rehash]) -> Result<usize, StoreError> {
        let mut tx = self.begin(Cause::job("rehash")).await?;
        let mut replaced = 0;
        for Rehash { id, team, hash } in batch {
            // Another node may have been faster, and the token may be gone.
            let stored = unless_damaged(tx.token(*team, *id).await)?;
            if let Some(stored) = stored.filter(|stored| is_older(&stored.hash, hash)) {
                replace(&mut tx, &stored, hash).await?;
                replaced += 1;
            }
        }
        if replaced > 0 {
            tx.commit().await?;
        }
        Ok(replaced)
    }
}

/// Whether the store works again by itself, or once somebody has made room.
fn is_passing(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable(_) | StoreError::Full | StoreError::ReadOnly)
}

fn is_older(stored: &TokenHash, new: &TokenHash) -> bool {
    stored.kind != HashKind::Pepper || stored.key_version < new.key_version
}

async fn replace(tx: &mut Tx, stored: &StoredToken, hash: &TokenHash) -> Result<(), StoreError> {
    tx.update_token_hash(stored.token.id, hash).await?;
    let draft = AuditDraft {
        action: "token.rehash".to_owned(),
        kind: Kind::Token,
        target: stored.token.id.to_string(),
        target_name: stored.token.spec.name.clone(),
        before: Some(described(&stored.hash)),
        after: Some(described(hash)),
        reason: None,
    };
    tx.audit(stored.token.team, draft).await
}

/// How a hash was made; never the hash.
fn described(hash: &TokenHash) -> serde_json::Value {
    serde_json::json!({"hash": hash.kind, "key_version": hash.key_version})
}
