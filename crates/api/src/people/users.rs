//! `/users`: everybody, for whoever runs the installation; and setting another password by a link.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use keyward_http::{Body, Guest, Listing, PageParams, Params, Refusal};
use keyward_identity::EditUser as Edit;
use keyward_model::secret::Hidden;
use keyward_model::user::{User, UserId};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::ShownOnce;
use crate::ApiState;
use crate::access::Operator;

/// What to change; what is left out stays.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditUser {
    /// Whether they run the installation.
    operator: Option<bool>,
    /// Whether they cannot sign in; they are signed out everywhere by that.
    suspended: Option<bool>,
}

/// How to reset.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MakeResetLink {
    /// Whether the link takes their second factors away, too: for somebody who has lost them.
    #[serde(default)]
    remove_second_factors: bool,
}

/// A link by which somebody sets another password. It is in this answer and nowhere else.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ResetLinkBody {
    /// To be given to whom it is for; good once, for a day.
    #[schema(value_type = String)]
    link: ShownOnce,
}

/// Another password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reset {
    /// What stands behind `#` in the link.
    code: Hidden,
    /// The password; at least 12 characters.
    password: Hidden,
}

/// Lists all users, by address.
#[utoipa::path(
    get, path = "/api/v1/users", operation_id = "list_users", tag = "installation", summary = "List users",
    params(PageParams), security(("token" = ["keyward:operator"])), responses((status = 200, body = Listing<User>)),
)]
pub(crate) async fn list(
    _operator: Operator,
    State(state): State<ApiState>,
    Params(page): Params<PageParams>,
) -> Result<Json<Listing<User>>, Refusal> {
    Ok(Json(state.people.users(&page.request()?).await?.into()))
}

/// Makes a user an operator or no longer one, suspends them, or lets them in again. The last operator stays one.
#[utoipa::path(
    patch, path = "/api/v1/users/{user}", operation_id = "edit_user", tag = "installation",
    summary = "Change a user", params(("user" = String, Path, description = "The id of the user.")),
    request_body = EditUser, security(("token" = ["keyward:operator"])), responses((status = 200, body = User)),
)]
pub(crate) async fn edit(
    operator: Operator,
    State(state): State<ApiState>,
    Path(user): Path<String>,
    Body(request): Body<EditUser>,
) -> Result<Json<User>, Refusal> {
    let edit = Edit { operator: request.operator, suspended: request.suspended };
    Ok(Json(state.people.edit_user(operator.caller.cause(), user_id(&user)?, edit).await?))
}

/// Makes a link by which a user sets another password.
#[utoipa::path(
    post, path = "/api/v1/users/{user}/reset", operation_id = "make_reset_link", tag = "installation",
    summary = "Make a link to reset a password", params(("user" = String, Path, description = "The id of the user.")),
    request_body = MakeResetLink, security(("token" = ["keyward:operator"])),
    responses((status = 201, body = ResetLinkBody)),
)]
pub(crate) async fn make_link(
    operator: Operator,
    State(state): State<ApiState>,
    Path(user): Path<String>,
    Body(request): Body<MakeResetLink>,
) -> Result<(StatusCode, Json<ResetLinkBody>), Refusal> {
    let cause = operator.caller.cause();
    let code = state.people.reset_code(cause, user_id(&user)?, request.remove_second_factors).await?;
    let link = Zeroizing::new(format!("{}/reset#{}", state.public_url, code.expose()));
    Ok((StatusCode::CREATED, Json(ResetLinkBody { link: ShownOnce(link) })))
}

/// Sets another password by a link. Whoever has it signs in then, with their second factor where they have one.
#[utoipa::path(
    post, path = "/api/v1/session/reset", operation_id = "reset_password", tag = "session",
    summary = "Set another password by a link", request_body = Reset, security(()), responses((status = 204)),
)]
pub(crate) async fn reset(
    guest: Guest,
    State(state): State<ApiState>,
    Body(request): Body<Reset>,
) -> Result<StatusCode, Refusal> {
    let code = request.code.expose_str().unwrap_or_default();
    state.people.reset(&guest.visitor, code, request.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn user_id(text: &str) -> Result<UserId, Refusal> {
    text.parse().map_err(|_| Refusal::not_found("user"))
}
