//! Where a body ends, and what of the bytes that come is its content (RFC 9112 section 6).

use std::ops::Range;

use crate::chunked::{Chunk, MAX_OVERHEAD, MAX_TRAILERS};
use crate::fields::{Fields, Known, is_token_byte, is_value_byte};

/// How long a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// There is none.
    Zero,
    /// So many bytes.
    Known(u64),
    /// It comes in chunks and says where it ends.
    Chunked,
    /// It ends with the connection; answers only.
    UntilClose,
}

/// A body as it comes in.
#[derive(Debug)]
pub struct Body {
    place: Place,
    /// The lines of trailers, until they are asked for.
    trailers: Vec<u8>,
    /// Bytes of framing beyond what chunks of their sizes need.
    overhead: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Over,
    Sized(u64),
    Chunked(Chunk),
    UntilClose,
    /// Behind what broke the framing.
    Lost,
}

/// A body broke its framing: nobody can tell where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body breaks its framing")]
pub struct BodyError;

/// What bytes of a body hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where in the bytes content is; empty where there is none.
    pub content: Range<usize>,
    /// How many bytes were looked at, the content included. What is behind them has to be shown again.
    pub used: usize,
}

impl Body {
    /// A body of that length, of which nothing has come.
    pub fn new(length: Length) -> Self {
        let place = match length {
            Length::Zero | Length::Known(0) => Place::Over,
            Length::Known(length) => Place::Sized(length),
            Length::Chunked => Place::Chunked(Chunk::FIRST),
            Length::UntilClose => Place::UntilClose,
        };
        Self { place, trailers: Vec::new(), overhead: 0 }
    }

    /// Whether nothing more belongs to it.
    pub fn is_over(&self) -> bool {
        self.place == Place::Over
    }

    /// Bytes of content that are still to come, where that is known.
    pub fn remaining(&self) -> Option<u64> {
        match self.place {
            Place::Over => Some(0),
            Place::Sized(rest) => Some(rest),
            Place::Chunked(_) | Place::UntilClose | Place::Lost => None,
        }
    }

    /// Finds the next piece of content at the start of `bytes`, which are not empty. Stops behind the body's end.
    pub fn find(&mut self, bytes: &[u8]) -> Result<Found, BodyError> {
        let found = self.advance(bytes);
        if found.is_err() {
            // The same bytes shown again must not be read from another place.
            self.place = Place::Lost;
        }
        found
    }

    fn advance(&mut self, bytes: &[u8]) -> Result<Found, BodyError> {
        let mut at = 0;
        loop {
            match &mut self.place {
                Place::Over => return Ok(Found { content: at..at, used: at }),
                Place::Lost => return Err(BodyError),
                Place::UntilClose => return Ok(Found { content: 0..bytes.len(), used: bytes.len() }),
                Place::Sized(rest) => {
                    let here = take(rest, bytes.len());
                    if *rest == 0 {
                        self.place = Place::Over;
                    }
                    return Ok(Found { content: 0..here, used: here });
                }
                Place::Chunked(Chunk::Data(rest)) => {
                    let here = take(rest, bytes.len() - at);
                    if *rest == 0 {
                        self.place = Place::Chunked(Chunk::DataEnd { ending: false });
                    }
                    return Ok(Found { content: at..at + here, used: at + here });
                }
                Place::Chunked(chunk) => {
                    let Some(byte) = bytes.get(at) else { return Ok(Found { content: at..at, used: at }) };
                    if matches!(chunk, Chunk::Trailer { .. }) {
                        if self.trailers.len() == MAX_TRAILERS {
                            return Err(BodyError);
                        }
                        self.trailers.push(*byte);
                    }
                    let (line, next) = (chunk.line(), chunk.step(*byte).ok_or(BodyError)?);
                    at += 1;
                    if let Chunk::Data(size) = next {
                        self.overhead =
                            (self.overhead + u64::from(line)).saturating_sub(size.saturating_mul(2).saturating_add(16));
                        if self.overhead > MAX_OVERHEAD {
                            return Err(BodyError);
                        }
                    }
                    self.place = if next == Chunk::Over { Place::Over } else { Place::Chunked(next) };
                    // Nothing is content behind the size of a chunk until its data begins.
                    if at < bytes.len() || self.place == Place::Over {
                        continue;
                    }
                    return Ok(Found { content: at..at, used: at });
                }
            }
        }
    }

