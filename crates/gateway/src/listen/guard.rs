//! The caller's connection as hyper sees it: whole heads only, none that is refused, none that comes too slowly,
//! and nothing behind a body that broke its framing.
//!
//! A refused head is replaced by [`REFUSED`], so that hyper goes the ordinary way with it: the answer is made where
//! all answers are made, and the connection closes behind it.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use keyward_model::Code;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::client::{Client, Waiting};
use super::fault::Fault;
use super::framing::{Framing, Rest};
use crate::config::GatewayConfig;
use crate::deadlines::{Deadlines, Watch};

/// The method that stands for a refused head. It counts only where [`Client::take_fault`] has one too.
pub(crate) const REFUSED: &str = "KEYWARD-REFUSED";
const REFUSED_HEAD: &[u8] = b"KEYWARD-REFUSED / HTTP/1.1\r\nhost: -\r\nconnection: close\r\n\r\n";

/// For a caller to stop sending what nobody reads, so that it finds the answer before the connection is gone.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: u64 = 1024 * 1024;

/// A guarded connection.
pub(super) struct Guard<S> {
    stream: S,
    framing: Framing,
    client: Rc<Client>,
    /// The beginning of a head.
    held: BytesMut,
    /// Looked at, and not yet taken by hyper.
    passed: BytesMut,
    refused: bool,
    broken: bool,
    writing: Watch,
    lingered: Option<u64>,
    head_timeout: Duration,
    body_timeout: Duration,
    write_timeout: Duration,
}

impl<S> Guard<S> {
    pub(super) fn new(stream: S, client: Rc<Client>, config: &GatewayConfig, deadlines: &Rc<Deadlines>) -> Self {
        Self {
            stream,
            framing: Framing::new(config.max_head_bytes),
            client,
            held: BytesMut::new(),
            passed: BytesMut::new(),
            refused: false,
            broken: false,
            writing: deadlines.watch(),
            lingered: None,
            head_timeout: config.head_timeout,
            body_timeout: config.body_timeout,
            write_timeout: config.write_timeout,
        }
    }

    /// Looks at what `buf` got beyond `start` and leaves there what may be passed on.
    fn look(&mut self, buf: &mut ReadBuf<'_>, start: usize) {
        if self.held.is_empty() {
            let bytes = &buf.filled()[start..];
            let (passed, rest) = self.framing.advance(bytes);
            if rest != Rest::Nothing {
                self.held.extend_from_slice(&bytes[passed..]);
                buf.set_filled(start + passed);
            }
            self.keep(rest);
        } else {
            self.held.extend_from_slice(&buf.filled()[start..]);
            buf.set_filled(start);
            let (passed, rest) = self.framing.advance(&self.held);
            self.passed.unsplit(self.held.split_to(passed));
            self.keep(rest);
        }
    }

    fn keep(&mut self, rest: Rest) {
        match rest {
            Rest::Nothing | Rest::Unfinished => {}
            Rest::Refused(fault) => self.refuse(fault),
            Rest::Broken => {
                self.broken = true;
                self.held.clear();
            }
        }
    }

    fn refuse(&mut self, fault: Fault) {
        self.refused = true;
        self.held.clear();
        self.passed.extend_from_slice(REFUSED_HEAD);
        self.client.set_fault(fault);
    }

    fn hand_over(&mut self, buf: &mut ReadBuf<'_>) {
        let length = self.passed.len().min(buf.remaining());
        buf.put_slice(&self.passed[..length]);
        self.passed.advance(length);
    }

    /// What the caller is waited for, now that nothing has come.
    fn wait(&mut self) {
        if !self.framing.at_head() {
            self.client.wait_for(Waiting::Body, self.body_timeout);
        } else if self.client.is_served() {
            self.client.wait_for_nothing();
        } else if self.held.is_empty() && self.client.was_served() {
            self.client.wait_for_next();
        } else {
            self.client.wait_for(Waiting::Head, self.head_timeout);
        }
    }
}

impl<S: AsyncRead + Unpin> Guard<S> {
    /// Takes what the caller still sends and throws it away, until it stops or that takes too long.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.lingered.is_none() {
            self.lingered = Some(0);
            self.client.wait_for(Waiting::End, LINGER);
        }
        let mut scratch = [0; 4096];
        loop {
            let mut buf = ReadBuf::new(&mut scratch);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {
                    let lingered = self.lingered.unwrap_or(0) + buf.filled().len() as u64;
                    self.lingered = Some(lingered);
                    if lingered > LINGER_BYTES {
                        return Poll::Ready(());
                    }
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return self.client.poll_late(cx),
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guard<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if !this.passed.is_empty() {
                this.hand_over(buf);
                return Poll::Ready(Ok(()));
            }
            if this.refused {
                return Poll::Pending;
            }
            if this.broken {
                return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
            }
            let start = buf.filled().len();
            match Pin::new(&mut this.stream).poll_read(cx, buf) {
                Poll::Ready(result) => {
                    // The time for a head runs from its first byte to its last; any other wait is over.
                    if this.client.waiting() != Waiting::Head {
                        this.client.wait_for_nothing();
                    }
                    result?;
                    if buf.filled().len() == start {
                        return Poll::Ready(Ok(()));
                    }
                    this.look(buf, start);
                    if this.held.is_empty() {
                        this.client.wait_for_nothing();
                    }
                    if buf.filled().len() > start {
                        return Poll::Ready(Ok(()));
                    }
                }
                Poll::Pending => {
                    this.wait();
                    ready!(this.client.poll_late(cx));
                    match this.client.waiting() {
                        Waiting::Nothing | Waiting::End => return Poll::Pending,
                        Waiting::NextHead => return Poll::Ready(Ok(())),
                        Waiting::Head if this.held.is_empty() => return Poll::Ready(Ok(())),
                        Waiting::Head => {
                            let detail = "The head of the request did not arrive in time.";
                            let fault = Fault::new(Code::RequestTimeout, detail, &this.held);
                            this.refuse(fault);
                        }
                        Waiting::Body => {
                            this.client.set_late();
                            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                        }
                    }
                }
            }
        }
    }
}

impl<S: AsyncWrite + AsyncRead + Unpin> Guard<S> {
    /// Bounds how long a caller may take nothing.
    fn bound(&self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.writing.disarm();
            return written;
        }
        self.writing.arm_once(self.write_timeout);
        self.writing.poll_late(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + AsyncRead + Unpin> AsyncWrite for Guard<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.bound(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.bound(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingered.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        }
        // With bytes unread, closing would reset the connection, and the answer might be lost on its way.
        if self.refused || !self.held.is_empty() || !self.framing.at_head() {
            ready!(self.poll_linger(cx));
        }
        Poll::Ready(Ok(()))
    }
}
