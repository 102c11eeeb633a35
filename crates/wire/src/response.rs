//! The head of an answer, as a service behind the gateway sends it.

use std::mem::MaybeUninit;

use crate::body::Length;
use crate::fault::Fault;
use crate::fields::{Field, Fields, Known, Span, is_token_byte, is_value_byte};
use crate::head::{self, Limits, MOST_FIELDS};
use crate::request::Version;

/// The head of an answer.
#[derive(Debug)]
pub struct Response {
    /// The version.
    pub version: Version,
    /// The status code, 100 to 999.
    pub status: u16,
    /// How long its body is.
    pub body: Length,
    /// Whether the connection may carry another request.
    pub persistent: bool,
    /// The fields.
    pub fields: Fields,
}

impl Response {
    /// Reads the head at the start of `bytes`, of which `seen` were looked at before. None while it is unfinished;
    /// else the head and how many bytes it took. `to_head` is whether the request was a HEAD, whose answer has no body
    /// whatever it says.
    pub fn parse(
        bytes: &mut Vec<u8>,
        seen: usize,
        mut list: Vec<Field>,
        to_head: bool,
        limits: &Limits,
    ) -> Result<Option<(Self, usize)>, Fault> {
        let Some((start, end)) = head::find(bytes, seen, limits)? else { return Ok(None) };
        head::check_lines(&bytes[start..end])?;
        let (version, status) = {
            let mut headers = [const { MaybeUninit::uninit() }; MOST_FIELDS];
            let most = limits.fields.min(MOST_FIELDS);
            let mut parsed = httparse::Response::new(&mut []);
            let config = httparse::ParserConfig::default();
            match config.parse_response_with_uninit_headers(&mut parsed, &bytes[start..end], &mut headers[..most]) {
                Ok(httparse::Status::Complete(length)) if length == end - start => {}
                Ok(_) => return Err(Fault::malformed("The head of the answer is malformed.")),
                Err(error) => return Err(head::fault_of(error)),
            }
            list.clear();
            list.extend(parsed.headers.iter().map(|header| {
                let (name, value) = (header.name.as_bytes(), header.value);
                Field { name: Span::of(name, bytes), value: Span::of(value, bytes), known: Known::of(name) }
            }));
            let version = if parsed.version == Some(1) { Version::Http11 } else { Version::Http10 };
            let status = parsed.code.unwrap_or_default();
            if status < 100 {
                return Err(Fault::malformed("The status of the answer is none."));
            }
            (version, status)
        };
        let fields = Fields::new(std::mem::take(bytes), list);
        let body = length(&fields, version, status, to_head)?;
        let persistent = !fields.lists(Known::Connection, "close")
            && (version == Version::Http11 || fields.lists(Known::Connection, "keep-alive"))
            && body != Length::UntilClose
            && !(status == 204 && announces_content(&fields));
        Ok(Some((Self { version, status, body, persistent, fields }, end)))
    }

    /// Makes the head of an answer that came by HTTP/2, under the same rules as one of HTTP/1. `is_whole` is whether
    /// nothing follows it.
    pub fn assemble<'f>(
        status: u16,
        fields: impl Iterator<Item = (&'f [u8], &'f [u8])>,
        is_whole: bool,
    ) -> Result<Self, Fault> {
        let mut all = Fields::default();
        for (name, value) in fields {
            let is_name = !name.is_empty() && name.iter().all(|b| is_token_byte(*b) && !b.is_ascii_uppercase());
            if !is_name || !value.iter().copied().all(is_value_byte) || all.len() == MOST_FIELDS {
                return Err(Fault::malformed("A field of the answer is malformed."));
            }
            all.push(name, value);
        }
        if all.contains(Known::TransferEncoding) || all.contains(Known::Connection) || all.contains(Known::Upgrade) {
            return Err(Fault::malformed("HTTP/2 has no fields about the connection."));
        }
        let body = match length(&all, Version::Http2, status, is_whole)? {
            Length::UntilClose => Length::Chunked,
            length => length,
        };
        Ok(Self { version: Version::Http2, status, body, persistent: true, fields: all })
    }

    /// Whether another head follows for the same request.
    pub fn is_interim(&self) -> bool {
        (100..200).contains(&self.status) && self.status != 101
    }
}

/// Whether content was announced. Behind a 204, which has none (RFC 9110 section 8.6), it may come all the same.
fn announces_content(fields: &Fields) -> bool {
    fields.contains(Known::TransferEncoding) || fields.all(Known::ContentLength).any(|length| length != b"0")
}

