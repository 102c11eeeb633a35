//! HTTP/2 as no honest caller speaks it, frame by frame: each kind of abuse ends its stream or its connection, reaches no
//! upstream, and leaves others as they were.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::http2::{connect, get, raw, request};
use crate::upstream::{Upstream, full, scripted};
use crate::world::World;

const PATIENCE: Duration = Duration::from_secs(30);
/// More than the sockets of both sides hold beyond what is read.
const MOST: usize = 24 * 1024 * 1024;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A field of a head, as it is and kept in no table (RFC 7541 section 6.2.2).
fn literal(name: &str, value: &str) -> Vec<u8> {
    let text = |text: &str| {
        let length = u8::try_from(text.len()).ok().filter(|length| *length < 127).unwrap();
        [&[length][..], text.as_bytes()].concat()
    };
    [vec![0], text(name), text(value)].concat()
}

fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    fields.iter().flat_map(|(name, value)| literal(name, value)).collect()
}

/// What every request says, but for its path.
fn usual<'a>(method: &'a str, token: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![(":method", method), (":scheme", "http"), (":authority", "api.test"), ("x-api-key", token)]
}

fn post(stream: u32, token: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let head = [&[(":path", "/orders/v1/any/x")][..], &usual("POST", token), more].concat();
    frame(HEADERS, END_HEADERS, stream, &block(&head))
}

/// What came until the gateway closed or was silent for a while: the kind of each frame, its stream and its payload.
async fn frames(stream: &mut TcpStream) -> Vec<(u8, u32, Vec<u8>)> {
    let (mut bytes, mut found) = (Vec::new(), Vec::new());
    while let Ok(Ok(1..)) = tokio::time::timeout(Duration::from_millis(500), stream.read_buf(&mut bytes)).await {}
    let mut rest = &bytes[..];
    while let [high, middle, low, kind, _flags, s0, s1, s2, s3, behind @ ..] = rest {
        let length = u32::from_be_bytes([0, *high, *middle, *low]) as usize;
        let Some(payload) = behind.get(..length) else { break };
        found.push((*kind, u32::from_be_bytes([*s0, *s1, *s2, *s3]), payload.to_vec()));
        rest = &behind[length..];
    }
    found
}

/// Sends what `more` makes of each round until the gateway closes; how many bytes that took, at most [`MOST`].
async fn until_closed(stream: TcpStream, mut more: impl FnMut(u32) -> Vec<u8>) -> usize {
    let (mut reading, mut writing) = stream.into_split();
    let drained = tokio::spawn(async move {
        let mut scratch = vec![0; 65_536];
        while matches!(reading.read(&mut scratch).await, Ok(1..)) {}
    });
    let mut sent = 0;
    for round in 0.. {
        let bytes = more(round);
        let written = tokio::time::timeout(PATIENCE, writing.write_all(&bytes)).await.expect("taken in time");
        sent += bytes.len();
        if written.is_err() || sent > MOST || drained.is_finished() {
            break;
        }
    }
    if sent <= MOST {
        tokio::time::timeout(PATIENCE, drained).await.expect("closed in time").unwrap();
    }
    sent
}

/// A service that takes bodies and answers none of the calls.
async fn silent(world: &World) {
    let address = scripted(|_, mut upstream| async move {
        upstream.head().await;
        upstream.closed().await;
    })
    .await;
    world.orders(&[address]).await;
}

