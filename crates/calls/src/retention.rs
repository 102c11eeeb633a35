//! Retention: records older than their team wants them kept are deleted.

use keyward_model::Timestamp;
use keyward_model::team::{Retention, TeamSpec, days};
use keyward_store::{CallStore, Store, StoreError};

/// Deletes the outdated records of every team, and those that no team was found for. Answers how many.
pub async fn delete_outdated(store: &Store, calls: &CallStore, now: Timestamp) -> Result<u64, StoreError> {
    let mut deleted = 0;
    for team in store.resources_of_all_teams::<TeamSpec>().await? {
        deleted += calls.delete_before(team.id, now.minus(days(team.spec.retention.calls_days))).await?;
    }
    deleted += calls.delete_unowned_before(now.minus(days(Retention::default().calls_days))).await?;
    Ok(deleted)
}
