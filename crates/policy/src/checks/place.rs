//! Where and when the token is used, and by whom: address, web origin, client certificate, time.

use std::net::IpAddr;

use keyward_model::check::{CheckName, Trace};
use keyward_model::origin::{Origin, OriginPattern};
use keyward_model::token::TokenFacts;
use keyward_model::{Code, Denial, Timestamp};

use super::notes::{fail, list, nothing_to_check, pass};
use super::{ClientCertificateFacts, Failed};

pub(super) fn check_address<T: Trace>(token: &TokenFacts<'_>, address: IpAddr, trace: &mut T) -> Result<(), Failed> {
    let held = token.restrictions;
    let address = address.to_canonical();
    let seen = || address.to_string();
    if held.allow_addresses.is_empty() && held.deny_addresses.is_empty() {
        return nothing_to_check(trace, CheckName::Address, seen, "any address");
    }
    if held.admits_address(address) {
        return pass(trace, CheckName::Address, seen, || {
            let allowed = if held.allow_addresses.is_empty() { "any".to_owned() } else { list(&held.allow_addresses) };
            let but = if held.deny_addresses.is_empty() { "" } else { " but " };
            format!("token {} may be used from {allowed}{but}{}", token.id, list(&held.deny_addresses))
        });
    }
    let denying = held.deny_addresses.iter().find(|range| range.contains(address));
    let (rule, remedy) = match denying {
        Some(range) => (
            format!("token {} restrictions.deny_addresses: {range}", token.id),
            format!("take {range} out of deny_addresses, or narrow it"),
        ),
        None => (
            format!("token {} restrictions.allow_addresses: {}", token.id, list(&held.allow_addresses)),
            format!("add {address} to allow_addresses, or call from an address in it"),
        ),
    };
    let detail = format!("The call came from {address}, from where this token may not be used.");
    let denial = Denial::new(Code::AddressNotAllowed, rule, detail);
    fail(trace, CheckName::Address, seen, || remedy, denial)
}

/// `Origin` decides wherever it was sent, also as `null`: a sandboxed page on an allowed site sends that, and an
/// allowed `Referer` beside it. Only where there is none, `Referer` does.
pub(super) fn check_origin<T: Trace>(
    token: &TokenFacts<'_>,
    origin: Option<&str>,
    referer: Option<&str>,
    trace: &mut T,
) -> Result<(), Failed> {
    let allowed = &token.restrictions.origins;
    let shown = origin.or_else(|| referer.and_then(origin_of_url));
    let readable = || shown.and_then(|text| text.parse::<Origin>().ok());
    let seen = || readable().map_or_else(|| "no origin".to_owned(), |origin| origin.to_string());
    if allowed.is_empty() {
        return nothing_to_check(trace, CheckName::Origin, seen, "any origin");
    }
    let admits = |pattern: &OriginPattern| shown.is_some_and(|text| pattern.matches_text(text));
    if let Some(pattern) = allowed.iter().find(|pattern| admits(pattern)) {
        return pass(trace, CheckName::Origin, seen, || format!("token {} may be used on {pattern}", token.id));
    }
    let readable = readable();
    let detail = match (&readable, origin.is_some() || referer.is_some()) {
        (Some(origin), _) => format!("This token may not be used on {origin}."),
        (None, true) => "This token may only be used on certain web origins, and the `Origin` or `Referer` header of \
                         the call names none."
            .to_owned(),
        (None, false) => "This token may only be used on certain web origins, and the call has neither an `Origin` \
                          nor a `Referer` header."
            .to_owned(),
    };
    let rule = format!("token {} restrictions.origins: {}", token.id, list(allowed));
    let remedy = || match &readable {
        Some(origin) => format!("add {origin} to origins, or call from one in it"),
        None => "call from a web page on one of the origins, or use a token without them for programs".to_owned(),
    };
    fail(trace, CheckName::Origin, seen, remedy, Denial::new(Code::OriginNotAllowed, rule, detail))
}

/// Scheme, host and port of a URL, as written.
fn origin_of_url(url: &str) -> Option<&str> {
    let host = url.find("://")? + 3;
    let end = url[host..].find(['/', '?', '#']).map_or(url.len(), |at| host + at);
    Some(&url[..end])
}

/// RFC 8705, section 3: whoever has the token alone has nothing.
pub(super) fn check_certificate<T: Trace>(
    token: &TokenFacts<'_>,
    shown: Option<&ClientCertificateFacts<'_>>,
    trace: &mut T,
) -> Result<(), Failed> {
    let bound = &token.restrictions.client_certificates;
    let seen = || match shown {
        Some(shown) => format!("{} ({})", shown.thumbprint, shown.subject),
        None => "no client certificate".to_owned(),
    };
    if bound.is_empty() {
        return nothing_to_check(trace, CheckName::Certificate, seen, "any certificate, or none");
    }
    let shown_thumbprint = shown.map(|shown| shown.thumbprint);
    if token.restrictions.admits_certificate(shown_thumbprint) {
        let rule = || format!("token {} is bound to {}", token.id, list(bound));
        return pass(trace, CheckName::Certificate, seen, rule);
    }
    let detail = match shown {
        Some(_) => "This token is bound to another client certificate than the one the call came with.",
        None => "This token is bound to a client certificate, and the call came without one.",
    };
    let rule = format!("token {} restrictions.client_certificates: {}", token.id, list(bound));
    let remedy = || match shown_thumbprint {
        Some(thumbprint) => format!("add {thumbprint} to client_certificates, or call with a certificate in it"),
        None => "call over TLS with a certificate in client_certificates".to_owned(),
    };
    fail(trace, CheckName::Certificate, seen, remedy, Denial::new(Code::CertificateNotAllowed, rule, detail))
}

pub(super) fn check_time<T: Trace>(token: &TokenFacts<'_>, now: Timestamp, trace: &mut T) -> Result<(), Failed> {
    let held = token.restrictions;
    let seen = || now.to_string();
    if held.time_windows.is_empty() {
        return nothing_to_check(trace, CheckName::Time, seen, "any time");
    }
    if held.admits_time(now) {
        let rule = || format!("token {} may be used {}", token.id, list(&held.time_windows));
        return pass(trace, CheckName::Time, seen, rule);
    }
    let rule = format!("token {} restrictions.time_windows: {}", token.id, list(&held.time_windows));
    let detail = format!("This token may only be used at certain times, and {now} is not one of them.");
    let remedy = || "wait until a window opens, or widen time_windows".to_owned();
    fail(trace, CheckName::Time, seen, remedy, Denial::new(Code::TimeNotAllowed, rule, detail))
}
