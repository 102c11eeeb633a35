//! `GET /teams/{team}/calls/{request_id}`

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use keyward_http::Refusal;
use keyward_model::call::CallRecord;
use keyward_store::StoreError;
use serde::Serialize;

use crate::ApiState;
use crate::access::{self, Member, OPERATOR};
use crate::path::{CallPath, PathRequestId};

/// A call with all that is known of it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct KnownCall {
    #[serde(flatten)]
    call: CallRecord,
    /// Whether the node that answers has a capture of it, for whoever may read that.
    captured: bool,
}

/// Reads the record of a call, and whether it was captured on the node that answers.
#[utoipa::path(
    get, path = "/api/v1/teams/{team}/calls/{request_id}", operation_id = "read_call", tag = "calls",
    summary = "Read a call", params(CallPath), security(("token" = ["keyward:calls.read"])),
    responses((status = 200, body = KnownCall)),
)]
pub(crate) async fn read(
    member: Member<access::CallsRead>,
    State(state): State<ApiState>,
    PathRequestId(request_id): PathRequestId,
) -> Result<Json<KnownCall>, Refusal> {
    let call = find(&state, &member, request_id).await?;
    let captured = match call.team {
        Some(team) => {
            state.captures.flush().await;
            state.captures.holds(team, request_id).await
        }
        // What strangers send is not captured.
        None => false,
    };
    Ok(Json(KnownCall { call, captured }))
}

/// The call as far as it is the caller's business: one of the team, and for the operator also one that no team was
/// found for.
pub(crate) async fn find(
    state: &ApiState,
    member: &Member<access::CallsRead>,
    request_id: uuid::Uuid,
) -> Result<CallRecord, Refusal> {
    let operator = member.caller.has(OPERATOR);
    let record = look_up(state, request_id).await?.filter(|record| match record.team {
        Some(team) => team == member.team.id,
        None => operator,
    });
    record.ok_or_else(|| Refusal::not_found("call"))
}

/// The record of any call. Its answer may be ahead of its record, which is made with the last byte and then written:
/// what is not there yet gets a moment.
pub(crate) async fn look_up(state: &ApiState, request_id: uuid::Uuid) -> Result<Option<CallRecord>, StoreError> {
    for pause in [0, 20, 100, 200] {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        state.log.flush().await;
        if let Some(record) = state.calls.call_of_any_team(request_id).await? {
            return Ok(Some(record));
        }
    }
    Ok(None)
}
