use std::task::{Poll, Waker};

use super::frame::{self, PREFACE, Reason, setting};
use super::hpack::{Decoder, Keep};
use super::*;
use crate::fault::FaultKind;
use crate::head::Limits;

const BOUNDS: Bounds =
    Bounds { streams: 4, stream_window: 1000, window: 100_000, head: Limits { bytes: 2000, target: 1000, fields: 20 } };

/// `GET / http a` by indices and one literal.
const GET: &[u8] = b"\x82\x86\x84\x41\x01a";
const POST: &[u8] = b"\x83\x86\x84\x41\x01a";

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    [&frame::head(payload.len(), kind, flags, stream), payload].concat()
}

fn headers(stream: u32, flags: u8, block: &[u8]) -> Vec<u8> {
    frame(frame::HEADERS, flags | frame::END_HEADERS, stream, block)
}

fn number(kind: u8, stream: u32, number: u32) -> Vec<u8> {
    frame(kind, 0, stream, &number.to_be_bytes())
}

fn settings(settings: &[(u16, u32)]) -> Vec<u8> {
    let pair = |(setting, value): &(u16, u32)| [&setting.to_be_bytes()[..], &value.to_be_bytes()].concat();
    frame(frame::SETTINGS, 0, 0, &settings.iter().flat_map(pair).collect::<Vec<_>>())
}

fn spare() -> impl FnMut() -> (Vec<u8>, Vec<crate::fields::Field>) {
    || (Vec::new(), Vec::new())
}

/// A connection whose client has said hello.
fn open() -> Connection {
    let mut connection = Connection::new(BOUNDS);
    take(&mut connection, &[&PREFACE[..], &settings(&[])].concat()).unwrap();
    assert!(connection.is_settled());
    let sent = said(&mut connection);
    assert_eq!((sent[0].0, sent.last().unwrap().0), (frame::SETTINGS, frame::SETTINGS));
    connection
}

fn take(connection: &mut Connection, bytes: &[u8]) -> Result<(), Broken> {
    let used = connection.receive(bytes, &mut spare())?;
    assert_eq!(used, bytes.len(), "all of it is whole");
    Ok(())
}

/// Kind, flags, stream and payload of each frame that was sent.
fn said(connection: &mut Connection) -> Vec<(u8, u8, u32, Vec<u8>)> {
    let mut frames = Vec::new();
    let out = connection.unsent().to_vec();
    let mut rest = &out[..];
    while let Some((head, behind)) = rest.split_first_chunk() {
        let head = frame::FrameHead::read(head);
        frames.push((head.kind, head.flags, head.stream, behind[..head.length].to_vec()));
        rest = &behind[head.length..];
    }
    connection.sent(out.len());
    frames
}

fn content(connection: &mut Connection, stream: u32) -> Result<Option<Vec<u8>>, Gone> {
    let mut into = Vec::new();
    match connection.poll_content(stream, &mut into, Waker::noop()) {
        Poll::Ready(Ok(there)) => Ok(there.then_some(into)),
        Poll::Ready(Err(gone)) => Err(gone),
        Poll::Pending => Ok(Some(Vec::new())),
    }
}

fn send(connection: &mut Connection, stream: u32, content: &[u8], ends: bool) -> Sent {
    connection.send(stream, content, ends, Waker::noop()).unwrap()
}

#[test]
fn a_call_comes_and_is_answered() {
    let mut connection = open();
    take(&mut connection, &headers(1, frame::END_STREAM, GET)).unwrap();
    let opened = connection.next_opened().unwrap();
    let head = opened.head.unwrap();
    assert_eq!((opened.stream, head.method(), head.target(), head.host()), (1, "GET", "/", Some("a")));
    assert_eq!(head.body, crate::body::Length::Zero);
    assert_eq!(content(&mut connection, 1), Ok(None));
    connection.head(1, 200, false, |mut block| block.field(b"Via", b"1.1 x", Keep::Table)).unwrap();
    assert_eq!(send(&mut connection, 1, b"hello", true), Sent { bytes: 5, is_all: true });
    connection.end(1, Reason::INTERNAL_ERROR, 0);
    let sent = said(&mut connection);
    let mut fields = Vec::new();
    Decoder::new().read(&sent[0].3, |name, value| fields.push((name.to_vec(), value.to_vec()))).unwrap();
    assert_eq!(fields, [(b":status".to_vec(), b"200".to_vec()), (b"via".to_vec(), b"1.1 x".to_vec())]);
    assert_eq!(sent[1], (frame::DATA, frame::END_STREAM, 1, b"hello".to_vec()));
    assert_eq!((sent.len(), connection.open()), (2, 0));
}

