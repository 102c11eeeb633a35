//! What was used of quotas, so that a restart does not begin a month anew.

use keyward_model::Timestamp;
use keyward_model::limits::{LimitUnit, QuotaPeriod};
use sea_orm::QueryResult;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};

use crate::row::{Cell, signed, unsigned};
use crate::tables::QUOTA_USE;
use crate::{Store, StoreError};

/// What was used of a quota in one period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaUse {
    /// Whose quota: in the words of whoever counts.
    pub subject: String,
    /// The stretch of the calendar.
    pub period: QuotaPeriod,
    /// What is counted.
    pub unit: LimitUnit,
    /// When this period began.
    pub period_start: Timestamp,
    /// Units used.
    pub used: u64,
}

/// Rows written by one statement.
const CHUNK: usize = 500;

impl Store {
    /// What was used in the periods that began at `since` or later.
    pub async fn quota_uses(&self, since: Timestamp) -> Result<Vec<QuotaUse>, StoreError> {
        let query = QUOTA_USE.select().and_where(Expr::col("period_start").gte(since.as_millis())).to_owned();
        let rows = self.read().rows(&query).await?;
        rows.iter().map(|row| read(row).ok_or_else(|| QUOTA_USE.corrupt(row))).collect()
    }

    /// Writes down what was used. A count never goes down: the higher one stays.
    pub async fn flush_quota_uses(&self, uses: &[QuotaUse]) -> Result<(), StoreError> {
        if uses.is_empty() {
            return Ok(());
        }
        let mut uses: Vec<&QuotaUse> = uses.iter().collect();
        // One order everywhere, each row once, the highest count first.
        uses.sort_unstable_by(|one, other| key(one).cmp(&key(other)).then(other.used.cmp(&one.used)));
        uses.dedup_by(|later, first| key(later) == key(first));
        let transaction = self.db().write().await?;
        for chunk in uses.chunks(CHUNK) {
            let mut insert = Query::insert();
            insert.into_table(QUOTA_USE.name).columns(QUOTA_USE.columns.iter().map(|column| column.0));
            for one in chunk {
                let cells: [Cell; 5] = [
                    one.subject.as_str().into(),
                    one.period.as_str().into(),
                    word(one.unit).into(),
                    one.period_start.as_millis().into(),
                    signed(one.used).into(),
                ];
                insert.values_panic(cells.map(Expr::from));
            }
            let (known, new) = (Expr::col((QUOTA_USE.name, "used")), Expr::col(("excluded", "used")));
            let higher = Expr::case(new.clone().gt(known.clone()), new).finally(known);
            let key = ["subject", "period", "unit", "period_start"];
            insert.on_conflict(OnConflict::columns(key).value("used", higher).to_owned());
            transaction.run(&insert).await?;
        }
        transaction.commit().await
    }

    /// Forgets the periods that began before `before`.
    pub async fn prune_quota_uses(&self, before: Timestamp) -> Result<u64, StoreError> {
        let transaction = self.db().write().await?;
        let delete = QUOTA_USE.delete().and_where(Expr::col("period_start").lt(before.as_millis())).to_owned();
        let pruned = transaction.run(&delete).await?;
        transaction.commit().await?;
        Ok(pruned)
    }
}

/// What a row is found by.
fn key(one: &QuotaUse) -> (&str, &'static str, &'static str, Timestamp) {
    (&one.subject, one.period.as_str(), word(one.unit), one.period_start)
}

fn word(unit: LimitUnit) -> &'static str {
    match unit {
        LimitUnit::Calls => "calls",
        LimitUnit::Cost => "cost",
    }
}

fn read(row: &QueryResult) -> Option<QuotaUse> {
    let cells = QUOTA_USE.read_unchecked(row).ok()?;
    let [subject, period, unit, period_start, used] = <[Cell; 5]>::try_from(cells).ok()?;
    let (period, unit) = (period.text()?, unit.text()?);
    Some(QuotaUse {
        subject: subject.text()?,
        period: [QuotaPeriod::Hour, QuotaPeriod::Day, QuotaPeriod::Month]
            .into_iter()
            .find(|candidate| candidate.as_str() == period)?,
        unit: [LimitUnit::Calls, LimitUnit::Cost].into_iter().find(|candidate| word(*candidate) == unit)?,
        period_start: Timestamp::from_millis(period_start.int()?),
        used: unsigned(used.int()?),
    })
}
