//! `GET /teams/{team}/tokens`

use axum::Json;
use axum::extract::State;
use keyward_http::{Listing, Params, Refusal};

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::TeamPath;
use crate::tokens::TokenBody;
use crate::tokens::filter::TokenParams;

/// Lists the team's tokens, newest first. Never a secret.
#[utoipa::path(
    get, path = "/api/v1/teams/{team}/tokens", operation_id = "list_tokens", tag = "tokens",
    summary = "List tokens", params(TeamPath, TokenParams), security(("token" = ["keyward:tokens.read"])),
    responses((status = 200, body = Listing<TokenBody>)),
)]
pub(crate) async fn list(
    member: Member<access::TokensRead>,
    State(state): State<ApiState>,
    Params(params): Params<TokenParams>,
) -> Result<Json<Listing<TokenBody>>, Refusal> {
    let (filter, page) = params.resolve(&state, &member.team).await?;
    let page = state.store.tokens(member.team.id, &filter, &page).await?;
    Ok(Json(Listing { items: TokenBody::with_uses(&state, page.items).await?, next: page.next }))
}
