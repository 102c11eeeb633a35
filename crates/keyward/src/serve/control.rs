//! The control plane's listener: bounded in connections, in time and in memory, and ended gracefully.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use keyward_api::Readiness;
use keyward_calls::CallLog;
use keyward_store::feed::Follower;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tower::ServiceExt;

use super::room::Room;
use super::stall::Impatient;

/// Bytes of a request's head.
const MOST_HEAD: usize = 64 * 1024;
/// For a request's head to arrive.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// From a request's head to the head of its answer; its body arrives within that.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);
const BOUNDS: Bounds = Bounds { connections: 1024, write_timeout: Duration::from_secs(30) };
/// For requests under way at the end. Streams have no end of their own, and are cut then.
const DRAIN_AT_MOST: Duration = Duration::from_secs(5);

/// What connections may take.
#[derive(Clone, Copy)]
struct Bounds {
    /// At a time; beyond that, connecting waits.
    connections: usize,
    /// For a client to take some of what waits to be written to it.
    write_timeout: Duration,
}

/// The control plane, serving.
pub(super) struct Control {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    draining: Arc<AtomicBool>,
}

/// Whether the node wants requests. A node without its store serves calls from what it knows, and says so.
pub(super) fn readiness(
    follower: &Arc<Follower>,
    log: &Arc<CallLog>,
) -> (Arc<AtomicBool>, Arc<dyn Fn() -> Readiness + Send + Sync>) {
    let draining = Arc::new(AtomicBool::new(false));
    let (asked, follower, log) = (Arc::clone(&draining), Arc::clone(follower), Arc::clone(log));
    let ready = move || {
        let draining = asked.load(Ordering::Relaxed);
        let (following, recording) = (follower.healthy(), log.is_writing());
        let revision = *follower.applied().borrow();
        let problems = [
            (draining, "it is shutting down"),
            (!following, "its store does not answer; calls are served from what is known"),
            (!recording, "calls cannot be written down; they wait in memory as far as there is room"),
        ];
        let problems = problems.into_iter().filter(|(is, _)| *is).map(|(_, problem)| problem.to_owned()).collect();
        Readiness { ready: !draining, problems, draining, following, revision, recording }
    };
    (draining, Arc::new(ready))
}

/// Serves `router` on `listener`.
pub(super) fn start(listener: TcpListener, router: Router, draining: Arc<AtomicBool>) -> Control {
    start_within(BOUNDS, listener, router, draining)
}

fn start_within(bounds: Bounds, listener: TcpListener, router: Router, draining: Arc<AtomicBool>) -> Control {
    let (stop, stopped) = watch::channel(false);
    Control { stop, task: tokio::spawn(accept(bounds, listener, router, stopped)), draining }
}

