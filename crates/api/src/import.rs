//! `POST /teams/{team}/apis/import`: an api out of an OpenAPI document.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use keyward_http::{Body, Preconditions, Refusal};
use keyward_model::api::{Access, ApiSpec, BasePath, Bounds, Capture, Lifecycle, VersionIn};
use keyward_model::limits::Limits;
use keyward_model::openapi::{self, Import, ImportOptions, ImportWarning};
use keyward_model::{Name, Record};
use serde::{Deserialize, Serialize};

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::{ConditionHeaders, OverrideHeader, TeamPath};
use crate::resources::{Circumstances, Override, Session, put_in};

/// What is to be imported.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportApi {
    /// The name of the api with its version; `<api>.<version>` when absent.
    #[serde(default)]
    name: Option<Name>,
    /// The api that this is a version of.
    api: Name,
    /// Which version it is.
    version: Name,
    /// How a caller names the version.
    #[serde(default)]
    version_in: Option<VersionIn>,
    /// What its paths begin with.
    base_path: BasePath,
    /// Where its calls go.
    upstream: Name,
    /// The OpenAPI document, 3.0 or 3.1.
    #[schema(value_type = Object)]
    document: serde_json::Value,
    /// Only says what would come of it.
    #[serde(default)]
    dry_run: bool,
}

/// What came of an import.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ImportedApi {
    /// The name of the api.
    name: Name,
    /// Whether nothing was written because only the outcome was asked for.
    dry_run: bool,
    /// The api as it is now; none in a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    api: Option<Record<ApiSpec>>,
    /// What the document makes of it.
    spec: ApiSpec,
    /// What was left out of the document, or read otherwise than written.
    warnings: Vec<ImportWarning>,
}

/// Makes an api of an OpenAPI document, or brings one up to date with it: routes, scopes, title and description come
/// from the document, all else stays.
#[utoipa::path(
    post, path = "/api/v1/teams/{team}/apis/import", operation_id = "import_api", tag = "apis",
    summary = "Import an OpenAPI document", params(TeamPath, ConditionHeaders, OverrideHeader),
    request_body = ImportApi, security(("token" = ["keyward:apis.write"])),
    responses((status = 200, body = ImportedApi), (status = 201, body = ImportedApi)),
)]
pub(crate) async fn import(
    member: Member<access::ApisWrite>,
    State(state): State<ApiState>,
    preconditions: Preconditions,
    overriding: Override,
    Body(request): Body<ImportApi>,
) -> Result<Response, Refusal> {
    let options = ImportOptions { scope_resource: request.api.clone() };
    let imported = openapi::import(&request.document, &options)
        .map_err(|errors| Refusal::fields(errors.into_iter().map(|error| error.within("document")).collect()))?;
    let name = name_of(&request)?;
    let (caller, dry_run) = (&member.caller, request.dry_run);
    let mut session = Session::begin(&state, caller.cause(), member.team.id).await?;
    let existing = session.before.find::<ApiSpec>(&name).map(|api| &api.spec);
    let (spec, warnings) = spec_of(request, imported, existing);
    if dry_run {
        session.put(&name, spec.clone(), None);
        session.findings(caller.scopes()).await?.refuse_for::<ApiSpec>(&name)?;
        return Ok(Json(ImportedApi { name, dry_run, api: None, spec, warnings }).into_response());
    }
    let circumstances = Circumstances { preconditions, overriding };
    let settled = put_in(session, caller, &name, &circumstances, spec.clone(), None).await?;
    Ok(settled.map(|api| ImportedApi { name, dry_run, api: Some(api), spec, warnings }).into_response())
}

fn name_of(request: &ImportApi) -> Result<Name, Refusal> {
    if let Some(name) = &request.name {
        return Ok(name.clone());
    }
    format!("{}.{}", request.api, request.version).parse().map_err(|error: keyward_model::name::NameError| {
        Refusal::field("name", "cannot be made of `api` and `version`", format!("give a name: {error}"))
    })
}

/// What the document says replaces what was there; what it says nothing of stays.
fn spec_of(request: ImportApi, imported: Import, existing: Option<&ApiSpec>) -> (ApiSpec, Vec<ImportWarning>) {
    let kept = existing.cloned();
    let spec = ApiSpec {
        title: imported.title,
        description: imported.description,
        api: request.api,
        version: request.version,
        version_in: request.version_in.or(kept.as_ref().map(|api| api.version_in)).unwrap_or_default(),
        base_path: request.base_path,
        keep_base_path: kept.as_ref().is_some_and(|api| api.keep_base_path),
        upstream: request.upstream,
        access: kept.as_ref().map_or(Access::default(), |api| api.access),
        lifecycle: kept.as_ref().map_or(Lifecycle::default(), |api| api.lifecycle),
        token_parameter: kept.as_ref().and_then(|api| api.token_parameter.clone()),
        scopes: imported.scopes,
        routes: imported.routes,
        websocket: kept.as_ref().is_some_and(|api| api.websocket),
        cors: kept.as_ref().and_then(|api| api.cors.clone()),
        bounds: kept.as_ref().map_or(Bounds::default(), |api| api.bounds.clone()),
        capture: kept.as_ref().map_or(Capture::default(), |api| api.capture.clone()),
        limits: kept.map_or(Limits::default(), |api| api.limits),
        openapi: Some(request.document),
    };
    (spec, imported.warnings)
}
