//! The head of a request of HTTP/2, as it is made one of HTTP/1.

use keyward_wire::request::Pseudo;
use keyward_wire::{Known, Limits, Request, write};

use crate::request_head::check_fields;

const LIMITS: Limits = Limits { bytes: 4096, target: 1024, fields: 64 };
/// `Host` and the line ends come on top.
const WRITTEN: Limits = Limits { bytes: 8192, target: 1024, fields: 65 };
/// Between the parts of a head, and between the name and the value of a field; no head has them.
const PART: u8 = 0x1e;
const VALUE: u8 = 0x1f;

/// Method, path, authority, protocol and fields. What is accepted, written as lines, is read as the same request and no
/// other: nothing in it has become a line of its own.
pub fn http2_head(bytes: &[u8]) {
    let mut parts = bytes.split(|byte| *byte == PART);
    let mut part = || parts.next().unwrap_or_default();
    let (method, path, authority, protocol) = (part(), part(), part(), part());
    let some = |part| Some(part).filter(|part: &&[u8]| !part.is_empty());
    let pseudo = Pseudo { method, scheme: None, path, authority: some(authority), protocol: some(protocol) };
    let fields: Vec<(&[u8], &[u8])> = parts
        .map(|field| {
            let at = field.iter().position(|byte| *byte == VALUE).unwrap_or(field.len());
            (&field[..at], field.get(at + 1..).unwrap_or_default())
        })
        .collect();
    for has_body in [false, true] {
        let made = Request::assemble(Vec::new(), Vec::new(), pseudo, fields.iter().copied(), has_body, &LIMITS);
        let Ok(head) = made else { continue };
        check_fields(&head.fields);
        for never in [Known::Connection, Known::KeepAlive, Known::TransferEncoding, Known::Upgrade] {
            assert!(!head.fields.contains(never), "{head:?}");
        }
        assert!(head.fields.iter().all(|(_, name, _)| !name.iter().any(u8::is_ascii_uppercase)));
        assert!(head.host().is_some() && head.size() <= LIMITS.bytes);
        check_written(&head);
    }
}

fn check_written(head: &Request) {
    let mut lines = format!("{} {} HTTP/1.1\r\n", head.method(), head.target()).into_bytes();
    let host = head.host().unwrap_or_default();
    write::field(&mut lines, b"host", host.as_bytes());
    for (known, name, value) in head.fields.iter() {
        if known != Known::Host {
            write::field(&mut lines, name, value);
        }
    }
    lines.extend_from_slice(b"\r\n");
    let length = lines.len();
    let read = Request::parse(&mut lines, 0, Vec::new(), &WRITTEN);
    let Ok(Some((read, used))) = read else { panic!("{head:?} was written and read as {read:?}") };
    assert_eq!(used, length, "something is behind the head of {head:?}");
    assert_eq!((read.method(), read.target(), read.host()), (head.method(), head.target(), Some(host)));
    let others = |head: &Request| -> Vec<(Vec<u8>, Vec<u8>)> {
        let others = head.fields.iter().filter(|(known, ..)| *known != Known::Host);
        others.map(|(_, name, value)| (name.to_vec(), value.to_vec())).collect()
    };
    assert_eq!(others(&read), others(head));
}
