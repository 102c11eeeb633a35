//! The query of a request as a type; a parameter that is not known or not readable is named.

use axum::extract::{FromRequestParts, Query};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::Refusal;
use crate::body::describe;

/// The query parameters of a request.
#[derive(Clone, Debug)]
pub struct Params<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Query::try_from_uri(&parts.uri).map(|Query(params)| Self(params)).map_err(|rejection| {
            let text = rejection.body_text();
            let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
            // A path of one name comes first, where the parameter is known.
            let (path, problem) = match text.split_once(": ") {
                Some((path, problem)) if !path.contains([' ', '`']) => (path, problem),
                _ => (".", text),
            };
            Refusal::from(describe(path, problem))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paging::PageParams;

    async fn refused(query: &str) -> (String, String) {
        let request = http::Request::builder().uri(format!("/x?{query}")).body(()).unwrap();
        let outcome = Params::<PageParams>::from_request_parts(&mut request.into_parts().0, &()).await;
        let errors = outcome.unwrap_err().errors().to_vec();
        (errors[0].field.clone(), errors[0].problem.clone())
    }

    #[tokio::test]
    async fn a_wrong_parameter_is_named() {
        assert_eq!(refused("limit=abc").await.0, "limit");
        let (field, problem) = refused("limits=3").await;
        assert_eq!((field.as_str(), problem.as_str()), ("limits", "is not known"));
        assert_eq!(refused("limit=3&limit=4").await.0, "limit");
    }
}
