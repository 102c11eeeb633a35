//! `POST /teams/{team}/tokens/verify`

use axum::Json;
use axum::extract::State;
use keyward_http::{Body, Refusal};
use keyward_model::secret::Hidden;
use keyward_tokens::Verification;
use serde::Deserialize;

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::TeamPath;

/// The text of a token.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerifyBody {
    /// The whole text.
    token: Hidden,
}

/// Says whether a token works at this moment. One of another team is as unknown as none at all.
#[utoipa::path(
    post, path = "/api/v1/teams/{team}/tokens/verify", operation_id = "verify_token", tag = "tokens",
    summary = "Verify a token", params(TeamPath), request_body = VerifyBody,
    security(("token" = ["keyward:tokens.read"])),
    responses((status = 200, body = Verification)),
)]
pub(crate) async fn verify(
    member: Member<access::TokensRead>,
    State(state): State<ApiState>,
    Body(body): Body<VerifyBody>,
) -> Result<Json<Verification>, Refusal> {
    Ok(Json(state.tokens.verify(&state.live, member.team.id, &body.token).await?))
}
