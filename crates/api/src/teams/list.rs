//! `GET /teams`

use axum::Json;
use axum::extract::State;
use keyward_http::{Listing, PageParams, Params, Refusal};
use keyward_model::Record;
use keyward_model::team::TeamSpec;

use crate::ApiState;
use crate::access::Operator;

/// Lists the teams of the installation by name.
#[utoipa::path(
    get, path = "/api/v1/teams", operation_id = "list_teams", tag = "teams",
    summary = "List teams", params(PageParams), security(("token" = ["keyward:operator"])),
    responses((status = 200, body = Listing<Record<TeamSpec>>)),
)]
pub(crate) async fn list(
    _operator: Operator,
    State(state): State<ApiState>,
    Params(page): Params<PageParams>,
) -> Result<Json<Listing<Record<TeamSpec>>>, Refusal> {
    Ok(Json(state.store.teams_of_installation(&page.request()?).await?.into()))
}
