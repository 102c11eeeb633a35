//! Phase `limit`: the rates and quotas of token, app, api and team, all of them or none.

use keyward_model::Denial;

use crate::exchange::Exchange;
use crate::limits::{Asked, Now, Subject};

/// Takes what the call costs, and remembers what is left of the tightest limit for the answer.
pub(crate) fn limit(exchange: &mut Exchange) -> Result<(), Denial> {
    let (Some(caller), Some(api), Some(route)) = (&exchange.caller, exchange.api(), exchange.route()) else {
        return Ok(());
    };
    let token = &caller.token.token;
    let id = token.id();
    let asked = [
        Asked { subject: Subject::Token(id), name: id.as_str(), version: token.version(), limits: token.limits() },
        Asked {
            subject: Subject::App(caller.app.id),
            name: &caller.app.name,
            version: caller.app.version,
            limits: &caller.app.spec.limits,
        },
        Asked { subject: Subject::Api(api.id), name: &api.name, version: api.version, limits: &api.spec.limits },
        Asked {
            subject: Subject::Team(caller.team.id),
            name: &caller.team.name,
            version: caller.team.version,
            limits: &caller.team.spec.limits,
        },
    ];
    let now = Now { wall: exchange.at, monotonic: exchange.started };
    match exchange.worker.shared.limits.take(&asked, route.cost, now) {
        Ok(standing) => {
            exchange.standing = standing;
            Ok(())
        }
        Err(exceeded) => {
            exchange.standing = Some(exceeded.standing);
            Err(exceeded.denial)
        }
    }
}
