//! Headers that answers carry, whoever made them.

use http::header::{HeaderMap, HeaderName, HeaderValue};

use super::{X_REQUEST_ID, value};
use crate::exchange::Exchange;

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const X_RATE_LIMIT_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const X_RATE_LIMIT_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const X_RATE_LIMIT_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// The id that `keyward explain` takes.
pub(super) fn request_id(exchange: &Exchange, headers: &mut HeaderMap) {
    headers.insert(X_REQUEST_ID, value(&exchange.request_id.to_string()));
}

/// What is left of the tightest limit, where any applies (draft-ietf-httpapi-ratelimit-headers), and the same in the
/// headers that came before the draft. `X-RateLimit-Reset` is in seconds from now, as `t` is.
pub(super) fn rates(exchange: &Exchange, headers: &mut HeaderMap) {
    let Some(standing) = exchange.standing else { return };
    let (remaining, reset) = (standing.remaining, standing.reset);
    headers.insert(RATE_LIMIT_POLICY, value(&format!("\"default\";q={};w={}", standing.limit, standing.window)));
    headers.insert(RATE_LIMIT, value(&format!("\"default\";r={remaining};t={reset}")));
    headers.insert(X_RATE_LIMIT_LIMIT, HeaderValue::from(standing.limit));
    headers.insert(X_RATE_LIMIT_REMAINING, HeaderValue::from(remaining));
    headers.insert(X_RATE_LIMIT_RESET, HeaderValue::from(reset));
}

/// Of a deprecated api: since when (RFC 9745).
pub(super) fn deprecation(exchange: &Exchange, headers: &mut HeaderMap) {
    if let Some(since) = exchange.facts().and_then(|facts| facts.deprecation.clone()) {
        headers.insert(DEPRECATION, since);
    }
}
