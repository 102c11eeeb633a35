//! A caller's connection that speaks HTTP/2: many calls at once, each on its own stream and in its own task.
//!
//! The h2 crate bounds what one frame or head can cost. What many of them cost is bounded here: streams that are opened
//! only to be reset, and frames that carry nothing, end the connection once they are more than any honest caller sends.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use h2::ext::Protocol;
use h2::server::{Builder, Connection, SendResponse};
use h2::{Reason, RecvStream};
use http::Request;
use http::request::Parts;
use keyward_model::Code;
use keyward_model::security::SecurityKind;
use keyward_wire::Version;
use keyward_wire::request::Pseudo;

use super::client::{Client, Waits};
use super::connection::limits;
use super::fault::Fault;
use crate::channel::Channel;
use crate::exchange::Exchange;
use crate::http2::Http2;
use crate::path::{self, After};
use crate::security::note_connection;
use crate::stream::{Metered, Prefixed};
use crate::worker::{Place, Worker};

/// Streams that a caller may have open at a time.
const STREAMS: u32 = 128;
/// Bytes of content of one stream, and of all, that are taken before they are asked for.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;
/// Bytes that wait to be sent on one stream.
const SEND_BUFFER: usize = 128 * 1024;
/// Streams that a caller may reset, over those that ran to their end.
const RESETS: u64 = 200;
/// Bytes of frames that bring neither a call nor content that is taken; more than fits into the windows.
const IDLE_BYTES: u64 = 2 * 1024 * 1024;
/// Between telling a caller to open no more streams and closing.
const FAREWELL: Duration = Duration::from_secs(2);

/// Serves a connection until it closes, is drained, or fails.
pub(super) async fn serve(worker: Rc<Worker>, place: Place, client: Rc<Client>, stream: Prefixed) {
    let waits = Waits::new(&worker.deadlines);
    waits.caller.arm(worker.config.head_timeout);
    let (stream, meter) = Metered::new(stream);
    let mut handshake = std::pin::pin!(builder(&worker).handshake::<_, Bytes>(stream));
    let greeted = poll_fn(|cx| match handshake.as_mut().poll(cx) {
        Poll::Ready(greeted) => Poll::Ready(Some(greeted)),
        Poll::Pending => waits.caller.poll_late(cx).map(|()| None),
    });
    let connection = match greeted.await {
        Some(Ok(connection)) => connection,
        Some(Err(error)) => return note_broken(&worker, &client, &error),
        None => return,
    };
    waits.disarm();
    let calls = Rc::new(Calls { meter, ..Calls::default() });
    accept(worker, place, client, connection, &waits, &calls).await;
}

/// The calls of one connection.
#[derive(Default)]
struct Calls {
    open: Cell<u64>,
    /// Ran to their end.
    ended: Cell<u64>,
    /// Were reset by the caller.
    reset: Cell<u64>,
    /// Bytes read since anything useful came or went.
    meter: Rc<Cell<u64>>,
}

impl Calls {
    /// Why the connection is closed on the caller, if it is.
    fn abuse(&self) -> Option<&'static str> {
        if self.reset.get() > RESETS + self.ended.get() {
            return Some("The caller opened streams only to reset them.");
        }
        (self.meter.get() > IDLE_BYTES).then_some("The caller sent frames that carry nothing.")
    }
}

fn builder(worker: &Worker) -> Builder {
    let mut builder = Builder::new();
    builder
        .enable_connect_protocol()
        .max_concurrent_streams(STREAMS)
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_header_list_size(u32::try_from(worker.config.max_head_bytes).unwrap_or(u32::MAX))
        .max_send_buffer_size(SEND_BUFFER)
        .max_concurrent_reset_streams(16)
        .max_pending_accept_reset_streams(16)
        .max_local_error_reset_streams(Some(256));
    builder
}

