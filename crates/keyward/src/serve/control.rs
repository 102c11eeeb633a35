//! The control plane's listener: bounded in connections, in time and in memory, and ended gracefully.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use keyward_api::{Readiness, Unreadable};
use keyward_calls::{CallLog, SecurityLog, Sighting};
use keyward_gateway::CertificateStanding;
use keyward_model::security::{Listener, SecurityKind};
use keyward_model::{Clock, Code};
use keyward_store::feed::Follower;
use keyward_wire::{FaultKind, Limits};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tower::ServiceExt;

use super::guard::Guarded;
use super::progress::Progress;
use super::room::Room;
use super::stall::Impatient;

/// Bytes of a request's head, and of the target in it.
const MOST_HEAD: usize = 64 * 1024;
const LIMITS: Limits = Limits { bytes: MOST_HEAD, target: MOST_HEAD, fields: 100 };
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
    gateway: keyward_gateway::Figures,
    clock: Arc<dyn Clock>,
) -> (Arc<AtomicBool>, Arc<dyn Fn() -> Readiness + Send + Sync>) {
    let draining = Arc::new(AtomicBool::new(false));
    let progress = Progress::default();
    let (asked, follower, log) = (Arc::clone(&draining), Arc::clone(follower), Arc::clone(log));
    let ready = move || {
        let draining = asked.load(Ordering::Relaxed);
        let recording = log.is_writing() && !progress.is_stuck(log.stats(), clock.monotonic());
        let following = follower.healthy();
        let revision = *follower.applied().borrow();
        let problems = [
            (draining, "it is shutting down"),
            (!following, "its store does not answer; calls are served from what is known"),
            (!recording, "calls cannot be written down; they wait in memory as far as there is room"),
        ];
        let problems = problems.into_iter().filter(|(is, _)| *is).map(|(_, problem)| problem);
        let problems = problems.chain(of_certificates(&gateway.certificates())).map(str::to_owned).collect();
        Readiness { ready: !draining, problems, draining, following, revision, recording }
    };
    (draining, Arc::new(ready))
}

/// What is wrong with certificates in front, each once. They go on being shown: whether that is of any use is for clients
/// to say. Anybody may read this, so that it names no file; the log and `/metrics` do.
fn of_certificates(standings: &[CertificateStanding]) -> impl Iterator<Item = &'static str> {
    let any = |is: fn(&CertificateStanding) -> bool| standings.iter().any(is);
    let problems = [
        (any(|one| one.has_ended), "a certificate in front has ended, and clients refuse it"),
        (any(|one| one.ends_soon && !one.has_ended), "a certificate in front ends within two weeks"),
        (any(|one| one.stale.is_some()), "the files of a certificate in front cannot be used; what was read before is"),
    ];
    problems.into_iter().filter(|(is, _)| *is).map(|(_, problem)| problem)
}

/// Serves `router` on `listener`.
pub(super) fn start(
    listener: TcpListener,
    router: Router,
    draining: Arc<AtomicBool>,
    security: Arc<SecurityLog>,
) -> Control {
    start_within(BOUNDS, listener, router, draining, security)
}

