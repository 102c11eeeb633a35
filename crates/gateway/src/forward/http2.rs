//! Calls to targets that speak HTTP/2: many at once over few connections.
//!
//! What a target says it has not looked at goes out again by itself, on another connection: a refused stream, and all
//! behind a `GOAWAY` (RFC 9113 section 8.7). Of the body as much is held for that as fits into one buffer.

use keyward_model::{Code, Denial};
use keyward_policy::retry::{Failure, Sent};
use keyward_wire::{Length, Response};

use super::connect::ConnectError;
use super::send::{Unanswered, send};
use super::{Failed, Timeouts, failure, is_replayable, sent, unanswered};
use crate::channel::Channel;
use crate::exchange::{Exchange, micros};
use crate::http1::Http1;
use crate::listen::client::Waits;
use crate::state::upstream::Target;
use crate::transfer::{Lost, Progress};

mod connection;
pub(crate) mod pool;
mod reach;
mod stream;

pub(crate) use connection::Lease;
use reach::{Reached, reach};
use stream::Unsent;
pub(crate) use stream::{ToTarget, add_field};

/// How often a call goes out again that was not looked at, before that is the answer.
const RESENDS: u8 = 3;

/// What a call goes out by.
pub(super) enum Over {
    /// HTTP/2, and the head of the answer is there.
    Http2(Response, Channel),
    /// The target speaks HTTP/1, and may: nothing was sent.
    Http1 {
        /// A connection to it.
        connection: Box<Http1>,
        /// Whether it carried calls before.
        was_kept: bool,
    },
}

/// Sends the call to a target that speaks HTTP/2, or may.
pub(super) async fn send_to(
    exchange: &mut Exchange,
    target: &Target,
    caller: &mut Channel,
    waits: &Waits,
    timeouts: Timeouts,
) -> Result<Over, Failed> {
    let is_whole = exchange.head.body == Length::Zero;
    let (mut left, mut replayed) = (RESENDS, false);
    let mut unsent: Option<Unsent> = None;
    loop {
        let begun = exchange.worker.clock.monotonic();
        let reached = reach(&exchange.worker, target, timeouts).await;
        let took = exchange.worker.clock.monotonic().saturating_sub(begun);
        exchange.timing.connect_us = exchange.timing.connect_us.saturating_add(micros(took));
        let lease = match reached {
            Ok(Reached::Http2(lease)) => lease,
            // A body that began by HTTP/2 does not go on by HTTP/1.
            Ok(_) if exchange.upload.bytes > 0 => return Err(unreached(exchange, target, &ConnectError::NotHttp2)),
            Ok(Reached::Kept(connection)) => return Ok(Over::Http1 { connection, was_kept: true }),
            Ok(Reached::Fresh(stream)) => {
                let connection = Box::new(Http1::new(stream, &exchange.worker.buffers));
                return Ok(Over::Http1 { connection, was_kept: false });
            }
            Err(error) => return Err(unreached(exchange, target, &error)),
        };
        let request = target.head(exchange).ok_or_else(unwritable)?;
        let was_kept = lease.was_kept();
        let (answer, body) = match lease.send(request, is_whole) {
            Ok(sent) => sent,
            // It began to close since it was looked at.
            Err(_) if left > 0 => {
                left -= 1;
                continue;
            }
            Err(_) => return Err(Failed::new(failure::closed(target), sent(exchange), Failure::Reset)),
        };
        let stream = ToTarget::new(answer, body, is_whole, lease, target.own_header(), unsent.take());
        let mut channel = Channel::ToTarget(Box::new(stream));
        let begun = exchange.worker.clock.monotonic();
        let outcome = send(exchange, caller, &mut channel, waits, timeouts).await;
        exchange.timing.first_byte_us = micros(exchange.worker.clock.monotonic().saturating_sub(begun));
        let why = match outcome {
            Ok(head) => return Ok(Over::Http2(head, channel)),
            Err(why) => why,
        };
        let Channel::ToTarget(stream) = channel else { return Err(unanswered(exchange, target, timeouts, why)) };
        match why {
            Unanswered::Lost { lost: Lost::Unprocessed, .. } => {
                if left > 0
                    && let Some(again) = stream.into_unsent()
                {
                    left -= 1;
                    exchange.upload.done &= is_whole;
                    unsent = Some(again);
                    continue;
                }
                return Err(Failed::new(
                    failure::lost(target, Lost::Unprocessed),
                    sent(exchange),
                    Failure::Unprocessed,
                ));
            }
            Unanswered::Lost { lost: Lost::Closed, .. } if was_kept && !replayed && is_replayable(exchange) => {
                replayed = true;
                exchange.upload = Progress::default();
            }
            why => {
                if matches!(why, Unanswered::Late) {
                    stream.doubt();
                }
                return Err(unanswered(exchange, target, timeouts, why));
            }
        }
    }
}

fn unreached(exchange: &Exchange, target: &Target, error: &ConnectError) -> Failed {
    Failed::new(failure::of_connecting(target, error), sent(exchange), Failure::Connect)
}

/// Nothing that passed the earlier phases should be that.
fn unwritable() -> Failed {
    let detail = "The request cannot be written as HTTP/2, which is what the service behind this API speaks.";
    Failed { stop: Denial::new(Code::RequestInvalid, "head for HTTP/2", detail).into(), failure: None }
}

impl Failed {
    pub(super) fn new(denial: Denial, sent: Sent, failure: Failure) -> Self {
        Self { stop: denial.into(), failure: Some((sent, failure)) }
    }
}
