//! Where one request of a connection ends and the next begins; and which heads are refused before hyper reads them.
//!
//! hyper repairs what two servers in a row may read in two ways: a head with both `Content-Length` and
//! `Transfer-Encoding`, or one `Content-Length` twice. Keyward refuses it (RFC 9112 sections 6.1 and 6.3, RFC 9110
//! section 8.6), and refuses malformed heads in its own words, with a request id. So that a head is found also behind
//! another request, the framing of bodies is followed, and more strictly than hyper does: it reads on behind some line ends that
//! others take for the end of a body. Of a body that breaks its framing, nothing more is passed on.

use std::mem::MaybeUninit;

use keyward_model::Code;

use super::fault::Fault;

/// Headers a head may have.
pub(super) const MAX_HEADERS: usize = 100;
/// Empty lines that may precede a head (RFC 9112 section 2.2).
const MAX_BLANK_LINES: u8 = 2;
/// Bytes of a line with the size of a chunk, and of one trailer.
const MAX_CHUNK_LINE: u32 = 8 * 1024;

/// The place in a stream of requests.
#[derive(Debug)]
pub(super) struct Framing {
    place: Place,
    max_head: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before or in a head; so many of its bytes were looked at already.
    Head { seen: usize, blank: u8 },
    /// In a body of known length.
    Sized(u64),
    /// In a chunked body.
    Chunked(Chunk),
    /// Behind a body that broke its framing.
    Lost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chunk {
    /// In the line with the size.
    Size { size: u64, part: Part, length: u32 },
    /// In the data.
    Data(u64),
    /// In the line end behind the data; `ending` once its carriage return was seen.
    DataEnd { ending: bool },
    /// In the trailers; `length` of the line so far, without its end; `ending` once its carriage return was seen.
    Trailer { length: u32, ending: bool },
    /// Behind the empty line that ends the body.
    Over,
}

/// Where in the line with the size of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Digits,
    /// Behind the digits.
    Extension,
    /// Behind the carriage return.
    Ending,
}

const NEXT_CHUNK: Chunk = Chunk::Size { size: 0, part: Part::Digits, length: 0 };

/// What follows the bytes that may be passed on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// Nothing: all bytes were looked at.
    Nothing,
    /// The beginning of a head, to be shown again with more behind it.
    Unfinished,
    /// A head that is refused; nothing behind it is read.
    Refused(Fault),
    /// A body that broke its framing, so that nobody can tell where the next head is; nothing more is passed on.
    Broken,
}

impl Framing {
    pub(super) fn new(max_head: usize) -> Self {
        Self { place: Place::Head { seen: 0, blank: 0 }, max_head }
    }

    /// Whether the next byte belongs to a head.
    pub(super) fn at_head(&self) -> bool {
        matches!(self.place, Place::Head { .. })
    }

    /// Looks at `bytes`: how many may be passed on, and what follows them.
    pub(super) fn advance(&mut self, bytes: &[u8]) -> (usize, Rest) {
        let mut at = 0;
        while at < bytes.len() {
            let left = &bytes[at..];
            at += match self.place {
                Place::Head { seen, blank } => {
                    if seen < 2 && left.starts_with(b"\r\n") && blank < MAX_BLANK_LINES {
                        self.place = Place::Head { seen: 0, blank: blank + 1 };
                        2
                    } else {
                        match self.head(left, seen, blank) {
                            Ok(Some(length)) => length,
                            Ok(None) => return (at, Rest::Unfinished),
                            Err(fault) => return (at, Rest::Refused(fault)),
                        }
                    }
                }
                Place::Sized(rest) => {
                    let here = left.len().min(usize::try_from(rest).unwrap_or(usize::MAX));
                    let rest = rest - here as u64;
                    self.place = if rest == 0 { Place::Head { seen: 0, blank: 0 } } else { Place::Sized(rest) };
                    here
                }
                Place::Chunked(chunk) => match step(chunk, left) {
                    Some((next, used)) => {
                        self.place =
                            if next == Chunk::Over { Place::Head { seen: 0, blank: 0 } } else { Place::Chunked(next) };
                        used
                    }
                    None => {
                        self.place = Place::Lost;
                        return (at, Rest::Broken);
                    }
                },
                Place::Lost => return (at, Rest::Broken),
            };
        }
        (at, Rest::Nothing)
    }

