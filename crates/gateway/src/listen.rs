//! Phase `listen`: sockets, connections, and which requests are taken up at all.

use std::io;
use std::net::{SocketAddr, TcpListener};

use keyward_model::{Code, Denial};
use keyward_wire::Length;
use socket2::{Domain, Protocol, Socket, Type};

use crate::exchange::Exchange;

pub(crate) mod client;
pub(crate) mod connection;
pub(crate) mod fault;
mod http2;

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
    let invalid = |rule: &str, detail: &str| Err(Denial::new(Code::RequestInvalid, rule, detail));
    if let Some(fault) = &exchange.fault {
        return Err(Denial::new(fault.code, "HTTP/1.1", fault.detail));
    }
    let head = &exchange.head;
    if matches!(head.method(), "CONNECT" | "TRACE") {
        return invalid("methods", "CONNECT and TRACE are not offered.");
    }
    if head.upgrade.is_some() {
        return invalid("upgrade", "Switching to another protocol is not offered.");
    }
    let limit = exchange.worker.config.max_body_bytes;
    match head.body {
        Length::Known(length) if length > limit => Err(too_large(limit)),
        _ => Ok(()),
    }
}

/// The request's body is, or grows, beyond what is taken.
pub(crate) fn too_large(limit: u64) -> Denial {
    let detail = format!("The body of the request is larger than the {limit} bytes taken here.");
    Denial::new(Code::RequestTooLarge, format!("max_body_bytes {limit}"), detail)
}
