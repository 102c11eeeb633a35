//! What token endpoints take and answer.

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, StatusCode};
use keyward_http::Refusal;
use keyward_model::Timestamp;
use keyward_model::token::{LastUse, Token, TokenStatus, TokenText};
use keyward_store::StoreError;
use serde::{Deserialize, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::ApiState;
use crate::settled::REVISION;

/// A token, what it amounts to, and its last use.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TokenBody {
    #[serde(flatten)]
    pub(crate) token: Token,
    /// What it amounts to at this moment.
    status: TokenStatus,
    /// When it was last used, to within a few seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_use: Option<LastUse>,
}

impl TokenBody {
    /// A token of which no use is known, or asked for.
    pub(crate) fn new(token: Token, now: Timestamp) -> Self {
        Self { status: token.status(now), token, last_use: None }
    }

    /// Tokens with their last uses.
    pub(crate) async fn with_uses(state: &ApiState, tokens: Vec<Token>) -> Result<Vec<Self>, StoreError> {
        let ids: Vec<_> = tokens.iter().map(|token| token.id).collect();
        let mut uses = state.store.last_uses(&ids).await?;
        let now = state.clock.now();
        Ok(tokens.into_iter().map(|token| Self { last_use: uses.remove(&token.id), ..Self::new(token, now) }).collect())
    }
}

/// The text of a token, shown this once.
pub(crate) struct Shown(pub(crate) TokenText);

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}

/// A token and, the first time, its secret.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct IssuedBody {
    /// The token.
    pub(crate) token: TokenBody,
    /// Its whole text. It is shown this once; null in the answer to a replayed request.
    #[schema(value_type = Option<String>, required)]
    pub(crate) secret: Option<Shown>,
}

/// Why, for the audit trail.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ReasonBody {
    /// Why, in a few words.
    pub(crate) reason: Option<String>,
}

/// An answer that holds a secret: its bytes are wiped once they are sent.
pub(crate) struct Confidential<T> {
    status: StatusCode,
    headers: HeaderMap,
    body: T,
}

impl<T: Serialize> Confidential<T> {
    /// The answer to a creation, once this node acts on it.
    pub(crate) async fn created(state: &ApiState, revision: u64, body: T) -> Self {
        state.settle(revision).await;
        let headers = [(REVISION, HeaderValue::from(revision))].into_iter().collect();
        Self { status: StatusCode::CREATED, headers, body }
    }

    /// The answer to a request that was answered before.
    pub(crate) fn replayed(body: T) -> Self {
        let replayed = (keyward_http::idempotency::REPLAYED, HeaderValue::from_static("true"));
        Self { status: StatusCode::CREATED, headers: [replayed].into_iter().collect(), body }
    }
}

impl<T: Serialize> IntoResponse for Confidential<T> {
    fn into_response(self) -> Response {
        // Room for the whole from the start: growing would leave copies behind.
        let mut text = Zeroizing::new(Vec::with_capacity(64 * 1024));
        if let Err(error) = serde_json::to_writer(&mut *text, &self.body) {
            return Refusal::internal(error.to_string()).into_response();
        }
        let mut response = (self.status, Body::from(Bytes::from_owner(text))).into_response();
        response.headers_mut().extend(self.headers);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}
