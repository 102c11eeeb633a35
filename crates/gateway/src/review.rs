//! A call that lasts is decided anew from time to time: a token that is revoked, expires or is narrowed ends the streams
//! and WebSockets that it opened.
//!
//! What is asked is what the token may, by the configuration that the call began with: a change of an api or a route
//! leaves calls under way alone.

use std::task::Context;

use keyward_model::Denial;

use crate::authenticate::authenticate;
use crate::authorize::authorize;
use crate::exchange::Exchange;
use crate::listen::client::Waits;

/// Refuses a call that would be refused if it began now, where it is time to ask again. The task is woken when it is.
pub(crate) fn poll_review(cx: &mut Context<'_>, exchange: &mut Exchange, waits: &Waits) -> Result<(), Denial> {
    let interval = exchange.worker.config.review_interval;
    waits.review.arm_once(interval);
    while waits.review.poll_late(cx).is_ready() {
        review(exchange)?;
        waits.review.arm(interval);
    }
    Ok(())
}

fn review(exchange: &mut Exchange) -> Result<(), Denial> {
    exchange.decided_at = exchange.worker.clock.now();
    authenticate(exchange)?;
    authorize(exchange)
}
