//! Connections to targets that wait for their next call. The last one put back is the first one taken: it is the
//! least likely to have been closed, and the others may grow old and go.

use std::cell::RefCell;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use foldhash::HashMap;

use crate::http1::Http1;

/// The idle connections of one worker, by target.
pub(crate) struct Pool {
    most: usize,
    idle: RefCell<HashMap<u32, Vec<Idle>>>,
}

struct Idle {
    connection: Box<Http1>,
    since: Duration,
}

impl Pool {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, idle: RefCell::default() }
    }

    /// A connection to the target that is not known to be closed, and on which nothing came that nobody asked for.
    pub(super) fn take(&self, key: u32) -> Option<Box<Http1>> {
        let mut idle = self.idle.borrow_mut();
        let idle = idle.get_mut(&key)?;
        while let Some(Idle { mut connection, .. }) = idle.pop() {
            if is_quiet(&mut connection) {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection whose call is over.
    pub(crate) fn give(&self, key: u32, mut connection: Box<Http1>, now: Duration) {
        connection.rest();
        let mut idle = self.idle.borrow_mut();
        let idle = idle.entry(key).or_default();
        if idle.len() == self.most {
            // The oldest goes: it is the one that would be taken last.
            idle.remove(0);
        }
        idle.push(Idle { connection, since: now });
    }

    /// Closes what is closed on the other side or idle for longer than `longest`.
    pub(crate) fn sweep(&self, now: Duration, longest: Duration) {
        self.idle.borrow_mut().retain(|_, idle| {
            idle.retain_mut(|idle| now.saturating_sub(idle.since) < longest && is_quiet(&mut idle.connection));
            !idle.is_empty()
        });
    }
}

/// Whether neither bytes nor the end have come. Asks the kernel only where it said that something is there.
fn is_quiet(connection: &mut Http1) -> bool {
    matches!(connection.poll_more(&mut Context::from_waker(Waker::noop())), Poll::Pending)
}
