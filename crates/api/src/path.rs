//! The parameters of paths, as types. What cannot be a name or an id names nothing: it is not found.

use axum::extract::FromRequestParts;
use http::request::Parts;
use keyward_http::Refusal;
use keyward_model::Name;
use keyward_model::token::TokenId;

use crate::ApiState;
use crate::access::path_part;

/// `{name}` of something that exists.
pub(crate) struct PathName(pub(crate) Name);

/// `{name}` of something that may be made by this request.
pub(crate) struct NewName(pub(crate) Name);

/// `{team}` as it stands in the path, for teams that may not exist yet.
pub(crate) struct PathTeam(pub(crate) String);

/// `{id}` of a token.
pub(crate) struct PathToken(pub(crate) TokenId);

/// `{request_id}` of a call.
pub(crate) struct PathRequestId(pub(crate) uuid::Uuid);

impl FromRequestParts<ApiState> for PathName {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Self::Rejection> {
        let text = path_part(parts, state, "name").await.unwrap_or_default();
        text.parse().map(Self).map_err(|_| Refusal::not_found("name"))
    }
}

impl FromRequestParts<ApiState> for NewName {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Self::Rejection> {
        let text = path_part(parts, state, "name").await.unwrap_or_default();
        text.parse().map(Self).map_err(|error: keyward_model::name::NameError| {
            Refusal::field("name", "in the path cannot be a name", error.to_string())
        })
    }
}

impl FromRequestParts<ApiState> for PathTeam {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Self::Rejection> {
        path_part(parts, state, "team").await.map(Self).ok_or_else(|| Refusal::not_found("team"))
    }
}

impl FromRequestParts<ApiState> for PathToken {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Self::Rejection> {
        let text = path_part(parts, state, "id").await.unwrap_or_default();
        text.parse().map(Self).map_err(|_| Refusal::not_found("token"))
    }
}

impl FromRequestParts<ApiState> for PathRequestId {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Self::Rejection> {
        let text = path_part(parts, state, "request_id").await.unwrap_or_default();
        text.parse().map(Self).map_err(|_| Refusal::not_found("call"))
    }
}

/// `/teams/{team}`, for the OpenAPI document.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "read by the derive only")]
pub(crate) struct TeamPath {
    /// The team: its name or id.
    team: String,
}

/// `/teams/{team}/…/{name}`, for the OpenAPI document.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "read by the derive only")]
pub(crate) struct NamePath {
    /// The team: its name or id.
    team: String,
    /// The name of the resource.
    name: String,
}

/// `/teams/{team}/tokens/{id}`, for the OpenAPI document.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "read by the derive only")]
pub(crate) struct TokenPath {
    /// The team: its name or id.
    team: String,
    /// The public id of the token.
    id: String,
}

/// `/teams/{team}/calls/{request_id}`, for the OpenAPI document.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "read by the derive only")]
pub(crate) struct CallPath {
    /// The team: its name or id.
    team: String,
    /// The id of the request, as on its answer.
    request_id: String,
}

/// `If-Match` and `If-None-Match`, for the OpenAPI document.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "read by the derive only")]
pub(crate) struct ConditionHeaders {
    /// The `ETag` that the change is based on; refused with `precondition_failed` when it is another by now.
    #[param(rename = "If-Match")]
    if_match: Option<String>,
    /// `*` asks for a new one: refused with `precondition_failed` when it exists.
    #[param(rename = "If-None-Match")]
    if_none_match: Option<String>,
}

/// `X-Keyward-Override`, for the OpenAPI document.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "read by the derive only")]
pub(crate) struct OverrideHeader {
    /// `true` changes by hand what a declarative source owns; its next apply will change it back.
    #[param(rename = "X-Keyward-Override")]
    overriding: Option<bool>,
}

/// `Idempotency-Key`, for the OpenAPI document.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "read by the derive only")]
pub(crate) struct IdempotencyHeader {
    /// A key of the caller's choice: the same request with the same key happens once. The answer to a replay has
    /// the header `Idempotency-Replayed: true`, the record as it was then, and never the secret again.
    #[param(rename = "Idempotency-Key")]
    idempotency_key: Option<String>,
}
