//! An explanation as the holder of the token may see it: what was wrong with the call, and nothing of what the
//! owners of token and api have written but the scopes, which every refusal names anyway.

use keyward_model::check::{Check, CheckName, Explanation, Verdict};

/// The same explanation without the owners' rules, names and values.
pub fn for_consumer(explanation: Explanation) -> Explanation {
    let summary = match explanation.code {
        Some(code) => format!("{} ({code}).", code.title()),
        None => "Allowed: no check stood against it.".to_owned(),
    };
    let checks = explanation.checks.into_iter().map(check_for_consumer).collect();
    Explanation { summary, checks, note: None, ..explanation }
}

fn check_for_consumer(check: Check) -> Check {
    let (rule, remedy) = in_general(check.check);
    let remedy = (check.verdict == Verdict::Fail).then(|| remedy.to_owned());
    if check.check == CheckName::Scope {
        return Check { remedy, ..check };
    }
    let seen = if is_the_callers_own(check.check) { check.seen } else { String::new() };
    Check { seen, rule: rule.to_owned(), remedy, ..check }
}

/// Whether the value seen came with the call; the others come from what is stored.
fn is_the_callers_own(check: CheckName) -> bool {
    use CheckName::{Address, Certificate, Lifetime, Method, Origin, Presented, Route, Time, WellFormed};
    matches!(check, Route | Presented | WellFormed | Lifetime | Address | Origin | Certificate | Time | Method)
}

/// What a check asks, and what helps where it fails, without any name or value.
fn in_general(check: CheckName) -> (&'static str, &'static str) {
    match check {
        CheckName::Route => {
            ("a route is published there for the method", "check method and path against the API's documentation")
        }
        CheckName::Presented => {
            ("exactly one credential comes with the call", "send the token once, as `Authorization: Bearer`")
        }
        CheckName::WellFormed => ("the token is whole", "copy the token again, the whole of it"),
        CheckName::Known => ("the token is known", "check that the token is meant for this installation"),
        CheckName::Lifetime => ("the token's time has come and is not over", "use a token whose time it is"),
        CheckName::State => ("the token is switched on", "ask the token's owner"),
        CheckName::Address => {
            ("the token may be used from the address", "call from an address that the token's owner allows")
        }
        CheckName::Origin => {
            ("the token may be used on the origin", "call from an origin that the token's owner allows")
        }
        CheckName::Certificate => (
            "the client has proved a certificate that the token is bound to",
            "call over TLS with the certificate that the token was issued for",
        ),
        CheckName::Time => ("the token may be used at the time", "call at a time that the token's owner allows"),
        CheckName::Method => ("the token may use the method", "ask the token's owner for the method"),
        CheckName::Api => ("the token may call the API and route", "ask the token's owner for the API and route"),
        CheckName::Scope => ("the token has the scopes that the route asks for", "ask the token's owner for the scope"),
        CheckName::Subscription => ("the app is subscribed to the API", "ask the API's owner for admission"),
        CheckName::Policy => ("no policy forbids the call", "ask the API's owner"),
        CheckName::Rate => ("not too many calls come in a short time", "wait as long as `Retry-After` says"),
        CheckName::Quota => ("the calls of the period are not used up", "wait for the next period, or ask for more"),
        CheckName::Upstream => ("the service behind answers", "try again later"),
    }
}
