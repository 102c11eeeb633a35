//! What answers say to browsers that ask for pages of other origins (Fetch standard, section 3.2), where the api called
//! has something to say of it, and the answers to preflights. Calls of other apis cost one look.

use keyward_model::api::{Api, Cors};
use keyward_wire::{Known, Length};

use super::deliver;
use super::head::{Body, write_head};
use super::headers;
use crate::channel::{Channel, FieldsOut};
use crate::exchange::Exchange;
use crate::listen::client::Waits;
use crate::path::After;
use crate::route::Preflight;
use crate::transfer::Sink;

/// What pages may always send: where a token may stand, what the gateway itself reads, and what gRPC-Web sends.
const ALLOWED: &str = "authorization, x-api-key, accept-version, content-type, x-grpc-web, x-user-agent, grpc-timeout";
/// What pages may always read: Keyward's own, and what stands for trailers in answers of gRPC-Web.
const EXPOSED: &str = "x-request-id, x-keyward-code, ratelimit, ratelimit-policy, x-ratelimit-limit, \
                       x-ratelimit-remaining, x-ratelimit-reset, retry-after, deprecation, www-authenticate, \
                       grpc-status, grpc-message, grpc-status-details-bin";

/// Adds what pages may read of this answer, and of which origins.
pub(super) fn add(exchange: &Exchange, out: &mut FieldsOut<'_>) {
    if let Some(cors) = exchange.api().and_then(of) {
        add_origin(exchange, cors, out);
        out.own("access-control-expose-headers", list(EXPOSED, &cors.expose_headers).as_bytes());
    }
}

/// Whether an upstream's field gives way to what the api says.
pub(super) fn is_own(exchange: &Exchange, name: &[u8]) -> bool {
    const BEGINNING: &[u8] = b"access-control-";
    let is_cors = name.get(..BEGINNING.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(BEGINNING));
    is_cors && exchange.api().and_then(of).is_some()
}

fn of(api: &std::sync::Arc<Api>) -> Option<&Cors> {
    api.spec.cors.as_ref()
}

fn add_origin(exchange: &Exchange, cors: &Cors, out: &mut FieldsOut<'_>) {
    if cors.allows_any() {
        return out.own("access-control-allow-origin", b"*");
    }
    // Also where the origin is none of those: a cache must not hand this answer to one that is.
    out.own("vary", b"origin");
    let Some(origin) = exchange.head.fields.decisive(Known::Origin).filter(|origin| cors.allows(origin)) else {
        return;
    };
    out.own("access-control-allow-origin", origin.as_bytes());
    if cors.allow_credentials {
        out.own("access-control-allow-credentials", b"true");
    }
}

/// The names that always stand there, and those of the api.
fn list(always: &str, more: &[String]) -> String {
    let mut list = always.to_owned();
    for name in more {
        list.push_str(", ");
        list.push_str(name);
    }
    list
}

/// Answers a preflight: what pages of that origin may send.
pub(super) async fn answer(
    exchange: &mut Exchange,
    preflight: Preflight,
    caller: &mut Channel,
    waits: &Waits,
) -> After {
    // What is still to come of the body would be taken for the next request.
    let keep = exchange.upload.done || caller.skip_body();
    let body = Body { length: Length::Zero, announced: None, keep };
    let keep = write_head(exchange, caller, 204, body, |exchange, out| {
        out.own("date", &exchange.worker.date());
        headers::own(exchange, out);
        let Some(cors) = exchange.api().and_then(of) else { return };
        let methods: Vec<&str> = preflight.methods.iter().map(|method| method.as_str()).collect();
        out.own("vary", b"access-control-request-method, access-control-request-headers");
        out.own("access-control-allow-methods", methods.join(", ").as_bytes());
        out.own("access-control-allow-headers", list(ALLOWED, &cors.allow_headers).as_bytes());
        out.number("access-control-max-age", u64::from(cors.max_age_seconds));
    });
    caller.finish(None);
    deliver(exchange, keep, caller, waits).await
}
