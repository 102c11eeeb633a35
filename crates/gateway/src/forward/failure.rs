//! Why no answer came: in general words for the caller, with the target for the owner.

use keyward_model::upstream::Timeouts;
use keyward_model::{Code, Denial};

use super::connect::ConnectError;
use crate::exchange::Exchange;
use crate::listen::too_large;
use crate::state::upstream::Target;

const UNREACHABLE: &str = "The service behind this API could not be reached.";
const LATE: &str = "The service behind this API did not answer in time.";

/// No connection.
pub(super) fn of_connecting(target: &Target, error: &ConnectError) -> Denial {
    let rule = format!("upstream {} target {}: {error}", target.upstream, target.name);
    match error {
        ConnectError::Late(_) => Denial::new(Code::UpstreamTimeout, rule, LATE),
        _ => Denial::new(Code::UpstreamUnreachable, rule, UNREACHABLE),
    }
}

/// A fresh connection was closed before anything was sent.
pub(super) fn closed(target: &Target) -> Denial {
    let rule = format!("upstream {} target {}: closed the connection at once", target.upstream, target.name);
    Denial::new(Code::UpstreamUnreachable, rule, UNREACHABLE)
}

/// Sent, and nothing came.
pub(super) fn too_late(target: &Target, timeouts: Timeouts) -> Denial {
    let rule = format!(
        "upstream {} target {}: no answer within first_byte_ms {}",
        target.upstream, target.name, timeouts.first_byte_ms
    );
    Denial::new(Code::UpstreamTimeout, rule, LATE)
}

/// Sent at least in part; the fault may be the caller's.
pub(super) fn of_sending(exchange: &Exchange, target: &Target, error: &hyper::Error) -> Denial {
    if exchange.upload.is_too_large() {
        return too_large(exchange.worker.config.max_body_bytes);
    }
    if exchange.upload.is_broken() {
        return if exchange.client.is_late() {
            let detail = "The body of the request stopped arriving.";
            Denial::new(Code::RequestTimeout, "body timeout", detail)
        } else {
            Denial::new(Code::RequestInvalid, "body framing", "The body of the request is malformed or broke off.")
        };
    }
    let target_text = format!("upstream {} target {}", target.upstream, target.name);
    if error.is_parse() {
        let rule = format!("{target_text}: not HTTP/1: {error}");
        return Denial::new(
            Code::UpstreamInvalid,
            rule,
            "The service behind this API gave an answer that is not HTTP.",
        );
    }
    let rule = format!("{target_text}: closed the connection before it answered");
    Denial::new(Code::UpstreamUnreachable, rule, UNREACHABLE)
}
