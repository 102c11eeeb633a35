//! A caller's connection that speaks HTTP/2: many calls at once, each on its own stream and in a lane.

use std::future::poll_fn;
use std::io::ErrorKind;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use keyward_model::Code;
use keyward_model::security::SecurityKind;
use keyward_wire::Version;
use keyward_wire::fields::forget;
use keyward_wire::http2::{Bounds, Broken, Connection, Reason};
use tokio::io::AsyncWrite;
use tokio_util::io::poll_read_buf;

use super::client::{Client, Waits};
use super::connection::{limits, linger};
use super::fault::Fault;
use super::lanes::Job;
use crate::buffers::{BUFFER, Loan};
use crate::exchange::Exchange;
use crate::http1::Http1;
use crate::http2::Line;
use crate::security::note_connection;
use crate::stream::Stream;
use crate::worker::{Place, Worker};

/// Streams that a caller may have open at a time.
const STREAMS: u32 = 128;
/// Bytes of content of one stream, and of all, that are taken before they are asked for.
const STREAM_WINDOW: u32 = 256 * 1024;
const WINDOW: u32 = 1024 * 1024;
/// Between telling a caller to open no more streams and closing.
const FAREWELL: Duration = Duration::from_secs(2);

/// Serves a connection, of which `read` was read already, until it closes, is drained, or fails.
pub(super) async fn serve(worker: Rc<Worker>, place: Place, client: Rc<Client>, stream: Stream, read: Vec<u8>) {
    let bounds =
        Bounds { streams: STREAMS, stream_window: STREAM_WINDOW, window: WINDOW, head: limits(&worker.config) };
    let waits = Waits::new(&worker.deadlines);
    let mut input = Loan::new(&worker.buffers);
    input.ready().extend_from_slice(&read);
    drop(read);
    let line = Line::new(Connection::new(bounds));
    let mut serving = Serving {
        worker,
        place,
        client,
        stream,
        input,
        line: Rc::clone(&line),
        waits,
        leaving: false,
        idle: None,
        within_head: false,
    };
    serving.waits.caller.arm(serving.worker.config.head_timeout);
    let end = poll_fn(|cx| serving.poll(cx)).await;
    line.own(Connection::close);
    let Serving { worker, stream, waits, .. } = serving;
    if let End::Told = end {
        // Closed at once, the kernel would take back what the caller has not read yet.
        let mut rest = Http1::new(stream, &worker.buffers);
        line.own(|connection| rest.out().extend_from_slice(connection.unsent()));
        linger(&mut rest, &waits).await;
    }
}

/// A connection that is served.
struct Serving {
    worker: Rc<Worker>,
    place: Place,
    client: Rc<Client>,
    stream: Stream,
    input: Loan,
    line: Rc<Line>,
    waits: Waits,
    /// Whether the caller was asked to open no more streams.
    leaving: bool,
    /// Whether no call is under way, which is not waited out for ever; none before the caller has said hello.
    idle: Option<bool>,
    /// Whether a head has begun and is not whole.
    within_head: bool,
}

/// How a connection ends.
enum End {
    /// There is nobody on it, or nothing that could be said to them.
    Gone,
    /// The caller is told why.
    Told,
}

