//! The head of an answer as it goes to the caller, and how what follows it is framed.

use keyward_wire::{Length, Version, write};
use zeroize::Zeroizing;

use crate::channel::{Channel, FieldsOut, reason};
use crate::exchange::Exchange;
use crate::http1::Framing;

/// Writes a head: its status, the fields that `fields` adds, and the framing of a body of that length. Whether the
/// connection may carry another request behind it.
pub(super) fn write_head(
    exchange: &mut Exchange,
    caller: &mut Channel,
    status: u16,
    body: Body,
    fields: impl FnOnce(&Exchange, &mut FieldsOut<'_>),
) -> bool {
    exchange.status = status;
    match caller {
        Channel::Http1(http1) => {
            let is_10 = exchange.head.version == Version::Http10;
            let is_delimited = !is_10 || !matches!(body.length, Length::Chunked | Length::UntilClose);
            let keep =
                exchange.head.persistent && is_delimited && body.keep && !exchange.worker.connections.is_draining();
            let takes_trailers = !is_10 && exchange.head.fields.lists(keyward_wire::Known::Te, "trailers");
            let out = http1.out();
            let begin = out.len();
            write::status_line(out, status, reason(status));
            fields(exchange, &mut FieldsOut::Lines(out));
            let framing = match body.length {
                Length::Zero => Framing::Empty,
                Length::Known(_) => Framing::Plain,
                Length::Chunked | Length::UntilClose if is_10 => Framing::Plain,
                Length::Chunked | Length::UntilClose => {
                    write::field(out, b"transfer-encoding", b"chunked");
                    Framing::Chunked { trailers: takes_trailers }
                }
            };
            if let Some(length) = body.announced {
                write::number_field(out, b"content-length", length);
            }
            match (keep, is_10) {
                (true, true) => write::field(out, b"connection", b"keep-alive"),
                (false, _) => write::field(out, b"connection", b"close"),
                (true, false) => {}
            }
            if let Some(capture) = &mut exchange.capture {
                capture.answered_lines(status, &out[begin..]);
            }
            out.extend_from_slice(b"\r\n");
            http1.frame(framing);
            keep
        }
        Channel::Http2(http2) => {
            let mut copy = exchange.capture.is_some().then(Zeroizing::<Vec<u8>>::default);
            http2.send_head(status, body.length == Length::Zero, |block| {
                let mut out = FieldsOut::Block { block, copy: copy.as_deref_mut() };
                fields(exchange, &mut out);
                if let Some(length) = body.announced {
                    out.number("content-length", length);
                }
            });
            if let (Some(capture), Some(copy)) = (&mut exchange.capture, copy) {
                capture.answered(status, &copy);
            }
            true
        }
        Channel::ToTarget(_) => false,
    }
}

/// What follows a head.
#[derive(Clone, Copy, Debug)]
pub(super) struct Body {
    /// How long it is.
    pub(super) length: Length,
    /// What `Content-Length` says: of an answer to HEAD that of the answer to GET.
    pub(super) announced: Option<u64>,
    /// Whether the connection could carry another request behind it.
    pub(super) keep: bool,
}
