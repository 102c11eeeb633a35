//! `/session/second-factor` and `/session/passkey`: proving more than a password, to come in or once more.

use axum::Json;
use axum::extract::State;
use keyward_http::{Body, Guest, Refusal};
use keyward_identity::Challenge;
use keyward_model::secret::Hidden;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Authenticated;
use super::session::SessionBody;
use super::shown::Arriving;
use crate::ApiState;

/// A proof: one of the three.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Proof {
    /// The six digits of an authenticator app.
    code: Option<Hidden>,
    /// A recovery code, used up by this.
    recovery_code: Option<Hidden>,
    /// The password, of somebody who has no second factor.
    password: Option<Hidden>,
}

/// What a browser has to answer.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ChallengeBody {
    /// What the answer has to come with.
    challenge_id: String,
    /// Options for `navigator.credentials`, in JSON (WebAuthn level 3, section 5.1.8).
    #[schema(value_type = Object)]
    public_key: Value,
}

/// What a browser answers.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeyProof {
    /// Which challenge it answers.
    challenge_id: String,
    /// The credential, in JSON (WebAuthn level 3, section 5.1.7).
    #[schema(value_type = Object)]
    credential: Value,
}

impl From<Challenge> for ChallengeBody {
    fn from(Challenge { challenge_id, public_key }: Challenge) -> Self {
        Self { challenge_id, public_key }
    }
}

/// Proves a second factor: to end signing in, or once more before something that guards others. The session has
/// another cookie afterwards.
#[utoipa::path(
    post, path = "/api/v1/session/second-factor", operation_id = "prove_second_factor", tag = "session",
    summary = "Prove a second factor", request_body = Proof, security(("session" = [])),
    responses((status = 200, body = SessionBody)),
)]
pub(crate) async fn prove(
    arriving: Arriving,
    State(state): State<ApiState>,
    Body(proof): Body<Proof>,
) -> Result<Authenticated<SessionBody>, Refusal> {
    let Arriving { guest, person } = &arriving;
    let people = &state.people;
    let proved = match (&proof.code, &proof.recovery_code, proof.password) {
        (Some(code), None, None) => people.prove_totp(person, &guest.visitor, text(code)).await?,
        (None, Some(code), None) => people.prove_recovery_code(person, &guest.visitor, text(code)).await?,
        (None, None, Some(password)) => people.prove_password(person, &guest.visitor, password).await?,
        _ => {
            return Err(Refusal::field("code", "does not stand alone", "send one of code, recovery_code and password"));
        }
    };
    SessionBody::begun(&state, guest, proved).await
}

/// Begins proving a passkey.
#[utoipa::path(
    post, path = "/api/v1/session/passkey/challenge", operation_id = "challenge_passkey", tag = "session",
    summary = "Begin proving a passkey", security(()), responses((status = 200, body = ChallengeBody)),
)]
pub(crate) async fn challenge(_guest: Guest, State(state): State<ApiState>) -> Result<Json<ChallengeBody>, Refusal> {
    Ok(Json(state.people.passkey_challenge()?.into()))
}

/// Signs somebody in by passkey, or takes it as the second factor of somebody who is signed in.
#[utoipa::path(
    post, path = "/api/v1/session/passkey", operation_id = "prove_passkey", tag = "session",
    summary = "Prove a passkey", request_body = PasskeyProof, security(()),
    responses((status = 200, body = SessionBody)),
)]
pub(crate) async fn passkey(
    guest: Guest,
    State(state): State<ApiState>,
    Body(proof): Body<PasskeyProof>,
) -> Result<Authenticated<SessionBody>, Refusal> {
    let PasskeyProof { challenge_id, credential } = proof;
    let (people, visitor) = (&state.people, &guest.visitor);
    let proved = match &guest.person {
        Some(person) => people.prove_passkey(person, visitor, &challenge_id, credential).await?,
        None => people.sign_in_by_passkey(visitor, &challenge_id, credential).await?,
    };
    SessionBody::begun(&state, &guest, proved).await
}

fn text(code: &Hidden) -> &str {
    code.expose_str().unwrap_or_default()
}
