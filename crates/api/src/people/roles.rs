//! Roles: those that come with Keyward, as the policies they are, and what there are in a team.

use axum::Json;
use axum::extract::State;
use keyward_http::Refusal;
use keyward_model::membership::Role;
use keyward_policy::people::{RIGHTS, ROLES};
use keyward_tokens::MANAGEMENT_SCOPES;
use serde::Serialize;

use super::shown::Insider;
use crate::ApiState;
use crate::access::{self, Member};
use crate::path::TeamPath;

/// The roles that come with Keyward.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RolesBody {
    /// Their names.
    roles: Vec<Role>,
    /// What can be permitted, and what that is.
    rights: Vec<RightBody>,
    /// The policies, in Cedar.
    cedar: &'static str,
}

/// Something that can be permitted.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RightBody {
    /// The management scope.
    scope: &'static str,
    /// The action in a policy.
    action: &'static str,
    /// What it is.
    description: &'static str,
}

/// The roles there are in a team.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct TeamRolesBody {
    /// Those that come with Keyward first.
    roles: Vec<Role>,
}

/// Shows the roles that come with Keyward, as the policies they are.
#[utoipa::path(
    get, path = "/api/v1/roles", operation_id = "list_roles", tag = "people", summary = "Read the roles",
    security(("session" = [])), responses((status = 200, body = RolesBody)),
)]
pub(crate) async fn list(_insider: Insider) -> Json<RolesBody> {
    let rights = RIGHTS.iter().filter_map(|action| {
        let known = MANAGEMENT_SCOPES.iter().find(|(scope, _)| scope.strip_prefix("keyward:") == Some(action));
        known.map(|(scope, description)| RightBody { scope, action, description })
    });
    Json(RolesBody { roles: Role::BUILT_IN.to_vec(), rights: rights.collect(), cedar: ROLES })
}

/// Lists the roles there are in a team.
#[utoipa::path(
    get, path = "/api/v1/teams/{team}/roles", operation_id = "list_roles_of_team", tag = "people",
    summary = "List the roles of a team", params(TeamPath), security(("token" = ["keyward:people.read"])),
    responses((status = 200, body = TeamRolesBody)),
)]
pub(crate) async fn of_team(
    member: Member<access::PeopleRead>,
    State(state): State<ApiState>,
) -> Result<Json<TeamRolesBody>, Refusal> {
    Ok(Json(TeamRolesBody { roles: state.people.roles(&member.team).await? }))
}