async fn others_are_served(world: &World) {
    assert_eq!(get(&mut connect(world).await, "/nothing", "").await.status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_that_would_be_more_than_one_further_on_reach_nobody() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let token = token.secret.expose();
    let path = (":path", "/orders/v1/any/x");
    let with = |more: &[(&'static str, &'static str)]| {
        let fields: Vec<(&str, &str)> = [&[path][..], &usual("GET", token), more].concat();
        block(&fields)
    };
    let with_path = |path| block(&[&[(":path", path)][..], &usual("GET", token)].concat());
    let mut heads: Vec<Vec<u8>> = [
        ("x", "a\r\nx-evil: b"),
        ("x", "a\nb"),
        ("x", "a\rb"),
        ("x", "a\0b"),
        ("x", " a"),
        ("x", "a\t"),
        ("X-A", "b"),
        ("", "b"),
        ("x y", "b"),
        ("x:y", "b"),
        ("x\r\nevil", "b"),
        ("connection", "close"),
        ("proxy-connection", "close"),
        ("keep-alive", "1"),
        ("upgrade", "h2c"),
        ("transfer-encoding", "chunked"),
        ("te", "gzip"),
        ("host", "another.test"),
        (":path", "/orders/v1/any/y"),
        (":unknown", "x"),
        (":status", "200"),
        (":protocol", "websocket"),
        ("content-length", "5"),
        ("content-length", "x"),
        ("content-length", "+0"),
        ("cookie", "a=b\r\nx-evil: c"),
    ]
    .iter()
    .map(|field| with(&[*field]))
    .collect();
    heads.push(with(&[("content-length", "0"), ("content-length", "0")]));
    heads.push(with(&[("host", "api.test"), ("host", "api.test")]));
    for odd in ["", "*", "x", "http://api.test/orders/v1/any/x", "?x", "/orders/v1/any/x y", "/orders/v1/any/x\r\nX: y"]
    {
        heads.push(with_path(odd));
    }
    // What decides stands in front, once, and whole.
    heads.push(block(&[&usual("GET", token)[..], &[path]].concat()));
    heads.push(block(&usual("GET", token)));
    for method in ["", "GET /x HTTP/1.1\r\nX: y", "GET x", "CONNECT", "TRACE"] {
        heads.push(block(&[&[path][..], &usual(method, token)].concat()));
    }
    for authority in ["u@api.test", "a/b", "a b", ""] {
        let fields = [path, (":method", "GET"), (":scheme", "http"), (":authority", authority), ("x-api-key", token)];
        heads.push(block(&fields));
    }
    heads.push(block(&[path, (":method", "GET"), (":scheme", "http"), ("x-api-key", token)]));
    for head in heads {
        let mut stream = raw(&world).await;
        stream.write_all(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &head)).await.unwrap();
        let end = async {
            loop {
                let mut bytes = [0; 9];
                if stream.read_exact(&mut bytes).await.is_err() {
                    return;
                }
                let mut payload = vec![0; u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]) as usize];
                stream.read_exact(&mut payload).await.unwrap();
                // The heads of refusals begin with their status: 400 is of the static table.
                match bytes[3] {
                    RST_STREAM | GOAWAY => return,
                    HEADERS => return assert_eq!(payload[0], 0x80 | 12, "{}", head.escape_ascii()),
                    _ => {}
                }
            }
        };
        tokio::time::timeout(PATIENCE, end).await.expect("an end in time");
    }
    assert!(upstream.seen().is_empty(), "{:?}", upstream.seen());
    let mut stream = raw(&world).await;
    stream.write_all(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &with(&[("te", "trailers")]))).await.unwrap();
    assert!(frames(&mut stream).await.iter().any(|(kind, ..)| *kind == DATA), "the same without what is wrong");
    assert_eq!(upstream.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_as_long_as_their_heads_say() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    for (length, content) in [("5", "abc"), ("5", "abcdefgh"), ("3", "GET /orders/v1/any/hidden HTTP/1.1\r\n\r\n")] {
        let mut stream = raw(&world).await;
        stream.write_all(&post(1, token.secret.expose(), &[("content-length", length)])).await.unwrap();
        stream.write_all(&frame(DATA, END_STREAM, 1, content.as_bytes())).await.unwrap();
        let found = frames(&mut stream).await;
        assert!(found.iter().any(|(kind, stream, _)| (*kind, *stream) == (RST_STREAM, 1)), "{found:?}");
    }
    assert!(upstream.seen().is_empty(), "{:?}", upstream.seen());
}

/// What a caller sends on a stream to have it reset, given a window that is too wide.
type Break = fn(u32, &[u8]) -> Vec<u8>;

