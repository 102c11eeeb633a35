//! Round robin by weight, smooth: a target of weight 5 among two of weight 1 gets `a a b a c a a`, not five in a row.
//!
//! Every target gains its weight at each turn; the richest is chosen and pays what all gained together. Over any
//! stretch of turns with the same targets each gets its share but for less than the number of targets.

use std::cell::Cell;

/// Chooses among `(place, weight)`; places are those of `credit`, which carries what each has gained.
pub(super) fn choose(credit: &[Cell<i64>], targets: impl Iterator<Item = (usize, u64)>) -> Option<usize> {
    let mut total = 0i64;
    let mut richest: Option<(usize, i64)> = None;
    for (place, weight) in targets {
        let Some(own) = credit.get(place) else { continue };
        // Weights are at most a million here, so that sums stay far from the ends.
        let weight = i64::try_from(weight).unwrap_or(0);
        total += weight;
        own.set(own.get().saturating_add(weight));
        if richest.is_none_or(|(_, most)| own.get() > most) {
            richest = Some((place, own.get()));
        }
    }
    let (place, most) = richest?;
    credit[place].set(most.saturating_sub(total));
    Some(place)
}
