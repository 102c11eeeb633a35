//! One request over one connection: its body goes out while the head of the answer is waited for.

use std::future::poll_fn;
use std::task::{Context, Poll};

use keyward_model::Denial;
use keyward_model::upstream::Timeouts;
use keyward_wire::Response;

use super::milliseconds;
use crate::channel::Channel;
use crate::exchange::Exchange;
use crate::listen::client::Waits;
use crate::review::poll_review;
use crate::transfer::{Lost, Sink, Stuck, Wait, poll_transfer};

/// What the heads of interim answers to one call may amount to. A target that sends them without end would hold up its
/// worker, and fill the memory for a caller that does not take them.
const INTERIM: usize = 64 * 1024;
/// What each of them counts for besides its own length.
const INTERIM_EACH: usize = 256;

/// There is no answer.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// The caller is gone.
    Gone,
    /// The target took too long.
    Late,
    /// The whole call took too long.
    TooLong,
    /// The caller's body stopped coming.
    BodyLate,
    /// The caller's body broke its framing, or broke off.
    BodyBroken,
    /// The caller's body is larger than is taken.
    BodyTooLarge,
    /// The call would be refused now.
    Refused(Denial),
    /// The target sent more interim answers than are taken.
    Endless,
    /// The connection to the target is of no more use.
    Lost {
        /// Why.
        lost: Lost,
        /// Whether not a byte of an answer came.
        silent: bool,
    },
}

/// Sends the request that was written to `target`, and the caller's body behind it; waits for the head of the answer.
pub(super) async fn send(
    exchange: &mut Exchange,
    caller: &mut Channel,
    target: &mut Channel,
    waits: &Waits,
    timeouts: Timeouts,
) -> Result<Response, Unanswered> {
    let patience = milliseconds(timeouts.first_byte_ms);
    let body_patience = timeouts.body_ms.map_or(exchange.worker.config.body_timeout, milliseconds);
    let to_head = exchange.head.method_bytes() == b"HEAD";
    waits.target.arm(patience);
    // The target may have answered before it stopped listening.
    let mut deaf = false;
    let mut interim = 0;
    let outcome = poll_fn(|cx| {
        let (before, mut owes) = (exchange.upload.bytes, false);
        if !exchange.upload.done && !deaf {
            match poll_upload(cx, exchange, caller, target) {
                Ok(wait) => owes = wait == Some(Wait::Source),
                Err(Stuck::TooLong) => return Poll::Ready(Err(Unanswered::BodyTooLarge)),
                Err(Stuck::Source(_)) if caller.has_reset(cx) => return Poll::Ready(Err(Unanswered::Gone)),
                Err(Stuck::Source(_)) => return Poll::Ready(Err(Unanswered::BodyBroken)),
                Err(Stuck::Sink(_)) => deaf = true,
            }
        }
        loop {
            match target.poll_answer(cx, to_head) {
                Poll::Ready(Ok(head)) if head.is_interim() => {
                    interim += INTERIM_EACH + length(&head);
                    if interim > INTERIM {
                        return Poll::Ready(Err(Unanswered::Endless));
                    }
                    caller.pass_interim(exchange.head.version, &head);
                }
                Poll::Ready(Ok(head)) => return Poll::Ready(Ok(head)),
                Poll::Ready(Err(lost)) => {
                    let silent = interim == 0 && !target.has_unread();
                    return Poll::Ready(Err(Unanswered::Lost { lost, silent }));
                }
                Poll::Pending => break,
            }
        }
        // What it was asked, or told on the way.
        if matches!(caller.poll_flush(cx), Poll::Ready(Err(_))) {
            return Poll::Ready(Err(Unanswered::Gone));
        }
        if exchange.upload.done && caller.poll_gone(cx).is_ready() {
            return Poll::Ready(Err(Unanswered::Gone));
        }
        if exchange.upload.bytes != before {
            waits.target.arm(patience);
            waits.caller.disarm();
        }
        if waits.total.poll_late(cx).is_ready() {
            return Poll::Ready(Err(Unanswered::TooLong));
        }
        // An upload may last as long as a download.
        if !exchange.upload.done
            && let Err(denial) = poll_review(cx, exchange, waits)
        {
            return Poll::Ready(Err(Unanswered::Refused(denial)));
        }
        if owes {
            waits.caller.arm_once(body_patience);
            if waits.caller.poll_late(cx).is_ready() {
                return Poll::Ready(Err(Unanswered::BodyLate));
            }
            // While the caller owes a piece of the body, the target waits as well.
            if waits.target.poll_late(cx).is_ready() {
                waits.target.arm(patience);
            }
        }
        waits.target.poll_late(cx).map(|()| Err(Unanswered::Late))
    })
    .await;
    waits.caller.disarm();
    waits.target.disarm();
    outcome
}

fn length(head: &Response) -> usize {
    head.fields.iter().map(|(_, name, value)| name.len() + value.len()).sum()
}

/// Moves the caller's body on to the target; asks the caller for it where it waits to be asked.
pub(crate) fn poll_upload(
    cx: &mut Context<'_>,
    exchange: &mut Exchange,
    caller: &mut Channel,
    target: &mut Channel,
) -> Result<Option<Wait>, Stuck> {
    if exchange.websocket.is_some() {
        return poll_handshake(cx, exchange, target);
    }
    if exchange.head.expects_continue && !exchange.upload.begun && !caller.has_unread() {
        caller.ask_for_body();
    }
    let tap = exchange.capture.as_mut().map(|capture| capture.request());
    poll_transfer(cx, caller, target, &mut exchange.upload, exchange.most_body, tap)
}

/// Sends a handshake. What the caller says from then on waits until it is agreed to.
fn poll_handshake(cx: &mut Context<'_>, exchange: &mut Exchange, target: &mut Channel) -> Result<Option<Wait>, Stuck> {
    match target.poll_flush(cx) {
        Poll::Ready(Ok(())) => {
            exchange.upload.done = true;
            Ok(None)
        }
        Poll::Ready(Err(lost)) => Err(Stuck::Sink(lost)),
        Poll::Pending => Ok(Some(Wait::Sink)),
    }
}