impl Serving {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        self.place.wake_on_drain(cx);
        self.line.attend(cx.waker());
        let settled = self.line.own(|connection| connection.is_settled());
        if !settled && self.input.is_empty() && self.worker.connections.is_draining() {
            return Poll::Ready(End::Gone);
        }
        let mut more = !settled && !self.input.is_empty();
        loop {
            if more && let Err(broken) = self.receive() {
                self.note(broken);
                return Poll::Ready(End::Told);
            }
            // One that has not said all of its hello is told once it has.
            if !self.leaving && self.worker.connections.is_draining() && self.line.own(|line| line.is_settled()) {
                self.leave();
            }
            if let Poll::Ready(Err(_)) = self.poll_send(cx) {
                return Poll::Ready(End::Gone);
            }
            if self.line.own(|connection| connection.is_over() && connection.unsent().is_empty()) {
                return Poll::Ready(End::Told);
            }
            if !self.line.own(|connection| connection.wants_more()) {
                break;
            }
            match self.poll_read(cx) {
                Poll::Ready(true) => more = true,
                Poll::Ready(false) => return Poll::Ready(End::Gone),
                Poll::Pending => break,
            }
        }
        self.rest();
        if self.poll_head(cx).is_ready() {
            let from = (self.client.address, self.client.secure);
            note_connection(&self.worker, from, SecurityKind::Http2Refused, "the rest of a head did not come in time");
            return Poll::Ready(End::Gone);
        }
        self.poll_idle(cx)
    }

    /// Takes what was read, and has the calls in it seen to.
    fn receive(&mut self) -> Result<(), Broken> {
        let buffers = &self.worker.buffers;
        let mut spare = || (buffers.take(), buffers.take_list());
        let outcome = self.line.own(|connection| connection.receive(&self.input, &mut spare));
        while let Some(opened) = self.line.own(Connection::next_opened) {
            let (client, line) = (Rc::clone(&self.client), Rc::clone(&self.line));
            self.worker.lanes.take(&self.worker, Job { client, line, opened });
        }
        // Heads hold credentials.
        forget(&mut self.input, outcome?);
        Ok(())
    }

    /// Reads more: false once the caller has closed.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let input = self.input.ready();
        if input.len() == input.capacity() {
            // The largest frame, with its head.
            input.reserve(BUFFER);
        }
        match ready!(poll_read_buf(Pin::new(&mut self.stream), cx, input)) {
            Ok(read) => Poll::Ready(read > 0),
            Err(error) => {
                // A record of TLS that nobody can read.
                if error.kind() == ErrorKind::InvalidData {
                    let said = "what came after the handshake cannot be read";
                    let from = (self.client.address, self.client.secure);
                    note_connection(&self.worker, from, SecurityKind::TlsRefused, said);
                }
                Poll::Ready(false)
            }
        }
    }

    /// Sends what there is.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        let (line, stream) = (&self.line, &mut self.stream);
        line.own(|connection| {
            while !connection.unsent().is_empty() {
                match ready!(Pin::new(&mut *stream).poll_write(cx, connection.unsent()))? {
                    0 => return Poll::Ready(Err(ErrorKind::WriteZero.into())),
                    sent => connection.sent(sent),
                }
            }
            Pin::new(stream).poll_flush(cx)
        })
    }

    /// Gives memory back that holds nothing.
    fn rest(&mut self) {
        if self.input.is_empty() {
            self.input.rest();
        }
        self.line.own(|connection| {
            if connection.open() == 0 && connection.unsent().is_empty() {
                let out = std::mem::take(connection.out());
                if out.capacity() > 0 {
                    self.worker.buffers.give(out);
                }
            } else if connection.out().capacity() == 0 {
                *connection.out() = self.worker.buffers.take();
            }
        });
    }

    /// Bounds how long the rest of a head is waited for.
    fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // The rest may be there and unread where nothing is read any more.
        let is_within = self.line.own(|connection| connection.is_within_head() && connection.wants_more());
        if is_within != std::mem::replace(&mut self.within_head, is_within) {
            match is_within {
                true => self.waits.target.arm(self.worker.config.head_timeout),
                false => self.waits.target.disarm(),
            }
        }
        self.waits.target.poll_late(cx)
    }

    /// Bounds how long nothing is asked for.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        let (settled, idle) = self.line.own(|connection| (connection.is_settled(), connection.open() == 0));
        if settled && self.idle.replace(idle) != Some(idle) {
            match idle {
                true if self.leaving => self.waits.caller.arm(FAREWELL),
                true => self.waits.caller.arm(self.worker.config.idle_timeout),
                false => self.waits.caller.disarm(),
            }
        }
        ready!(self.waits.caller.poll_late(cx));
        if self.leaving || !settled {
            return Poll::Ready(End::Gone);
        }
        self.leave();
        self.waits.caller.arm(FAREWELL);
        cx.waker().wake_by_ref();
        self.waits.caller.poll_late(cx).map(|()| End::Gone)
    }

    fn leave(&mut self) {
        self.leaving = true;
        self.line.own(Connection::leave);
        if self.idle == Some(true) {
            self.waits.caller.arm(FAREWELL);
        }
    }

    /// Notes a connection that its caller broke; one that floods as a call, so that it stands among the refusals.
    fn note(&self, broken: Broken) {
        if broken.reason != Reason::ENHANCE_YOUR_CALM {
            let from = (self.client.address, self.client.secure);
            return note_connection(&self.worker, from, SecurityKind::Http2Refused, broken.detail);
        }
        let kind = Some(SecurityKind::Http2Flood);
        let fault = Fault { kind, ..Fault::new(Code::RequestInvalid, broken.detail, b"") };
        let denial = fault.denial(Version::Http2);
        Exchange::refused(&self.worker, &self.client, Version::Http2, fault).denial = Some(denial);
    }
}
