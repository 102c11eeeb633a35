//! What is refused for its form, on its way to the log of security events. Nothing here is done for a call that is in
//! order.

use std::borrow::Cow;
use std::net::IpAddr;

use keyward_calls::Sighting;
use keyward_model::Denial;
use keyward_model::security::{Listener, SecurityKind};

use crate::exchange::Exchange;
use crate::worker::Worker;

/// Notes a call that was refused for what it sent, and not for who sent it.
pub(crate) fn note(exchange: &Exchange, denial: Option<&Denial>) {
    let Some(code) = denial.map(|denial| denial.code) else { return };
    let fault = exchange.fault.as_ref();
    let Some(kind) = fault.and_then(|fault| fault.kind).or_else(|| SecurityKind::of_code(code)) else { return };
    exchange.worker.security.note(Sighting {
        kind,
        listener: listener(exchange.client.secure),
        address: exchange.address,
        detail: Cow::Borrowed(fault.map_or_else(|| code.title(), |fault| fault.detail)),
        request_id: Some(exchange.request_id),
    });
}

/// Notes a connection that was ended, or never came to be.
pub(crate) fn note_connection(
    worker: &Worker,
    (address, secure): (IpAddr, bool),
    kind: SecurityKind,
    detail: impl Into<Cow<'static, str>>,
) {
    let (address, detail) = (address.to_canonical(), detail.into());
    worker.security.note(Sighting { kind, listener: listener(secure), address, detail, request_id: None });
}

fn listener(secure: bool) -> Listener {
    if secure { Listener::Https } else { Listener::Http }
}
