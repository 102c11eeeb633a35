//! How targets fare, which outlives the states that calls are decided by.

use std::collections::HashMap;
use std::sync::Arc;

use keyward_model::Name;
use keyward_model::team::TeamId;
use keyward_model::upstream::UpstreamSpec;
use keyward_policy::balance::Health;

/// The health of every upstream in use.
#[derive(Default)]
pub(super) struct Healths(HashMap<(TeamId, Name), (UpstreamSpec, Arc<Health>)>);

impl Healths {
    /// The health of an upstream. After a change of it, what was known of its targets is known still.
    pub(super) fn of(&mut self, team: TeamId, name: &Name, spec: &UpstreamSpec) -> Arc<Health> {
        let key = (team, name.clone());
        if let Some((known, health)) = self.0.get(&key)
            && known == spec
        {
            return Arc::clone(health);
        }
        let health = Health::new(spec);
        if let Some((old_spec, old)) = self.0.get(&key) {
            for (place, target) in spec.targets.iter().enumerate() {
                if let Some(old_place) = old_spec.targets.iter().position(|old| old.url == target.url) {
                    health.adopt(place, old, old_place);
                }
            }
        }
        let health = Arc::new(health);
        self.0.insert(key, (spec.clone(), Arc::clone(&health)));
        health
    }

    /// Forgets what only this still holds.
    pub(super) fn forget_unused(&mut self) {
        self.0.retain(|_, (_, health)| Arc::strong_count(health) > 1);
    }
}
