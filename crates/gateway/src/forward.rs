//! Phase `forward`: the call goes to a target of the upstream, and the head of an answer comes back.
//!
//! A connection kept from before may turn out dead. A request that was not sent goes out again on a fresh one; one
//! that was sent and got no answer only where its method is idempotent (RFC 9110 section 9.2.2) and its body had not
//! begun. A target that cannot be reached gives way to the next.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use http::{Method, Request, Response, response};
use hyper::body::Incoming;
use keyward_model::upstream::Timeouts;
use keyward_model::{Code, Denial};

use crate::exchange::{Exchange, micros};
use crate::state::upstream::Target;
use crate::transform::Outgoing;

mod connect;
mod failure;
pub(crate) mod pool;
mod stream;
pub(crate) mod upload;

use connect::connect;
use failure::{of_connecting, of_sending, too_late};
use pool::Connection;

/// The head of an upstream's answer, its body, and the connection it comes over.
pub(crate) struct Answer {
    pub(crate) head: response::Parts,
    pub(crate) body: Incoming,
    pub(crate) lease: Lease,
    pub(crate) timeouts: Timeouts,
}

/// A connection to a target, to be kept for the next call once the answer is over.
pub(crate) struct Lease {
    pub(crate) connection: Connection,
    pub(crate) key: u32,
}

/// A target did not answer. What was not sent can go to another.
struct Failed {
    denial: Denial,
    unsent: Option<Outgoing>,
}

/// Sends the call to the targets in turn until one takes it.
pub(crate) async fn forward(exchange: &mut Exchange, mut outgoing: Outgoing) -> Result<Answer, Denial> {
    exchange.timing.decide_us = exchange.elapsed_us();
    let upstream = exchange.facts().map(|facts| facts.upstream.clone());
    let upstream = match upstream {
        Some(Ok(upstream)) => upstream,
        Some(Err(problem)) => return Err(unusable(&problem)),
        None => return Err(unusable("no upstream")),
    };
    let timeouts = exchange.route().and_then(|route| route.timeouts).unwrap_or(upstream.timeouts);
    let first = exchange.worker.turn();
    let mut last = None;
    for place in 0..upstream.targets.len() {
        let target = &upstream.targets[first.wrapping_add(place) % upstream.targets.len()];
        exchange.target_name = Some(Arc::clone(&target.name));
        match send_to(exchange, target, outgoing, timeouts).await {
            Ok(answer) => return Ok(answer),
            Err(Failed { denial, unsent: Some(back) }) => {
                outgoing = back;
                last = Some(denial);
            }
            Err(Failed { denial, unsent: None }) => return Err(denial),
        }
    }
    Err(last.unwrap_or_else(|| unusable("no target")))
}

fn unusable(problem: &str) -> Denial {
    Denial::new(Code::ApiMisconfigured, problem, "This API is published, but not ready; its owner has to mend it.")
}

/// Sends the call to one target: over a kept connection first, else over a fresh one.
async fn send_to(
    exchange: &mut Exchange,
    target: &Target,
    mut outgoing: Outgoing,
    timeouts: Timeouts,
) -> Result<Answer, Failed> {
    let mut kept = exchange.worker.pool.take(target.key);
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
                    Ok(connection) => connection,
                    Err(error) => {
                        return Err(Failed { denial: of_connecting(target, &error), unsent: Some(outgoing) });
                    }
                }
            }
        };
        let spare = (was_kept && is_replayable(&outgoing)).then(|| outgoing.copy());
        let (request, path) = target.dress(outgoing).map_err(|denial| Failed { denial, unsent: None })?;
        match send(exchange, &mut connection, request, timeouts).await {
            Ok(response) => {
                let (head, body) = response.into_parts();
                let lease = Lease { connection, key: target.key };
                return Ok(Answer { head, body, lease, timeouts });
            }
            Err(Lost::Unsent(request)) => {
                outgoing = Outgoing::undress(request, path);
                if !was_kept {
                    return Err(Failed { denial: failure::closed(target), unsent: Some(outgoing) });
                }
            }
            Err(Lost::Late) => return Err(Failed { denial: too_late(target, timeouts), unsent: None }),
            Err(Lost::Sent(error)) => match spare {
                Some(spare) if !error.is_parse() && exchange.upload.is_untouched() => outgoing = spare,
                _ => return Err(Failed { denial: of_sending(exchange, target, &error), unsent: None }),
            },
        }
    }
}

/// What became of a request without an answer.
enum Lost {
    /// Not a byte was sent.
    Unsent(Box<Request<upload::RequestBody>>),
    /// Some of it was sent.
    Sent(hyper::Error),
    /// It was sent, and nothing came in time.
    Late,
}

async fn send(
    exchange: &mut Exchange,
    connection: &mut Connection,
    request: Request<upload::RequestBody>,
    timeouts: Timeouts,
) -> Result<Response<Incoming>, Lost> {
    let begun = exchange.worker.clock.monotonic();
    exchange.upload.begin(request.body(), timeouts);
    let mut sending = pin!(connection.sender.try_send_request(request));
    let (upload, client) = (&exchange.upload, &exchange.client);
    let outcome = poll_fn(|cx| match sending.as_mut().poll(cx) {
        Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
        Poll::Pending => upload.poll_late(client, cx).map(|()| None),
    })
    .await;
    let took = exchange.worker.clock.monotonic().saturating_sub(begun);
    exchange.timing.first_byte_us = micros(took);
    match outcome {
        None => Err(Lost::Late),
        Some(Ok(response)) => {
            exchange.upload.answered();
            Ok(response)
        }
        Some(Err(mut error)) => Err(match error.take_message() {
            Some(request) => Lost::Unsent(Box::new(request)),
            None => Lost::Sent(error.into_error()),
        }),
    }
}

/// Whether a request may go out twice: doing it twice does what doing it once does, and no body has to be made again.
fn is_replayable(outgoing: &Outgoing) -> bool {
    let idempotent =
        matches!(outgoing.method, Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE);
    idempotent && outgoing.body.is_empty()
}
