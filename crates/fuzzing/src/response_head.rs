//! The head of an answer of HTTP/1.

use keyward_wire::{Fault, Known, Length, Limits, Response, Version, write};

use crate::cuts;
use crate::request_head::check_fields;

const LIMITS: Limits = Limits { bytes: 4096, target: 0, fields: 64 };

/// However the bytes are cut, the answer is the same; its body has one length; written anew it is read as the same.
pub fn response_head(bytes: &[u8]) {
    for to_head in [false, true] {
        let whole = parse(bytes, 0, to_head);
        for end in cuts(bytes.len()) {
            match parse(&bytes[..end], 0, to_head) {
                Ok(None) => assert_eq!(shape(&parse(bytes, end, to_head)), shape(&whole), "{end} were seen before"),
                part => assert_eq!(part.is_err(), whole.is_err(), "cut after {end} bytes: {part:?}, then {whole:?}"),
            }
        }
        let Ok(Some((head, length))) = whole else { continue };
        assert!(length <= bytes.len() && (100..=999).contains(&head.status));
        assert_eq!(head.fields.behind(length), &bytes[length..]);
        check_fields(&head.fields);
        check(&head, to_head);

        let written = written(&head);
        let again = parse(&written, 0, to_head);
        let same =
            again.as_ref().is_ok_and(|again| again.as_ref().is_some_and(|(again, _)| parts(again) == parts(&head)));
        assert!(same, "{head:?} was written and read as {again:?}");
    }
}

type Parsed = Result<Option<(Response, usize)>, Fault>;

fn parse(bytes: &[u8], seen: usize, to_head: bool) -> Parsed {
    Response::parse(&mut bytes.to_vec(), seen, Vec::new(), to_head, &LIMITS)
}

/// What two readings of the same bytes must have in common.
fn shape(parsed: &Parsed) -> Result<Option<(String, usize)>, Fault> {
    match parsed {
        Ok(found) => Ok(found.as_ref().map(|(head, length)| (format!("{:?}", parts(head)), *length))),
        Err(fault) => Err(*fault),
    }
}

/// What an answer says.
#[derive(Debug, PartialEq)]
struct Parts<'h> {
    status: u16,
    fields: Vec<(&'h [u8], &'h [u8])>,
    body: Length,
    persistent: bool,
}

fn parts(head: &Response) -> Parts<'_> {
    Parts {
        status: head.status,
        fields: head.fields.iter().map(|(_, name, value)| (name, value)).collect(),
        body: head.body,
        persistent: head.persistent,
    }
}

fn check(head: &Response, to_head: bool) {
    let without = to_head || head.status < 200 || matches!(head.status, 204 | 304);
    let chunked = head.fields.contains(Known::TransferEncoding);
    match head.body {
        Length::Zero => assert!(without || (!chunked && head.fields.first(Known::ContentLength).is_some())),
        Length::Chunked => assert!(!without && chunked),
        Length::Known(_) => assert!(!without && !chunked),
        Length::UntilClose => assert!(!without && !chunked && !head.persistent),
    }
}

fn written(head: &Response) -> Vec<u8> {
    let mut out = Vec::new();
    write::status_line(&mut out, head.status, "");
    if head.version == Version::Http10 {
        out[7] = b'0';
    }
    for (_, name, value) in head.fields.iter() {
        write::field(&mut out, name, value);
    }
    out.extend_from_slice(b"\r\n");
    out
}
