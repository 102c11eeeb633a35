//! Lists resources of a kind, by name, without what may be large.

use axum::Json;
use keyward_http::{Listing, PageParams, Refusal};
use keyward_model::Record;
use keyward_model::team::Team;

use crate::ApiState;
use crate::resources::Held;

pub(crate) async fn list<T: Held>(
    state: &ApiState,
    team: &Team,
    page: PageParams,
) -> Result<Json<Listing<Record<T>>>, Refusal> {
    let mut listed = state.store.resources::<T>(team.id, &page.request()?).await?;
    listed.items.iter_mut().for_each(|record| record.spec.abridge());
    Ok(Json(listed.into()))
}
