//! Connections to targets that wait for their next call. The last one put back is the first one taken: it is the
//! least likely to have been closed, and the others may grow old and go.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use hyper::client::conn::http1::SendRequest;
use tokio::task::AbortHandle;

use super::upload::RequestBody;

/// A connection to a target. Dropping it cuts it off, whatever is still under way on it: hyper by itself would first
/// wait for the target to take what was meant for it.
pub(crate) struct Connection {
    pub(super) sender: SendRequest<RequestBody>,
    pub(super) task: AbortHandle,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The idle connections of one worker, by target.
pub(crate) struct Pool {
    most: usize,
    idle: RefCell<HashMap<u32, Vec<Idle>>>,
}

struct Idle {
    connection: Connection,
    since: Duration,
}

impl Pool {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, idle: RefCell::default() }
    }

    /// A connection to the target that is not known to be closed.
    pub(super) fn take(&self, key: u32) -> Option<Connection> {
        let mut idle = self.idle.borrow_mut();
        let idle = idle.get_mut(&key)?;
        while let Some(Idle { connection, .. }) = idle.pop() {
            if connection.sender.is_ready() {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection whose call is over.
    pub(crate) fn give(&self, key: u32, connection: Connection, now: Duration) {
        if connection.sender.is_closed() {
            return;
        }
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
            idle.retain(|idle| !idle.connection.sender.is_closed() && now.saturating_sub(idle.since) < longest);
            !idle.is_empty()
        });
    }
}
