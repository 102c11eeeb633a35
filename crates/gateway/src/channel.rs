//! What a call comes by, and what it goes on by: whichever protocol it is, heads and bodies pass in the same way.

use std::task::{Context, Poll, ready};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use keyward_wire::http2::Block;
use keyward_wire::http2::hpack::Keep;
use keyward_wire::{Fields, Known, Response, Version, write};

use crate::buffers::BUFFER;
use crate::forward::http2::{ToTarget, add_field};
use crate::http1::Http1;
use crate::http2::Http2;
use crate::transfer::{Lost, ROOM, Sink, Source};
use crate::transform::is_named_hop;

/// A connection, or one stream of a connection that carries many.
pub(crate) enum Channel {
    /// The whole of a connection.
    Http1(Box<Http1>),
    /// One stream of a caller.
    Http2(Box<Http2>),
    /// One stream to a target.
    ToTarget(Box<ToTarget>),
}

/// The fields of a head that is being written.
pub(crate) enum FieldsOut<'a> {
    /// As lines.
    Lines(&'a mut Vec<u8>),
    /// As a map, to a target that speaks HTTP/2.
    Map(&'a mut HeaderMap),
    /// As a block, to a caller that speaks HTTP/2.
    Block {
        /// The block.
        block: Block<'a>,
        /// Where the same is written as lines, of a call that is captured.
        copy: Option<&'a mut Vec<u8>>,
    },
}

impl FieldsOut<'_> {
    /// Adds a field whose name and value are known to be well-formed.
    #[inline(always)]
    pub(crate) fn field(&mut self, name: &[u8], value: &[u8]) {
        match self {
            Self::Lines(out) => write::field(out, name, value),
            Self::Map(map) => add_field(map, name, value),
            Self::Block { .. } => self.put(name, value, keep_of(name)),
        }
    }

    /// Adds a credential, which HTTP/2 then never keeps in its tables (RFC 7541 section 7.1.3).
    pub(crate) fn credential(&mut self, name: &HeaderName, value: &HeaderValue) {
        match self {
            Self::Lines(out) => write::field(out, name.as_str().as_bytes(), value.as_bytes()),
            Self::Map(map) => drop(map.insert(name, value.clone())),
            Self::Block { .. } => self.put(name.as_str().as_bytes(), value.as_bytes(), Keep::Never),
        }
    }

    /// Adds a field that Keyward itself has a name for.
    #[inline(always)]
    pub(crate) fn own(&mut self, name: &'static str, value: &[u8]) {
        self.named(name, value, Keep::Table);
    }

    /// Adds a field whose value is another in each message, so that HTTP/2 is not to keep it in its tables, where it would
    /// take the place of others (RFC 7541 section 6.2.3).
    #[inline(always)]
    pub(crate) fn fleeting(&mut self, name: &'static str, value: &[u8]) {
        self.named(name, value, Keep::Not);
    }

    #[inline(always)]
    fn named(&mut self, name: &'static str, value: &[u8], keep: Keep) {
        match self {
            Self::Lines(out) => write::field(out, name.as_bytes(), value),
            Self::Map(map) => {
                if let Ok(mut value) = HeaderValue::from_bytes(value) {
                    value.set_sensitive(keep != Keep::Table);
                    map.append(HeaderName::from_static(name), value);
                }
            }
            Self::Block { .. } => self.put(name.as_bytes(), value, keep),
        }
    }

    fn put(&mut self, name: &[u8], value: &[u8], keep: Keep) {
        if let Self::Block { block, copy } = self {
            block.field(name, value, keep);
            if let Some(copy) = copy {
                write::field(copy, name, value);
            }
        }
    }

    /// Adds a field whose value `write` appends, well-formed.
    pub(crate) fn text(&mut self, name: &'static str, write: impl FnOnce(&mut Vec<u8>)) {
        match self {
            Self::Lines(out) => write::field_with(out, name.as_bytes(), write),
            Self::Map(_) | Self::Block { .. } => {
                let mut value = Vec::new();
                write(&mut value);
                self.own(name, &value);
            }
        }
    }

    /// Adds a field with a number.
    pub(crate) fn number(&mut self, name: &'static str, value: u64) {
        self.fleeting(name, itoa::Buffer::new().format(value).as_bytes());
    }
}

