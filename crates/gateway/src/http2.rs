//! One stream of a connection that speaks HTTP/2, of a caller or to a target.

use std::cell::Cell;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use h2::client::ResponseFuture;
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use keyward_wire::body::may_trail;
use keyward_wire::{Fields, Known, Length, Response};

use crate::forward::http2::Lease;
use crate::transfer::{Lost, ROOM, Sink, Source};
use crate::transform::{is_unwanted, reads_as};

/// Bytes of content that are worth a frame, even where the other side's window holds back more.
const SOME: usize = 256;

/// One stream.
pub(crate) struct Http2 {
    /// What comes in; none while an answer is waited for.
    incoming: Option<RecvStream>,
    /// Content that came and is not taken yet.
    chunk: Bytes,
    over: bool,
    trailers: Option<Fields>,
    /// Answers, until the head of the answer is sent.
    respond: Option<SendResponse<Bytes>>,
    /// Will be the answer.
    answer: Option<ResponseFuture>,
    /// What goes out.
    outgoing: Option<SendStream<Bytes>>,
    /// Content that waits for the other side's window.
    pending: BytesMut,
    ending: Ending,
    /// Set back whenever content worth a frame is taken or sent.
    meter: Rc<Cell<u64>>,
    /// Of a stream to a target. Last, so that the stream is gone before its place is free.
    target: Option<ToTarget>,
}

/// What a stream to a target has besides.
struct ToTarget {
    /// What was sent so far; none where that is more than is held, or an answer began.
    held: Option<Held>,
    /// The field in which Keyward presents itself.
    own: Option<HeaderName>,
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

impl Http2 {
    /// A caller's stream.
    pub(crate) fn of_caller(incoming: RecvStream, respond: SendResponse<Bytes>, meter: &Rc<Cell<u64>>) -> Self {
        Self { incoming: Some(incoming), respond: Some(respond), meter: Rc::clone(meter), ..Self::empty() }
    }

    /// A stream to a target, whose request was sent but for its body.
    /// `own` is the field in which Keyward presents itself, `again` what went out before and was not looked at.
    pub(crate) fn to_target(
        answer: ResponseFuture,
        outgoing: SendStream<Bytes>,
        is_whole: bool,
        lease: Lease,
        own: Option<HeaderName>,
        again: Option<Unsent>,
    ) -> Self {
        let Unsent { content, ending } = again.unwrap_or(Unsent { content: BytesMut::new(), ending: Ending::Open });
        Self {
            answer: Some(answer),
            outgoing: Some(outgoing),
            pending: content,
            ending: if is_whole { Ending::Told } else { ending },
            target: Some(ToTarget { held: Some(Held::default()), own, lease }),
            ..Self::empty()
        }
    }

    /// Of a stream that the target has not looked at: what it was given, to be given to another. None where some of it
    /// is held no longer.
    pub(crate) fn into_unsent(mut self) -> Option<Unsent> {
        let held = self.target.as_mut()?.held.take()?;
        let mut content = BytesMut::with_capacity(held.bytes + self.pending.len());
        held.pieces.iter().for_each(|piece| content.extend_from_slice(piece));
        content.extend_from_slice(&self.pending);
        let ending = match std::mem::replace(&mut self.ending, Ending::Told) {
            Ending::Told => Ending::Finished(held.trailers),
            ending => ending,
        };
        Some(Unsent { content, ending })
    }

    /// Of a stream to a target that did not answer in time.
    pub(crate) fn doubt(&self) {
        if let Some(target) = &self.target {
            target.lease.doubt();
        }
    }

    fn empty() -> Self {
        Self {
            incoming: None,
            chunk: Bytes::new(),
            over: false,
            trailers: None,
            respond: None,
            answer: None,
            outgoing: None,
            pending: BytesMut::new(),
            ending: Ending::Open,
            meter: Rc::default(),
            target: None,
        }
    }

    /// Whether content is there that nobody has taken.
    pub(crate) fn has_unread(&self) -> bool {
        !self.chunk.is_empty()
    }

    /// Ready once the caller has given up on its call.
    pub(crate) fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let reset = match (&mut self.respond, &mut self.outgoing) {
            (Some(respond), _) => respond.poll_reset(cx),
            (None, Some(outgoing)) => outgoing.poll_reset(cx),
            // The head of the answer could not be sent.
            (None, None) => return Poll::Ready(()),
        };
        reset.map(drop)
    }

    /// Sends an answer that another follows. One that cannot be sent is missed by nobody.
    pub(crate) fn send_interim(&mut self, status: u16, fields: HeaderMap) {
        if let (Some(respond), Ok(status)) = (&mut self.respond, StatusCode::from_u16(status)) {
            let mut response = http::Response::new(());
            *response.status_mut() = status;
            *response.headers_mut() = fields;
            let _ = respond.send_informational(response);
        }
    }