#[test]
fn it_makes_no_difference_in_how_many_pieces_bytes_come() {
    let all = [
        &PREFACE[..],
        &settings(&[(setting::INITIAL_WINDOW_SIZE, 100)]),
        &headers(1, 0, POST),
        &frame(frame::DATA, frame::PADDED, 1, b"\x03abcxyz"),
        &frame(frame::HEADERS, 0, 3, &GET[..2]),
        &frame(frame::CONTINUATION, 0, 3, &GET[2..4]),
        &frame(frame::CONTINUATION, frame::END_HEADERS, 3, &GET[4..]),
        &headers(1, frame::END_STREAM, b"\0\x01t\x01v"),
    ]
    .concat();
    for size in 1..all.len() {
        let mut connection = Connection::new(BOUNDS);
        let mut waiting = Vec::new();
        for piece in all.chunks(size) {
            waiting.extend_from_slice(piece);
            let used = connection.receive(&waiting, &mut spare()).unwrap();
            waiting.drain(..used);
        }
        assert!(waiting.is_empty());
        let streams: Vec<u32> = std::iter::from_fn(|| connection.next_opened()).map(|opened| opened.stream).collect();
        assert_eq!(streams, [1, 3]);
        assert_eq!(content(&mut connection, 1).unwrap().unwrap(), b"abc");
        assert_eq!(content(&mut connection, 1), Ok(None));
        let trailers = connection.trailers(1).unwrap();
        assert_eq!(trailers.iter().map(|(_, name, value)| (name, value)).collect::<Vec<_>>(), [(&b"t"[..], &b"v"[..])]);
    }
}

/// What the connection ends with after `bytes`.
fn broken(bytes: &[u8]) -> Reason {
    let mut connection = open();
    let broken = connection.receive(bytes, &mut spare()).expect_err("the connection breaks");
    let last = said(&mut connection).pop().unwrap();
    assert_eq!((last.0, &last.3[4..]), (frame::GOAWAY, &broken.reason.0.to_be_bytes()[..]));
    broken.reason
}

