//! One caller's connection from its first byte to its last.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::client::Client;
use super::framing::MAX_HEADERS;
use super::guard::Guard;
use crate::exchange::Exchange;
use crate::forward::upload::{RequestBody, Upload};
use crate::head::RequestHead;
use crate::path;
use crate::worker::{Place, Worker};

/// Bytes read ahead of what is taken; more would only pile up.
const READ_AHEAD: usize = 64 * 1024;

/// How hyper reads callers. It holds no timer: the guard bounds every wait.
pub(crate) fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.half_close(false).header_read_timeout(None).max_headers(MAX_HEADERS).max_buf_size(READ_AHEAD);
    builder
}

/// Serves a connection until it closes, is drained, or fails.
pub(crate) async fn serve(worker: Rc<Worker>, place: Place, stream: TcpStream, peer: SocketAddr) {
    // Without it, the last piece of an answer would wait for the caller's acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let client = Rc::new(Client::new(peer.ip(), worker.config.idle_timeout, &worker.deadlines));
    let guard = Guard::new(stream, Rc::clone(&client), &worker.config, &worker.deadlines);
    let service = {
        let worker = Rc::clone(&worker);
        service_fn(move |request: Request<Incoming>| {
            let (parts, body) = request.into_parts();
            let head = RequestHead::new(parts.method, parts.uri, parts.headers);
            let upload = Rc::new(Upload::new(&worker.deadlines, worker.config.max_body_bytes));
            let exchange = Exchange::begin(&worker, &client, head, Rc::clone(&upload));
            let body = RequestBody::new(body, upload);
            async move { Ok::<_, Infallible>(path::take(exchange, body).await) }
        })
    };
    let mut connection = pin!(worker.http.serve_connection(TokioIo::new(guard), service));
    let mut told = false;
    // How it ended is of interest to nobody: each call has its record.
    let _ = poll_fn(|cx| {
        place.wake_on_drain(cx);
        if worker.connections.is_draining() && !told {
            told = true;
            connection.as_mut().graceful_shutdown();
        }
        connection.as_mut().poll(cx)
    })
    .await;
}
