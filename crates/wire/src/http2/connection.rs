//! A connection: what comes is checked and sorted to its streams, what they send is put together.
//!
//! Memory is bounded by [`Bounds`] and by the room for what goes out, whatever the client sends. Time is not known here:
//! whoever reads and writes bounds the waiting. What no honest client does again and again is counted, and ends the
//! connection.

use std::collections::VecDeque;
use std::task::{Poll, Waker};

use super::frame::{self, MOST_WINDOW, PREFACE, Reason, setting};
use super::hpack::{Decoder, Encoder};
use super::stream::{Gone, Stream};
use crate::fault::Fault;
use crate::fields::{Field, Fields, wipe};
use crate::head::Limits;
use crate::request::Request;

mod parts;
mod receive;
mod send;

use parts::Parts;
use receive::Pieces;
pub use send::{Block, Sent};

/// Bytes that wait to be sent before content has to wait in its stream.
const ROOM: usize = 64 * 1024;
/// Bytes that wait to be sent before nothing more is read: a client that takes no answers is not asked for more.
const FULL: usize = 4 * ROOM;
/// Streams that may end unanswered by the client's doing, over those that did not.
const RESETS: u64 = 200;
/// Bytes of frames that bring neither a call nor content that is taken; more than fits into the windows.
const IDLE_BYTES: u64 = 2 * 1024 * 1024;
/// What a byte of content that is taken makes up for: more than its frame takes, unless it is all that is in there.
const WORTH: u64 = 8;
/// What the last answer of a connection is told apart by.
const FAREWELL: [u8; 8] = *b"farewell";

/// What a client may have open and under way.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Streams open at a time.
    pub streams: u32,
    /// Bytes of content of one stream that nobody has taken.
    pub stream_window: u32,
    /// The same of all streams.
    pub window: u32,
    /// A head.
    pub head: Limits,
}

/// Why a connection is no more use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// As the client is told.
    pub reason: Reason,
    /// One sentence, without anything of what was sent.
    pub detail: &'static str,
}

impl Broken {
    fn protocol(detail: &'static str) -> Self {
        Self { reason: Reason::PROTOCOL_ERROR, detail }
    }

    fn size() -> Self {
        Self { reason: Reason::FRAME_SIZE_ERROR, detail: "A frame has another length than its type asks for." }
    }

    fn flow() -> Self {
        Self { reason: Reason::FLOW_CONTROL_ERROR, detail: "A window is larger, or used further, than it may be." }
    }

    fn flood(detail: &'static str) -> Self {
        Self { reason: Reason::ENHANCE_YOUR_CALM, detail }
    }
}

/// A call that came.
#[derive(Debug)]
pub struct Opened {
    /// Its stream.
    pub stream: u32,
    /// Its head; or what is wrong with it, and its method and target as far as they are legible.
    pub head: Result<Request, (Fault, Vec<u8>)>,
}

/// How far the connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The client has to show that it means HTTP/2.
    Preface,
    /// Its settings come first.
    Settings,
    Open,
}

/// How far it has come towards its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaving {
    No,
    /// The client was asked to open no more streams; it may not have heard of it.
    Asked,
    /// It was told which stream is the last.
    Told,
}

/// One connection of a client.
#[derive(Debug)]
pub struct Connection {
    bounds: Bounds,
    stage: Stage,
    leaving: Leaving,
    /// Whether the client opens no more streams.
    parting: bool,
    decoder: Decoder,
    encoder: Encoder,
    parts: Parts,
    /// A head that is not whole.
    pieces: Option<Pieces>,
    /// By their numbers, the lowest first.
    streams: Vec<Stream>,
    opened: VecDeque<Opened>,
    /// The highest number of a stream that was taken up.
    last: u32,
    out: Vec<u8>,
    /// How much of it has left.
    sent: usize,
    /// Bytes that the client takes, on all streams.
    window: i64,
    /// The same of each new stream.
    initial_window: i64,
    /// Bytes that the client may send, on all streams.
    room: i64,
    /// Bytes that were taken, and that the client was not told of.
    owed: u32,
    /// Streams that have something to send, and no room for it.
    waiting: usize,
    /// The stream that sent last: others come before it is served again.
    served: u32,
    /// Bytes of frames since one of them was of use.
    idle: u64,
    resets: u64,
    ended: u64,
}

