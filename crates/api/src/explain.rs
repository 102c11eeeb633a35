//! `POST /teams/{team}/explain`: what would happen to a call that nobody made.

use axum::Json;
use axum::extract::State;
use keyward_http::{Body, Refusal};
use keyward_model::check::Explanation;
use keyward_tokens::DryRun;

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::TeamPath;

/// Makes every check of a call without making the call: each with the value it saw, the rule, the verdict and what
/// would help.
#[utoipa::path(
    post, path = "/api/v1/teams/{team}/explain", operation_id = "explain", tag = "calls",
    summary = "Explain a call before it is made", params(TeamPath), request_body = DryRun,
    security(("token" = ["keyward:calls.read"])),
    responses((status = 200, body = Explanation)),
)]
pub(crate) async fn explain(
    member: Member<access::CallsRead>,
    State(state): State<ApiState>,
    Body(request): Body<DryRun>,
) -> Result<Json<Explanation>, Refusal> {
    state.explainer.dry_run(member.team.id, &request).await.map(Json).map_err(Refusal::failure)
}
