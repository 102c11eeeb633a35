//! Phase `listen`: sockets, connections, and which requests are taken up at all.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::Ordering;

use keyward_model::{Code, Denial};
use keyward_wire::Length;
use keyward_wire::request::Upgrade;
use socket2::{Domain, Protocol, Socket, Type};

use crate::exchange::Exchange;
use crate::websocket::Handshake;

pub(crate) mod client;
pub(crate) mod connection;
pub(crate) mod fault;
mod http2;
pub(crate) mod lanes;

/// Connections that may wait to be taken up.
const BACKLOG: i32 = 4096;

/// One listener for each worker, all on one port; the kernel spreads new connections over them.
pub(crate) fn bind(listen: SocketAddr, workers: usize) -> io::Result<Vec<TcpListener>> {
    let mut listeners = vec![bind_one(listen)?];
    // Port 0 is the system's choice; the others join the first.
    let address = listeners[0].local_addr()?;
    for _ in 1..workers {
        listeners.push(bind_one(address)?);
    }
    Ok(listeners)
}

fn bind_one(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Refuses what was malformed, what is not forwarded, and what announces more than is taken.
pub(crate) fn admit(exchange: &mut Exchange) -> Result<(), Denial> {
    let head = &exchange.head;
    if let Some(fault) = &exchange.fault {
        return Err(fault.denial(head.version));
    }
    match head.upgrade {
        None => {}
        Some(Upgrade::WebSocket) => exchange.websocket = Some(Handshake::read(head, &exchange.worker)?),
        Some(Upgrade::Other) => {
            let detail = "Switching to a protocol other than WebSocket is not offered.";
            return Err(Denial::new(Code::UpgradeNotAllowed, "upgrade", detail));
        }
    }
    if matches!(exchange.head.method_bytes(), b"CONNECT" | b"TRACE") {
        let detail = "CONNECT and TRACE are not offered.";
        return Err(Denial::new(Code::RequestInvalid, "methods", detail));
    }
    let most = exchange.worker.config.max_requests_in_flight;
    if exchange.worker.load.calls.load(Ordering::Relaxed) > most {
        return Err(too_many(format!("max_requests_in_flight {most}")));
    }
    body_fits(exchange)
}

/// Refuses a body that is announced to be larger than is taken.
fn body_fits(exchange: &Exchange) -> Result<(), Denial> {
    match exchange.head.body {
        Length::Known(length) if length > exchange.most_body => Err(too_large(exchange.most_body)),
        _ => Ok(()),
    }
}

/// Holds a call to the bounds of its api and route.
pub(crate) fn bound(exchange: &mut Exchange) -> Result<(), Denial> {
    let Some(api) = exchange.api() else { return Ok(()) };
    if exchange.websocket.is_some() && !api.spec.websocket {
        let detail = "This API does not offer WebSocket connections.";
        return Err(Denial::new(Code::UpgradeNotAllowed, "websocket false", detail));
    }
    let bounds = &api.spec.bounds;
    let over = |size: usize, most: Option<u32>| most.filter(|most| size > usize::try_from(*most).unwrap_or(usize::MAX));
    if let Some(most) = over(exchange.head.target_bytes().len(), bounds.max_uri_bytes) {
        let detail = format!("The path with its query is longer than the {most} bytes taken here.");
        return Err(Denial::new(Code::UriTooLong, format!("bounds.max_uri_bytes {most}"), detail));
    }
    if let Some(most) = over(exchange.head.size(), bounds.max_head_bytes) {
        let detail = format!("The head of the request is larger than the {most} bytes taken here.");
        return Err(Denial::new(Code::HeadTooLarge, format!("bounds.max_head_bytes {most}"), detail));
    }
    let own = exchange.route().and_then(|route| route.max_body_bytes).or(bounds.max_body_bytes);
    if let Some(own) = own {
        exchange.most_body = exchange.most_body.min(own);
    }
    body_fits(exchange)
}

/// Finds the call a place among those of its api, where that bounds them. Behind authentication, so that strangers take
/// none.
pub(crate) fn enter(exchange: &mut Exchange) -> Result<(), Denial> {
    let Some(in_flight) = exchange.facts().and_then(|facts| facts.in_flight.clone()) else { return Ok(()) };
    let permit = in_flight.enter();
    if permit.is_none() {
        return Err(too_many(format!("bounds.max_concurrent {}", in_flight.cap())));
    }
    exchange.permit = permit;
    Ok(())
}

/// As many calls are under way as may be.
fn too_many(rule: String) -> Denial {
    let mut denial =
        Denial::new(Code::ConcurrencyLimited, rule, "Too many calls are under way; try again in a moment.");
    denial.retry_after = Some(1);
    denial
}

/// The request's body is, or grows, beyond what is taken.
pub(crate) fn too_large(limit: u64) -> Denial {
    let detail = format!("The body of the request is larger than the {limit} bytes taken here.");
    Denial::new(Code::RequestTooLarge, format!("max_body_bytes {limit}"), detail)
}
