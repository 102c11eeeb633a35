//! The chunked coding (RFC 9112 section 7.1), followed to the byte: a line ends with CR LF and in no other way, and a
//! body whose framing breaks has no end that anybody could agree on.

/// Bytes of a line with the size of a chunk, and of one trailer.
const MAX_LINE: u32 = 8 * 1024;
/// Bytes of lines with sizes of chunks, over 16 and twice its content for each: honest senders stay below that with every
/// chunk, and extensions that nobody asked for would else be read for ever.
pub(crate) const MAX_OVERHEAD: u64 = 16 * 1024;
/// Bytes of all trailers.
pub(crate) const MAX_TRAILERS: usize = 32 * 1024;

/// The place in a chunked body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chunk {
    /// In the line with the size.
    Size { size: u64, part: Part, length: u32 },
    /// In the data; so many bytes are left.
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
pub(crate) enum Part {
    Digits,
    /// In blanks behind the digits. They are followed by an extension or by the end of the line: of `1 2`, one reader
    /// would take 1 and another 12.
    Blank,
    /// Behind the semicolon.
    Extension,
    /// Behind the carriage return.
    Ending,
}

impl Chunk {
    /// Before the first chunk.
    pub(crate) const FIRST: Self = Self::Size { size: 0, part: Part::Digits, length: 0 };

    /// Bytes so far of a line with the size of a chunk.
    pub(crate) fn line(self) -> u32 {
        match self {
            Self::Size { length, .. } => length,
            Self::Data(_) | Self::DataEnd { .. } | Self::Trailer { .. } | Self::Over => 0,
        }
    }

    /// What follows a byte that is not data; none when it breaks the framing.
    pub(crate) fn step(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Size { size, part, length }, byte) => return step_size(size, part, length, byte),
            (Self::DataEnd { ending: false }, b'\r') => Self::DataEnd { ending: true },
            (Self::DataEnd { ending: true }, b'\n') => Self::FIRST,
            (Self::Trailer { length: 0, ending: true }, b'\n') => Self::Over,
            (Self::Trailer { ending: true, .. }, b'\n') => Self::Trailer { length: 0, ending: false },
            (Self::Trailer { length, ending: false }, b'\r') => Self::Trailer { length, ending: true },
            (Self::Trailer { length: MAX_LINE.., .. }, _) => return None,
            (Self::Trailer { length, ending: false }, byte) if crate::fields::is_value_byte(byte) => {
                Self::Trailer { length: length + 1, ending: false }
            }
            (Self::Data(_) | Self::DataEnd { .. } | Self::Trailer { .. } | Self::Over, _) => return None,
        })
    }
}

/// One more byte of a line with the size of a chunk; none when it breaks the framing.
fn step_size(size: u64, part: Part, length: u32, byte: u8) -> Option<Chunk> {
    let next = |size, part| Some(Chunk::Size { size, part, length: length + 1 });
    match (part, byte) {
        _ if length >= MAX_LINE => None,
        (Part::Ending, b'\n') if size == 0 => Some(Chunk::Trailer { length: 0, ending: false }),
        (Part::Ending, b'\n') => Some(Chunk::Data(size)),
        (Part::Ending, _) => None,
        (_, b'\r') if length > 0 => next(size, Part::Ending),
        (Part::Digits, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
            let digit = u64::from(char::from(byte).to_digit(16)?);
            next(size.checked_mul(16)?.checked_add(digit)?, Part::Digits)
        }
        (Part::Digits | Part::Blank, b' ' | b'\t') if length > 0 => next(size, Part::Blank),
        (Part::Digits | Part::Blank, b';') if length > 0 => next(size, Part::Extension),
        (Part::Extension, byte) if crate::fields::is_value_byte(byte) => next(size, Part::Extension),
        _ => None,
    }
}
