//! `Idempotency-Key`: what a request came to is remembered under its key, without any secret.

use http::Method;
use keyward_http::{Caller, RawBody, Refusal, Who};
use keyward_model::Code;
use keyward_model::integrity::Mac;
use keyward_model::team::TeamId;
use keyward_model::token::TokenId;
use keyward_store::{Remembered, StoreError};
use keyward_tokens::IdempotencyKey;

use crate::ApiState;

/// The key of a request, which is its caller's own, with a fingerprint of all it says. The fingerprint is keyed, so that
/// it gives nothing away of a secret in the body.
pub(crate) fn key(
    state: &ApiState,
    caller: &Caller,
    key: keyward_http::IdempotencyKey,
    (method, path): (&Method, &str),
    body: &RawBody,
) -> Option<IdempotencyKey> {
    let key = key.0?;
    let digest = state.vault.mac(&[b"keyward request 1", method.as_str().as_bytes(), path.as_bytes(), body.bytes()]);
    // Another caller's answer may show what this one must not see.
    let key = match &caller.who {
        Who::Token(live) => format!("token {} {key}", live.token.id()),
        Who::Person(person) => format!("user {} {key}", person.user.id),
    };
    Some(IdempotencyKey { key, fingerprint: digest.iter().map(|byte| format!("{byte:02x}")).collect() })
}

/// The tokens that the same request made before; nothing when it is the first.
pub(crate) async fn made_before(
    state: &ApiState,
    team: TeamId,
    key: &IdempotencyKey,
) -> Result<Option<Vec<TokenId>>, Refusal> {
    let Some(remembered) = state.store.remembered(team, &key.key).await? else { return Ok(None) };
    if remembered.fingerprint != key.fingerprint {
        let detail = "This idempotency key came with another request before. Use a fresh key for each request.";
        return Err(Refusal::new(Code::IdempotencyConflict, detail));
    }
    Ok(Some(remembered.body.split(' ').filter_map(|id| id.parse().ok()).collect()))
}

/// Remembers what a request made. A crash before this only means that a repetition is refused as already done.
pub(crate) async fn remember(
    state: &ApiState,
    caller: &Caller,
    team: TeamId,
    key: &IdempotencyKey,
    made: &[TokenId],
) -> Result<(), StoreError> {
    let body = made.iter().map(TokenId::as_str).collect::<Vec<_>>().join(" ");
    let mut tx = state.store.begin(caller.cause()).await?;
    tx.remember(team, &key.key, &Remembered { fingerprint: key.fingerprint.clone(), status: 201, body }).await?;
    tx.commit().await.map(|_| ())
}
