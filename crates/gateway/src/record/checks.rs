//! The checks of a refused call, made again and taken down: each with the value it saw and the rule.

use keyward_model::check::{Check, CheckName, Verdict};
use keyward_model::{Code, Denial};
use keyward_policy::checks::skipped_after;

use crate::authenticate::{credential, recheck};
use crate::authorize::decide_with;
use crate::exchange::Exchange;
use crate::record;
use crate::record::mask::mask;

const ONE: &str = "exactly one credential";

/// Every check up to the one that failed, and the rest as not made.
pub(crate) fn checks(exchange: &Exchange, denial: &Denial) -> Vec<Check> {
    let mut checks = Vec::with_capacity(18);
    take_down(exchange, denial, &mut checks);
    for check in &mut checks {
        check.seen = mask(&check.seen).into_owned();
    }
    checks
}

fn take_down(exchange: &Exchange, denial: &Denial, checks: &mut Vec<Check>) {
    let seen = format!("{} {}", record::method(exchange), record::path(exchange));
    let (Some(api), Some(route)) = (exchange.api(), exchange.route()) else {
        return fail(CheckName::Route, seen, denial, checks);
    };
    pass(CheckName::Route, seen, format!("api {} route {}", api.name, route.name), checks);
    let Some(caller) = &exchange.caller else { return unknown_caller(exchange, denial, checks) };
    pass(CheckName::Presented, caller.via, ONE, checks);
    let token = &caller.token.token;
    let text = match token.imported() {
        None => format!("{}_{}…", token.prefix(), token.id()),
        Some(_) => "a key made elsewhere".to_owned(),
    };
    pass(CheckName::WellFormed, text, "form and check of a token", checks);
    pass(CheckName::Known, format!("token {} (`{}`)", token.id(), token.name()), "its hash is the one kept", checks);
    // Facts and time are those of the decision, so it comes out the same.
    if decide_with(exchange, checks).is_err() {
        return;
    }
    limits(exchange, denial, checks);
    if !matches!(denial.code, Code::RateLimited | Code::QuotaExhausted) {
        let target = exchange.target_name.as_deref();
        fail(
            CheckName::Upstream,
            target.map_or_else(|| "no target".to_owned(), |name| format!("target {name}")),
            denial,
            checks,
        );
    }
}

fn limits(exchange: &Exchange, denial: &Denial, checks: &mut Vec<Check>) {
    let Some(standing) = exchange.standing else {
        for check in [CheckName::Rate, CheckName::Quota] {
            let (seen, rule) = ("one call".to_owned(), "no limit".to_owned());
            checks.push(Check { check, verdict: Verdict::Skip, seen, rule, remedy: None });
        }
        return;
    };
    let left = format!("{} of {} left at the tightest", standing.remaining, standing.limit);
    let all = "limits of token, app, API and team";
    match denial.code {
        Code::RateLimited => fail(CheckName::Rate, left, denial, checks),
        Code::QuotaExhausted => {
            pass(CheckName::Rate, "within the rates", all, checks);
            fail(CheckName::Quota, left, denial, checks);
        }
        _ => {
            pass(CheckName::Rate, left.as_str(), all, checks);
            pass(CheckName::Quota, left, all, checks);
        }
    }
}

fn unknown_caller(exchange: &Exchange, denial: &Denial, checks: &mut Vec<Check>) {
    match credential(exchange) {
        Err(error) if error.code == Code::TokenMalformed => {
            pass(CheckName::Presented, "one credential", ONE, checks);
            fail(CheckName::WellFormed, "something that is not a token", denial, checks);
        }
        Err(_) if denial.code == Code::TokenAmbiguous => {
            fail(CheckName::Presented, "more than one credential", denial, checks);
        }
        Err(_) => fail(CheckName::Presented, "no credential", denial, checks),
        Ok(credential) => {
            pass(CheckName::Presented, credential.via, ONE, checks);
            match recheck(exchange, checks) {
                Err(_) => {
                    if let Some(last) = checks.last().map(|last| last.check) {
                        skipped_after(last, checks);
                    }
                }
                // It came into being in between; then it was not known.
                Ok(()) => {
                    checks.truncate(3);
                    fail(CheckName::Known, "an unknown token", denial, checks);
                }
            }
        }
    }
}

fn pass(check: CheckName, seen: impl Into<String>, rule: impl Into<String>, checks: &mut Vec<Check>) {
    checks.push(Check { check, verdict: Verdict::Pass, seen: seen.into(), rule: rule.into(), remedy: None });
}

fn fail(check: CheckName, seen: impl Into<String>, denial: &Denial, checks: &mut Vec<Check>) {
    let (seen, rule, remedy) = (seen.into(), denial.rule.clone(), Some(denial.detail.clone()));
    checks.push(Check { check, verdict: Verdict::Fail, seen, rule, remedy });
    skipped_after(check, checks);
}
