//! What goes out.

use super::super::frame::{self, END_HEADERS, END_STREAM};
use super::super::hpack::Keep;
use super::*;

/// Bytes of content that are worth a frame, even where the client's window holds back more.
const SOME: usize = 256;

/// How far content went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Bytes that are on their way.
    pub bytes: usize,
    /// Whether that is all of it, its end included. Else the stream is woken when more can go.
    pub is_all: bool,
}

/// The fields of a head that is being written.
#[derive(Debug)]
pub struct Block<'c> {
    encoder: &'c mut Encoder,
    out: &'c mut Vec<u8>,
}

impl Block<'_> {
    /// Adds a field whose name and value are known to be well-formed.
    pub fn field(&mut self, name: &[u8], value: &[u8], keep: Keep) {
        self.encoder.field(self.out, name, value, keep);
    }
}

impl Connection {
    /// Sends the head of an answer, whose fields `fields` adds; `ends` where no content follows. Nothing of a stream that
    /// is gone.
    pub fn head(&mut self, id: u32, status: u16, ends: bool, fields: impl FnOnce(Block<'_>)) -> Result<(), Gone> {
        self.block(id, ends, |block| {
            block.encoder.status(block.out, status);
            fields(block);
        })?;
        if let Some(stream) = self.stream(id) {
            stream.answered |= status >= 200;
        }
        Ok(())
    }

    /// Sends an answer that another follows. A client that takes none misses it.
    pub fn interim(&mut self, id: u32, status: u16, fields: impl FnOnce(Block<'_>)) {
        if self.out.len() < ROOM {
            // One of a stream that is gone is missed by nobody.
            let _ = self.head(id, status, false, fields);
        }
    }

    /// Sends what follows the content, and ends the stream.
    pub fn finish(&mut self, id: u32, trailers: &Fields) -> Result<(), Gone> {
        self.block(id, true, |mut block| {
            for (_, name, value) in trailers.iter() {
                block.field(name, value, Keep::Not);
            }
        })
    }

    fn block(&mut self, id: u32, ends: bool, write: impl FnOnce(Block<'_>)) -> Result<(), Gone> {
        let stream = self.stream(id).ok_or(Gone::Closed)?;
        if let Some(gone) = stream.gone {
            return Err(gone);
        }
        stream.finished = ends;
        let flags = if ends { END_STREAM } else { 0 };
        let (encoder, out) = (&mut self.encoder, &mut self.out);
        let begin = out.len();
        out.extend_from_slice(&[0; frame::HEAD]);
        encoder.begin(out);
        write(Block { encoder: &mut *encoder, out: &mut *out });
        let fields = begin + frame::HEAD;
        if out.len() - fields <= frame::MOST {
            let head = frame::head(out.len() - fields, frame::HEADERS, flags | END_HEADERS, id);
            out[begin..fields].copy_from_slice(&head);
            return Ok(());
        }
        let rest = out.split_off(fields + frame::MOST);
        out[begin..fields].copy_from_slice(&frame::head(frame::MOST, frame::HEADERS, flags, id));
        let mut pieces = rest.chunks(frame::MOST).peekable();
        while let Some(piece) = pieces.next() {
            let flags = if pieces.peek().is_none() { END_HEADERS } else { 0 };
            out.extend_from_slice(&frame::head(piece.len(), frame::CONTINUATION, flags, id));
            out.extend_from_slice(piece);
        }
        Ok(())
    }

    /// Sends content, as much as the client takes and there is room for; `ends` where nothing follows it.
    pub fn send(&mut self, id: u32, content: &[u8], ends: bool, waker: &Waker) -> Result<Sent, Gone> {
        let place = self.place(id).map_err(|_| Gone::Closed)?;
        let stream = &mut self.streams[place];
        if let Some(gone) = stream.gone {
            return Err(gone);
        }
        // Where others wait, each has its turn.
        let others = self.waiting - usize::from(stream.waits);
        let most = if others > 0 { frame::MOST } else { ROOM };
        let window = usize::try_from(stream.window.min(self.window)).unwrap_or(0);
        let bytes = content.len().min(window).min(most).min(ROOM.saturating_sub(self.out.len()));
        let is_all = bytes == content.len();
        let ends = ends && is_all && !stream.finished;
        let mut pieces = content[..bytes].chunks(frame::MOST).peekable();
        while let Some(piece) = pieces.next() {
            let flags = if ends && pieces.peek().is_none() { END_STREAM } else { 0 };
            self.out.extend_from_slice(&frame::head(piece.len(), frame::DATA, flags, id));
            self.out.extend_from_slice(piece);
        }
        if ends && bytes == 0 {
            self.out.extend_from_slice(&frame::head(0, frame::DATA, END_STREAM, id));
        }
        stream.finished |= ends;
        stream.window -= bytes as i64;
        self.window -= bytes as i64;
        self.waiting = others + usize::from(!is_all);
        stream.waits = !is_all;
        if !is_all {
            stream.wake_later(waker);
        }
        if bytes > 0 {
            self.served = id;
            // A window opened by a few bytes at a time is no use of the connection.
            if bytes >= SOME || is_all {
                self.idle = 0;
            }
        }
        Ok(Sent { bytes, is_all })
    }

    /// Wakes those that have something to send once there is room for it: first the one behind the one that sent last.
    pub(super) fn wake_waiting(&mut self) {
        if self.waiting == 0 || self.window <= 0 || self.out.len() >= ROOM {
            return;
        }
        let begin = self.streams.partition_point(|stream| stream.id <= self.served);
        let (before, behind) = self.streams.split_at(begin);
        behind.iter().chain(before).filter(|stream| stream.waits && stream.window > 0).for_each(Stream::wake);
    }
}
