//! A set of targets of one upstream, by their places in its list.

use keyward_model::upstream::MOST_TARGETS;

/// Places of targets: an upstream has at most 64, so that a set of them is one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Places(u64);

impl Places {
    /// None.
    pub const NONE: Self = Self(0);

    /// The first `count`.
    pub fn first(count: usize) -> Self {
        if count >= MOST_TARGETS { Self(u64::MAX) } else { Self((1 << count) - 1) }
    }

    /// The set with `place` in it. Places from 64 on are in no set.
    #[must_use]
    pub fn with(self, place: usize) -> Self {
        Self(self.0 | bit(place))
    }

    /// What is in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is here and not in `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether `place` is in it.
    pub fn has(self, place: usize) -> bool {
        self.0 & bit(place) != 0
    }

    /// Whether nothing is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many are in it.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The places, from the first.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let place = (left != 0).then(|| left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(place)
        })
    }

    pub(super) fn bits(self) -> u64 {
        self.0
    }

    pub(super) fn of_bits(bits: u64) -> Self {
        Self(bits)
    }
}

/// The bit of a place; none from 64 on.
pub(super) fn bit(place: usize) -> u64 {
    if place < MOST_TARGETS { 1 << place } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_up_to_the_last_place() {
        assert_eq!(Places::first(64).len(), 64);
        assert_eq!(Places::first(3).iter().collect::<Vec<_>>(), [0, 1, 2]);
        let set = Places::NONE.with(63).with(5).with(64);
        assert_eq!(set.iter().collect::<Vec<_>>(), [5, 63]);
        assert!(set.has(63) && !set.has(0) && !set.has(64));
        assert!(set.without(set).is_empty());
        assert_eq!(set.and(Places::first(6)), Places::NONE.with(5));
    }
}
