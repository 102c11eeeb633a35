//! `POST /teams/{team}/tokens/{id}/rotation/end` and `…/rotation/extend`

use axum::extract::State;
use keyward_http::{Body, Refusal};
use keyward_tokens::ExtendRotation;

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::{PathToken, TokenPath};
use crate::settled::Settled;
use crate::tokens::{ReasonBody, TokenBody};

/// Ends the overlap of a rotation: the old token, which the path names, expires now.
#[utoipa::path(
    post, path = "/api/v1/teams/{team}/tokens/{id}/rotation/end", operation_id = "end_rotation", tag = "tokens",
    summary = "End the overlap of a rotation", params(TokenPath), request_body = ReasonBody,
    security(("token" = ["keyward:tokens.write"])),
    responses((status = 200, body = TokenBody)),
)]
pub(crate) async fn end(
    member: Member<access::TokenWrite>,
    State(state): State<ApiState>,
    PathToken(id): PathToken,
    Body(body): Body<ReasonBody>,
) -> Result<Settled<TokenBody>, Refusal> {
    let changed = state.tokens.end_rotation(member.caller.cause(), member.team.id, id, body.reason).await;
    let changed = changed.map_err(Refusal::failure)?;
    let body = TokenBody::new(changed.token, state.clock.now());
    Ok(Settled::wait(&state, changed.revision, body).await)
}

/// Lets the old token of a rotation, which the path names, work for longer.
#[utoipa::path(
    post, path = "/api/v1/teams/{team}/tokens/{id}/rotation/extend", operation_id = "extend_rotation", tag = "tokens",
    summary = "Extend the overlap of a rotation", params(TokenPath), request_body = ExtendRotation,
    security(("token" = ["keyward:tokens.write"])),
    responses((status = 200, body = TokenBody)),
)]
pub(crate) async fn extend(
    member: Member<access::TokenWrite>,
    State(state): State<ApiState>,
    PathToken(id): PathToken,
    Body(request): Body<ExtendRotation>,
) -> Result<Settled<TokenBody>, Refusal> {
    let caller = &member.caller;
    let changed = state.tokens.extend_rotation(caller.cause(), member.team.id, id, request, caller.scopes()).await;
    let changed = changed.map_err(Refusal::failure)?;
    let body = TokenBody::new(changed.token, state.clock.now());
    Ok(Settled::wait(&state, changed.revision, body).await)
}
