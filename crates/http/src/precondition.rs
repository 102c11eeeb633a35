//! `If-Match`, `If-None-Match` and `ETag` (RFC 9110 sections 8.8.3 and 13.1), over the versions of resources.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::header::{ETAG, IF_MATCH, IF_NONE_MATCH};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use keyward_model::Code;
use serde::Serialize;

use crate::Refusal;

/// Under which conditions a change is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preconditions {
    if_match: Option<IfMatch>,
    if_none_match: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum IfMatch {
    Any,
    Versions(Vec<u64>),
}

impl Preconditions {
    /// Holds the conditions against what is there: its version, or nothing.
    pub fn check(&self, current: Option<u64>) -> Result<(), Refusal> {
        let failed = |detail: String| Err(Refusal::new(Code::PreconditionFailed, detail));
        match (&self.if_match, current) {
            (Some(_), None) => return failed("There is nothing here that `If-Match` could match.".to_owned()),
            (Some(IfMatch::Versions(versions)), Some(current)) if !versions.contains(&current) => {
                return failed(format!("It is at version \"{current}\" by now. Read it again and repeat the change."));
            }
            _ => {}
        }
        if self.if_none_match && current.is_some() {
            return failed("It exists already, and `If-None-Match: *` asks for a new one.".to_owned());
        }
        Ok(())
    }

    /// Whether the change is meant for the version that was held against the conditions, and no later one.
    pub fn bind_version(&self) -> bool {
        self.if_match.is_some()
    }
}

impl<S: Sync> FromRequestParts<S> for Preconditions {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self { if_match: if_match(&parts.headers)?, if_none_match: if_none_match(&parts.headers)? })
    }
}

fn if_match(headers: &HeaderMap) -> Result<Option<IfMatch>, Refusal> {
    let mut versions = Vec::new();
    for value in headers.get_all(IF_MATCH) {
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Some(IfMatch::Any));
        }
        for tag in text.split(',') {
            versions.push(version(tag.trim()).ok_or_else(|| {
                Refusal::new(Code::RequestInvalid, "`If-Match` holds what no `ETag` here looks like; send \"3\" or *.")
            })?);
        }
    }
    Ok((!versions.is_empty()).then_some(IfMatch::Versions(versions)))
}

fn if_none_match(headers: &HeaderMap) -> Result<bool, Refusal> {
    match headers.get(IF_NONE_MATCH).map(HeaderValue::as_bytes) {
        None => Ok(false),
        Some(b"*") => Ok(true),
        Some(_) => Err(Refusal::new(Code::RequestInvalid, "`If-None-Match` is understood as * only.")),
    }
}

fn version(tag: &str) -> Option<u64> {
    tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

/// A body with its version as `ETag`.
#[derive(Clone, Debug)]
pub struct Tagged<T> {
    /// The version.
    pub version: u64,
    /// The body.
    pub body: T,
}

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let tag = HeaderValue::try_from(format!("\"{}\"", self.version)).expect("a number in quotes fits a header");
        ([(ETAG, tag)], Json(self.body)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(pairs: &[(http::HeaderName, &str)]) -> Result<Preconditions, Code> {
        let headers = pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        Ok(Preconditions {
            if_match: if_match(&headers).map_err(|refusal| refusal.code())?,
            if_none_match: if_none_match(&headers).map_err(|refusal| refusal.code())?,
        })
    }

    #[test]
    fn if_match_admits_only_the_version_named() {
        let one = conditions(&[(IF_MATCH, "\"3\"")]).unwrap();
        assert!(one.check(Some(3)).is_ok());
        assert_eq!(one.check(Some(4)).unwrap_err().code(), Code::PreconditionFailed);
        assert_eq!(one.check(None).unwrap_err().code(), Code::PreconditionFailed);
        assert!(one.bind_version());
        let several = conditions(&[(IF_MATCH, "\"3\", \"4\"")]).unwrap();
        assert!(several.check(Some(4)).is_ok());
        let any = conditions(&[(IF_MATCH, "*")]).unwrap();
        assert!(any.check(Some(9)).is_ok());
        assert!(any.check(None).is_err());
    }

    #[test]
    fn if_none_match_asks_for_a_new_one() {
        let new = conditions(&[(IF_NONE_MATCH, "*")]).unwrap();
        assert!(new.check(None).is_ok());
        assert!(new.check(Some(1)).is_err());
    }

    #[test]
    fn foreign_tags_are_refused_rather_than_passed_over() {
        for tag in ["3", "W/\"3\"", "\"abc\"", "\"3\",", ""] {
            assert_eq!(conditions(&[(IF_MATCH, tag)]).unwrap_err(), Code::RequestInvalid, "{tag}");
        }
        assert_eq!(conditions(&[(IF_NONE_MATCH, "\"3\"")]).unwrap_err(), Code::RequestInvalid);
    }
}
