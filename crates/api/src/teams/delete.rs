//! `DELETE /teams/{team}`

use axum::extract::State;
use keyward_http::{Preconditions, Refusal};
use keyward_store::INSTALLATION;

use crate::ApiState;
use crate::access::{Operator, find_team};
use crate::path::{ConditionHeaders, PathTeam, TeamPath};
use crate::resources::{Holdings, draft};
use crate::settled::Deleted;

/// Deletes a team that holds nothing any more. Its audit trail stays.
#[utoipa::path(
    delete, path = "/api/v1/teams/{team}", operation_id = "delete_team", tag = "teams",
    summary = "Delete a team", params(TeamPath, ConditionHeaders), security(("token" = ["keyward:operator"])),
    responses((status = 204, description = "It is gone.")),
)]
pub(crate) async fn delete(
    operator: Operator,
    State(state): State<ApiState>,
    PathTeam(wanted): PathTeam,
    preconditions: Preconditions,
) -> Result<Deleted, Refusal> {
    let not_found = || Refusal::not_found("team");
    let known = find_team(&state, &operator.caller, &wanted).await?.ok_or_else(not_found)?;
    let mut tx = state.store.begin(operator.caller.cause()).await?;
    let team = tx.team_by_id(known.id).await?.ok_or_else(not_found)?;
    preconditions.check(Some(team.version))?;
    let held = Holdings::load(&mut tx, team.id).await?.count();
    if !held.is_empty() {
        let held: Vec<String> = held.iter().map(|(kind, count)| format!("{kind}: {count}")).collect();
        let detail = format!("The team still holds something ({}). Delete that first.", held.join(", "));
        return Err(Refusal::conflict(detail));
    }
    tx.delete(team.id, team.id).await?;
    tx.audit(INSTALLATION, draft("delete", Some(&team), None, None)).await?;
    let revision = tx.commit().await?;
    Ok(Deleted::wait(&state, revision).await)
}