fn start_within(
    bounds: Bounds,
    listener: TcpListener,
    router: Router,
    draining: Arc<AtomicBool>,
    security: Arc<SecurityLog>,
) -> Control {
    let (stop, stopped) = watch::channel(false);
    Control { stop, task: tokio::spawn(accept(bounds, listener, router, stopped, security)), draining }
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

async fn accept(
    bounds: Bounds,
    listener: TcpListener,
    router: Router,
    mut stopped: watch::Receiver<bool>,
    security: Arc<SecurityLog>,
) {
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
                    let (router, stopped, security) = (router.clone(), stopped.clone(), Arc::clone(&security));
                    let stream = Impatient::new(stream, bounds.write_timeout);
                    connections.spawn(async move {
                        if let Err(error) = serve(stream, peer, router, stopped, Arc::clone(&security)).await
                            && error.is_parse()
                        {
                            // What the guard let through, and hyper does not take.
                            note(&security, peer, SecurityKind::RequestInvalid, "what came is no request");
                        }
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

/// Fails where the client broke the connection.
async fn serve(
    stream: Impatient<TcpStream>,
    peer: SocketAddr,
    router: Router,
    mut stopped: watch::Receiver<bool>,
    security: Arc<SecurityLog>,
) -> hyper::Result<()> {
    let (stream, verdict) = Guarded::new(stream, LIMITS);
    let served = AtomicU64::new(0);
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        if let Some(fault) = verdict.of(served.fetch_add(1, Ordering::Relaxed)) {
            let (code, kind) = refused_with(fault.kind);
            note(&security, peer, kind, fault.detail);
            request.extensions_mut().insert(Unreadable { code, detail: fault.detail });
        }
        let router = router.clone();
        async move { Ok::<_, Infallible>(answer(router, request, peer).await) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        // The guard bounds heads; beside one, some of a body may be read.
        .max_buf_size(2 * MOST_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => return ended,
        _ = stopped.wait_for(|stop| *stop) => {}
    }
    connection.as_mut().graceful_shutdown();
    connection.await
}

/// Notes a client that sent what is no request. How a connection ends otherwise is its client's affair.
fn note(security: &SecurityLog, peer: SocketAddr, kind: SecurityKind, detail: &'static str) {
    let (listener, address) = (Listener::Control, peer.ip().to_canonical());
    security.note(Sighting { kind, listener, address, detail: detail.into(), request_id: None });
}

fn refused_with(fault: FaultKind) -> (Code, SecurityKind) {
    match fault {
        FaultKind::Malformed | FaultKind::Expectation => (Code::RequestInvalid, SecurityKind::RequestInvalid),
        FaultKind::Target => (Code::PathInvalid, SecurityKind::PathInvalid),
        FaultKind::TargetTooLong => (Code::UriTooLong, SecurityKind::UriTooLong),
        FaultKind::TooLarge => (Code::HeadTooLarge, SecurityKind::HeadTooLarge),
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

    use keyward_model::clock::SystemClock;
    use keyward_vault::SystemRandom;

    fn unwatched() -> Arc<SecurityLog> {
        SecurityLog::start(std::path::Path::new("/nowhere"), Arc::new(SystemClock::new()), Arc::new(SystemRandom))
    }

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
        let control = start(listener, Router::new().route("/", get(slow)), Arc::default(), unwatched());
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

    #[tokio::test]
    async fn what_has_two_readings_is_refused_and_nothing_behind_it_is_read() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let refusal = |unreadable: Option<axum::Extension<Unreadable>>| async move {
            let unreadable = unreadable.expect("refused by the guard");
            (StatusCode::from_u16(unreadable.code.status()).expect("a status"), unreadable.detail)
        };
        let router = Router::new().route("/", axum::routing::post(|body: String| async { body })).fallback(refusal);
        let _control = start(listener, router, Arc::default(), unwatched());
        let large = format!("x: {}\r\nx-end: 1", "y".repeat(MOST_HEAD));
        for (lines, status) in [
            ("Content-Length: 6\r\nTransfer-Encoding: chunked", 400),
            ("Transfer-Encoding: chunked\r\nContent-Length: 6", 400),
            ("Content-Length: 6\r\nContent-Length: 6", 400),
            ("Content-Length: 0\nX: y", 400),
            ("Content-Length : 0", 400),
            (large.as_str(), 431),
        ] {
            let mut client = TcpStream::connect(address).await.expect("connected");
            let hidden = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 6\r\n\r\nhidden";
            let first = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nfirst";
            let request = format!("{first}POST / HTTP/1.1\r\nhost: x\r\n{lines}\r\n\r\n0\r\n\r\n{hidden}");
            client.write_all(request.as_bytes()).await.expect("sent");
            let mut text = String::new();
            let _ = client.read_to_string(&mut text).await;
            assert_eq!(text.matches("HTTP/1.1 ").count(), 2, "{text}");
            assert!(text.contains("first") && text.contains(&format!("HTTP/1.1 {status} ")), "{text}");
            assert!(!text.contains("hidden"), "{text}");
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
        let _control = start_within(bounds, listener, router, Arc::default(), unwatched());
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
