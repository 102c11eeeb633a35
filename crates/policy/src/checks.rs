//! The checks of a call, from the token's lifetime to the policies, in one order.
//!
//! Before these stand the route, the presented credential and whether it is known; after them rates and quotas. All
//! of them are the gateway's, because they need its state. What is decided here depends on [`CallFacts`] alone.

use std::net::IpAddr;

use keyward_model::api::{Api, Route};
use keyward_model::app::App;
use keyward_model::check::{Check, CheckName, Trace, Verdict};
use keyward_model::subscription::SubscriptionState;
use keyward_model::thumbprint::Thumbprint;
use keyward_model::token::TokenFacts;
use keyward_model::{Denial, Name, Timestamp};

use crate::cedar::PolicySet;

mod admission;
mod lifetime;
mod notes;
mod place;
mod reach;

/// All that a decision depends on.
#[derive(Clone, Copy, Debug)]
pub struct CallFacts<'a> {
    /// When the call came.
    pub now: Timestamp,
    /// The token, recognised.
    pub token: TokenFacts<'a>,
    /// The app it belongs to.
    pub app: &'a App,
    /// The name of the token's team.
    pub team_name: &'a Name,
    /// The api called; its team is in the record.
    pub api: &'a Api,
    /// The route called.
    pub route: &'a Route,
    /// The method as on the wire.
    pub method: &'a str,
    /// Where the call came from.
    pub address: IpAddr,
    /// The `Origin` header.
    pub origin: Option<&'a str>,
    /// The `Referer` header.
    pub referer: Option<&'a str>,
    /// The certificate that the client has proved to hold, where the connection is TLS and it showed one.
    pub client_certificate: Option<ClientCertificateFacts<'a>>,
    /// The app's subscription to the api, where there is one.
    pub subscription: Option<SubscriptionState>,
    /// The policies of the api's team, where there are any.
    pub policies: Option<&'a PolicySet>,
    /// The canonical path, without the query.
    pub request_path: &'a str,
}

/// A client certificate, its chain verified.
#[derive(Clone, Copy, Debug)]
pub struct ClientCertificateFacts<'a> {
    /// Its subject, as in RFC 4514: `CN=till 4,O=Shop`.
    pub subject: &'a str,
    /// Its alternative names: DNS names, addresses, e-mail addresses, URIs.
    pub names: &'a [String],
    /// What it is recognised by.
    pub thumbprint: &'a Thumbprint,
}

/// Makes every check from the lifetime to the policies and ends at the first that fails. With nobody listening and no
/// policy to evaluate, a call that is admitted allocates nothing.
pub fn decide<T: Trace>(facts: &CallFacts<'_>, trace: &mut T) -> Result<(), Denial> {
    let decision = all_checks(facts, trace);
    decision.map_err(|(failed, denial)| {
        skipped_after(failed, trace);
        denial
    })
}

fn all_checks<T: Trace>(facts: &CallFacts<'_>, trace: &mut T) -> Result<(), Failed> {
    let CallFacts { ref token, now, address, origin, referer, client_certificate, .. } = *facts;
    lifetime::check_lifetime(token, now, trace)?;
    lifetime::check_state(token, facts.app.spec.disabled, trace)?;
    place::check_address(token, address, trace)?;
    place::check_origin(token, origin, referer, trace)?;
    place::check_certificate(token, client_certificate.as_ref(), trace)?;
    place::check_time(token, now, trace)?;
    reach::check_method(token, facts.method, trace)?;
    reach::check_api(token, facts.api, facts.route, trace)?;
    reach::check_scope(token, facts.api, facts.route, trace)?;
    admission::check_subscription(facts, trace)?;
    admission::check_policy(facts, trace)
}

/// The checks of the token alone: lifetime, state, address, origin, certificate, time. The management API asks for
/// these and then for its own scopes. It sees no client certificates, so a token bound to one is of no use there.
pub fn admit_token<T: Trace>(
    token: &TokenFacts<'_>,
    app_disabled: bool,
    now: Timestamp,
    address: IpAddr,
    origin: Option<&str>,
    referer: Option<&str>,
    trace: &mut T,
) -> Result<(), Denial> {
    let mut admit = || {
        lifetime::check_lifetime(token, now, trace)?;
        lifetime::check_state(token, app_disabled, trace)?;
        place::check_address(token, address, trace)?;
        place::check_origin(token, origin, referer, trace)?;
        place::check_certificate(token, None, trace)?;
        place::check_time(token, now, trace)
    };
    admit().map_err(|(failed, denial)| {
        skip_those_after(failed, &OF_THE_TOKEN, trace);
        denial
    })
}

/// A check that failed, and what it comes to.
type Failed = (CheckName, Denial);

/// Every check, in the order in which they are made.
pub const ORDER: [CheckName; 18] = [
    CheckName::Route,
    CheckName::Presented,
    CheckName::WellFormed,
    CheckName::Known,
    CheckName::Lifetime,
    CheckName::State,
    CheckName::Address,
    CheckName::Origin,
    CheckName::Certificate,
    CheckName::Time,
    CheckName::Method,
    CheckName::Api,
    CheckName::Scope,
    CheckName::Subscription,
    CheckName::Policy,
    CheckName::Rate,
    CheckName::Quota,
    CheckName::Upstream,
];

const OF_THE_TOKEN: [CheckName; 6] = [
    CheckName::Lifetime,
    CheckName::State,
    CheckName::Address,
    CheckName::Origin,
    CheckName::Certificate,
    CheckName::Time,
];

/// Notes every check that comes after `failed` as not made.
pub fn skipped_after<T: Trace>(failed: CheckName, trace: &mut T) {
    skip_those_after(failed, &ORDER, trace);
}

fn skip_those_after<T: Trace>(failed: CheckName, order: &[CheckName], trace: &mut T) {
    if !T::LISTENS {
        return;
    }
    for check in order.iter().skip_while(|check| **check != failed).skip(1) {
        trace.note(|| Check {
            check: *check,
            verdict: Verdict::Skip,
            seen: "nothing".to_owned(),
            rule: "not looked at: the call had ended before".to_owned(),
            remedy: None,
        });
    }
}
