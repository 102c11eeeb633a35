//! Fields that answers carry, whoever made them.

use std::io::Write;

use crate::channel::FieldsOut;
use crate::exchange::Exchange;

/// Adds the id that `keyward explain` takes, the limits and the deprecation.
pub(super) fn own(exchange: &Exchange, out: &mut FieldsOut<'_>) {
    let mut buffer = uuid::Uuid::encode_buffer();
    out.field(b"x-request-id", exchange.request_id.hyphenated().encode_lower(&mut buffer).as_bytes());
    rates(exchange, out);
    if let Some(since) = exchange.facts().and_then(|facts| facts.deprecation.as_ref()) {
        out.field(b"deprecation", since.as_bytes());
    }
}

/// Whether an upstream's field gives way to one of [`own`].
pub(super) fn is_own(exchange: &Exchange, name: &[u8]) -> bool {
    const LIMITS: [&str; 5] =
        ["ratelimit", "ratelimit-policy", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"];
    let is = |own: &str| own.as_bytes().eq_ignore_ascii_case(name);
    is("x-request-id")
        || (exchange.standing.is_some() && LIMITS.into_iter().any(is))
        || (exchange.facts().is_some_and(|facts| facts.deprecation.is_some()) && is("deprecation"))
}

/// What is left of the tightest limit, where any applies (draft-ietf-httpapi-ratelimit-headers), and the same in the
/// headers that came before the draft. `X-RateLimit-Reset` is in seconds from now, as `t` is.
fn rates(exchange: &Exchange, out: &mut FieldsOut<'_>) {
    let Some(standing) = exchange.standing else { return };
    let (remaining, reset) = (standing.remaining, standing.reset);
    let mut text = [0; 96];
    let policy = format_args!("\"default\";q={};w={}", standing.limit, standing.window);
    out.field(b"ratelimit-policy", formatted(&mut text, policy));
    let state = format_args!("\"default\";r={remaining};t={reset}");
    out.field(b"ratelimit", formatted(&mut text, state));
    out.number(b"x-ratelimit-limit", standing.limit);
    out.number(b"x-ratelimit-remaining", remaining);
    out.number(b"x-ratelimit-reset", reset);
}

/// Text on the stack; it is known to fit.
fn formatted<'t>(text: &'t mut [u8; 96], arguments: std::fmt::Arguments<'_>) -> &'t [u8] {
    let mut rest = &mut text[..];
    let _ = rest.write_fmt(arguments);
    let left = rest.len();
    &text[..96 - left]
}
