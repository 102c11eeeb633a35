//! `POST /teams/{team}/tokens/{id}/rotate`

use axum::extract::State;
use http::{Method, Uri};
use keyward_http::{IdempotencyKey, RawBody, Refusal};
use keyward_tokens::{RotateToken, Rotated};
use serde::Serialize;

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::{IdempotencyHeader, PathToken, TokenPath};
use crate::tokens::{Confidential, Shown, TokenBody, read, replay};

/// A rotation: the old token, its successor, and the first time the successor's secret.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RotatedBody {
    /// The old token; it works until its new expiry.
    old: TokenBody,
    /// The successor.
    token: TokenBody,
    /// The successor's whole text. It is shown this once; null in the answer to a replayed request.
    #[schema(value_type = Option<String>, required)]
    secret: Option<Shown>,
}

/// Rotates a token: a successor with a fresh secret takes over, and for the overlap both work.
#[utoipa::path(
    post, path = "/api/v1/teams/{team}/tokens/{id}/rotate", operation_id = "rotate_token", tag = "tokens",
    summary = "Rotate a token", params(TokenPath, IdempotencyHeader), request_body = RotateToken,
    security(("token" = ["keyward:tokens.write"])),
    responses((status = 201, body = RotatedBody)),
)]
pub(crate) async fn rotate(
    member: Member<access::TokenWrite>,
    State(state): State<ApiState>,
    PathToken(id): PathToken,
    key: IdempotencyKey,
    method: Method,
    uri: Uri,
    body: RawBody,
) -> Result<Confidential<RotatedBody>, Refusal> {
    let (caller, team) = (&member.caller, member.team.id);
    let request: RotateToken = body.parse()?;
    let key = replay::key(&state, caller, key, (&method, uri.path()), &body);
    if let Some(key) = &key
        && let Some(made) = replay::made_before(&state, team, key).await?
    {
        return repeat(&state, &member, id, made.first().copied()).await;
    }
    let rotated = state.tokens.rotate(caller.cause(), team, id, request, caller.scopes()).await;
    let Rotated { old, new } = rotated.map_err(Refusal::failure)?;
    if let Some(key) = &key {
        replay::remember(&state, caller, team, key, &[new.token.id]).await?;
    }
    let now = state.clock.now();
    let (old, token) = (TokenBody::new(old, now), TokenBody::new(new.token, now));
    let body = RotatedBody { old, token, secret: Some(Shown(new.secret)) };
    Ok(Confidential::created(&state, new.revision, body).await)
}

async fn repeat(
    state: &ApiState,
    member: &Member<access::TokenWrite>,
    old: keyward_model::token::TokenId,
    successor: Option<keyward_model::token::TokenId>,
) -> Result<Confidential<RotatedBody>, Refusal> {
    let successor = successor.ok_or_else(|| Refusal::internal("a rotation was remembered without its successor"))?;
    let now = state.clock.now();
    let old = TokenBody::new(read::find(state, member.team.id, old).await?, now);
    let token = TokenBody::new(read::find(state, member.team.id, successor).await?, now);
    Ok(Confidential::replayed(RotatedBody { old, token, secret: None }))
}
