//! `GET /teams/{team}/export`: a file that `apply` accepts and that changes nothing.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use keyward_http::{Params, Refusal};
use keyward_model::Name;
use keyward_model::manifest::{Manifest, ManifestVersion};
use keyward_model::team::Team;
use keyward_store::StoreError;
use serde::Deserialize;

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::TeamPath;
use crate::resources::Held;

/// Which resources.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportParams {
    /// Only what this source owns; everything when absent.
    source: Option<Name>,
}

/// Writes the team's resources as a file. Secrets stand in it without their values.
#[utoipa::path(
    get, path = "/api/v1/teams/{team}/export", operation_id = "export", tag = "apply",
    summary = "Export declared resources", params(TeamPath, ExportParams), security(("token" = ["keyward:apply"])),
    responses((status = 200, body = Manifest)),
)]
pub(crate) async fn export(
    member: Member<access::Apply>,
    State(state): State<ApiState>,
    Params(params): Params<ExportParams>,
) -> Result<Json<Manifest>, Refusal> {
    let (team, source) = (&*member.team, params.source.as_ref());
    // The settings as stored: the team in memory may be a moment behind.
    let settings = state.store.team_by_id(team.id).await?.ok_or_else(|| Refusal::not_found("team"))?;
    let included = source.is_none() || settings.source.as_ref() == source;
    Ok(Json(Manifest {
        version: ManifestVersion,
        source: source.unwrap_or(&team.name).clone(),
        team: Some(team.name.clone()),
        settings: included.then_some(settings.spec),
        apps: all(&state, team, source).await?,
        secrets: all(&state, team, source).await?,
        connections: all(&state, team, source).await?,
        upstreams: all(&state, team, source).await?,
        apis: all(&state, team, source).await?,
        subscriptions: all(&state, team, source).await?,
        policies: all(&state, team, source).await?,
    }))
}

async fn all<T: Held>(state: &ApiState, team: &Team, source: Option<&Name>) -> Result<BTreeMap<Name, T>, StoreError> {
    let records = state.store.all_resources::<T>(team.id).await?;
    let wanted = records.into_iter().filter(|record| source.is_none() || record.source.as_ref() == source);
    Ok(wanted.map(|record| (record.name, record.spec)).collect())
}
