//! Cleartext or TLS, in front or behind, as one stream.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::{client, server};

/// A connection of a caller or to a target.
pub(crate) enum Stream {
    /// Cleartext.
    Plain(TcpStream),
    /// TLS, of a caller.
    OfCaller(Box<server::TlsStream<TcpStream>>),
    /// TLS, to a target.
    ToTarget(Box<client::TlsStream<TcpStream>>),
}

impl Stream {
    /// Whether a target chose HTTP/2.
    pub(crate) fn is_http2(&self) -> bool {
        match self {
            Self::Plain(_) | Self::OfCaller(_) => false,
            Self::ToTarget(stream) => stream.get_ref().1.alpn_protocol() == Some(b"h2"),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::OfCaller(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::ToTarget(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::OfCaller(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::ToTarget(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            // What is written to a socket is gone.
            Self::Plain(_) => Poll::Ready(Ok(())),
            Self::OfCaller(stream) => Pin::new(stream).poll_flush(cx),
            Self::ToTarget(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::OfCaller(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::ToTarget(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

/// A stream whose incoming bytes are counted, for whoever holds the other end of the count to set back.
pub(crate) struct Metered<S> {
    stream: S,
    read: Rc<Cell<u64>>,
}

impl<S> Metered<S> {
    pub(crate) fn new(stream: S) -> (Self, Rc<Cell<u64>>) {
        let read = Rc::default();
        (Self { stream, read: Rc::clone(&read) }, read)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.read.set(self.read.get() + (buf.filled().len() - before) as u64);
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
