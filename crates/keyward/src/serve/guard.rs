//! Holds requests of the control plane to what the gateway takes, before hyper reads them: what could be read in two ways
//! is refused and not repaired (RFC 9112 sections 5 and 6), and heads have the bound that they are said to have.
//!
//! Hyper is given heads that are whole and well-formed, and bodies whose framing was followed. In the place of a head
//! that is refused it is given a request for nothing, which is answered with why; nothing behind it is read.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use keyward_wire::{Body, Fault, Length, Limits, Request};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A request for nothing: no path of a router is `*`.
const NOTHING: &[u8] = b"OPTIONS * HTTP/1.1\r\nhost: refused\r\nconnection: close\r\n\r\n";
const PIECE: usize = 8 * 1024;

/// Why a head was refused, and how many came before it.
#[derive(Debug, Default)]
pub(super) struct Verdict(Mutex<Option<(u64, Fault)>>);

impl Verdict {
    /// What the request of that number, counted from 0, is refused for.
    pub(super) fn of(&self, number: u64) -> Option<Fault> {
        let verdict = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        verdict.filter(|(refused, _)| *refused == number).map(|(_, fault)| fault)
    }
}

/// A stream on which only requests come that can be read in one way.
pub(super) struct Guarded<S> {
    stream: S,
    limits: Limits,
    /// What came and was not looked through; of an unfinished head, `seen` bytes were.
    raw: Vec<u8>,
    seen: usize,
    /// What was, and is not taken yet.
    passed: Vec<u8>,
    taken: usize,
    /// The body that is on its way; over where a head is next.
    body: Body,
    heads: u64,
    verdict: Arc<Verdict>,
    refused: bool,
}

impl<S> Guarded<S> {
    pub(super) fn new(stream: S, limits: Limits) -> (Self, Arc<Verdict>) {
        let verdict = Arc::<Verdict>::default();
        let guarded = Self {
            stream,
            limits,
            raw: Vec::new(),
            seen: 0,
            passed: Vec::new(),
            taken: 0,
            body: Body::new(Length::Zero),
            heads: 0,
            verdict: Arc::clone(&verdict),
            refused: false,
        };
        (guarded, verdict)
    }

    /// Passes on what can be told of what came.
    fn look_through(&mut self) -> io::Result<()> {
        while !self.raw.is_empty() && !self.refused {
            if self.body.is_over() {
                if !self.take_head() {
                    return Ok(());
                }
                continue;
            }
            let broken = |_| io::Error::from(io::ErrorKind::InvalidData);
            let used = self.body.find(&self.raw).map_err(broken)?.used;
            self.passed.extend(self.raw.drain(..used));
            if self.body.is_over() {
                self.body.trailers().map_err(broken)?;
            }
        }
        Ok(())
    }

    /// Whether there was a whole one, or one that is refused.
    fn take_head(&mut self) -> bool {
        // What is parsed goes with what was made of it; hyper needs the bytes.
        let ends = self.raw[self.seen.saturating_sub(3)..].windows(4).any(|window| window == b"\r\n\r\n");
        let mut bytes = if ends { self.raw.clone() } else { std::mem::take(&mut self.raw) };
        let parsed = Request::parse(&mut bytes, self.seen, Vec::new(), &self.limits);
        if !ends {
            self.raw = bytes;
        }
        match parsed {
            Ok(None) => {
                self.seen = self.raw.len();
                return false;
            }
            Ok(Some((request, used))) if ends => {
                self.passed.extend(self.raw.drain(..used));
                self.body = Body::new(request.body);
                self.heads += 1;
            }
            Ok(Some(_)) => self.refuse(Fault { kind: keyward_wire::FaultKind::Malformed, detail: "It has no end." }),
            Err(fault) => self.refuse(fault),
        }
        self.seen = 0;
        true
    }

