//! A connection of HTTP/2, as a client's bytes make it.

use std::task::{Poll, Waker};

use keyward_wire::Limits;
use keyward_wire::http2::hpack::Keep;
use keyward_wire::http2::{Bounds, Connection, Gone, Reason};

use crate::cuts;
use crate::request_head::check_fields;

/// Windows are wider than any input, so that it makes no difference when content is taken.
const BOUNDS: Bounds = Bounds {
    streams: 8,
    stream_window: 1 << 24,
    window: 1 << 26,
    head: Limits { bytes: 4096, target: 1024, fields: 64 },
};
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Bytes of an answer to each call.
const ANSWER: usize = 1000;

/// A call as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http2Call {
    /// Its stream.
    pub stream: u32,
    /// Method, target and host; none where the head was refused.
    pub head: Option<(String, String, String)>,
    /// Names and values, and those of the trailers.
    pub fields: Vec<(String, Vec<u8>)>,
    /// What came behind the fields.
    pub content: Vec<u8>,
    /// Names and values behind the content.
    pub trailers: Vec<(String, Vec<u8>)>,
    /// Whether all of it came.
    pub whole: bool,
}

/// The bytes behind the preface, and what becomes of them, in however many pieces they come: calls are the same, and so
/// is what the connection ends with. What goes out is frames, and no more than is asked for.
pub fn http2(bytes: &[u8]) {
    let all = [PREFACE, bytes].concat();
    let (calls, end) = http2_calls([&all[..]]);
    for call in &calls {
        if let Some((method, target, host)) = &call.head {
            assert!(!method.is_empty() && target.bytes().all(|byte| byte.is_ascii_graphic()) && !host.contains(' '));
        }
    }
    for at in cuts(all.len()) {
        let (cut, cut_end) = http2_calls([&all[..at], &all[at..]]);
        assert_eq!((&cut, cut_end), (&calls, end), "cut at {at}");
    }
}

/// The calls of a connection, each answered at once, and the error code that the connection ends with, if it does.
pub fn http2_calls<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Http2Call>, Option<u32>) {
    let mut connection = Connection::new(BOUNDS);
    let (mut waiting, mut calls, mut end) = (Vec::new(), Vec::<Http2Call>::new(), None);
    for piece in pieces {
        waiting.extend_from_slice(piece);
        let received = connection.receive(&waiting, &mut || (Vec::new(), Vec::new()));
        while let Some(opened) = connection.next_opened() {
            let head = opened.head.as_ref().ok().map(|head| {
                check_fields(&head.fields);
                let host = head.host().expect("a request has a host");
                (head.method().to_owned(), head.target().to_owned(), host.to_owned())
            });
            let fields = opened.head.map(|head| owned(head.fields.iter())).unwrap_or_default();
            let (content, trailers) = (Vec::new(), Vec::new());
            calls.push(Http2Call { stream: opened.stream, head, fields, content, trailers, whole: false });
        }
        for call in calls.iter_mut().filter(|call| !call.whole) {
            take(&mut connection, call);
        }
        match received {
            Ok(used) => drop(waiting.drain(..used)),
            Err(broken) => {
                end = Some(broken.reason.0);
                break;
            }
        }
    }
    for call in &mut calls {
        // In how many pieces it came shows where a call is taken back behind its end.
        call.whole &= connection.poll_gone(call.stream, Waker::noop()).is_pending();
        answer(&mut connection, call);
        connection.end(call.stream, Reason::INTERNAL_ERROR, 0);
    }
    assert_eq!(connection.open(), 0);
    check_frames(connection.unsent());
    (calls, end)
}

fn take(connection: &mut Connection, call: &mut Http2Call) {
    loop {
        let mut chunk = Vec::new();
        match connection.poll_content(call.stream, &mut chunk, Waker::noop()) {
            Poll::Ready(Ok(true)) => {
                connection.taken(call.stream, chunk.len());
                call.content.extend_from_slice(&chunk);
            }
            Poll::Ready(Ok(false)) => {
                call.whole = true;
                let trailers = connection.trailers(call.stream);
                call.trailers = trailers.map(|trailers| owned(trailers.iter())).unwrap_or_default();
                return;
            }
            Poll::Ready(Err(Gone::Reset(_) | Gone::Broken | Gone::Closed)) | Poll::Pending => return,
        }
    }
}

fn answer(connection: &mut Connection, call: &Http2Call) {
    let head = connection.head(call.stream, 200, false, |mut block| {
        for (name, value) in &call.fields {
            block.field(name.as_bytes(), value, Keep::Table);
        }
    });
    if head.is_ok() {
        let sent = connection.send(call.stream, &[b'x'; ANSWER], true, Waker::noop()).expect("a stream that is there");
        assert!(sent.bytes <= ANSWER && sent.is_all == (sent.bytes == ANSWER));
    }
}

/// What goes out can be read, and is in no frame larger than all take.
fn check_frames(mut out: &[u8]) {
    while !out.is_empty() {
        let [a, b, c, kind, ..] = *out else { panic!("half a head of a frame goes out") };
        let length = u32::from_be_bytes([0, a, b, c]) as usize;
        assert!(length <= 16_384 && kind <= 9, "a frame of type {kind} with {length} bytes goes out");
        out = out.get(9 + length..).expect("a whole frame goes out");
    }
}

fn owned<'a, K>(fields: impl Iterator<Item = (K, &'a [u8], &'a [u8])>) -> Vec<(String, Vec<u8>)> {
    fields.map(|(_, name, value)| (String::from_utf8_lossy(name).into_owned(), value.to_vec())).collect()
}
