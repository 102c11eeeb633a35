//! `POST /teams/{team}/tokens/{id}/approve`

use axum::extract::State;
use keyward_http::{Body, Refusal};

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::{PathToken, TokenPath};
use crate::settled::Settled;
use crate::tokens::{ReasonBody, TokenBody};

/// Approves a token that waits for a second person.
#[utoipa::path(
    post, path = "/api/v1/teams/{team}/tokens/{id}/approve", operation_id = "approve_token", tag = "tokens",
    summary = "Approve a token", params(TokenPath), request_body = ReasonBody,
    security(("token" = ["keyward:tokens.write"])),
    responses((status = 200, body = TokenBody)),
)]
pub(crate) async fn approve(
    member: Member<access::TokensWrite>,
    State(state): State<ApiState>,
    PathToken(id): PathToken,
    Body(body): Body<ReasonBody>,
) -> Result<Settled<TokenBody>, Refusal> {
    let changed = state.tokens.approve(member.caller.cause(), member.team.id, id, body.reason).await;
    let changed = changed.map_err(Refusal::failure)?;
    let body = TokenBody::new(changed.token, state.clock.now());
    Ok(Settled::wait(&state, changed.revision, body).await)
}
