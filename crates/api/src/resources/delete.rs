//! Deletes one resource, unless something still names it.

use keyward_http::{Caller, Refusal};
use keyward_model::Name;
use keyward_model::team::TeamId;

use crate::ApiState;
use crate::resources::put::Circumstances;
use crate::resources::{Held, Session};
use crate::settled::Deleted;

pub(crate) async fn delete<T: Held>(
    state: &ApiState,
    caller: &Caller,
    team: TeamId,
    name: &Name,
    circumstances: Circumstances,
) -> Result<Deleted, Refusal> {
    let mut session = Session::begin(state, caller.cause(), team).await?;
    let existing = session.before.find::<T>(name).cloned().ok_or_else(|| Refusal::not_found(T::KIND.as_str()))?;
    circumstances.preconditions.check(Some(existing.version))?;
    circumstances.overriding.admits(Some(&*existing))?;
    session.remove::<T>(name);
    session.findings(caller.scopes()).await?.refuse_for::<T>(name)?;
    let revision = session.commit(None).await?.ok_or_else(|| Refusal::internal("a deletion changed nothing"))?;
    Ok(Deleted::wait(state, revision).await)
}
