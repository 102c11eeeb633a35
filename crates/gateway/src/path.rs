//! The path of a call, top to bottom. Each phase is a file of its own, and either goes on or ends with a denial.

use keyward_model::Denial;

use crate::authenticate::authenticate;
use crate::authorize::authorize;
use crate::capture;
use crate::channel::Channel;
use crate::exchange::Exchange;
use crate::forward::{Answer, forward};
use crate::limit::limit;
use crate::listen::client::Waits;
use crate::listen::{admit, bound, enter};
use crate::respond::respond;
use crate::route::{Preflight, route};
use crate::transform::transform;

/// What becomes of the caller's connection when a call is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// It may carry another.
    Keep,
    /// It closes, in good order.
    Close,
    /// It is cut off: the caller is gone, or can tell by the cut alone that its answer is not whole.
    Cut,
}

/// Why there is no answer from the upstream.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The call is refused, or failed.
    Denied(Denial),
    /// A browser asks what it may send, and is told.
    Preflight(Preflight),
    /// Nobody waits for the answer.
    Gone,
}

impl From<Denial> for Stop {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}

/// Takes one call from its head to the last byte of its answer. The record follows when the exchange ends.
pub(crate) async fn take(exchange: &mut Exchange, caller: &mut Channel, waits: &Waits) -> After {
    let outcome = walk(exchange, caller, waits).await;
    respond(exchange, outcome, caller, waits).await
}

async fn walk(exchange: &mut Exchange, caller: &mut Channel, waits: &Waits) -> Result<Answer, Stop> {
    admit(exchange)?;
    route(exchange)?;
    bound(exchange)?;
    authenticate(exchange)?;
    capture::begin(exchange);
    authorize(exchange)?;
    enter(exchange)?;
    limit(exchange)?;
    transform(exchange)?;
    forward(exchange, caller, waits).await
}
