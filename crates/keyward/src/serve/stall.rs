//! A connection that is given up once its other side stops taking what it is sent.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// A stream on which writing fails when no byte was taken for a while. With nothing to write, it waits for ever.
pub(super) struct Impatient<S> {
    stream: S,
    timeout: Duration,
    /// Runs from the first write that was not taken to the next that is.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S> Impatient<S> {
    pub(super) fn new(stream: S, timeout: Duration) -> Self {
        Self { stream, timeout, stalled: None }
    }

    fn bound<T>(&mut self, cx: &mut Context<'_>, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if result.is_ready() {
            self.stalled = None;
            return result;
        }
        let timeout = self.timeout;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
        stalled.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Impatient<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Impatient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.bound(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.bound(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    // A socket has nothing to flush and is shut down at once; neither waits for the other side.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn what_nobody_takes_fails() {
        let (near, _far) = tokio::io::duplex(8);
        let mut near = Impatient::new(near, Duration::from_millis(20));
        near.write_all(b"12345678").await.expect("room");
        let failed = near.write_all(b"9").await.expect_err("nobody takes it");
        assert_eq!(failed.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn what_is_taken_begins_the_time_anew_and_nothing_to_write_is_no_stall() {
        let (near, mut far) = tokio::io::duplex(1);
        let timeout = Duration::from_secs(3600);
        let mut near = Impatient::new(near, timeout);
        near.write_all(b"1").await.expect("room");
        assert!(near.stalled.is_none(), "nothing runs while nothing waits to be written");
        let waiting = std::future::poll_fn(|cx| Poll::Ready(Pin::new(&mut near).poll_write(cx, b"2").is_pending()));
        assert!(waiting.await);
        assert!(near.stalled.is_some());
        far.read_u8().await.expect("the first byte");
        near.write_all(b"2").await.expect("room again");
        assert!(near.stalled.is_none());
    }
}
