//! What comes.

use super::super::frame::{self, FrameHead};
use super::*;
use crate::body::{Length, may_trail};
use crate::fields::{Known, is_lower_name, is_value_byte};

/// Frames that one head may come in.
const MOST_PIECES: usize = 64;
/// Bytes of one head as it comes, to the bytes that it may have: over that, it is not even read.
const OVERSIZE: usize = 2;

/// A head of which more is to come.
#[derive(Debug)]
pub(super) struct Pieces {
    stream: u32,
    ends: bool,
    block: Vec<u8>,
    count: usize,
}

impl Drop for Pieces {
    fn drop(&mut self) {
        wipe(&mut self.block);
    }
}

impl Connection {
    /// Takes the preface or one frame: how many bytes that were, none while it is not whole.
    pub(super) fn step(
        &mut self,
        input: &[u8],
        spare: &mut impl FnMut() -> (Vec<u8>, Vec<Field>),
    ) -> Result<usize, Broken> {
        if self.stage == Stage::Preface {
            let there = input.len().min(PREFACE.len());
            if input[..there] != PREFACE[..there] {
                return Err(Broken::protocol("What came is not HTTP/2."));
            }
            if there < PREFACE.len() {
                return Ok(0);
            }
            self.stage = Stage::Settings;
            return Ok(PREFACE.len());
        }
        let Some((head, rest)) = input.split_first_chunk() else { return Ok(0) };
        let head = FrameHead::read(head);
        if head.length > frame::MOST {
            return Err(Broken { reason: Reason::FRAME_SIZE_ERROR, detail: "A frame is larger than it may be." });
        }
        if self.stage == Stage::Settings && (head.kind != frame::SETTINGS || head.has(frame::ACK)) {
            return Err(Broken::protocol("The first frame is not one of settings."));
        }
        let Some(payload) = rest.get(..head.length) else { return Ok(0) };
        let used = frame::HEAD + head.length;
        self.idle += used as u64;
        let expects_more = self.pieces.as_ref().map(|pieces| pieces.stream);
        if expects_more.is_some_and(|stream| head.kind != frame::CONTINUATION || head.stream != stream) {
            return Err(Broken::protocol("Another frame comes between the frames of a head."));
        }
        match head.kind {
            frame::DATA => self.data(head, payload)?,
            frame::HEADERS => self.headers(head, payload, spare)?,
            frame::CONTINUATION => self.continuation(head, payload, spare)?,
            frame::SETTINGS => self.settings(head, payload)?,
            frame::WINDOW_UPDATE => self.window_update(head, payload)?,
            frame::RST_STREAM => self.rst_stream(head, payload)?,
            frame::PING => self.ping(head, payload)?,
            frame::GOAWAY => match (head.stream, payload.len()) {
                (0, 8..) => self.parting = true,
                (0, _) => return Err(Broken::size()),
                _ => return Err(Broken::protocol("A frame about the connection names a stream.")),
            },
            // Of no use any more (RFC 9113 section 5.3.2).
            frame::PRIORITY => match (head.stream, payload.len()) {
                (0, _) => return Err(Broken::protocol("A frame about a stream names none.")),
                (_, 5) => {}
                _ => return Err(Broken::size()),
            },
            frame::PUSH_PROMISE => return Err(Broken::protocol("A client does not push.")),
            // Types that are not known are for those who know them (section 5.5).
            _ => {}
        }
        Ok(used)
    }

    fn data(&mut self, head: FrameHead, payload: &[u8]) -> Result<(), Broken> {
        self.check_stream(head.stream)?;
        let content = unpadded(head, payload)?;
        let whole = payload.len();
        self.room -= whole as i64;
        if self.room < 0 {
            return Err(Broken::flow());
        }
        let found = self.place(head.stream).ok().filter(|place| self.streams[*place].gone.is_none());
        let Some(place) = found else {
            // Of a stream that ended here while this was on its way.
            self.give_back(whole);
            return Ok(());
        };
        let stream = &mut self.streams[place];
        stream.room -= whole as i64;
        let problem = match &mut stream.left {
            _ if stream.ended => Some(Reason::STREAM_CLOSED),
            _ if stream.room < 0 => Some(Reason::FLOW_CONTROL_ERROR),
            Some(left) => {
                let more = left.checked_sub(content.len() as u64);
                *left = more.unwrap_or(0);
                // RFC 9113 section 8.1.1: what is not as long as it was said to be is malformed.
                let is_short = head.has(frame::END_STREAM) && *left > 0;
                (more.is_none() || is_short).then_some(Reason::PROTOCOL_ERROR)
            }
            None => None,
        };
        if let Some(reason) = problem {
            self.give_back(whole);
            self.reset(place, reason);
            return Ok(());
        }
        stream.content.extend_from_slice(content);
        stream.ended = head.has(frame::END_STREAM);
        stream.wake();
        // Padding is taken as it comes.
        self.give_back_of(place, whole - content.len());
        self.give_back(whole - content.len());
        Ok(())
    }

