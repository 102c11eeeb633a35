//! Counts of calls by the minute, as rows.

use keyward_model::Timestamp;
use keyward_model::call::CallRecord;
use keyward_model::team::TeamId;
use sea_orm::QueryResult;
use sea_orm::sea_query::{Expr, ExprTrait, Query};

use super::{CallStore, insert_records};
use crate::StoreError;
use crate::row::{Cell, Column, Table, Type};

static CALL_ROLLUP: Table = Table {
    name: "call_rollup",
    columns: &[
        Column("at", Type::Int),
        Column("team_id", Type::Text),
        Column("app_id", Type::Text),
        Column("token_id", Type::Text),
        Column("api", Type::Text),
        Column("route", Type::Text),
        Column("method", Type::Text),
        Column("country", Type::Text),
        Column("code", Type::Text),
        Column("status", Type::Int),
        Column("calls", Type::Int),
        Column("bytes_in", Type::Int),
        Column("bytes_out", Type::Int),
        Column("cost", Type::Int),
        Column("total", Type::Bytes),
        Column("first_byte", Type::Bytes),
    ],
    key: 1,
    sealed: false,
    noun: "call rollup",
    kind: None,
};

/// Rows written by one statement: PostgreSQL takes 65,535 values in one.
const CHUNK: usize = 500;

/// Calls of a minute that are alike in all that is charted. An empty text stands for none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollupRow {
    /// When the minute begins.
    pub at: Timestamp,
    /// Team, app, token, api name, route, method, country and code.
    pub words: [String; 8],
    /// The status answered.
    pub status: u16,
    /// How many calls.
    pub calls: u64,
    /// Bytes of their requests' bodies.
    pub bytes_in: u64,
    /// Bytes of their answers' bodies.
    pub bytes_out: u64,
    /// Cost units.
    pub cost: u64,
    /// Histogram of the total time, as `keyward-calls` writes it.
    pub total: Vec<u8>,
    /// Histogram of the time to the first byte.
    pub first_byte: Vec<u8>,
}

impl CallStore {
    /// Writes records and counts down, all or none. A record that is there already is passed over.
    pub async fn insert_with_rollup(&self, records: &[CallRecord], rollup: &[RollupRow]) -> Result<(), StoreError> {
        let transaction = self.db.write().await?;
        insert_records(&transaction, records).await?;
        for chunk in rollup.chunks(CHUNK) {
            let mut insert = Query::insert();
            insert.into_table(CALL_ROLLUP.name).columns(CALL_ROLLUP.columns.iter().map(|column| column.0));
            for row in chunk {
                insert.values_panic(cells(row).into_iter().map(Expr::from));
            }
            transaction.run(&insert).await?;
        }
        transaction.commit().await
    }

    /// The counts of `team` from `from` to before `to`.
    pub async fn rollup(&self, team: TeamId, from: Timestamp, to: Timestamp) -> Result<Vec<RollupRow>, StoreError> {
        self.rollup_where(Expr::col("team_id").eq(team.to_string()), from, to).await
    }

    /// The counts of every team from `from` to before `to`.
    pub async fn rollup_of_all_teams(&self, from: Timestamp, to: Timestamp) -> Result<Vec<RollupRow>, StoreError> {
        self.rollup_where(Expr::val(1i64).eq(1i64), from, to).await
    }

    /// When the first minute begins that is counted.
    pub async fn rollup_since(&self) -> Result<Option<Timestamp>, StoreError> {
        let query = Query::select().expr_as(Expr::col("at").min(), "first").from(CALL_ROLLUP.name).to_owned();
        let row = self.db.read().row(&query).await?;
        Ok(row.and_then(|row| row.try_get::<Option<i64>>("", "first").ok().flatten()).map(Timestamp::from_millis))
    }

    /// Deletes the counts of before `before`; how many rows.
    pub async fn delete_rollup_before(&self, before: Timestamp) -> Result<u64, StoreError> {
        let delete = CALL_ROLLUP.delete().and_where(Expr::col("at").lt(before.as_millis())).to_owned();
        let transaction = self.db.write().await?;
        let gone = transaction.run(&delete).await?;
        transaction.commit().await?;
        Ok(gone)
    }

    async fn rollup_where(&self, whose: Expr, from: Timestamp, to: Timestamp) -> Result<Vec<RollupRow>, StoreError> {
        let query = CALL_ROLLUP
            .select()
            .and_where(whose)
            .and_where(Expr::col("at").gte(from.as_millis()))
            .and_where(Expr::col("at").lt(to.as_millis()))
            .to_owned();
        self.db.read().rows(&query).await?.iter().map(|row| read(row).ok_or_else(|| CALL_ROLLUP.corrupt(row))).collect()
    }
}

/// PostgreSQL holds no NUL.
fn cells(row: &RollupRow) -> Vec<Cell> {
    let mut cells: Vec<Cell> = vec![row.at.as_millis().into()];
    cells.extend(row.words.iter().map(|word| Cell::from(word.replace('\0', ""))));
    cells.push(i64::from(row.status).into());
    cells.extend([row.calls, row.bytes_in, row.bytes_out, row.cost].map(|sum| Cell::from(crate::row::signed(sum))));
    cells.push(Cell::Bytes(row.total.clone()));
    cells.push(Cell::Bytes(row.first_byte.clone()));
    cells
}

fn read(row: &QueryResult) -> Option<RollupRow> {
    let mut cells = CALL_ROLLUP.read_unchecked(row).ok()?.into_iter();
    let at = Timestamp::from_millis(cells.next()?.int()?);
    let mut words: [String; 8] = Default::default();
    for word in &mut words {
        *word = cells.next()?.text()?;
    }
    let mut number = || cells.next()?.int().map(crate::row::unsigned);
    let status = u16::try_from(number()?).ok()?;
    let (calls, bytes_in, bytes_out, cost) = (number()?, number()?, number()?, number()?);
    let (total, first_byte) = (cells.next()?.bytes()?, cells.next()?.bytes()?);
    Some(RollupRow { at, words, status, calls, bytes_in, bytes_out, cost, total, first_byte })
}
