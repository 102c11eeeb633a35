//! What was made of records that did not change, so that a change costs what changed and not what there is.
//!
//! A record that was read anew is another `Arc`: records are told apart by their place in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use keyward_model::Name;
use keyward_model::api::ApiSpec;
use keyward_model::connection::ConnectionSpec;
use keyward_model::policy::PolicySpec;
use keyward_model::team::TeamId;
use keyward_model::upstream::UpstreamSpec;
use keyward_model::{Record, Resource};
use keyward_policy::cedar::PolicySet;
use keyward_policy::routing::{ApiEntry, RouteTable};
use keyward_store::SecretValue;

use super::Admissions;
use super::source::Source;
use super::upstream::Upstream;

/// What the last state was made of, and what was made of it.
#[derive(Default)]
pub(super) struct Kept {
    table: Option<KeptTable>,
    policies: HashMap<TeamId, KeptPolicies>,
    /// The count of [`Source::admissions`] that these are of.
    admitted: Option<u64>,
    admissions: HashMap<(TeamId, Name), Arc<Admissions>>,
    none: Arc<Admissions>,
    pub(super) upstreams: HashMap<(TeamId, Name), KeptUpstream>,
}

struct KeptTable {
    of: Vec<(Arc<Record<ApiSpec>>, Name)>,
    made: Arc<RouteTable>,
}

struct KeptPolicies {
    of: Vec<Arc<Record<PolicySpec>>>,
    made: Option<Arc<PolicySet>>,
}

/// An upstream, or why it is not usable.
#[derive(Clone)]
pub(super) struct KeptUpstream {
    pub(super) of: UpstreamParts,
    pub(super) made: Result<Arc<Upstream>, Arc<str>>,
}

/// All that an upstream is made of.
#[derive(Clone, Default)]
pub(super) struct UpstreamParts {
    pub(super) record: Option<Arc<Record<UpstreamSpec>>>,
    /// Those that its targets are gone to by.
    pub(super) connections: Vec<Option<Arc<Record<ConnectionSpec>>>>,
    /// Of all their secrets.
    pub(super) values: Vec<Option<SecretValue>>,
}

impl PartialEq for UpstreamParts {
    fn eq(&self, other: &Self) -> bool {
        same_or_none(&self.record, &other.record)
            && self.connections.len() == other.connections.len()
            && self.connections.iter().zip(&other.connections).all(|(one, other)| same_or_none(one, other))
            && self.values == other.values
    }
}

fn same_or_none<T: Resource>(one: &Option<Arc<Record<T>>>, other: &Option<Arc<Record<T>>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    }
}

fn all_same<T: Resource>(kept: &[Arc<Record<T>>], now: &[&Arc<Record<T>>]) -> bool {
    kept.len() == now.len() && kept.iter().zip(now).all(|(one, other)| Arc::ptr_eq(one, other))
}

impl Kept {
    /// The table of all apis. What cannot stand in it is logged when it is made.
    pub(super) fn table(&mut self, source: &Source) -> Arc<RouteTable> {
        let named = |api: &Arc<Record<ApiSpec>>| Some((Arc::clone(api), source.teams.get(&api.team)?.name.clone()));
        let of: Vec<_> = source.apis.values().filter_map(named).collect();
        if let Some(kept) = &self.table
            && kept.of.len() == of.len()
            && kept.of.iter().zip(&of).all(|(one, other)| Arc::ptr_eq(&one.0, &other.0) && one.1 == other.1)
        {
            return Arc::clone(&kept.made);
        }
        let entry = |(api, team_name): &(Arc<_>, Name)| ApiEntry { api: Arc::clone(api), team_name: team_name.clone() };
        let (table, problems) = RouteTable::build_what_fits(of.iter().map(entry).collect());
        for problem in problems {
            let (api, team, problem) = (&problem.api, &problem.team_name, &problem.problem);
            tracing::warn!(%api, %team, problem, "an api is not served");
        }
        let made = Arc::new(table);
        self.table = Some(KeptTable { of, made: Arc::clone(&made) });
        made
    }

    /// The policies of each team that has any.
    pub(super) fn policies(&mut self, source: &Source) -> HashMap<TeamId, Option<Arc<PolicySet>>> {
        let mut by_team: BTreeMap<TeamId, Vec<&Arc<Record<PolicySpec>>>> = BTreeMap::new();
        for policy in source.policies.values() {
            by_team.entry(policy.team).or_default().push(policy);
        }
        self.policies.retain(|team, _| by_team.contains_key(team));
        for (team, of) in by_team {
            if self.policies.get(&team).is_none_or(|kept| !all_same(&kept.of, &of)) {
                let made = PolicySet::build(of.iter().map(|policy| &***policy)).map(Arc::new);
                self.policies.insert(team, KeptPolicies { of: of.into_iter().cloned().collect(), made });
            }
        }
        self.policies.iter().map(|(team, kept)| (*team, kept.made.clone())).collect()
    }

    /// Sees which apps are admitted to which apis, unless no subscription and no app changed.
    pub(super) fn admit(&mut self, source: &Source) {
        if self.admitted.replace(source.admissions) == Some(source.admissions) {
            return;
        }
        let apps: HashMap<(TeamId, &Name), _> =
            source.apps.iter().map(|(id, (team, name))| ((*team, name), *id)).collect();
        let mut admissions = HashMap::<_, Admissions>::new();
        for subscription in source.subscriptions.values() {
            let (team, spec) = (subscription.team, &subscription.spec);
            if let Some(app) = apps.get(&(team, &spec.app)) {
                admissions.entry((team, &spec.api)).or_default().insert(*app, spec.state);
            }
        }
        let named = admissions.into_iter().map(|((team, api), admitted)| ((team, api.clone()), Arc::new(admitted)));
        self.admissions = named.collect();
    }

    /// The apps admitted to an api.
    pub(super) fn admissions(&self, team: TeamId, api: &Name) -> Arc<Admissions> {
        self.admissions.get(&(team, api.clone())).map_or_else(|| Arc::clone(&self.none), Arc::clone)
    }
}
