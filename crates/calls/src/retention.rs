//! Retention: records older than their team wants them kept are deleted.

use std::collections::HashMap;

use keyward_model::Timestamp;
use keyward_model::team::{Retention, TeamId, TeamSpec, days};
use keyward_store::{Store, StoreError};

use crate::calls::{Calls, joined};
use crate::files::Kept;

/// Days for which counts by the minute are kept in a database.
const ROLLUP_DAYS: u16 = 400;

/// How much the installation keeps, whatever its teams ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Most {
    /// Days for which details are kept; none: for as long as each team wants them.
    pub days: Option<u16>,
    /// Bytes that the files of details may have, the oldest going first; none: as many as there are. Of no account
    /// over a database.
    pub bytes: Option<u64>,
}

impl Most {
    /// Since when calls are kept of whoever wants them kept so.
    fn since(self, wanted: &Retention, now: Timestamp) -> Timestamp {
        now.minus(days(self.days.map_or(wanted.calls_days, |most| most.min(wanted.calls_days))))
    }
}

/// Since when the calls of each team are kept.
pub(crate) async fn kept_since(
    store: &Store,
    now: Timestamp,
    most: Most,
) -> Result<HashMap<TeamId, Timestamp>, StoreError> {
    let teams = store.resources_of_all_teams::<TeamSpec>().await?;
    Ok(teams.iter().map(|team| (team.id, most.since(&team.spec.retention, now))).collect())
}

/// Deletes the outdated records of every team, and those that no team was found for, and whatever is more than `most`.
/// Answers how many records.
pub async fn delete_outdated(store: &Store, calls: &Calls, now: Timestamp, most: Most) -> Result<u64, StoreError> {
    let since = kept_since(store, now, most).await?;
    let usual = most.since(&Retention::default(), now);
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
        files.retain(&Kept { since: &since, most_bytes: most.bytes })
    };
    let retained = joined(tokio::task::spawn_blocking(retain).await);
    retained.map(|retained| retained.calls).map_err(|error| StoreError::Unavailable(error.to_string()))
}
