//! Reads one resource.

use keyward_http::{Refusal, Tagged};
use keyward_model::team::Team;
use keyward_model::{Name, Record};

use crate::ApiState;
use crate::resources::Held;

pub(crate) async fn read<T: Held>(state: &ApiState, team: &Team, name: &Name) -> Result<Tagged<Record<T>>, Refusal> {
    let record = state.store.resource::<T>(team.id, name).await?;
    let record = record.ok_or_else(|| Refusal::not_found(T::KIND.as_str()))?;
    Ok(Tagged { version: record.version, body: record })
}
