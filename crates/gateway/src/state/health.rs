//! How targets fare, which outlives the states that calls are decided by.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use keyward_model::Name;
use keyward_model::team::TeamId;
use keyward_model::upstream::{Concurrency, UpstreamSpec};
use keyward_policy::balance::Health;
use keyward_policy::concurrency::Gate;

use crate::probe::Note;

/// The health of every upstream in use, and what is kept beside it.
#[derive(Default)]
pub(super) struct Healths(HashMap<(TeamId, Name), Known>);

struct Known {
    spec: UpstreamSpec,
    health: Arc<Health>,
    ledger: Arc<Ledger>,
}

/// What all workers share of an upstream's targets beside their health, in the order of the targets. As long as anybody
/// holds it, the upstream is in use.
pub(crate) struct Ledger {
    /// The room at each target; none where the upstream does not bound it.
    pub(crate) gates: Box<[Arc<Gate>]>,
    /// What the last probes came to; none where there are no probes.
    pub(crate) notes: Box<[Arc<Note>]>,
}

impl Healths {
    /// The health of an upstream at `now`. After a change of it, what was known of its targets is known still, and
    /// targets that it did not have before are new.
    pub(super) fn of(
        &mut self,
        team: TeamId,
        name: &Name,
        spec: &UpstreamSpec,
        now: Duration,
    ) -> (Arc<Health>, Arc<Ledger>) {
        let key = (team, name.clone());
        let old = self.0.get(&key);
        if let Some(known) = old
            && known.spec == *spec
        {
            return (Arc::clone(&known.health), Arc::clone(&known.ledger));
        }
        let health = Health::new(spec);
        for (place, target) in spec.targets.iter().enumerate() {
            let Some(old) = old else { continue };
            let old_place = old.spec.targets.iter().position(|old| old.url == target.url);
            if let Some(old_place) = old_place {
                health.adopt(place, &old.health, old_place);
            }
            // One that was drained is as cold as a new one.
            if old_place.is_none_or(|place| old.spec.targets[place].weight == 0) {
                health.begin(place, now);
            }
        }
        let ledger = Ledger { gates: gates(spec, old), notes: notes(spec, old) };
        let known = Known { spec: spec.clone(), health: Arc::new(health), ledger: Arc::new(ledger) };
        let answer = (Arc::clone(&known.health), Arc::clone(&known.ledger));
        self.0.insert(key, known);
        answer
    }

    /// Forgets what only this still holds.
    pub(super) fn forget_unused(&mut self) {
        self.0.retain(|_, known| Arc::strong_count(&known.ledger) > 1);
    }
}

/// Calls under way count on after a change.
fn gates(spec: &UpstreamSpec, old: Option<&Known>) -> Box<[Arc<Gate>]> {
    let Concurrency { max_connections: Some(cap), max_pending } = spec.concurrency else { return Box::default() };
    let kept = |target| {
        let gate = Arc::clone(old?.ledger.gates.get(old_place(old?, target)?)?);
        gate.resize(cap, max_pending);
        Some(gate)
    };
    spec.targets.iter().map(|target| kept(target).unwrap_or_else(|| Gate::new(cap, max_pending))).collect()
}

/// What other probes came to is no answer to these.
fn notes(spec: &UpstreamSpec, old: Option<&Known>) -> Box<[Arc<Note>]> {
    if spec.health.active.is_none() {
        return Box::default();
    }
    let old = old.filter(|old| old.spec.health.active == spec.health.active);
    let kept = |target| old?.ledger.notes.get(old_place(old?, target)?).map(Arc::clone);
    spec.targets.iter().map(|target| kept(target).unwrap_or_default()).collect()
}

fn old_place(old: &Known, target: &keyward_model::upstream::Target) -> Option<usize> {
    old.spec.targets.iter().position(|old| old.url == target.url)
}

#[cfg(test)]
mod tests;
