//! `/setup`: the first user, by the link that starting Keyward prints.

use axum::Json;
use axum::extract::State;
use keyward_http::{Body, Guest, Refusal};
use keyward_identity::FirstUser;
use keyward_model::secret::Hidden;
use keyward_model::user::Email;
use serde::{Deserialize, Serialize};

use super::Authenticated;
use super::session::SessionBody;
use crate::ApiState;

/// Whether the installation waits for its first user.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SetupBody {
    /// Whether it does.
    needed: bool,
    /// Whether passkeys can be used at this address.
    passkeys_possible: bool,
}

/// The first user.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetUp {
    /// The code of the setup link.
    code: Hidden,
    /// Their address.
    email: Email,
    /// What people call them.
    name: String,
    /// Their password; at least 12 characters.
    password: Hidden,
}

/// Says whether there is anybody who could sign in.
#[utoipa::path(
    get, path = "/api/v1/setup", operation_id = "read_setup", tag = "session", summary = "Whether to set up",
    security(()), responses((status = 200, body = SetupBody)),
)]
pub(crate) async fn read(State(state): State<ApiState>) -> Result<Json<SetupBody>, Refusal> {
    let passkeys_possible = state.people.has_passkeys();
    Ok(Json(SetupBody { needed: state.people.needs_setup().await?, passkeys_possible }))
}

/// Makes the first user, who runs the installation, and signs them in.
#[utoipa::path(
    post, path = "/api/v1/setup", operation_id = "set_up", tag = "session", summary = "Make the first user",
    request_body = SetUp, security(()), responses((status = 200, body = SessionBody)),
)]
pub(crate) async fn set_up(
    guest: Guest,
    State(state): State<ApiState>,
    Body(request): Body<SetUp>,
) -> Result<Authenticated<SessionBody>, Refusal> {
    let SetUp { code, email, name, password } = request;
    let code = code.expose_str().unwrap_or_default();
    let signed_in = state.people.set_up(&guest.visitor, code, FirstUser { email, name, password }).await?;
    SessionBody::begun(&state, &guest, signed_in).await
}
