//! Phase `authorize`: whether this token may make this call, by the one decision that explanations replay.

use keyward_model::check::{Silent, Trace};
use keyward_model::{Code, Denial};
use keyward_policy::checks::{CallFacts, decide};

use crate::exchange::Exchange;

/// Makes the checks from the token's lifetime to the policies.
pub(crate) fn authorize(exchange: &Exchange) -> Result<(), Denial> {
    decide_with(exchange, &mut Silent)
}

/// The same, taking down each check.
pub(crate) fn decide_with<T: Trace>(exchange: &Exchange, trace: &mut T) -> Result<(), Denial> {
    let missing = || Denial::new(Code::Internal, "order of phases", "The call could not be decided.");
    let caller = exchange.caller.as_ref().ok_or_else(missing)?;
    let api = exchange.api().ok_or_else(missing)?;
    let facts = exchange.facts().ok_or_else(missing)?;
    decide(
        &CallFacts {
            now: exchange.at,
            token: caller.token.facts(),
            app: &caller.app,
            team_name: &caller.team.name,
            api,
            route: exchange.route().ok_or_else(missing)?,
            method: exchange.head.method.as_str(),
            address: exchange.client.address,
            origin: exchange.origin.as_ref().and_then(|value| value.to_str().ok()),
            referer: exchange.referer.as_ref().and_then(|value| value.to_str().ok()),
            subscription: facts.subscriptions.get(&caller.app.id).copied(),
            policies: facts.policies.as_deref(),
            request_path: exchange.target.as_ref().map_or("", |target| &target.path),
        },
        trace,
    )
}
