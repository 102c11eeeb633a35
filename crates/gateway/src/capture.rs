//! What is captured of a call on its way, where its api asks for that: heads, and the beginnings of bodies.
//!
//! A call whose api captures nothing looks once whether it does. What is taken is bounded for each call and for all of
//! them, waits for nobody, and is redacted elsewhere, after the call ([`raw`]). Only calls whose token was recognised are
//! captured: what strangers send must not push out what callers sent.

use std::sync::Arc;

use keyward_calls::Lease;
use keyward_model::api::{ApiSpec, Capture as Wanted, PatternError};
use keyward_policy::redact::Redaction;
use keyward_wire::write;
use zeroize::Zeroizing;

use crate::exchange::Exchange;

mod raw;
mod websocket;

pub(crate) use raw::finish;

/// What an api captures, and what is blotted out of it.
#[derive(Debug)]
pub(crate) struct Rules {
    redaction: Redaction,
    wanted: Wanted,
}

impl Rules {
    /// Those of an api that captures something.
    pub(crate) fn of(api: &ApiSpec) -> Result<Self, PatternError> {
        let redaction = Redaction::new(&api.capture, api.token_parameter.as_deref())?;
        Ok(Self { redaction, wanted: api.capture.clone() })
    }
}

/// The capture of a call under way.
pub(crate) struct Capture {
    rules: Arc<Rules>,
    lease: Lease,
    request: Held,
    request_encoding: Option<&'static str>,
    /// What the caller was told, which for gRPC is not what the record says.
    status: Option<u16>,
    response_head: Zeroizing<Vec<u8>>,
    response: Held,
    response_encoding: Option<&'static str>,
    /// Whether there was no room for some of it.
    short: bool,
}

/// What is held of a body.
#[derive(Debug, Default)]
struct Held {
    /// Wiped: credentials may be repeated in it.
    bytes: Zeroizing<Vec<u8>>,
    most: usize,
    /// Whether it came to its end.
    ended: bool,
}

/// Where a body passes by.
pub(crate) struct Tap<'c> {
    held: &'c mut Held,
    lease: &'c mut Lease,
    short: &'c mut bool,
}

/// Begins the capture of a call whose caller is known, where its api captures.
pub(crate) fn begin(exchange: &mut Exchange) {
    let Some(rules) = exchange.facts().and_then(|facts| facts.capture.as_ref()) else { return };
    let Some(lease) = exchange.worker.captures.as_ref().and_then(keyward_calls::Captures::lease) else { return };
    let fields = exchange.head.fields.iter();
    let request_encoding = encoding(fields.map(|(_, name, value)| (name, value)));
    let most = |wanted: bool| if wanted { rules.redaction.holds() } else { 0 };
    // What cannot be looked through need not be held.
    let request = Held::up_to(most(rules.wanted.request_body && request_encoding.is_none()));
    let response = Held::up_to(most(rules.wanted.response_body));
    exchange.capture = Some(Box::new(Capture {
        rules: Arc::clone(rules),
        lease,
        request,
        request_encoding,
        status: None,
        response_head: Zeroizing::default(),
        response,
        response_encoding: None,
        short: false,
    }));
}

impl Capture {
    /// Where the request's body passes by.
    pub(crate) fn request(&mut self) -> Tap<'_> {
        Tap { held: &mut self.request, lease: &mut self.lease, short: &mut self.short }
    }

    /// Where the answer's body passes by.
    pub(crate) fn response(&mut self) -> Tap<'_> {
        Tap { held: &mut self.response, lease: &mut self.lease, short: &mut self.short }
    }

    /// Takes the head of the answer as it is written to a caller of HTTP/1: its status line, and a line for each field.
    pub(crate) fn answered_lines(&mut self, status: u16, head: &[u8]) {
        let fields = head.iter().position(|byte| *byte == b'\n').map_or(&[][..], |end| &head[end + 1..]);
        self.answered(status, fields);
    }

    /// Takes the fields of the answer, as lines.
    pub(crate) fn answered(&mut self, status: u16, fields: &[u8]) {
        self.status = Some(status);
        self.response_encoding = encoding(lines(fields));
        if self.response_encoding.is_some() {
            self.response.most = 0;
        }
        if self.rules.wanted.response_head {
            if self.lease.grow(fields.len()) {
                self.response_head = Zeroizing::new(fields.to_vec());
            } else {
                self.short = true;
            }
        }
    }
}

