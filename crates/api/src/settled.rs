//! The answer to a change: sent when this node acts on it, with the revision in `Keyward-Revision`.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::ETAG;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use crate::ApiState;

/// The header with the revision of a change.
pub(crate) const REVISION: HeaderName = HeaderName::from_static("keyward-revision");

/// What a change answers.
pub(crate) struct Settled<T> {
    status: StatusCode,
    revision: u64,
    version: Option<u64>,
    body: T,
}

impl<T> Settled<T> {
    /// Waits for this node to act on `revision`.
    pub(crate) async fn wait(state: &ApiState, revision: u64, body: T) -> Self {
        state.settle(revision).await;
        Self { status: StatusCode::OK, revision, version: None, body }
    }

    /// The same answer as that to a creation.
    pub(crate) fn created(mut self, created: bool) -> Self {
        if created {
            self.status = StatusCode::CREATED;
        }
        self
    }

    /// The same answer with another body.
    pub(crate) fn map<U>(self, body: impl FnOnce(T) -> U) -> Settled<U> {
        Settled { status: self.status, revision: self.revision, version: self.version, body: body(self.body) }
    }

    /// The same answer with an `ETag`.
    pub(crate) fn tagged(mut self, version: u64) -> Self {
        self.version = Some(version);
        self
    }
}

impl<T: Serialize> IntoResponse for Settled<T> {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        response.headers_mut().insert(REVISION, HeaderValue::from(self.revision));
        if let Some(version) = self.version {
            let tag = HeaderValue::try_from(format!("\"{version}\"")).expect("a number in quotes fits a header");
            response.headers_mut().insert(ETAG, tag);
        }
        response
    }
}

/// The answer to a deletion.
pub(crate) struct Deleted {
    revision: u64,
}

impl Deleted {
    /// Waits for this node to act on `revision`.
    pub(crate) async fn wait(state: &ApiState, revision: u64) -> Self {
        state.settle(revision).await;
        Self { revision }
    }
}

impl IntoResponse for Deleted {
    fn into_response(self) -> Response {
        (StatusCode::NO_CONTENT, [(REVISION, HeaderValue::from(self.revision))]).into_response()
    }
}
