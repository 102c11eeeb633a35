//! A refusal: `application/problem+json` (RFC 9457), and the headers that say the same to programs.

use keyward_model::problem::Problem;
use keyward_model::{Code, Denial};
use keyward_wire::Length;

use super::deliver;
use super::head::{Body, write_head};
use super::headers;
use crate::channel::Channel;
use crate::exchange::Exchange;
use crate::listen::client::Waits;
use crate::path::After;
use crate::transfer::Sink;

/// Answers with why not.
pub(super) async fn refuse(exchange: &mut Exchange, denial: Denial, caller: &mut Channel, waits: &Waits) -> After {
    let problem = Problem::from_denial(&denial, exchange.request_id).based_at(&exchange.worker.config.errors_base);
    let json = serde_json::to_vec(&problem).expect("a problem holds nothing that JSON cannot");
    // What is still to come of the body would be taken for the next request.
    let keep = exchange.upload.done || caller.skip_body();
    let is_head = exchange.head.method() == "HEAD";
    let length = if is_head { Length::Zero } else { Length::Known(json.len() as u64) };
    let body = Body { length, announced: Some(json.len() as u64), keep };
    let keep = write_head(exchange, caller, denial.code.status(), body, |exchange, out| {
        out.own("content-type", b"application/problem+json");
        out.own("cache-control", b"no-store");
        out.own("date", &exchange.worker.date());
        headers::own(exchange, out);
        if let Some(challenge) = challenge(&denial) {
            out.own("www-authenticate", challenge.as_bytes());
        }
        if let Some(seconds) = denial.retry_after {
            out.number("retry-after", seconds);
        }
        if !exchange.allow.is_empty() {
            let methods: Vec<&str> = exchange.allow.iter().map(|method| method.as_str()).collect();
            out.own("allow", methods.join(", ").as_bytes());
        }
    });
    exchange.denial = Some(denial);
    if let Some(capture) = exchange.capture.as_mut().filter(|_| !is_head) {
        capture.response().take(&json);
        capture.response().end();
    }
    caller.push(&json);
    caller.finish(None);
    let after = deliver(exchange, keep, caller, waits).await;
    if after != After::Cut && !is_head {
        exchange.bytes_out = json.len() as u64;
    }
    after
}

/// RFC 6750 section 3: a call without a credential is told the realm alone.
pub(super) fn challenge(denial: &Denial) -> Option<String> {
    let error = match denial.code {
        Code::TokenMissing => return Some("Bearer realm=\"keyward\"".to_owned()),
        Code::TokenAmbiguous => "invalid_request",
        Code::ScopeMissing => "insufficient_scope",
        code if code.status() == 401 => "invalid_token",
        _ => return None,
    };
    let mut challenge =
        format!("Bearer realm=\"keyward\", error=\"{error}\", error_description=\"{}\"", quoted(&denial.detail));
    if let Some(scopes) = &denial.required_scope {
        challenge.push_str(&format!(", scope=\"{scopes}\""));
    }
    Some(challenge)
}

/// As inside quotes: RFC 6750 admits printable ASCII without `"` and `\`.
fn quoted(text: &str) -> String {
    text.chars().map(|c| if matches!(c, ' '..='~') && !matches!(c, '"' | '\\') { c } else { '\'' }).collect()
}

#[cfg(test)]
mod tests {
    use keyward_model::scope::Scope;

    use super::*;

    #[test]
    fn challenges_by_code() {
        let of = |code| challenge(&Denial::new(code, "rule of the owner", "It \"failed\"."));
        assert_eq!(of(Code::TokenMissing).as_deref(), Some("Bearer realm=\"keyward\""));
        assert_eq!(
            of(Code::TokenExpired).as_deref(),
            Some("Bearer realm=\"keyward\", error=\"invalid_token\", error_description=\"It 'failed'.\"")
        );
        assert!(of(Code::TokenAmbiguous).is_some_and(|text| text.contains("error=\"invalid_request\"")));
        assert_eq!(of(Code::RateLimited), None);
        assert_eq!(of(Code::RouteNotFound), None);
        let mut denial = Denial::new(Code::ScopeMissing, "rule", "It lacks a scope.");
        denial.required_scope =
            Some(["orders:write", "orders:read"].map(|s| s.parse::<Scope>().unwrap()).into_iter().collect());
        let text = challenge(&denial).unwrap();
        assert!(
            text.contains("error=\"insufficient_scope\"") && text.ends_with("scope=\"orders:read orders:write\""),
            "{text}"
        );
    }
}