    fn refuse(&mut self, fault: Fault) {
        *self.verdict.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((self.heads, fault));
        self.passed.extend_from_slice(NOTHING);
        self.raw = Vec::new();
        self.refused = true;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            let rest = &this.passed[this.taken..];
            if !rest.is_empty() {
                let length = rest.len().min(buf.remaining());
                buf.put_slice(&rest[..length]);
                this.taken += length;
                if this.taken == this.passed.len() {
                    (this.passed, this.taken) = (Vec::new(), 0);
                }
                return Poll::Ready(Ok(()));
            }
            let mut piece = [0; PIECE];
            let mut read = ReadBuf::new(&mut piece);
            ready!(Pin::new(&mut this.stream).poll_read(cx, &mut read))?;
            match read.filled() {
                // Whoever is refused hears it before the end.
                [] if this.refused => return Poll::Pending,
                [] => return Poll::Ready(Ok(())),
                _ if this.refused => {}
                more => {
                    this.raw.extend_from_slice(more);
                    this.look_through()?;
                }
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

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

    const LIMITS: Limits = Limits { bytes: 1024, target: 1024, fields: 10 };

    /// What hyper gets to read of `bytes`, sent in pieces of `size`.
    async fn read(bytes: &[u8], size: usize) -> (Vec<u8>, Option<(u64, Fault)>) {
        let (mut far, near) = tokio::io::duplex(1 << 16);
        let (mut guarded, verdict) = Guarded::new(near, LIMITS);
        let mut read = Vec::new();
        for piece in bytes.chunks(size) {
            // Whoever is refused is not listened to.
            let _ = far.write_all(piece).await;
            let mut buffer = [0; 4096];
            while let Ok(Ok(more)) = tokio::time::timeout(std::time::Duration::ZERO, guarded.read(&mut buffer)).await
                && more > 0
            {
                read.extend_from_slice(&buffer[..more]);
            }
        }
        let verdict = *verdict.0.lock().expect("not poisoned");
        (read, verdict)
    }

    #[tokio::test]
    async fn what_is_well_formed_passes_to_the_byte_however_it_is_cut() {
        let first = b"POST /a HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n";
        let second = b"PUT /b HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nGET /\n";
        let all = [&first[..], second, b"GET /c HTTP/1.1\r\nHost: a\r\n\r\n"].concat();
        for size in 1..all.len() {
            assert_eq!(read(&all, size).await, (all.clone(), None), "{size}");
        }
    }

    #[tokio::test]
    async fn in_the_place_of_what_has_two_readings_comes_nothing() {
        let good = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
        for bad in [
            "GET / HTTP/1.1\nhost: a\n\n",
            "GET / HTTP/1.1\r\nhost: a\n\r\n",
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\nx",
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "GET / HTTP/1.1\r\nhost : a\r\n\r\n",
            "GET / HTTP/1.1\r\nhost: a\r\n folded\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "\x16\x03\x01\x02",
        ] {
            for size in [1, 7, 4096] {
                let all = format!("{good}{bad}{good}");
                let (passed, verdict) = read(all.as_bytes(), size).await;
                assert_eq!(passed, [good.as_bytes(), NOTHING].concat(), "{bad:?}");
                assert!(verdict.is_some_and(|(number, _)| number == 1), "{bad:?}");
            }
        }
        let large = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}", "x".repeat(1024));
        assert!(
            matches!(read(large.as_bytes(), 64).await.1, Some((0, fault)) if fault.kind == keyward_wire::FaultKind::TooLarge)
        );
        for bytes in [NOTHING, b"OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n"] {
            assert_eq!(read(bytes, 4096).await.1, None, "nobody refuses themselves");
        }
    }

    #[tokio::test]
    async fn a_body_that_breaks_its_framing_ends_the_connection() {
        let (mut far, near) = tokio::io::duplex(1 << 16);
        let (mut guarded, _) = Guarded::new(near, LIMITS);
        let bytes = b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\nhello\n0\n\n";
        far.write_all(bytes).await.expect("sent");
        let failed = guarded.read_to_end(&mut Vec::new()).await.expect_err("it is broken");
        assert_eq!(failed.kind(), io::ErrorKind::InvalidData);
    }
}