#[test]
fn frames_that_break_the_protocol_end_the_connection() {
    let protocol = Reason::PROTOCOL_ERROR;
    for (bytes, reason) in [
        (frame(frame::DATA, 0, 1, b"x"), protocol),
        (frame(frame::DATA, 0, 0, b"x"), protocol),
        (headers(0, 0, GET), protocol),
        (headers(2, 0, GET), protocol),
        (frame(frame::CONTINUATION, frame::END_HEADERS, 1, GET), protocol),
        ([frame(frame::HEADERS, 0, 1, b"\x82"), frame(frame::PING, 0, 0, &[0; 8])].concat(), protocol),
        ([frame(frame::HEADERS, 0, 1, b"\x82"), frame(frame::CONTINUATION, 4, 3, GET)].concat(), protocol),
        (frame(frame::HEADERS, frame::PADDED | frame::END_HEADERS, 1, b"\x09abc"), protocol),
        (frame(frame::PUSH_PROMISE, 0, 1, &[0; 8]), protocol),
        (frame(frame::PING, 0, 1, &[0; 8]), protocol),
        (frame(frame::PING, 0, 0, &[0; 7]), Reason::FRAME_SIZE_ERROR),
        (frame(frame::SETTINGS, 0, 1, b""), protocol),
        (frame(frame::SETTINGS, 0, 0, b"x"), Reason::FRAME_SIZE_ERROR),
        (frame(frame::SETTINGS, frame::ACK, 0, &[0; 6]), Reason::FRAME_SIZE_ERROR),
        (settings(&[(setting::ENABLE_PUSH, 2)]), protocol),
        (settings(&[(setting::MAX_FRAME_SIZE, 16_383)]), protocol),
        (settings(&[(setting::INITIAL_WINDOW_SIZE, 1 << 31)]), Reason::FLOW_CONTROL_ERROR),
        (number(frame::WINDOW_UPDATE, 0, 0), protocol),
        (number(frame::WINDOW_UPDATE, 0, 0x7fff_ffff), Reason::FLOW_CONTROL_ERROR),
        (number(frame::WINDOW_UPDATE, 1, 1), protocol),
        (frame(frame::WINDOW_UPDATE, 0, 0, b"abc"), Reason::FRAME_SIZE_ERROR),
        (number(frame::RST_STREAM, 1, 8), protocol),
        (number(frame::RST_STREAM, 0, 8), protocol),
        (frame(frame::RST_STREAM, 0, 1, b""), Reason::FRAME_SIZE_ERROR),
        (frame(frame::PRIORITY, 0, 0, &[0; 5]), protocol),
        (frame(frame::PRIORITY, 0, 1, &[0; 4]), Reason::FRAME_SIZE_ERROR),
        (frame(frame::GOAWAY, 0, 1, &[0; 8]), protocol),
        (frame(frame::GOAWAY, 0, 0, &[0; 7]), Reason::FRAME_SIZE_ERROR),
        (headers(1, 0, b"\xff\xff\xff\xff\xff"), Reason::COMPRESSION_ERROR),
        (headers(1, frame::WITH_PRIORITY, b"abcd"), Reason::FRAME_SIZE_ERROR),
        ([headers(1, frame::END_STREAM, GET), headers(1, frame::END_STREAM, GET)].concat(), Reason::STREAM_CLOSED),
        (b"\0\x40\x01\0\0\0\0\0\x01".to_vec(), Reason::FRAME_SIZE_ERROR),
        (frame(frame::HEADERS, 0, 1, b"").into_iter().chain(frame(9, 0, 1, b"").repeat(64)).collect(), Reason(11)),
    ] {
        assert_eq!(broken(&bytes), reason, "{bytes:x?}");
    }
    let mut connection = Connection::new(BOUNDS);
    assert!(connection.receive(b"GET / HTTP/1.1\r\n", &mut spare()).is_err());
    let mut connection = Connection::new(BOUNDS);
    let hello = [&PREFACE[..], &frame(frame::PING, 0, 0, &[0; 8])].concat();
    assert_eq!(connection.receive(&hello, &mut spare()).unwrap_err().reason, protocol);
}

#[test]
fn what_is_wrong_with_a_stream_ends_that_stream_alone() {
    let length = [POST, b"\x0f\x0d\x015"].concat();
    for (bytes, reason) in [
        (frame(frame::DATA, 0, 1, &[0; 1001]), Reason::FLOW_CONTROL_ERROR),
        (number(frame::WINDOW_UPDATE, 1, 0), Reason::PROTOCOL_ERROR),
        (number(frame::WINDOW_UPDATE, 1, 0x7fff_ffff), Reason::FLOW_CONTROL_ERROR),
        // Longer and shorter than it was said to be, with and without trailers.
        (frame(frame::DATA, 0, 1, b"123456"), Reason::PROTOCOL_ERROR),
        (frame(frame::DATA, frame::END_STREAM, 1, b"1234"), Reason::PROTOCOL_ERROR),
        (headers(1, frame::END_STREAM, b""), Reason::PROTOCOL_ERROR),
        // Trailers that do not end the stream, or are none.
        (headers(1, 0, b"\0\x01t\x01v"), Reason::PROTOCOL_ERROR),
        ([frame(frame::DATA, 0, 1, b"12345"), headers(1, frame::END_STREAM, b"\x82")].concat(), Reason::PROTOCOL_ERROR),
        ([frame(0, 1, 1, b"12345"), frame(0, 0, 1, b"x")].concat(), Reason::STREAM_CLOSED),
    ] {
        let mut connection = open();
        take(&mut connection, &headers(1, 0, &length)).unwrap();
        take(&mut connection, &headers(3, 0, POST)).unwrap();
        said(&mut connection);
        take(&mut connection, &bytes).unwrap();
        let sent = said(&mut connection);
        assert_eq!(sent, [(frame::RST_STREAM, 0, 1, reason.0.to_be_bytes().to_vec())], "{bytes:x?}");
        assert!(connection.poll_gone(1, Waker::noop()).is_ready());
        assert!(connection.head(1, 200, true, |_| {}).is_err());
        connection.end(1, Reason::CANCEL, 0);
        assert!(said(&mut connection).is_empty(), "it is told once");
        // What was on its way is no harm.
        take(&mut connection, &frame(frame::DATA, frame::END_STREAM, 1, b"late")).unwrap();
        take(&mut connection, &headers(1, frame::END_STREAM, b"\0\x01t\x01v")).unwrap();
        take(&mut connection, &number(frame::WINDOW_UPDATE, 1, 9)).unwrap();
        take(&mut connection, &number(frame::RST_STREAM, 1, 9)).unwrap();
        take(&mut connection, &frame(frame::DATA, frame::END_STREAM, 3, b"fine")).unwrap();
        assert_eq!(content(&mut connection, 3).unwrap().unwrap(), b"fine");
    }
}

