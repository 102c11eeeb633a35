//! A service that speaks HTTP/2.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use h2::server::{Builder, SendResponse};
use h2::{Reason, RecvStream};
use http::{HeaderMap, Request, Response};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};

/// The service.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    seen: Arc<Seen>,
}

#[derive(Default)]
pub(crate) struct Seen {
    connections: AtomicUsize,
    requests: Mutex<Vec<Request<()>>>,
}

/// One call to it.
pub(crate) struct Call {
    pub(crate) request: Request<()>,
    pub(crate) incoming: RecvStream,
    pub(crate) respond: SendResponse<Bytes>,
}

impl Service {
    /// Does with each call as `answer` says.
    pub(crate) async fn start<F>(
        configure: impl Fn(&mut Builder) + Send + Sync + 'static,
        answer: impl Fn(Call) -> F + Clone + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::over(move |_, stream, seen| {
            let mut builder = h2::server::Builder::new();
            configure(&mut builder);
            serve(stream, builder, seen, answer.clone())
        })
        .await
    }

    /// Does with each connection, numbered from 0, as `serve` says.
    pub(crate) async fn over<F>(serve: impl Fn(usize, TcpStream, Arc<Seen>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::<Seen>::default();
        let kept = Arc::clone(&seen);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let number = kept.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(number, stream, Arc::clone(&kept)));
            }
        });
        Self { address, seen }
    }

    pub(crate) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> usize {
        self.seen.requests.lock().unwrap().len()
    }

    /// The head of the first call.
    pub(crate) fn first(&self) -> Request<()> {
        self.seen.requests.lock().unwrap().first().expect("a call arrived").clone()
    }
}

/// Serves one connection.
pub(crate) async fn serve<S, F>(
    stream: S,
    builder: Builder,
    seen: Arc<Seen>,
    answer: impl Fn(Call) -> F + Send + Sync + 'static,
) where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Future<Output = ()> + Send + 'static,
{
    let Ok(mut connection) = builder.handshake(stream).await else { return };
    while let Some(Ok((request, respond))) = connection.accept().await {
        let (parts, incoming) = request.into_parts();
        let request = Request::from_parts(parts, ());
        seen.requests.lock().unwrap().push(request.clone());
        tokio::spawn(answer(Call { request, incoming, respond }));
    }
}

impl Call {
    /// The whole body, and what came behind it.
    pub(crate) async fn whole(&mut self) -> (Vec<u8>, Option<HeaderMap>) {
        let mut content = Vec::new();
        while let Some(piece) = self.incoming.data().await {
            let piece = piece.unwrap();
            self.incoming.flow_control().release_capacity(piece.len()).unwrap();
            content.extend_from_slice(&piece);
        }
        (content, self.incoming.trailers().await.unwrap())
    }

    /// Answers with a small body.
    pub(crate) fn answer(&mut self, content: impl Into<Bytes>) {
        // A gateway that has gone is no failure here.
        if let Ok(mut outgoing) = self.respond.send_response(Response::new(()), false) {
            let _ = outgoing.send_data(content.into(), true);
        }
    }

    pub(crate) fn reset(mut self, reason: Reason) {
        self.respond.send_reset(reason);
    }

    /// Waits until the gateway resets the stream.
    pub(crate) async fn until_reset(&mut self) -> Reason {
        std::future::poll_fn(|cx| self.respond.poll_reset(cx)).await.unwrap()
    }
}
