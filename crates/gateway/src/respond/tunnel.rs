//! A WebSocket, once the target has agreed to it: bytes pass both ways, unread, until one side ends it, both are silent
//! for too long, or the token no longer admits it.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use keyward_model::Denial;
use keyward_wire::{Known, Response, write};
use zeroize::Zeroizing;

use super::headers;
use super::pass::{Broken, denial};
use crate::channel::{Channel, FieldsOut, passing};
use crate::exchange::Exchange;
use crate::forward::{Answer, milliseconds};
use crate::listen::client::Waits;
use crate::path::After;
use crate::review::poll_review;
use crate::transfer::{Progress, Sink, Stuck, poll_transfer};
use crate::transform::via;

/// For the target, once the caller has ended its side.
const FAREWELL: Duration = Duration::from_secs(10);

/// How a tunnel ended.
enum Ended {
    /// The target ended it, or nobody had anything to say.
    Over,
    /// The caller is gone.
    Gone,
    /// The target broke off.
    Broken,
    /// The call would be refused now.
    Refused(Denial),
}

/// Tells the caller that its WebSocket is open, and passes on what both sides say.
pub(super) async fn tunnel(exchange: &mut Exchange, answer: Answer, caller: &mut Channel, waits: &Waits) -> After {
    let Answer { head, channel: mut target, timeouts, under_way, .. } = answer;
    let idle = milliseconds(timeouts.idle_ms);
    write_head(exchange, &head, caller);
    exchange.worker.buffers.give_fields(head.fields);
    caller.open_tunnel();
    target.open_tunnel();
    exchange.upload = Progress::default();
    let mut download = Progress::default();
    let (mut deaf, mut told) = (false, false);
    waits.disarm();
    waits.target.arm(idle);
    let ended = poll_fn(|cx| {
        let before = (exchange.upload.bytes, download.bytes);
        if !exchange.upload.done && !deaf {
            let tap = exchange.capture.as_mut().map(|capture| capture.request());
            match poll_transfer(cx, caller, &mut target, &mut exchange.upload, u64::MAX, tap) {
                Ok(_) => {}
                Err(Stuck::Source(_)) => return Poll::Ready(Ended::Gone),
                // What it said before it stopped listening still counts.
                Err(Stuck::Sink(_) | Stuck::TooLong) => deaf = true,
            }
        }
        let tap = exchange.capture.as_mut().map(|capture| capture.response());
        match poll_transfer(cx, &mut target, caller, &mut download, u64::MAX, tap) {
            Ok(None) => return Poll::Ready(Ended::Over),
            Ok(Some(_)) => {}
            Err(Stuck::Source(_)) => return Poll::Ready(Ended::Broken),
            Err(Stuck::Sink(_) | Stuck::TooLong) => return Poll::Ready(Ended::Gone),
        }
        if exchange.upload.done && !told && target.poll_shutdown(cx).is_ready() {
            told = true;
            waits.caller.arm(FAREWELL);
        }
        if (exchange.upload.bytes, download.bytes) != before {
            waits.target.arm(idle);
        }
        if let Err(denial) = poll_review(cx, exchange, waits) {
            return Poll::Ready(Ended::Refused(denial));
        }
        match waits.caller.poll_late(cx) {
            Poll::Ready(()) => Poll::Ready(Ended::Gone),
            Poll::Pending => waits.target.poll_late(cx).map(|()| Ended::Over),
        }
    })
    .await;
    waits.disarm();
    drop(under_way);
    if matches!(ended, Ended::Over) {
        // Also where nobody had anything to say: over HTTP/2 the end of a stream is said.
        caller.finish(None);
        let _ = poll_fn(|cx| Poll::Ready(caller.poll_flush(cx))).await;
    }
    exchange.bytes_out = download.bytes;
    match ended {
        Ended::Over => After::Close,
        Ended::Gone => After::Cut,
        Ended::Broken => {
            exchange.denial = Some(denial(exchange, Broken::Off));
            After::Cut
        }
        Ended::Refused(denial) => {
            exchange.denial = Some(denial);
            After::Cut
        }
    }
}

/// 101 in HTTP/1.1, 200 in HTTP/2.
fn write_head(exchange: &mut Exchange, head: &Response, caller: &mut Channel) {
    match caller {
        Channel::Http1(http1) => {
            exchange.status = 101;
            let out = http1.out();
            let begin = out.len();
            write::status_line(out, 101, "Switching Protocols");
            write::field(out, b"connection", b"upgrade");
            write::field(out, b"upgrade", b"websocket");
            fields(exchange, head, |_| true, &mut FieldsOut::Lines(out));
            if let Some(capture) = &mut exchange.capture {
                capture.answered_lines(101, &out[begin..]);
            }
            out.extend_from_slice(b"\r\n");
        }
        Channel::Http2(http2) => {
            exchange.status = 200;
            let mut copy = exchange.capture.is_some().then(Zeroizing::<Vec<u8>>::default);
            http2.send_head(200, false, |block| {
                let mut out = FieldsOut::Block { block, copy: copy.as_deref_mut() };
                fields(exchange, head, |known| known != Known::SecWebSocketAccept, &mut out);
            });
            if let (Some(capture), Some(copy)) = (&mut exchange.capture, copy) {
                capture.answered(200, &copy);
            }
        }
        Channel::ToTarget(_) => {}
    }
}

fn fields(exchange: &Exchange, head: &Response, passes: impl Fn(Known) -> bool, out: &mut FieldsOut<'_>) {
    for (known, name, value) in passing(&head.fields) {
        if passes(known) && !headers::is_own(exchange, name) {
            out.field(name, value);
        }
    }
    out.own("via", via(head.version));
    headers::own(exchange, out);
}
