//! A refusal: `application/problem+json` (RFC 9457), and the headers that say the same to programs.

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Response, StatusCode};
use keyward_model::problem::Problem;
use keyward_model::{Code, Denial};

use super::body::ResponseBody;
use super::headers::{deprecation, rates, request_id};
use super::value;
use crate::exchange::Exchange;

/// Answers with why not.
pub(super) fn refuse(mut exchange: Box<Exchange>, denial: Denial) -> Response<ResponseBody> {
    let problem = Problem::from_denial(&denial, exchange.request_id).based_at(&exchange.worker.config.errors_base);
    let body = serde_json::to_vec(&problem).expect("a problem holds nothing that JSON cannot");
    let mut headers = HeaderMap::with_capacity(12);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    request_id(&exchange, &mut headers);
    rates(&exchange, &mut headers);
    deprecation(&exchange, &mut headers);
    if let Some(challenge) = challenge(&denial) {
        headers.insert(WWW_AUTHENTICATE, value(&challenge));
    }
    if let Some(seconds) = denial.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if !exchange.allow.is_empty() {
        let methods: Vec<&str> = exchange.allow.iter().map(|method| method.as_str()).collect();
        headers.insert(ALLOW, value(&methods.join(", ")));
    }
    exchange.status = denial.code.status();
    exchange.denial = Some(denial);
    let status = StatusCode::from_u16(exchange.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::new(ResponseBody::whole(exchange, Bytes::from(body)));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// RFC 6750 section 3: a call without a credential is told the realm alone.
fn challenge(denial: &Denial) -> Option<String> {
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
