//! `POST /teams/{team}/tokens/{id}/disable` and `…/enable`

use axum::extract::State;
use keyward_http::{Body, Refusal};

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::{PathToken, TokenPath};
use crate::settled::Settled;
use crate::tokens::{ReasonBody, TokenBody};

/// Switches a token off until it is enabled again.
#[utoipa::path(
    post, path = "/api/v1/teams/{team}/tokens/{id}/disable", operation_id = "disable_token", tag = "tokens",
    summary = "Disable a token", params(TokenPath), request_body = ReasonBody,
    security(("token" = ["keyward:tokens.write"])),
    responses((status = 200, body = TokenBody)),
)]
pub(crate) async fn disable(
    member: Member<access::TokenWrite>,
    State(state): State<ApiState>,
    PathToken(id): PathToken,
    Body(body): Body<ReasonBody>,
) -> Result<Settled<TokenBody>, Refusal> {
    let changed = state.tokens.disable(member.caller.cause(), member.team.id, id, body.reason).await;
    let changed = changed.map_err(Refusal::failure)?;
    let body = TokenBody::new(changed.token, state.clock.now());
    Ok(Settled::wait(&state, changed.revision, body).await)
}

/// Switches a token on again.
#[utoipa::path(
    post, path = "/api/v1/teams/{team}/tokens/{id}/enable", operation_id = "enable_token", tag = "tokens",
    summary = "Enable a token", params(TokenPath), request_body = ReasonBody,
    security(("token" = ["keyward:tokens.write"])),
    responses((status = 200, body = TokenBody)),
)]
pub(crate) async fn enable(
    member: Member<access::TokenWrite>,
    State(state): State<ApiState>,
    PathToken(id): PathToken,
    Body(body): Body<ReasonBody>,
) -> Result<Settled<TokenBody>, Refusal> {
    let changed = state.tokens.enable(member.caller.cause(), member.team.id, id, body.reason).await;
    let changed = changed.map_err(Refusal::failure)?;
    let body = TokenBody::new(changed.token, state.clock.now());
    Ok(Settled::wait(&state, changed.revision, body).await)
}
