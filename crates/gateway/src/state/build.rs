//! From records to the state that calls are decided by.

use std::collections::{BTreeSet, HashMap};
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use keyward_model::api::{Api, ApiId, Lifecycle};
use keyward_model::connection::ConnectionSpec;
use keyward_model::origin::{Origin, Scheme};
use keyward_model::secret::SecretSpec;
use keyward_model::team::TeamId;
use keyward_model::upstream::{Protocol, UpstreamSpec};
use keyward_model::{Name, Record};
use keyward_policy::concurrency::InFlight;
use keyward_policy::routing::ApiEntry;
use keyward_vault::Vault;
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;

use super::health::Healths;
use super::kept::{Kept, KeptUpstream, UpstreamParts};
use super::source::Source;
use super::tls;
use super::upstream::{Target, Tls, Upstream};
use super::{ApiFacts, GatewayState};
use crate::capture::Rules;
use crate::probe::Probe;
use presented::{Identity, IdentityOf};

mod presented;

/// Builds states, and remembers what outlives one: the keys of pools, what is trusted, and whatever was made of records
/// that did not change since.
pub(super) struct Builder {
    vault: Arc<Vault>,
    places: HashMap<Place, (u32, Option<TlsConnector>)>,
    next_key: u32,
    healths: Healths,
    in_flight: HashMap<ApiId, Arc<InFlight>>,
    captures: HashMap<ApiId, (Arc<Api>, Arc<Rules>)>,
    kept: Kept,
}

/// Where a connection leads, and what it trusts: connections of one place may be used for one another.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Place {
    origin: Origin,
    ca: Option<String>,
    /// What its certificate has to be for, where that is not its host.
    name: Option<String>,
    /// By which client certificate Keyward presents itself: what one opened is no other's to use.
    identity: Option<IdentityOf>,
    protocol: Discriminant<Protocol>,
}

type ByName<'s, T> = HashMap<(TeamId, &'s Name), &'s Arc<Record<T>>>;

/// Finds records by team and name.
struct Index<'s> {
    upstreams: ByName<'s, UpstreamSpec>,
    connections: ByName<'s, ConnectionSpec>,
    secrets: HashMap<(TeamId, &'s Name), keyward_model::id::Id<SecretSpec>>,
    source: &'s Source,
}

impl Builder {
    pub(super) fn new(vault: Arc<Vault>) -> Self {
        Self {
            vault,
            places: HashMap::new(),
            next_key: 0,
            healths: Healths::default(),
            in_flight: HashMap::new(),
            captures: HashMap::new(),
            kept: Kept::default(),
        }
    }

    /// The state of `source` at `now`. What is wrong in it concerns the apis that stand on it, and is logged.
    pub(super) fn build(&mut self, source: &Source, now: Duration) -> GatewayState {
        let index = Index::of(source);
        let table = self.kept.table(source);
        let policies = self.kept.policies(source);
        self.kept.admit(source);
        let mut upstreams = HashMap::new();
        let mut apis = Vec::with_capacity(table.apis().len());
        for ApiEntry { api, .. } in table.apis() {
            let upstream = upstreams
                .entry((api.team, api.spec.upstream.clone()))
                .or_insert_with(|| self.kept_upstream(&index, api.team, &api.spec.upstream, now));
            apis.push(ApiFacts {
                // An api's versions are several records of one name.
                subscriptions: self.kept.admissions(api.team, &api.spec.api),
                policies: policies.get(&api.team).cloned().flatten(),
                upstream: upstream.made.clone(),
                deprecation: deprecation(api),
                in_flight: self.in_flight(api),
                capture: self.capture(api),
            });
        }
        self.kept.upstreams = upstreams;
        self.forget_unused(&apis);
        self.healths.forget_unused();
        self.in_flight.retain(|_, counted| Arc::strong_count(counted) > 1);
        self.captures.retain(|_, (_, rules)| Arc::strong_count(rules) > 1);
        GatewayState { table, apis: apis.into() }
    }

    /// What is captured of the calls of an api, where anything is; made anew when the api changes.
    fn capture(&mut self, api: &Arc<Api>) -> Option<Arc<Rules>> {
        if !api.spec.capture.is_on() {
            return None;
        }
        match self.captures.get(&api.id) {
            Some((of, rules)) if Arc::ptr_eq(of, api) => return Some(Arc::clone(rules)),
            _ => {}
        }
        match Rules::of(&api.spec) {
            Ok(rules) => {
                let rules = Arc::new(rules);
                self.captures.insert(api.id, (Arc::clone(api), Arc::clone(&rules)));
                Some(rules)
            }
            Err(error) => {
                tracing::warn!(api = %api.name, %error, "the calls of an api are not captured, for it cannot be redacted");
                None
            }
        }
    }

    /// Counts the calls of an api, where it bounds them; the count outlives the state.
    fn in_flight(&mut self, api: &Api) -> Option<Arc<InFlight>> {
        let most = api.spec.bounds.max_concurrent?;
        let counted = self.in_flight.entry(api.id).or_insert_with(|| InFlight::new(most));
        if counted.cap() != most {
            *counted = InFlight::new(most);
        }
        Some(Arc::clone(counted))
    }

    /// An upstream as it was made before, unless something that it is made of changed.
    fn kept_upstream(&mut self, index: &Index<'_>, team: TeamId, name: &Name, now: Duration) -> KeptUpstream {
        let of = index.parts(team, name);
        if let Some(kept) = self.kept.upstreams.get(&(team, name.clone()))
            && kept.made.is_ok()
            && kept.of == of
        {
            return kept.clone();
        }
        let made = self.upstream(index, team, name, now);
        if let Err(problem) = &made {
            tracing::warn!(upstream = %name, %team, problem, "an upstream is not usable");
        }
        KeptUpstream { of, made: made.map(Arc::new).map_err(Arc::from) }
    }

