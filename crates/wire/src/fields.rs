//! The fields of a head: names and values as ranges over the bytes they came in.
//!
//! A head is read once. What the path of a call asks for by name is known by a number from then on, so that nothing is
//! compared or copied a second time.

use std::ops::Range;

/// A range of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(crate) fn new(range: Range<usize>) -> Self {
        // Heads are bounded far below 4 GiB.
        let cut = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        Self { start: cut(range.start), end: cut(range.end) }
    }

    /// Where `part` lies within `whole`, of which it is a slice.
    pub(crate) fn of(part: &[u8], whole: &[u8]) -> Self {
        let start = (part.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
        Self::new(start..start + part.len())
    }

    pub(crate) fn of_bytes(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// One field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub(crate) name: Span,
    pub(crate) value: Span,
    pub(crate) known: Known,
}

/// The fields of a head, in the order in which they came.
#[derive(Debug, Default)]
pub struct Fields {
    pub(crate) bytes: Vec<u8>,
    pub(crate) list: Vec<Field>,
    /// A bit for each name that is there, so that most questions are answered without looking at the list.
    known: u32,
}

/// Names that something here or on the path of a call asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the name it says")]
pub enum Known {
    Other,
    AcceptVersion,
    Authorization,
    Connection,
    ContentLength,
    ContentType,
    Date,
    Expect,
    Forwarded,
    Host,
    Http2Settings,
    KeepAlive,
    Origin,
    ProxyAuthenticate,
    ProxyAuthorization,
    ProxyConnection,
    Referer,
    SecWebSocketAccept,
    SecWebSocketKey,
    SecWebSocketVersion,
    Te,
    Trailer,
    TransferEncoding,
    Upgrade,
    Via,
    XApiKey,
    XForwardedFor,
}

impl Known {
    fn bit(self) -> u32 {
        1 << self as u32
    }

    /// Which name it is, in whatever case it is written.
    pub fn of(name: &[u8]) -> Self {
        let (candidate, text): (Self, &[u8]) = match name.len() {
            2 => (Self::Te, b"te"),
            3 => (Self::Via, b"via"),
            4 => match name[0] | 0x20 {
                b'h' => (Self::Host, b"host"),
                _ => (Self::Date, b"date"),
            },
            6 => match name[0] | 0x20 {
                b'e' => (Self::Expect, b"expect"),
                _ => (Self::Origin, b"origin"),
            },
            7 => match name[0] | 0x20 {
                b't' => (Self::Trailer, b"trailer"),
                b'u' => (Self::Upgrade, b"upgrade"),
                _ => (Self::Referer, b"referer"),
            },
            9 => match name[0] | 0x20 {
                b'f' => (Self::Forwarded, b"forwarded"),
                _ => (Self::XApiKey, b"x-api-key"),
            },
            10 => match name[0] | 0x20 {
                b'c' => (Self::Connection, b"connection"),
                _ => (Self::KeepAlive, b"keep-alive"),
            },
            12 => (Self::ContentType, b"content-type"),
            13 => (Self::Authorization, b"authorization"),
            14 => match name[0] | 0x20 {
                b'c' => (Self::ContentLength, b"content-length"),
                b'h' => (Self::Http2Settings, b"http2-settings"),
                _ => (Self::AcceptVersion, b"accept-version"),
            },
            15 => (Self::XForwardedFor, b"x-forwarded-for"),
            16 => (Self::ProxyConnection, b"proxy-connection"),
            17 => match name[0] | 0x20 {
                b't' => (Self::TransferEncoding, b"transfer-encoding"),
                _ => (Self::SecWebSocketKey, b"sec-websocket-key"),
            },
            18 => (Self::ProxyAuthenticate, b"proxy-authenticate"),
            19 => (Self::ProxyAuthorization, b"proxy-authorization"),
            20 => (Self::SecWebSocketAccept, b"sec-websocket-accept"),
            21 => (Self::SecWebSocketVersion, b"sec-websocket-version"),
            _ => return Self::Other,
        };
        if name.eq_ignore_ascii_case(text) { candidate } else { Self::Other }
    }

    /// Whether it concerns one hop alone (RFC 9110 section 7.6.1), or frames the message: written anew for each hop.
    pub fn is_hop_by_hop(self) -> bool {
        matches!(
            self,
            Self::Connection
                | Self::KeepAlive
                | Self::ProxyConnection
                | Self::ProxyAuthenticate
                | Self::Te
                | Self::Trailer
                | Self::TransferEncoding
                | Self::Upgrade
                | Self::Http2Settings
        )
    }
}

impl Fields {
    /// What is in `list`, each a range of `bytes`.
    pub(crate) fn new(bytes: Vec<u8>, list: Vec<Field>) -> Self {
        let known = list.iter().fold(0, |known, field| known | field.known.bit());
        Self { bytes, list, known }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Each field: what it is known as, its name as it came, its value without blanks around it.
    pub fn iter(&self) -> impl Iterator<Item = (Known, &[u8], &[u8])> {
        self.list.iter().map(|field| (field.known, field.name.of_bytes(&self.bytes), field.value.of_bytes(&self.bytes)))
    }

    /// The values of every field of one name.
    pub fn all(&self, known: Known) -> impl DoubleEndedIterator<Item = &[u8]> {
        let list = if self.contains(known) { &self.list[..] } else { &[] };
        list.iter().filter(move |field| field.known == known).map(|field| field.value.of_bytes(&self.bytes))
    }

    /// Whether there is a field of that name.
    pub fn contains(&self, known: Known) -> bool {
        self.known & known.bit() != 0
    }

    /// The value of the first field of that name.
    pub fn first(&self, known: Known) -> Option<&[u8]> {
        self.all(known).next()
    }

    /// The value of a field that decides something: none where it is absent. One that is there twice, or holds anything
    /// but printable ASCII and blanks, is empty, which no rule admits: nobody gets by a rule by writing it oddly.
    pub fn decisive(&self, known: Known) -> Option<&str> {
        let mut values = self.all(known);
        let first = values.next()?;
        let is_plain = values.next().is_none() && first.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
        Some(if is_plain { std::str::from_utf8(first).unwrap_or_default() } else { "" })
    }

    /// Whether a list of words, over all fields of that name, has `word` (RFC 9110 section 5.6.1).
    pub fn lists(&self, known: Known, word: &str) -> bool {
        self.words(known).any(|listed| listed.eq_ignore_ascii_case(word.as_bytes()))
    }

    /// The words of a list, over all fields of that name.
    pub fn words(&self, known: Known) -> impl Iterator<Item = &[u8]> {
        self.all(known).flat_map(|value| value.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii)
    }

    /// Adds a field whose name and value are known to be well-formed.
    pub fn push(&mut self, name: &[u8], value: &[u8]) {
        let name = append(&mut self.bytes, name);
        let value = append(&mut self.bytes, value);
        let known = Known::of(name.of_bytes(&self.bytes));
        self.known |= known.bit();
        self.list.push(Field { name, value, known });
    }

    /// What came behind a head that took so many bytes.
    pub fn behind(&self, head: usize) -> &[u8] {
        self.bytes.get(head..).unwrap_or_default()
    }

    /// What it was made of, to be used again; emptied and wiped.
    pub fn recycle(mut self) -> (Vec<u8>, Vec<Field>) {
        wipe(&mut self.bytes);
        self.list.clear();
        (self.bytes, self.list)
    }
}

/// Adds bytes at the end, and says where they are.
pub(crate) fn append(bytes: &mut Vec<u8>, more: &[u8]) -> Span {
    let start = bytes.len();
    bytes.extend_from_slice(more);
    Span::new(start..bytes.len())
}

/// Overwrites what a buffer held, for heads hold credentials, and empties it.
pub fn wipe(bytes: &mut Vec<u8>) {
    bytes.fill(0);
    std::hint::black_box(&mut *bytes);
    bytes.clear();
}

/// Moves what follows the first `count` bytes of a buffer to its front; nothing is left of what was there.
pub fn forget(bytes: &mut Vec<u8>, count: usize) {
    let left = bytes.len() - count;
    bytes.copy_within(count.., 0);
    bytes[left..].fill(0);
    bytes.truncate(left);
}

/// Whether it is a name as HTTP/2 has them: in lower case (RFC 9113 section 8.2.1).
pub(crate) fn is_lower_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|byte| is_token_byte(*byte) && !byte.is_ascii_uppercase())
}

