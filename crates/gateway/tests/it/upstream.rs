//! Services behind the gateway: one that answers properly and remembers what it saw, and one that does as scripted.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) type Body = UnsyncBoxBody<Bytes, Infallible>;

/// A request as it arrived behind the gateway.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let values: Vec<_> = self.headers.get_all(name).iter().collect();
        assert!(values.len() < 2, "{name} came twice: {values:?}");
        values.first().map(|value| value.to_str().unwrap())
    }
}

/// A service that answers.
#[derive(Clone, Default)]
pub(crate) struct Upstream {
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<AtomicUsize>,
    address: Option<SocketAddr>,
}

impl Upstream {
    /// Answers every request with `ok`.
    pub(crate) async fn start() -> Self {
        Self::answering(|_| Response::new(full("ok"))).await
    }

    /// Answers with what `answer` makes of a request and its whole body.
    pub(crate) async fn answering(answer: impl Fn(&Seen) -> Response<Body> + Clone + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = Self { address: Some(listener.local_addr().unwrap()), ..Self::default() };
        let serving = upstream.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                serving.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serving.clone().serve(stream, answer.clone()));
            }
        });
        upstream
    }

    /// Serves one connection, however it came about.
    pub(crate) async fn serve<S>(
        self,
        stream: S,
        answer: impl Fn(&Seen) -> Response<Body> + Clone + Send + Sync + 'static,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = service_fn(move |request: Request<Incoming>| {
            let (answer, this) = (answer.clone(), self.clone());
            async move {
                let (parts, body) = request.into_parts();
                let body = body.collect().await?.to_bytes();
                let seen = Seen { method: parts.method, target: parts.uri.to_string(), headers: parts.headers, body };
                this.seen.lock().unwrap().push(seen.clone());
                Ok::<_, hyper::Error>(answer(&seen))
            }
        });
        // A caller that goes away is no failure of the service.
        let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address.unwrap()
    }

    /// Everything that arrived.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The last request that arrived.
    pub(crate) fn last(&self) -> Seen {
        self.seen().pop().expect("a request arrived")
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

pub(crate) fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).boxed_unsync()
}

/// A service that treats each connection, numbered from 0, as `script` says.
pub(crate) async fn scripted<F>(script: impl Fn(usize, Scripted) -> F + Send + Sync + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for number in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(script(number, Scripted { stream, buffer: Vec::new() }));
        }
    });
    address
}

/// One connection of a scripted service.
pub(crate) struct Scripted {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Scripted {
    /// Reads the head of a request; none when the gateway closed.
    pub(crate) async fn head(&mut self) -> Option<String> {
        loop {
            if let Some(end) = crate::client::find(&self.buffer, b"\r\n\r\n") {
                let head: Vec<u8> = self.buffer.drain(..end + 4).collect();
                return Some(String::from_utf8(head).unwrap());
            }
            if self.stream.read_buf(&mut self.buffer).await.unwrap_or(0) == 0 {
                return None;
            }
        }
    }

    /// Sends these bytes; a gateway that has closed is no failure here.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Whatever comes next.
    pub(crate) async fn some(&mut self) -> Vec<u8> {
        if self.buffer.is_empty() {
            assert!(self.stream.read_buf(&mut self.buffer).await.unwrap() > 0, "the gateway closed");
        }
        std::mem::take(&mut self.buffer)
    }

    /// Whatever comes next; none when the gateway closed.
    pub(crate) async fn try_some(&mut self) -> Option<Vec<u8>> {
        if self.buffer.is_empty() && self.stream.read_buf(&mut self.buffer).await.unwrap_or(0) == 0 {
            return None;
        }
        Some(std::mem::take(&mut self.buffer))
    }

    /// Waits until the gateway closes.
    pub(crate) async fn closed(&mut self) {
        while self.stream.read_buf(&mut self.buffer).await.unwrap_or(0) > 0 {}
    }
}
