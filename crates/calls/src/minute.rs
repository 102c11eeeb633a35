//! Minutes since 1970, in UTC: the grain of the rollups.

use keyward_model::Timestamp;

const MILLIS: i64 = 60_000;

/// The minute in which a call began. Charts count a call where the list of calls shows it: by its beginning. One that
/// takes long is counted once it is over, in a minute that has long passed.
pub(crate) fn minute(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(MILLIS)
}

/// When a minute begins.
pub(crate) fn beginning(minute: i64) -> Timestamp {
    Timestamp::from_millis(minute.saturating_mul(MILLIS))
}
