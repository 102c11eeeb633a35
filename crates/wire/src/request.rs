//! The head of a request: from bytes of HTTP/1, or from the parts of a request of HTTP/2.

use std::mem::MaybeUninit;

use crate::body::Length;
use crate::fault::{Fault, FaultKind};
use crate::fields::{Field, Fields, Known, Span, append, is_lower_name, is_token_byte, is_value_byte};
use crate::head::{self, Limits, MOST_FIELDS};

/// The version of the protocol a message came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each is the version it says")]
pub enum Version {
    Http10,
    Http11,
    Http2,
}

/// The head of a request that is well-formed and can be read in one way only.
#[derive(Debug)]
pub struct Request {
    /// The version.
    pub version: Version,
    /// How long its body is.
    pub body: Length,
    /// Whether the caller keeps the connection for another request.
    pub persistent: bool,
    /// Whether the caller waits for `100 Continue` before it sends the body (RFC 9110 section 10.1.1).
    pub expects_continue: bool,
    /// The protocol it asks to switch to: of HTTP/1 by `Upgrade`, of HTTP/2 by `:protocol` (RFC 8441).
    pub upgrade: Option<Upgrade>,
    /// The fields.
    pub fields: Fields,
    method: Span,
    path: Span,
    authority: Option<Span>,
    size: usize,
}

/// A protocol to switch to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upgrade {
    /// RFC 6455, RFC 8441.
    WebSocket,
    /// Any other, or several.
    Other,
}

/// The parts of a request of HTTP/2 (RFC 9113 section 8.3).
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "each is the pseudo-field it says")]
pub struct Pseudo<'a> {
    pub method: &'a [u8],
    pub scheme: Option<&'a [u8]>,
    pub path: &'a [u8],
    pub authority: Option<&'a [u8]>,
    pub protocol: Option<&'a [u8]>,
}

impl Request {
    /// Reads the head at the start of `bytes`, of which `seen` were looked at before. None while it is unfinished;
    /// else the head and how many bytes it took. `list` is filled anew.
    pub fn parse(
        bytes: &mut Vec<u8>,
        seen: usize,
        list: Vec<Field>,
        limits: &Limits,
    ) -> Result<Option<(Self, usize)>, Fault> {
        let Some((start, end)) = head::find(bytes, seen, limits)? else { return Ok(None) };
        head::check_lines(&bytes[start..end])?;
        let line = Line::read(bytes, start..end, list, limits)?;
        let authority = line.authority;
        let fields = Fields::new(std::mem::take(bytes), line.list);
        let facts = Facts::of(&fields, authority.map(|authority| authority.of_bytes(&fields.bytes)));
        match facts.and_then(|facts| Ok((facts.body(line.version)?, facts))) {
            Ok((body, facts)) => {
                let persistent = !facts.close && (line.version == Version::Http11 || facts.keep_alive);
                let request = Self {
                    version: line.version,
                    body,
                    persistent,
                    expects_continue: facts.expects_continue && line.version == Version::Http11,
                    upgrade: facts.upgrade(&fields),
                    fields,
                    method: line.method,
                    path: line.path,
                    authority,
                    size: end - start,
                };
                Ok(Some((request, end)))
            }
            Err(fault) => {
                *bytes = fields.bytes;
                Err(fault)
            }
        }
    }

