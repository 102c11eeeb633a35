//! `Idempotency-Key`: a creation that was asked for twice happens once.

use axum::extract::FromRequestParts;
use http::HeaderName;
use http::request::Parts;
use keyward_model::Code;

use crate::Refusal;

/// The header with the key.
pub const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// The header that says an answer is that of an earlier request.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The caller's key, if it sent one: 1 to 200 printable characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let mut values = parts.headers.get_all(HEADER).iter();
        let Some(value) = values.next() else { return Ok(Self(None)) };
        let text = value.to_str().unwrap_or_default();
        if values.next().is_some() || text.is_empty() || text.len() > 200 {
            let detail = "Send one `Idempotency-Key` of 1 to 200 printable characters, such as a UUID.";
            return Err(Refusal::new(Code::RequestInvalid, detail));
        }
        Ok(Self(Some(text.to_owned())))
    }
}
