//! What a token is granted against what its calls needed.
//!
//! Judged by the routes as they are today. Never calls unused what a call may have needed: of scopes any one of which a
//! route takes, all that the token has count as used.

use std::collections::{BTreeMap, BTreeSet};

use keyward_calls::Counts;
use keyward_model::Code;
use keyward_model::api::{Api, Lifecycle, Route};
use keyward_model::scope::{Scope, ScopeSet};
use keyward_model::token::{ApiGrant, TokenSpec};
use serde::Serialize;

use super::UnusedRoute;

/// Routes told that were not called.
const MOST_UNUSED: usize = 500;

/// A scope of a token.
#[derive(Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(crate) struct ScopeUse {
    /// The scope.
    scope: Scope,
    /// Whether calls needed it.
    state: ScopeState,
    /// How many calls let through needed it; null when that is not known.
    #[schema(required)]
    calls: Option<u64>,
    /// What of it they needed: for a wildcard, the scopes that would have been enough.
    needed: ScopeSet,
}

/// Whether calls needed a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ScopeState {
    /// They did, or may have.
    Used,
    /// None did.
    Unused,
    /// Calls were not recorded, or it is a scope of the management API, whose requests are no calls.
    Unknown,
}

/// Calls of a route.
#[derive(Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(crate) struct RouteUse {
    /// The api, by its name with the version; null where none was found.
    #[schema(required)]
    api: Option<String>,
    /// The route; null where none was found.
    #[schema(required)]
    route: Option<String>,
    /// The methods.
    methods: BTreeSet<String>,
    /// Calls.
    calls: u64,
    /// Those of them that were refused.
    refused: u64,
}

/// What would have been enough for the calls that were let through.
#[derive(Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(crate) struct Narrowing {
    /// Its `scopes`: wildcards replaced by what was needed of them. Those of the management API stay.
    scopes: ScopeSet,
    /// What could be taken from its scopes.
    unused_scopes: ScopeSet,
    /// Its `restrictions.apis`: the apis and routes it called. With none called, it needs no access at all.
    apis: Vec<ApiGrant>,
    /// Its `restrictions.methods`.
    methods: BTreeSet<String>,
}

type RouteKey = (Option<String>, Option<String>);

/// The calls of a token by route.
pub(super) struct Used(BTreeMap<RouteKey, RouteUse>);

impl Used {
    /// Of counts by api, route, method and code.
    pub(super) fn of(counts: &Counts) -> Self {
        let mut routes: BTreeMap<RouteKey, RouteUse> = BTreeMap::new();
        for (key, calls) in &counts.rows {
            let [api, route, method, code] = key.as_slice() else { continue };
            let fresh =
                || RouteUse { api: api.clone(), route: route.clone(), methods: BTreeSet::new(), calls: 0, refused: 0 };
            let known = routes.entry((api.clone(), route.clone())).or_insert_with(fresh);
            known.calls += calls;
            let refused = code.as_ref().is_some_and(|code| code.parse().ok().is_none_or(Code::is_refusal));
            if refused {
                known.refused += calls;
            } else {
                known.methods.extend(method.clone());
            }
        }
        Self(routes)
    }

    pub(super) fn calls(&self) -> u64 {
        self.0.values().map(|route| route.calls).sum()
    }

    pub(super) fn refused(&self) -> u64 {
        self.0.values().map(|route| route.refused).sum()
    }

    /// The most called first.
    pub(super) fn into_routes(self) -> Vec<RouteUse> {
        let mut routes: Vec<RouteUse> = self.0.into_values().collect();
        routes.sort_by_key(|route| std::cmp::Reverse(route.calls));
        routes
    }

    /// Calls of a route that were let through.
    fn passed(&self, api: &str, route: &str) -> u64 {
        let found = self.0.get(&(Some(api.to_owned()), Some(route.to_owned())));
        found.map_or(0, |route| route.calls - route.refused)
    }

