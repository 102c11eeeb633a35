//! Phase `forward`: the call goes to a target of the upstream, and the head of an answer comes back.
//!
//! A connection kept from before may turn out dead. A request that was not sent goes out again on a fresh one; one
//! that was sent and got no answer only where its method is idempotent (RFC 9110 section 9.2.2) and it has no body. A
//! target that cannot be reached gives way to the next.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use keyward_model::api::Method;
use keyward_model::upstream::{Protocol, Timeouts};
use keyward_model::{Code, Denial};
use keyward_policy::balance::Places;
use keyward_policy::retry::{Failure, Sent, is_retryable};
use keyward_wire::{Length, Response};
use uuid::Uuid;

use crate::channel::Channel;
use crate::exchange::{Exchange, micros};
use crate::http1::Http1;
use crate::listen::client::Waits;
use crate::listen::too_large;
use crate::path::Stop;
use crate::state::upstream::{Target, Upstream};
use crate::transfer::{Lost, Progress};
use crate::turn::together;

pub(crate) mod choice;
pub(crate) mod connect;
mod failure;
pub(crate) mod http2;
pub(crate) mod pool;
mod room;
mod send;

use choice::UnderWay;
use connect::connect;
use http2::Over;
pub(crate) use send::poll_upload;
use send::{Unanswered, send};

/// The head of an upstream's answer, and what it comes over.
pub(crate) struct Answer {
    pub(crate) head: Response,
    pub(crate) channel: Channel,
    /// What the connection is kept under when the answer is over.
    pub(crate) key: u32,
    pub(crate) timeouts: Timeouts,
    /// For as long as the answer lasts.
    pub(crate) under_way: UnderWay,
}

/// A target did not answer.
struct Failed {
    stop: Stop,
    /// How the target failed; none where it is not its fault.
    failure: Option<(Sent, Failure)>,
}

/// Sends the call to the targets, as the upstream balances and retries, until one answers.
pub(crate) async fn forward(exchange: &mut Exchange, caller: &mut Channel, waits: &Waits) -> Result<Answer, Stop> {
    let worker = Rc::clone(&exchange.worker);
    let mut now = worker.clock.monotonic();
    exchange.timing.decide_us = micros(now.saturating_sub(exchange.started));
    let upstream = exchange.facts().map(|facts| facts.upstream.clone());
    let upstream = match upstream {
        Some(Ok(upstream)) => upstream,
        Some(Err(problem)) => return Err(unusable(&problem).into()),
        None => return Err(unusable("no upstream").into()),
    };
    let timeouts = exchange.route().and_then(|route| route.timeouts).unwrap_or(upstream.timeouts);
    if let Some(total) = timeouts.total_ms {
        waits.total.arm(milliseconds(total));
    }
    let choice = worker.choices.of(&upstream, worker.number, now);
    choice.budget.call();
    let mut tried = Places::NONE;
    loop {
        let place = choice.balancer.choose(now, worker.random(), tried).ok_or_else(|| unusable("no target"))?;
        let (place, seat) = match upstream.ledger.gates.is_empty() {
            true => (place, None),
            false => room::enter(exchange, &upstream, &choice, (place, tried), caller, waits, timeouts).await?,
        };
        let Some(target) = upstream.targets.get(place) else { return Err(unusable("no target").into()) };
        exchange.target_name = Some(Arc::clone(&target.name));
        let under_way = UnderWay::begin(&choice, place, seat);
        let outcome = send_to(exchange, target, caller, waits, timeouts).await;
        let (again, stop) = match outcome {
            Ok((head, channel)) => {
                let status = head.status;
                if let Some(trace) = &mut exchange.trace {
                    trace.target_status = Some(status);
                }
                let is_failing = upstream.failing.contains(&status);
                if !is_failing {
                    upstream.health.succeeded(place);
                }
                let sent = if exchange.upload.bytes == 0 { Sent::Head } else { Sent::Body };
                let again = may_retry(exchange, &upstream, (sent, Failure::Status(status)));
                if is_failing || again {
                    now = worker.clock.monotonic();
                }
                if is_failing {
                    note_failure(exchange, &upstream, place, now);
                }
                if !again || !choice.budget.take(now) {
                    return Ok(Answer { head, channel, key: target.key, timeouts, under_way });
                }
                (true, None)
            }
            Err(Failed { stop, failure: None }) => (false, Some(stop)),
            Err(Failed { stop, failure: Some(failure) }) => {
                now = worker.clock.monotonic();
                // One that is busy is well.
                if !matches!(&stop, Stop::Denied(denial) if denial.code == Code::UpstreamOverloaded) {
                    note_failure(exchange, &upstream, place, now);
                }
                // What one target broke off on is not put to the same one again.
                let is_last = tried.with(place).len() >= upstream.targets.len();
                let again = may_retry(exchange, &upstream, failure) && !(is_last && failure.1 == Failure::Reset);
                (again && choice.budget.take(now), Some(stop))
            }
        };
        match stop {
            Some(stop) if !again => return Err(stop),
            _ => {}
        }
        drop(under_way);
        exchange.retries = exchange.retries.saturating_add(1);
        exchange.upload = Progress::default();
        // The first of the others is tried at once.
        if !tried.is_empty() {
            tokio::time::sleep(choice.back_off.delay(u32::from(exchange.retries), worker.random())).await;
            now = worker.clock.monotonic();
        }
        tried = tried.with(place);
    }
}

