//! What is known of a caller's connection, shared between the connection and the calls on it.

use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::fault::Fault;
use crate::deadlines::{Deadlines, Watch};

/// One caller's connection.
pub(crate) struct Client {
    /// Where it comes from; an IPv4 address mapped into IPv6 is written as IPv4.
    pub(crate) address: IpAddr,
    fault: RefCell<Option<Fault>>,
    serving: Cell<u32>,
    served: Cell<bool>,
    late: Cell<bool>,
    waiting: Cell<Waiting>,
    reading: Watch,
    idle_timeout: Duration,
}

/// What the caller is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    /// It is not the caller's turn.
    Nothing,
    /// The rest of a head, or the first byte of a new connection.
    Head,
    /// The next piece of a body.
    Body,
    /// Another request on a kept connection.
    NextHead,
    /// That it stops sending.
    End,
}

impl Client {
    pub(super) fn new(address: IpAddr, idle_timeout: Duration, deadlines: &Rc<Deadlines>) -> Self {
        Self {
            address: address.to_canonical(),
            fault: RefCell::new(None),
            serving: Cell::new(0),
            served: Cell::new(false),
            late: Cell::new(false),
            waiting: Cell::new(Waiting::Nothing),
            reading: deadlines.watch(),
            idle_timeout,
        }
    }

    pub(super) fn set_fault(&self, fault: Fault) {
        *self.fault.borrow_mut() = Some(fault);
    }

    /// Why the head that hyper was given in place of another is refused.
    pub(crate) fn take_fault(&self) -> Option<Fault> {
        self.fault.borrow_mut().take()
    }

    /// Whether a call is under way.
    pub(super) fn is_served(&self) -> bool {
        self.serving.get() > 0
    }

    /// Whether there was a call before.
    pub(super) fn was_served(&self) -> bool {
        self.served.get()
    }

    /// A call begins.
    pub(crate) fn begin(&self) {
        self.serving.set(self.serving.get() + 1);
        self.served.set(true);
    }

    /// A call is over. hyper looks for the next head only when something has come, so the wait begins here.
    pub(crate) fn end(&self) {
        self.serving.set(self.serving.get().saturating_sub(1));
        if !self.is_served() && self.waiting.get() == Waiting::Nothing {
            self.wait_for_next();
        }
    }

    pub(super) fn waiting(&self) -> Waiting {
        self.waiting.get()
    }

    /// Waits for something for so long; a wait for the same that runs already goes on.
    pub(super) fn wait_for(&self, what: Waiting, time: Duration) {
        if self.waiting.replace(what) != what {
            self.reading.arm(time);
        }
    }

    pub(super) fn wait_for_next(&self) {
        self.wait_for(Waiting::NextHead, self.idle_timeout);
    }

    pub(super) fn wait_for_nothing(&self) {
        self.waiting.set(Waiting::Nothing);
        self.reading.disarm();
    }

    /// Ready once what is waited for takes too long.
    pub(super) fn poll_late(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.reading.poll_late(cx)
    }

    /// Whether the next thing to come is a piece of a body, from the caller.
    pub(crate) fn owes_body(&self) -> bool {
        self.waiting.get() == Waiting::Body
    }

    pub(super) fn set_late(&self) {
        self.late.set(true);
    }

    /// Whether a body stopped coming.
    pub(crate) fn is_late(&self) -> bool {
        self.late.get()
    }
}
