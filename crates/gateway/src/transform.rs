//! Phase `transform`: the request as the upstream will see it. What belongs to the caller's side stays behind; who
//! calls is said in headers that no caller can set.

use std::borrow::Cow;
use std::io::Write;
use std::net::IpAddr;

use keyward_model::{Code, Denial};
use keyward_wire::{Fields, Known, Length, Version};

use crate::channel::FieldsOut;
use crate::exchange::{Caller, Exchange};
use crate::query;

/// Names that Keyward itself speaks under.
const PREFIXES: [&str; 2] = ["x-keyward-", "x-forwarded-"];
/// Credentials and addresses that only Keyward vouches for; headers by which some frameworks take another method or path
/// than the one that was decided about; and `Proxy`, which CGI hands on as the variable `HTTP_PROXY`.
const NAMES: [&str; 17] = [
    "authorization",
    "proxy-authorization",
    "forwarded",
    "host",
    "expect",
    "proxy",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "x-api-key",
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x-original-url",
    "x-rewrite-url",
];
/// What stays behind or is said anew under its own spelling, and must not arrive under another.
const FRAMING: [&str; 5] =
    ["content-length", "transfer-encoding", "keep-alive", "proxy-connection", "proxy-authenticate"];
/// How long these are: a bit for each length.
const LENGTHS: u32 = lengths(&NAMES) | lengths(&FRAMING);

const fn lengths(names: &[&str]) -> u32 {
    let (mut lengths, mut place) = (0, 0);
    while place < names.len() {
        lengths |= 1 << names[place].len();
        place += 1;
    }
    lengths
}

/// Sees that everything is there that the request for the upstream is made of. It is written where it is sent, once for
/// each target that is tried.
pub(crate) fn transform(exchange: &Exchange) -> Result<(), Denial> {
    let is_ready = exchange.caller.is_some() && exchange.target.is_some() && exchange.api().is_some();
    let missing = || Denial::new(Code::Internal, "order of phases", "The call could not be forwarded.");
    is_ready.then_some(()).ok_or_else(missing)
}

/// The canonical path behind the api's base path, and the query without the token.
pub(crate) fn path_and_query(exchange: &Exchange) -> Option<(&str, Option<Cow<'_, str>>)> {
    let target = exchange.target.as_ref()?;
    let path = exchange.routed?.rest.map_or("/", |from| &target.path[from..]);
    let query = match (target.query.as_deref(), &exchange.api()?.spec.token_parameter) {
        (Some(query), Some(parameter)) => {
            Some(query::without(query, parameter)).filter(|rest| !rest.is_empty()).map(Cow::Owned)
        }
        (query, _) => query.map(Cow::Borrowed),
    };
    Some((path, query))
}

/// Writes the fields that go to every target: the caller's own, but for `unless`, and what Keyward says.
pub(crate) fn write_fields(exchange: &Exchange, out: &mut FieldsOut<'_>, unless: impl Fn(&[u8]) -> bool) {
    let fields = &exchange.head.fields;
    let trace = exchange.trace.as_deref();
    let unless = |name: &[u8]| unless(name) || trace.is_some_and(|trace| trace.replaces(name));
    for (known, name, value) in fields.iter() {
        if !stays(fields, known, name) && known != Known::SecWebSocketKey && !unless(name) {
            out.field(name, value);
        }
    }
    if let Some(handshake) = &exchange.websocket {
        handshake.write(fields, out);
    }
    match exchange.head.body {
        Length::Known(length) => out.number("content-length", length),
        Length::Zero if fields.contains(Known::ContentLength) => out.number("content-length", 0),
        Length::Chunked if matches!(out, FieldsOut::Lines(_)) => out.own("transfer-encoding", b"chunked"),
        _ => {}
    }
    if let Some(trace) = trace {
        trace.write(out);
    }
    if let Some(caller) = &exchange.caller {
        identify(exchange, caller, out);
    }
}

/// Whether a field of the caller must not reach the upstream: what is meant for this hop alone, credentials, names that
/// Keyward itself speaks under, and the framing, which is written anew.
fn stays(fields: &Fields, known: Known, name: &[u8]) -> bool {
    known.is_hop_by_hop() || is_unwanted(name) || is_named_hop(fields, name)
}

/// Says who calls, and whence.
fn identify(exchange: &Exchange, caller: &Caller, out: &mut FieldsOut<'_>) {
    let token = &caller.token.token;
    out.own("x-keyward-token", token.id().as_bytes());
    out.own("x-keyward-app", caller.app.name.as_bytes());
    out.own("x-keyward-team", caller.team.name.as_bytes());
    // Writing into memory does not fail.
    out.text("x-keyward-scopes", |out| drop(write!(out, "{}", token.scopes())));
    out.fleeting(
        "x-keyward-request-id",
        exchange.request_id.hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer()).as_bytes(),
    );
    out.text("x-forwarded-for", |out| write_address(out, exchange.address));
    out.own("x-forwarded-proto", if exchange.secure { &b"https"[..] } else { b"http" });
    if let Some(host) = exchange.head.host_bytes() {
        out.own("x-forwarded-host", host);
    }
    out.own("via", via(exchange.head.version));
}

