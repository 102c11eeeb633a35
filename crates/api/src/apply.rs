//! `POST /teams/{team}/apply`: makes a team look like a file, all or nothing.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use keyward_http::{Body, Refusal};
use keyward_model::manifest::Manifest;
use keyward_model::resource::Kind;
use keyward_model::secret::Hidden;
use keyward_model::{FieldError, Name};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::TeamPath;
use crate::resources::{Session, rights};
use crate::settled::Settled;

mod difference;
mod plan;

/// What is to be applied.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApplyBody {
    /// The file.
    manifest: Manifest,
    /// The values of its secrets, as read from where the file refers to. A secret that is there already keeps its
    /// value when none is given.
    #[serde(default)]
    secret_values: BTreeMap<Name, Hidden>,
    /// Only says what would change.
    #[serde(default)]
    dry_run: bool,
}

/// What an apply changed, or would change.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Applied {
    /// Whether nothing was written because only the difference was asked for.
    dry_run: bool,
    /// Every resource of the file, and those that its source has given up; in the order in which they change.
    changes: Vec<ChangeEntry>,
}

/// One resource of an apply.
#[derive(Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub(crate) struct ChangeEntry {
    /// Its kind.
    pub(crate) kind: Kind,
    /// Its name.
    pub(crate) name: Name,
    /// What happens to it.
    pub(crate) action: ChangeAction,
    /// Its spec before; none for a creation, and where nothing changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) before: Option<Value>,
    /// Its spec after; none for a deletion, and where nothing changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) after: Option<Value>,
    /// Whether its sealed value changes, for a secret.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) value_changes: bool,
}

/// What an apply does to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChangeAction {
    /// It is made.
    Create,
    /// It changes.
    Update,
    /// It goes: its source no longer declares it.
    Delete,
    /// It stays as it is.
    Unchanged,
}

/// Makes the team look like the file: creates and changes what it declares, and deletes what its source declared
/// before and no longer does. What other sources own, and what was made by hand and is not in the file, stays.
///
/// Besides `keyward:apply` it needs, for every kind that really changes, the scope to write that kind.
#[utoipa::path(
    post, path = "/api/v1/teams/{team}/apply", operation_id = "apply", tag = "apply",
    summary = "Apply a file of declared resources", params(TeamPath), request_body = ApplyBody,
    security(("token" = ["keyward:apply"])),
    responses((status = 200, body = Applied)),
)]
pub(crate) async fn apply(
    member: Member<access::Apply>,
    State(state): State<ApiState>,
    Body(body): Body<ApplyBody>,
) -> Result<Response, Refusal> {
    let ApplyBody { manifest, secret_values, dry_run } = body;
    check_file(&manifest, &member.team.name, &secret_values)?;
    let source = manifest.source.clone();
    let mut session = Session::begin(&state, member.caller.cause(), member.team.id).await?;
    let mut errors = plan::plan(&mut session, &manifest, secret_values).await?;
    let findings = session.findings(member.caller.scopes()).await?;
    errors.extend(findings.fields.into_iter().map(|finding| {
        let place = format!("{}.{}", finding.plural, finding.name);
        finding.error.within(&place)
    }));
    if !errors.is_empty() {
        return Err(Refusal::fields(errors));
    }
    rights::check_kinds(&session, &member.caller)?;
    if !findings.in_use.is_empty() {
        let reasons = findings.in_use.join("; ");
        return Err(Refusal::conflict(format!("The file no longer declares what is still in use: {reasons}.")));
    }
    let changes = difference::difference(&session, &manifest);
    if dry_run {
        return Ok(Json(Applied { dry_run, changes }).into_response());
    }
    let revision = match session.commit(Some(&format!("apply of {source}"))).await? {
        Some(revision) => revision,
        None => state.store.revision().await?,
    };
    Ok(Settled::wait(&state, revision, Applied { dry_run, changes }).await.into_response())
}

/// What can be said of the file without looking at the team.
fn check_file(manifest: &Manifest, team: &Name, values: &BTreeMap<Name, Hidden>) -> Result<(), Refusal> {
    let mut errors = manifest.validate();
    if let Some(named) = manifest.team.as_ref().filter(|named| *named != team) {
        let problem = format!("is `{named}`, and the request goes to team `{team}`");
        errors.push(FieldError::new("team", problem, "apply the file to its own team, or leave the field out"));
    }
    for name in values.keys().filter(|name| !manifest.secrets.contains_key(*name)) {
        let field = format!("secret_values.{name}");
        errors.push(FieldError::new(field, "belongs to no secret of the file", "declare the secret, or leave it out"));
    }
    if errors.is_empty() { Ok(()) } else { Err(Refusal::fields(errors)) }
}
