//! Latencies in log-linear buckets: merged by adding, and at most 3.2 % off.
//!
//! Microseconds below 32 have a bucket each. From there on each doubling is divided into 16 buckets of equal width, so
//! that a bucket is at most a sixteenth as wide as its smallest value, and its middle is at most a thirty-second off.
//! 464 buckets reach to the end of 32 bits, which is more than an hour.

/// Buckets there are.
pub const BUCKETS: u16 = 464;

/// Buckets of one microsecond each, and buckets of each doubling after them.
const EXACT: u32 = 32;
const PER_DOUBLING: u32 = 16;

/// The bucket of so many microseconds.
pub fn bucket(micros: u32) -> u16 {
    let number = if micros < EXACT {
        micros
    } else {
        let doubling = micros.ilog2() - EXACT.ilog2();
        let within = (micros >> (doubling + 1)) - PER_DOUBLING;
        EXACT + doubling * PER_DOUBLING + within
    };
    // At most 463.
    u16::try_from(number).unwrap_or(BUCKETS - 1)
}

/// The middle of a bucket, in microseconds.
pub fn middle(bucket: u16) -> u32 {
    let bucket = u32::from(bucket.min(BUCKETS - 1));
    let Some(above) = bucket.checked_sub(EXACT) else { return bucket };
    let (doubling, within) = (above / PER_DOUBLING, above % PER_DOUBLING);
    let width = 1u32 << (doubling + 1);
    // Within 32 bits: the last bucket begins at 31 sixteenths of 2^31.
    (PER_DOUBLING + within) * width + width / 2
}

/// How many calls took how long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    /// Per bucket; empty until the first call.
    counts: Vec<u64>,
    calls: u64,
}

impl Histogram {
    /// Counts `calls` in a bucket.
    pub fn add(&mut self, bucket: u16, calls: u64) {
        if self.counts.is_empty() {
            self.counts.resize(usize::from(BUCKETS), 0);
        }
        if let Some(count) = self.counts.get_mut(usize::from(bucket)) {
            *count += calls;
            self.calls += calls;
        }
    }

    /// Takes in what `other` counted.
    pub fn merge(&mut self, other: &Self) {
        for (bucket, calls) in other.buckets() {
            self.add(bucket, calls);
        }
    }

    /// Calls counted.
    pub fn calls(&self) -> u64 {
        self.calls
    }

    /// The buckets that hold calls, in order.
    pub fn buckets(&self) -> impl Iterator<Item = (u16, u64)> + '_ {
        (0..BUCKETS).zip(self.counts.iter().copied()).filter(|(_, calls)| *calls > 0)
    }

    /// The microseconds that `share` of the calls (0 to 1) took at most, as the middle of a bucket: the nearest-rank
    /// percentile, at most 3.2 % off. None without calls.
    pub fn percentile(&self, share: f64) -> Option<u32> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let rank = ((share.clamp(0.0, 1.0) * self.calls as f64).ceil() as u64).max(1);
        let mut seen = 0;
        self.buckets()
            .find(|(_, calls)| {
                seen += calls;
                seen >= rank
            })
            .map(|(bucket, _)| middle(bucket))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn buckets_follow_on_each_other_without_a_gap() {
        let mut last = bucket(0);
        assert_eq!(last, 0);
        for micros in 1..1_000_000 {
            let next = bucket(micros);
            assert!(next == last || next == last + 1, "{micros}");
            last = next;
        }
        assert_eq!(bucket(u32::MAX), BUCKETS - 1);
    }

    proptest! {
        #[test]
        fn the_middle_of_a_bucket_is_close(micros in any::<u32>()) {
            let error = (f64::from(middle(bucket(micros))) - f64::from(micros)).abs();
            prop_assert!(error <= f64::from(micros) * 0.032, "{micros}: {}", middle(bucket(micros)));
        }

        #[test]
        fn a_percentile_is_close_to_that_of_the_values(mut micros in prop::collection::vec(0u32..10_000_000, 1..200), share in 0.01f64..1.0) {
            let mut histogram = Histogram::default();
            for value in &micros {
                histogram.add(bucket(*value), 1);
            }
            micros.sort_unstable();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
            let exact = micros[((share * micros.len() as f64).ceil() as usize).max(1) - 1];
            let told = histogram.percentile(share).unwrap();
            prop_assert!((f64::from(told) - f64::from(exact)).abs() <= f64::from(exact) * 0.032);
        }
    }

    #[test]
    fn merging_is_adding() {
        let (mut one, mut other) = (Histogram::default(), Histogram::default());
        one.add(3, 2);
        other.add(3, 1);
        other.add(400, 1);
        one.merge(&other);
        assert_eq!(one.buckets().collect::<Vec<_>>(), [(3, 3), (400, 1)]);
        assert_eq!(one.calls(), 4);
        assert_eq!(Histogram::default().percentile(0.5), None);
    }
}
