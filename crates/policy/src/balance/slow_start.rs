//! Slow start: a target that comes back grows into its share instead of being met by all of it at once.

use std::time::Duration;

/// What a weight of 1 counts once it is whole. Shares while growing are fractions of it.
pub const SCALE: u64 = 1024;

/// The least share while growing is one in this many: without any call nothing warms up.
const LEAST: u64 = 10;

/// The weight that counts, in [`SCALE`]ths, `age` after a target came into use: growing evenly over `ramp`.
pub(super) fn grown(weight: u16, age: Duration, ramp: Duration) -> u64 {
    let whole = u64::from(weight) * SCALE;
    if age >= ramp {
        return whole;
    }
    // Both are at most an hour here, so that the product fits.
    let share = u128::from(whole) * age.as_nanos() / ramp.as_nanos().max(1);
    u64::try_from(share).unwrap_or(whole).max(whole / LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_grows_evenly_from_a_tenth() {
        let ramp = Duration::from_secs(100);
        let at = |seconds| grown(10, Duration::from_secs(seconds), ramp);
        assert_eq!((at(0), at(5), at(50), at(100), at(5000)), (1024, 1024, 5120, 10240, 10240));
        assert_eq!(grown(3, Duration::ZERO, Duration::ZERO), 3 * SCALE);
        assert_eq!(grown(0, Duration::ZERO, ramp), 0);
    }
}