/// "MadeYouReset": the caller breaks the protocol on a stream, the gateway resets it, and the call behind ends with it.
#[tokio::test(flavor = "multi_thread")]
async fn streams_that_the_gateway_is_made_to_reset_end_the_connection() {
    let world = World::new().await;
    silent(&world).await;
    let token = world.token().await;
    let token = token.secret.expose();
    let too_wide = 0x7fff_ffffu32.to_be_bytes();
    let breaks: [(&str, Break); 4] = [
        ("a window beyond its bound", |stream, wide| frame(WINDOW_UPDATE, 0, stream, wide)),
        ("a window by nothing", |stream, _| frame(WINDOW_UPDATE, 0, stream, &[0; 4])),
        ("more than the length", |stream, _| frame(DATA, END_STREAM, stream, b"too long")),
        ("content behind the end", |stream, _| {
            [frame(DATA, END_STREAM, stream, b"x"), frame(DATA, 0, stream, b"x")].concat()
        }),
    ];
    for (how, made) in breaks {
        let mut streams = 0;
        until_closed(raw(&world).await, |round| {
            streams += 1;
            let stream = 1 + 2 * round;
            [post(stream, token, &[("content-length", "1")]), made(stream, &too_wide)].concat()
        })
        .await;
        // What was written before the end was heard of counts here, too.
        assert!(streams < 100_000, "{how}: {streams} streams");
        others_are_served(&world).await;
    }
    let calls = world.all_records().await.into_iter().filter(|record| record.path.starts_with("/orders")).count();
    assert!(calls < 4 * 600, "{calls} calls were made of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn content_in_crumbs_ends_the_connection() {
    let world = World::new().await;
    // Nothing is taken of the bodies.
    let address = scripted(|_, upstream| async move {
        tokio::time::sleep(PATIENCE).await;
        drop(upstream);
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let padding = [&[255][..], &[0; 255]].concat();
    for (how, flags, payload) in
        [("nothing", 0, &b""[..]), ("a byte", 0, b"x"), ("nothing but padding", PADDED, &padding[..])]
    {
        let mut stream = raw(&world).await;
        stream.write_all(&post(1, token.secret.expose(), &[])).await.unwrap();
        let crumbs = frame(DATA, flags, 1, payload).repeat(1000);
        let sent = until_closed(stream, |_| crumbs.clone()).await;
        assert!(sent < MOST, "{how}");
    }
    others_are_served(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_that_grow_as_they_are_read_are_refused() {
    let world = World::new().await;
    silent(&world).await;
    let token = world.token().await;
    let usual = block(&[&[(":path", "/orders/v1/any/x")][..], &usual("GET", token.secret.expose())].concat());
    // A field of 4,000 bytes goes into the table, and is meant 12,000 times by one byte each.
    let large = [&b"\x40\x01x\x7f\xa1\x1e"[..], &[b'y'; 4000]].concat();
    let bomb = [&usual[..], &large, &[0xbe; 12_000]].concat();
    let mut stream = raw(&world).await;
    stream.write_all(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &bomb)).await.unwrap();
    let found = frames(&mut stream).await;
    // Its status is written out, for 431 is in no table.
    assert!(found.iter().any(|(kind, _, block)| *kind == HEADERS && block.starts_with(b"\x08\x03431")), "{found:?}");
    // A head without an end, of which each piece is little, or nothing.
    for piece in [&b""[..], b"\x00\x01x\x01y", &[&large[..], &[0xbe; 100]].concat()] {
        let mut stream = raw(&world).await;
        stream.write_all(&frame(HEADERS, END_STREAM, 1, &usual)).await.unwrap();
        let more = frame(CONTINUATION, 0, 1, piece).repeat(100);
        let sent = until_closed(stream, |_| more.clone()).await;
        assert!(sent < MOST, "pieces of {} bytes", piece.len());
    }
    others_are_served(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_that_open_by_a_byte_end_the_connection() {
    let world = World::new().await;
    let upstream = Upstream::answering(|_| Response::new(full("x".repeat(20_000_000)))).await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let mut stream = raw(&world).await;
    let no_window = [&4u16.to_be_bytes()[..], &0u32.to_be_bytes()].concat();
    stream.write_all(&frame(4, 0, 0, &no_window)).await.unwrap();
    // The window of the connection is no hindrance.
    stream.write_all(&frame(WINDOW_UPDATE, 0, 0, &0x7000_0000u32.to_be_bytes())).await.unwrap();
    let head = [&[(":path", "/orders/v1/any/x")][..], &usual("GET", token.secret.expose())].concat();
    stream.write_all(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &block(&head))).await.unwrap();
    // A hundred bytes, once those before have come: no faster than the gateway sends.
    let few = frame(WINDOW_UPDATE, 0, 1, &1u32.to_be_bytes()).repeat(100);
    let (mut sent, mut scratch) = (0, vec![0; 4096]);
    while sent < 4 * 1024 * 1024 && stream.write_all(&few).await.is_ok() {
        sent += few.len();
        let read = tokio::time::timeout(PATIENCE, stream.read(&mut scratch)).await.expect("an answer in time");
        if !matches!(read, Ok(1..)) {
            break;
        }
    }
    assert!(sent < 4 * 1024 * 1024, "{sent} bytes of windows were taken");
    others_are_served(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_stays_shut_is_not_waited_for() {
    let world = World::with(|config| config.write_timeout = Duration::from_millis(200)).await;
    let upstream = Upstream::answering(|_| Response::new(full("x".repeat(1_000_000)))).await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let stream = TcpStream::connect(world.address()).await.unwrap();
    let mut builder = h2::client::Builder::new();
    let (sender, connection) =
        builder.initial_window_size(0).handshake::<_, Bytes>(stream).await.expect("a connection of HTTP/2");
    tokio::spawn(connection);
    let mut sender = sender.ready().await.unwrap();
    let answers: Vec<_> = (0..100)
        .map(|_| sender.send_request(request("GET", "/orders/v1/any/x", token.secret.expose()), true).unwrap().0)
        .collect();
    for answer in answers {
        let mut body = tokio::time::timeout(PATIENCE, answer).await.unwrap().unwrap().into_body();
        let end = tokio::time::timeout(PATIENCE, body.data()).await.expect("an end in time");
        assert_eq!(end.unwrap().unwrap_err().reason(), Some(h2::Reason::CANCEL));
    }
    others_are_served(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_large_bodies_that_are_refused_cost_no_connection() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let mut sender = connect(&world).await;
    let uploads: Vec<_> = (0..100)
        .map(|_| {
            let request: Request<()> = request("POST", "/orders/v1/any/x", "kw_wrong");
            let (answer, mut outgoing) = sender.send_request(request, false).unwrap();
            // What the windows do not admit yet, it never has to send.
            let _ = outgoing.send_data(Bytes::from(vec![b'x'; 200_000]), true);
            answer
        })
        .collect();
    for answer in uploads {
        let answer = tokio::time::timeout(PATIENCE, answer).await.expect("an answer in time");
        assert_eq!(answer.expect("an answer").status(), 401);
    }
}
