//! Retention: records older than their team wants them kept are deleted.

use std::collections::HashMap;

use keyward_model::Timestamp;
use keyward_model::team::{Retention, TeamId, TeamSpec, days};
use keyward_store::{Store, StoreError};

use crate::calls::{Calls, joined};
use crate::files::Kept;

/// Days for which counts by the minute are kept in a database.
const ROLLUP_DAYS: u16 = 400;

/// Deletes the outdated records of every team, and those that no team was found for; of files also the oldest, once
/// all of them have more than `most_bytes`. Answers how many records.
pub async fn delete_outdated(
    store: &Store,
    calls: &Calls,
    now: Timestamp,
    most_bytes: Option<u64>,
) -> Result<u64, StoreError> {
    let teams = store.resources_of_all_teams::<TeamSpec>().await?;
    let since: HashMap<TeamId, Timestamp> =
        teams.iter().map(|team| (team.id, now.minus(days(team.spec.retention.calls_days)))).collect();
    let usual = now.minus(days(Retention::default().calls_days));
    if let Some(rows) = calls.rows() {
        let mut deleted = 0;
        for (team, since) in since {
            deleted += rows.delete_before(team, since).await?;
        }
        rows.delete_rollup_before(now.minus(days(ROLLUP_DAYS))).await?;
        return Ok(deleted + rows.delete_unowned_before(usual).await?);
    }
    let Some(files) = calls.files().cloned() else { return Ok(0) };
    let retain = move || {
        // A team that is gone is treated like none.
        let since = |team: Option<TeamId>| team.and_then(|team| since.get(&team).copied()).unwrap_or(usual);
        files.retain(&Kept { since: &since, most_bytes })
    };
    let retained = joined(tokio::task::spawn_blocking(retain).await);
    retained.map(|retained| retained.calls).map_err(|error| StoreError::Unavailable(error.to_string()))
}
