//! Whether the other side of a connection is still there, while calls wait for it: when nothing has come for a while,
//! it is asked (RFC 9113 section 6.7), and when nothing comes then either, the connection is given up.
//!
//! Servers of gRPC end connections on which they are asked often while they answer nothing: without an answer in
//! between, one question is not followed by another for [`SELDOM`].

use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use h2::{Ping, PingPong};

use super::Link;
use crate::deadlines::Watch;
use crate::stream::{Metered, Stream};
use crate::worker::Worker;

/// Between two questions without an answer to a call: what servers of gRPC bear with.
const SELDOM: Duration = Duration::from_secs(5 * 60 + 10);

/// Looks after one connection.
pub(super) struct KeepAlive {
    pings: Option<PingPong>,
    watch: Watch,
    /// After which silence the other side is asked.
    silence: Duration,
    /// After which silence behind the question it is taken for dead.
    patience: Duration,
    /// Bytes that had come when the wait began; none while nothing is waited for.
    waiting: Option<u64>,
    asked: bool,
}

impl KeepAlive {
    pub(super) fn new(worker: &Worker) -> Self {
        Self {
            pings: None,
            watch: worker.deadlines.watch(),
            silence: worker.config.upstream_ping_after,
            patience: worker.config.upstream_ping_timeout,
            waiting: None,
            asked: false,
        }
    }

    pub(super) fn take_pings(&mut self, connection: &mut h2::client::Connection<Metered<Stream>, Bytes>) {
        self.pings = connection.ping_pong();
    }

    /// Ready once the other side is taken for dead.
    pub(super) fn poll_dead(&mut self, cx: &mut Context<'_>, link: &Link) -> Poll<()> {
        let Some(pings) = &mut self.pings else { return Poll::Pending };
        // Taken off, so that another may be sent; that it came shows in what was read.
        let _ = pings.poll_pong(cx);
        let (read, is_idle) = (link.read.get(), link.open.get() == 0);
        if self.waiting != Some(read) {
            self.asked = false;
            self.waiting = (!is_idle).then_some(read);
            if is_idle {
                self.watch.disarm();
                return Poll::Pending;
            }
            self.watch.arm(if link.answered.get() { self.silence } else { SELDOM });
        }
        // A wait goes on where its caller has given up, lest callers with less patience than this keep a dead connection
        // in use for ever; the question itself is left to the next call.
        if is_idle && !self.asked {
            return Poll::Pending;
        }
        ready!(self.watch.poll_late(cx));
        if self.asked {
            return Poll::Ready(());
        }
        // It fails where one is under way that was never answered, which is as good as asking again.
        let _ = pings.send_ping(Ping::opaque());
        link.answered.set(false);
        self.asked = true;
        self.watch.arm(self.patience);
        // To have it sent, and the new wait noted.
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
