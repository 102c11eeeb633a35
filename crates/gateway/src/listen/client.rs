//! What is known of a caller's connection by every call on it.

use std::net::IpAddr;
use std::rc::Rc;

use crate::deadlines::{Deadlines, Watch};

/// One caller's connection.
pub(crate) struct Client {
    /// Where it comes from; an IPv4 address mapped into IPv6 is written as IPv4.
    pub(crate) address: IpAddr,
}

impl Client {
    pub(super) fn new(address: IpAddr) -> Self {
        Self { address: address.to_canonical() }
    }
}

/// The waits of a call: at most one for each side runs at a time.
pub(crate) struct Waits {
    /// For the caller: a head, a piece of a body, that it takes its answer.
    pub(crate) caller: Watch,
    /// For the target: that it takes the request, answers, and goes on with its answer.
    pub(crate) target: Watch,
}

impl Waits {
    pub(crate) fn new(deadlines: &Rc<Deadlines>) -> Self {
        Self { caller: deadlines.watch(), target: deadlines.watch() }
    }

    /// Nobody is waited for.
    pub(crate) fn disarm(&self) {
        self.caller.disarm();
        self.target.disarm();
    }
}
