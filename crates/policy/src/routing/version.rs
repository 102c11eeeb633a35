//! Which of several versions is the latest.

use std::cmp::Ordering;

use keyward_model::api::{Api, Lifecycle};

/// Orders versions of one api: one in full life before one that is ending, then by the version's name, in which
/// numbers count as numbers: `v9`, `v10`, `2026-01-31`.
pub(super) fn compare(a: &Api, b: &Api) -> Ordering {
    life(a).cmp(&life(b)).then_with(|| natural(&a.spec.version, &b.spec.version))
}

fn life(api: &Api) -> u8 {
    match api.spec.lifecycle {
        Lifecycle::Draft => 0,
        Lifecycle::Retired => 1,
        Lifecycle::Deprecated => 2,
        Lifecycle::Published => 3,
    }
}

fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (first, first_number) = piece(&mut left);
        let (second, second_number) = piece(&mut right);
        if first.is_empty() || second.is_empty() {
            return first.len().cmp(&second.len()).then_with(|| a.cmp(b));
        }
        let order = match (first_number, second_number) {
            (true, true) => {
                let (first, second) = (first.trim_start_matches('0'), second.trim_start_matches('0'));
                first.len().cmp(&second.len()).then_with(|| first.cmp(second))
            }
            _ => first.cmp(second),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Cuts the first run of digits, or of anything else, from `text`.
fn piece<'a>(text: &mut &'a str) -> (&'a str, bool) {
    let is_number = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != is_number).unwrap_or(text.len());
    let (piece, rest) = text.split_at(end);
    *text = rest;
    (piece, is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_as_numbers() {
        for (less, more) in [
            ("v1", "v2"),
            ("v9", "v10"),
            ("1", "v1"),
            ("v1", "v1.1"),
            ("v1.9", "v1.10"),
            ("2025-12-31", "2026-01-01"),
            ("v01", "v1"),
        ] {
            assert_eq!(natural(less, more), Ordering::Less, "{less} {more}");
            assert_eq!(natural(more, less), Ordering::Greater, "{less} {more}");
        }
        assert_eq!(natural("v1", "v1"), Ordering::Equal);
    }
}
