//! How checks are noted: passed, with nothing to check, or failed.

use std::fmt;

use keyward_model::Denial;
use keyward_model::check::{Check, CheckName, Trace, Verdict};

use super::Failed;

/// The value held against the rule, and admitted.
pub(super) fn pass<T: Trace>(
    trace: &mut T,
    check: CheckName,
    seen: impl FnOnce() -> String,
    rule: impl FnOnce() -> String,
) -> Result<(), Failed> {
    trace.note(|| Check { check, verdict: Verdict::Pass, seen: seen(), rule: rule(), remedy: None });
    Ok(())
}

/// There is no rule to hold the value against.
pub(super) fn nothing_to_check<T: Trace>(
    trace: &mut T,
    check: CheckName,
    seen: impl FnOnce() -> String,
    rule: &str,
) -> Result<(), Failed> {
    trace.note(|| Check { check, verdict: Verdict::Skip, seen: seen(), rule: rule.to_owned(), remedy: None });
    Ok(())
}

/// The value is not admitted; the rule is the denial's.
pub(super) fn fail<T: Trace>(
    trace: &mut T,
    check: CheckName,
    seen: impl FnOnce() -> String,
    remedy: impl FnOnce() -> String,
    denial: Denial,
) -> Result<(), Failed> {
    trace.note(|| Check {
        check,
        verdict: Verdict::Fail,
        seen: seen(),
        rule: denial.rule.clone(),
        remedy: Some(remedy()),
    });
    Err((check, denial))
}

/// The first few of a list, for people.
pub(super) fn list<I>(items: I) -> String
where
    I: IntoIterator<Item: fmt::Display>,
{
    const SHOWN: usize = 8;
    let mut text = String::new();
    let mut left_out = 0;
    for (place, item) in items.into_iter().enumerate() {
        if place >= SHOWN {
            left_out += 1;
            continue;
        }
        if place > 0 {
            text.push_str(", ");
        }
        text.push_str(&item.to_string());
    }
    if left_out > 0 {
        text.push_str(&format!(" and {left_out} more"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(list(Vec::<u8>::new()), "");
        assert_eq!(list([1, 2]), "1, 2");
        assert_eq!(list(1..=10), "1, 2, 3, 4, 5, 6, 7, 8 and 2 more");
    }
}
