//! `/account`: what people see and change of themselves.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use keyward_http::{Body, Listing, Refusal};
use keyward_identity::{Account, Passkey};
use keyward_model::Timestamp;
use keyward_model::secret::Hidden;
use keyward_model::user::User;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::factors::ChallengeBody;
use super::shown::Insider;
use super::{Authenticated, ShownOnce};
use crate::ApiState;

/// What can be changed by hand.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditAccount {
    /// What people call you.
    name: String,
}

/// A new password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePassword {
    /// The one there is, where there is one.
    current: Option<Hidden>,
    /// The new one; at least 12 characters.
    new: Hidden,
}

/// What an authenticator app needs. In this answer and nowhere else.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct NewTotpBody {
    /// To be typed.
    #[schema(value_type = String)]
    secret: ShownOnce,
    /// To be drawn as a picture.
    #[schema(value_type = String)]
    uri: ShownOnce,
}

/// The code an app shows.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmTotp {
    /// Six digits.
    code: Hidden,
}

/// Recovery codes. In this answer and nowhere else.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RecoveryCodesBody {
    /// Each is good once; none where there were some already.
    #[schema(value_type = Vec<String>)]
    recovery_codes: Vec<ShownOnce>,
}

/// A passkey that a browser has made.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddPasskey {
    /// Which challenge it answers.
    challenge_id: String,
    /// What to call it: where it is kept.
    name: String,
    /// The credential, in JSON (WebAuthn level 3, section 5.1.7).
    #[schema(value_type = Object)]
    credential: Value,
}

/// A browser in which somebody is signed in.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct DeviceBody {
    /// Its id.
    id: Uuid,
    /// Since when.
    created_at: Timestamp,
    /// When it was last used, to about a minute.
    seen_at: Timestamp,
    /// When it is over.
    expires_at: Timestamp,
    /// From which address it began.
    address: String,
    /// With which program.
    agent: Option<String>,
    /// Whether it is the one that asks.
    current: bool,
}

fn codes(codes: Vec<Zeroizing<String>>) -> RecoveryCodesBody {
    RecoveryCodesBody { recovery_codes: codes.into_iter().map(ShownOnce).collect() }
}

fn shown(hidden: &Hidden) -> ShownOnce {
    ShownOnce(Zeroizing::new(hidden.expose_str().unwrap_or_default().to_owned()))
}

/// Shows who you are and what you sign in with.
#[utoipa::path(
    get, path = "/api/v1/account", operation_id = "read_account", tag = "account", summary = "Read your account",
    security(("session" = [])), responses((status = 200, body = Account)),
)]
pub(crate) async fn read(insider: Insider, State(state): State<ApiState>) -> Result<Json<Account>, Refusal> {
    Ok(Json(state.people.account(&insider.person).await?))
}

/// Changes your name.
#[utoipa::path(
    patch, path = "/api/v1/account", operation_id = "edit_account", tag = "account", summary = "Change your name",
    request_body = EditAccount, security(("session" = [])), responses((status = 200, body = User)),
)]
pub(crate) async fn edit(
    insider: Insider,
    State(state): State<ApiState>,
    Body(request): Body<EditAccount>,
) -> Result<Json<User>, Refusal> {
    Ok(Json(state.people.rename(&insider.person, &insider.guest.visitor, &request.name).await?))
}

/// Changes your password, and ends your other sessions.
#[utoipa::path(
    put, path = "/api/v1/account/password", operation_id = "change_password", tag = "account",
    summary = "Change your password", request_body = ChangePassword, security(("session" = [])),
    responses((status = 204)),
)]
pub(crate) async fn password(
    insider: Insider,
    State(state): State<ApiState>,
    Body(request): Body<ChangePassword>,
) -> Result<StatusCode, Refusal> {
    let Insider { guest, person } = insider.sure(&state)?;
    state.people.change_password(&person, &guest.visitor, request.current, request.new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Begins adding an authenticator app; it counts once a code of it was confirmed.
#[utoipa::path(
    post, path = "/api/v1/account/totp", operation_id = "add_totp", tag = "account",
    summary = "Begin adding an authenticator app", security(("session" = [])),
    responses((status = 200, body = NewTotpBody)),
)]
pub(crate) async fn add_totp(insider: Insider, State(state): State<ApiState>) -> Result<Json<NewTotpBody>, Refusal> {
    let Insider { guest, person } = insider.sure(&state)?;
    let made = state.people.new_totp(&person, &guest.visitor).await?;
    Ok(Json(NewTotpBody { secret: shown(&made.secret), uri: shown(&made.uri) }))
}

/// Ends adding an authenticator app, and hands out recovery codes where there are none. The app is proved by that, and
/// the session has another cookie afterwards.
#[utoipa::path(
    post, path = "/api/v1/account/totp/confirm", operation_id = "confirm_totp", tag = "account",
    summary = "Confirm an authenticator app", request_body = ConfirmTotp, security(("session" = [])),
    responses((status = 200, body = RecoveryCodesBody)),
)]
pub(crate) async fn confirm_totp(
    insider: Insider,
    State(state): State<ApiState>,
    Body(request): Body<ConfirmTotp>,
) -> Result<Authenticated<RecoveryCodesBody>, Refusal> {
    let code = request.code.expose_str().unwrap_or_default();
    let (made, renewed) = state.people.confirm_totp(&insider.person, &insider.guest.visitor, code).await?;
    Ok(Authenticated::new(&renewed, codes(made)))
}