    /// The connection is closed: whether the body ends with it.
    pub fn close(&mut self) -> Result<(), BodyError> {
        match self.place {
            Place::Over => Ok(()),
            Place::UntilClose => {
                self.place = Place::Over;
                Ok(())
            }
            Place::Sized(_) | Place::Chunked(_) | Place::Lost => Err(BodyError),
        }
    }

    /// The trailers of a body that is over. A line that is no field breaks the framing; a field that frames, routes or
    /// authenticates is left out, for as a trailer it would come behind the decision (RFC 9110 section 6.5.1).
    pub fn trailers(&mut self) -> Result<Option<Fields>, BodyError> {
        let lines = std::mem::take(&mut self.trailers);
        if lines.len() <= 2 {
            return Ok(None);
        }
        let mut fields = Fields::default();
        for line in lines[..lines.len() - 2].split(|byte| *byte == b'\n') {
            // What is behind the last line end. A line of blanks is none of these, and no field.
            if line.is_empty() {
                continue;
            }
            let colon = line.iter().position(|byte| *byte == b':').ok_or(BodyError)?;
            let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
            if name.is_empty() || !name.iter().copied().all(is_token_byte) || !value.iter().copied().all(is_value_byte)
            {
                return Err(BodyError);
            }
            if may_trail(Known::of(name), name) {
                fields.push(name, value);
            }
        }
        Ok((!fields.is_empty()).then_some(fields))
    }
}

/// Whether a field may come behind the content.
pub fn may_trail(known: Known, name: &[u8]) -> bool {
    const NEVER: [&str; 12] = [
        "cache-control",
        "content-encoding",
        "content-range",
        "cookie",
        "set-cookie",
        "max-forwards",
        "range",
        "www-authenticate",
        "age",
        "expires",
        "retry-after",
        "location",
    ];
    matches!(known, Known::Other | Known::Date)
        && !NEVER.iter().any(|never| never.as_bytes().eq_ignore_ascii_case(name))
        && !name.get(..10).is_some_and(|start| start.eq_ignore_ascii_case(b"x-keyward-"))
        && !name.get(..12).is_some_and(|start| start.eq_ignore_ascii_case(b"x-forwarded-"))
}

