//! `GET /teams/{team}/tokens/overdue`

use axum::Json;
use axum::extract::State;
use keyward_http::{Listing, Params, Refusal};
use keyward_tokens::OverdueToken;
use serde::Deserialize;

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::TeamPath;

/// How many.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OverdueParams {
    /// At most so many, 1 to 1000; 100 when absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u16>,
}

/// Lists the tokens that the team's rules want rotated, those with the nearest deadline first.
#[utoipa::path(
    get, path = "/api/v1/teams/{team}/tokens/overdue", operation_id = "list_overdue_tokens", tag = "tokens",
    summary = "List tokens due for rotation", params(TeamPath, OverdueParams),
    security(("token" = ["keyward:tokens.read"])),
    responses((status = 200, body = Listing<OverdueToken>)),
)]
pub(crate) async fn overdue(
    member: Member<access::TokensRead>,
    State(state): State<ApiState>,
    Params(params): Params<OverdueParams>,
) -> Result<Json<Listing<OverdueToken>>, Refusal> {
    let limit = params.limit.unwrap_or(100);
    if !(1..=1000).contains(&limit) {
        return Err(Refusal::field("limit", "is out of range", "use 1 to 1000"));
    }
    let items = state.tokens.overdue(&state.live, member.team.id, usize::from(limit));
    Ok(Json(Listing { items, next: None }))
}
