//! A connection that speaks HTTP/1, of a caller or to a target: bytes in, bytes out, and where in a message each stands.
//!
//! It has no timer and no task: whoever polls it bounds the waiting. Its buffers come from the worker and go back while
//! nothing is under way.

use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use keyward_wire::fields::{forget, wipe};
use keyward_wire::{Body, Fields, Length, Limits, Response, write};
use tokio::io::AsyncWrite;
use tokio_util::io::poll_read_buf;

use crate::buffers::{BUFFER, Buffers, Loan};
use crate::stream::Stream;
use crate::transfer::{Lost, ROOM, Sink, Source};

/// Bytes of a buffer once the connection proved to carry much.
const LARGE_BUFFER: usize = 4 * BUFFER;

/// One connection.
pub(crate) struct Http1 {
    stream: Stream,
    buffers: Rc<Buffers>,
    input: Loan,
    /// Everything before is taken.
    at: usize,
    closed: bool,
    body: Body,
    /// Content that was found in `input` and is not taken yet.
    content: Range<usize>,
    out: Loan,
    sent: usize,
    framing: Framing,
    /// Bytes of an unfinished head that were looked at.
    seen: usize,
    /// Whether the other side keeps the connection when the answer is over.
    keeps: bool,
}

/// Bounds of the head of an answer.
const ANSWER: Limits = Limits { bytes: 128 * 1024, target: 0, fields: 200 };

/// How the content of the message going out is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// There is none; what comes is left out.
    Empty,
    /// As it is: its length was said, or the connection ends it.
    Plain,
    /// In chunks; with trailers, where the other side takes them.
    Chunked {
        /// Whether it takes them.
        trailers: bool,
    },
}

impl Http1 {
    pub(crate) fn new(stream: Stream, buffers: &Rc<Buffers>) -> Self {
        Self {
            stream,
            buffers: Rc::clone(buffers),
            input: Loan::new(buffers),
            at: 0,
            closed: false,
            body: Body::new(Length::Zero),
            content: 0..0,
            out: Loan::new(buffers),
            sent: 0,
            framing: Framing::Empty,
            seen: 0,
            keeps: false,
        }
    }

