//! Whether a call that failed may go out again without doing twice what was asked for once.

use keyward_model::api::Method;
use keyward_model::upstream::{Retries, RetryOn};

/// How much of a call had been handed to a target's connection when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sent {
    /// Not a byte.
    Nothing,
    /// Some of its head or all of it; and of its body either nothing, or what is still held and can be sent again.
    Head,
    /// Some of its body, which cannot be sent again.
    Body,
}

/// How a call failed at a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection came about, or not in time.
    Connect,
    /// The target said that it has not looked at the call: `REFUSED_STREAM`, or a `GOAWAY` before its stream
    /// (RFC 9113 section 8.7).
    Unprocessed,
    /// The connection ended before an answer began, or what came was not HTTP.
    Reset,
    /// No answer began in time. What takes long is not begun anew.
    Late,
    /// An answer of this status, of which nothing was passed on.
    Status(u16),
}

/// Whether the failed call may go out again, as far as `retries` allow and RFC 9110 section 9.2.2 does: of what a
/// target may have acted on, only idempotent methods are repeated. Attempts and budget are counted elsewhere.
pub fn is_retryable(method: Method, sent: Sent, failure: Failure, retries: &Retries) -> bool {
    let wanted = match failure {
        Failure::Connect => retries.on.contains(&RetryOn::Connect),
        Failure::Unprocessed | Failure::Reset => retries.on.contains(&RetryOn::Reset),
        Failure::Late => false,
        Failure::Status(status) => retries.statuses.contains(&status),
    };
    let safe = match (sent, failure) {
        (Sent::Body, _) => false,
        (_, Failure::Connect | Failure::Unprocessed) => true,
        (Sent::Nothing, Failure::Reset) => true,
        (Sent::Nothing | Sent::Head, _) => method.is_idempotent(),
    };
    retries.attempts > 0 && wanted && safe
}

#[cfg(test)]
mod tests {
    use Failure::{Connect, Late, Reset, Status, Unprocessed};

    use super::*;

    fn retries(statuses: &[u16]) -> Retries {
        Retries { statuses: statuses.iter().copied().collect(), ..Retries::default() }
    }

    #[test]
    fn what_was_not_acted_on_goes_out_again_whatever_its_method() {
        for method in [Method::Get, Method::Post, Method::Patch] {
            for (sent, failure) in [
                (Sent::Nothing, Connect),
                (Sent::Nothing, Reset),
                (Sent::Nothing, Unprocessed),
                (Sent::Head, Unprocessed),
            ] {
                assert!(is_retryable(method, sent, failure, &retries(&[])), "{method} {sent:?} {failure:?}");
            }
        }
    }

    #[test]
    fn what_may_have_been_acted_on_only_where_it_is_idempotent() {
        let all = retries(&[502, 503]);
        for failure in [Reset, Status(502), Status(503)] {
            assert!(is_retryable(Method::Put, Sent::Head, failure, &all), "{failure:?}");
            assert!(!is_retryable(Method::Post, Sent::Head, failure, &all), "{failure:?}");
        }
    }

    #[test]
    fn never_once_a_body_has_begun_and_never_for_slowness() {
        let all = retries(&[502, 503, 504]);
        for failure in [Connect, Unprocessed, Reset, Status(503)] {
            assert!(!is_retryable(Method::Get, Sent::Body, failure, &all), "{failure:?}");
        }
        assert!(!is_retryable(Method::Get, Sent::Head, Late, &all));
    }

    #[test]
    fn only_what_is_asked_for() {
        assert!(!is_retryable(Method::Get, Sent::Head, Status(503), &retries(&[502])));
        let none = Retries { on: [RetryOn::Connect].into(), ..retries(&[]) };
        assert!(!is_retryable(Method::Get, Sent::Nothing, Reset, &none));
        assert!(is_retryable(Method::Get, Sent::Nothing, Connect, &none));
        let off = Retries { attempts: 0, ..retries(&[]) };
        assert!(!is_retryable(Method::Get, Sent::Nothing, Connect, &off));
    }
}