impl Connection {
    /// Begins a connection, with what the client is told first.
    pub fn new(bounds: Bounds) -> Self {
        let mut connection = Self {
            bounds,
            stage: Stage::Preface,
            leaving: Leaving::No,
            parting: false,
            decoder: Decoder::new(),
            encoder: Encoder::new(),
            parts: Parts::default(),
            pieces: None,
            streams: Vec::new(),
            opened: VecDeque::new(),
            last: 0,
            out: Vec::new(),
            sent: 0,
            window: 65_535,
            initial_window: 65_535,
            room: 65_535,
            owed: 0,
            waiting: 0,
            served: 0,
            idle: 0,
            resets: 0,
            ended: 0,
        };
        connection.greet();
        connection
    }

    /// Takes what came: how much of it was used. What is left begins with an unfinished frame, and wants more bytes
    /// behind it. `spare` gives memory for a head. Fails once the connection is to be closed, as the client is told then.
    pub fn receive(
        &mut self,
        input: &[u8],
        spare: &mut impl FnMut() -> (Vec<u8>, Vec<Field>),
    ) -> Result<usize, Broken> {
        let mut used = 0;
        loop {
            let step = self.step(&input[used..], spare).and_then(|step| self.check().map(|()| step));
            match step {
                Ok(0) => return Ok(used),
                Ok(step) => used += step,
                Err(broken) => {
                    self.fail(broken.reason);
                    return Err(broken);
                }
            }
        }
    }

    /// Whether more may be read: not while a client takes no answers.
    pub fn wants_more(&self) -> bool {
        self.out.len() < FULL
    }

    /// Whether the client has shown that it speaks HTTP/2.
    pub fn is_settled(&self) -> bool {
        self.stage == Stage::Open
    }

    /// Whether a head has begun and is not whole.
    pub fn is_within_head(&self) -> bool {
        self.pieces.is_some()
    }

    /// The next call that came.
    pub fn next_opened(&mut self) -> Option<Opened> {
        self.opened.pop_front()
    }

    /// Streams that are open.
    pub fn open(&self) -> usize {
        self.streams.len()
    }

    /// Whether the connection has run to its end.
    pub fn is_over(&self) -> bool {
        (self.parting || self.leaving == Leaving::Told) && self.streams.is_empty()
    }

    /// What is to be sent.
    pub fn unsent(&self) -> &[u8] {
        &self.out[self.sent..]
    }

    /// So much of it was sent.
    pub fn sent(&mut self, bytes: usize) {
        self.sent += bytes;
        if self.sent == self.out.len() {
            // Answers may hold credentials.
            wipe(&mut self.out);
            self.sent = 0;
            self.wake_waiting();
        }
    }

