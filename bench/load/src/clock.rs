//! The one place that reads the clock.

use std::time::Instant;

/// The moment it is.
#[expect(clippy::disallowed_methods, reason = "what is measured here is time itself")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
