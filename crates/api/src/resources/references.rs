//! What resources say of each other, and where it does not hold: names of nothing, origins that differ.

use std::collections::BTreeMap;

use keyward_model::FieldError;
use keyward_model::api::ApiSpec;
use keyward_model::connection::ConnectionSpec;
use keyward_model::subscription::SubscriptionSpec;
use keyward_model::upstream::UpstreamSpec;

use crate::resources::held::Holdings;
use crate::resources::rules::{Finding, Findings};

/// Everything that does not hold.
pub(crate) fn broken(holdings: &Holdings) -> Vec<Finding> {
    let mut findings = Findings::default();
    connections(holdings, &mut findings);
    upstreams(holdings, &mut findings);
    apis(holdings, &mut findings);
    subscriptions(holdings, &mut findings);
    findings.fields
}

fn connections(holdings: &Holdings, findings: &mut Findings) {
    for (name, connection) in &holdings.connections {
        for (field, secret) in connection.spec.secrets() {
            if !holdings.secrets.contains_key(secret) {
                findings.note::<ConnectionSpec>(name, names_nothing(&field, "secret", secret));
            }
        }
    }
}

fn upstreams(holdings: &Holdings, findings: &mut Findings) {
    for (name, upstream) in &holdings.upstreams {
        let own = upstream.spec.connection.as_ref();
        if let Some(wanted) = own.filter(|wanted| !holdings.connections.contains_key(*wanted)) {
            findings.note::<UpstreamSpec>(name, names_nothing("connection", "connection", wanted));
        }
        for (place, target) in upstream.spec.targets.iter().enumerate() {
            let Some(wanted) = upstream.spec.connection_of(target) else { continue };
            let Some(connection) = holdings.connections.get(wanted) else {
                if target.connection.is_some() {
                    let field = format!("targets[{place}].connection");
                    findings.note::<UpstreamSpec>(name, names_nothing(&field, "connection", wanted));
                }
                continue;
            };
            let origin = &connection.spec.origin;
            if target.url.origin() != origin {
                let problem = format!("is not of {origin}, the only origin that connection `{wanted}` may go to");
                let remedy = "use a target of that origin, or give the target a connection of its own";
                findings.note::<UpstreamSpec>(name, FieldError::new(format!("targets[{place}].url"), problem, remedy));
            }
        }
    }
}

fn apis(holdings: &Holdings, findings: &mut Findings) {
    let mut versions = BTreeMap::new();
    for (name, api) in &holdings.apis {
        if !holdings.upstreams.contains_key(&api.spec.upstream) {
            findings.note::<ApiSpec>(name, names_nothing("upstream", "upstream", &api.spec.upstream));
        }
        if let Some(other) = versions.insert((&api.spec.api, &api.spec.version), name) {
            // Noted of both: which of them is the newcomer is for whoever changes one to say.
            for (one, other) in [(name, other), (other, name)] {
                let problem =
                    format!("is what api `{other}` is already: version {} of {}", api.spec.version, api.spec.api);
                findings
                    .note::<ApiSpec>(one, FieldError::new("version", problem, "give each version a name of its own"));
            }
        }
    }
}

fn subscriptions(holdings: &Holdings, findings: &mut Findings) {
    let mut pairs = BTreeMap::new();
    for (name, subscription) in &holdings.subscriptions {
        let spec = &subscription.spec;
        if !holdings.apps.contains_key(&spec.app) {
            findings.note::<SubscriptionSpec>(name, names_nothing("app", "app", &spec.app));
        }
        if !holdings.apis.values().any(|api| api.spec.api == spec.api) {
            findings.note::<SubscriptionSpec>(name, names_nothing("api", "api", &spec.api));
        }
        if let Some(other) = pairs.insert((&spec.app, &spec.api), name) {
            let problem = format!("is subscribed to by app `{}` already, as `{other}`", spec.app);
            findings
                .note::<SubscriptionSpec>(name, FieldError::new("api", problem, "change that subscription instead"));
        }
    }
}

fn names_nothing(field: &str, kind: &str, name: &str) -> FieldError {
    FieldError::new(
        field,
        format!("names `{name}`, and there is no such {kind}"),
        format!("make the {kind} first, or name one that exists"),
    )
}