    fn headers(
        &mut self,
        head: FrameHead,
        payload: &[u8],
        spare: &mut impl FnMut() -> (Vec<u8>, Vec<Field>),
    ) -> Result<(), Broken> {
        if head.stream.is_multiple_of(2) {
            return Err(Broken::protocol("A client opens streams of odd numbers."));
        }
        let mut block = unpadded(head, payload)?;
        if head.has(frame::WITH_PRIORITY) {
            block = block.get(5..).ok_or(Broken::size())?;
        }
        let ends = head.has(frame::END_STREAM);
        if head.has(frame::END_HEADERS) {
            return self.take_block(head.stream, ends, block, spare);
        }
        self.pieces = Some(Pieces { stream: head.stream, ends, block: block.to_vec(), count: 1 });
        Ok(())
    }

    fn continuation(
        &mut self,
        head: FrameHead,
        payload: &[u8],
        spare: &mut impl FnMut() -> (Vec<u8>, Vec<Field>),
    ) -> Result<(), Broken> {
        let Some(pieces) = &mut self.pieces else {
            return Err(Broken::protocol("A head goes on that did not begin."));
        };
        pieces.count += 1;
        if pieces.count > MOST_PIECES || pieces.block.len() + payload.len() > OVERSIZE * self.bounds.head.bytes {
            return Err(Broken::flood("The head of a request goes on for ever."));
        }
        pieces.block.extend_from_slice(payload);
        match self.pieces.take_if(|_| head.has(frame::END_HEADERS)) {
            Some(pieces) => self.take_block(pieces.stream, pieces.ends, &pieces.block, spare),
            None => Ok(()),
        }
    }

    /// Takes the fields of a head, or of trailers.
    fn take_block(
        &mut self,
        id: u32,
        ends: bool,
        block: &[u8],
        spare: &mut impl FnMut() -> (Vec<u8>, Vec<Field>),
    ) -> Result<(), Broken> {
        let (parts, limits) = (&mut self.parts, &self.bounds.head);
        // Also of a head that nobody wants: what it puts into the table counts for those that follow.
        let read = self.decoder.read(block, |name, value| parts.add(name, value, limits));
        let taken = match read {
            Ok(()) => self.take_head(id, ends, spare),
            Err(_) => Err(Broken { reason: Reason::COMPRESSION_ERROR, detail: "A head cannot be decompressed." }),
        };
        self.parts.clear();
        taken
    }

    fn take_head(
        &mut self,
        id: u32,
        ends: bool,
        spare: &mut impl FnMut() -> (Vec<u8>, Vec<Field>),
    ) -> Result<(), Broken> {
        if id <= self.last {
            return match self.place(id) {
                Ok(place) => self.take_trailers(place, ends),
                // Of a stream that ended here while they were on their way.
                Err(_) => Ok(()),
            };
        }
        if self.leaving == Leaving::Told {
            return Ok(());
        }
        self.last = id;
        // Those that ended here count until they are seen to, so that nobody piles them up.
        let most = self.bounds.streams as usize;
        let open = self.streams.iter().filter(|stream| stream.gone.is_none()).count();
        if open >= most || self.streams.len() >= 2 * most {
            frame::number(&mut self.out, frame::RST_STREAM, id, Reason::REFUSED_STREAM.0);
            return Ok(());
        }
        let head = self.parts.request(!ends, &self.bounds.head, spare);
        let left = match &head {
            Ok(Request { body: Length::Known(length), .. }) => Some(*length),
            _ => None,
        };
        let room = i64::from(self.bounds.stream_window);
        self.streams.push(Stream::new(id, ends, left, room, self.initial_window));
        self.opened.push_back(Opened { stream: id, head });
        self.idle = 0;
        Ok(())
    }

    fn take_trailers(&mut self, place: usize, ends: bool) -> Result<(), Broken> {
        let stream = &mut self.streams[place];
        if stream.gone.is_some() {
            return Ok(());
        }
        if stream.ended {
            let detail = "A stream goes on behind its end.";
            return Err(Broken { reason: Reason::STREAM_CLOSED, detail });
        }
        let is_field = |(name, value): (&[u8], &[u8])| is_lower_name(name) && value.iter().copied().all(is_value_byte);
        // Pseudo-headers are no fields (RFC 9113 section 8.1).
        if !ends
            || self.parts.is_too_large()
            || stream.left.is_some_and(|left| left > 0)
            || !self.parts.iter().all(is_field)
        {
            self.reset(place, Reason::PROTOCOL_ERROR);
            return Ok(());
        }
        let mut trailers = Fields::default();
        for (name, value) in self.parts.iter() {
            if may_trail(Known::of(name), name) {
                trailers.push(name, value);
            }
        }
        stream.trailers = (!trailers.is_empty()).then_some(trailers);
        stream.ended = true;
        stream.wake();
        Ok(())
    }

