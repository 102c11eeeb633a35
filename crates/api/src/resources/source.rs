//! Who owns a resource: whoever applies the file it stands in, or else anybody with the right to change it.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;
use keyward_http::Refusal;
use keyward_model::{Record, Resource};

/// Whether the caller means to change by hand what a file owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Override(pub(crate) bool);

impl<S: Sync> FromRequestParts<S> for Override {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.headers.get("x-keyward-override").is_some_and(|value| value == "true")))
    }
}

impl Override {
    /// Refuses a change by hand of what a declarative source owns, unless it is meant.
    pub(crate) fn admits<T: Resource>(self, existing: Option<&Record<T>>) -> Result<(), Refusal> {
        let Some(source) = existing.and_then(|record| record.source.as_ref()) else { return Ok(()) };
        if self.0 {
            return Ok(());
        }
        Err(Refusal::conflict(format!(
            "This {} is declared in the source `{source}`, and its next apply would undo the change. Change it there \
             and apply it, or send `X-Keyward-Override: true`.",
            T::KIND
        )))
    }
}
