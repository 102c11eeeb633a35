//! The codec of HTTP/2 held against the h2 crate's on the same bytes.
//!
//! Whatever is accepted here h2 accepts, and reads the same: method, target, host, fields, content, trailers. More may be
//! refused here than there. Where h2 gives up a whole connection over what is no matter for the calls on it, nothing is
//! compared from there on.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use futures_util::FutureExt;
use keyward_fuzzing::{Http2Call, http2_calls};
use tokio::io::AsyncWriteExt;
use tokio::task::LocalSet;

use crate::corpus::files;
use crate::mutate::Mutator;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

#[test]
fn what_is_accepted_h2_reads_the_same() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let files = files("http2");
    let corpus: Vec<&[u8]> = files.iter().map(|(_, bytes)| &bytes[..]).collect();
    let mut mutator = Mutator::new("http2 differential", &corpus);
    let (mut same, mut refused, mut given_up) = (0, 0, 0);
    for round in 0..6000 {
        let (_, bytes) = &files[round % files.len()];
        // As they are first, then mutated: all of it, or what one frame holds.
        let bytes = match round {
            _ if round < files.len() => bytes.clone(),
            _ if round % 4 == 0 => mutator.mutate(bytes),
            _ => with_frame(bytes, round / files.len(), |payload| mutator.mutate(payload)),
        };
        let all = [PREFACE, &bytes].concat();
        let (ours, _) = http2_calls([&all[..]]);
        let theirs = LocalSet::new().block_on(&runtime, h2_calls(&all));
        for call in &ours {
            match theirs.calls.iter().find(|their| their.stream == call.stream) {
                _ if call.head.is_none() || !call.whole => refused += 1,
                Some(their) if *their == joined(call) => same += 1,
                None if theirs.gave_up => given_up += 1,
                Some(their) if theirs.gave_up && !their.whole => given_up += 1,
                their => panic!("of b\"{}\"\nhere {call:#?}\nthere {their:#?}", bytes.escape_ascii()),
            }
        }
    }
    assert!(same > 700 && refused > 700, "{same} calls compared, {refused} refused: that shows little");
    assert!(given_up < same / 4, "{given_up} calls were not compared, {same} were");
}

/// The same frames, of which one holds something else.
fn with_frame(bytes: &[u8], which: usize, change: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut frames = Vec::new();
    let mut rest = bytes;
    while let [a, b, c, head @ ..] = rest {
        let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
        frames.push((head[..6].to_vec(), head[6..6 + length].to_vec()));
        rest = &head[6 + length..];
    }
    let which = which % frames.len();
    frames[which].1 = change(&frames[which].1);
    let frame = |(head, payload): &(Vec<u8>, Vec<u8>)| {
        [&u32::try_from(payload.len()).expect("a short frame").to_be_bytes()[1..], head, payload].concat()
    };
    frames.iter().flat_map(frame).collect()
}

/// What h2 made of a connection.
#[derive(Debug, Default)]
struct Theirs {
    calls: Vec<Http2Call>,
    /// Whether it ended the connection for what came.
    gave_up: bool,
}

async fn h2_calls(bytes: &[u8]) -> Theirs {
    let (mut client, server) = tokio::io::duplex(1 << 20);
    client.write_all(bytes).await.expect("the other end is open");
    let mut builder = h2::server::Builder::new();
    builder.enable_connect_protocol().initial_window_size(1 << 24).initial_connection_window_size(1 << 26);
    let handshake = tokio::time::timeout(std::time::Duration::from_secs(5), builder.handshake::<_, Bytes>(server));
    let Ok(Ok(mut connection)) = handshake.await else { return Theirs { calls: Vec::new(), gave_up: true } };
    let calls = Rc::new(RefCell::new(Vec::new()));
    let mut reading = Vec::new();
    let mut gave_up = false;
    let mut quiet = 0;
    // At the end of what comes, h2 would drop what nobody asked for yet.
    while quiet < 10 {
        let accepted = connection.accept().now_or_never();
        quiet = if accepted.is_some() { 0 } else { quiet + 1 };
        match accepted {
            None => tokio::task::yield_now().await,
            Some(Some(Ok((request, respond)))) => {
                let calls = Rc::clone(&calls);
                reading.push(tokio::task::spawn_local(async move {
                    let call = read(request).await;
                    calls.borrow_mut().push(call);
                    // As long as it is there, h2 resets nothing.
                    drop(respond);
                }));
            }
            Some(None | Some(Err(_))) => {
                gave_up = true;
                break;
            }
        }
    }
    drop(connection);
    for call in reading {
        call.await.expect("it is read");
    }
    Theirs { calls: calls.take(), gave_up }
}

async fn read(request: http::Request<h2::RecvStream>) -> Http2Call {
    let (head, mut body) = request.into_parts();
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let host = head.uri.authority().map(|authority| authority.as_str());
    let host = text(host.or_else(|| head.headers.get("host")?.to_str().ok()));
    let target = text(head.uri.path_and_query().map(|target| target.as_str()));
    // RFC 8441 section 5: what HTTP/1.1 asks for by GET.
    let is_websocket = head.extensions.get::<h2::ext::Protocol>().is_some_and(|it| it.as_str() == "websocket");
    let method = if is_websocket { "GET".to_owned() } else { head.method.to_string() };
    let mut call = Http2Call {
        stream: body.stream_id().as_u32(),
        head: Some((method, target, host)),
        fields: owned(&head.headers),
        content: Vec::new(),
        trailers: Vec::new(),
        whole: false,
    };
    loop {
        match body.data().await {
            Some(Ok(chunk)) => {
                let _ = body.flow_control().release_capacity(chunk.len());
                call.content.extend_from_slice(&chunk);
            }
            Some(Err(_)) => return call,
            None => break,
        }
    }
    if let Ok(trailers) = body.trailers().await {
        call.whole = true;
        call.trailers = trailers.map(|trailers| owned(&trailers)).unwrap_or_default();
    }
    joined(&call)
}

fn owned(map: &http::HeaderMap) -> Vec<(String, Vec<u8>)> {
    map.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect()
}

/// With cookies as one, and in an order that does not depend on the map: h2 keeps that among fields of one name, and no
/// other. What frames, routes or authenticates is no trailer here.
fn joined(call: &Http2Call) -> Http2Call {
    let mut call = call.clone();
    let cookies: Vec<_> = call.fields.extract_if(.., |(name, _)| name == "cookie").map(|(_, value)| value).collect();
    if !cookies.is_empty() {
        call.fields.push(("cookie".to_owned(), cookies.join(&b"; "[..])));
    }
    call.fields.sort_by(|one, other| one.0.cmp(&other.0));
    call.trailers
        .retain(|(name, _)| keyward_wire::body::may_trail(keyward_wire::Known::of(name.as_bytes()), name.as_bytes()));
    call.trailers.sort_by(|one, other| one.0.cmp(&other.0));
    call
}