    fn settings(&mut self, head: FrameHead, payload: &[u8]) -> Result<(), Broken> {
        if head.stream != 0 {
            return Err(Broken::protocol("A frame about the connection names a stream."));
        }
        let (settings, []) = payload.as_chunks::<6>() else { return Err(Broken::size()) };
        if head.has(frame::ACK) {
            return if settings.is_empty() { Ok(()) } else { Err(Broken::size()) };
        }
        for [a, b, value @ ..] in settings {
            let value = u32::from_be_bytes(*value);
            match u16::from_be_bytes([*a, *b]) {
                setting::HEADER_TABLE_SIZE => self.encoder.bound(value as usize),
                setting::INITIAL_WINDOW_SIZE => self.resize_windows(i64::from(value))?,
                setting::ENABLE_PUSH | setting::ENABLE_CONNECT_PROTOCOL if value > 1 => {
                    return Err(Broken::protocol("A setting has a value that it cannot have."));
                }
                setting::MAX_FRAME_SIZE if !(frame::MOST as u32..1 << 24).contains(&value) => {
                    return Err(Broken::protocol("A setting has a value that it cannot have."));
                }
                _ => {}
            }
        }
        self.stage = Stage::Open;
        self.out.extend_from_slice(&frame::head(0, frame::SETTINGS, frame::ACK, 0));
        self.wake_waiting();
        Ok(())
    }

    /// The client takes another number of bytes on each stream, also on those that are open (RFC 9113 section 6.9.2).
    fn resize_windows(&mut self, window: i64) -> Result<(), Broken> {
        let more = window - self.initial_window;
        self.initial_window = window;
        if window > MOST_WINDOW {
            return Err(Broken::flow());
        }
        for stream in &mut self.streams {
            stream.window += more;
            if stream.window > MOST_WINDOW {
                return Err(Broken::flow());
            }
        }
        Ok(())
    }

    fn window_update(&mut self, head: FrameHead, payload: &[u8]) -> Result<(), Broken> {
        let more = i64::from(frame::read_number(payload).ok_or(Broken::size())? & 0x7fff_ffff);
        if head.stream == 0 {
            self.window += more;
            if more == 0 {
                return Err(Broken::protocol("A window grows by nothing."));
            }
            if self.window > MOST_WINDOW {
                return Err(Broken::flow());
            }
            self.wake_waiting();
            return Ok(());
        }
        self.check_stream(head.stream)?;
        let Ok(place) = self.place(head.stream) else { return Ok(()) };
        let stream = &mut self.streams[place];
        stream.window += more;
        if more == 0 {
            self.reset(place, Reason::PROTOCOL_ERROR);
        } else if stream.window > MOST_WINDOW {
            stream.window = MOST_WINDOW;
            self.reset(place, Reason::FLOW_CONTROL_ERROR);
        } else if stream.waits {
            self.wake_waiting();
        }
        Ok(())
    }

    fn rst_stream(&mut self, head: FrameHead, payload: &[u8]) -> Result<(), Broken> {
        let reason = Reason(frame::read_number(payload).ok_or(Broken::size())?);
        self.check_stream(head.stream)?;
        if let Some(stream) = self.stream(head.stream)
            && stream.gone.is_none()
        {
            stream.gone = Some(Gone::Reset(reason));
            stream.wake();
            // Who has heard enough of an answer says so in no other way.
            self.resets += u64::from(!stream.answered);
        }
        Ok(())
    }

    fn ping(&mut self, head: FrameHead, payload: &[u8]) -> Result<(), Broken> {
        if head.stream != 0 {
            return Err(Broken::protocol("A frame about the connection names a stream."));
        }
        let said: [u8; 8] = payload.try_into().map_err(|_| Broken::size())?;
        if !head.has(frame::ACK) {
            self.out.extend_from_slice(&frame::head(said.len(), frame::PING, frame::ACK, 0));
            self.out.extend_from_slice(&said);
        } else if self.leaving == Leaving::Asked && said == FAREWELL {
            // What it opened before it heard of it has come by now.
            self.leaving = Leaving::Told;
            self.goodbye(self.last, Reason::NO_ERROR);
        }
        Ok(())
    }

    /// Refuses frames of streams that were never opened.
    fn check_stream(&self, id: u32) -> Result<(), Broken> {
        if id == 0 {
            return Err(Broken::protocol("A frame about a stream names none."));
        }
        if id > self.last && self.leaving != Leaving::Told {
            return Err(Broken::protocol("A frame is of a stream that was not opened."));
        }
        Ok(())
    }
}

/// The frame without its padding.
fn unpadded(head: FrameHead, payload: &[u8]) -> Result<&[u8], Broken> {
    if !head.has(frame::PADDED) {
        return Ok(payload);
    }
    let (padding, rest) = payload.split_first().ok_or(Broken::size())?;
    let length = rest.len().checked_sub(usize::from(*padding));
    length.map(|length| &rest[..length]).ok_or(Broken::protocol("A frame is padded beyond its end."))
}