    /// Makes the head of a request that came by HTTP/2, in `bytes`, under the same rules as one of HTTP/1: nothing in
    /// it may become a line of its own further on. `has_body` is whether the stream goes on behind the head.
    pub fn assemble<'f>(
        mut bytes: Vec<u8>,
        mut list: Vec<Field>,
        pseudo: Pseudo<'_>,
        fields: impl Iterator<Item = (&'f [u8], &'f [u8])>,
        has_body: bool,
        limits: &Limits,
    ) -> Result<Self, Fault> {
        bytes.clear();
        let upgrade = match pseudo.protocol {
            None => None,
            Some(_) if pseudo.method != b"CONNECT" => {
                return Err(Fault::malformed("Only CONNECT switches to another protocol."));
            }
            Some(b"websocket") => Some(Upgrade::WebSocket),
            Some(_) => Some(Upgrade::Other),
        };
        // RFC 8441 section 5: what HTTP/1.1 asks for by GET.
        let is_websocket = upgrade == Some(Upgrade::WebSocket);
        let method = append(&mut bytes, if is_websocket { b"GET" } else { pseudo.method });
        let path = append(&mut bytes, pseudo.path);
        if pseudo.method.is_empty() || !pseudo.method.iter().copied().all(is_token_byte) {
            return Err(Fault::malformed("The method of the request is malformed."));
        }
        // Which of the two says nothing of the connection: a proxy in front may have taken off the TLS.
        let is_http = |scheme: &[u8]| scheme.eq_ignore_ascii_case(b"http") || scheme.eq_ignore_ascii_case(b"https");
        if !pseudo.scheme.is_none_or(is_http) {
            return Err(Fault::malformed("The scheme of the request is neither http nor https."));
        }
        head::check_target(pseudo.path, limits.target)?;
        let is_asterisk = pseudo.path == b"*" && pseudo.method == b"OPTIONS";
        if !is_asterisk && !pseudo.path.starts_with(b"/") {
            return Err(Fault::malformed("The target of the request is not a path."));
        }
        let authority = pseudo.authority.map(|authority| append(&mut bytes, authority));
        list.clear();
        let mut all = Fields::new(bytes, list);
        let (mut size, mut count, mut cookies) = (all.bytes.len(), 0, Vec::new());
        for (name, value) in fields {
            count += 1;
            if count > limits.fields.min(MOST_FIELDS) {
                return Err(head::fault_of(httparse::Error::TooManyHeaders));
            }
            size += name.len() + value.len() + 4;
            if size > limits.bytes {
                return Err(Fault::too_large("The head of the request is too large."));
            }
            if !is_lower_name(name)
                || !value.iter().copied().all(is_value_byte)
                || value.trim_ascii().len() != value.len()
            {
                return Err(Fault::malformed("A field of the request is malformed."));
            }
            match name {
                b"cookie" => cookies.push(value),
                _ => all.push(name, value),
            }
        }
        // What HTTP/2 may split, nothing else takes apart (RFC 9113 section 8.2.3).
        if !cookies.is_empty() {
            all.push(b"cookie", &cookies.join(&b"; "[..]));
        }
        let mut request = Self {
            version: Version::Http2,
            body: Length::Zero,
            persistent: true,
            expects_continue: false,
            upgrade,
            fields: all,
            method,
            path,
            authority,
            size,
        };
        request.check_http2(has_body)?;
        Ok(request)
    }

    /// The head of no request: where none could be read of what came by that version.
    pub fn none(version: Version) -> Self {
        Self {
            version,
            body: Length::Zero,
            persistent: false,
            expects_continue: false,
            upgrade: None,
            fields: Fields::default(),
            method: Span::default(),
            path: Span::default(),
            authority: None,
            size: 0,
        }
    }

    /// The method.
    pub fn method(&self) -> &str {
        std::str::from_utf8(self.method_bytes()).unwrap_or_default()
    }

    /// The method, for those to whom bytes will do.
    pub fn method_bytes(&self) -> &[u8] {
        self.method.of_bytes(&self.fields.bytes)
    }

    /// Path and query as they came; of an absolute target (RFC 9112 section 3.2.2) what follows the authority.
    pub fn target(&self) -> &str {
        std::str::from_utf8(self.target_bytes()).unwrap_or_default()
    }

    /// The same, for those to whom bytes will do.
    pub fn target_bytes(&self) -> &[u8] {
        match self.path.of_bytes(&self.fields.bytes) {
            b"" => b"/",
            path => path,
        }
    }

    /// Bytes of the head: of HTTP/2, of its parts without their compression.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The host the caller means: of the target where it names one, else of the `Host` field.
    pub fn host(&self) -> Option<&str> {
        self.host_bytes().and_then(|host| std::str::from_utf8(host).ok())
    }

    /// The same, for those to whom bytes will do.
    pub fn host_bytes(&self) -> Option<&[u8]> {
        match self.authority {
            Some(authority) => Some(authority.of_bytes(&self.fields.bytes)),
            None => self.fields.first(Known::Host),
        }
    }

    fn check_http2(&mut self, has_body: bool) -> Result<(), Fault> {
        if let Some(authority) = self.authority {
            check_authority(authority.of_bytes(&self.fields.bytes))?;
        }
        for known in
            [Known::Connection, Known::KeepAlive, Known::ProxyConnection, Known::TransferEncoding, Known::Upgrade]
        {
            if self.fields.contains(known) {
                return Err(Fault::malformed("HTTP/2 has no fields about the connection."));
            }
        }
        if self.fields.all(Known::Te).any(|value| value != b"trailers") {
            return Err(Fault::malformed("HTTP/2 has no TE but trailers."));
        }
        let facts = Facts::of(&self.fields, self.authority.map(|a| a.of_bytes(&self.fields.bytes)))?;
        // RFC 9113 section 8.3.1: what http and https are about has one.
        if self.host_bytes().is_none_or(<[u8]>::is_empty) {
            return Err(Fault::malformed("The request names no host."));
        }
        self.expects_continue = facts.expects_continue;
        self.body = match (has_body, facts.length) {
            // What follows a handshake is no body.
            (_, length) if self.upgrade.is_some() => match length {
                None => Length::Zero,
                Some(_) => return Err(Fault::malformed("What asks for another protocol has no body.")),
            },
            (false, None | Some(0)) => Length::Zero,
            (false, Some(_)) => return Err(Fault::malformed("The body is shorter than its Content-Length.")),
            (true, Some(length)) => Length::Known(length),
            (true, None) => Length::Chunked,
        };
        Ok(())
    }
}

