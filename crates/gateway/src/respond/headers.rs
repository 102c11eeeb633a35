//! Fields that answers carry, whoever made them.

use super::cors;
use crate::channel::FieldsOut;
use crate::exchange::Exchange;

/// Adds the id that `keyward explain` takes, the limits, the deprecation, and what pages of other origins may read.
pub(super) fn own(exchange: &Exchange, out: &mut FieldsOut<'_>) {
    let mut buffer = uuid::Uuid::encode_buffer();
    out.fleeting("x-request-id", exchange.request_id.hyphenated().encode_lower(&mut buffer).as_bytes());
    rates(exchange, out);
    if let Some(since) = exchange.facts().and_then(|facts| facts.deprecation.as_ref()) {
        out.own("deprecation", since.as_bytes());
    }
    cors::add(exchange, out);
}

/// Whether an upstream's field gives way to one of [`own`].
pub(super) fn is_own(exchange: &Exchange, name: &[u8]) -> bool {
    const LIMITS: [&str; 5] =
        ["ratelimit", "ratelimit-policy", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"];
    let is = |own: &str| own.as_bytes().eq_ignore_ascii_case(name);
    is("x-request-id")
        || (exchange.standing.is_some() && LIMITS.into_iter().any(is))
        || (exchange.facts().is_some_and(|facts| facts.deprecation.is_some()) && is("deprecation"))
        || cors::is_own(exchange, name)
}

/// What is left of the tightest limit, where any applies (draft-ietf-httpapi-ratelimit-headers), and the same in the
/// headers that came before the draft. `X-RateLimit-Reset` is in seconds from now, as `t` is.
fn rates(exchange: &Exchange, out: &mut FieldsOut<'_>) {
    let Some(standing) = exchange.standing else { return };
    let (remaining, reset) = (standing.remaining, standing.reset);
    let mut text = Text::default();
    out.own("ratelimit-policy", text.of(b"\"default\";q=", standing.limit, b";w=", standing.window));
    out.fleeting("ratelimit", text.of(b"\"default\";r=", remaining, b";t=", reset));
    out.number("x-ratelimit-limit", standing.limit);
    out.fleeting("x-ratelimit-remaining", itoa::Buffer::new().format(remaining).as_bytes());
    out.fleeting("x-ratelimit-reset", itoa::Buffer::new().format(reset).as_bytes());
}

/// Text on the stack; two numbers and what stands around them are known to fit.
struct Text {
    bytes: [u8; 80],
}

impl Default for Text {
    fn default() -> Self {
        Self { bytes: [0; 80] }
    }
}

impl Text {
    fn of(&mut self, before: &[u8], one: u64, between: &[u8], other: u64) -> &[u8] {
        let (mut first, mut second) = (itoa::Buffer::new(), itoa::Buffer::new());
        let mut length = 0;
        for part in [before, first.format(one).as_bytes(), between, second.format(other).as_bytes()] {
            self.bytes[length..length + part.len()].copy_from_slice(part);
            length += part.len();
        }
        &self.bytes[..length]
    }
}
