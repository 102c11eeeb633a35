//! The state of limits in single words, each changed by compare and swap.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use keyward_model::Timestamp;

/// Which period a count belongs to: the minute in which it began. No two periods of a calendar begin in the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag(u64);

const MINUTE_BITS: u32 = 26;
const COUNT_BITS: u32 = 64 - MINUTE_BITS;

/// The most that a period counts. A quota beyond it admits no more than this.
pub(super) const MOST: u64 = (1 << COUNT_BITS) - 1;

impl Tag {
    pub(super) fn of(start: Timestamp) -> Self {
        let minutes = u64::try_from(start.as_seconds().div_euclid(60)).unwrap_or(0);
        // The year 2097 looks like 1970: nobody counts in both.
        Self(minutes & ((1 << MINUTE_BITS) - 1))
    }

    /// A word that counts `used` in this period.
    pub(super) fn with(self, used: u64) -> u64 {
        self.0 << COUNT_BITS | used.min(MOST)
    }
}

/// What a word counts, and in which period; nothing of one that was never used.
pub(super) fn read(word: u64) -> Option<(Tag, u64)> {
    (word != 0).then_some((Tag(word >> COUNT_BITS), word & MOST))
}

/// The words of a subject. Where its limits changed, those of the limits that stayed are shared with the state from
/// before, so that calls that began on that count in the same place.
#[derive(Clone)]
pub(super) enum Words {
    Own(Arc<[AtomicU64]>),
    Shared(Box<[Word]>),
}

/// One word of some subject's state.
pub(super) type Word = (Arc<[AtomicU64]>, usize);

impl Words {
    /// Never used.
    pub(super) fn fresh(count: usize) -> Self {
        Self::Own((0..count).map(|_| AtomicU64::new(0)).collect())
    }

    pub(super) fn at(&self, place: usize) -> &AtomicU64 {
        match self {
            Self::Own(words) => &words[place],
            Self::Shared(words) => &words[place].0[words[place].1],
        }
    }

    /// A word, to be shared.
    pub(super) fn share(&self, place: usize) -> Word {
        match self {
            Self::Own(words) => (Arc::clone(words), place),
            Self::Shared(words) => words[place].clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_word_reads_back(minutes in 1i64..60_000_000, used in 0u64..=MOST) {
            let tag = Tag::of(Timestamp::from_millis(minutes * 60_000 + 59_999));
            prop_assert_eq!(read(tag.with(used)), Some((tag, used)));
            prop_assert_eq!(read(tag.with(u64::MAX)), Some((tag, MOST)));
        }
    }
}