    /// The routes of today that were called and let through, with how many calls.
    fn of_today<'a>(&self, apis: &'a [Api]) -> Vec<(&'a Api, &'a Route, u64)> {
        let routes = apis.iter().flat_map(|api| api.spec.routes.iter().map(move |route| (api, route)));
        let counted = routes.map(|(api, route)| (api, route, self.passed(&api.name, &route.name)));
        counted.filter(|(_, _, calls)| *calls > 0).collect()
    }
}

/// Each scope of the token, and whether a call needed it.
pub(super) fn scopes(spec: &TokenSpec, apis: &[Api], used: &Used, known: bool) -> Vec<ScopeUse> {
    let routes = used.of_today(apis);
    let of_scope = |scope: &Scope| {
        let (mut calls, mut needed) = (0, BTreeSet::new());
        for (_, route, of_route) in &routes {
            let covered: Vec<&Scope> = route.scopes.scopes().iter().filter(|needed| scope.covers(needed)).collect();
            calls += if covered.is_empty() { 0 } else { *of_route };
            needed.extend(covered.into_iter().cloned());
        }
        let state = match calls {
            _ if scope.is_management() || !known => ScopeState::Unknown,
            0 => ScopeState::Unused,
            _ => ScopeState::Used,
        };
        let calls = (state != ScopeState::Unknown).then_some(calls);
        ScopeUse { scope: scope.clone(), state, calls, needed: needed.into_iter().collect() }
    };
    spec.scopes.iter().map(of_scope).collect()
}

/// What would have been enough.
pub(super) fn narrowing(spec: &TokenSpec, apis: &[Api], used: &Used) -> Narrowing {
    let (mut enough, mut unused) = (Vec::new(), Vec::new());
    for scope in scopes(spec, apis, used, true) {
        match scope.state {
            ScopeState::Unknown => enough.push(scope.scope),
            ScopeState::Unused => unused.push(scope.scope),
            ScopeState::Used if scope.scope.is_wildcard() => enough.extend(scope.needed.iter().cloned()),
            ScopeState::Used => enough.push(scope.scope),
        }
    }
    let mut grants: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (api, route, _) in used.of_today(apis) {
        grants.entry(api.spec.api.clone()).or_default().insert(route.name.clone());
    }
    let apis = grants.into_iter().map(|(api, routes)| ApiGrant { api, routes: routes.into_iter().collect() }).collect();
    let methods = used.0.values().flat_map(|route| route.methods.iter().cloned()).collect();
    Narrowing { scopes: ScopeSet::from(enough), unused_scopes: ScopeSet::from(unused), apis, methods }
}

/// The routes that the token could have called and did not.
pub(super) struct Routes {
    pub(super) unused: Vec<UnusedRoute>,
    pub(super) unused_count: u64,
}

impl Routes {
    pub(super) fn of(spec: &TokenSpec, apis: &[Api], used: &Used) -> Self {
        let (mut unused, mut unused_count) = (Vec::new(), 0);
        let served = |api: &&Api| matches!(api.spec.lifecycle, Lifecycle::Published | Lifecycle::Deprecated);
        for api in apis.iter().filter(served) {
            for route in api.spec.routes.iter().filter(|route| may_call(spec, api, route)) {
                if used.passed(&api.name, &route.name) > 0 {
                    continue;
                }
                unused_count += 1;
                if unused.len() < MOST_UNUSED {
                    unused.push(UnusedRoute { api: api.name.to_string(), route: route.name.to_string() });
                }
            }
        }
        Self { unused, unused_count }
    }
}

/// Whether scopes and restrictions let the token call the route.
fn may_call(spec: &TokenSpec, api: &Api, route: &Route) -> bool {
    let methods = &spec.restrictions.methods;
    spec.restrictions.admits_route(&api.spec.api, &route.name)
        && (methods.is_empty() || route.methods.iter().any(|method| methods.contains(method)))
        && route.scopes.missing(&spec.scopes).is_empty()
}