#[test]
fn heads_that_are_no_requests_are_refused_and_said_to_be_so() {
    let field = |name: &str, value: &str| {
        let text = |text: &str| [&[text.len() as u8][..], text.as_bytes()].concat();
        [&[0][..], &text(name), &text(value)].concat()
    };
    for (block, kind) in [
        (GET[..3].to_vec(), FaultKind::Malformed),
        (b"\x82\x84\x41\x01a".to_vec(), FaultKind::Malformed),
        (b"\x82\x86\x84\x01\0".to_vec(), FaultKind::Malformed),
        ([&b"\x82\x86\x84"[..], &field("host", "")].concat(), FaultKind::Malformed),
        ([GET, b"\x82"].concat(), FaultKind::Malformed),
        ([&field("x", "y"), GET].concat(), FaultKind::Malformed),
        ([GET, &field("x", "y"), b"\x82"].concat(), FaultKind::Malformed),
        ([GET, &field(":status", "200")].concat(), FaultKind::Malformed),
        ([GET, &field("X", "y")].concat(), FaultKind::Malformed),
        ([GET, &field("x", "a\r\nb: c")].concat(), FaultKind::Malformed),
        ([GET, &field("x", " y")].concat(), FaultKind::Malformed),
        ([GET, &field("a b", "y")].concat(), FaultKind::Malformed),
        ([GET, &field("connection", "close")].concat(), FaultKind::Malformed),
        ([GET, &field("transfer-encoding", "chunked")].concat(), FaultKind::Malformed),
        ([GET, &field("host", "b")].concat(), FaultKind::Malformed),
        ([b"\x82\x86\x41\x01a", &field(":path", "")[..]].concat(), FaultKind::Malformed),
        ([b"\x82\x86\x41\x01a", &field(":path", "/a#b")[..]].concat(), FaultKind::Target),
        ([GET, &field("x", "y").repeat(21)].concat(), FaultKind::TooLarge),
        ([GET, &field("x", &"y".repeat(120)).repeat(17)].concat(), FaultKind::TooLarge),
    ] {
        let mut connection = open();
        take(&mut connection, &headers(1, frame::END_STREAM, &block)).unwrap();
        let (fault, line) = connection.next_opened().unwrap().head.unwrap_err();
        assert_eq!(fault.kind, kind, "{block:x?}");
        assert!(line.len() < 10, "method and target alone");
    }
}

#[test]
fn what_one_head_puts_into_the_table_counts_for_the_next_even_where_it_is_refused() {
    let mut connection = open();
    for id in (1..=9).step_by(2) {
        let block = [GET, b"\x40\x01x", &[1, b'0' + id as u8]].concat();
        take(&mut connection, &headers(id, frame::END_STREAM, &block)).unwrap();
    }
    assert_eq!(connection.open(), 4);
    let refused = (frame::RST_STREAM, 0, 9, Reason::REFUSED_STREAM.0.to_be_bytes().to_vec());
    assert_eq!(said(&mut connection), [refused]);
    connection.end(1, Reason::CANCEL, 0);
    // Behind its own authority, the newest entry is what was refused.
    take(&mut connection, &headers(11, frame::END_STREAM, &[GET, b"\xbf"].concat())).unwrap();
    let head = std::iter::from_fn(|| connection.next_opened()).last().unwrap().head.unwrap();
    assert_eq!(head.fields.iter().map(|(_, name, value)| (name, value)).last(), Some((&b"x"[..], &b"9"[..])));
}