async fn accept(
    worker: Rc<Worker>,
    place: Place,
    client: Rc<Client>,
    mut connection: Connection<Metered<Prefixed>, Bytes>,
    waits: &Waits,
    calls: &Rc<Calls>,
) {
    let (mut leaving, mut waiting) = (false, false);
    loop {
        let accepted = poll_fn(|cx| {
            place.wake_on_drain(cx);
            if !leaving && worker.connections.is_draining() {
                leaving = true;
                connection.graceful_shutdown();
            }
            if let Poll::Ready(accepted) = connection.poll_accept(cx) {
                return Poll::Ready(accepted.and_then(|accepted| match accepted {
                    Ok(stream) => Some(stream),
                    Err(error) => {
                        note_broken(&worker, &client, &error);
                        None
                    }
                }));
            }
            if let Some(detail) = calls.abuse() {
                connection.abrupt_shutdown(Reason::ENHANCE_YOUR_CALM);
                let kind = Some(SecurityKind::Http2Flood);
                let fault = Fault { kind, ..Fault::new(Code::RequestInvalid, detail, b"") };
                let denial = fault.denial(Version::Http2);
                Exchange::refused(&worker, &client, Version::Http2, fault).denial = Some(denial);
                // What is left of it is the farewell.
                let _ = connection.poll_closed(cx);
                return Poll::Ready(None);
            }
            match (calls.open.get() == 0, waiting) {
                (true, false) => waits.caller.arm(worker.config.idle_timeout),
                (false, true) => waits.caller.disarm(),
                _ => {}
            }
            waiting = calls.open.get() == 0;
            if waits.caller.poll_late(cx).is_ready() {
                if leaving {
                    return Poll::Ready(None);
                }
                leaving = true;
                connection.graceful_shutdown();
                waits.caller.arm(FAREWELL);
                let _ = waits.caller.poll_late(cx);
                cx.waker().wake_by_ref();
            }
            Poll::Pending
        })
        .await;
        let Some((request, respond)) = accepted else { return };
        calls.meter.set(0);
        calls.open.set(calls.open.get() + 1);
        let call = call(Rc::clone(&worker), Rc::clone(&client), Rc::clone(calls), request, respond);
        tokio::task::spawn_local(call);
    }
}

/// Notes a connection that its caller broke. One that was just closed or lost is none.
fn note_broken(worker: &Worker, client: &Client, error: &h2::Error) {
    if !error.is_library() {
        return;
    }
    let reason = error.reason().unwrap_or(Reason::PROTOCOL_ERROR);
    let kind = match reason {
        Reason::NO_ERROR => return,
        Reason::ENHANCE_YOUR_CALM => SecurityKind::Http2Flood,
        _ => SecurityKind::Http2Refused,
    };
    note_connection(worker, (client.address, client.secure), kind, format!("the connection ended with {reason:?}"));
}

/// One call on its stream.
async fn call(
    worker: Rc<Worker>,
    client: Rc<Client>,
    calls: Rc<Calls>,
    request: Request<RecvStream>,
    respond: SendResponse<Bytes>,
) {
    let _open = Open(Rc::clone(&calls));
    let (parts, incoming) = request.into_parts();
    let mut exchange = match head(&worker, &parts, !incoming.is_end_stream()) {
        Ok(head) => Exchange::begin(&worker, &client, head),
        Err(fault) => Exchange::refused(&worker, &client, Version::Http2, fault),
    };
    let waits = Waits::new(&worker.deadlines);
    let mut channel = Channel::Http2(Box::new(Http2::of_caller(incoming, respond, &calls.meter)));
    let after = path::take(&mut exchange, &mut channel, &waits).await;
    let Channel::Http2(mut stream) = channel else { return };
    match after {
        // Dropping the stream tells the caller to send no more of a body that nobody takes (RFC 9113 section 8.1).
        After::Keep | After::Close => {}
        After::Cut if exchange.denial.is_some() => stream.reset(Reason::INTERNAL_ERROR),
        After::Cut => {
            stream.reset(Reason::CANCEL);
            return calls.reset.set(calls.reset.get() + 1);
        }
    }
    calls.ended.set(calls.ended.get() + 1);
}

/// Counts a call out when it is over, also where its task is dropped.
struct Open(Rc<Calls>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.set(self.0.open.get().saturating_sub(1));
    }
}

fn head(worker: &Worker, parts: &Parts, has_body: bool) -> Result<keyward_wire::Request, Fault> {
    // What followed a `#` is gone: the http crate cuts it off before anybody can refuse it. Nothing sees it further on.
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let protocol = parts.extensions.get::<Protocol>();
    let pseudo = Pseudo {
        method: parts.method.as_str().as_bytes(),
        scheme: parts.uri.scheme_str().map(str::as_bytes),
        path: path.as_bytes(),
        authority: parts.uri.authority().map(|authority| authority.as_str().as_bytes()),
        protocol: protocol.map(|protocol| protocol.as_str().as_bytes()),
    };
    let limits = limits(&worker.config);
    let fields = parts.headers.iter().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()));
    let (bytes, list) = (worker.buffers.take(), worker.buffers.take_list());
    keyward_wire::Request::assemble(bytes, list, pseudo, fields, has_body, &limits).map_err(|fault| {
        let line = format!("{} {path}", parts.method);
        Fault::of(fault, line.as_bytes())
    })
}