/// How long the body is (RFC 9112 section 6.3). Two lengths, a length beside a coding, or a coding that is not known, are
/// an answer that two readers take in two ways: most often one answer hides in another.
fn length(fields: &Fields, version: Version, status: u16, to_head: bool) -> Result<Length, Fault> {
    const CODING: Fault = Fault::malformed("The answer has a transfer coding that is not known here.");
    const LENGTHS: Fault = Fault::malformed("The answer says more than once how long it is, or says no number.");
    let (mut known, mut chunked) = (None, false);
    for (name, _, value) in fields.iter() {
        match name {
            Known::ContentLength => {
                let length = head::parse_length(value).ok_or(LENGTHS)?;
                if known.replace(length).is_some() {
                    return Err(LENGTHS);
                }
            }
            Known::TransferEncoding if chunked || !value.eq_ignore_ascii_case(b"chunked") => return Err(CODING),
            Known::TransferEncoding => chunked = true,
            _ => {}
        }
    }
    if chunked && version == Version::Http10 {
        return Err(CODING);
    }
    if chunked && known.is_some() {
        return Err(LENGTHS);
    }
    Ok(match (to_head || (100..200).contains(&status) || status == 204 || status == 304, chunked, known) {
        (true, _, _) | (_, false, Some(0)) => Length::Zero,
        (_, true, _) => Length::Chunked,
        (_, _, Some(length)) => Length::Known(length),
        (_, _, None) => Length::UntilClose,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { bytes: 4096, target: 0, fields: 20 };

    fn parse(text: &str) -> Result<Response, Fault> {
        let mut bytes = text.as_bytes().to_vec();
        Response::parse(&mut bytes, 0, Vec::new(), false, &LIMITS).map(|found| found.expect("a whole head").0)
    }

    #[test]
    fn the_length_of_a_body_is_what_the_rfc_says() {
        let of = |fields: &str| parse(&format!("HTTP/1.1 200 OK\r\n{fields}\r\n")).map(|head| head.body);
        assert_eq!(of("Content-Length: 3\r\n"), Ok(Length::Known(3)));
        assert_eq!(of("Transfer-Encoding: chunked\r\n"), Ok(Length::Chunked));
        assert_eq!(of(""), Ok(Length::UntilClose));
        for bad in [
            "Content-Length: 3\r\nContent-Length: 4\r\n",
            "Content-Length: 3\r\nContent-Length: 3\r\n",
            "Content-Length: 3, 3\r\n",
            "Content-Length: x\r\n",
            "Transfer-Encoding: Chunked\r\nContent-Length: 3\r\n",
            "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        ] {
            assert!(of(bad).is_err(), "{bad}");
        }
        for status in ["204 No Content", "304 Not Modified", "101 Switching Protocols", "100 Continue"] {
            let head = parse(&format!("HTTP/1.1 {status}\r\nContent-Length: 3\r\n\r\n")).unwrap();
            assert_eq!(head.body, Length::Zero);
        }
        let mut bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n".to_vec();
        let (head, _) = Response::parse(&mut bytes, 0, Vec::new(), true, &LIMITS).unwrap().unwrap();
        assert_eq!(head.body, Length::Zero);
    }

    #[test]
    fn a_connection_is_kept_where_both_sides_know_where_the_answer_ends() {
        let persists = |text: &str| parse(text).unwrap().persistent;
        assert!(persists("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
        assert!(!persists("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        assert!(!persists("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"));
        assert!(persists("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n"));
        assert!(!persists("HTTP/1.1 200 OK\r\n\r\n"));
        assert!(persists("HTTP/1.1 204 No Content\r\n\r\n"));
        assert!(persists("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"));
        assert!(!persists("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"), "it may come all the same");
        assert!(!persists("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n"));
    }

    #[test]
    fn an_answer_of_http2_is_held_to_the_same_rules() {
        let of = |fields: &[(&str, &str)], is_whole| {
            let fields = fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
            Response::assemble(200, fields, is_whole).map(|head| head.body)
        };
        assert_eq!(of(&[("content-length", "3")], false), Ok(Length::Known(3)));
        assert_eq!(of(&[("content-length", "3")], true), Ok(Length::Zero));
        assert_eq!(of(&[], false), Ok(Length::Chunked));
        for bad in [
            ("transfer-encoding", "chunked"),
            ("connection", "close"),
            ("x", "a\r\nset-cookie: b"),
            ("X", "a"),
            ("x y", "a"),
            ("content-length", "x"),
        ] {
            assert!(of(&[bad], false).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_is_not_an_answer_is_none() {
        for bad in [
            "hello\r\n\r\n",
            "HTTP/1.1 20 OK\r\n\r\n",
            "HTTP/1.1 099 OK\r\n\r\n",
            "HTTP/2 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA b\r\n\r\n",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(parse("HTTP/1.1 200 \r\n\r\n").is_ok() && parse("HTTP/1.1 200\r\n\r\n").is_ok());
        assert!(parse("HTTP/1.1 103 Early Hints\r\n\r\n").unwrap().is_interim());
    }
}
