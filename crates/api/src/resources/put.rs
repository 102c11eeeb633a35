//! Creates or replaces one resource.

use keyward_http::{Caller, Preconditions, Refusal};
use keyward_model::secret::Hidden;
use keyward_model::team::TeamId;
use keyward_model::{Name, Record};

use crate::ApiState;
use crate::access;
use crate::resources::{Held, Override, Session, rights};
use crate::settled::Settled;

/// Under which circumstances a resource may be changed.
#[derive(Clone, Debug)]
pub(crate) struct Circumstances {
    pub(crate) preconditions: Preconditions,
    pub(crate) overriding: Override,
}

pub(crate) async fn put<T: Held>(
    state: &ApiState,
    caller: &Caller,
    team: TeamId,
    name: &Name,
    circumstances: Circumstances,
    spec: T,
) -> Result<Settled<Record<T>>, Refusal> {
    let session = Session::begin(state, caller.cause(), team).await?;
    put_in(session, caller, name, &circumstances, spec, None).await
}

/// Finishes a change of one resource, and where it is a secret of its value, in a session.
pub(crate) async fn put_in<T: Held>(
    mut session: Session<'_>,
    caller: &Caller,
    name: &Name,
    circumstances: &Circumstances,
    spec: T,
    value: Option<Hidden>,
) -> Result<Settled<Record<T>>, Refusal> {
    let state = session.state;
    let existing = session.before.find::<T>(name).cloned();
    circumstances.preconditions.check(existing.as_ref().map(|record| record.version))?;
    circumstances.overriding.admits(existing.as_deref())?;
    if existing.is_some() {
        // Making something widens nothing; changing it may.
        access::fresh(caller, state)?;
    }
    session.put(name, spec, existing.as_ref().and_then(|record| record.source.clone()));
    if let Some(value) = value {
        session.put_value(name, value).await?;
    }
    rights::check_secrets(&session, caller)?;
    session.findings(caller.scopes()).await?.refuse_for::<T>(name)?;
    let record = session.after.find::<T>(name).cloned().ok_or_else(|| Refusal::internal("a put left nothing"))?;
    let revision = match session.commit(None).await? {
        Some(revision) => revision,
        None => state.store.revision().await?,
    };
    let version = record.version;
    Ok(Settled::wait(state, revision, Record::clone(&record)).await.created(existing.is_none()).tagged(version))
}