/// The first line of a head, and where its fields are.
struct Line {
    version: Version,
    method: Span,
    path: Span,
    authority: Option<Span>,
    list: Vec<Field>,
}

impl Line {
    fn read(bytes: &[u8], head: std::ops::Range<usize>, mut list: Vec<Field>, limits: &Limits) -> Result<Self, Fault> {
        let mut headers = [const { MaybeUninit::uninit() }; MOST_FIELDS];
        let most = limits.fields.min(MOST_FIELDS);
        let mut parsed = httparse::Request::new(&mut []);
        match parsed.parse_with_uninit_headers(&bytes[head.clone()], &mut headers[..most]) {
            Ok(httparse::Status::Complete(length)) if length == head.len() => {}
            Ok(_) => return Err(head::fault_of(httparse::Error::NewLine)),
            Err(error) => return Err(head::fault_of(error)),
        }
        let method = parsed.method.unwrap_or_default().as_bytes();
        let target = parsed.path.unwrap_or_default().as_bytes();
        let (authority, path) = split_target(method, target)?;
        head::check_target(target, limits.target)?;
        list.clear();
        list.extend(parsed.headers.iter().map(|header| {
            let (name, value) = (header.name.as_bytes(), header.value);
            Field { name: Span::of(name, bytes), value: Span::of(value, bytes), known: Known::of(name) }
        }));
        let version = if parsed.version == Some(1) { Version::Http11 } else { Version::Http10 };
        let authority = authority.map(|authority| Span::of(authority, bytes));
        Ok(Self { version, method: Span::of(method, bytes), path: Span::of(path, bytes), authority, list })
    }
}

/// Authority and path of a target (RFC 9112 section 3.2).
fn split_target<'t>(method: &[u8], target: &'t [u8]) -> Result<(Option<&'t [u8]>, &'t [u8]), Fault> {
    const NEITHER: Fault = Fault::malformed("The target of the request is neither a path nor a URL.");
    const ASTERISK: Fault = Fault { kind: FaultKind::Target, detail: "The target `*` is for OPTIONS alone." };
    if method == b"CONNECT" && !target.starts_with(b"/") {
        return if head::is_authority(target) { Ok((None, target)) } else { Err(NEITHER) };
    }
    if target.starts_with(b"/") || (target == b"*" && method == b"OPTIONS") {
        return Ok((None, target));
    }
    if target == b"*" {
        return Err(ASTERISK);
    }
    let behind = target.iter().position(|byte| *byte == b':').filter(|colon| {
        let scheme = &target[..*colon];
        (scheme.eq_ignore_ascii_case(b"http") || scheme.eq_ignore_ascii_case(b"https"))
            && target[*colon..].starts_with(b"://")
    });
    let rest = &target[behind.ok_or(NEITHER)? + 3..];
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if authority.is_empty() || !head::is_authority(authority) || path.starts_with(b"?") {
        return Err(NEITHER);
    }
    Ok((Some(authority), path))
}

