//! The change feed: every transaction's changes under its revision.

use keyward_model::Timestamp;
use keyward_model::change::Change;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, QueryResult};

use crate::db::Session;
use crate::row::{signed, unsigned};
use crate::{Store, StoreError};

/// A stretch of the feed.
pub(crate) struct Stretch {
    /// The newest revision there is.
    pub(crate) newest: u64,
    /// Up to this revision changes are no longer told one by one.
    pub(crate) floor: u64,
    /// The changes, in order; those of one revision all together.
    pub(crate) changes: Vec<Change>,
    /// The revision that has been reached with them.
    pub(crate) reached: u64,
}

impl Store {
    /// The changes of the revisions after `revision`, oldest first: about `limit` of them, and all of a revision
    /// or none.
    pub async fn changes_after(&self, revision: u64, limit: u64) -> Result<Vec<Change>, StoreError> {
        Ok(self.stretch_after(revision, limit).await?.changes)
    }

    /// What a follower that has applied `revision` has to know next.
    pub(crate) async fn stretch_after(&self, revision: u64, limit: u64) -> Result<Stretch, StoreError> {
        let session = self.read();
        // Read before the changes: what commits in between is left for the next stretch.
        let (newest, floor) = state(&session).await?;
        let query = changes()
            .and_where(Expr::col("revision").gt(signed(revision)))
            .and_where(Expr::col("revision").lte(signed(newest)))
            .limit(limit.clamp(1, 10_000) + 1)
            .to_owned();
        let mut changes = read(session.rows(&query).await?)?;
        let mut reached = newest;
        if changes.len() as u64 > limit.clamp(1, 10_000) {
            let cut = changes.last().map_or(newest, |change| change.revision);
            changes.retain(|change| change.revision < cut);
            reached = cut - 1;
            if changes.is_empty() {
                changes = self.changes_of(cut).await?;
                reached = cut;
            }
        }
        Ok(Stretch { newest, floor, changes, reached })
    }

    /// All changes of one revision.
    async fn changes_of(&self, revision: u64) -> Result<Vec<Change>, StoreError> {
        let query = changes().and_where(Expr::col("revision").eq(signed(revision))).to_owned();
        read(self.read().rows(&query).await?)
    }

    /// Forgets changes made before `before`; a follower that has not applied them yet reloads instead.
    pub async fn prune_changes(&self, before: Timestamp) -> Result<u64, StoreError> {
        let transaction = self.db().write().await?;
        let query = Query::select()
            .expr_as(Expr::col("revision").max(), "last")
            .from("change")
            .and_where(Expr::col("at").lt(before.as_millis()))
            .to_owned();
        let last = transaction.row(&query).await?.and_then(|row| row.try_get::<Option<i64>>("", "last").ok()).flatten();
        let Some(last) = last else { return Ok(0) };
        let delete = Query::delete().from_table("change").and_where(Expr::col("revision").lte(last)).to_owned();
        let pruned = transaction.run(&delete).await?;
        let raise =
            Query::update().table("revision").value("floor", last).and_where(Expr::col("floor").lt(last)).to_owned();
        transaction.run(&raise).await?;
        transaction.commit().await?;
        Ok(pruned)
    }
}

fn changes() -> SelectStatement {
    Query::select()
        .columns(["revision", "ordinal", "team_id", "kind", "id"])
        .from("change")
        .order_by("revision", Order::Asc)
        .order_by("ordinal", Order::Asc)
        .to_owned()
}

/// The newest revision, and the one up to which changes are forgotten.
async fn state<C: ConnectionTrait>(session: &Session<C>) -> Result<(u64, u64), StoreError> {
    let query = Query::select().columns(["value", "floor"]).from("revision").to_owned();
    let corrupt = || StoreError::Corrupt { what: "the revision".to_owned() };
    let row = session.row(&query).await?.ok_or_else(corrupt)?;
    let number = |name: &str| row.try_get::<i64>("", name).map(unsigned).map_err(|_| corrupt());
    Ok((number("value")?, number("floor")?))
}

fn read(rows: Vec<QueryResult>) -> Result<Vec<Change>, StoreError> {
    rows.iter()
        .map(|row| {
            let revision = row.try_get::<i64>("", "revision").unwrap_or_default();
            let change = || {
                let team = row.try_get::<Option<String>>("", "team_id").ok()?;
                Some(Change {
                    revision: u64::try_from(revision).ok()?,
                    team: team.map(|team| team.parse()).transpose().ok()?,
                    kind: row.try_get::<String>("", "kind").ok()?.parse().ok()?,
                    id: row.try_get("", "id").ok()?,
                })
            };
            change().ok_or_else(|| StoreError::Corrupt { what: format!("a change of revision {revision}") })
        })
        .collect()
}