    /// The length of the whole head at the start of `bytes`; none while it is unfinished.
    fn head(&mut self, bytes: &[u8], seen: usize, blank: u8) -> Result<Option<usize>, Fault> {
        // What begins otherwise is not HTTP (TLS, most often), and may never bring the end of a head.
        if !bytes[0].is_ascii_graphic() && bytes != b"\r" {
            return Err(Fault::new(Code::RequestInvalid, "The bytes received are not an HTTP/1 request.", bytes));
        }
        let Some(end) = end_of_head(bytes, seen.saturating_sub(3)) else {
            if bytes.len() > self.max_head {
                return Err(Fault::new(Code::RequestTooLarge, "The head of the request is too large.", bytes));
            }
            self.place = Place::Head { seen: bytes.len(), blank };
            return Ok(None);
        };
        if end > self.max_head {
            return Err(Fault::new(Code::RequestTooLarge, "The head of the request is too large.", bytes));
        }
        self.place = check(&bytes[..end])?;
        Ok(Some(end))
    }
}

/// Follows a chunked body: what comes next, and the number of bytes of the part looked at; none when they break the
/// framing. A line ends with CR LF and in no other way (RFC 9112 section 7.1).
fn step(chunk: Chunk, bytes: &[u8]) -> Option<(Chunk, usize)> {
    let next = match (chunk, bytes[0]) {
        (Chunk::Size { size, part, length }, byte) => step_size(size, part, length, byte)?,
        (Chunk::Data(rest), _) => {
            let used = bytes.len().min(usize::try_from(rest).unwrap_or(usize::MAX));
            let rest = rest - used as u64;
            return Some((if rest == 0 { Chunk::DataEnd { ending: false } } else { Chunk::Data(rest) }, used));
        }
        (Chunk::DataEnd { ending: false }, b'\r') => Chunk::DataEnd { ending: true },
        (Chunk::DataEnd { ending: true }, b'\n') => NEXT_CHUNK,
        (Chunk::Trailer { length: 0, ending: true }, b'\n') => Chunk::Over,
        (Chunk::Trailer { ending: true, .. }, b'\n') => Chunk::Trailer { length: 0, ending: false },
        (Chunk::Trailer { length, ending: false }, b'\r') => Chunk::Trailer { length, ending: true },
        (Chunk::Trailer { length: MAX_CHUNK_LINE.., .. }, _) => return None,
        (Chunk::Trailer { length, ending: false }, byte) if is_text(byte) => {
            Chunk::Trailer { length: length + 1, ending: false }
        }
        (Chunk::DataEnd { .. } | Chunk::Trailer { .. } | Chunk::Over, _) => return None,
    };
    Some((next, 1))
}

/// One more byte of a line with the size of a chunk; none when it breaks the framing.
fn step_size(size: u64, part: Part, length: u32, byte: u8) -> Option<Chunk> {
    let next = |size, part| Some(Chunk::Size { size, part, length: length + 1 });
    match (part, byte) {
        _ if length >= MAX_CHUNK_LINE => None,
        (Part::Ending, b'\n') if size == 0 => Some(Chunk::Trailer { length: 0, ending: false }),
        (Part::Ending, b'\n') => Some(Chunk::Data(size)),
        (Part::Ending, _) => None,
        (_, b'\r') if length > 0 => next(size, Part::Ending),
        (Part::Digits, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
            let digit = u64::from(char::from(byte).to_digit(16)?);
            next(size.checked_mul(16)?.checked_add(digit)?, Part::Digits)
        }
        (Part::Digits, b';' | b' ' | b'\t') if length > 0 => next(size, Part::Extension),
        (Part::Extension, byte) if is_text(byte) => next(size, Part::Extension),
        _ => None,
    }
}

