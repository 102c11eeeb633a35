//! Phase `forward`: the call goes to a target of the upstream, and the head of an answer comes back.
//!
//! A connection kept from before may turn out dead. A request that was not sent goes out again on a fresh one; one
//! that was sent and got no answer only where its method is idempotent (RFC 9110 section 9.2.2) and it has no body. A
//! target that cannot be reached gives way to the next.

use std::sync::Arc;

use keyward_model::upstream::Timeouts;
use keyward_model::{Code, Denial};
use keyward_wire::{Length, Response};

use crate::channel::Channel;
use crate::exchange::{Exchange, micros};
use crate::http1::Http1;
use crate::listen::client::Waits;
use crate::listen::too_large;
use crate::path::Stop;
use crate::state::upstream::Target;
use crate::transfer::Progress;
use crate::transform::Outgoing;

mod connect;
mod failure;
pub(crate) mod pool;
mod send;

use connect::connect;
pub(crate) use send::poll_upload;
use send::{Unanswered, send};

/// The head of an upstream's answer, and what it comes over.
pub(crate) struct Answer {
    pub(crate) head: Response,
    pub(crate) channel: Channel,
    /// What the connection is kept under when the answer is over.
    pub(crate) key: u32,
    pub(crate) timeouts: Timeouts,
}

/// A target did not answer.
struct Failed {
    stop: Stop,
    /// Whether nothing of the request has reached it, so that another may be tried.
    unsent: bool,
}

/// Sends the call to the targets in turn until one takes it.
pub(crate) async fn forward(
    exchange: &mut Exchange,
    outgoing: Outgoing,
    caller: &mut Channel,
    waits: &Waits,
) -> Result<Answer, Stop> {
    exchange.timing.decide_us = exchange.elapsed_us();
    let upstream = exchange.facts().map(|facts| facts.upstream.clone());
    let upstream = match upstream {
        Some(Ok(upstream)) => upstream,
        Some(Err(problem)) => return Err(unusable(&problem).into()),
        None => return Err(unusable("no upstream").into()),
    };
    let timeouts = exchange.route().and_then(|route| route.timeouts).unwrap_or(upstream.timeouts);
    let first = exchange.worker.turn();
    let mut last = None;
    for place in 0..upstream.targets.len() {
        let target = &upstream.targets[first.wrapping_add(place) % upstream.targets.len()];
        exchange.target_name = Some(Arc::clone(&target.name));
        match send_to(exchange, target, &outgoing, caller, waits, timeouts).await {
            Ok(answer) => return Ok(answer),
            Err(Failed { stop, unsent: true }) => last = Some(stop),
            Err(Failed { stop, unsent: false }) => return Err(stop),
        }
    }
    Err(last.unwrap_or_else(|| unusable("no target").into()))
}

fn unusable(problem: &str) -> Denial {
    Denial::new(Code::ApiMisconfigured, problem, "This API is published, but not ready; its owner has to mend it.")
}

/// Sends the call to one target: over a kept connection first, else over a fresh one.
async fn send_to(
    exchange: &mut Exchange,
    target: &Target,
    outgoing: &Outgoing,
    caller: &mut Channel,
    waits: &Waits,
    timeouts: Timeouts,
) -> Result<Answer, Failed> {
    let failed = |denial: Denial, unsent| Failed { stop: denial.into(), unsent };
    let mut kept = exchange.worker.pool.take(target.key);
    // What a connection that turned out dead was given and did not send.
    let mut unsent: Option<Box<Http1>> = None;
    loop {
        let was_kept = kept.is_some();
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None => {
                let begun = exchange.worker.clock.monotonic();
                let connected = connect(target, timeouts).await;
                let took = exchange.worker.clock.monotonic().saturating_sub(begun);
                exchange.timing.connect_us = exchange.timing.connect_us.saturating_add(micros(took));
                match connected {
                    Ok(stream) => Box::new(Http1::new(stream, &exchange.worker.buffers)),
                    // Content that was taken from the caller already is in no other target's request.
                    Err(error) => {
                        return Err(failed(failure::of_connecting(target, &error), unsent.is_none()));
                    }
                }
            }
        };
        match unsent.take() {
            Some(mut dead) => connection.take_over(&mut dead),
            None => {
                target.write_lines(exchange, outgoing, connection.out());
                connection.frame(framing(exchange.head.body));
            }
        }
        let mut channel = Channel::Http1(connection);
        let begun = exchange.worker.clock.monotonic();
        let outcome = send(exchange, caller, &mut channel, waits, timeouts).await;
        exchange.timing.first_byte_us = micros(exchange.worker.clock.monotonic().saturating_sub(begun));
        let denial = match outcome {
            Ok(head) => return Ok(Answer { head, channel, key: target.key, timeouts }),
            Err(Unanswered::Gone) => return Err(Failed { stop: Stop::Gone, unsent: false }),
            Err(Unanswered::Late) => failure::too_late(target, timeouts),
            Err(Unanswered::BodyLate) => failure::body_late(),
            Err(Unanswered::BodyBroken) => failure::body_broken(),
            Err(Unanswered::BodyTooLarge) => too_large(exchange.worker.config.max_body_bytes),
            Err(Unanswered::Lost { lost, silent }) => {
                if let Channel::Http1(dead) = channel
                    && dead.is_unsent()
                {
                    if !was_kept {
                        return Err(failed(failure::closed(target), !exchange.upload.begun));
                    }
                    unsent = Some(dead);
                    continue;
                }
                if was_kept && silent && is_replayable(exchange) {
                    exchange.upload = Progress::default();
                    continue;
                }
                failure::lost(target, lost)
            }
        };
        return Err(failed(denial, false));
    }
}

fn framing(body: Length) -> crate::http1::Framing {
    use crate::http1::Framing;
    match body {
        Length::Zero | Length::UntilClose => Framing::Empty,
        Length::Known(_) => Framing::Plain,
        // Trailers end here: as headers they could say what no head may say.
        Length::Chunked => Framing::Chunked { trailers: false },
    }
}

/// Whether a request may go out twice: doing it twice does what doing it once does, and no body has to be made again.
fn is_replayable(exchange: &Exchange) -> bool {
    matches!(exchange.head.method(), "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE")
        && exchange.head.body == Length::Zero
}
