//! `PATCH /teams/{team}/tokens/{id}`

use axum::extract::State;
use keyward_http::{Body, Preconditions, Refusal};
use keyward_tokens::EditToken;

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::{ConditionHeaders, PathToken, TokenPath};
use crate::settled::Settled;
use crate::tokens::{TokenBody, read};

/// Edits a token: all but its secret. What is given replaces what was there.
#[utoipa::path(
    patch, path = "/api/v1/teams/{team}/tokens/{id}", operation_id = "edit_token", tag = "tokens",
    summary = "Edit a token", params(TokenPath, ConditionHeaders), request_body = EditToken,
    security(("token" = ["keyward:tokens.write"])),
    responses((status = 200, body = TokenBody)),
)]
pub(crate) async fn edit(
    member: Member<access::TokenWrite>,
    State(state): State<ApiState>,
    PathToken(id): PathToken,
    preconditions: Preconditions,
    Body(request): Body<EditToken>,
) -> Result<Settled<TokenBody>, Refusal> {
    let caller = &member.caller;
    let current = read::find(&state, member.team.id, id).await?;
    preconditions.check(Some(current.version))?;
    // The edit compares once more, in its transaction.
    let if_match = preconditions.bind_version().then_some(current.version);
    let changed = state.tokens.edit(caller.cause(), member.team.id, id, request, if_match, caller.scopes()).await;
    let changed = changed.map_err(Refusal::failure)?;
    let version = changed.token.version;
    let body = TokenBody::new(changed.token, state.clock.now());
    Ok(Settled::wait(&state, changed.revision, body).await.tagged(version))
}