    /// Sends the head of the answer, with a body of that length behind it.
    pub(crate) fn send_head(&mut self, status: u16, fields: HeaderMap, length: Length) -> Result<(), Lost> {
        let mut response = http::Response::new(());
        *response.status_mut() = StatusCode::from_u16(status).map_err(|_| Lost::Malformed)?;
        *response.headers_mut() = fields;
        let is_whole = length == Length::Zero;
        let mut respond = self.respond.take().ok_or(Lost::Closed)?;
        self.outgoing = Some(respond.send_response(response, is_whole).map_err(|_| Lost::Closed)?);
        if is_whole {
            self.ending = Ending::Told;
        }
        Ok(())
    }

    /// Ends the stream at once: the other side can tell that what it has is not whole.
    pub(crate) fn reset(&mut self, reason: Reason) {
        if let Some(outgoing) = &mut self.outgoing {
            outgoing.send_reset(reason);
        } else if let Some(respond) = &mut self.respond {
            respond.send_reset(reason);
        }
    }

    /// Waits for the head of the answer.
    pub(crate) fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Result<Response, Lost>> {
        let answer = self.answer.as_mut().ok_or(Lost::Closed)?;
        if let Poll::Ready(Some(Ok(interim))) = answer.poll_informational(cx) {
            return Poll::Ready(read_head(interim.status(), interim.headers(), true));
        }
        let response = ready!(std::pin::Pin::new(answer).poll(cx)).map_err(|error| lost(&error))?;
        self.answer = None;
        if let Some(target) = &mut self.target {
            target.held = None;
            target.lease.answered();
        }
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

impl Source for Http2 {
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
        self.meter.set(0);
        if let Some(incoming) = &mut self.incoming {
            // Only what is taken makes room for more. It fails where the stream is gone, which shows by itself.
            let _ = incoming.flow_control().release_capacity(bytes);
        }
    }

    fn trailers(&mut self) -> Result<Option<Fields>, Lost> {
        Ok(self.trailers.take().filter(|trailers| !trailers.is_empty()))
    }
}

impl Sink for Http2 {
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
            let trailers = trailers.map(|trailers| write_fields(&trailers, self.target.as_ref()));
            self.ending = Ending::Finished(trailers.filter(|trailers| !trailers.is_empty()));
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        let Some(outgoing) = &mut self.outgoing else {
            // Nothing waits here before the head of the answer. Behind one that could not be sent nothing ever leaves.
            return Poll::Ready(self.respond.as_ref().map(drop).ok_or(Lost::Closed));
        };
        while !self.pending.is_empty() {
            outgoing.reserve_capacity(self.pending.len());
            let capacity = match outgoing.capacity() {
                0 => match ready!(outgoing.poll_capacity(cx)) {
                    Some(Ok(capacity)) => capacity,
                    Some(Err(_)) | None => return Poll::Ready(Err(Lost::Closed)),
                },
                capacity => capacity,
            };
            let piece = self.pending.split_to(capacity.min(self.pending.len())).freeze();
            let is_last = self.pending.is_empty() && matches!(self.ending, Ending::Finished(None));
            if let Some(target) = &mut self.target {
                target.hold(&piece);
            }
            // A window opened by a few bytes at a time is no use of the connection.
            let is_some = piece.len() >= SOME || self.pending.is_empty();
            outgoing.send_data(piece, is_last).map_err(|_| Lost::Closed)?;
            if is_some {
                self.meter.set(0);
            }
            if is_last {
                self.ending = Ending::Told;
            }
        }
        match std::mem::replace(&mut self.ending, Ending::Told) {
            Ending::Open => self.ending = Ending::Open,
            Ending::Told => {}
            Ending::Finished(None) => outgoing.send_data(Bytes::new(), true).map_err(|_| Lost::Closed)?,
            Ending::Finished(Some(trailers)) => {
                if let Some(ToTarget { held: Some(held), .. }) = &mut self.target {
                    held.trailers = Some(trailers.clone());
                }
                outgoing.send_trailers(trailers).map_err(|_| Lost::Closed)?;
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

/// Trailers on their way out. Of a request nothing goes on that would not as a header: some readers make no difference.
fn write_fields(fields: &Fields, target: Option<&ToTarget>) -> HeaderMap {
    let mut map = HeaderMap::with_capacity(fields.len());
    for (_, name, value) in fields.iter() {
        let own = |target: &ToTarget| target.own.as_ref().is_some_and(|own| reads_as(name, own.as_str()));
        if !target.is_some_and(|target| is_unwanted(name) || own(target)) {
            add_field(&mut map, name, value);
        }
    }
    map
}

/// Adds a field, whose name and value are known to be well-formed.
pub(crate) fn add_field(map: &mut HeaderMap, name: &[u8], value: &[u8]) {
    if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
        map.append(name, value);
    }
}
