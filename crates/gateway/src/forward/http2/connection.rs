//! One connection to a target that speaks HTTP/2. A task of the worker moves its frames, for as long as somebody may
//! open streams on it or has one open.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use h2::SendStream;
use h2::client::{Builder, ResponseFuture, SendRequest};
use http::Request;

use super::pool::Place;
use crate::stream::{Metered, Stream};
use crate::worker::Worker;

mod keep_alive;

use keep_alive::KeepAlive;

/// Streams that are opened on one connection, even where the target takes more.
const STREAMS: usize = 100;
/// Bytes of one answer that are taken before they are asked for.
const STREAM_WINDOW: u32 = 256 * 1024;
/// Of all answers: so many that callers who take nothing of theirs hold up nobody else.
const CONNECTION_WINDOW: u32 = 100 * STREAM_WINDOW;
/// Bytes that wait to be sent on one stream.
const SEND_BUFFER: usize = 128 * 1024;
/// Bytes of the head of an answer, as of HTTP/1.
const HEAD: u32 = 128 * 1024;
/// Streams that a target broke the protocol on, before the connection is given up.
const ERRORS: usize = 1024;
/// Streams taken back of which frames may still come, and are no error then: more than are open at a time.
const RESETS: usize = 256;

/// One connection.
pub(super) struct Connection {
    sender: RefCell<SendRequest<Bytes>>,
    link: Rc<Link>,
    /// When it was first seen without a call.
    idle_since: Cell<Option<Duration>>,
}

/// What a connection and its task tell each other.
#[derive(Default)]
struct Link {
    /// Bytes that came.
    read: Rc<Cell<u64>>,
    /// Whether the target has said how many calls it takes, which is the first that it says.
    settled: Cell<bool>,
    ended: Cell<bool>,
    /// Calls under way.
    open: Cell<usize>,
    /// Whether an answer began since the last ping.
    answered: Cell<bool>,
}

/// Whether a connection takes one more call.
pub(super) enum Room {
    Now,
    Later,
    /// It closes, or is about to.
    Never,
}

impl Connection {
    /// Begins to speak HTTP/2.
    pub(super) async fn start(worker: &Worker, place: &Rc<Place>, stream: Stream) -> io::Result<Rc<Self>> {
        let (stream, read) = Metered::new(stream);
        let (sender, connection) = builder().handshake::<_, Bytes>(stream).await.map_err(|error| {
            let reason = error.to_string();
            error.into_io().unwrap_or_else(|| io::Error::other(reason))
        })?;
        let link = Rc::new(Link { read, answered: Cell::new(true), ..Link::default() });
        let keep_alive = KeepAlive::new(worker);
        tokio::task::spawn_local(drive(connection, keep_alive, Rc::clone(&link), Rc::downgrade(place)));
        Ok(Rc::new(Self { sender: RefCell::new(sender), link, idle_since: Cell::new(None) }))
    }

    /// Whether it takes one more call. Before the target has said how many it takes, it gets one.
    pub(super) fn room(&self) -> Room {
        if self.link.ended.get() {
            return Room::Never;
        }
        let mut sender = self.sender.borrow_mut();
        match sender.poll_ready(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Err(_)) => return Room::Never,
            Poll::Pending => return Room::Later,
            Poll::Ready(Ok(())) => {}
        }
        let most = if self.link.settled.get() { sender.current_max_send_streams().min(STREAMS) } else { 1 };
        if self.link.open.get() < most { Room::Now } else { Room::Later }
    }

    pub(super) fn is_settled(&self) -> bool {
        self.link.settled.get() || self.link.ended.get()
    }

    /// For how long it has been without a call, as far as was seen.
    pub(super) fn idle_for(&self, now: Duration) -> Option<Duration> {
        if self.link.open.get() > 0 {
            self.idle_since.set(None);
            return None;
        }
        let since = self.idle_since.get().unwrap_or(now);
        self.idle_since.set(Some(since));
        Some(now.saturating_sub(since))
    }
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder
        .enable_push(false)
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_header_list_size(HEAD)
        .max_concurrent_reset_streams(RESETS)
        .max_local_error_reset_streams(Some(ERRORS))
        .max_send_buffer_size(SEND_BUFFER);
    builder
}

/// Moves the frames of a connection until it ends, or the other side is taken for dead.
async fn drive(
    mut connection: h2::client::Connection<Metered<Stream>, Bytes>,
    mut keep_alive: KeepAlive,
    link: Rc<Link>,
    place: Weak<Place>,
) {
    let tell_all = || {
        if let Some(place) = place.upgrade() {
            place.tell_all();
        }
    };
    keep_alive.take_pings(&mut connection);
    poll_fn(|cx| {
        if Pin::new(&mut connection).poll(cx).is_ready() {
            return Poll::Ready(());
        }
        if link.read.get() > 0 && !link.settled.replace(true) {
            tell_all();
        }
        keep_alive.poll_dead(cx, &link)
    })
    .await;
    link.ended.set(true);
    tell_all();
}

/// One call's place on a connection, until it is dropped.
pub(crate) struct Lease {
    connection: Rc<Connection>,
    place: Rc<Place>,
    /// Bytes that had come when it began.
    read: u64,
}

impl Lease {
    pub(super) fn new(connection: Rc<Connection>, place: &Rc<Place>) -> Self {
        let open = &connection.link.open;
        open.set(open.get() + 1);
        let read = connection.link.read.get();
        connection.idle_since.set(None);
        Self { connection, place: Rc::clone(place), read }
    }

    /// Whether the other side has said anything on it before this call.
    pub(super) fn was_kept(&self) -> bool {
        self.read > 0
    }

    /// Opens the stream.
    pub(super) fn send(
        &self,
        request: Request<()>,
        is_whole: bool,
    ) -> Result<(ResponseFuture, SendStream<Bytes>), h2::Error> {
        self.connection.sender.borrow_mut().send_request(request, is_whole)
    }

    /// Notes that an answer began.
    pub(crate) fn answered(&self) {
        self.connection.link.answered.set(true);
    }

    /// The call was not answered in time. Where nothing at all came since it began, no further call goes out there.
    pub(crate) fn doubt(&self) {
        if self.connection.link.read.get() == self.read {
            self.place.retire(&self.connection);
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let open = &self.connection.link.open;
        open.set(open.get().saturating_sub(1));
        self.place.tell_one();
    }
}
