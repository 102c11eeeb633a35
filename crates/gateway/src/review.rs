//! A call that lasts is decided anew from time to time: a token that is revoked, expires or is narrowed ends the streams
//! and WebSockets that it opened.
//!
//! What is asked is what the token may, by the configuration that the call began with: a change of an api or a route
//! leaves calls under way alone.

use keyward_model::Denial;

use crate::authenticate::authenticate;
use crate::authorize::authorize;
use crate::exchange::Exchange;

/// Refuses a call that would be refused if it began now.
pub(crate) fn review(exchange: &mut Exchange) -> Result<(), Denial> {
    exchange.decided_at = exchange.worker.clock.now();
    authenticate(exchange)?;
    authorize(exchange)
}