impl Control {
    /// From now on says that it wants no more requests.
    pub(super) fn refuse_readiness(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Takes up no more connections, and lets requests under way end for a while.
    pub(super) async fn drain(self, timeout: Duration) {
        // Fails only when the task is gone already.
        let _ = self.stop.send(true);
        let aborted = self.task.abort_handle();
        if tokio::time::timeout(timeout.min(DRAIN_AT_MOST), self.task).await.is_err() {
            aborted.abort();
        }
    }
}

async fn accept(bounds: Bounds, listener: TcpListener, router: Router, mut stopped: watch::Receiver<bool>) {
    let all = Arc::new(Semaphore::new(bounds.connections));
    let room = Room::new(bounds.connections);
    let mut connections = JoinSet::new();
    loop {
        let permit = tokio::select! {
            biased;
            _ = stopped.wait_for(|stop| *stop) => break,
            permit = Arc::clone(&all).acquire_owned() => permit,
        };
        let accepted = tokio::select! {
            biased;
            _ = stopped.wait_for(|stop| *stop) => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // An answer in two pieces must not wait for the first to be acknowledged; without this it is only slower.
                let _ = stream.set_nodelay(true);
                // Beyond its share, a client finds its connection closed, and others find room.
                if let Some(place) = room.take(peer.ip()) {
                    let (router, stopped) = (router.clone(), stopped.clone());
                    let stream = Impatient::new(stream, bounds.write_timeout);
                    connections.spawn(async move {
                        serve(stream, peer, router, stopped).await;
                        drop((place, permit));
                    });
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the control plane can take up no connection just now");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn serve(stream: Impatient<TcpStream>, peer: SocketAddr, router: Router, mut stopped: watch::Receiver<bool>) {
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let router = router.clone();
        async move { Ok::<_, Infallible>(answer(router, request.map(Body::new), peer).await) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MOST_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    // How a connection ends is its client's affair.
    let ended = tokio::select! {
        _ = connection.as_mut() => true,
        _ = stopped.wait_for(|stop| *stop) => false,
    };
    if !ended {
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}

async fn answer(router: Router, mut request: Request, peer: SocketAddr) -> Response {
    request.extensions_mut().insert(ConnectInfo(peer));
    match tokio::time::timeout(ANSWER_TIMEOUT, router.oneshot(request)).await {
        Ok(Ok(response)) => response,
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn a_request_under_way_ends_and_an_idle_connection_does_not_hold_up_the_end() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (arrived, mut waits) = tokio::sync::mpsc::unbounded_channel();
        let go = Arc::new(tokio::sync::Notify::new());
        let held = Arc::clone(&go);
        let slow = move || async move {
            let _ = arrived.send(());
            held.notified().await;
            "done"
        };
        let control = start(listener, Router::new().route("/", get(slow)), Arc::default());
        let _idle = TcpStream::connect(address).await.expect("connected");
        let mut busy = TcpStream::connect(address).await.expect("connected");
        busy.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
        waits.recv().await.expect("under way");
        let drained = tokio::spawn(control.drain(Duration::from_secs(60)));
        go.notify_one();
        let mut text = String::new();
        busy.read_to_string(&mut text).await.expect("an answer and the end");
        assert!(text.ends_with("done"), "{text}");
        drained.await.expect("drained");
        assert!(TcpStream::connect(address).await.is_err());
    }

    /// Hyper goes by the coding then, and closes the connection (RFC 9112 section 6.1).
    #[tokio::test]
    async fn no_request_hides_behind_a_body_with_two_lengths() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new().route("/", axum::routing::post(|body: String| async { body }));
        let _control = start(listener, router, Arc::default());
        for lengths in
            ["Content-Length: 6\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 6"]
        {
            let mut client = TcpStream::connect(address).await.expect("connected");
            let hidden = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 6\r\n\r\nhidden";
            let request = format!("POST / HTTP/1.1\r\nhost: x\r\n{lengths}\r\n\r\n0\r\n\r\n{hidden}");
            client.write_all(request.as_bytes()).await.expect("sent");
            let mut text = String::new();
            let _ = client.read_to_string(&mut text).await;
            assert!(text.matches("HTTP/1.1 ").count() == 1 && !text.contains("hidden"), "{text}");
        }
    }

    #[tokio::test]
    async fn clients_that_take_no_answer_do_not_hold_up_others() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let endless = || async {
            let pieces = futures_util::stream::repeat_with(|| Ok::<_, Infallible>(vec![0; 64 * 1024]));
            Body::from_stream(pieces)
        };
        let router = Router::new().route("/endless", get(endless)).route("/", get(|| async { "done" }));
        let bounds = Bounds { connections: 2, write_timeout: Duration::from_millis(50) };
        let _control = start_within(bounds, listener, router, Arc::default());
        // The whole share of this machine.
        let mut stalled = TcpStream::connect(address).await.expect("connected");
        stalled.write_all(b"GET /endless HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
        stalled.readable().await.expect("an answer begins");
        let answered = async {
            loop {
                let mut other = TcpStream::connect(address).await.expect("connected");
                let mut text = String::new();
                // Beyond the share, the connection closes, at whichever point.
                let _ = other.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
                let _ = other.read_to_string(&mut text).await;
                if text.ends_with("done") {
                    break;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), answered).await.expect("room in the end");
        // What was written before is still there; the end comes behind it.
        let mut rest = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(30), stalled.read_to_end(&mut rest)).await.expect("closed");
    }
}
