//! Entering and replacing secrets. Their values come in here and never go out.

use axum::extract::State;
use keyward_http::{Body, Preconditions, Refusal};
use keyward_model::Record;
use keyward_model::secret::{Hidden, SecretReference, SecretSpec};
use serde::{Deserialize, Deserializer};

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::{ConditionHeaders, NamePath, NewName, OverrideHeader, PathName};
use crate::resources::{Circumstances, Override, Session, put_in};
use crate::settled::Settled;

/// A secret with its value.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PutSecret {
    /// What it is for.
    #[serde(default)]
    description: String,
    /// Where its value comes from when a file is applied.
    #[serde(default)]
    value_from: Option<SecretReference>,
    /// The value; the one it has is kept when absent. It cannot be read back.
    #[serde(default)]
    value: Option<Hidden>,
}

/// What changes of a secret.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PatchSecret {
    /// What it is for; null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
    /// Where its value comes from when a file is applied; null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<SecretReference>)]
    value_from: Option<Option<SecretReference>>,
    /// The new value.
    #[serde(default)]
    value: Option<Hidden>,
}

/// Tells a field that is null from one that is absent.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Enters or replaces a secret. Its value is sealed, and never read back.
#[utoipa::path(
    put, path = "/api/v1/teams/{team}/secrets/{name}", operation_id = "put_secret", tag = "secrets",
    summary = "Enter or replace a secret", params(NamePath, ConditionHeaders, OverrideHeader),
    request_body = PutSecret, security(("token" = ["keyward:secrets.write"])),
    responses(
        (status = 200, body = Record<SecretSpec>, description = "It was replaced, or is as asked already."),
        (status = 201, body = Record<SecretSpec>, description = "It was created."),
    ),
)]
pub(crate) async fn put(
    member: Member<access::SecretsWrite>,
    State(state): State<ApiState>,
    NewName(name): NewName,
    preconditions: Preconditions,
    overriding: Override,
    Body(body): Body<PutSecret>,
) -> Result<Settled<Record<SecretSpec>>, Refusal> {
    let circumstances = Circumstances { preconditions, overriding };
    let spec = SecretSpec { description: body.description, value_from: body.value_from };
    let session = Session::begin(&state, member.caller.cause(), member.team.id).await?;
    put_in(session, &member.caller, &name, &circumstances, spec, body.value).await
}

/// Changes part of a secret.
#[utoipa::path(
    patch, path = "/api/v1/teams/{team}/secrets/{name}", operation_id = "patch_secret", tag = "secrets",
    summary = "Change part of a secret", params(NamePath, ConditionHeaders, OverrideHeader),
    request_body(content = PatchSecret, content_type = "application/merge-patch+json"),
    security(("token" = ["keyward:secrets.write"])),
    responses((status = 200, body = Record<SecretSpec>)),
)]
pub(crate) async fn patch(
    member: Member<access::SecretsWrite>,
    State(state): State<ApiState>,
    PathName(name): PathName,
    preconditions: Preconditions,
    overriding: Override,
    Body(body): Body<PatchSecret>,
) -> Result<Settled<Record<SecretSpec>>, Refusal> {
    let circumstances = Circumstances { preconditions, overriding };
    let session = Session::begin(&state, member.caller.cause(), member.team.id).await?;
    let mut spec = match session.before.find::<SecretSpec>(&name) {
        Some(existing) => existing.spec.clone(),
        None => return Err(Refusal::not_found("secret")),
    };
    if let Some(description) = body.description {
        spec.description = description.unwrap_or_default();
    }
    if let Some(value_from) = body.value_from {
        spec.value_from = value_from;
    }
    put_in(session, &member.caller, &name, &circumstances, spec, body.value).await
}
