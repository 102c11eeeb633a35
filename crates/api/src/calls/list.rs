//! `GET /teams/{team}/calls` and `GET /calls`

use axum::Json;
use axum::extract::State;
use keyward_http::{Listing, Params, Refusal};
use keyward_model::call::CallRecord;

use crate::ApiState;
use crate::access::{self, Member, Operator};
use crate::calls::filter::CallParams;
use crate::path::TeamPath;

/// Lists calls of the team, newest first.
#[utoipa::path(
    get, path = "/api/v1/teams/{team}/calls", operation_id = "list_calls", tag = "calls",
    summary = "List calls", params(TeamPath, CallParams), security(("token" = ["keyward:calls.read"])),
    responses((status = 200, body = Listing<CallRecord>)),
)]
pub(crate) async fn of_team(
    member: Member<access::CallsRead>,
    State(state): State<ApiState>,
    Params(params): Params<CallParams>,
) -> Result<Json<Listing<CallRecord>>, Refusal> {
    let (filter, page) = params.resolve(&state, Some(&member.team)).await?;
    state.log.flush().await;
    Ok(Json(state.calls.calls(member.team.id, &filter, &page).await?.into()))
}

/// Lists calls of every team, and those that no team was found for, newest first.
#[utoipa::path(
    get, path = "/api/v1/calls", operation_id = "list_calls_of_all_teams", tag = "calls",
    summary = "List calls of all teams", params(CallParams), security(("token" = ["keyward:operator"])),
    responses((status = 200, body = Listing<CallRecord>)),
)]
pub(crate) async fn of_all_teams(
    _operator: Operator,
    State(state): State<ApiState>,
    Params(params): Params<CallParams>,
) -> Result<Json<Listing<CallRecord>>, Refusal> {
    let (filter, page) = params.resolve(&state, None).await?;
    state.log.flush().await;
    Ok(Json(state.calls.calls_of_all_teams(&filter, &page).await?.into()))
}
