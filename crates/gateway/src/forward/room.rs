//! Room at a target: where the upstream bounds the calls at each, a call goes where there is room, or waits for it.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use keyward_model::upstream::Timeouts;
use keyward_model::{Code, Denial};
use keyward_policy::balance::Places;
use keyward_policy::concurrency::{Entry, Seat, Turn};

use super::choice::Choice;
use super::failure;
use crate::channel::Channel;
use crate::exchange::{Exchange, micros};
use crate::listen::client::Waits;
use crate::path::Stop;
use crate::state::upstream::Upstream;

/// Seconds after which a call that found no room may try again.
const RETRY_AFTER: u64 = 1;

/// A target and room there for the call: `first`, or another that has room at once where `first` has none. Who has to
/// wait waits at `first`, at most for `connect_ms`.
pub(super) async fn enter(
    exchange: &mut Exchange,
    upstream: &Upstream,
    choice: &Choice,
    (first, tried): (usize, Places),
    caller: &mut Channel,
    waits: &Waits,
    timeouts: Timeouts,
) -> Result<(usize, Option<Seat>), Stop> {
    let gates = &upstream.ledger.gates;
    let Some(gate) = gates.get(first) else { return Ok((first, None)) };
    if let Some(found) = elsewhere(exchange, upstream, choice, first, tried) {
        return Ok((found.0, Some(found.1)));
    }
    let name = upstream.targets.get(first).map(|target| &*target.name).unwrap_or_default();
    match gate.enter() {
        Entry::Open(seat) => Ok((first, Some(seat))),
        Entry::Full => Err(overloaded(format!("{name}: as many calls wait as may")).into()),
        Entry::Wait(turn) => {
            let begun = exchange.worker.clock.monotonic();
            let outcome = wait(turn, caller, waits, timeouts).await;
            let took = exchange.worker.clock.monotonic().saturating_sub(begun);
            exchange.timing.queue_us = exchange.timing.queue_us.saturating_add(micros(took));
            match outcome {
                Ok(seat) => Ok((first, Some(seat))),
                Err(Waited::Gone) => Err(Stop::Gone),
                Err(Waited::TooLong) => Err(failure::too_long(timeouts).into()),
                Err(Waited::Late) => {
                    Err(overloaded(format!("{name}: no room within connect_ms {}", timeouts.connect_ms)).into())
                }
            }
        }
    }
}

/// A target with room right now: `first`, or else one of those that were not tried.
fn elsewhere(
    exchange: &Exchange,
    upstream: &Upstream,
    choice: &Choice,
    first: usize,
    tried: Places,
) -> Option<(usize, Seat)> {
    let (now, mut place, mut full) = (exchange.worker.clock.monotonic(), first, tried);
    loop {
        if let Some(seat) = upstream.ledger.gates.get(place)?.enter_now() {
            return Some((place, seat));
        }
        full = full.with(place);
        place = choice.balancer.choose(now, exchange.worker.random(), full)?;
        if full.has(place) {
            return None;
        }
    }
}

/// There was no room in the end.
enum Waited {
    /// The caller is gone.
    Gone,
    /// It took too long.
    Late,
    /// The whole call took too long.
    TooLong,
}

async fn wait(turn: Turn, caller: &mut Channel, waits: &Waits, timeouts: Timeouts) -> Result<Seat, Waited> {
    let mut turn = pin!(turn);
    waits.target.arm(Duration::from_millis(timeouts.connect_ms.into()));
    let outcome = poll_fn(|cx| {
        if let Poll::Ready(seat) = turn.as_mut().poll(cx) {
            return Poll::Ready(Ok(seat));
        }
        if caller.poll_gone(cx).is_ready() {
            return Poll::Ready(Err(Waited::Gone));
        }
        if waits.total.poll_late(cx).is_ready() {
            return Poll::Ready(Err(Waited::TooLong));
        }
        waits.target.poll_late(cx).map(|()| Err(Waited::Late))
    })
    .await;
    waits.target.disarm();
    outcome
}

fn overloaded(rule: String) -> Denial {
    let detail = "The service behind this API has as much to do as it may be given.";
    let denial = Denial::new(Code::UpstreamOverloaded, format!("concurrency of target {rule}"), detail);
    Denial { retry_after: Some(RETRY_AFTER), ..denial }
}
