//! One stream to a target that speaks HTTP/2.

use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use h2::client::ResponseFuture;
use h2::{Reason, RecvStream, SendStream};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use keyward_wire::body::may_trail;
use keyward_wire::{Fields, Known, Response};

use super::Lease;
use crate::transfer::{Lost, ROOM, Sink, Source};
use crate::transform::{is_unwanted, reads_as};

/// One stream.
pub(crate) struct ToTarget {
    /// What comes in; none while the answer is waited for.
    incoming: Option<RecvStream>,
    /// Content that came and is not taken yet.
    chunk: Bytes,
    over: bool,
    trailers: Option<Fields>,
    /// Will be the answer.
    answer: Option<ResponseFuture>,
    /// What goes out.
    outgoing: SendStream<Bytes>,
    /// Content that waits for the target's window.
    pending: BytesMut,
    ending: Ending,
    /// What was sent so far; none where that is more than is held, or an answer began.
    held: Option<Held>,
    /// The field in which Keyward presents itself.
    own: Option<HeaderName>,
    /// Last, so that the stream is gone before its place is free.
    lease: Lease,
}

/// What was sent, for the case that the target has not looked at it.
#[derive(Default)]
struct Held {
    pieces: Vec<Bytes>,
    bytes: usize,
    trailers: Option<HeaderMap>,
}

/// What a stream was given that the target has not looked at, to be given to another.
pub(crate) struct Unsent {
    content: BytesMut,
    ending: Ending,
}

/// How far the end of what goes out has come.
enum Ending {
    /// More content may follow.
    Open,
    /// None follows; the trailers do.
    Finished(Option<HeaderMap>),
    /// The other side was told.
    Told,
}

impl ToTarget {
    /// A stream whose request was sent but for its body. `own` is the field in which Keyward presents itself, `again` what
    /// went out before and was not looked at.
    pub(crate) fn new(
        answer: ResponseFuture,
        outgoing: SendStream<Bytes>,
        is_whole: bool,
        lease: Lease,
        own: Option<HeaderName>,
        again: Option<Unsent>,
    ) -> Self {
        let Unsent { content, ending } = again.unwrap_or(Unsent { content: BytesMut::new(), ending: Ending::Open });
        Self {
            incoming: None,
            chunk: Bytes::new(),
            over: false,
            trailers: None,
            answer: Some(answer),
            outgoing,
            pending: content,
            ending: if is_whole { Ending::Told } else { ending },
            held: Some(Held::default()),
            own,
            lease,
        }
    }

    /// Of a stream that the target has not looked at: what it was given, to be given to another. None where some of it
    /// is held no longer.
    pub(crate) fn into_unsent(mut self) -> Option<Unsent> {
        let held = self.held.take()?;
        let mut content = BytesMut::with_capacity(held.bytes + self.pending.len());
        held.pieces.iter().for_each(|piece| content.extend_from_slice(piece));
        content.extend_from_slice(&self.pending);
        let ending = match std::mem::replace(&mut self.ending, Ending::Told) {
            Ending::Told => Ending::Finished(held.trailers),
            ending => ending,
        };
        Some(Unsent { content, ending })
    }

    /// The target did not answer in time.
    pub(crate) fn doubt(&self) {
        self.lease.doubt();
    }

    /// Whether content is there that nobody has taken.
    pub(crate) fn has_unread(&self) -> bool {
        !self.chunk.is_empty()
    }

    /// Waits for the head of the answer.
    pub(crate) fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Result<Response, Lost>> {
        let answer = self.answer.as_mut().ok_or(Lost::Closed)?;
        if let Poll::Ready(Some(Ok(interim))) = answer.poll_informational(cx) {
            return Poll::Ready(read_head(interim.status(), interim.headers(), true));
        }
        let response = ready!(std::pin::Pin::new(answer).poll(cx)).map_err(|error| lost(&error))?;
        self.answer = None;
        self.held = None;
        self.lease.answered();
        let (parts, incoming) = response.into_parts();
        let is_whole = incoming.is_end_stream();
        self.incoming = Some(incoming);
        Poll::Ready(read_head(parts.status, &parts.headers, is_whole))
    }
}

/// The head of an answer in the form in which all phases see it.
fn read_head(status: StatusCode, headers: &HeaderMap, is_whole: bool) -> Result<Response, Lost> {
    let fields = headers.iter().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()));
    Response::assemble(status.as_u16(), fields, is_whole).map_err(|_| Lost::Malformed)
}

