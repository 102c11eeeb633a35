//! Phase `authorize`: whether this token may make this call, by the one decision that explanations replay.

use keyward_model::check::{Silent, Trace};
use keyward_model::{Code, Denial};
use keyward_policy::checks::{CallFacts, decide};
use keyward_wire::Known;

use crate::exchange::Exchange;
use crate::tls::client::ClientCertificate;

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
            now: exchange.decided_at,
            token: caller.token.facts(),
            app: &caller.app,
            team_name: &caller.team.name,
            api,
            route: exchange.route().ok_or_else(missing)?,
            method: exchange.head.method(),
            address: exchange.address,
            origin: exchange.head.fields.decisive(Known::Origin),
            referer: exchange.head.fields.decisive(Known::Referer),
            client_certificate: exchange.client.certificate_at(exchange.decided_at).map(ClientCertificate::facts),
            subscription: facts.subscriptions.get(&caller.app.id).copied(),
            policies: facts.policies.as_deref(),
            request_path: exchange.target.as_ref().map_or("", |target| &target.path),
        },
        trace,
    )
}
