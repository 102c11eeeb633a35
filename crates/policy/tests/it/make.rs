//! Apis, apps and tokens to decide about.

use std::sync::Arc;

use keyward_model::api::Api;
use keyward_model::app::{App, AppSpec};
use keyward_model::check::{Check, Silent};
use keyward_model::id::Id;
use keyward_model::subscription::SubscriptionState;
use keyward_model::team::TeamSpec;
use keyward_model::thumbprint::Thumbprint;
use keyward_model::token::Token;
use keyward_model::{Denial, Name, Record, Resource, Timestamp};
use keyward_policy::cedar::PolicySet;
use keyward_policy::checks::{CallFacts, ClientCertificateFacts, decide};
use keyward_policy::routing::ApiEntry;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) fn moment(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

/// A record of the spec that `spec` is in JSON; `number` makes its id and its age.
pub(crate) fn record<T: Resource>(number: u128, team: u128, name: &str, spec: Value) -> Record<T> {
    let created_at = Timestamp::from_millis(i64::try_from(number).expect("a small number"));
    Record {
        id: Id::from_uuid(Uuid::from_u128(number)),
        team: Id::from_uuid(Uuid::from_u128(team)),
        name: name.parse().expect("a name"),
        version: 1,
        created_at,
        updated_at: created_at,
        source: None,
        spec: serde_json::from_value(spec).expect("a spec"),
    }
}

/// An api `<api>.<version>` of team 1 at `/<api>` with routes of method and path, named `r0`, `r1` ...
pub(crate) fn api(number: u128, api: &str, version: &str, routes: &[(&str, &str)]) -> Api {
    let routes: Vec<Value> = routes
        .iter()
        .enumerate()
        .map(|(place, (methods, path))| {
            let methods: Vec<&str> = methods.split(' ').collect();
            json!({"name": format!("r{place}"), "methods": methods, "path": path})
        })
        .collect();
    let base_path = format!("/{api}");
    let spec = json!({"api": api, "version": version, "base_path": base_path, "upstream": "behind", "routes": routes});
    record(number, 1, &format!("{api}.{version}"), spec)
}

pub(crate) fn entry(api: Api) -> ApiEntry {
    let team_name = format!("team-{}", api.team.as_uuid().as_u128()).parse().expect("a name");
    ApiEntry { api: Arc::new(api), team_name }
}

/// A token of team 1 and app 10, valid through 2026, with `spec` on top of name and scopes.
pub(crate) fn token(spec: Value) -> Token {
    let mut whole = json!({
        "id": "4fTz0aB9cD3e",
        "team": Id::<TeamSpec>::from_uuid(Uuid::from_u128(1)),
        "app": Id::<AppSpec>::from_uuid(Uuid::from_u128(10)),
        "prefix": "kw",
        "last_four": "abcd",
        "version": 1,
        "state": "active",
        "name": "nightly",
        "scopes": ["orders:read"],
        "not_before": "2026-01-01T00:00:00Z",
        "expires_at": "2027-01-01T00:00:00Z",
        "created_at": "2025-12-31T00:00:00Z",
        "updated_at": "2025-12-31T00:00:00Z",
    });
    let fields = whole.as_object_mut().expect("an object");
    fields.extend(spec.as_object().expect("an object").clone());
    serde_json::from_value(whole).expect("a token")
}

/// App 10 of team 1, `shop`.
pub(crate) fn app() -> App {
    record(10, 1, "shop", json!({"scopes": ["orders:*"], "labels": {"stage": "live"}}))
}

/// The api `orders.v1` of team 1; its one route, `list`, asks for `orders:read`.
pub(crate) fn orders(spec: Value) -> Api {
    let mut whole = json!({
        "api": "orders", "version": "v1", "base_path": "/orders", "upstream": "behind",
        "scopes": {"orders:read": "", "orders:write": "", "orders:list": ""},
        "routes": [{"name": "list", "methods": ["GET"], "path": "/orders", "scopes": {"all": ["orders:read"]}}],
    });
    whole.as_object_mut().expect("an object").extend(spec.as_object().expect("an object").clone());
    record(20, 1, "orders.v1", whole)
}

/// A client certificate.
pub(crate) struct Certificate {
    pub(crate) thumbprint: Thumbprint,
    pub(crate) names: Vec<String>,
}

impl Certificate {
    /// One whose hash is `number` in every byte.
    pub(crate) fn new(number: u8) -> Self {
        let names = vec!["till-4.shop.example".to_owned(), "spiffe://shop.example/till/4".to_owned()];
        Self { thumbprint: Thumbprint::from_sha256([number; 32]), names }
    }
}

/// Everything a decision needs, owned. A Wednesday at ten.
pub(crate) struct Scene {
    pub(crate) now: Timestamp,
    pub(crate) token: Token,
    pub(crate) app: App,
    pub(crate) team_name: Name,
    pub(crate) api: Api,
    pub(crate) method: &'static str,
    pub(crate) address: &'static str,
    pub(crate) origin: Option<&'static str>,
    pub(crate) referer: Option<&'static str>,
    pub(crate) certificate: Option<Certificate>,
    pub(crate) subscription: Option<SubscriptionState>,
    pub(crate) policies: Option<PolicySet>,
}

impl Scene {
    pub(crate) fn new(token_spec: Value, api_spec: Value) -> Self {
        Self {
            now: moment("2026-07-01T10:00:00Z"),
            token: token(token_spec),
            app: app(),
            team_name: "acme".parse().expect("a name"),
            api: orders(api_spec),
            method: "GET",
            address: "192.0.2.7",
            origin: None,
            referer: None,
            certificate: None,
            subscription: None,
            policies: None,
        }
    }

    pub(crate) fn facts(&self) -> CallFacts<'_> {
        CallFacts {
            now: self.now,
            token: self.token.facts(),
            app: &self.app,
            team_name: &self.team_name,
            api: &self.api,
            route: &self.api.spec.routes[0],
            method: self.method,
            address: self.address.parse().expect("an address"),
            origin: self.origin,
            referer: self.referer,
            client_certificate: self.certificate.as_ref().map(|certificate| ClientCertificateFacts {
                subject: "CN=till 4,O=Shop",
                names: &certificate.names,
                thumbprint: &certificate.thumbprint,
            }),
            subscription: self.subscription,
            policies: self.policies.as_ref(),
            request_path: "/orders/v1/orders",
        }
    }

    /// The decision and the checks; decided without anybody listening too, which must come out the same.
    pub(crate) fn decide(&self) -> (Result<(), Denial>, Vec<Check>) {
        let mut checks = Vec::new();
        let decision = decide(&self.facts(), &mut checks);
        assert_eq!(decide(&self.facts(), &mut Silent), decision);
        (decision, checks)
    }

    pub(crate) fn denial(&self) -> Denial {
        self.decide().0.expect_err("a denial")
    }
}
