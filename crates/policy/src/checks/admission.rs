//! What the api's owner decides: subscriptions and policies.

use keyward_model::api::Access;
use keyward_model::check::{CheckName, Trace};
use keyward_model::subscription::SubscriptionState;
use keyward_model::{Code, Denial};

use super::notes::{fail, nothing_to_check, pass};
use super::{CallFacts, Failed};
use crate::cedar::PolicySet;

pub(super) fn check_subscription<T: Trace>(facts: &CallFacts<'_>, trace: &mut T) -> Result<(), Failed> {
    let (api, app) = (&facts.api.spec.api, &facts.app.name);
    let seen = || match facts.subscription {
        Some(state) => format!("app {app}: {}", word(state)),
        None => format!("app {app}: no subscription"),
    };
    let access = match facts.api.spec.access {
        Access::Open => return nothing_to_check(trace, CheckName::Subscription, seen, "the api is open to the team"),
        Access::Subscribe => "subscribe",
        Access::Approve => "approve",
    };
    let rule = || format!("api {} access: {access}", facts.api.name);
    let (code, detail, remedy) = match facts.subscription {
        Some(SubscriptionState::Active) => return pass(trace, CheckName::Subscription, seen, rule),
        None => (
            Code::SubscriptionRequired,
            format!("The app `{app}` is not subscribed to the API `{api}`; subscribe it first."),
            "subscribe the app to the api",
        ),
        Some(SubscriptionState::Pending) => (
            Code::SubscriptionPending,
            format!("The subscription of the app `{app}` to the API `{api}` awaits approval by the API's owner."),
            "approve the subscription",
        ),
        Some(SubscriptionState::Suspended) => (
            Code::SubscriptionPending,
            format!("The subscription of the app `{app}` to the API `{api}` is suspended; ask the API's owner."),
            "set the subscription's state to active",
        ),
        Some(SubscriptionState::Rejected) => (
            Code::SubscriptionPending,
            format!("The subscription of the app `{app}` to the API `{api}` was rejected by the API's owner."),
            "set the subscription's state to active, if the decision has changed",
        ),
        Some(SubscriptionState::Ended) => (
            Code::SubscriptionPending,
            format!("The subscription of the app `{app}` to the API `{api}` has ended; subscribe it anew."),
            "set the subscription's state to active, or subscribe the app anew",
        ),
    };
    fail(trace, CheckName::Subscription, seen, || remedy.to_owned(), Denial::new(code, rule(), detail))
}

fn word(state: SubscriptionState) -> &'static str {
    match state {
        SubscriptionState::Pending => "pending",
        SubscriptionState::Active => "active",
        SubscriptionState::Suspended => "suspended",
        SubscriptionState::Rejected => "rejected",
        SubscriptionState::Ended => "ended",
    }
}

pub(super) fn check_policy<T: Trace>(facts: &CallFacts<'_>, trace: &mut T) -> Result<(), Failed> {
    let seen = || format!("app {} calls {}.{}", facts.app.name, facts.api.name, facts.route.name);
    let Some(policies) = facts.policies else {
        return nothing_to_check(trace, CheckName::Policy, seen, "the team has no policy");
    };
    match policies.evaluate(facts) {
        Ok(()) => pass(trace, CheckName::Policy, seen, || rule_of(policies)),
        Err(forbidden) => {
            let detail = forbidden.advice.unwrap_or_else(|| {
                "A policy of the API's owner forbids this call; ask the owner on what it depends.".to_owned()
            });
            let denial = Denial::new(Code::PolicyDenied, forbidden.rule, detail);
            fail(trace, CheckName::Policy, seen, || forbidden.remedy.to_owned(), denial)
        }
    }
}

fn rule_of(policies: &PolicySet) -> String {
    format!("no `forbid` of the team's policies matches ({} looked at)", policies.forbids())
}
