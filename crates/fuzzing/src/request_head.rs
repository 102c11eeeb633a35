//! The head of a request of HTTP/1.

use keyward_wire::fields::{is_token_byte, is_value_byte};
use keyward_wire::{Fields, Known, Length, Limits, Request, Version, write};

use crate::cuts;

const LIMITS: Limits = Limits { bytes: 4096, target: 1024, fields: 64 };

/// However the bytes are cut, the answer is the same; a head that was read has nothing in it that could become a line
/// of its own, and written anew it is read as the same.
pub fn request_head(bytes: &[u8]) {
    let whole = parse(bytes, 0);
    for end in cuts(bytes.len()) {
        match parse(&bytes[..end], 0) {
            Ok(None) => assert_eq!(shape(&parse(bytes, end)), shape(&whole), "{end} bytes were looked at before"),
            part => assert_eq!(part.is_err(), whole.is_err(), "cut after {end} bytes: {part:?}, then {whole:?}"),
        }
    }
    let Ok(Some((head, length))) = whole else { return };
    assert!(length <= bytes.len() && length <= LIMITS.bytes + 4);
    assert_eq!(head.fields.behind(length), &bytes[length..]);
    check_fields(&head.fields);
    check(&head);

    let written = written(&head);
    let again = parse(&written, 0);
    let same = again.as_ref().is_ok_and(|again| again.as_ref().is_some_and(|(again, _)| parts(again) == parts(&head)));
    assert!(same, "{head:?} was written and read as {again:?}");
}

type Parsed = Result<Option<(Request, usize)>, keyward_wire::Fault>;

fn parse(bytes: &[u8], seen: usize) -> Parsed {
    let mut buffer = bytes.to_vec();
    let parsed = Request::parse(&mut buffer, seen, Vec::new(), &LIMITS);
    if !matches!(parsed, Ok(Some(_))) {
        assert_eq!(buffer, bytes, "the bytes of what is no head stay");
    }
    parsed
}

/// What two readings of the same bytes must have in common.
fn shape(parsed: &Parsed) -> Result<Option<(String, usize)>, keyward_wire::Fault> {
    match parsed {
        Ok(found) => Ok(found.as_ref().map(|(head, length)| (format!("{:?}", parts(head)), *length))),
        Err(fault) => Err(*fault),
    }
}

/// What a head says.
#[derive(Debug, PartialEq)]
struct Parts<'h> {
    version: Version,
    method: &'h str,
    target: &'h str,
    fields: Vec<(&'h [u8], &'h [u8])>,
    body: Length,
    persistent: bool,
    expects_continue: bool,
}

fn parts(head: &Request) -> Parts<'_> {
    Parts {
        version: head.version,
        method: head.method(),
        target: head.target(),
        fields: head.fields.iter().map(|(_, name, value)| (name, value)).collect(),
        body: head.body,
        persistent: head.persistent,
        expects_continue: head.expects_continue,
    }
}

/// What must hold for the fields of any head.
pub(crate) fn check_fields(fields: &Fields) {
    for (known, name, value) in fields.iter() {
        assert!(!name.is_empty() && name.iter().copied().all(is_token_byte), "{name:?}");
        assert!(value.iter().copied().all(is_value_byte), "{value:?}");
        assert_eq!(value.trim_ascii(), value, "blanks around a value");
        assert_eq!(known, Known::of(name));
    }
}

fn check(head: &Request) {
    assert!(!head.method().is_empty() && head.method().bytes().all(is_token_byte));
    assert!(!head.target().is_empty() && head.target().bytes().all(|byte| byte.is_ascii_graphic()));
    assert!(head.target().len() <= LIMITS.target && head.fields.len() <= LIMITS.fields);
    let count = |known| head.fields.all(known).count();
    assert!(count(Known::ContentLength) + count(Known::TransferEncoding) <= 1, "the body has two lengths");
    assert!(count(Known::Host) <= 1);
    match head.body {
        Length::Chunked => assert_eq!(count(Known::TransferEncoding), 1),
        Length::Known(length) => {
            let said = head.fields.decisive(Known::ContentLength).and_then(|text| text.parse().ok());
            assert_eq!(said, Some(length));
        }
        Length::Zero => assert_eq!(count(Known::TransferEncoding), 0),
        Length::UntilClose => panic!("a request does not end with its connection"),
    }
    if head.version == Version::Http11 {
        assert!(head.host().is_some());
    }
}

fn written(head: &Request) -> Vec<u8> {
    let version = if head.version == Version::Http10 { "1.0" } else { "1.1" };
    let mut out = format!("{} {} HTTP/{version}\r\n", head.method(), head.target()).into_bytes();
    for (_, name, value) in head.fields.iter() {
        write::field(&mut out, name, value);
    }
    out.extend_from_slice(b"\r\n");
    out
}
