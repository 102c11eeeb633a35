//! What decides about calls, read from the store.

use std::collections::HashMap;
use std::sync::Arc;

use keyward_model::Name;
use keyward_model::api::ApiSpec;
use keyward_model::app::App;
use keyward_model::check::Check;
use keyward_model::policy::{Policy, PolicySpec};
use keyward_model::subscription::{SubscriptionSpec, SubscriptionState};
use keyward_model::team::{TeamId, TeamSpec};
use keyward_model::thumbprint::Thumbprint;
use keyward_model::token::TokenFacts;
use keyward_model::{Denial, Timestamp};
use keyward_policy::cedar::PolicySet;
use keyward_policy::checks::{CallFacts, ClientCertificateFacts, decide};
use keyward_policy::routing::{ApiEntry, RouteMatch, RouteTable};
use keyward_store::{Store, StoreError};

/// The published routes and all that decides about them.
pub(super) struct Facts {
    pub(super) revision: u64,
    pub(super) routes: RouteTable,
    teams: HashMap<TeamId, Name>,
    policies: HashMap<TeamId, PolicySet>,
    /// By team, app and api.
    subscriptions: HashMap<(TeamId, Name, Name), SubscriptionState>,
}

/// A call as far as the checks look at it.
pub(super) struct Call<'a> {
    pub(super) at: Timestamp,
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) address: std::net::IpAddr,
    pub(super) origin: Option<&'a str>,
    pub(super) client_certificate: Option<&'a Thumbprint>,
}

impl Facts {
    pub(super) async fn read(store: &Store, revision: u64) -> Result<Self, StoreError> {
        let teams: HashMap<TeamId, Name> =
            store.resources_of_all_teams::<TeamSpec>().await?.into_iter().map(|team| (team.id, team.name)).collect();
        let apis = store.resources_of_all_teams::<ApiSpec>().await?;
        let entry = |api: keyward_model::api::Api| {
            teams.get(&api.team).cloned().map(|team_name| ApiEntry { api: Arc::new(api), team_name })
        };
        let (routes, _) = RouteTable::build_what_fits(apis.into_iter().filter_map(entry).collect());
        let mut policies: HashMap<TeamId, Vec<Policy>> = HashMap::new();
        for policy in store.resources_of_all_teams::<PolicySpec>().await? {
            policies.entry(policy.team).or_default().push(policy);
        }
        let policies = policies.into_iter().filter_map(|(team, policies)| Some((team, PolicySet::build(&policies)?)));
        let subscriptions = store.resources_of_all_teams::<SubscriptionSpec>().await?.into_iter().map(|subscription| {
            let SubscriptionSpec { app, api, state } = subscription.spec;
            ((subscription.team, app, api), state)
        });
        Ok(Self { revision, routes, policies: policies.collect(), subscriptions: subscriptions.collect(), teams })
    }

    /// Makes the checks of a recognised token, from the lifetime to the policies.
    pub(super) fn decide(
        &self,
        call: &Call<'_>,
        route: &RouteMatch<'_, '_>,
        token: TokenFacts<'_>,
        app: &App,
        checks: &mut Vec<Check>,
    ) -> Result<(), Denial> {
        let api = &*route.api.api;
        let subscription = (app.team, app.name.clone(), api.spec.api.clone());
        let facts = CallFacts {
            now: call.at,
            token,
            app,
            team_name: self.teams.get(&token.team).unwrap_or(&route.api.team_name),
            api,
            route: route.route,
            method: call.method,
            address: call.address,
            origin: call.origin,
            referer: None,
            // Its thumbprint alone is known: a policy that asks for more sees nothing there.
            client_certificate: call.client_certificate.map(|thumbprint| ClientCertificateFacts {
                subject: "",
                names: &[],
                thumbprint,
            }),
            subscription: self.subscriptions.get(&subscription).copied(),
            policies: self.policies.get(&api.team),
            request_path: call.path,
        };
        decide(&facts, checks)
    }
}
