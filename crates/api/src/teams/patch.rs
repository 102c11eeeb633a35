//! `PATCH /teams/{team}`

use axum::extract::State;
use keyward_http::{Body, Preconditions, Refusal};
use keyward_model::Record;
use keyward_model::team::TeamSpec;
use serde_json::Value;

use crate::ApiState;
use crate::access::{self, Entitled, find_team};
use crate::openapi::JsonObject;
use crate::path::{ConditionHeaders, OverrideHeader, PathTeam, TeamPath};
use crate::resources::{Override, merge};
use crate::settled::Settled;
use crate::teams::put::{change, valid};

/// Changes some of a team's settings: a merge patch (RFC 7396). Lists are replaced whole, null takes a field away.
#[utoipa::path(
    patch, path = "/api/v1/teams/{team}", operation_id = "patch_team", tag = "teams",
    summary = "Change part of a team", params(TeamPath, ConditionHeaders, OverrideHeader),
    request_body(content = JsonObject, content_type = "application/merge-patch+json"),
    security(("token" = ["keyward:teams.write"])),
    responses((status = 200, body = Record<TeamSpec>)),
)]
pub(crate) async fn patch(
    entitled: Entitled<access::TeamsWrite>,
    State(state): State<ApiState>,
    PathTeam(wanted): PathTeam,
    preconditions: Preconditions,
    overriding: Override,
    Body(patch): Body<Value>,
) -> Result<Settled<Record<TeamSpec>>, Refusal> {
    let caller = &entitled.caller;
    let known = find_team(&state, caller, &wanted).await?.ok_or_else(|| Refusal::not_found("team"))?;
    let tx = state.store.begin(caller.cause()).await?;
    let team = tx.team_by_id(known.id).await?.ok_or_else(|| Refusal::not_found("team"))?;
    preconditions.check(Some(team.version))?;
    overriding.admits(Some(&team))?;
    let spec = valid(merge::merged(&team.spec, &patch)?)?;
    change(&state, tx, team, spec).await
}
