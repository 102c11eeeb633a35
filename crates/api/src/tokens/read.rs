//! `GET /teams/{team}/tokens/{id}`

use axum::extract::State;
use keyward_http::{Refusal, Tagged};
use keyward_model::team::TeamId;
use keyward_model::token::{Token, TokenId};

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::{PathToken, TokenPath};
use crate::tokens::TokenBody;

/// Reads a token. Never its secret.
#[utoipa::path(
    get, path = "/api/v1/teams/{team}/tokens/{id}", operation_id = "read_token", tag = "tokens",
    summary = "Read a token", params(TokenPath), security(("token" = ["keyward:tokens.read"])),
    responses((status = 200, body = TokenBody, headers(("ETag" = String, description = "Its version.")))),
)]
pub(crate) async fn read(
    member: Member<access::TokensRead>,
    State(state): State<ApiState>,
    PathToken(id): PathToken,
) -> Result<Tagged<TokenBody>, Refusal> {
    let token = find(&state, member.team.id, id).await?;
    let version = token.version;
    let body = TokenBody::with_uses(&state, vec![token]).await?.pop();
    Ok(Tagged { version, body: body.ok_or_else(|| Refusal::internal("one token in, none out"))? })
}

/// The team's token with this id.
pub(crate) async fn find(state: &ApiState, team: TeamId, id: TokenId) -> Result<Token, Refusal> {
    let stored = state.store.token(team, id).await?;
    stored.map(|stored| stored.token).ok_or_else(|| Refusal::not_found("token"))
}