/// Whether a byte may stand in a field's name, or a method (RFC 9110 section 5.6.2).
pub fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Whether a byte may stand in a field's value (RFC 9110 section 5.5): no control character but the tab.
pub fn is_value_byte(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_any_case_and_no_other_is() {
        for (name, known) in [
            ("Host", Known::Host),
            ("dAtE", Known::Date),
            ("TE", Known::Te),
            ("Transfer-Encoding", Known::TransferEncoding),
            ("sec-websocket-key", Known::SecWebSocketKey),
            ("Content-Length", Known::ContentLength),
            ("x-api-key", Known::XApiKey),
            ("X-Forwarded-For", Known::XForwardedFor),
            ("Sec-WebSocket-Version", Known::SecWebSocketVersion),
            ("Hose", Known::Other),
            ("content_length", Known::Other),
            ("", Known::Other),
            ("x", Known::Other),
        ] {
            assert_eq!(Known::of(name.as_bytes()), known, "{name}");
        }
    }

    #[test]
    fn what_decides_stands_once_and_is_text() {
        let mut fields = Fields::default();
        assert_eq!(fields.decisive(Known::Origin), None);
        fields.push(b"Origin", b"https://a.test");
        assert_eq!(fields.decisive(Known::Origin), Some("https://a.test"));
        fields.push(b"origin", b"https://a.test");
        assert_eq!(fields.decisive(Known::Origin), Some(""));
        fields.push(b"Referer", "\u{e9}".as_bytes());
        assert_eq!(fields.decisive(Known::Referer), Some(""));
    }

    #[test]
    fn lists_go_over_several_fields() {
        let mut fields = Fields::default();
        fields.push(b"Connection", b"keep-alive, X-Hop");
        fields.push(b"Connection", b"Upgrade ");
        assert!(fields.lists(Known::Connection, "upgrade") && fields.lists(Known::Connection, "x-hop"));
        assert!(!fields.lists(Known::Connection, "close"));
    }

    #[test]
    fn nothing_is_left_of_what_is_used_again() {
        let mut fields = Fields::default();
        fields.push(b"Authorization", b"Bearer secret");
        let place = fields.bytes.as_ptr();
        let (bytes, list) = fields.recycle();
        assert!(bytes.is_empty() && list.is_empty() && bytes.as_ptr() == place);
    }
}
