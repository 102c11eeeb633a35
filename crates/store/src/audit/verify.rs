//! Verifying a trail from its first event to its sealed end.

use keyward_model::integrity::Mac;
use keyward_model::team::TeamId;
use sea_orm::DatabaseTransaction;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};

use super::{Head, Total, sequence_of, sound};
use crate::db::Session;
use crate::row::signed;
use crate::store::exists;
use crate::tables::AUDIT_EVENT;
use crate::{Store, StoreError};

/// What became of a trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditVerification {
    /// Every event is there, in order, as it was written.
    Sound {
        /// How many.
        events: u64,
        /// The hash of the last; empty where there is none. Kept elsewhere, it proves later that nothing was
        /// rewritten since.
        head: String,
    },
    /// Something was changed past Keyward.
    Broken {
        /// Where: the first event that is not as it was written; 0 where it cannot be said.
        sequence: u64,
        /// What.
        problem: String,
    },
}

/// Events read at a time.
const BATCH: u64 = 1000;

impl Store {
    /// Reads the whole trail of `team` and finds an event that was edited, deleted (also the last ones, also all),
    /// moved or added past Keyward.
    pub async fn verify_audit(&self, team: TeamId) -> Result<AuditVerification, StoreError> {
        let mac = self.mac()?;
        let snapshot = self.db().snapshot().await?;
        let (events, last_hash) = match chain(&snapshot, &*mac, team).await? {
            Ok(end) => end,
            Err(broken) => return Ok(broken),
        };
        let head = match Head::of(&snapshot, &*mac, team).await {
            Ok(head) => head,
            Err(StoreError::Corrupt { what }) => return Ok(broken(events, format!("{what} was changed"))),
            Err(other) => return Err(other),
        };
        if head.sequence > events {
            let problem = format!("the events {} to {} are missing from the end", events + 1, head.sequence);
            return Ok(broken(events + 1, problem));
        }
        if head.sequence < events || head.hash != last_hash {
            return Ok(broken(events, "the trail does not end where Keyward ended it".to_owned()));
        }
        Ok(match whole(&snapshot, &*mac).await? {
            None => AuditVerification::Sound { events, head: last_hash },
            Some(problem) => broken(0, problem),
        })
    }
}

fn broken(sequence: u64, problem: String) -> AuditVerification {
    AuditVerification::Broken { sequence, problem }
}

/// Follows the chain: its length and last hash, or where it breaks.
async fn chain(
    snapshot: &Session<DatabaseTransaction>,
    mac: &dyn Mac,
    team: TeamId,
) -> Result<Result<(u64, String), AuditVerification>, StoreError> {
    let mut last = (0, String::new());
    loop {
        let query = AUDIT_EVENT
            .select()
            .and_where(Expr::col("team_id").eq(team.to_string()))
            .and_where(Expr::col("sequence").gt(signed(last.0)))
            .order_by("sequence", Order::Asc)
            .limit(BATCH)
            .to_owned();
        let rows = snapshot.rows(&query).await?;
        if rows.is_empty() {
            return Ok(Ok(last));
        }
        for row in &rows {
            let expected = last.0 + 1;
            if sequence_of(row) != expected {
                return Ok(Err(broken(expected, format!("event {expected} is missing"))));
            }
            let Some((event, previous)) = sound(row, mac) else {
                return Ok(Err(broken(
                    expected,
                    format!("event {expected} is not as it was written, or not in its place"),
                )));
            };
            if previous != last.1 {
                return Ok(Err(broken(expected, format!("event {expected} does not follow the one before it"))));
            }
            last = (expected, event.hash);
        }
    }
}

/// Whether all trails together are as long as they should be; in words, if not.
async fn whole(snapshot: &Session<DatabaseTransaction>, mac: &dyn Mac) -> Result<Option<String>, StoreError> {
    let query = Query::select().columns(["audit_events", "audit_seal"]).from("revision").to_owned();
    let total = match snapshot.row(&query).await?.map(|row| Total::of(&row)) {
        Some(Ok(total)) if total.check(mac).is_ok() => total.events,
        _ => return Ok(Some("the count of audit events of the installation was changed".to_owned())),
    };
    let length = Expr::col("sequence").sum().if_null(0i64).cast_as("BIGINT");
    let query = Query::select().expr_as(length, "length").from("audit_head").to_owned();
    let length = snapshot.row(&query).await?.and_then(|row| row.try_get::<i64>("", "length").ok());
    if length != Some(signed(total)) {
        return Ok(Some(format!(
            "this trail is whole in itself, but {total} events were written in the installation and its trails \
             should hold {}: a trail was removed whole, or cut at its beginning and begun anew",
            length.unwrap_or(0)
        )));
    }
    let teams = snapshot.row(&exists(Query::select().column("id").from("team").to_owned())).await?;
    let teams = teams.and_then(|row| row.try_get::<i64>("", "found").ok());
    let emptied = total == 0 && teams != Some(0);
    Ok(emptied.then(|| "there are teams, and every trail is empty: all were removed".to_owned()))
}
