//! What is known of a caller's connection by every call on it.

use std::net::IpAddr;
use std::rc::Rc;

use keyward_model::Timestamp;
use keyward_wire::forwarded::{Proto, Which, nearest_untrusted};
use keyward_wire::{Known, Request};

use crate::config::{ForwardedHeader, GatewayConfig};
use crate::deadlines::{Deadlines, Watch};
use crate::tls::client::ClientCertificate;

/// One caller's connection.
pub(crate) struct Client {
    /// Where it comes from; an IPv4 address mapped into IPv6 is written as IPv4.
    pub(crate) address: IpAddr,
    /// Whether it came over TLS.
    pub(crate) secure: bool,
    /// What the caller proved to be by TLS.
    pub(crate) certificate: Option<ClientCertificate>,
}

impl Client {
    pub(crate) fn new(address: IpAddr, secure: bool, certificate: Option<ClientCertificate>) -> Self {
        Self { address: address.to_canonical(), secure, certificate }
    }

    /// What the caller proved to be, for a decision at `now`: a connection may outlive its certificate.
    pub(crate) fn certificate_at(&self, now: Timestamp) -> Option<&ClientCertificate> {
        self.certificate.as_ref().filter(|certificate| now <= certificate.not_after)
    }

    /// Where a call comes from, and whether it came over TLS: what trusted proxies say, where the connection is one of
    /// theirs.
    pub(crate) fn origin(&self, head: &Request, config: &GatewayConfig) -> (IpAddr, bool) {
        if config.trusted_proxies.is_empty() {
            return (self.address, self.secure);
        }
        let (which, known) = match config.forwarded_header {
            ForwardedHeader::XForwardedFor => (Which::XForwardedFor, Known::XForwardedFor),
            ForwardedHeader::Forwarded => (Which::Forwarded, Known::Forwarded),
        };
        let origin = nearest_untrusted(self.address, which, head.fields.all(known), |address| config.trusts(address));
        (origin.address, origin.proto.map_or(self.secure, |proto| proto == Proto::Https))
    }
}

/// The waits of a call.
pub(crate) struct Waits {
    /// For the caller: a head, a piece of a body, that it takes its answer.
    pub(crate) caller: Watch,
    /// For the target: that it takes the request, answers, and goes on with its answer.
    pub(crate) target: Watch,
    /// For the end of the whole call, where it is bounded.
    pub(crate) total: Watch,
    /// For the moment when a call that lasts is decided anew.
    pub(crate) review: Watch,
}

impl Waits {
    pub(crate) fn new(deadlines: &Rc<Deadlines>) -> Self {
        let watch = || deadlines.watch();
        Self { caller: watch(), target: watch(), total: watch(), review: watch() }
    }

    /// Nobody is waited for.
    pub(crate) fn disarm(&self) {
        self.caller.disarm();
        self.target.disarm();
        self.total.disarm();
        self.review.disarm();
    }
}