fn write_address(out: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => {
            for (place, octet) in address.octets().into_iter().enumerate() {
                if place > 0 {
                    out.push(b'.');
                }
                out.extend_from_slice(itoa::Buffer::new().format(octet).as_bytes());
            }
        }
        // Writing into memory does not fail.
        IpAddr::V6(address) => drop(write!(out, "{address}")),
    }
}

/// What `Via` says of a message that came by that version (RFC 9110 section 7.6.3).
pub(crate) fn via(version: Version) -> &'static [u8] {
    match version {
        Version::Http10 => b"1.0 keyward",
        Version::Http11 => b"1.1 keyward",
        Version::Http2 => b"2 keyward",
    }
}

/// Whether `Connection` says that a field is for this hop alone (RFC 9110 section 7.6.1).
pub(crate) fn is_named_hop(fields: &Fields, name: &[u8]) -> bool {
    fields.words(Known::Connection).any(|named| named.eq_ignore_ascii_case(name))
}

/// Whether a name is one that nothing of a caller's goes on under.
pub(crate) fn is_unwanted(name: &[u8]) -> bool {
    if PREFIXES.iter().any(|prefix| name.get(..prefix.len()).is_some_and(|start| reads_as(start, prefix))) {
        return true;
    }
    if LENGTHS.checked_shr(u32::try_from(name.len()).unwrap_or(u32::MAX)).unwrap_or(0) & 1 == 0 {
        return false;
    }
    NAMES.iter().chain(&FRAMING).any(|whole| reads_as(name, whole))
}

/// Whether `name` is `wanted` to some reader. Whoever reads headers as CGI variables takes `X_Keyward_App` for
/// `X-Keyward-App`, and some take `X.Keyward.App` for it too.
pub(crate) fn reads_as(name: &[u8], wanted: &str) -> bool {
    name.len() == wanted.len()
        && name
            .iter()
            .zip(wanted.bytes())
            .all(|(b, wanted)| b.eq_ignore_ascii_case(&wanted) || (wanted == b'-' && matches!(b, b'_' | b'.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(headers: &[(&str, &str)]) -> Vec<String> {
        let mut fields = Fields::default();
        for (name, value) in headers {
            fields.push(name.as_bytes(), value.as_bytes());
        }
        let left = fields.iter().filter(|(known, name, _)| !stays(&fields, *known, name));
        let mut names: Vec<String> =
            left.map(|(_, name, _)| String::from_utf8_lossy(name).to_ascii_lowercase()).collect();
        names.sort();
        names
    }

    #[test]
    fn nothing_of_this_hop_goes_on() {
        let left = stripped(&[
            ("Connection", "close, X-Hop , content-length, bad name"),
            ("Connection", "x-other"),
            ("X-Hop", "1"),
            ("X-Other", "1"),
            ("Keep-Alive", "timeout=5"),
            ("Proxy-Connection", "keep-alive"),
            ("TE", "trailers"),
            ("Trailer", "X-T"),
            ("Transfer-Encoding", "chunked"),
            ("Upgrade", "h2c"),
            ("Expect", "100-continue"),
            ("Content-Length", "3"),
            ("Accept", "*/*"),
        ]);
        assert_eq!(left, ["accept"]);
    }

    #[test]
    fn credentials_and_claimed_identities_stay_behind() {
        let left = stripped(&[
            ("Authorization", "Bearer x"),
            ("X-API-Key", "x"),
            ("X_Api_Key", "x"),
            ("Proxy-Authorization", "Basic x"),
            ("X-KEYWARD-App", "admin"),
            ("x_keyward_app", "admin"),
            ("X-Keyward-Anything", "x"),
            ("X-Forwarded-For", "10.0.0.1"),
            ("X_Forwarded_Host", "evil"),
            ("X-Forwarded-Port", "1"),
            ("Forwarded", "for=x"),
            ("X-Real-IP", "10.0.0.1"),
            ("X-HTTP-Method-Override", "DELETE"),
            ("X_Original_URL", "/admin"),
            ("X.Keyward.App", "admin"),
            ("X-Keyward_App.Name", "admin"),
            ("X.Forwarded-For", "10.0.0.1"),
            ("Proxy", "http://evil"),
            ("True-Client-IP", "10.0.0.1"),
            ("True_Client.IP", "10.0.0.1"),
            ("CF-Connecting-IP", "10.0.0.1"),
            ("X-Client-IP", "10.0.0.1"),
            ("X-Cluster-Client-IP", "10.0.0.1"),
            ("Content_Length", "3"),
            ("Content.Length", "3"),
            ("Transfer_Encoding", "chunked"),
            ("Proxy_Authorization", "Basic x"),
            ("Proxy.Connection", "close"),
            ("Content-Length", "3"),
            ("Proxy-Status", "mine"),
            ("X-Keywardly", "mine"),
            ("Cookie", "a=b"),
        ]);
        assert_eq!(left, ["cookie", "proxy-status", "x-keywardly"]);
    }
}
