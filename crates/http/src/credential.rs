//! The credential of a request: `Authorization: Bearer`, `X-API-Key` or Basic, and exactly one of them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use keyward_model::token::TokenText;
use keyward_model::{Code, Denial};
use zeroize::Zeroizing;

/// Reads the one credential of a request.
pub fn credential(headers: &HeaderMap) -> Result<TokenText, Denial> {
    let mut found = None;
    for value in headers.get_all(AUTHORIZATION).iter().chain(headers.get_all("x-api-key")) {
        if found.replace(value).is_some() {
            let detail = "Send the token once: as `Authorization: Bearer`, or as `X-API-Key`, not both.";
            return Err(Denial::new(Code::TokenAmbiguous, "more than one credential header", detail));
        }
    }
    let Some(value) = found else { return Err(missing("no credential header")) };
    let malformed = || Denial::new(Code::TokenMalformed, "credential header", "The token is not readable text.");
    let text = value.to_str().map_err(|_| malformed())?.trim();
    let token = if headers.contains_key(AUTHORIZATION) { from_authorization(text)? } else { text.to_owned() };
    if token.is_empty() { Err(missing("empty credential")) } else { Ok(TokenText::foreign(token)) }
}

fn from_authorization(text: &str) -> Result<String, Denial> {
    let (scheme, rest) = text.split_once(' ').unwrap_or((text, ""));
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Ok(rest.to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(missing("unknown authorization scheme"));
    }
    let malformed = || {
        let detail = "The Basic credential is not base64 of `user:password`; the token goes in as the password.";
        Denial::new(Code::TokenMalformed, "basic credential", detail)
    };
    let decoded = Zeroizing::new(STANDARD.decode(rest).map_err(|_| malformed())?);
    let text = std::str::from_utf8(&decoded).map_err(|_| malformed())?;
    text.split_once(':').map(|(_, password)| password.to_owned()).ok_or_else(malformed)
}

fn missing(rule: &str) -> Denial {
    Denial::new(Code::TokenMissing, rule, "Send a token, as `Authorization: Bearer <token>` or `X-API-Key: <token>`.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&'static str, &str)]) -> Result<String, Code> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        credential(&headers).map(|token| token.expose().to_owned()).map_err(|denial| denial.code)
    }

    #[test]
    fn each_way_of_presenting_a_token_is_read() {
        assert_eq!(read(&[("authorization", "Bearer abc")]), Ok("abc".to_owned()));
        assert_eq!(read(&[("authorization", "bearer  abc")]), Ok("abc".to_owned()));
        assert_eq!(read(&[("x-api-key", "abc")]), Ok("abc".to_owned()));
        let basic = format!("Basic {}", STANDARD.encode("anybody:a:bc"));
        assert_eq!(read(&[("authorization", &basic)]), Ok("a:bc".to_owned()));
    }

    #[test]
    fn none_and_more_than_one_are_refused() {
        assert_eq!(read(&[]), Err(Code::TokenMissing));
        assert_eq!(read(&[("authorization", "Bearer ")]), Err(Code::TokenMissing));
        assert_eq!(read(&[("authorization", "Digest abc")]), Err(Code::TokenMissing));
        assert_eq!(read(&[("authorization", "Basic %%%")]), Err(Code::TokenMalformed));
        assert_eq!(read(&[("authorization", "Bearer a"), ("x-api-key", "a")]), Err(Code::TokenAmbiguous));
        assert_eq!(read(&[("x-api-key", "a"), ("x-api-key", "b")]), Err(Code::TokenAmbiguous));
    }
}
