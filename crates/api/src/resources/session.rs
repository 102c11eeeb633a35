//! One change of a team's resources: planned against its holdings, checked whole, written in one transaction.

use std::collections::BTreeMap;
use std::sync::Arc;

use keyward_http::Refusal;
use keyward_model::audit::Cause;
use keyward_model::id::Id;
use keyward_model::scope::ScopeSet;
use keyward_model::secret::{Hidden, SecretSpec};
use keyward_model::team::{Team, TeamId, TeamSpec};
use keyward_model::{Name, Record};
use keyward_store::{StoreError, Tx};

use crate::ApiState;
use crate::resources::held::{Held, Holdings};
use crate::resources::rules::Findings;
use crate::resources::{clash, grants, rules, write};

/// A change under way. Dropped without [`Session::commit`], nothing has happened.
pub(crate) struct Session<'s> {
    pub(crate) state: &'s ApiState,
    pub(crate) tx: Tx,
    /// The team as it is.
    pub(crate) team: Team,
    /// The team as it is to be, where its settings change.
    pub(crate) team_after: Option<Team>,
    pub(crate) before: Holdings,
    pub(crate) after: Holdings,
    /// New values of secrets, by the secret's name.
    pub(crate) values: BTreeMap<Name, Hidden>,
}

impl<'s> Session<'s> {
    /// Begins a change; others wait until it is over.
    pub(crate) async fn begin(state: &'s ApiState, cause: Cause, team: TeamId) -> Result<Self, Refusal> {
        let mut tx = state.store.begin(cause).await?;
        let team = tx.team_by_id(team).await?.ok_or_else(|| Refusal::not_found("team"))?;
        let before = Holdings::load(&mut tx, team.id).await?;
        Ok(Self { state, tx, team, team_after: None, after: before.clone(), before, values: BTreeMap::new() })
    }

    /// Plans for `spec` to stand under `name`; a spec that stands there already changes nothing.
    pub(crate) fn put<T: Held>(&mut self, name: &Name, spec: T, source: Option<Name>) {
        let now = self.tx.now();
        let record = match self.before.find::<T>(name) {
            Some(existing) if existing.spec == spec && existing.source == source => return,
            Some(existing) => {
                Record { version: existing.version + 1, updated_at: now, source, spec, ..Record::clone(existing) }
            }
            None => Record {
                id: Id::new(&*self.state.clock, &*self.state.random),
                team: self.team.id,
                name: name.clone(),
                version: 1,
                created_at: now,
                updated_at: now,
                source,
                spec,
            },
        };
        T::shelf_mut(&mut self.after).insert(name.clone(), Arc::new(record));
    }

    /// Plans for the secret `name` to have this value; one that it has already changes nothing.
    pub(crate) async fn put_value(&mut self, name: &Name, value: Hidden) -> Result<(), Refusal> {
        let Some(secret) = self.after.find::<SecretSpec>(name).cloned() else { return Ok(()) };
        if self.before.secrets.contains_key(name) && write::holds_value(self.state, &secret, &value).await? {
            return Ok(());
        }
        let unchanged = self.before.secrets.get(name).is_some_and(|before| before.version == secret.version);
        if unchanged {
            let touched = Record { version: secret.version + 1, updated_at: self.tx.now(), ..Record::clone(&secret) };
            self.after.secrets.insert(name.clone(), Arc::new(touched));
        }
        self.values.insert(name.clone(), value);
        Ok(())
    }

    /// Plans for the team to have these settings; the ones it has already change nothing.
    pub(crate) fn put_team(&mut self, spec: TeamSpec, source: Option<Name>) {
        if self.team.spec != spec {
            let (version, updated_at) = (self.team.version + 1, self.tx.now());
            self.team_after = Some(Record { version, updated_at, source, spec, ..self.team.clone() });
        }
    }

    /// Plans for nothing to stand under `name`.
    pub(crate) fn remove<T: Held>(&mut self, name: &Name) {
        T::shelf_mut(&mut self.after).remove(name);
    }

    /// Holds the plan against every rule. `granting` is what the caller may pass on.
    pub(crate) async fn findings(&mut self, granting: &ScopeSet) -> Result<Findings, StoreError> {
        let mut findings = Findings::default();
        rules::check_specs(&self.before, &self.after, &self.values, &mut findings);
        rules::check_references(&self.before, &self.after, &mut findings);
        grants::check(&self.team, &self.before, &self.after, granting, &mut findings);
        clash::check(&mut self.tx, &self.team, &self.before, &self.after, &mut findings).await?;
        rules::check_removals(&mut self.tx, &self.before, &self.after, &mut findings).await?;
        Ok(findings)
    }

    /// Writes the plan. Answers the revision, or nothing where nothing changes.
    pub(crate) async fn commit(mut self, reason: Option<&str>) -> Result<Option<u64>, Refusal> {
        if !write::write(&mut self, reason).await? {
            return Ok(None);
        }
        Ok(Some(self.tx.commit().await?))
    }
}
