//! The checks of a refused call.

use keyward_model::check::{Check, CheckName, Verdict};

use super::reader::{Reader, put_text};

/// In the order of their numbers in a frame, which never change.
const NAMES: [CheckName; 18] = [
    CheckName::Route,
    CheckName::Presented,
    CheckName::WellFormed,
    CheckName::Known,
    CheckName::Lifetime,
    CheckName::State,
    CheckName::Address,
    CheckName::Origin,
    CheckName::Time,
    CheckName::Method,
    CheckName::Api,
    CheckName::Scope,
    CheckName::Subscription,
    CheckName::Policy,
    CheckName::Rate,
    CheckName::Quota,
    CheckName::Upstream,
    CheckName::Certificate,
];
const VERDICTS: [Verdict; 3] = [Verdict::Pass, Verdict::Fail, Verdict::Skip];

pub(super) fn encode(checks: &[Check], into: &mut Vec<u8>) {
    for check in checks {
        let name = NAMES.iter().position(|name| *name == check.check).unwrap_or_default();
        let verdict = VERDICTS.iter().position(|verdict| *verdict == check.verdict).unwrap_or_default();
        // Both tables are short.
        #[expect(clippy::cast_possible_truncation, reason = "both tables are short")]
        into.extend_from_slice(&[name as u8, verdict as u8, u8::from(check.remedy.is_some())]);
        put_text(&check.seen, into);
        put_text(&check.rule, into);
        if let Some(remedy) = &check.remedy {
            put_text(remedy, into);
        }
    }
}

pub(crate) fn decode(bytes: &[u8]) -> Option<Vec<Check>> {
    let mut reader = Reader(bytes);
    let mut checks = Vec::new();
    while !reader.0.is_empty() {
        let check = *NAMES.get(usize::from(reader.u8()?))?;
        let verdict = *VERDICTS.get(usize::from(reader.u8()?))?;
        let has_remedy = reader.u8()? == 1;
        let (seen, rule) = (reader.text()?.to_owned(), reader.text()?.to_owned());
        let remedy = if has_remedy { Some(reader.text()?.to_owned()) } else { None };
        checks.push(Check { check, verdict, seen, rule, remedy });
    }
    Some(checks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_a_number() {
        let name = |check| serde_json::to_string(&check).unwrap();
        let distinct: std::collections::BTreeSet<String> = NAMES.into_iter().map(name).collect();
        assert_eq!(distinct.len(), NAMES.len());
        assert_eq!(CheckName::Upstream as usize + 1, NAMES.len(), "a check was added: give it the next number");
    }
}
