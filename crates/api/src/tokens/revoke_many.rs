//! `POST /teams/{team}/tokens/revoke`

use axum::extract::State;
use keyward_http::{Body, Refusal};
use keyward_tokens::RevokeTokens;
use serde::Serialize;

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::TeamPath;
use crate::settled::Settled;
use crate::tokens::TokenBody;
use crate::tokens::revoke::Receipt;

/// The revoked tokens, and the proof that they are refused.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RevokedManyBody {
    /// The tokens that were not revoked before.
    tokens: Vec<TokenBody>,
    /// Which nodes refuse them.
    receipt: Receipt,
}

/// Revokes every token of an app, or with a label: all of them, or none.
#[utoipa::path(
    post, path = "/api/v1/teams/{team}/tokens/revoke", operation_id = "revoke_tokens", tag = "tokens",
    summary = "Revoke many tokens", params(TeamPath), request_body = RevokeTokens,
    security(("token" = ["keyward:tokens.write"])),
    responses((status = 200, body = RevokedManyBody)),
)]
pub(crate) async fn revoke_many(
    member: Member<access::TokensWrite>,
    State(state): State<ApiState>,
    Body(request): Body<RevokeTokens>,
) -> Result<Settled<RevokedManyBody>, Refusal> {
    let revoked = state.tokens.revoke_many(member.caller.cause(), member.team.id, request).await;
    let revoked = revoked.map_err(Refusal::failure)?;
    let receipt = Receipt::of(&state, revoked.revision).await?;
    let now = state.clock.now();
    let tokens = revoked.tokens.into_iter().map(|token| TokenBody::new(token, now)).collect();
    Ok(Settled::wait(&state, revoked.revision, RevokedManyBody { tokens, receipt }).await)
}
