//! Phase `transform`: the request as the upstream will see it. What belongs to the caller's side stays behind; who
//! calls is said in headers that no caller can set.

use std::net::IpAddr;

use http::header::{
    CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHENTICATE, TE, TRAILER, TRANSFER_ENCODING,
    UPGRADE,
};
use http::{Method, Request};
use keyward_model::{Code, Denial};

use crate::exchange::{Caller, Exchange};
use crate::forward::upload::RequestBody;
use crate::query;

const X_KEYWARD_TOKEN: HeaderName = HeaderName::from_static("x-keyward-token");
const X_KEYWARD_APP: HeaderName = HeaderName::from_static("x-keyward-app");
const X_KEYWARD_TEAM: HeaderName = HeaderName::from_static("x-keyward-team");
const X_KEYWARD_SCOPES: HeaderName = HeaderName::from_static("x-keyward-scopes");
const X_KEYWARD_REQUEST_ID: HeaderName = HeaderName::from_static("x-keyward-request-id");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

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
const LOOKALIKES: [&str; 5] =
    ["content-length", "transfer-encoding", "keep-alive", "proxy-connection", "proxy-authenticate"];

/// A request for an upstream, still without what depends on the target.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    /// Path and query behind the target's own path.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: RequestBody,
}

impl Outgoing {
    /// The same once more; for requests without a body.
    pub(crate) fn copy(&self) -> Self {
        Self {
            method: self.method.clone(),
            path: self.path.clone(),
            headers: self.headers.clone(),
            body: self.body.empty_copy(),
        }
    }

    /// Back from a request that was not sent; `path` is what it was made from.
    pub(crate) fn undress(request: Box<Request<RequestBody>>, path: String) -> Self {
        let (parts, body) = request.into_parts();
        Self { method: parts.method, path, headers: parts.headers, body }
    }
}

/// Makes the request for the upstream.
pub(crate) fn transform(exchange: &mut Exchange, body: RequestBody) -> Result<Outgoing, Denial> {
    let missing = || Denial::new(Code::Internal, "order of phases", "The call could not be forwarded.");
    let path = path_and_query(exchange).ok_or_else(missing)?;
    let host = exchange.head.host();
    // Routing and decision are over; only what is recorded of the head is still needed.
    let mut headers = std::mem::take(&mut exchange.head.headers);
    strip(&mut headers);
    identify(&mut headers, exchange.caller.as_ref().ok_or_else(missing)?, &exchange.request_id.to_string());
    headers.insert(X_FORWARDED_FOR, address(exchange.client.address));
    headers.insert(X_FORWARDED_PROTO, HeaderValue::from_static("http"));
    if let Some(host) = host {
        headers.insert(X_FORWARDED_HOST, host);
    }
    // hyper takes a GET of unknown length for one without a body, unless told.
    if !body.is_empty() && !headers.contains_key(CONTENT_LENGTH) {
        headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    }
    Ok(Outgoing { method: exchange.head.method.clone(), path, headers, body })
}

/// The canonical path behind the api's base path, and the query without the token.
fn path_and_query(exchange: &Exchange) -> Option<String> {
    let target = exchange.target.as_ref()?;
    let path = exchange.routed?.rest.map_or("/", |from| &target.path[from..]);
    let parameter = exchange.api()?.spec.token_parameter.as_ref();
    Some(match (&target.query, parameter) {
        (None, _) => path.to_owned(),
        (Some(query), None) => format!("{path}?{query}"),
        (Some(query), Some(parameter)) => match query::without(query, parameter) {
            rest if rest.is_empty() => path.to_owned(),
            rest => format!("{path}?{rest}"),
        },
    })
}

/// Removes what must not reach the upstream: what is meant for this hop alone, credentials, and names that Keyward
/// itself speaks under.
fn strip(headers: &mut HeaderMap) {
    strip_hop_by_hop(headers);
    let unwanted: Vec<HeaderName> = headers.keys().filter(|name| is_unwanted(name)).cloned().collect();
    for name in unwanted {
        headers.remove(name);
    }
}

fn is_unwanted(name: &HeaderName) -> bool {
    let name = name.as_str();
    PREFIXES.iter().any(|prefix| name.get(..prefix.len()).is_some_and(|start| reads_as(start, prefix)))
        || NAMES.iter().any(|whole| reads_as(name, whole))
        || LOOKALIKES.iter().any(|whole| name != *whole && reads_as(name, whole))
}

/// Whether `name` is `wanted` to some reader. Whoever reads headers as CGI variables takes `X_Keyward_App` for
/// `X-Keyward-App`, and some take `X.Keyward.App` for it too.
fn reads_as(name: &str, wanted: &str) -> bool {
    name.len() == wanted.len()
        && name
            .bytes()
            .zip(wanted.bytes())
            .all(|(b, wanted)| b == wanted || (wanted == b'-' && matches!(b, b'_' | b'.')))
}

/// Removes what concerns one hop alone (RFC 9110 section 7.6.1), and what `Connection` names besides.
pub(crate) fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|b| *b == b','))
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
        // The length of the body is part of the message, whatever a caller says.
        .filter(|name| *name != CONTENT_LENGTH)
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in [CONNECTION, KEEP_ALIVE, PROXY_CONNECTION, PROXY_AUTHENTICATE, TE, TRAILER, TRANSFER_ENCODING, UPGRADE]
    {
        headers.remove(name);
    }
}

/// Says who calls.
fn identify(headers: &mut HeaderMap, caller: &Caller, request_id: &str) {
    let token = &caller.token.token;
    for (name, text) in [
        (X_KEYWARD_TOKEN, token.id().as_str()),
        (X_KEYWARD_APP, &*caller.app.name),
        (X_KEYWARD_TEAM, &*caller.team.name),
        (X_KEYWARD_SCOPES, &token.scopes().to_string()),
        (X_KEYWARD_REQUEST_ID, request_id),
    ] {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(name, value);
        }
    }
}

fn address(address: IpAddr) -> HeaderValue {
    HeaderValue::from_str(&address.to_string()).unwrap_or_else(|_| HeaderValue::from_static("unknown"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(headers: &[(&str, &str)]) -> Vec<String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        strip(&mut map);
        let mut names: Vec<String> = map.keys().map(ToString::to_string).collect();
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
        assert_eq!(left, ["accept", "content-length"]);
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
        assert_eq!(left, ["content-length", "cookie", "proxy-status", "x-keywardly"]);
    }
}
