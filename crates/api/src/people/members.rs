//! `/teams/{team}/members`

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use keyward_http::{Body, Listing, Refusal};
use keyward_identity::{EditMembership, Member as TeamMember};
use keyward_model::Timestamp;
use keyward_model::app::AppId;
use keyward_model::membership::{Membership, Role};
use keyward_model::user::UserId;
use serde::{Deserialize, Serialize};

use super::session::UserBody;
use crate::ApiState;
use crate::access::{self, Member};
use crate::path::TeamPath;

/// A member of a team.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct MemberBody {
    /// Who.
    user: UserBody,
    /// As what.
    role: Role,
    /// The apps that are theirs: a developer manages the tokens of these only.
    #[schema(value_type = Vec<String>)]
    apps: Vec<AppId>,
    /// Whether they have a second factor.
    has_second_factor: bool,
    /// Whether they cannot sign in at present.
    suspended: bool,
    /// Since when they are a member.
    created_at: Timestamp,
    /// When their membership last changed.
    updated_at: Timestamp,
}

/// What to change; what is left out stays.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditMember {
    /// Another role.
    role: Option<Role>,
    /// Other apps of theirs, by id.
    #[schema(value_type = Option<Vec<String>>)]
    apps: Option<Vec<AppId>>,
}

impl From<TeamMember> for MemberBody {
    fn from(member: TeamMember) -> Self {
        let TeamMember { membership, user, has_second_factor } = member;
        let Membership { role, apps, created_at, updated_at, .. } = membership;
        let suspended = user.suspended;
        Self { user: UserBody::from(&user), role, apps, has_second_factor, suspended, created_at, updated_at }
    }
}

/// Lists the members of a team.
#[utoipa::path(
    get, path = "/api/v1/teams/{team}/members", operation_id = "list_members", tag = "people",
    summary = "List members", params(TeamPath), security(("token" = ["keyward:people.read"])),
    responses((status = 200, body = Listing<MemberBody>)),
)]
pub(crate) async fn list(
    member: Member<access::PeopleRead>,
    State(state): State<ApiState>,
) -> Result<Json<Listing<MemberBody>>, Refusal> {
    let members = state.people.members(member.team.id).await?;
    Ok(Json(Listing { items: members.into_iter().map(MemberBody::from).collect(), next: None }))
}

/// Changes a member's role or apps. The last administrator stays one.
#[utoipa::path(
    patch, path = "/api/v1/teams/{team}/members/{user}", operation_id = "edit_member", tag = "people",
    summary = "Change a member", params(TeamPath, ("user" = String, Path, description = "The id of the user.")),
    request_body = EditMember, security(("token" = ["keyward:people.write"])),
    responses((status = 200, body = MemberBody)),
)]
pub(crate) async fn edit(
    member: Member<access::PeopleWrite>,
    State(state): State<ApiState>,
    Path((_, user)): Path<(String, String)>,
    Body(request): Body<EditMember>,
) -> Result<Json<MemberBody>, Refusal> {
    let user = user_id(&user)?;
    let edit = EditMembership { role: request.role, apps: request.apps };
    state.people.edit_member(member.caller.cause(), &member.team, user, edit).await?;
    Ok(Json(state.people.member(member.team.id, user).await?.into()))
}

/// Ends a membership. The last administrator stays.
#[utoipa::path(
    delete, path = "/api/v1/teams/{team}/members/{user}", operation_id = "remove_member", tag = "people",
    summary = "Remove a member", params(TeamPath, ("user" = String, Path, description = "The id of the user.")),
    security(("token" = ["keyward:people.write"])), responses((status = 204)),
)]
pub(crate) async fn remove(
    member: Member<access::PeopleWrite>,
    State(state): State<ApiState>,
    Path((_, user)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    state.people.remove_member(member.caller.cause(), member.team.id, user_id(&user)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn user_id(text: &str) -> Result<UserId, Refusal> {
    text.parse().map_err(|_| Refusal::not_found("member"))
}
