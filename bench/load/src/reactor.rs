//! The one event loop: client and upstream take turns in it, so that both cost as little as may be.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use mio::{Events, Poll, Registry};

use crate::upstream::Upstream;

/// Sockets of both sides.
#[derive(Debug)]
pub(crate) struct Reactor {
    poll: Poll,
    events: Events,
    upstream: Option<Upstream>,
    /// Tokens of the client's sockets on which something happened in the last turn.
    pub(crate) ready: Vec<usize>,
}

impl Reactor {
    /// A loop, with an upstream in it where an address is given.
    pub(crate) fn new(upstream: Option<SocketAddr>, body_bytes: usize) -> io::Result<Self> {
        let poll = Poll::new()?;
        let upstream = match upstream {
            Some(address) => Some(Upstream::listen(address, body_bytes, poll.registry())?),
            None => None,
        };
        Ok(Self { poll, events: Events::with_capacity(1024), upstream, ready: Vec::with_capacity(1024) })
    }

    /// Waits for events up to `timeout`, serves the upstream's, and puts the others into `ready`.
    pub(crate) fn turn(&mut self, timeout: Duration) -> io::Result<()> {
        self.ready.clear();
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            done => done?,
        }
        for event in &self.events {
            let served = self.upstream.as_mut().is_some_and(|upstream| upstream.handle(event, self.poll.registry()));
            if !served {
                self.ready.push(event.token().0);
            }
        }
        Ok(())
    }

    /// Where sockets are registered.
    pub(crate) fn registry(&self) -> &Registry {
        self.poll.registry()
    }

    /// Where the upstream listens.
    pub(crate) fn upstream_address(&self) -> Option<SocketAddr> {
        self.upstream.as_ref().and_then(|upstream| upstream.address().ok())
    }

    /// Requests that the upstream has answered.
    pub(crate) fn answered(&self) -> u64 {
        self.upstream.as_ref().map_or(0, |upstream| upstream.answered)
    }
}
