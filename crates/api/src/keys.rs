//! The key ring: which versions there are, and making the next. Never a key.

use axum::Json;
use axum::extract::State;
use keyward_http::{Body, Listing, Refusal};
use keyward_model::change::KeyPurpose;
use keyward_tokens::KeySummary;
use serde::{Deserialize, Serialize};

use crate::ApiState;
use crate::access::Operator;
use crate::settled::Settled;

/// Which key.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateKey {
    /// What the key is for.
    purpose: KeyPurpose,
}

/// What a rotation came to.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RotatedKey {
    /// The new version.
    key: KeySummary,
    /// Secrets, and credentials of people, that were sealed anew with it.
    resealed: u64,
}

/// Lists the versions of every key.
#[utoipa::path(
    get, path = "/api/v1/keys", operation_id = "list_keys", tag = "installation",
    summary = "List versions of keys", security(("token" = ["keyward:operator"])),
    responses((status = 200, body = Listing<KeySummary>)),
)]
pub(crate) async fn list(_operator: Operator, State(state): State<ApiState>) -> Json<Listing<KeySummary>> {
    Json(Listing { items: state.keys.list(), next: None })
}

/// Makes the next version of a key and takes it into use. Tokens hashed and secrets sealed with older versions stay
/// good: tokens are hashed anew when next used, secrets and what people sign in with are sealed anew at once.
#[utoipa::path(
    post, path = "/api/v1/keys/rotate", operation_id = "rotate_key", tag = "installation",
    summary = "Rotate a key", request_body = RotateKey, security(("token" = ["keyward:operator"])),
    responses((status = 200, body = RotatedKey)),
)]
pub(crate) async fn rotate(
    operator: Operator,
    State(state): State<ApiState>,
    Body(request): Body<RotateKey>,
) -> Result<Settled<RotatedKey>, Refusal> {
    let rotated = state.keys.rotate(operator.caller.cause(), request.purpose).await;
    let (key, revision) = rotated.map_err(Refusal::failure)?;
    // Whoever follows needs the new key before it meets what is sealed with it.
    state.settle(revision).await;
    let resealed = match request.purpose {
        KeyPurpose::Seal => state.keys.reseal_secrets().await? + state.people.reseal().await?,
        KeyPurpose::Pepper | KeyPurpose::Integrity => 0,
    };
    Ok(Settled::wait(&state, revision, RotatedKey { key, resealed: resealed as u64 }).await)
}