/// Removes the authenticator app.
#[utoipa::path(
    delete, path = "/api/v1/account/totp", operation_id = "remove_totp", tag = "account",
    summary = "Remove the authenticator app", security(("session" = [])), responses((status = 204)),
)]
pub(crate) async fn remove_totp(insider: Insider, State(state): State<ApiState>) -> Result<StatusCode, Refusal> {
    let Insider { guest, person } = insider.sure(&state)?;
    state.people.remove_totp(&person, &guest.visitor).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Begins adding a passkey.
#[utoipa::path(
    post, path = "/api/v1/account/passkeys/challenge", operation_id = "challenge_new_passkey", tag = "account",
    summary = "Begin adding a passkey", security(("session" = [])), responses((status = 200, body = ChallengeBody)),
)]
pub(crate) async fn new_passkey(
    insider: Insider,
    State(state): State<ApiState>,
) -> Result<Json<ChallengeBody>, Refusal> {
    let Insider { person, .. } = insider.sure(&state)?;
    Ok(Json(state.people.new_passkey_challenge(&person).await?.into()))
}

/// Adds a passkey. It is proved by that, and the session has another cookie afterwards.
#[utoipa::path(
    post, path = "/api/v1/account/passkeys", operation_id = "add_passkey", tag = "account",
    summary = "Add a passkey", request_body = AddPasskey, security(("session" = [])),
    responses((status = 201, body = Passkey)),
)]
pub(crate) async fn add_passkey(
    insider: Insider,
    State(state): State<ApiState>,
    Body(request): Body<AddPasskey>,
) -> Result<(StatusCode, Authenticated<Passkey>), Refusal> {
    let Insider { guest, person } = insider.sure(&state)?;
    let AddPasskey { challenge_id, name, credential } = request;
    let (added, renewed) = state.people.add_passkey(&person, &guest.visitor, &challenge_id, &name, credential).await?;
    Ok((StatusCode::CREATED, Authenticated::new(&renewed, Passkey::from(added))))
}

/// Removes a passkey. The last way to sign in stays.
#[utoipa::path(
    delete, path = "/api/v1/account/passkeys/{id}", operation_id = "remove_passkey", tag = "account",
    summary = "Remove a passkey", params(("id" = String, Path, description = "The id of the passkey.")),
    security(("session" = [])), responses((status = 204)),
)]
pub(crate) async fn remove_passkey(
    insider: Insider,
    State(state): State<ApiState>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    let Insider { guest, person } = insider.sure(&state)?;
    state.people.remove_passkey(&person, &guest.visitor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes new recovery codes; those before work no longer.
#[utoipa::path(
    post, path = "/api/v1/account/recovery-codes", operation_id = "renew_recovery_codes", tag = "account",
    summary = "Make new recovery codes", security(("session" = [])),
    responses((status = 200, body = RecoveryCodesBody)),
)]
pub(crate) async fn recovery_codes(
    insider: Insider,
    State(state): State<ApiState>,
) -> Result<Json<RecoveryCodesBody>, Refusal> {
    let Insider { guest, person } = insider.sure(&state)?;
    Ok(Json(codes(state.people.new_recovery_codes(&person, &guest.visitor).await?)))
}

/// Lists the browsers in which you are signed in.
#[utoipa::path(
    get, path = "/api/v1/account/sessions", operation_id = "list_sessions", tag = "account",
    summary = "List your sessions", security(("session" = [])), responses((status = 200, body = Listing<DeviceBody>)),
)]
pub(crate) async fn sessions(
    insider: Insider,
    State(state): State<ApiState>,
) -> Result<Json<Listing<DeviceBody>>, Refusal> {
    let person = &insider.person;
    let sessions = state.people.sessions(person).await?;
    let items = sessions.into_iter().map(|session| DeviceBody {
        id: session.id,
        created_at: session.created_at,
        seen_at: session.seen_at,
        expires_at: session.expires_at,
        address: session.address.to_string(),
        agent: session.agent,
        current: session.id == person.session.id,
    });
    Ok(Json(Listing { items: items.collect(), next: None }))
}

/// Ends one of your sessions.
#[utoipa::path(
    delete, path = "/api/v1/account/sessions/{id}", operation_id = "end_session", tag = "account",
    summary = "End a session", params(("id" = Uuid, Path, description = "The id of the session.")),
    security(("session" = [])), responses((status = 204)),
)]
pub(crate) async fn end_session(
    insider: Insider,
    State(state): State<ApiState>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    let id = id.parse().map_err(|_| Refusal::not_found("session"))?;
    state.people.end_session(&insider.person, &insider.guest.visitor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all of your sessions but this one.
#[utoipa::path(
    delete, path = "/api/v1/account/sessions", operation_id = "end_other_sessions", tag = "account",
    summary = "Sign out everywhere else", security(("session" = [])), responses((status = 204)),
)]
pub(crate) async fn end_other_sessions(insider: Insider, State(state): State<ApiState>) -> Result<StatusCode, Refusal> {
    state.people.end_other_sessions(&insider.person, &insider.guest.visitor).await?;
    Ok(StatusCode::NO_CONTENT)
}
