//! HTTP/2: several streams at a time on each connection, each asking again when it has its answer. The upstream has a
//! thread of its own here; both are meant for one core.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use h2::client::SendRequest;
use http::header::{AUTHORIZATION, HeaderValue};
use http::{Method, Request, Version};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::{LocalSet, spawn_local};
use tokio_rustls::TlsConnector;

use crate::clock::now;
use crate::options::Run;
use crate::reactor::Reactor;
use crate::report::{Report, Tally, Window};
use crate::requests::read_tokens;
use crate::tls::{self, Sessions};

/// Runs it.
pub(crate) fn run(run: &Run, streams: usize) -> Result<Report> {
    let answered = Arc::new(AtomicU64::new(0));
    if run.upstream.is_some() {
        let reactor = Reactor::new(run.upstream, run.body_bytes)?;
        let answered = Arc::clone(&answered);
        // Ends with the process.
        std::thread::spawn(move || serve(reactor, &answered));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, load(run, streams, &answered))
}

fn serve(mut reactor: Reactor, answered: &AtomicU64) -> std::io::Result<()> {
    loop {
        reactor.turn(Duration::from_secs(1))?;
        answered.store(reactor.answered(), Ordering::Relaxed);
    }
}

async fn load(run: &Run, streams: usize, answered: &AtomicU64) -> Result<Report> {
    let asking = Rc::new(Asking::new(run)?);
    for _ in 0..run.connections {
        let sender = connect(run, &asking).await?;
        for _ in 0..streams {
            spawn_local(Rc::clone(&asking).ask_on(sender.clone()));
        }
    }
    tokio::time::sleep(run.warm()).await;
    let warm_up = asking.tally.take();
    if warm_up.failures > 0 {
        bail!("the proxy does not serve: {warm_up:?}");
    }
    let window = Window::open(&run.watch, answered.load(Ordering::Relaxed), now());
    tokio::time::sleep(run.duration()).await;
    let span = window.close(answered.load(Ordering::Relaxed), now());
    Ok(Report::new(span, asking.tally.take(), None))
}

/// Connects, with prior knowledge or by ALPN, and keeps the connection going.
async fn connect(run: &Run, asking: &Rc<Asking>) -> Result<SendRequest<Bytes>> {
    let target = run.target.context("HTTP/2 needs a target: the upstream speaks HTTP/1.1 alone")?;
    let stream = TcpStream::connect(target).await?;
    stream.set_nodelay(true)?;
    if !run.tls {
        return begin(stream, asking).await;
    }
    let name: ServerName<'static> = run.name.clone().try_into()?;
    let connector = TlsConnector::from(tls::config(Sessions::Full, &[b"h2"]));
    let stream = connector.connect(name, stream).await?;
    if stream.get_ref().1.alpn_protocol() != Some(b"h2") {
        bail!("the proxy does not speak HTTP/2 here");
    }
    begin(stream, asking).await
}

async fn begin<S>(stream: S, asking: &Rc<Asking>) -> Result<SendRequest<Bytes>>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let (sender, connection) = h2::client::handshake(stream).await?;
    let asking = Rc::clone(asking);
    spawn_local(async move {
        let _ = connection.await;
        // Its streams count the requests that this broke.
        asking.tally.borrow_mut().reconnects += 1;
    });
    Ok(sender)
}

/// What all streams share.
struct Asking {
    uri: http::Uri,
    tokens: Vec<HeaderValue>,
    next: RefCell<usize>,
    tally: RefCell<Tally>,
}

impl Asking {
    fn new(run: &Run) -> Result<Self> {
        let scheme = if run.tls { "https" } else { "http" };
        let value = |token: String| {
            let mut value = HeaderValue::from_maybe_shared(Bytes::from(format!("Bearer {token}")))?;
            // Never in the compression's table: as a careful client sends it, and other tokens follow.
            value.set_sensitive(true);
            anyhow::Ok(value)
        };
        Ok(Self {
            uri: format!("{scheme}://{}{}", run.name, run.path).parse()?,
            tokens: read_tokens(run.tokens.as_deref())?.into_iter().map(value).collect::<Result<_>>()?,
            next: RefCell::new(0),
            tally: RefCell::default(),
        })
    }

    /// Asks until the connection is gone.
    async fn ask_on(self: Rc<Self>, mut sender: SendRequest<Bytes>) {
        loop {
            match self.ask(&mut sender).await {
                Ok(status) => self.tally.borrow_mut().answered(status),
                Err(_) => {
                    self.tally.borrow_mut().failures += 1;
                    return;
                }
            }
        }
    }

    async fn ask(&self, sender: &mut SendRequest<Bytes>) -> Result<u16, h2::Error> {
        std::future::poll_fn(|context| sender.poll_ready(context)).await?;
        let (answer, _) = sender.send_request(self.request(), true)?;
        let answer = answer.await?;
        let status = answer.status().as_u16();
        let mut body = answer.into_body();
        while let Some(data) = body.data().await {
            body.flow_control().release_capacity(data?.len())?;
        }
        Ok(status)
    }

    fn request(&self) -> Request<()> {
        let mut request = Request::new(());
        *request.method_mut() = Method::GET;
        *request.uri_mut() = self.uri.clone();
        *request.version_mut() = Version::HTTP_2;
        if !self.tokens.is_empty() {
            let place = self.next.replace_with(|next| (*next + 1) % self.tokens.len());
            request.headers_mut().insert(AUTHORIZATION, self.tokens[place].clone());
        }
        request
    }
}
