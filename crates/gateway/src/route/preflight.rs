//! Preflights: what a browser asks before it lets a page of another origin call (Fetch standard, section 3.2.2). It
//! carries no token. Where the api called has `cors`, the gateway answers by itself; else it is a call like any other.

use keyward_model::api::{Api, Method};
use keyward_model::{Code, Denial};
use keyward_policy::routing::Found;
use keyward_policy::target::Target;
use keyward_wire::{Known, Request};

use super::place;
use crate::exchange::Exchange;
use crate::path::Stop;

/// A preflight that is granted.
#[derive(Debug)]
pub(crate) struct Preflight {
    /// The methods that pages may use at that path.
    pub(crate) methods: Vec<Method>,
}

/// Ends a call that is a preflight for an api with `cors`; any other goes on.
pub(super) fn end(exchange: &mut Exchange, target: &Target) -> Result<(), Stop> {
    if exchange.head.method() != "OPTIONS" {
        return Ok(());
    }
    let Some(asked) = asked(&exchange.head) else { return Ok(()) };
    let state = std::rc::Rc::clone(&exchange.state);
    let found = state.table.find(&target.path, asked, exchange.head.fields.decisive(Known::AcceptVersion));
    let (api, offered) = match &found {
        Found::Route(found) => (&found.api.api, Some(&found.route.methods)),
        Found::MethodNotAllowed { api, .. } | Found::Retired(api) => (&api.api, None),
        Found::Ambiguous(_) | Found::NotFound => return Ok(()),
    };
    let Some(cors) = &api.spec.cors else { return Ok(()) };
    exchange.routed = place(exchange, &api.id);
    let Some(offered) = offered else {
        if let Found::MethodNotAllowed { allowed, .. } = &found {
            exchange.allow.clone_from(allowed);
        }
        return Err(found.refusal(asked).map_or(Stop::Gone, Stop::Denied));
    };
    let origin = exchange.head.fields.decisive(Known::Origin).unwrap_or_default();
    if !cors.allows(origin) {
        return Err(refused(api).into());
    }
    Err(Stop::Preflight(Preflight { methods: cors.methods(offered) }))
}

/// The method that a preflight asks for.
fn asked(head: &Request) -> Option<&str> {
    head.fields.decisive(Known::Origin)?;
    let mut asked =
        head.fields.iter().filter(|(_, name, _)| name.eq_ignore_ascii_case(b"access-control-request-method"));
    let (_, _, method) = asked.next()?;
    asked.next().is_none().then(|| std::str::from_utf8(method).ok())?
}

fn refused(api: &Api) -> Denial {
    let rule = format!("api {} cors.allow_origins", api.name);
    Denial::new(Code::OriginNotAllowed, rule, "Pages of this origin may not call this API.")
}
