//! A refusal for callers that speak gRPC: HTTP 200, no content, and the status of gRPC in the head, which stands for
//! trailers as well (gRPC over HTTP/2, "Trailers-Only"). gRPC-Web reads it there too.

use std::fmt::Write;

use keyward_model::{Code, Denial};
use keyward_wire::fields::is_token_byte;
use keyward_wire::{Known, Length};

use super::deliver;
use super::head::{Body, write_head};
use super::headers;
use super::refusal::challenge;
use crate::channel::Channel;
use crate::exchange::Exchange;
use crate::listen::client::Waits;
use crate::path::After;
use crate::transfer::Sink;

/// What the answer to a call of gRPC says it is: what the call said, without its parameters. None for any other call.
pub(super) fn content_type(exchange: &Exchange) -> Option<String> {
    media_type(exchange.head.fields.decisive(Known::ContentType)?)
}

fn media_type(value: &str) -> Option<String> {
    const GRPC: &str = "application/grpc";
    let essence = value.split(';').next().unwrap_or_default().trim_ascii();
    let behind = essence.get(GRPC.len()..).filter(|_| essence[..GRPC.len()].eq_ignore_ascii_case(GRPC))?;
    let is_grpc = behind.is_empty() || behind.starts_with('+') || behind.starts_with('-');
    (is_grpc && behind.bytes().all(is_token_byte)).then(|| essence.to_ascii_lowercase())
}

/// Answers with why not. The record keeps the code's own status, not the 200 that says only that this is gRPC.
pub(super) async fn refuse(
    exchange: &mut Exchange,
    denial: Denial,
    content_type: &str,
    caller: &mut Channel,
    waits: &Waits,
) -> After {
    let keep = exchange.upload.done || caller.skip_body();
    let announced = matches!(caller, Channel::Http1(_)).then_some(0);
    let body = Body { length: Length::Zero, announced, keep };
    let keep = write_head(exchange, caller, 200, body, |exchange, out| {
        out.own("content-type", content_type.as_bytes());
        out.number("grpc-status", u64::from(status(denial.code)));
        out.own("grpc-message", percent_encoded(&denial.detail).as_bytes());
        out.own("x-keyward-code", denial.code.as_str().as_bytes());
        out.own("date", &exchange.worker.date());
        headers::own(exchange, out);
        if let Some(challenge) = challenge(&denial) {
            out.own("www-authenticate", challenge.as_bytes());
        }
        if let Some(seconds) = denial.retry_after {
            out.number("retry-after", seconds);
            out.number("grpc-retry-pushback-ms", seconds.saturating_mul(1000));
        }
    });
    exchange.status = denial.code.status();
    exchange.denial = Some(denial);
    caller.finish(None);
    deliver(exchange, keep, caller, waits).await
}

/// The status of gRPC that says what `code` says; by the status of HTTP where the code itself says no more.
fn status(code: Code) -> u8 {
    const INVALID_ARGUMENT: u8 = 3;
    const DEADLINE_EXCEEDED: u8 = 4;
    const PERMISSION_DENIED: u8 = 7;
    const RESOURCE_EXHAUSTED: u8 = 8;
    const UNIMPLEMENTED: u8 = 12;
    const INTERNAL: u8 = 13;
    const UNAVAILABLE: u8 = 14;
    const UNAUTHENTICATED: u8 = 16;
    match (code, code.status()) {
        (Code::TokenAmbiguous, _) => UNAUTHENTICATED,
        (Code::UpstreamInvalid, _) => INTERNAL,
        (_, 401) => UNAUTHENTICATED,
        (_, 403) => PERMISSION_DENIED,
        (_, 404 | 405 | 410) => UNIMPLEMENTED,
        (_, 408 | 504) => DEADLINE_EXCEEDED,
        (_, 413 | 414 | 429 | 431) => RESOURCE_EXHAUSTED,
        (_, 400..500) => INVALID_ARGUMENT,
        (_, 502 | 503) => UNAVAILABLE,
        _ => INTERNAL,
    }
}

/// As `grpc-message` is sent: printable ASCII but for `%`, the rest as escapes.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' '..=b'~' if byte != b'%' => encoded.push(char::from(byte)),
            _ => {
                // Writing into a string does not fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_grpc_are_known_by_their_type() {
        for (value, answer) in [
            ("application/grpc", Some("application/grpc")),
            ("Application/gRPC+proto;x=y", Some("application/grpc+proto")),
            ("application/grpc-web-text", Some("application/grpc-web-text")),
            ("application/grpc ; charset=utf-8", Some("application/grpc")),
            ("application/grpcs", None),
            ("application/grpc+a b", None),
            ("application/json", None),
            ("application/grp\u{e9}", None),
            ("", None),
        ] {
            assert_eq!(media_type(value).as_deref(), answer, "{value}");
        }
    }

    #[test]
    fn each_code_has_a_status() {
        for (code, wanted) in [
            (Code::TokenExpired, 16),
            (Code::TokenAmbiguous, 16),
            (Code::ScopeMissing, 7),
            (Code::RateLimited, 8),
            (Code::RequestTooLarge, 8),
            (Code::RouteNotFound, 12),
            (Code::ConcurrencyLimited, 14),
            (Code::UpstreamUnreachable, 14),
            (Code::UpstreamInvalid, 13),
            (Code::UpstreamTimeout, 4),
            (Code::CallTimeout, 4),
            (Code::RequestInvalid, 3),
            (Code::Internal, 13),
        ] {
            assert_eq!(status(code), wanted, "{code}");
        }
        assert!(Code::ALL.iter().all(|code| (1..=16).contains(&status(*code))));
    }

    #[test]
    fn messages_are_escaped() {
        assert_eq!(percent_encoded("It's 100% \u{fc}ber.\n"), "It's 100%25 %C3%BCber.%0A");
    }
}
