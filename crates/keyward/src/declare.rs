//! Makes sure that a resource is there: what `init` and the demo start from.

use keyward_model::audit::{AuditDraft, Cause};
use keyward_model::id::Id;
use keyward_model::secret::Secret;
use keyward_model::team::TeamId;
use keyward_model::{Clock, Name, Random, Record, Resource};
use keyward_store::{SecretValue, StoreError, Tx};

use crate::installation::Installation;

/// Writes resources in a transaction, each with its audit event.
pub(crate) struct Declare<'a> {
    pub(crate) tx: Tx,
    clock: &'a dyn Clock,
    random: &'a dyn Random,
    changed: bool,
}

impl<'a> Declare<'a> {
    /// In a transaction of its own.
    pub(crate) async fn begin(installation: &'a Installation, cause: Cause) -> Result<Self, StoreError> {
        let tx = installation.store.begin(cause).await?;
        Ok(Self { tx, clock: &*installation.clock, random: &*installation.random, changed: false })
    }

    /// Commits, if there is anything to commit.
    pub(crate) async fn finish(self) -> Result<(), StoreError> {
        if self.changed { self.tx.commit().await.map(drop) } else { Ok(()) }
    }

    /// Writes the value of a secret.
    pub(crate) async fn put_value(&mut self, secret: &Secret, value: &SecretValue) -> Result<(), StoreError> {
        self.changed = true;
        self.tx.put_secret_value(value).await?;
        self.tx.audit(secret.team, draft("update", Some(secret), secret)).await
    }

    /// The resource of this name as it is, or a new one of this spec. A team's `team` is its own id.
    pub(crate) async fn ensure<T: Resource>(
        &mut self,
        team: Option<TeamId>,
        name: &str,
        spec: T,
    ) -> Result<Record<T>, StoreError> {
        if let Some(team) = team
            && let Some(there) = self.tx.resource::<T>(team, name).await?
        {
            return Ok(there);
        }
        let name: Name = name.parse().expect("the names that the binary itself gives are names");
        let id = Id::<T>::new(self.clock, self.random);
        let now = self.tx.now();
        let team = team.unwrap_or_else(|| TeamId::from_uuid(id.as_uuid()));
        let record = Record { id, team, name, version: 1, created_at: now, updated_at: now, source: None, spec };
        self.changed = true;
        self.tx.insert(&record).await?;
        self.tx.audit(team, draft("create", None, &record)).await?;
        Ok(record)
    }

    /// The resource with another spec.
    pub(crate) async fn change<T: Resource>(&mut self, before: &Record<T>, spec: T) -> Result<Record<T>, StoreError> {
        if before.spec == spec {
            return Ok(before.clone());
        }
        let after = Record { version: before.version + 1, updated_at: self.tx.now(), spec, ..before.clone() };
        self.changed = true;
        self.tx.update(&after).await?;
        self.tx.audit(after.team, draft("update", Some(before), &after)).await?;
        Ok(after)
    }
}

/// What the trail says of it.
fn draft<T: Resource>(verb: &str, before: Option<&Record<T>>, after: &Record<T>) -> AuditDraft {
    let written = |record: &Record<T>| serde_json::to_value(record).ok();
    AuditDraft {
        action: format!("{}.{verb}", T::KIND),
        kind: T::KIND,
        target: after.id.to_string(),
        target_name: after.name.to_string(),
        before: before.and_then(written),
        after: written(after),
        reason: None,
    }
}
