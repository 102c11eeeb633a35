//! `GET /teams/{team}`

use axum::extract::State;
use keyward_http::{Refusal, Tagged};
use keyward_model::Record;
use keyward_model::team::TeamSpec;

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::TeamPath;

/// Reads a team's settings.
#[utoipa::path(
    get, path = "/api/v1/teams/{team}", operation_id = "read_team", tag = "teams",
    summary = "Read a team", params(TeamPath), security(("token" = ["keyward:teams.read"])),
    responses((status = 200, body = Record<TeamSpec>, headers(("ETag" = String, description = "Its version.")))),
)]
pub(crate) async fn read(
    member: Member<access::TeamsRead>,
    State(state): State<ApiState>,
) -> Result<Tagged<Record<TeamSpec>>, Refusal> {
    // As stored: the team in memory may be a moment behind.
    let team = state.store.team_by_id(member.team.id).await?.ok_or_else(|| Refusal::not_found("team"))?;
    Ok(Tagged { version: team.version, body: team })
}
