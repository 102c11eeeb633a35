//! One caller's connection from its first byte to its last.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use keyward_model::Code;
use keyward_wire::{Limits, Request};
use tokio::net::TcpStream;

use super::client::{Client, Waits};
use super::fault::Fault;
use super::http2;
use crate::channel::Channel;
use crate::exchange::Exchange;
use crate::http1::Http1;
use crate::path::{self, After};
use crate::stream::{Prefixed, Stream};
use crate::worker::{Place, Worker};

/// Fields a head may have.
pub(super) const MAX_FIELDS: usize = 100;
/// What a connection of HTTP/2 begins with (RFC 9113 section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// For a caller to stop sending what nobody reads, so that it finds the answer before the connection is gone.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 1024 * 1024;

/// Serves a connection until it closes, is drained, or fails.
pub(crate) async fn serve(worker: Rc<Worker>, place: Place, stream: TcpStream, peer: SocketAddr) {
    // Without it, the last piece of an answer would wait for the caller's acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let client = Rc::new(Client::new(peer.ip()));
    let waits = Waits::new(&worker.deadlines);
    let mut http1 = Box::new(Http1::new(Stream::Plain(stream), &worker.buffers));
    let mut served = false;
    loop {
        let head = next_head(&worker, &place, &mut http1, &waits, served).await;
        waits.disarm();
        let mut exchange = match head {
            Head::Http2 => {
                let (stream, read) = http1.into_parts();
                return http2::serve(worker, place, client, Prefixed::new(read, stream)).await;
            }
            Head::Whole(request) => Exchange::begin(&worker, &client, request),
            Head::Refused(fault) => Exchange::refused(&worker, &client, fault),
            Head::None => return,
        };
        served = true;
        let mut channel = Channel::Http1(http1);
        let after = path::take(&mut exchange, &mut channel, &waits).await;
        drop(exchange);
        let Channel::Http1(back) = channel else { return };
        http1 = back;
        match after {
            After::Keep => {}
            After::Close => return linger(&mut http1, &waits).await,
            After::Cut => return,
        }
    }
}

/// What comes next on a connection.
enum Head {
    Whole(Request),
    Refused(Fault),
    /// The caller speaks HTTP/2, and knew that it would be understood (RFC 9113 section 3.3).
    Http2,
    /// The caller is gone, or was silent for too long.
    None,
}

/// Waits for the head of the next request. The time for a head runs from its first byte to its last.
async fn next_head(worker: &Worker, place: &Place, http1: &mut Http1, waits: &Waits, served: bool) -> Head {
    let config = &worker.config;
    let limits = Limits { bytes: config.max_head_bytes, target: config.max_head_bytes, fields: MAX_FIELDS };
    waits.caller.arm(if served { config.idle_timeout } else { config.head_timeout });
    let (mut seen, mut begun) = (0, false);
    poll_fn(|cx| {
        place.wake_on_drain(cx);
        loop {
            let bytes = http1.head_bytes();
            if !served && !bytes.is_empty() {
                if bytes.starts_with(PREFACE) {
                    return Poll::Ready(Head::Http2);
                }
                if PREFACE.starts_with(bytes) {
                    seen = bytes.len();
                }
            }
            if bytes.len() > seen {
                match Request::parse(bytes, seen, worker.buffers.take_list(), &limits) {
                    Ok(Some((request, used))) => {
                        http1.begin_body(request.fields.behind(used), request.body);
                        return Poll::Ready(Head::Whole(request));
                    }
                    Ok(None) => seen = bytes.len(),
                    Err(fault) => return Poll::Ready(Head::Refused(Fault::of(fault, bytes))),
                }
                if !begun {
                    begun = true;
                    waits.caller.arm(config.head_timeout);
                }
            }
            match http1.poll_more(cx) {
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Head::None),
                Poll::Ready(Ok(_)) => {}
                Poll::Pending => break,
            }
        }
        if !begun && worker.connections.is_draining() {
            return Poll::Ready(Head::None);
        }
        waits.caller.poll_late(cx).map(|()| match begun {
            true => {
                let detail = "The head of the request did not arrive in time.";
                Head::Refused(Fault::new(Code::RequestTimeout, detail, http1.head_bytes()))
            }
            false => Head::None,
        })
    })
    .await
}

/// Closes a connection on which the caller may still be sending: takes what it sends and throws it away, until it stops
/// or that takes too long. Closed at once, the kernel would take back what the caller has not read yet.
async fn linger(http1: &mut Http1, waits: &Waits) {
    waits.caller.arm(LINGER);
    let mut left = LINGER_BYTES;
    let mut told = false;
    poll_fn(|cx| {
        if !told {
            // Whether it hears it makes no difference here.
            told = http1.poll_shutdown(cx).is_ready();
        }
        loop {
            http1.head_bytes().clear();
            match http1.poll_more(cx) {
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(()),
                Poll::Ready(Ok(more)) if more >= left => return Poll::Ready(()),
                Poll::Ready(Ok(more)) => left -= more,
                Poll::Pending => return waits.caller.poll_late(cx),
            }
        }
    })
    .await;
}
