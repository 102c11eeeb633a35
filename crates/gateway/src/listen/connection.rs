//! One caller's connection from its first byte to its last.

use std::borrow::Cow;
use std::future::poll_fn;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use keyward_model::Code;
use keyward_model::security::SecurityKind;
use keyward_wire::proxy::{self, Parsed};
use keyward_wire::{Limits, Request, Version};
use tokio::net::TcpStream;

use super::client::{Client, Waits};
use super::fault::Fault;
use super::http2;
use crate::channel::Channel;
use crate::config::GatewayConfig;
use crate::exchange::Exchange;
use crate::http1::Http1;
use crate::path::{self, After};
use crate::security::note_connection;
use crate::stream::Stream;
use crate::tls::TlsTermination;
use crate::tls::accept::Accepted;
use crate::transfer::Sink;
use crate::worker::{Place, Worker};

/// Between two looks for the rest of what a proxy says.
const RETRY: Duration = Duration::from_millis(5);
/// What is said of a peer that may not say who is connected.
const STRANGER: &str = "the peer is none of the trusted proxies";
/// What is said where a proxy does not say who is connected.
const LATE: &str = "the header did not arrive in time";
/// What a connection of HTTP/2 begins with (RFC 9113 section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// For a caller to stop sending what nobody reads, so that it finds the answer before the connection is gone.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 1024 * 1024;

/// Serves a connection until it closes, is drained, or fails.
pub(crate) async fn serve(worker: Rc<Worker>, place: Place, stream: TcpStream, peer: SocketAddr, face: Face) {
    // Without it, the last piece of an answer would wait for the caller's acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let waits = Waits::new(&worker.deadlines);
    waits.caller.arm(worker.config.head_timeout);
    let address = match worker.config.proxy_protocol {
        // A peer that may not be believed could be anybody, so that nothing it says is read.
        true if !worker.config.trusts(peer.ip()) => Err(Some(Cow::Borrowed(STRANGER))),
        true => greeting(&stream, peer, &waits).await,
        false => Ok(peer.ip()),
    };
    let address = match address {
        Ok(address) => address,
        Err(problem) => {
            let secure = matches!(face, Face::Tls(_));
            let refused = SecurityKind::ProxyHeaderRefused;
            problem.into_iter().for_each(|said| note_connection(&worker, (peer.ip(), secure), refused, said));
            return;
        }
    };
    match face {
        Face::Plain => {
            let client = Rc::new(Client::new(address, false, None));
            serve_http1(worker, place, client, Stream::Plain(stream), &waits).await;
        }
        Face::Tls(tls) => {
            let late = poll_fn(|cx| waits.caller.poll_late(cx));
            match tls.accept(stream, late).await {
                Ok(Accepted { stream, is_http2, client_certificate }) => {
                    let client = Rc::new(Client::new(address, true, client_certificate));
                    let stream = Stream::OfCaller(Box::new(stream));
                    if is_http2 {
                        http2::serve(worker, place, client, stream, Vec::new()).await;
                    } else {
                        serve_http1(worker, place, client, stream, &waits).await;
                    }
                }
                Err(error) => {
                    if let Some((kind, detail)) = error.hostile() {
                        note_connection(&worker, (address, true), kind, detail);
                    }
                    tracing::debug!(%address, %error, "a caller is not connected");
                }
            }
        }
    }
}

/// How a listener is spoken to.
#[derive(Clone)]
pub(crate) enum Face {
    /// In cleartext.
    Plain,
    /// Over TLS.
    Tls(Arc<TlsTermination>),
}