    fn upstream(&mut self, index: &Index<'_>, team: TeamId, name: &Name, now: Duration) -> Result<Upstream, String> {
        let record = index.upstreams.get(&(team, name)).ok_or_else(|| format!("upstream {name} does not exist"))?;
        let problem = |problem: String| format!("upstream {name}: {problem}");
        let presented = presented::at_targets(index, &self.vault, record).map_err(problem)?;
        let upstream: Arc<str> = Arc::from(name.as_str());
        let targets = record.spec.targets.iter().zip(presented).map(|(target, presented)| {
            let origin = target.url.origin();
            let (key, connector) = self.place(
                origin,
                record.spec.ca.as_deref(),
                record.spec.server_name.as_ref().map(|name| name.as_str()),
                presented.identity.as_ref(),
                record.spec.protocol,
            )?;
            let host = origin.host().trim_matches(['[', ']']);
            let asked = record.spec.server_name.as_ref().map_or(host, |name| name.as_str());
            let name = ServerName::try_from(asked.to_owned());
            let tls = connector.zip(name.ok()).map(|(connector, name)| Tls { connector, name });
            if origin.scheme() == Scheme::Https && tls.is_none() {
                return Err(format!("`{host}` is not a name that a certificate can be for"));
            }
            Ok(Target {
                upstream: Arc::clone(&upstream),
                name: Arc::from(target.url.to_string()),
                key,
                protocol: record.spec.protocol,
                host: host.into(),
                port: origin.port(),
                tls,
                authority: origin.authority().into(),
                prefix: target.url.path().into(),
                credential: presented.credential,
                auth: presented.auth,
            })
        });
        let targets = targets.collect::<Result<Vec<_>, String>>().map_err(problem)?;
        let spec = &record.spec;
        let (health, ledger) = self.healths.of(team, name, spec, now);
        Ok(Upstream {
            targets,
            timeouts: spec.timeouts,
            health,
            ledger,
            probe: Probe::of(spec),
            balance: spec.balance,
            retries: spec.retries.clone(),
            failing: spec.health.passive.statuses.iter().copied().collect(),
        })
    }

    /// The key of the pool for a place, and how TLS is spoken there.
    fn place(
        &mut self,
        origin: &Origin,
        ca: Option<&str>,
        name: Option<&str>,
        identity: Option<&Identity>,
        protocol: Protocol,
    ) -> Result<(u32, Option<TlsConnector>), String> {
        let secure = origin.scheme() == Scheme::Https;
        let place = Place {
            origin: origin.clone(),
            ca: ca.filter(|_| secure).map(str::to_owned),
            name: name.filter(|_| secure).map(str::to_owned),
            identity: identity.filter(|_| secure).map(|identity| identity.of.clone()),
            protocol: discriminant(&protocol),
        };
        if let Some(known) = self.places.get(&place) {
            return Ok(known.clone());
        }
        // What is trusted is held once, however many origins are trusted by it.
        let alike = |other: &Place| other.ca == place.ca && other.identity == place.identity;
        let held = self.places.iter().find(|(other, (_, held))| alike(other) && held.is_some());
        let connector = match held {
            Some((_, (_, held))) if secure => held.clone(),
            _ if secure => Some(tls::connector(ca, identity.map(|identity| Arc::clone(&identity.certified)))?),
            _ => None,
        };
        self.next_key += 1;
        self.places.insert(place, (self.next_key, connector.clone()));
        Ok((self.next_key, connector))
    }

    fn forget_unused(&mut self, apis: &[ApiFacts]) {
        let upstreams = apis.iter().filter_map(|facts| facts.upstream.as_ref().ok());
        let used: std::collections::HashSet<u32> =
            upstreams.flat_map(|upstream| &upstream.targets).map(|target| target.key).collect();
        self.places.retain(|_, (key, _)| used.contains(key));
    }
}

impl<'s> Index<'s> {
    fn of(source: &'s Source) -> Self {
        Self {
            upstreams: source.upstreams.values().map(|record| ((record.team, &record.name), record)).collect(),
            connections: source.connections.values().map(|record| ((record.team, &record.name), record)).collect(),
            secrets: source.secrets.iter().map(|(id, (team, name))| ((*team, name), *id)).collect(),
            source,
        }
    }

    /// What an upstream is made of.
    fn parts(&self, team: TeamId, name: &Name) -> UpstreamParts {
        let Some(record) = self.upstreams.get(&(team, name)) else { return UpstreamParts::default() };
        let spec = &record.spec;
        let names: BTreeSet<&Name> = spec.targets.iter().filter_map(|target| spec.connection_of(target)).collect();
        let (mut connections, mut values) = (Vec::with_capacity(names.len()), Vec::new());
        for name in names {
            let connection = self.connections.get(&(team, name)).map(|found| Arc::clone(found));
            for (_, secret) in connection.iter().flat_map(|connection| connection.spec.secrets()) {
                let id = self.secrets.get(&(team, secret));
                values.push(id.and_then(|id| self.source.values.get(id)).cloned());
            }
            connections.push(connection);
        }
        UpstreamParts { record: Some(Arc::clone(record)), connections, values }
    }
}

/// When the api was deprecated, as far as is known: when it last changed (RFC 9745 section 2.1).
fn deprecation(api: &Api) -> Option<HeaderValue> {
    (api.spec.lifecycle == Lifecycle::Deprecated)
        .then(|| HeaderValue::from_str(&format!("@{}", api.updated_at.as_seconds())).ok())
        .flatten()
}