impl Held {
    fn up_to(most: usize) -> Self {
        Self { most, ..Self::default() }
    }
}

impl Tap<'_> {
    /// Looks at content that passes.
    pub(crate) fn take(&mut self, content: &[u8]) {
        let Held { bytes, most, .. } = &mut *self.held;
        let taken = content.len().min(most.saturating_sub(bytes.len()));
        let needed = bytes.len() + taken;
        if needed > bytes.capacity() {
            // Room is taken for what is made of it, not for what is in it.
            let capacity = needed.max(bytes.capacity() * 2).min(*most);
            if !self.lease.grow(capacity - bytes.capacity()) {
                (*bytes, *most, *self.short) = (Zeroizing::default(), 0, true);
                return;
            }
            move_into(bytes, capacity);
        }
        bytes.extend_from_slice(&content[..taken]);
    }

    /// Nothing follows.
    pub(crate) fn end(&mut self) {
        self.held.ended = true;
    }
}

/// Moves what is held to memory of that capacity by hand, so that what it moves out of is wiped as well.
fn move_into(bytes: &mut Zeroizing<Vec<u8>>, capacity: usize) {
    let mut larger = Zeroizing::new(Vec::with_capacity(capacity));
    larger.extend_from_slice(bytes);
    *bytes = larger;
}

/// The fields that stand in lines.
fn lines(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let lines = text.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        Some((&line[..colon], line[colon + 1..].trim_ascii()))
    })
}

fn put_lines<'f>(fields: impl Iterator<Item = (&'f [u8], &'f [u8])>, into: &mut Vec<u8>) {
    for (name, value) in fields {
        write::field(into, name, value);
    }
}

/// Bytes of what [`put_lines`] puts: with room for them, nothing of it is moved.
fn size_of_lines<'f>(fields: impl Iterator<Item = (&'f [u8], &'f [u8])>) -> usize {
    fields.map(|(name, value)| name.len() + value.len() + 4).sum()
}

/// What hides a body (RFC 9110 section 8.4), by a name that is known: what somebody else wrote there is not repeated.
fn encoding<'f>(fields: impl Iterator<Item = (&'f [u8], &'f [u8])>) -> Option<&'static str> {
    const KNOWN: [&str; 7] = ["gzip", "br", "zstd", "deflate", "compress", "x-gzip", "aes128gcm"];
    let said = fields.filter(|(name, _)| name.eq_ignore_ascii_case(b"content-encoding"));
    let codings = said.flat_map(|(_, value)| value.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    let mut codings = codings.filter(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity"));
    let first = codings.next()?;
    let known = KNOWN.into_iter().find(|known| first.eq_ignore_ascii_case(known.as_bytes()));
    Some(known.filter(|_| codings.next().is_none()).unwrap_or("other"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_a_body_is_named_only_where_it_is_known() {
        let of = |values: &[&str]| encoding(values.iter().map(|v| (&b"Content-ENCODING"[..], v.as_bytes())));
        assert_eq!([of(&[]), of(&["identity"]), of(&["", " , Identity"])], [None; 3]);
        assert_eq!([of(&["GZip"]), of(&["identity, br"])], [Some("gzip"), Some("br")]);
        assert_eq!([of(&["gzip, br"]), of(&["gzip", "br"]), of(&["kw_secret"])], [Some("other"); 3]);
        assert_eq!(encoding([(&b"Accept-Encoding"[..], &b"gzip"[..])].into_iter()), None);
    }

    #[test]
    fn lines_come_back_as_they_were_put() {
        let fields = [(&b"a"[..], &b"1: 2"[..]), (b"b", b""), (b"c", b"caf\xe9")];
        let mut text = Vec::new();
        put_lines(fields.into_iter(), &mut text);
        assert_eq!(lines(&text).collect::<Vec<_>>(), fields);
    }
}
