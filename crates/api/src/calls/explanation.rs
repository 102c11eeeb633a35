//! `GET /teams/{team}/calls/{request_id}/explanation`

use axum::Json;
use axum::extract::State;
use keyward_http::Refusal;
use keyward_model::check::Explanation;

use crate::ApiState;
use crate::access::{self, Member};
use crate::calls::read::find;
use crate::path::{CallPath, PathRequestId};

/// Shows every check of a call in order: the value it saw, the rule, the verdict, and what would help.
#[utoipa::path(
    get, path = "/api/v1/teams/{team}/calls/{request_id}/explanation", operation_id = "explain_call", tag = "calls",
    summary = "Explain a call", params(CallPath), security(("token" = ["keyward:calls.read"])),
    responses((status = 200, body = Explanation)),
)]
pub(crate) async fn explanation(
    member: Member<access::CallsRead>,
    State(state): State<ApiState>,
    PathRequestId(request_id): PathRequestId,
) -> Result<Json<Explanation>, Refusal> {
    let record = find(&state, &member, request_id).await?;
    state.explainer.explain_call(&record).await.map(Json).map_err(Refusal::failure)
}