/// Whether a target's field is the same in most of its answers. One that begins a session is for nobody to keep.
fn keep_of(name: &[u8]) -> Keep {
    const STEADY: [&str; 9] = [
        "vary",
        "date",
        "server",
        "content-type",
        "cache-control",
        "accept-ranges",
        "content-encoding",
        "content-language",
        "strict-transport-security",
    ];
    let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
    if STEADY.into_iter().any(is) {
        Keep::Table
    } else if is("set-cookie") {
        Keep::Never
    } else {
        Keep::Not
    }
}

impl Channel {
    /// Whether content, or anything else, is there that nobody has taken.
    pub(crate) fn has_unread(&self) -> bool {
        match self {
            Self::Http1(http1) => http1.has_unread(),
            Self::Http2(http2) => http2.has_unread(),
            Self::ToTarget(target) => target.has_unread(),
        }
    }

    /// Of a caller: takes what is here already of its body, unread. Whether that was all of it.
    pub(crate) fn skip_body(&mut self) -> bool {
        match self {
            Self::Http1(http1) => http1.skip_body(),
            // The next request comes by a stream of its own.
            Self::Http2(_) | Self::ToTarget(_) => true,
        }
    }

    /// Of a target: waits for the head of its answer.
    pub(crate) fn poll_answer(&mut self, cx: &mut Context<'_>, to_head: bool) -> Poll<Result<Response, Lost>> {
        match self {
            Self::Http1(http1) => http1.poll_answer(cx, to_head),
            Self::Http2(_) => Poll::Ready(Err(Lost::Closed)),
            Self::ToTarget(target) => target.poll_answer(cx),
        }
    }

    /// Of a caller whose request is whole: ready once it is gone. What it sends ahead is kept for later, as far as one
    /// buffer goes.
    pub(crate) fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::Http1(http1) => {
                while http1.unread() < BUFFER / 2 {
                    if matches!(ready!(http1.poll_more(cx)), Ok(0) | Err(_)) {
                        return Poll::Ready(());
                    }
                }
                Poll::Pending
            }
            Self::Http2(http2) => http2.poll_gone(cx),
            Self::ToTarget(_) => Poll::Pending,
        }
    }

    /// Of a caller whose request broke off: whether it took its call back, as HTTP/2 lets it.
    pub(crate) fn has_reset(&mut self, cx: &mut Context<'_>) -> bool {
        match self {
            Self::Http2(http2) => http2.poll_gone(cx).is_ready(),
            Self::Http1(_) | Self::ToTarget(_) => false,
        }
    }

    /// From here on bytes pass as they are, until the connection or the stream ends.
    pub(crate) fn open_tunnel(&mut self) {
        match self {
            Self::Http1(http1) => http1.open_tunnel(),
            // The frames of a stream are no part of what passes.
            Self::Http2(_) | Self::ToTarget(_) => {}
        }
    }

    /// Says that nothing more follows, where that is not said by the framing.
    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::Http1(http1) => http1.poll_shutdown(cx).map(drop),
            Self::Http2(_) | Self::ToTarget(_) => Poll::Ready(()),
        }
    }

    /// Of a caller that waits to be asked for the body: asks (RFC 9110 section 10.1.1).
    pub(crate) fn ask_for_body(&mut self) {
        match self {
            Self::Http1(http1) => {
                write::status_line(http1.out(), 100, "Continue");
                http1.out().extend_from_slice(b"\r\n");
            }
            Self::Http2(http2) => http2.send_interim(100, |_| {}),
            Self::ToTarget(_) => {}
        }
    }

    /// Of a caller: passes on an answer that another follows. Not to HTTP/1.0, which does not know them, nor where the
    /// caller has not taken those before.
    pub(crate) fn pass_interim(&mut self, version: Version, head: &Response) {
        if version < Version::Http11 || head.status == 100 {
            return;
        }
        match self {
            Self::Http1(http1) if http1.room() < ROOM / 2 => {}
            Self::Http1(http1) => {
                write::status_line(http1.out(), head.status, reason(head.status));
                write_interim(head, &mut FieldsOut::Lines(http1.out()));
                http1.out().extend_from_slice(b"\r\n");
            }
            Self::Http2(http2) => http2.send_interim(head.status, |block| {
                write_interim(head, &mut FieldsOut::Block { block, copy: None });
            }),
            Self::ToTarget(_) => {}
        }
    }
}