/// Whether a byte may be in a line; no control character but the tab.
fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

/// Where the empty line that closes a head ends. Bytes before `from` are known not to hold it.
fn end_of_head(bytes: &[u8], from: usize) -> Option<usize> {
    let from = from.min(bytes.len());
    bytes[from..].windows(4).position(|four| four == b"\r\n\r\n").map(|at| from + at + 4)
}

/// Refuses a whole head that is malformed or can be read in two ways; else where the stream stands behind it.
fn check(head: &[u8]) -> Result<Place, Fault> {
    let fault = |code, detail| Err(Fault::new(code, detail, head));
    if head.iter().enumerate().any(|(at, byte)| *byte == b'\n' && (at == 0 || head[at - 1] != b'\r')) {
        return fault(Code::RequestInvalid, "A line of the head ends without a carriage return.");
    }
    let mut headers = [const { MaybeUninit::uninit() }; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut []);
    match request.parse_with_uninit_headers(head, &mut headers) {
        Ok(httparse::Status::Complete(length)) if length == head.len() => {}
        Err(httparse::Error::TooManyHeaders) => {
            return fault(Code::RequestTooLarge, "The head of the request has more than 100 headers.");
        }
        Err(httparse::Error::Version) => {
            return fault(Code::RequestInvalid, "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
        }
        Ok(_) | Err(_) => return fault(Code::RequestInvalid, "The head of the request is malformed."),
    }
    let target = request.path.unwrap_or_default();
    if !target.starts_with('/') && http::Uri::try_from(target).is_err() {
        return fault(Code::RequestInvalid, "The target of the request is neither a path nor a URL.");
    }
    if target.bytes().any(|b| b > 0x7e || b"#\"<>`".contains(&b)) {
        return fault(Code::PathInvalid, "The path has characters that must be percent-encoded.");
    }
    let (mut hosts, mut lengths, mut encodings, mut length) = (0, 0, 0, 0);
    for header in request.headers.iter() {
        if header.name.eq_ignore_ascii_case("host") {
            hosts += 1;
            if !is_authority(header.value) {
                return fault(Code::RequestInvalid, "The Host header is not a host name.");
            }
        } else if header.name.eq_ignore_ascii_case("content-length") {
            lengths += 1;
            match parse_length(header.value) {
                Some(value) => length = value,
                None => return fault(Code::RequestInvalid, "The Content-Length header is not a number."),
            }
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            encodings += 1;
            if !header.value.eq_ignore_ascii_case(b"chunked") {
                return fault(Code::RequestInvalid, "The only Transfer-Encoding taken is chunked.");
            }
        }
    }
    let is_11 = request.version == Some(1);
    match (hosts, lengths, encodings) {
        (0, _, _) if is_11 => fault(Code::RequestInvalid, "The Host header is missing."),
        (2.., _, _) => fault(Code::RequestInvalid, "The Host header came twice."),
        (_, 1.., 1..) => fault(
            Code::RequestInvalid,
            "Content-Length and Transfer-Encoding came together; they contradict each other.",
        ),
        (_, 2.., _) => fault(Code::RequestInvalid, "The Content-Length header came twice."),
        (_, _, 2..) => fault(Code::RequestInvalid, "The Transfer-Encoding header came twice."),
        (_, _, 1) if !is_11 => fault(Code::RequestInvalid, "HTTP/1.0 has no Transfer-Encoding."),
        (_, _, 1) => Ok(Place::Chunked(NEXT_CHUNK)),
        _ if length == 0 => Ok(Place::Head { seen: 0, blank: 0 }),
        _ => Ok(Place::Sized(length)),
    }
}

/// Digits alone: a sign, a list or a space would be read differently elsewhere.
fn parse_length(value: &[u8]) -> Option<u64> {
    if value.is_empty() || value.len() > 18 || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok()
}

fn is_authority(value: &[u8]) -> bool {
    value.len() <= 300 && value.iter().all(|b| b.is_ascii_alphanumeric() || b"-._~:[]%!$&'()*+,;=".contains(b))
}

#[cfg(test)]
mod tests;
