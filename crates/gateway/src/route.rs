//! Phase `route`: the one form of the target, and the api and route it leads to.

use keyward_policy::routing::Found;
use keyward_policy::target::canonical;
use keyward_wire::Known;

use crate::exchange::{Exchange, Routed};
use crate::path::Stop;

mod preflight;

pub(crate) use preflight::Preflight;

/// Finds api and route. What is decided here on is the canonical path, and that is what is forwarded.
pub(crate) fn route(exchange: &mut Exchange) -> Result<(), Stop> {
    let target = canonical(exchange.head.target()).map_err(|error| error.denial())?;
    if let Err(stop) = preflight::end(exchange, &target) {
        exchange.target = Some(target);
        return Err(stop);
    }
    let method = exchange.head.method();
    let found = exchange.state.table.find(&target.path, method, exchange.head.fields.decisive(Known::AcceptVersion));
    let denial = found.refusal(method);
    match found {
        Found::Route(found) => {
            let rest = target.path.ends_with(found.rest).then(|| target.path.len() - found.rest.len());
            exchange.routed = Some(Routed { api: found.api_index, route: Some(found.route_index), rest });
        }
        Found::MethodNotAllowed { allowed, api } => {
            exchange.routed = place(exchange, &api.api.id);
            exchange.allow = allowed;
        }
        Found::Retired(api) => exchange.routed = place(exchange, &api.api.id),
        Found::Ambiguous(_) | Found::NotFound => {}
    }
    exchange.target = Some(target);
    denial.map_or(Ok(()), |denial| Err(denial.into()))
}

fn place(exchange: &Exchange, id: &keyward_model::api::ApiId) -> Option<Routed> {
    let api = exchange.state.table.apis().iter().position(|entry| entry.api.id == *id)?;
    Some(Routed { api, route: None, rest: None })
}