fn write_interim(head: &Response, out: &mut FieldsOut<'_>) {
    for (_, name, value) in passing(&head.fields) {
        out.field(name, value);
    }
}

/// The fields of an answer that go on: not those of the hop (RFC 9110 section 7.6.1), nor the length, which is said
/// anew.
pub(crate) fn passing(fields: &Fields) -> impl Iterator<Item = (Known, &[u8], &[u8])> {
    let names_hops = fields.contains(Known::Connection);
    fields.iter().filter(move |(known, name, _)| {
        !known.is_hop_by_hop() && *known != Known::ContentLength && !(names_hops && is_named_hop(fields, name))
    })
}

/// What a status is called.
pub(crate) fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default()
}

impl Source for Channel {
    fn poll_content(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, Lost>> {
        match self {
            Self::Http1(http1) => http1.poll_content(cx),
            Self::Http2(http2) => http2.poll_content(cx),
            Self::ToTarget(target) => target.poll_content(cx),
        }
    }

    fn content(&self) -> &[u8] {
        match self {
            Self::Http1(http1) => http1.content(),
            Self::Http2(http2) => http2.content(),
            Self::ToTarget(target) => target.content(),
        }
    }

    fn consume(&mut self, bytes: usize) {
        match self {
            Self::Http1(http1) => http1.consume(bytes),
            Self::Http2(http2) => http2.consume(bytes),
            Self::ToTarget(target) => target.consume(bytes),
        }
    }

    fn trailers(&mut self) -> Result<Option<Fields>, Lost> {
        match self {
            Self::Http1(http1) => http1.trailers(),
            Self::Http2(http2) => http2.trailers(),
            Self::ToTarget(target) => target.trailers(),
        }
    }
}

impl Sink for Channel {
    fn room(&self) -> usize {
        match self {
            Self::Http1(http1) => http1.room(),
            Self::Http2(http2) => http2.room(),
            Self::ToTarget(target) => target.room(),
        }
    }

    fn push(&mut self, content: &[u8]) {
        match self {
            Self::Http1(http1) => http1.push(content),
            Self::Http2(http2) => http2.push(content),
            Self::ToTarget(target) => target.push(content),
        }
    }

    fn finish(&mut self, trailers: Option<Fields>) {
        match self {
            Self::Http1(http1) => http1.finish(trailers),
            Self::Http2(http2) => http2.finish(trailers),
            Self::ToTarget(target) => target.finish(trailers),
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        match self {
            Self::Http1(http1) => http1.poll_flush(cx),
            Self::Http2(http2) => http2.poll_flush(cx),
            Self::ToTarget(target) => target.poll_flush(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_another_each_time_stays_out_of_the_tables_of_http2() {
        let mut map = HeaderMap::new();
        let mut fields = FieldsOut::Map(&mut map);
        fields.own("via", b"1.1 keyward");
        fields.fleeting("x-request-id", b"1");
        assert_eq!(["via", "x-request-id"].map(|name| map[name].is_sensitive()), [false, true]);
        let mut lines = Vec::new();
        FieldsOut::Lines(&mut lines).fleeting("x-request-id", b"1");
        assert_eq!(lines, b"x-request-id: 1\r\n");
    }

    #[test]
    fn a_credential_stays_out_of_the_tables_of_http2() {
        let mut value = HeaderValue::from_static("secret");
        value.set_sensitive(true);
        let name = HeaderName::from_static("x-key");
        let mut map = HeaderMap::new();
        FieldsOut::Map(&mut map).credential(&name, &value);
        assert!(map.get(&name).is_some_and(HeaderValue::is_sensitive));
        let mut lines = Vec::new();
        FieldsOut::Lines(&mut lines).credential(&name, &value);
        assert_eq!(lines, b"x-key: secret\r\n");
    }
}
