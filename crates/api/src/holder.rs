//! What the holder of any token may ask: who it is, and why its own calls were refused. Never what others wrote into
//! their rules.

use axum::Json;
use axum::extract::State;
use keyward_http::Refusal;
use keyward_model::Name;
use keyward_model::app::AppId;
use keyward_model::check::Explanation;
use keyward_model::team::TeamId;
use keyward_store::{CallFilter, PageRequest};
use keyward_tokens::for_consumer;
use serde::Serialize;

use crate::ApiState;
use crate::access::Holder;
use crate::calls::read::look_up;
use crate::path::PathRequestId;
use crate::tokens::TokenBody;

/// Whose token it is.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Identity {
    /// The token.
    token: TokenBody,
    /// Its team.
    team: IdentityTeam,
    /// Its app.
    app: IdentityApp,
}

/// What a holder sees of its team.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct IdentityTeam {
    /// Its id.
    #[schema(value_type = String)]
    id: TeamId,
    /// Its name.
    name: Name,
    /// The name people read.
    title: String,
}

/// What a holder sees of its app.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct IdentityApp {
    /// Its id.
    #[schema(value_type = String)]
    id: AppId,
    /// Its name.
    name: Name,
    /// The name people read.
    title: String,
}

/// Says whose token the request came with.
#[utoipa::path(
    get, path = "/api/v1/self", operation_id = "read_self", tag = "self", summary = "Whose token this is",
    security(("token" = [])), responses((status = 200, body = Identity)),
)]
pub(crate) async fn identity(holder: Holder, State(state): State<ApiState>) -> Result<Json<Identity>, Refusal> {
    let live = &holder.live;
    let stored =
        state.store.token(live.team_id(), live.token.id()).await?.ok_or_else(|| Refusal::not_found("token"))?;
    let (team, app) = (live.team(), live.app());
    Ok(Json(Identity {
        token: TokenBody::new(stored.token, state.clock.now()),
        team: IdentityTeam { id: team.id, name: team.name.clone(), title: team.spec.title.clone() },
        app: IdentityApp { id: app.id, name: app.name.clone(), title: app.spec.title.clone() },
    }))
}

/// Explains the latest refusal of a call with this token.
#[utoipa::path(
    get, path = "/api/v1/self/refusals/latest", operation_id = "explain_latest_refusal", tag = "self",
    summary = "Why the latest call was refused", security(("token" = [])),
    responses((status = 200, body = Explanation)),
)]
pub(crate) async fn latest_refusal(
    holder: Holder,
    State(state): State<ApiState>,
) -> Result<Json<Explanation>, Refusal> {
    state.log.flush().await;
    // Of all teams: the call may have gone to an api of another team, in whose records it stands.
    let own = CallFilter { token: Some(holder.live.token.id()), allowed: Some(false), ..CallFilter::default() };
    let latest = PageRequest { after: None, limit: 1 };
    let record = state.calls.calls_of_all_teams(&own, &latest).await?.items.pop();
    let record = record.ok_or_else(|| Refusal::not_found("refusal"))?;
    let explanation = state.explainer.explain_call(&record).await.map_err(Refusal::failure)?;
    Ok(Json(for_consumer(explanation)))
}

/// Explains a call that was made with this token.
#[utoipa::path(
    get, path = "/api/v1/self/calls/{request_id}/explanation", operation_id = "explain_own_call", tag = "self",
    summary = "Why a call went as it did", security(("token" = [])),
    params(("request_id" = String, Path, description = "The id of the request, as on its answer.")),
    responses((status = 200, body = Explanation)),
)]
pub(crate) async fn call_explanation(
    holder: Holder,
    State(state): State<ApiState>,
    PathRequestId(request_id): PathRequestId,
) -> Result<Json<Explanation>, Refusal> {
    let own = holder.live.token.id();
    let record = look_up(&state, request_id).await?.filter(|record| record.token == Some(own));
    let record = record.ok_or_else(|| Refusal::not_found("call"))?;
    let explanation = state.explainer.explain_call(&record).await.map_err(Refusal::failure)?;
    Ok(Json(for_consumer(explanation)))
}