/// What the fields say of the message.
#[derive(Default)]
struct Facts {
    hosts: usize,
    length: Option<u64>,
    lengths: usize,
    encodings: usize,
    close: bool,
    keep_alive: bool,
    upgrades: bool,
    expects_continue: bool,
}

impl Facts {
    fn of(fields: &Fields, authority: Option<&[u8]>) -> Result<Self, Fault> {
        let mut facts = Self::default();
        for (known, _, value) in fields.iter() {
            match known {
                Known::Host => {
                    facts.hosts += 1;
                    check_authority(value)?;
                    if authority.is_some_and(|authority| !authority.eq_ignore_ascii_case(value)) {
                        return Err(Fault::malformed("The target names another host than the Host header."));
                    }
                }
                Known::ContentLength => {
                    facts.lengths += 1;
                    facts.length = head::parse_length(value);
                    if facts.length.is_none() {
                        return Err(Fault::malformed("The Content-Length header is not a number."));
                    }
                }
                Known::TransferEncoding => {
                    facts.encodings += 1;
                    if !value.eq_ignore_ascii_case(b"chunked") {
                        return Err(Fault::malformed("The only Transfer-Encoding taken is chunked."));
                    }
                }
                Known::Connection => {
                    for word in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                        facts.close |= word.eq_ignore_ascii_case(b"close");
                        facts.keep_alive |= word.eq_ignore_ascii_case(b"keep-alive");
                        facts.upgrades |= word.eq_ignore_ascii_case(b"upgrade");
                    }
                }
                Known::Expect if value.eq_ignore_ascii_case(b"100-continue") => facts.expects_continue = true,
                Known::Expect => {
                    let detail = "The only expectation met here is 100-continue.";
                    return Err(Fault { kind: FaultKind::Expectation, detail });
                }
                _ => {}
            }
        }
        match (facts.hosts, facts.lengths, facts.encodings) {
            (2.., _, _) => Err(Fault::malformed("The Host header came twice.")),
            (_, 1.., 1..) => {
                Err(Fault::malformed("Content-Length and Transfer-Encoding came together; they contradict each other."))
            }
            (_, 2.., _) => Err(Fault::malformed("The Content-Length header came twice.")),
            (_, _, 2..) => Err(Fault::malformed("The Transfer-Encoding header came twice.")),
            _ => Ok(facts),
        }
    }
}

impl Facts {
    /// How long the body of a request of HTTP/1 is (RFC 9112 section 6.3).
    fn body(&self, version: Version) -> Result<Length, Fault> {
        if self.hosts == 0 && version == Version::Http11 {
            return Err(Fault::malformed("The Host header is missing."));
        }
        match (self.encodings, self.length) {
            (1.., _) if version == Version::Http10 => Err(Fault::malformed("HTTP/1.0 has no Transfer-Encoding.")),
            (1.., _) => Ok(Length::Chunked),
            (_, None | Some(0)) => Ok(Length::Zero),
            (_, Some(length)) => Ok(Length::Known(length)),
        }
    }

    /// What the caller asks to switch to. `Connection: upgrade` and `Upgrade` belong together; one alone asks for
    /// nothing that could be done.
    fn upgrade(&self, fields: &Fields) -> Option<Upgrade> {
        let mut protocols = fields.all(Known::Upgrade);
        match (self.upgrades, protocols.next(), protocols.next()) {
            (false, None, _) => None,
            (true, Some(protocol), None) if protocol.eq_ignore_ascii_case(b"websocket") => Some(Upgrade::WebSocket),
            _ => Some(Upgrade::Other),
        }
    }
}

fn check_authority(value: &[u8]) -> Result<(), Fault> {
    if head::is_authority(value) { Ok(()) } else { Err(Fault::malformed("The Host header is not a host name.")) }
}

#[cfg(test)]
mod tests;
