//! A connection read as a server reads it, piece by piece: what comes of it does not depend on the pieces.

use keyward_wire::{Body, Length, Limits, Request, Version};

use crate::corpus;
use crate::mutate::Mutator;

/// As many fields as hyper takes.
pub(crate) const LIMITS: Limits = Limits { bytes: 8192, target: 2048, fields: 100 };

/// A request of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) fields: Vec<(String, Vec<u8>)>,
    pub(crate) length: Length,
    pub(crate) content: Vec<u8>,
    pub(crate) body: End,
}

/// How a body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Whole,
    /// The bytes ended before it did.
    Cut,
    Broken,
}

/// Why there is no further request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The bytes ended within a head, or before one.
    Unfinished,
    /// A head was refused.
    Refused,
    /// A body had no end.
    Body,
    /// The connection is not kept, or goes over to another protocol.
    Close,
}

/// The requests in `pieces`, and why there are no more.
pub(crate) fn calls<'b>(pieces: impl IntoIterator<Item = &'b [u8]>) -> (Vec<Call>, Stop) {
    let mut pieces = pieces.into_iter();
    let (mut buffer, mut calls) = (Vec::new(), Vec::new());
    loop {
        let mut seen = 0;
        let (head, length) = loop {
            match Request::parse(&mut buffer, seen, Vec::new(), &LIMITS) {
                Err(_) => return (calls, Stop::Refused),
                Ok(Some(found)) => break found,
                Ok(None) => {
                    seen = buffer.len();
                    let Some(piece) = pieces.next() else { return (calls, Stop::Unfinished) };
                    buffer.extend_from_slice(piece);
                }
            }
        };
        let rest = head.fields.behind(length).to_vec();
        let mut call = call(&head);
        buffer = read_body(&mut call, head.body, rest, &mut pieces);
        let goes_on = head.persistent && head.upgrade.is_none() && head.method() != "CONNECT";
        let whole = call.body == End::Whole;
        calls.push(call);
        match (whole, goes_on && head.version >= Version::Http10) {
            (false, _) => return (calls, Stop::Body),
            (true, false) => return (calls, Stop::Close),
            (true, true) => {}
        }
    }
}

fn call(head: &Request) -> Call {
    let field = |name: &[u8], value: &[u8]| (String::from_utf8_lossy(name).to_ascii_lowercase(), value.to_vec());
    Call {
        method: head.method().to_owned(),
        target: head.target().to_owned(),
        fields: head.fields.iter().map(|(_, name, value)| field(name, value)).collect(),
        length: head.body,
        content: Vec::new(),
        body: End::Whole,
    }
}

/// Reads the body into the call; what stands behind it is given back.
fn read_body<'b>(
    call: &mut Call,
    length: Length,
    mut rest: Vec<u8>,
    pieces: &mut impl Iterator<Item = &'b [u8]>,
) -> Vec<u8> {
    let mut body = Body::new(length);
    while !body.is_over() {
        if rest.is_empty() {
            let Some(piece) = pieces.next() else {
                call.body = End::Cut;
                return rest;
            };
            rest = piece.to_vec();
            continue;
        }
        let Ok(found) = body.find(&rest) else {
            call.body = End::Broken;
            return rest;
        };
        call.content.extend_from_slice(&rest[found.content]);
        rest.drain(..found.used);
    }
    if body.trailers().is_err() {
        call.body = End::Broken;
    }
    rest
}

/// Connections: heads and bodies of the corpus, and mutations of them.
pub(crate) fn connections(seed: &str, mutations: usize) -> Vec<Vec<u8>> {
    let mut connections: Vec<Vec<u8>> = corpus::files("request_head").into_iter().map(|(_, bytes)| bytes).collect();
    for (_, body) in corpus::files("chunked") {
        let head = b"POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        connections.push([&head[..], &body, b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n"].concat());
    }
    let kept: Vec<Vec<u8>> = connections.clone();
    let kept: Vec<&[u8]> = kept.iter().map(|bytes| &bytes[..]).collect();
    let mut mutator = Mutator::new(seed, &kept);
    connections.extend((0..mutations).map(|round| mutator.mutate(kept[round % kept.len()])));
    connections
}

#[test]
fn a_connection_is_read_alike_however_it_is_cut() {
    let nothing: [&[u8]; 1] = [b""];
    let mut places = Mutator::new("places", &nothing);
    for bytes in connections("cuts", 3000) {
        let whole = calls([&bytes[..]]);
        assert_eq!(calls(bytes.chunks(1)), whole, "a byte at a time: {}", bytes.escape_ascii());
        for _ in 0..4 {
            let mut cuts = [places.below(bytes.len()), places.below(bytes.len())];
            cuts.sort_unstable();
            let pieces = [&bytes[..cuts[0]], &bytes[cuts[0]..cuts[1]], &bytes[cuts[1]..]];
            assert_eq!(calls(pieces), whole, "cut at {cuts:?}: {}", bytes.escape_ascii());
        }
    }
}
