//! Changes part of one resource: a merge patch of its spec (RFC 7396).

use keyward_http::{Caller, Refusal};
use keyward_model::team::TeamId;
use keyward_model::{Name, Record};
use serde_json::Value;

use crate::ApiState;
use crate::resources::merge::merged;
use crate::resources::put::{Circumstances, put_in};
use crate::resources::{Held, Session};
use crate::settled::Settled;

pub(crate) async fn patch<T: Held>(
    state: &ApiState,
    caller: &Caller,
    team: TeamId,
    name: &Name,
    circumstances: Circumstances,
    patch: &Value,
) -> Result<Settled<Record<T>>, Refusal> {
    let session = Session::begin(state, caller.cause(), team).await?;
    let existing = session.before.find::<T>(name).cloned().ok_or_else(|| Refusal::not_found(T::KIND.as_str()))?;
    let spec = merged(&existing.spec, patch)?;
    put_in(session, caller, name, &circumstances, spec, None).await
}