    /// The memory for what is to be sent: to be had back while it is empty, and given where there is none.
    pub fn out(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    /// Asks the client to open no more streams (RFC 9113 section 6.8): those it opens before it hears of it are served.
    pub fn leave(&mut self) {
        if self.leaving == Leaving::No && self.stage == Stage::Open {
            self.leaving = Leaving::Asked;
            self.goodbye(0x7fff_ffff, Reason::NO_ERROR);
            self.out.extend_from_slice(&frame::head(FAREWELL.len(), frame::PING, 0, 0));
            self.out.extend_from_slice(&FAREWELL);
        }
    }

    /// The connection is lost, and all its streams with it.
    pub fn close(&mut self) {
        for stream in &mut self.streams {
            stream.gone.get_or_insert(Gone::Closed);
            stream.wake();
        }
    }

    /// Moves content that came on a stream to `into`, which is empty. Whether there was any: false once all of it was.
    pub fn poll_content(&mut self, id: u32, into: &mut Vec<u8>, waker: &Waker) -> Poll<Result<bool, Gone>> {
        let Some(stream) = self.stream(id) else { return Poll::Ready(Err(Gone::Closed)) };
        if !stream.content.is_empty() {
            std::mem::swap(&mut stream.content, into);
            return Poll::Ready(Ok(true));
        }
        match (stream.gone, stream.ended) {
            (Some(gone), _) => Poll::Ready(Err(gone)),
            (None, true) => Poll::Ready(Ok(false)),
            (None, false) => {
                stream.wake_later(waker);
                Poll::Pending
            }
        }
    }

    /// So much content was taken: the client may send as much again.
    pub fn taken(&mut self, id: u32, bytes: usize) {
        self.idle = self.idle.saturating_sub(WORTH * bytes as u64);
        if let Ok(place) = self.place(id) {
            self.give_back_of(place, bytes);
        }
        self.give_back(bytes);
    }

    /// The trailers that came behind the content.
    pub fn trailers(&mut self, id: u32) -> Option<Fields> {
        self.stream(id)?.trailers.take()
    }

    /// Ready once a stream carries nothing any more.
    pub fn poll_gone(&mut self, id: u32, waker: &Waker) -> Poll<Gone> {
        let Some(stream) = self.stream(id) else { return Poll::Ready(Gone::Closed) };
        match stream.gone {
            Some(gone) => Poll::Ready(gone),
            None => {
                stream.wake_later(waker);
                Poll::Pending
            }
        }
    }

    /// Nobody sees to a stream any more. Where its answer is not whole, the client is told why; where its request is not,
    /// that no more of it is wanted (RFC 9113 section 8.1). `unread` bytes of its content were not taken.
    pub fn end(&mut self, id: u32, reason: Reason, unread: usize) {
        let Ok(place) = self.place(id) else { return };
        let stream = self.streams.remove(place);
        self.waiting -= usize::from(stream.waits);
        match stream.gone {
            Some(_) => {}
            None if !stream.finished => frame::number(&mut self.out, frame::RST_STREAM, id, reason.0),
            None if !stream.ended => frame::number(&mut self.out, frame::RST_STREAM, id, Reason::NO_ERROR.0),
            None => {}
        }
        self.ended += u64::from(stream.gone.is_none() || stream.answered);
        self.give_back(stream.content.len() + unread);
    }

    /// Content of a stream is gone from here, so that the client may send as much again on it.
    fn give_back_of(&mut self, place: usize, bytes: usize) {
        let stream = &mut self.streams[place];
        stream.owed += bytes as u32;
        if stream.owed >= self.bounds.stream_window / 2 && !stream.ended && stream.gone.is_none() {
            let owed = std::mem::take(&mut stream.owed);
            stream.room += i64::from(owed);
            frame::number(&mut self.out, frame::WINDOW_UPDATE, stream.id, owed);
        }
    }

    /// Content is gone from here, so that the client may send as much again on all streams.
    fn give_back(&mut self, bytes: usize) {
        self.owed += bytes as u32;
        if self.owed >= self.bounds.window / 2 {
            let owed = std::mem::take(&mut self.owed);
            self.room += i64::from(owed);
            frame::number(&mut self.out, frame::WINDOW_UPDATE, 0, owed);
        }
    }

    /// Whether the client does what no honest one does.
    fn check(&self) -> Result<(), Broken> {
        if self.resets > RESETS + self.ended {
            return Err(Broken::flood("The caller opened streams only to reset them."));
        }
        if self.idle > IDLE_BYTES {
            return Err(Broken::flood("The caller sent frames that carry nothing."));
        }
        Ok(())
    }

    /// Closes the connection on the client.
    fn fail(&mut self, reason: Reason) {
        self.goodbye(self.last, reason);
        self.close();
    }

    fn goodbye(&mut self, last: u32, reason: Reason) {
        self.out.extend_from_slice(&frame::head(8, frame::GOAWAY, 0, 0));
        self.out.extend_from_slice(&last.to_be_bytes());
        self.out.extend_from_slice(&reason.0.to_be_bytes());
    }

    fn greet(&mut self) {
        let settings = [
            (setting::MAX_CONCURRENT_STREAMS, self.bounds.streams),
            (setting::INITIAL_WINDOW_SIZE, self.bounds.stream_window),
            (setting::MAX_HEADER_LIST_SIZE, u32::try_from(self.bounds.head.bytes).unwrap_or(u32::MAX)),
            (setting::ENABLE_CONNECT_PROTOCOL, 1),
        ];
        self.out.extend_from_slice(&frame::head(6 * settings.len(), frame::SETTINGS, 0, 0));
        for (setting, value) in settings {
            self.out.extend_from_slice(&setting.to_be_bytes());
            self.out.extend_from_slice(&value.to_be_bytes());
        }
        let more = i64::from(self.bounds.window) - self.room;
        if let Ok(more @ 1..) = u32::try_from(more) {
            self.room += i64::from(more);
            frame::number(&mut self.out, frame::WINDOW_UPDATE, 0, more);
        }
    }

    /// Ends a stream for what the client sent on it.
    fn reset(&mut self, place: usize, reason: Reason) {
        let stream = &mut self.streams[place];
        if stream.gone.is_none() {
            stream.gone = Some(Gone::Broken);
            stream.wake();
            self.resets += 1;
            let id = stream.id;
            frame::number(&mut self.out, frame::RST_STREAM, id, reason.0);
        }
    }

    fn place(&self, id: u32) -> Result<usize, usize> {
        self.streams.binary_search_by_key(&id, |stream| stream.id)
    }

    fn stream(&mut self, id: u32) -> Option<&mut Stream> {
        let place = self.place(id).ok()?;
        Some(&mut self.streams[place])
    }
}
