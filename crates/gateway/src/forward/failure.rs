//! Why no answer came: in general words for the caller, with the target for the owner.

use keyward_model::upstream::Timeouts;
use keyward_model::{Code, Denial};

use super::connect::ConnectError;
use crate::state::upstream::Target;
use crate::transfer::Lost;

const UNREACHABLE: &str = "The service behind this API could not be reached.";
const LATE: &str = "The service behind this API did not answer in time.";

/// No connection.
pub(super) fn of_connecting(target: &Target, error: &ConnectError) -> Denial {
    let rule = format!("upstream {} target {}: {error}", target.upstream, target.name);
    match error {
        ConnectError::Late(_) => Denial::new(Code::UpstreamTimeout, rule, LATE),
        ConnectError::Full(_) => {
            let mut denial = Denial::new(Code::UpstreamOverloaded, rule, "The service behind this API is busy.");
            denial.retry_after = Some(1);
            denial
        }
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

/// The whole call took too long.
pub(crate) fn too_long(timeouts: Timeouts) -> Denial {
    let rule = format!("timeouts.total_ms {}", timeouts.total_ms.unwrap_or_default());
    Denial::new(Code::CallTimeout, rule, "The call took longer than it may.")
}

/// The caller's body stopped coming.
pub(super) fn body_late() -> Denial {
    Denial::new(Code::RequestTimeout, "body timeout", "The body of the request stopped arriving.")
}

/// The caller's body broke off, or is malformed.
pub(super) fn body_broken() -> Denial {
    Denial::new(Code::RequestInvalid, "body framing", "The body of the request is malformed or broke off.")
}

/// One interim answer after the other, and none that counts.
pub(super) fn endless(target: &Target) -> Denial {
    let rule = format!("upstream {} target {}: interim answers (1xx) without end", target.upstream, target.name);
    Denial::new(Code::UpstreamInvalid, rule, "The service behind this API gave no answer in the end.")
}

/// Sent at least in part, and the connection was of no more use.
pub(super) fn lost(target: &Target, lost: Lost) -> Denial {
    let target_text = format!("upstream {} target {}", target.upstream, target.name);
    match lost {
        Lost::Malformed => {
            let detail = "The service behind this API gave an answer that is not HTTP.";
            Denial::new(Code::UpstreamInvalid, format!("{target_text}: its answer is not HTTP"), detail)
        }
        Lost::Closed => {
            let rule = format!("{target_text}: closed the connection before it answered");
            Denial::new(Code::UpstreamUnreachable, rule, UNREACHABLE)
        }
        Lost::Unprocessed => {
            let rule =
                format!("{target_text}: refused the stream, or closed the connection, without looking at the call");
            Denial::new(Code::UpstreamUnreachable, rule, UNREACHABLE)
        }
        Lost::Reset(reason) => {
            let rule = format!("{target_text}: reset the stream before it answered: {reason}");
            Denial::new(Code::UpstreamUnreachable, rule, UNREACHABLE)
        }
    }
}