/// Who the proxy in front says is connected (PROXY protocol). Fails with what is wrong where it does not say it properly,
/// or not in time, and with nothing where it just left: so do its own looks for whether the gateway is there.
async fn greeting(stream: &TcpStream, peer: SocketAddr, waits: &Waits) -> Result<IpAddr, Option<Cow<'static, str>>> {
    let mut bytes = vec![0; proxy::LONGEST_V2];
    loop {
        let read = poll_fn(|cx| {
            let mut bytes = tokio::io::ReadBuf::new(&mut bytes);
            match stream.poll_peek(cx, &mut bytes) {
                Poll::Ready(Ok(0) | Err(_)) => Poll::Ready(Err(None)),
                Poll::Ready(Ok(read)) => Poll::Ready(Ok(read)),
                Poll::Pending => waits.caller.poll_late(cx).map(|()| Err(Some(Cow::Borrowed(LATE)))),
            }
        });
        let read = read.await?;
        match proxy::parse(&bytes[..read]) {
            Ok(Parsed::Complete { length, source, .. }) => {
                // They are there, as was just seen.
                let taken = stream.try_read(&mut bytes[..length]).ok();
                return taken.filter(|taken| *taken == length).map(|_| source.unwrap_or(peer).ip()).ok_or(None);
            }
            // Proxies send it at once; the rest of one that does not is looked for now and then.
            Ok(Parsed::Incomplete) => tokio::time::sleep(RETRY).await,
            Err(error) => {
                tracing::debug!(%peer, %error, "a proxy does not say who is connected");
                return Err(Some(error.to_string().into()));
            }
        }
        let late = poll_fn(|cx| Poll::Ready(waits.caller.poll_late(cx).is_ready())).await;
        if late {
            return Err(Some(Cow::Borrowed(LATE)));
        }
    }
}

async fn serve_http1(worker: Rc<Worker>, place: Place, client: Rc<Client>, stream: Stream, waits: &Waits) {
    let mut http1 = Box::new(Http1::new(stream, &worker.buffers));
    let mut served = false;
    loop {
        let head = next_head(&worker, &place, &mut http1, waits, served).await;
        waits.disarm();
        let mut exchange = match head {
            Head::Http2 => {
                let (stream, read) = http1.into_parts();
                return http2::serve(worker, place, client, stream, read).await;
            }
            Head::Whole(request) => Exchange::begin(&worker, &client, request),
            Head::Refused(fault) => Exchange::refused(&worker, &client, Version::Http11, fault),
            Head::Broken => {
                let said = "what came after the handshake cannot be read";
                return note_connection(&worker, (client.address, client.secure), SecurityKind::TlsRefused, said);
            }
            Head::None => return,
        };
        served = true;
        let mut channel = Channel::Http1(http1);
        let after = path::take(&mut exchange, &mut channel, waits).await;
        drop(exchange);
        let Channel::Http1(back) = channel else { return };
        http1 = back;
        match after {
            After::Keep => {}
            After::Close => return linger(&mut http1, waits).await,
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
    /// What came is not even TLS any more.
    Broken,
    /// The caller is gone, or was silent for too long.
    None,
}

/// Waits for the head of the next request. The time for a head runs from its first byte to its last.
async fn next_head(worker: &Worker, place: &Place, http1: &mut Http1, waits: &Waits, served: bool) -> Head {
    let config = &worker.config;
    let limits = limits(config);
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
                    Err(fault) => return Poll::Ready(Head::Refused(Fault::of_connection(fault, bytes))),
                }
                if !begun {
                    begun = true;
                    waits.caller.arm(config.head_timeout);
                }
            }
            match http1.poll_more(cx) {
                // A record of TLS that nobody can read.
                Poll::Ready(Err(error)) if error.kind() == ErrorKind::InvalidData => return Poll::Ready(Head::Broken),
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

/// What a head may be at most.
pub(super) fn limits(config: &GatewayConfig) -> Limits {
    Limits { bytes: config.max_head_bytes, target: config.max_uri_bytes, fields: config.max_headers }
}

/// Closes a connection on which the caller may still be sending: takes what it sends and throws it away, until it stops
/// or that takes too long. Closed at once, the kernel would take back what the caller has not read yet.
pub(super) async fn linger(http1: &mut Http1, waits: &Waits) {
    waits.caller.arm(LINGER);
    let mut left = LINGER_BYTES;
    let mut told = false;
    poll_fn(|cx| {
        // Whether it hears it makes no difference here.
        if !told && http1.poll_flush(cx).is_ready() {
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
