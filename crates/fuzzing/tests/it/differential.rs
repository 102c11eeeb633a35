//! The codec of HTTP/1 held against hyper's on the same bytes.
//!
//! Whatever is accepted here hyper accepts, and reads the same: method, target, fields, content. Whatever hyper refuses
//! is refused here. More may be refused here than there. So a service behind that reads as most do never sees another
//! request than the one that was checked.

use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;

use crate::cuts::{Call, End, Stop, calls, connections};

#[test]
fn what_is_accepted_hyper_reads_the_same() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let (mut same, mut refused) = (0, 0);
    for bytes in connections("differential", 6000) {
        let (ours, stop) = calls([&bytes[..]]);
        let theirs = runtime.block_on(hyper_calls(&bytes));
        compare(&ours, stop, &theirs).unwrap_or_else(|difference| {
            panic!("{difference}\nof b\"{}\"\nhere {ours:#?} {stop:?}\nthere {theirs:#?}", bytes.escape_ascii())
        });
        same += ours.len();
        refused += usize::from(stop == Stop::Refused);
    }
    assert!(same > 700 && refused > 700, "{same} requests compared, {refused} refused: that shows little");
}

/// A request as hyper read it.
#[derive(Clone, Debug)]
struct Theirs {
    method: String,
    target: String,
    fields: Vec<(String, Vec<u8>)>,
    content: Vec<u8>,
    whole: bool,
}

/// What hyper's server makes of the bytes of a connection that ends behind them.
async fn hyper_calls(bytes: &[u8]) -> Vec<Theirs> {
    let (mut client, server) = tokio::io::duplex(1 << 20);
    client.write_all(bytes).await.expect("the other end is open");
    client.shutdown().await.expect("the other end is open");
    let calls = Rc::new(RefCell::new(Vec::new()));
    let record = Rc::clone(&calls);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let record = Rc::clone(&record);
        async move {
            let call = read(request).await;
            record.borrow_mut().push(call);
            Ok::<_, Infallible>(hyper::Response::new(Empty::<Bytes>::new()))
        }
    });
    // How the connection ends is in what was recorded.
    let mut server_side = hyper::server::conn::http1::Builder::new();
    let _ = server_side.half_close(true).serve_connection(TokioIo::new(server), service).await;
    calls.take()
}

async fn read(request: hyper::Request<Incoming>) -> Theirs {
    let (head, mut body) = request.into_parts();
    let (mut content, mut whole) = (Vec::new(), true);
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => content.extend(frame.data_ref().into_iter().flatten()),
            Err(_) => {
                whole = false;
                break;
            }
        }
    }
    let target = match (head.uri.path_and_query(), head.uri.authority()) {
        (Some(target), _) => target.as_str(),
        (None, authority) => authority.map_or("", |authority| authority.as_str()),
    };
    Theirs {
        method: head.method.as_str().to_owned(),
        target: target.to_owned(),
        fields: head
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
            .collect(),
        content,
        whole,
    }
}

fn compare(ours: &[Call], stop: Stop, theirs: &[Theirs]) -> Result<(), String> {
    for (place, call) in ours.iter().enumerate() {
        let Some(their) = theirs.get(place) else { return Err(format!("hyper does not have request {place}")) };
        let heads = [(&call.method, &their.method), (&call.target, &their.target)];
        if heads.iter().any(|(here, there)| here != there) || by_name(&call.fields) != by_name(&their.fields) {
            return Err(format!("request {place} has another head"));
        }
        if call.method == "CONNECT" {
            return Ok(());
        }
        let same_body = match call.body {
            End::Whole => their.whole && call.content == their.content,
            // Hyper may give less of a body that breaks off, or more of one that breaks a stricter rule here.
            End::Cut => !their.whole && call.content.starts_with(&their.content),
            End::Broken => their.content.starts_with(&call.content) || call.content.starts_with(&their.content),
        };
        if !same_body {
            return Err(format!("request {place} has another body"));
        }
    }
    match stop {
        Stop::Unfinished if theirs.len() > ours.len() => Err("hyper sees another request".to_owned()),
        _ => Ok(()),
    }
}

/// Hyper keeps the order among fields of one name, and no other.
fn by_name(fields: &[(String, Vec<u8>)]) -> Vec<&(String, Vec<u8>)> {
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort_by(|one, other| one.0.cmp(&other.0));
    sorted
}
