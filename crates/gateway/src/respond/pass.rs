//! The upstream's answer on its way to the caller.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use keyward_model::{Code, Denial};
use keyward_wire::{Known, Length, Response};

use super::head::{Body, write_head};
use super::headers;
use crate::channel::{Channel, FieldsOut, passing};
use crate::exchange::Exchange;
use crate::forward::{Answer, milliseconds, poll_upload};
use crate::listen::client::Waits;
use crate::path::After;
use crate::review::poll_review;
use crate::transfer::{Progress, Source, Stuck, Wait, poll_transfer};
use crate::transform::via;
use crate::turn::together;

/// Bodies up to this size are waited for, so that head and body leave in one write.
const SMALL: u64 = 32 * 1024;

/// Passes an answer on. An error where nothing of it has reached the caller.
pub(super) async fn pass(
    exchange: &mut Exchange,
    answer: Answer,
    caller: &mut Channel,
    waits: &Waits,
) -> Result<After, Denial> {
    let Answer { head, mut channel, key, timeouts, under_way } = answer;
    let idle = milliseconds(timeouts.idle_ms);
    if matches!(head.body, Length::Known(length) if length <= SMALL) {
        wait_for_first(exchange, caller, &mut channel, waits, idle).await?;
    }
    let body = body(&head, exchange.upload.done);
    let keep = write_head(exchange, caller, head.status, body, |exchange, out| fields(exchange, &head, out));
    exchange.worker.buffers.give_fields(head.fields);

    // Frames of HTTP/2 are gathered by its connection.
    if matches!(caller, Channel::Http1(_)) {
        together().await;
    }
    let mut download = Progress::default();
    let ended = flow(exchange, &mut download, caller, &mut channel, waits, idle).await;
    exchange.bytes_out = download.bytes;
    drop(under_way);
    Ok(match ended {
        Ended::Whole => {
            if exchange.upload.done {
                put_back(exchange, key, channel);
            }
            if keep { After::Keep } else { After::Close }
        }
        Ended::Broken(broken) => {
            exchange.denial = Some(denial(exchange, broken));
            After::Cut
        }
        Ended::Gone => After::Cut,
        Ended::Refused(denial) => {
            exchange.denial = Some(denial);
            After::Cut
        }
    })
}

/// How an answer ended.
enum Ended {
    Whole,
    /// The upstream did not go on.
    Broken(Broken),
    /// The caller did not take it.
    Gone,
    /// The call would be refused now.
    Refused(Denial),
}

/// The upstream's answer broke off; so does the caller's, who can tell by its length or its last chunk.
#[derive(Clone, Copy)]
pub(super) enum Broken {
    /// It stood still for too long.
    Late,
    /// It was malformed, or the connection closed.
    Off,
    /// The whole call took too long.
    TooLong,
}

/// Waits for the first piece of a small body of known length: it comes along with the head, and where it does not
/// come there is still time to say so. A body that is not small, or of unknown length as a stream of events is, waits
/// for nothing.
async fn wait_for_first(
    exchange: &mut Exchange,
    caller: &mut Channel,
    target: &mut Channel,
    waits: &Waits,
    idle: Duration,
) -> Result<(), Denial> {
    let outcome = poll_fn(|cx| {
        if !exchange.upload.done {
            // What becomes of it shows in the answer.
            let _ = poll_upload(cx, exchange, caller, target);
        }
        match target.poll_content(cx) {
            Poll::Ready(Ok(_)) => Poll::Ready(Ok(())),
            Poll::Ready(Err(_)) => Poll::Ready(Err(Broken::Off)),
            Poll::Pending => {
                waits.target.arm_once(idle);
                waits.target.poll_late(cx).map(|()| Err(Broken::Late))
            }
        }
    })
    .await;
    waits.target.disarm();
    outcome.map_err(|broken| denial(exchange, broken))
}