#[test]
fn content_goes_as_far_as_the_client_takes_it() {
    let mut connection = open();
    take(&mut connection, &settings(&[(setting::INITIAL_WINDOW_SIZE, 10)])).unwrap();
    take(&mut connection, &headers(1, frame::END_STREAM, GET)).unwrap();
    connection.head(1, 200, false, |_| {}).unwrap();
    assert_eq!(send(&mut connection, 1, b"0123456789abcde", true), Sent { bytes: 10, is_all: false });
    assert_eq!(send(&mut connection, 1, b"abcde", true), Sent { bytes: 0, is_all: false });
    take(&mut connection, &number(frame::WINDOW_UPDATE, 1, 3)).unwrap();
    assert_eq!(send(&mut connection, 1, b"abcde", true), Sent { bytes: 3, is_all: false });
    // Less than what is under way, so that it has to be made up for first.
    take(&mut connection, &settings(&[(setting::INITIAL_WINDOW_SIZE, 5)])).unwrap();
    take(&mut connection, &number(frame::WINDOW_UPDATE, 1, 5)).unwrap();
    assert_eq!(send(&mut connection, 1, b"de", true), Sent { bytes: 0, is_all: false });
    take(&mut connection, &settings(&[(setting::INITIAL_WINDOW_SIZE, 7)])).unwrap();
    assert_eq!(send(&mut connection, 1, b"de", true), Sent { bytes: 2, is_all: true });
    let sent: Vec<_> = said(&mut connection).into_iter().filter(|frame| frame.0 == frame::DATA).collect();
    assert_eq!(sent.iter().flat_map(|frame| frame.3.clone()).collect::<Vec<_>>(), b"0123456789abcde");
    assert_eq!(sent.iter().map(|frame| frame.1).collect::<Vec<_>>(), [0, 0, frame::END_STREAM]);
}

#[test]
fn what_nobody_reads_is_not_put_together_without_bound_and_all_have_their_turn() {
    let mut connection = open();
    let most = [(setting::INITIAL_WINDOW_SIZE, 1 << 30)];
    take(&mut connection, &settings(&most)).unwrap();
    take(&mut connection, &number(frame::WINDOW_UPDATE, 0, 1 << 30)).unwrap();
    for id in [1, 3, 5] {
        take(&mut connection, &headers(id, frame::END_STREAM, GET)).unwrap();
        connection.head(id, 200, false, |_| {}).unwrap();
    }
    said(&mut connection);
    let large = vec![0; 100_000];
    let first = send(&mut connection, 1, &large, true);
    assert!(!first.is_all && connection.unsent().len() < 70_000, "{first:?}");
    assert_eq!(send(&mut connection, 3, &large, true).bytes, 0);
    assert_eq!(send(&mut connection, 5, &large, true).bytes, 0);
    said(&mut connection);
    for id in [3, 5, 1] {
        let sent = send(&mut connection, id, &large, true);
        assert_eq!(sent, Sent { bytes: 16_384, is_all: false }, "{id}");
    }
    // A client that takes none of it, and goes on asking.
    for _ in 0..20_000 {
        if !connection.wants_more() {
            break;
        }
        take(&mut connection, &frame(frame::PING, 0, 0, &[0; 8])).unwrap();
    }
    assert!(!connection.wants_more() && connection.unsent().len() < 300_000);
}

#[test]
fn room_is_given_back_as_content_is_taken_or_thrown_away() {
    let mut connection = open();
    let mut updates = 0;
    for id in (1..=399).step_by(2) {
        take(&mut connection, &headers(id, 0, POST)).unwrap();
        take(&mut connection, &frame(frame::DATA, frame::PADDED, id, &[&[9][..], &[b'x'; 909]].concat())).unwrap();
        match id % 3 {
            0 => {
                assert_eq!(content(&mut connection, id).unwrap().unwrap().len(), 900);
                connection.taken(id, 900);
            }
            1 => {
                content(&mut connection, id).unwrap();
                connection.taken(id, 400);
                connection.end(id, Reason::CANCEL, 500);
            }
            _ => {}
        }
        connection.end(id, Reason::CANCEL, 0);
        // Of a stream that is no more.
        take(&mut connection, &frame(frame::DATA, 0, id, &[b'x'; 90])).unwrap();
        for (kind, _, stream, payload) in said(&mut connection) {
            if kind == frame::WINDOW_UPDATE && stream == 0 {
                updates += u32::from_be_bytes(payload.try_into().unwrap());
            }
        }
    }
    // 200 times 1,000 bytes of a window of 100,000, of which half is held back at most.
    assert!((150_000..=200_000).contains(&updates), "{updates}");
}