    /// Reads more. The number of bytes; 0 when the other side has closed.
    pub(crate) fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.closed {
            return Poll::Ready(Ok(0));
        }
        self.input.ready();
        if self.at == self.input.len() && self.content.is_empty() {
            wipe(&mut self.input);
            self.at = 0;
            self.content = 0..0;
        }
        if self.input.len() == self.input.capacity() {
            self.input.reserve(LARGE_BUFFER - BUFFER);
        }
        let polled = poll_read_buf(Pin::new(&mut self.stream), cx, &mut *self.input);
        match polled {
            Poll::Ready(Ok(0)) | Poll::Ready(Err(_)) => self.closed = true,
            Poll::Pending if self.input.is_empty() => self.rest(),
            _ => {}
        }
        polled
    }

    /// Gives buffers back that hold nothing.
    pub(crate) fn rest(&mut self) {
        if self.at == self.input.len() && self.content.is_empty() {
            self.input.rest();
            (self.at, self.content) = (0, 0..0);
        }
        if self.out.is_empty() {
            self.out.rest();
        }
    }

    /// The bytes that were read and not taken, to be parsed as a head; begins with the first of them.
    pub(crate) fn head_bytes(&mut self) -> &mut Vec<u8> {
        if self.at > 0 {
            self.forget_taken();
        }
        &mut self.input
    }

    /// Moves what is not taken yet to the front; nothing is left of what was.
    fn forget_taken(&mut self) {
        forget(&mut self.input, self.at);
        (self.at, self.content) = (0, 0..0);
    }

    /// A head was taken out of [`Self::head_bytes`], all of whose bytes went with it: what came behind it is put back,
    /// and a body of that length begins.
    pub(crate) fn begin_body(&mut self, behind: &[u8], length: Length) {
        (self.at, self.content) = (0, 0..0);
        if !behind.is_empty() {
            self.input.ready().extend_from_slice(behind);
        }
        self.body = Body::new(length);
    }

    /// Whether bytes are there that nobody has taken.
    pub(crate) fn has_unread(&self) -> bool {
        self.at < self.input.len() || !self.content.is_empty()
    }

    /// How many bytes are there that nobody has taken.
    pub(crate) fn unread(&self) -> usize {
        self.input.len() - self.at + self.content.len()
    }

    /// Waits for the head of an answer.
    pub(crate) fn poll_answer(&mut self, cx: &mut Context<'_>, to_head: bool) -> Poll<Result<Response, Lost>> {
        loop {
            let seen = self.seen;
            if self.input.len() - self.at > seen {
                let list = self.buffers.take_list();
                match Response::parse(self.head_bytes(), seen, list, to_head, &ANSWER) {
                    Ok(Some((head, used))) => {
                        self.seen = 0;
                        self.keeps = head.persistent;
                        self.begin_body(head.fields.behind(used), head.body);
                        return Poll::Ready(Ok(head));
                    }
                    Ok(None) => self.seen = self.input.len(),
                    Err(_) => return Poll::Ready(Err(Lost::Malformed)),
                }
            }
            match ready!(self.poll_more(cx)) {
                Ok(0) | Err(_) => return Poll::Ready(Err(Lost::Closed)),
                Ok(_) => {}
            }
        }
    }

    /// Whether the connection may carry another request: the answer is over, nothing is left of it, and the other side
    /// keeps it.
    pub(crate) fn is_reusable(&self) -> bool {
        self.keeps && !self.closed && self.body.is_over() && !self.has_unread() && self.out.is_empty()
    }

    /// Takes over what another connection to the same target was given and did not send.
    pub(crate) fn take_over(&mut self, dead: &mut Self) {
        std::mem::swap(&mut self.out, &mut dead.out);
        self.framing = dead.framing;
    }

    /// Takes the rest of the body that is here already, unread. Whether that was all of it.
    pub(crate) fn skip_body(&mut self) -> bool {
        self.content = 0..0;
        while !self.body.is_over() && self.at < self.input.len() {
            match self.body.find(&self.input[self.at..]) {
                Ok(found) => self.at += found.used,
                Err(_) => return false,
            }
        }
        self.body.is_over() && self.body.trailers().is_ok()
    }

    /// Where a head is written to, before any content.
    pub(crate) fn out(&mut self) -> &mut Vec<u8> {
        self.out.ready()
    }

    /// Content from here on is framed so.
    pub(crate) fn frame(&mut self, framing: Framing) {
        self.framing = framing;
    }

    /// From here on, what comes and goes is no message: what came already is the first of it.
    pub(crate) fn open_tunnel(&mut self) {
        self.body = Body::new(Length::UntilClose);
        self.framing = Framing::Plain;
        self.keeps = false;
    }

    /// Whether nothing of what was written since the last flush has left.
    pub(crate) fn is_unsent(&self) -> bool {
        self.sent == 0 && !self.out.is_empty()
    }

    /// The stream, and what was read of it and not taken.
    pub(crate) fn into_parts(mut self) -> (Stream, Vec<u8>) {
        let read = std::mem::take(self.head_bytes());
        (self.stream, read)
    }

    /// Says that nothing more follows.
    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Source for Http1 {
    fn poll_content(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, Lost>> {
        loop {
            if !self.content.is_empty() {
                return Poll::Ready(Ok(true));
            }
            if self.body.is_over() {
                return Poll::Ready(Ok(false));
            }
            if self.at < self.input.len() {
                let found = self.body.find(&self.input[self.at..]).map_err(|_| Lost::Malformed)?;
                self.content = self.at + found.content.start..self.at + found.content.end;
                self.at += found.used;
                continue;
            }
            match ready!(self.poll_more(cx)) {
                Ok(0) => self.body.close().map_err(|_| Lost::Closed)?,
                Ok(_) => {}
                Err(_) => return Poll::Ready(Err(Lost::Closed)),
            }
        }
    }

    fn content(&self) -> &[u8] {
        &self.input[self.content.clone()]
    }

    fn consume(&mut self, bytes: usize) {
        self.content.start += bytes;
    }

    fn trailers(&mut self) -> Result<Option<Fields>, Lost> {
        self.body.trailers().map_err(|_| Lost::Malformed)
    }
}

impl Sink for Http1 {
    fn room(&self) -> usize {
        ROOM.saturating_sub(self.out.len())
    }

    fn push(&mut self, content: &[u8]) {
        match self.framing {
            Framing::Empty => {}
            Framing::Plain => self.out.ready().extend_from_slice(content),
            Framing::Chunked { .. } => write::chunk(self.out.ready(), content),
        }
    }

    fn finish(&mut self, trailers: Option<Fields>) {
        if let Framing::Chunked { trailers: taken } = self.framing {
            write::last_chunk(self.out.ready(), trailers.as_ref().filter(|_| taken));
        }
        self.framing = Framing::Empty;
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        while self.sent < self.out.len() {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, &self.out[self.sent..])) {
                Ok(0) | Err(_) => return Poll::Ready(Err(Lost::Closed)),
                Ok(sent) => self.sent += sent,
            }
        }
        if self.sent > 0 {
            wipe(&mut self.out);
            self.sent = 0;
        }
        Pin::new(&mut self.stream).poll_flush(cx).map_err(|_| Lost::Closed)
    }
}