/// Moves the answer's body to the caller, and what is left of the request's to the target, until the answer is over.
async fn flow(
    exchange: &mut Exchange,
    download: &mut Progress,
    caller: &mut Channel,
    target: &mut Channel,
    waits: &Waits,
    idle: Duration,
) -> Ended {
    let mut upload_ended = exchange.upload.done;
    let ended = poll_fn(|cx| {
        if !upload_ended {
            let outcome = poll_upload(cx, exchange, caller, target);
            upload_ended = exchange.upload.done || outcome.is_err();
        }
        let before = download.bytes;
        let tap = exchange.capture.as_mut().map(|capture| capture.response());
        let wait = match poll_transfer(cx, target, caller, download, u64::MAX, tap) {
            Ok(None) => return Poll::Ready(Ended::Whole),
            Ok(Some(wait)) => wait,
            Err(Stuck::Source(_)) => return Poll::Ready(Ended::Broken(Broken::Off)),
            Err(Stuck::Sink(_) | Stuck::TooLong) => return Poll::Ready(Ended::Gone),
        };
        if waits.total.poll_late(cx).is_ready() {
            return Poll::Ready(Ended::Broken(Broken::TooLong));
        }
        if let Err(denial) = poll_review(cx, exchange, waits) {
            return Poll::Ready(Ended::Refused(denial));
        }
        let moved = download.bytes != before;
        match wait {
            Wait::Source => {
                waits.caller.disarm();
                if moved {
                    waits.target.disarm();
                }
                if upload_ended && caller.poll_gone(cx).is_ready() {
                    return Poll::Ready(Ended::Gone);
                }
                waits.target.arm_once(idle);
                waits.target.poll_late(cx).map(|()| Ended::Broken(Broken::Late))
            }
            Wait::Sink => {
                waits.target.disarm();
                if moved {
                    waits.caller.disarm();
                }
                waits.caller.arm_once(exchange.worker.config.write_timeout);
                waits.caller.poll_late(cx).map(|()| Ended::Gone)
            }
        }
    })
    .await;
    waits.disarm();
    ended
}

/// The connection may carry the next call.
fn put_back(exchange: &Exchange, key: u32, channel: Channel) {
    match channel {
        Channel::Http1(connection) if connection.is_reusable() => {
            exchange.worker.pool.give(key, connection, exchange.worker.deadlines.elapsed());
        }
        Channel::Http1(_) | Channel::Http2(_) | Channel::ToTarget(_) => {}
    }
}

/// One length, or none where the body comes in chunks (RFC 9112 section 6.3): what the upstream says twice would be read
/// by whoever comes next. A caller whose request is not whole yet is told that the connection closes: the rest of it may
/// come when the answer is over, and who is not told sends the next request behind it.
fn body(head: &Response, request_is_whole: bool) -> Body {
    let said =
        || head.fields.first(Known::ContentLength).and_then(|length| std::str::from_utf8(length).ok()?.parse().ok());
    let announced = match head.body {
        Length::Known(length) => Some(length),
        Length::Zero if head.status == 204 || head.fields.contains(Known::TransferEncoding) => None,
        Length::Zero => said(),
        Length::Chunked | Length::UntilClose => None,
    };
    Body { length: head.body, announced, keep: request_is_whole }
}

/// The upstream's fields but for those of the hop, and Keyward's own.
fn fields(exchange: &Exchange, head: &Response, out: &mut FieldsOut<'_>) {
    for (known, name, value) in passing(&head.fields) {
        if known != Known::Other || !headers::is_own(exchange, name) {
            out.field(name, value);
        }
    }
    if !head.fields.contains(Known::Date) {
        out.own("date", &exchange.worker.date());
    }
    out.own("via", via(head.version));
    headers::own(exchange, out);
}

/// For the record, or where nothing of the answer has reached the caller, for the caller as well.
pub(super) fn denial(exchange: &Exchange, broken: Broken) -> Denial {
    let (code, what, detail) = match broken {
        Broken::Late => {
            let detail = "The service behind this API did not go on with its answer in time.";
            (Code::UpstreamTimeout, "stood still for longer than idle_ms", detail)
        }
        Broken::TooLong => {
            let detail = "The call took longer than it may.";
            (Code::CallTimeout, "did not come to its end within total_ms", detail)
        }
        Broken::Off => {
            let detail = "The service behind this API broke off in the middle of its answer.";
            (Code::UpstreamInvalid, "broke off in the middle of its answer", detail)
        }
    };
    let target = exchange.target_name.as_deref().unwrap_or_default();
    Denial::new(code, format!("upstream target {target}: {what}"), detail)
}
