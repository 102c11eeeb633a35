//! `GET /teams/{team}/limits`: what is used of limits right now, on this node.

use axum::Json;
use axum::extract::State;
use keyward_http::{Params, Refusal};
use keyward_model::Name;
use keyward_model::api::ApiSpec;
use keyward_model::app::AppSpec;
use keyward_model::token::TokenId;
use serde::{Deserialize, Serialize};

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::TeamPath;
use crate::state::LimitUse;
use crate::tokens::read;

/// Whose limits; the team's own when nothing is named.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LimitParams {
    /// Of this token.
    token: Option<TokenId>,
    /// Of this app, by name.
    app: Option<Name>,
    /// Of this api, by its name with the version.
    api: Option<Name>,
}

/// The limits of one subject and how much of each is used.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct LimitsBody {
    /// Whose limits: `token:…`, `app:…`, `api:…` or `team:…`.
    subject: String,
    /// The limits.
    limits: Vec<LimitUse>,
}

/// Shows the limits of a token, app, api or the team, and how much of each is used right now.
#[utoipa::path(
    get, path = "/api/v1/teams/{team}/limits", operation_id = "read_limits", tag = "limits",
    summary = "Show what is used of limits", params(TeamPath, LimitParams),
    security(("token" = ["keyward:tokens.read"])),
    responses((status = 200, body = LimitsBody)),
)]
pub(crate) async fn limits(
    member: Member<access::TokensRead>,
    State(state): State<ApiState>,
    Params(params): Params<LimitParams>,
) -> Result<Json<LimitsBody>, Refusal> {
    let team = member.team.id;
    let (subject, limits) = match (&params.token, &params.app, &params.api) {
        (None, None, None) => (format!("team:{team}"), member.team.spec.limits.clone()),
        (Some(token), None, None) => (format!("token:{token}"), read::find(&state, team, *token).await?.spec.limits),
        (None, Some(app), None) => {
            let app = state.store.resource::<AppSpec>(team, app).await?.ok_or_else(|| Refusal::not_found("app"))?;
            (format!("app:{}", app.id), app.spec.limits)
        }
        (None, None, Some(api)) => {
            let api = state.store.resource::<ApiSpec>(team, api).await?.ok_or_else(|| Refusal::not_found("api"))?;
            (format!("api:{}", api.id), api.spec.limits)
        }
        _ => return Err(Refusal::field("token", "is not the only one named", "name a token, an app or an api")),
    };
    let limits = state.limits.usage(&subject, &limits);
    Ok(Json(LimitsBody { subject, limits }))
}
