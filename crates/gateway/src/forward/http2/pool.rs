//! The HTTP/2 connections of one worker, by the place they lead to.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::connection::{Connection, Lease, Room};

/// Connections to one place. Where a target takes as few as one call at a time on each, calls wait beyond that.
const MOST: usize = 64;

/// The connections of a worker.
#[derive(Default)]
pub(crate) struct Http2Pool(RefCell<HashMap<u32, Rc<Place>>>);

impl Http2Pool {
    /// What there is of one place.
    pub(super) fn place(&self, key: u32) -> Rc<Place> {
        Rc::clone(self.0.borrow_mut().entry(key).or_default())
    }

    /// Closes connections that have been idle for longer than `longest`.
    pub(crate) fn sweep(&self, now: Duration, longest: Duration) {
        self.0.borrow_mut().retain(|_, place| {
            place.connections.borrow_mut().retain(|connection| {
                !matches!(connection.room(), Room::Never) && connection.idle_for(now).is_none_or(|idle| idle < longest)
            });
            !place.connections.borrow().is_empty() || Rc::strong_count(place) > 1
        });
    }
}

/// The connections to one place.
#[derive(Default)]
pub(super) struct Place {
    connections: RefCell<Vec<Rc<Connection>>>,
    connecting: Cell<bool>,
    /// Whether the last connection chose HTTP/1.
    http1: Cell<bool>,
    changed: Notify,
}

impl Place {
    /// A place for one call: on the oldest connection that has room, so that younger ones fall idle and close.
    pub(super) fn lease(self: &Rc<Self>) -> Option<Lease> {
        let mut connections = self.connections.borrow_mut();
        let mut at = 0;
        while let Some(connection) = connections.get(at) {
            match connection.room() {
                Room::Now => return Some(Lease::new(Rc::clone(connection), self)),
                Room::Later => at += 1,
                // What is under way on it runs to its end; it closes when that is over.
                Room::Never => drop(connections.remove(at)),
            }
        }
        None
    }

    /// Takes up a fresh connection, for the call that it was made for.
    pub(super) fn add(self: &Rc<Self>, connection: Rc<Connection>) -> Lease {
        self.connections.borrow_mut().push(Rc::clone(&connection));
        Lease::new(connection, self)
    }

    /// No further call goes out on a connection.
    pub(super) fn retire(&self, connection: &Rc<Connection>) {
        self.connections.borrow_mut().retain(|other| !Rc::ptr_eq(other, connection));
        self.tell_all();
    }

    /// The turn to connect, for whoever gets it. One at a time, and not before it is known how many calls the last
    /// connection takes.
    pub(super) fn begin_connecting(self: &Rc<Self>) -> Option<Connecting> {
        let is_unknown = self.connections.borrow().iter().any(|connection| !connection.is_settled());
        if is_unknown || self.is_full() || self.connecting.replace(true) {
            return None;
        }
        Some(Connecting(Rc::clone(self)))
    }

    /// Whether there are as many connections as there may be.
    pub(super) fn is_full(&self) -> bool {
        self.connections.borrow().len() >= MOST
    }

    /// Notes what a connection chose.
    pub(super) fn note(&self, is_http2: bool) {
        if self.http1.replace(!is_http2) == is_http2 {
            self.tell_all();
        }
    }

    pub(super) fn speaks_http1(&self) -> bool {
        self.http1.get()
    }

    /// Ready once there may be room that was not there when this was called.
    pub(super) fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    /// One more call has room.
    pub(super) fn tell_one(&self) {
        self.changed.notify_one();
    }

    /// More is known than before: all who wait look again.
    pub(super) fn tell_all(&self) {
        self.changed.notify_waiters();
    }
}

/// The turn to connect, until it is dropped.
pub(super) struct Connecting(Rc<Place>);

impl Drop for Connecting {
    fn drop(&mut self) {
        self.0.connecting.set(false);
        self.0.tell_one();
    }
}
