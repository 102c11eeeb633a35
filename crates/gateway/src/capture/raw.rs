//! What was captured of a call that is over, until it is redacted.

use std::sync::Arc;

use keyward_calls::{Lease, Pending};
use keyward_model::Timestamp;
use keyward_model::api::Api;
use keyward_model::captured::{CapturedBody, CapturedCall, CapturedMessage, CapturedText, Withheld};
use keyward_model::secret::Hidden;
use keyward_policy::redact::{self, Credentials, Redacted};
use keyward_wire::Known;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::websocket::{Said, said};
use super::{Capture, Held, Rules, lines, put_lines, size_of_lines};
use crate::authenticate::credential;
use crate::exchange::Exchange;
use crate::state::upstream::Upstream;

/// What was captured, still with what is secret in it; wiped where it holds credentials for sure.
struct Raw {
    rules: Arc<Rules>,
    request_id: Uuid,
    at: Timestamp,
    api: Arc<Api>,
    /// What the caller showed.
    shown: Vec<Hidden>,
    /// Whose credentials may have been repeated.
    upstream: Option<Arc<Upstream>>,
    /// Method, then target.
    first_line: (String, Zeroizing<String>),
    request_head: Zeroizing<Vec<u8>>,
    request: Body,
    status: Option<u16>,
    response_head: Zeroizing<Vec<u8>>,
    response: Body,
    /// Given back with the rest.
    _lease: Lease,
}

/// What was captured of a body.
struct Body {
    held: Held,
    /// Bytes that passed.
    bytes: u64,
    encoding: Option<&'static str>,
    /// Whether it may be frames.
    is_websocket: bool,
}

/// Hands over what was captured of a call that is over. Waits for nobody.
pub(crate) fn finish(exchange: &Exchange, capture: Capture) {
    let Some(captures) = &exchange.worker.captures else { return };
    match raw(exchange, capture) {
        Some(raw) => captures.push(Box::new(raw)),
        None => captures.count_dropped(),
    }
}

/// None where there is no room for it, or was none on the way.
fn raw(exchange: &Exchange, capture: Capture) -> Option<Raw> {
    let Capture {
        rules,
        mut lease,
        request,
        request_encoding,
        status,
        response_head,
        response,
        response_encoding,
        short,
    } = capture;
    let is_websocket = exchange.websocket.is_some();
    let (head, api) = (&exchange.head, Arc::clone(exchange.api()?));
    if short || !lease.grow(head.size()) {
        return None;
    }
    let mut request_head = Zeroizing::new(Vec::new());
    if rules.wanted.request_head {
        // Of HTTP/2 it is no field of the head.
        let host = head.host().filter(|_| !head.fields.contains(Known::Host));
        let fields = || {
            let fields = head.fields.iter().map(|(_, name, value)| (name, value));
            host.map(|host| (&b"host"[..], host.as_bytes())).into_iter().chain(fields)
        };
        request_head.reserve_exact(size_of_lines(fields()));
        put_lines(fields(), &mut request_head);
    }
    Some(Raw {
        request_id: exchange.request_id,
        at: exchange.at,
        api,
        shown: shown(exchange),
        upstream: exchange.facts().and_then(|facts| facts.upstream.as_ref().ok().map(Arc::clone)),
        first_line: (head.method().to_owned(), Zeroizing::new(head.target().to_owned())),
        request_head,
        request: Body { held: request, bytes: exchange.upload.bytes, encoding: request_encoding, is_websocket },
        status,
        response_head,
        response: Body { held: response, bytes: exchange.bytes_out, encoding: response_encoding, is_websocket },
        rules,
        _lease: lease,
    })
}

/// The caller's credential, as it was meant and as it came.
fn shown(exchange: &Exchange) -> Vec<Hidden> {
    let mut shown = Vec::new();
    if let Ok(credential) = credential(exchange) {
        shown.push(Hidden::new(credential.text()));
    }
    let fields = &exchange.head.fields;
    shown.extend(fields.all(Known::XApiKey).map(|value| Hidden::new(value.trim_ascii())));
    shown.extend(fields.all(Known::Authorization).map(|value| Hidden::new(behind_scheme(value))));
    shown
}

/// `Basic dXM6cGFzcw==` without the scheme (RFC 9110 section 11.4).
fn behind_scheme(value: &[u8]) -> &[u8] {
    let blank = value.iter().position(|byte| *byte == b' ');
    blank.map_or(value, |blank| &value[blank..]).trim_ascii()
}

impl Pending for Raw {
    fn redact(self: Box<Self>) -> CapturedCall {
        let Rules { redaction, wanted } = &*self.rules;
        let targets = self.upstream.iter().flat_map(|upstream| &upstream.targets);
        let known = self.shown.iter().cloned().chain(targets.flat_map(|target| target.presents()));
        let credentials = Credentials::new(known);
        let request_head = || {
            let (method, target) = &self.first_line;
            redaction.request_head(method, target, named(&self.request_head), &credentials)
        };
        let response_head = |status| redaction.response_head(status, named(&self.response_head), &credentials);
        let body = |body: &Body| body.redact(redaction, &credentials);
        CapturedCall {
            request_id: self.request_id,
            at: self.at,
            team: self.api.team,
            api: self.api.id,
            api_name: self.api.name.clone(),
            request: CapturedMessage {
                head: wanted.request_head.then(|| text(request_head())),
                body: wanted.request_body.then(|| body(&self.request)),
            },
            response: CapturedMessage {
                head: self.status.filter(|_| wanted.response_head).map(|status| text(response_head(status))),
                body: wanted.response_body.then(|| body(&self.response)),
            },
        }
    }
}

impl Body {
    fn redact(&self, redaction: &redact::Redaction, credentials: &Credentials) -> CapturedBody {
        let bytes = self.bytes;
        let withheld = |why| CapturedBody { bytes, withheld: Some(why), ..CapturedBody::default() };
        if let Some(encoding) = self.encoding.filter(|_| bytes > 0) {
            return CapturedBody { encoding: Some(encoding.to_owned()), ..withheld(Withheld::Encoded) };
        }
        let mut held = &self.held.bytes[..];
        let mut whole = bytes == 0 || (self.held.ended && held.len() as u64 == bytes);
        let said = if self.is_websocket { said(held) } else { None };
        if let Some(Said { text, breaks_off }) = &said {
            (held, whole) = (text, whole && !breaks_off);
        }
        match redaction.body(held, false, whole, credentials) {
            Ok(shown) => CapturedBody { bytes, shown: Some(text(shown)), ..CapturedBody::default() },
            Err(redact::Withheld::Encoded) => withheld(Withheld::Encoded),
            Err(redact::Withheld::NotText) => withheld(Withheld::NotText),
        }
    }
}

fn text(redacted: Redacted) -> CapturedText {
    let Redacted { text, cut, blotted } = redacted;
    CapturedText { text, cut, redacted: blotted as u64 }
}

/// Names of fields are ASCII.
fn named(head: &[u8]) -> impl Iterator<Item = (&str, &[u8])> {
    lines(head).map(|(name, value)| (std::str::from_utf8(name).unwrap_or_default(), value))
}