/// Whether a call that failed so may be tried again.
fn may_retry(exchange: &Exchange, upstream: &Upstream, (sent, failure): (Sent, Failure)) -> bool {
    let method = exchange.head.method().parse();
    u32::from(exchange.retries) < upstream.retries.attempts
        && method.is_ok_and(|method| is_retryable(method, sent, failure, &upstream.retries))
}

fn note_failure(exchange: &Exchange, upstream: &Upstream, place: usize, now: Duration) {
    if let Some(out_for) = upstream.health.failed(place, now)
        && let Some(target) = upstream.targets.get(place)
    {
        let trace_id = exchange.trace.as_ref().map(|trace| Uuid::from_bytes(trace.trace_id).simple());
        tracing::warn!(
            upstream = %target.upstream,
            target = %target.name,
            seconds = out_for.as_secs(),
            request_id = %exchange.request_id,
            trace_id = trace_id.map(tracing::field::display),
            "a target is left out"
        );
    }
}

pub(crate) fn milliseconds(milliseconds: u32) -> Duration {
    Duration::from_millis(u64::from(milliseconds))
}

fn unusable(problem: &str) -> Denial {
    Denial::new(Code::ApiMisconfigured, problem, "This API is published, but not ready; its owner has to mend it.")
}

/// Sends the call to one target: over a kept connection first, else over a fresh one.
async fn send_to(
    exchange: &mut Exchange,
    target: &Target,
    caller: &mut Channel,
    waits: &Waits,
    timeouts: Timeouts,
) -> Result<(Response, Channel), Failed> {
    let mut is_fresh = false;
    let mut kept = match target.protocol {
        // A handshake of WebSocket is one of HTTP/1.1 behind the gateway.
        _ if exchange.websocket.is_some() => None,
        Protocol::Http1 => exchange.worker.pool.take(target.key),
        // Boxed, so that calls by HTTP/1 are none the larger for it.
        _ => match Box::pin(http2::send_to(exchange, target, caller, waits, timeouts)).await? {
            Over::Http2(head, channel) => return Ok((head, channel)),
            Over::Http1 { connection, was_kept } => {
                is_fresh = !was_kept;
                Some(connection)
            }
        },
    };
    // What a connection that turned out dead was given and did not send.
    let mut unsent: Option<Box<Http1>> = None;
    loop {
        let was_kept = kept.is_some() && !std::mem::take(&mut is_fresh);
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None => {
                let begun = exchange.worker.clock.monotonic();
                let connected = connect(target, timeouts).await;
                let took = exchange.worker.clock.monotonic().saturating_sub(begun);
                exchange.timing.connect_us = exchange.timing.connect_us.saturating_add(micros(took));
                match connected {
                    Ok(stream) => Box::new(Http1::new(stream, &exchange.worker.buffers)),
                    Err(error) => {
                        return Err(Failed::new(
                            failure::of_connecting(target, &error),
                            sent(exchange),
                            Failure::Connect,
                        ));
                    }
                }
            }
        };
        match unsent.take() {
            Some(mut dead) => connection.take_over(&mut dead),
            None => {
                target.write_lines(exchange, connection.out());
                connection.frame(framing(exchange.head.body));
            }
        }
        let mut channel = Channel::Http1(connection);
        together().await;
        let begun = exchange.worker.clock.monotonic();
        let outcome = send(exchange, caller, &mut channel, waits, timeouts).await;
        exchange.timing.first_byte_us = micros(exchange.worker.clock.monotonic().saturating_sub(begun));
        let why = match outcome {
            Ok(head) => return Ok((head, channel)),
            Err(Unanswered::Lost { lost, silent }) => {
                if let Channel::Http1(dead) = channel
                    && dead.is_unsent()
                {
                    if !was_kept {
                        return Err(Failed::new(failure::closed(target), sent(exchange), Failure::Reset));
                    }
                    unsent = Some(dead);
                    continue;
                }
                if was_kept && silent && is_replayable(exchange) {
                    exchange.upload = Progress::default();
                    continue;
                }
                Unanswered::Lost { lost, silent }
            }
            Err(why) => why,
        };
        return Err(unanswered(exchange, target, timeouts, why));
    }
}

/// What came of a request that was sent and not answered.
fn unanswered(exchange: &Exchange, target: &Target, timeouts: Timeouts, why: Unanswered) -> Failed {
    let own = |stop: Denial| Failed { stop: stop.into(), failure: None };
    match why {
        Unanswered::Gone => Failed { stop: Stop::Gone, failure: None },
        Unanswered::Late => Failed::new(failure::too_late(target, timeouts), sent(exchange), Failure::Late),
        Unanswered::TooLong => own(failure::too_long(timeouts)),
        Unanswered::BodyLate => own(failure::body_late()),
        Unanswered::BodyBroken => own(failure::body_broken()),
        Unanswered::BodyTooLarge => own(too_large(exchange.most_body)),
        Unanswered::Refused(denial) => own(denial),
        Unanswered::Endless => Failed::new(failure::endless(target), sent(exchange), Failure::Late),
        Unanswered::Lost { lost, .. } => {
            let sent = if exchange.head.body == Length::Zero { Sent::Head } else { Sent::Body };
            // An answer that began is not asked for again.
            let failure = if lost == Lost::Malformed { Failure::Late } else { Failure::Reset };
            Failed::new(failure::lost(target, lost), sent, failure)
        }
    }
}

/// How much of a call is gone whose head did not leave: content that was taken from the caller cannot be had again.
fn sent(exchange: &Exchange) -> Sent {
    if exchange.upload.bytes == 0 { Sent::Nothing } else { Sent::Body }
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
    exchange.head.method().parse().is_ok_and(Method::is_idempotent) && exchange.head.body == Length::Zero
}
