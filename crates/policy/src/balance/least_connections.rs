//! Least connections by the power of two choices: two targets are drawn by weight, and the one with fewer calls under
//! way for its weight gets the call. Nearly as even as asking all of them, and no herd runs to the one that is idle.

use std::cell::Cell;

/// Chooses among `(place, weight)` by `random`; `under_way` holds the calls under way by place.
pub(super) fn choose(
    under_way: &[Cell<u32>],
    targets: impl Iterator<Item = (usize, u64)> + Clone,
    random: u64,
) -> Option<usize> {
    let (first, first_weight) = draw(targets.clone(), random >> 32)?;
    let others = targets.filter(|(place, _)| *place != first);
    let Some((second, second_weight)) = draw(others, random & 0xffff_ffff) else { return Some(first) };
    let load = |place: usize| u64::from(under_way.get(place).map_or(0, Cell::get));
    // load / weight, without division. A tie leaves the first, which was drawn by weight: so an idle upstream too is
    // used by weight.
    let second_is_better = load(second).saturating_mul(first_weight) < load(first).saturating_mul(second_weight);
    Some(if second_is_better { second } else { first })
}

/// Draws one by weight; `random` has 32 bits.
fn draw(targets: impl Iterator<Item = (usize, u64)> + Clone, random: u64) -> Option<(usize, u64)> {
    let total: u64 = targets.clone().map(|(_, weight)| weight).sum();
    // The total is at most 64 million, so that the product fits.
    let mut at = random.saturating_mul(total) >> 32;
    targets.filter(|(_, weight)| *weight > 0).find(|(_, weight)| match at.checked_sub(*weight) {
        Some(rest) => {
            at = rest;
            false
        }
        None => true,
    })
}