impl Source for ToTarget {
    fn poll_content(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, Lost>> {
        loop {
            if !self.chunk.is_empty() {
                return Poll::Ready(Ok(true));
            }
            let Some(incoming) = self.incoming.as_mut().filter(|_| !self.over) else {
                return Poll::Ready(Ok(false));
            };
            match ready!(incoming.poll_data(cx)) {
                Some(Ok(chunk)) => self.chunk = chunk,
                Some(Err(error)) => return Poll::Ready(Err(lost(&error))),
                None => {
                    let trailers = ready!(incoming.poll_trailers(cx)).map_err(|error| lost(&error))?;
                    self.trailers = trailers.map(|trailers| read_trailers(&trailers));
                    self.over = true;
                }
            }
        }
    }

    fn content(&self) -> &[u8] {
        &self.chunk
    }

    fn consume(&mut self, bytes: usize) {
        bytes::Buf::advance(&mut self.chunk, bytes);
        if let Some(incoming) = &mut self.incoming {
            // Only what is taken makes room for more. It fails where the stream is gone, which shows by itself.
            let _ = incoming.flow_control().release_capacity(bytes);
        }
    }

    fn trailers(&mut self) -> Result<Option<Fields>, Lost> {
        Ok(self.trailers.take().filter(|trailers| !trailers.is_empty()))
    }
}

impl Sink for ToTarget {
    fn room(&self) -> usize {
        ROOM.saturating_sub(self.pending.len())
    }

    fn push(&mut self, content: &[u8]) {
        if matches!(self.ending, Ending::Open) {
            self.pending.extend_from_slice(content);
        }
    }

    fn finish(&mut self, trailers: Option<Fields>) {
        if matches!(self.ending, Ending::Open) {
            let trailers = trailers.map(|trailers| self.write_trailers(&trailers));
            self.ending = Ending::Finished(trailers.filter(|trailers| !trailers.is_empty()));
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        while !self.pending.is_empty() {
            self.outgoing.reserve_capacity(self.pending.len());
            let capacity = match self.outgoing.capacity() {
                0 => match ready!(self.outgoing.poll_capacity(cx)) {
                    Some(Ok(capacity)) => capacity,
                    Some(Err(_)) | None => return Poll::Ready(Err(Lost::Closed)),
                },
                capacity => capacity,
            };
            let piece = self.pending.split_to(capacity.min(self.pending.len())).freeze();
            let is_last = self.pending.is_empty() && matches!(self.ending, Ending::Finished(None));
            self.hold(&piece);
            self.outgoing.send_data(piece, is_last).map_err(|_| Lost::Closed)?;
            if is_last {
                self.ending = Ending::Told;
            }
        }
        match std::mem::replace(&mut self.ending, Ending::Told) {
            Ending::Open => self.ending = Ending::Open,
            Ending::Told => {}
            Ending::Finished(None) => self.outgoing.send_data(Bytes::new(), true).map_err(|_| Lost::Closed)?,
            Ending::Finished(Some(trailers)) => {
                if let Some(held) = &mut self.held {
                    held.trailers = Some(trailers.clone());
                }
                self.outgoing.send_trailers(trailers).map_err(|_| Lost::Closed)?;
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl ToTarget {
    /// Holds what is sent, as far as one buffer goes.
    fn hold(&mut self, piece: &Bytes) {
        match &mut self.held {
            Some(held) if held.bytes + piece.len() <= ROOM => {
                held.bytes += piece.len();
                held.pieces.push(piece.clone());
            }
            held => *held = None,
        }
    }

    /// Trailers on their way out. Nothing goes on that would not as a header: some readers make no difference.
    fn write_trailers(&self, trailers: &Fields) -> HeaderMap {
        let mut map = HeaderMap::with_capacity(trailers.len());
        for (_, name, value) in trailers.iter() {
            let is_own = self.own.as_ref().is_some_and(|own| reads_as(name, own.as_str()));
            if !is_unwanted(name) && !is_own {
                add_field(&mut map, name, value);
            }
        }
        map
    }
}

fn lost(error: &h2::Error) -> Lost {
    match error.reason() {
        // Streams up to the one that it names end with the connection, those behind it with the `GOAWAY`.
        Some(_) if error.is_go_away() && error.is_remote() => Lost::Unprocessed,
        Some(Reason::REFUSED_STREAM) if error.is_remote() => Lost::Unprocessed,
        Some(reason) if error.is_reset() && error.is_remote() => Lost::Reset(reason),
        Some(_) => Lost::Malformed,
        None => Lost::Closed,
    }
}

fn read_trailers(trailers: &HeaderMap) -> Fields {
    let mut fields = Fields::default();
    for (name, value) in trailers {
        let name = name.as_str().as_bytes();
        if may_trail(Known::of(name), name) {
            fields.push(name, value.as_bytes());
        }
    }
    fields
}

/// Adds a field, whose name and value are known to be well-formed.
pub(crate) fn add_field(map: &mut HeaderMap, name: &[u8], value: &[u8]) {
    if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
        map.append(name, value);
    }
}