#[test]
fn the_window_of_all_streams_holds() {
    let bounds = Bounds { window: 65_535, stream_window: 65_535, ..BOUNDS };
    let mut connection = Connection::new(bounds);
    take(&mut connection, &[&PREFACE[..], &settings(&[])].concat()).unwrap();
    for id in [1, 3] {
        take(&mut connection, &headers(id, 0, POST)).unwrap();
    }
    let data = |id| frame(frame::DATA, 0, id, &[0; 16_000]);
    for id in [1, 3, 1, 3] {
        take(&mut connection, &data(id)).unwrap();
    }
    assert_eq!(connection.receive(&data(1), &mut spare()).unwrap_err().reason, Reason::FLOW_CONTROL_ERROR);
    assert_eq!(connection.poll_gone(3, Waker::noop()), Poll::Ready(Gone::Closed));
}

#[test]
fn frames_that_carry_next_to_nothing_end_the_connection() {
    for (content, most) in [(&b""[..], 250_000), (b"x", 2_000_000), (b"xx", usize::MAX)] {
        let mut connection = open();
        take(&mut connection, &headers(1, 0, POST)).unwrap();
        let frame = frame(frame::DATA, 0, 1, content);
        let mut sent = 0;
        let broken = loop {
            match connection.receive(&frame, &mut spare()) {
                Ok(_) if sent == 3_000_000 => break None,
                Ok(_) => connection.taken(1, content.len()),
                Err(broken) => break Some(broken.reason),
            }
            let out = connection.unsent().len();
            connection.sent(out);
            sent += 1;
        };
        assert_eq!(broken, (most < usize::MAX).then_some(Reason::ENHANCE_YOUR_CALM), "{} bytes", content.len());
        assert!(sent <= most, "{sent}");
    }
}

#[test]
fn streams_that_are_reset_again_and_again_end_the_connection() {
    // By the client, and by what makes the gateway do it.
    for reset in [number(frame::RST_STREAM, 0, 8), number(frame::WINDOW_UPDATE, 0, 0)] {
        let mut connection = open();
        let mut id = 1u32;
        let reason = loop {
            let mut reset = reset.clone();
            reset[5..9].copy_from_slice(&id.to_be_bytes());
            let both = [headers(id, frame::END_STREAM, GET), reset].concat();
            match connection.receive(&both, &mut spare()) {
                Ok(_) => connection.end(id, Reason::CANCEL, 0),
                Err(broken) => break broken.reason,
            }
            said(&mut connection);
            id += 2;
        };
        assert_eq!((reason, id / 2), (Reason::ENHANCE_YOUR_CALM, 200));
    }
    // Not where calls run to their end as well.
    let mut connection = open();
    for id in (1..=1001).step_by(2) {
        take(&mut connection, &headers(id, frame::END_STREAM, GET)).unwrap();
        if id % 4 == 1 {
            take(&mut connection, &number(frame::RST_STREAM, id, 8)).unwrap();
        }
        connection.end(id, Reason::CANCEL, 0);
        said(&mut connection);
    }
}

#[test]
fn who_has_heard_enough_of_an_answer_may_say_so() {
    let mut connection = open();
    for id in (1..=1001).step_by(2) {
        take(&mut connection, &headers(id, frame::END_STREAM, GET)).unwrap();
        connection.head(id, 200, false, |_| {}).unwrap();
        take(&mut connection, &number(frame::RST_STREAM, id, 8)).unwrap();
        connection.end(id, Reason::CANCEL, 0);
        said(&mut connection);
    }
    // An interim answer is none.
    let mut connection = open();
    let broken = (1..=1001).step_by(2).find_map(|id| {
        take(&mut connection, &headers(id, frame::END_STREAM, GET)).unwrap();
        connection.interim(id, 103, |_| {});
        let broken = connection.receive(&number(frame::RST_STREAM, id, 8), &mut spare()).err();
        connection.end(id, Reason::CANCEL, 0);
        said(&mut connection);
        broken
    });
    assert_eq!(broken.unwrap().reason, Reason::ENHANCE_YOUR_CALM);
}