fn take(rest: &mut u64, here: usize) -> usize {
    let taken = here.min(usize::try_from(*rest).unwrap_or(usize::MAX));
    *rest -= taken as u64;
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Content, bytes taken, and whether the body is over; or that it broke.
    fn read(length: Length, pieces: &[&[u8]]) -> Result<(Vec<u8>, usize, Body), BodyError> {
        let mut body = Body::new(length);
        let (mut content, mut taken) = (Vec::new(), 0);
        for piece in pieces {
            let mut rest = *piece;
            while !rest.is_empty() && !body.is_over() {
                let found = body.find(rest)?;
                content.extend_from_slice(&rest[found.content]);
                taken += found.used;
                rest = &rest[found.used..];
            }
        }
        Ok((content, taken, body))
    }

    #[test]
    fn content_is_found_however_it_is_cut() {
        let bytes = b"5;x=\"y\"\r\nhello\r\nA\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\nGET /";
        let end = bytes.len() - 5;
        for cut in 0..bytes.len() {
            let (content, taken, mut body) = read(Length::Chunked, &[&bytes[..cut], &bytes[cut..]]).unwrap();
            assert_eq!((&content[..], taken, body.is_over()), (&b"hello0123456789"[..], end, true), "cut at {cut}");
            let trailers = body.trailers().unwrap().unwrap();
            assert_eq!(trailers.iter().map(|(_, n, v)| (n, v)).collect::<Vec<_>>(), [(&b"X-T"[..], &b"1"[..])]);
        }
        let (content, taken, body) = read(Length::Known(3), &[b"ab", b"cd"]).unwrap();
        assert_eq!((&content[..], taken, body.is_over()), (&b"abc"[..], 3, true));
        let (content, _, mut body) = read(Length::UntilClose, &[b"ab", b"cd"]).unwrap();
        assert_eq!((&content[..], body.is_over(), body.close()), (&b"abcd"[..], false, Ok(())));
        assert!(Body::new(Length::Zero).is_over() && Body::new(Length::Known(0)).is_over());
    }

    #[test]
    fn a_body_that_breaks_its_framing_has_no_end() {
        for (whole, broken) in [
            ("", "x\r\n"),
            ("", "\r\n"),
            ("", "-1\r\n"),
            ("ffffffffffffffff", "f\r\n"),
            ("5\r", "x"),
            ("5", "\nhello\r\n0\r\n\r\n"),
            ("5;x", "\nhello\r\n0\r\n\r\n"),
            ("5;x\r", "y\r\nhello\r\n0\r\n\r\n"),
            ("5\r", "\r\nhello\r\n0\r\n\r\n"),
            ("5 ", "5\r\nhello\r\n0\r\n\r\n"),
            ("5\t ", "x=y\r\nhello\r\n0\r\n\r\n"),
            ("5;\"", "\0\"\r\nhello\r\n0\r\n\r\n"),
            ("5\r\nhello", "\n0\r\n\r\n"),
            ("5\r\nhello\r", "0\r\n\r\n"),
            ("5\r\nhello", "!!0\r\n\r\n"),
            ("0", "\n\r\n"),
            ("0\r\n", "\n"),
            ("0\r\n\r", "X: 1\r\n\r\n"),
            ("0\r\nX", "\n"),
            ("0\r\nX: 1", "\n\r\n"),
            ("0\r\nX: 1\r", "Y: 1\r\n\r\n"),
            ("0\r\nX: 1\r\n", "\n"),
        ] {
            assert!(read(Length::Chunked, &[whole.as_bytes()]).is_ok(), "{whole:?}");
            let all = format!("{whole}{broken}");
            assert_eq!(read(Length::Chunked, &[all.as_bytes()]).err(), Some(BodyError), "{all:?}");
            // Nor has it one when it is looked at again.
            let mut body = Body::new(Length::Chunked);
            let mut rest = all.as_bytes();
            while let Ok(found) = body.find(rest) {
                rest = &rest[found.used..];
            }
            assert!(body.find(b"0\r\n\r\n").is_err() && !body.is_over(), "{all:?}");
        }
        for long in [format!("1;{}", "x".repeat(9000)), format!("0\r\n{}", "x".repeat(9000))] {
            assert!(read(Length::Chunked, &[long.as_bytes()]).is_err());
        }
        let extended = |times: usize| format!("1;{}\r\nx\r\n", "y".repeat(1000)).repeat(times);
        assert!(read(Length::Chunked, &[extended(16).as_bytes()]).is_ok());
        assert!(read(Length::Chunked, &[extended(17).as_bytes()]).is_err(), "extensions without end");
        let signed = format!("400;{}\r\n{}\r\n", "y".repeat(100), "x".repeat(1024));
        assert!(read(Length::Chunked, &[signed.repeat(1000).as_bytes()]).is_ok(), "as much as the content bears");
        assert!(read(Length::Chunked, &["1\r\nx\r\n".repeat(100_000).as_bytes()]).is_ok(), "small chunks");
        let many = format!("0\r\n{}", "X: 1\r\n".repeat(6000));
        assert!(read(Length::Chunked, &[many.as_bytes()]).is_err());
        assert!(Body::new(Length::Known(1)).close().is_err() && Body::new(Length::Chunked).close().is_err());
    }

    #[test]
    fn trailers_say_nothing_that_a_head_decides() {
        let of = |lines: &str| {
            let (_, _, mut body) = read(Length::Chunked, &[format!("0\r\n{lines}\r\n").as_bytes()]).unwrap();
            assert!(body.is_over());
            body.trailers().map(|trailers| trailers.map_or(0, |trailers| trailers.len()))
        };
        assert_eq!(of(""), Ok(0));
        assert_eq!(of("grpc-status: 0\r\ngrpc-message: \r\n"), Ok(2));
        let kept = "Content-Length: 1\r\nTransfer-Encoding: x\r\nHost: a\r\nAuthorization: x\r\nX-Keyward-App: x\r\nSet-Cookie: a\r\n";
        assert_eq!(of(kept), Ok(0));
        assert_eq!(of("no colon\r\n"), Err(BodyError));
        assert_eq!(of(" \r\n"), Err(BodyError));
        assert_eq!(of("a: b\r\n c\r\n"), Err(BodyError));
        assert_eq!(of("a b: c\r\n"), Err(BodyError));
    }
}
