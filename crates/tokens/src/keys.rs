//! The key ring of the installation: followed, rotated, and what is sealed with old keys sealed anew.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use keyward_model::audit::{AuditDraft, Cause};
use keyward_model::change::{Change, KeyPurpose};
use keyward_model::resource::Kind;
use keyward_model::{Random, Timestamp};
use keyward_store::feed::Follow;
use keyward_store::{INSTALLATION, SecretValue, Store, StoreError};
use keyward_vault::{KeyRing, MasterKey, NextVersionError, OpenRingError, Sealed, Vault};
use serde::Serialize;

use crate::failure::failure;

/// The keys of the installation. As a follower it stands before [`crate::Live`]: a token is known under a new pepper
/// only where the pepper is.
pub struct Keys {
    store: Store,
    vault: Arc<Vault>,
    master: MasterKey,
    random: Arc<dyn Random>,
}

/// A version of a key, without the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct KeySummary {
    /// What it is for.
    pub purpose: KeyPurpose,
    /// Counts the keys of a purpose, from 1.
    pub version: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether new things are made with it.
    pub in_use: bool,
}

/// Why the key was not rotated.
#[derive(Debug, thiserror::Error)]
pub enum RotateKeyError {
    /// This one cannot be.
    #[error(transparent)]
    Fixed(#[from] NextVersionError),
    /// The stored keys do not make a ring.
    #[error(transparent)]
    Ring(#[from] OpenRingError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

failure!(RotateKeyError;
    Self::Fixed(_) => Conflict,
    Self::Ring(_) => DataCorrupt,
);

impl Keys {
    /// Over a store whose ring is open in `vault`.
    pub fn new(store: Store, vault: Arc<Vault>, master: MasterKey, random: Arc<dyn Random>) -> Arc<Self> {
        Arc::new(Self { store, vault, master, random })
    }

    /// Every version of every key.
    pub fn list(&self) -> Vec<KeySummary> {
        let ring = self.vault.ring();
        let versions = |purpose| ring.versions(purpose).into_iter().map(move |version| (purpose, version));
        KeyPurpose::ALL
            .into_iter()
            .flat_map(versions)
            .map(|(purpose, version)| summary(&ring, purpose, version))
            .collect()
    }

    /// Makes the next version of a key and takes it into use; says which, and the revision of the change. What was
    /// made with older versions stays good.
    pub async fn rotate(&self, cause: Cause, purpose: KeyPurpose) -> Result<(KeySummary, u64), RotateKeyError> {
        let mut tx = self.store.begin(cause).await?;
        let mut keys = tx.keys().await?;
        let next = KeyRing::open(&self.master, &keys)?.next_version(purpose, &self.master, &*self.random, tx.now())?;
        tx.insert_key(&next).await?;
        let target = format!("{}.{}", purpose.as_str(), next.version);
        tx.audit(INSTALLATION, rotated(target, next.version)).await?;
        let version = next.version;
        keys.push(next);
        let ring = KeyRing::open(&self.master, &keys)?;
        let summary = summary(&ring, purpose, version);
        let revision = tx.commit().await?;
        self.vault.replace(ring);
        Ok((summary, revision))
    }

    /// Seals anew every secret that is sealed with an older key; says how many. One that does not open is left as it
    /// is and logged.
    pub async fn reseal_secrets(&self) -> Result<usize, StoreError> {
        // Looked at first outside: a transaction holds up every other writer.
        let current = self.vault.ring().current(KeyPurpose::Seal);
        if self.store.secret_values_of_all_teams().await?.iter().all(|value| value.key_version == current) {
            return Ok(0);
        }
        let mut tx = self.store.begin(Cause::job("reseal")).await?;
        let mut resealed = 0;
        for value in tx.secret_values_of_all_teams().await? {
            let record = value.secret.to_string();
            let sealed = Sealed { key_version: value.key_version, bytes: value.sealed };
            match self.vault.reseal(value.team, &record, &sealed) {
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(secret = record, %error, "a secret does not open and was not sealed anew")
                }
                Ok(Some(Sealed { key_version, bytes })) => {
                    let anew = SecretValue { secret: value.secret, team: value.team, key_version, sealed: bytes };
                    tx.put_secret_value(&anew).await?;
                    tx.audit(value.team, reseal_draft(record, sealed.key_version, key_version)).await?;
                    resealed += 1;
                }
            }
        }
        if resealed > 0 {
            tx.commit().await?;
        }
        Ok(resealed)
    }

    async fn take_over(&self) -> Result<(), StoreError> {
        let keys = self.store.keys().await?;
        match KeyRing::open(&self.master, &keys) {
            Ok(ring) => self.vault.replace(ring),
            // The ring in use stays good for all that was made with it.
            Err(error) => tracing::error!(%error, "the changed key ring does not open; the former one stays in use"),
        }
        Ok(())
    }
}

impl Follow for Keys {
    fn apply<'a>(&'a self, changes: &'a [Change]) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            if changes.iter().any(|change| change.kind == Kind::Key) { self.take_over().await } else { Ok(()) }
        })
    }

    fn reload<'a>(&'a self) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.take_over())
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({:?})", self.vault)
    }
}

fn summary(ring: &KeyRing, purpose: KeyPurpose, version: u32) -> KeySummary {
    let created_at = ring.created_at(purpose, version).unwrap_or_default();
    KeySummary { purpose, version, created_at, in_use: ring.current(purpose) == version }
}

fn rotated(target: String, version: u32) -> AuditDraft {
    AuditDraft {
        action: "key.rotate".to_owned(),
        kind: Kind::Key,
        target_name: target.clone(),
        target,
        before: Some(serde_json::json!({"version": version - 1})),
        after: Some(serde_json::json!({"version": version})),
        reason: None,
    }
}

fn reseal_draft(secret: String, before: u32, after: u32) -> AuditDraft {
    AuditDraft {
        action: "secret.reseal".to_owned(),
        kind: Kind::Secret,
        target_name: secret.clone(),
        target: secret,
        before: Some(serde_json::json!({"key_version": before})),
        after: Some(serde_json::json!({"key_version": after})),
        reason: None,
    }
}
