//! What the token may be used for: methods, apis and routes, scopes.

use std::collections::BTreeSet;

use keyward_model::api::{Api, Method, Route};
use keyward_model::check::{CheckName, Trace};
use keyward_model::scope::ScopeRule;
use keyward_model::token::TokenFacts;
use keyward_model::{Code, Denial};

use super::Failed;
use super::notes::{fail, list, nothing_to_check, pass};

pub(super) fn check_method<T: Trace>(token: &TokenFacts<'_>, method: &str, trace: &mut T) -> Result<(), Failed> {
    let methods = &token.restrictions.methods;
    let parsed = method.parse::<Method>();
    // What is not a method of a route is not repeated.
    let shown = parsed.as_ref().map_or("this method", |method| method.as_str());
    let seen = || shown.to_owned();
    if methods.is_empty() {
        return nothing_to_check(trace, CheckName::Method, seen, "any method");
    }
    if parsed.is_ok_and(|method| grants(methods, method)) {
        let rule = || format!("token {} may use {}", token.id, list(methods));
        return pass(trace, CheckName::Method, seen, rule);
    }
    let rule = format!("token {} restrictions.methods: {}", token.id, list(methods));
    let detail = format!("This token may not be used with {shown}.");
    let remedy = || format!("add {shown} to the token's methods");
    fail(trace, CheckName::Method, seen, remedy, Denial::new(Code::MethodNotGranted, rule, detail))
}

/// Whoever may `GET` may `HEAD`: it is the same answer without its body.
fn grants(methods: &BTreeSet<Method>, method: Method) -> bool {
    methods.contains(&method) || (method == Method::Head && methods.contains(&Method::Get))
}

pub(super) fn check_api<T: Trace>(
    token: &TokenFacts<'_>,
    api: &Api,
    route: &Route,
    trace: &mut T,
) -> Result<(), Failed> {
    let held = token.restrictions;
    let seen = || format!("api {} route {}", api.name, route.name);
    let name = &api.spec.api;
    if token.team != api.team {
        let rule = format!("api {} belongs to another team than token {}", api.name, token.id);
        let detail = format!("This token belongs to another team than the API `{name}` and may not call it.");
        let remedy = || "use a token of the team that owns the api".to_owned();
        return fail(trace, CheckName::Api, seen, remedy, Denial::new(Code::ApiNotAllowed, rule, detail));
    }
    if held.apis.is_empty() {
        return nothing_to_check(trace, CheckName::Api, seen, "any api and route of the team");
    }
    if held.admits_route(name, &route.name) {
        let rule = || format!("token {} may call {}", token.id, list(&held.apis));
        return pass(trace, CheckName::Api, seen, rule);
    }
    let rule = format!("token {} restrictions.apis: {}", token.id, list(&held.apis));
    let detail = if held.apis.iter().any(|grant| grant.api == *name) {
        format!("This token may call the API `{name}`, but not its route `{}`.", route.name)
    } else {
        format!("This token may not call the API `{name}`.")
    };
    let remedy = || format!("add the route `{}` of `{name}` to the token's apis", route.name);
    fail(trace, CheckName::Api, seen, remedy, Denial::new(Code::ApiNotAllowed, rule, detail))
}

pub(super) fn check_scope<T: Trace>(
    token: &TokenFacts<'_>,
    api: &Api,
    route: &Route,
    trace: &mut T,
) -> Result<(), Failed> {
    let held = token.scopes;
    let seen = || if held.is_empty() { "no scopes".to_owned() } else { list(held.iter()) };
    let (how_many, needed) = match &route.scopes {
        ScopeRule::All(needed) => ("all", needed),
        ScopeRule::Any(needed) => ("any", needed),
    };
    if needed.is_empty() {
        return nothing_to_check(trace, CheckName::Scope, seen, "the route asks for no scope");
    }
    let rule = || format!("api {} route {} scopes: {how_many} of {}", api.name, route.name, list(needed.iter()));
    let missing = route.scopes.missing(held);
    if missing.is_empty() {
        return pass(trace, CheckName::Scope, seen, rule);
    }
    let named = missing.iter().map(|scope| format!("`{scope}`"));
    let (detail, remedy) = match (&route.scopes, missing.iter().len()) {
        (_, 1) => (
            format!("This call needs the scope {}, which the token does not have.", list(named)),
            format!("give the token {missing}, if its app may have it"),
        ),
        (ScopeRule::All(_), _) => (
            format!("This call needs the scopes {}, which the token does not have.", list(named)),
            format!("give the token {missing}, if its app may have them"),
        ),
        (ScopeRule::Any(_), _) => (
            format!("This call needs one of the scopes {}, of which the token has none.", list(named)),
            format!("give the token one of {missing}, if its app may have it"),
        ),
    };
    let denial = Denial { required_scope: Some(missing), ..Denial::new(Code::ScopeMissing, rule(), detail) };
    fail(trace, CheckName::Scope, seen, || remedy, denial)
}