#[test]
fn who_takes_a_call_back_may_bring_another_at_once_but_not_without_end() {
    let mut connection = open();
    for id in [1, 3, 5, 7] {
        take(&mut connection, &headers(id, frame::END_STREAM, GET)).unwrap();
    }
    said(&mut connection);
    for id in [1, 3, 5, 7] {
        take(&mut connection, &number(frame::RST_STREAM, id, 8)).unwrap();
        take(&mut connection, &headers(id + 8, frame::END_STREAM, GET)).unwrap();
    }
    assert!(said(&mut connection).is_empty());
    take(&mut connection, &number(frame::RST_STREAM, 9, 8)).unwrap();
    take(&mut connection, &headers(17, frame::END_STREAM, GET)).unwrap();
    assert_eq!(said(&mut connection)[0].2, 17, "nobody has seen to those before");
}

#[test]
fn padding_is_given_back_without_content() {
    let mut connection = open();
    take(&mut connection, &headers(1, 0, POST)).unwrap();
    let padding = [&[99][..], &[0; 99]].concat();
    for _ in 0..30 {
        take(&mut connection, &frame(frame::DATA, frame::PADDED, 1, &padding)).unwrap();
    }
    assert!(connection.poll_gone(1, Waker::noop()).is_pending());
    let updates = said(&mut connection).into_iter().filter(|frame| frame.0 == frame::WINDOW_UPDATE && frame.2 == 1);
    assert_eq!(updates.map(|frame| u32::from_be_bytes(frame.3.try_into().unwrap())).sum::<u32>(), 3000);
}

#[test]
fn a_connection_is_left_in_good_order() {
    let mut connection = open();
    take(&mut connection, &headers(1, frame::END_STREAM, GET)).unwrap();
    connection.leave();
    connection.leave();
    let sent = said(&mut connection);
    assert_eq!((sent.len(), sent[0].0, sent[1].0), (2, frame::GOAWAY, frame::PING));
    assert_eq!(sent[0].3[..4], 0x7fff_ffffu32.to_be_bytes());
    // Opened before the client heard of it.
    take(&mut connection, &headers(3, frame::END_STREAM, GET)).unwrap();
    take(&mut connection, &frame(frame::PING, frame::ACK, 0, b"farewell")).unwrap();
    assert_eq!(said(&mut connection)[0].3, [0, 0, 0, 3, 0, 0, 0, 0]);
    // And after: of no effect.
    take(&mut connection, &headers(5, 0, POST)).unwrap();
    take(&mut connection, &frame(frame::DATA, frame::END_STREAM, 5, b"x")).unwrap();
    assert_eq!(std::iter::from_fn(|| connection.next_opened()).count(), 2);
    assert!(said(&mut connection).is_empty());
    connection.end(1, Reason::CANCEL, 0);
    assert!(!connection.is_over());
    connection.end(3, Reason::CANCEL, 0);
    assert!(connection.is_over());

    let mut connection = open();
    take(&mut connection, &frame(frame::GOAWAY, 0, 0, &[0; 8])).unwrap();
    assert!(connection.is_over(), "a client that is done");
}

#[test]
fn a_large_head_goes_in_pieces() {
    let mut connection = open();
    take(&mut connection, &headers(1, frame::END_STREAM, GET)).unwrap();
    let value = vec![b'x'; 20_000];
    let fields = |mut block: Block<'_>| (0..2).for_each(|_| block.field(b"x-large", &value, Keep::Not));
    connection.head(1, 200, true, fields).unwrap();
    let sent = said(&mut connection);
    let kinds: Vec<_> = sent.iter().map(|frame| (frame.0, frame.1)).collect();
    assert_eq!(kinds, [(1, frame::END_STREAM), (9, 0), (9, frame::END_HEADERS)]);
    let mut sizes = Vec::new();
    let block: Vec<u8> = sent.into_iter().flat_map(|frame| frame.3).collect();
    Decoder::new().read(&block, |_, value| sizes.push(value.len())).unwrap();
    assert_eq!(sizes, [3, 20_000, 20_000]);
}
