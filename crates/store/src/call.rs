//! Call records: a database of their own, written in batches and off the path of a call.

use std::fmt;

use keyward_model::call::CallRecord;
use keyward_model::team::TeamId;
use keyward_model::{Code, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{DatabaseTransaction, QueryResult};
use uuid::Uuid;

use crate::db::{Db, Durability, Session};
use crate::row::{Cell, Column, Table, Type};
use crate::{OpenError, StoreError, migrate};

mod addresses;
mod list;
mod rollup;

pub use addresses::{AddressOrder, AddressRow, Addresses};
pub use list::CallFilter;
pub use rollup::RollupRow;

static CALL_RECORD: Table = Table {
    name: "call_record",
    columns: &[
        Column("request_id", Type::Text),
        Column("team_id", Type::Text),
        Column("at", Type::Int),
        Column("token_id", Type::Text),
        Column("app_id", Type::Text),
        Column("api", Type::Text),
        Column("route", Type::Text),
        Column("status", Type::Int),
        Column("code", Type::Text),
        Column("refused", Type::Int),
        Column("method", Type::Text),
        Column("path", Type::Text),
        Column("address", Type::Text),
        Column("country", Type::Text),
        Column("target", Type::Text),
        Column("protocol", Type::Text),
        Column("total_us", Type::Int),
        Column("doc", Type::Text),
    ],
    key: 1,
    sealed: false,
    noun: "call record",
    kind: None,
};

/// Records written by one statement.
const CHUNK: usize = 500;

/// The database of call records. Cheap to clone.
#[derive(Clone)]
pub struct CallStore {
    db: Db,
}

impl fmt::Debug for CallStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CallStore({})", self.db.place())
    }
}

impl CallStore {
    /// Opens the database at `url`, as [`crate::Store::open`] does. It may be the store's own on PostgreSQL; on
    /// SQLite a file of its own keeps the two writers out of each other's way.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        // A power failure may cost the last moments of the record, and each batch is spared a wait for the disk.
        let db = Db::open(url, Durability::System).await?;
        migrate::migrate(&db, &migrate::CALLS).await?;
        Ok(Self { db })
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.db.read().row(&Query::select().expr(Expr::val(1i64)).to_owned()).await.map(drop)
    }

    /// Ends every connection in good order.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// Writes records down, all or none. One that is there already is passed over.
    pub async fn insert(&self, records: &[CallRecord]) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        let transaction = self.db.write().await?;
        insert_records(&transaction, records).await?;
        transaction.commit().await
    }

    /// The record of a request of `team`.
    pub async fn call(&self, team: TeamId, request_id: Uuid) -> Result<Option<CallRecord>, StoreError> {
        let query = CALL_RECORD
            .select()
            .and_where(Expr::col("request_id").eq(request_id.to_string()))
            .and_where(Expr::col("team_id").eq(team.to_string()))
            .to_owned();
        self.db.read().row(&query).await?.map(|row| read(&row)).transpose()
    }

    /// The record of a request, whosever it is: for whoever runs the installation.
    pub async fn call_of_any_team(&self, request_id: Uuid) -> Result<Option<CallRecord>, StoreError> {
        let query = CALL_RECORD.select().and_where(Expr::col("request_id").eq(request_id.to_string())).to_owned();
        self.db.read().row(&query).await?.map(|row| read(&row)).transpose()
    }

    /// Deletes the records of `team` of before `before`; how many.
    pub async fn delete_before(&self, team: TeamId, before: Timestamp) -> Result<u64, StoreError> {
        self.delete(Expr::col("team_id").eq(team.to_string()), before).await
    }

    /// Deletes the records of before `before` of calls that no team was found for; how many.
    pub async fn delete_unowned_before(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.delete(Expr::col("team_id").is_null(), before).await
    }

    /// In portions, so that writers are not held up for long.
    async fn delete(&self, whose: Expr, before: Timestamp) -> Result<u64, StoreError> {
        const PORTION: u64 = 5000;
        let mut deleted = 0;
        loop {
            let portion = Query::select()
                .column("request_id")
                .from(CALL_RECORD.name)
                .and_where(whose.clone())
                .and_where(Expr::col("at").lt(before.as_millis()))
                .limit(PORTION)
                .to_owned();
            let delete = CALL_RECORD.delete().and_where(Expr::col("request_id").in_subquery(portion)).to_owned();
            let transaction = self.db.write().await?;
            let gone = transaction.run(&delete).await?;
            transaction.commit().await?;
            deleted += gone;
            if gone < PORTION {
                return Ok(deleted);
            }
        }
    }
}

async fn insert_records(transaction: &Session<DatabaseTransaction>, records: &[CallRecord]) -> Result<(), StoreError> {
    for chunk in records.chunks(CHUNK) {
        let mut insert = Query::insert();
        insert.into_table(CALL_RECORD.name).columns(CALL_RECORD.columns.iter().map(|column| column.0));
        for record in chunk {
            insert.values_panic(cells(record).into_iter().map(Expr::from));
        }
        insert.on_conflict(OnConflict::column("request_id").do_nothing().to_owned());
        transaction.run(&insert).await?;
    }
    Ok(())
}

/// A record as it is stored. PostgreSQL holds no NUL: where text may have one, it is found without it.
fn cells(record: &CallRecord) -> Vec<Cell> {
    let doc = serde_json::to_string(record).expect("a call record holds nothing that JSON cannot");
    vec![
        record.request_id.to_string().into(),
        record.team.map(|team| team.to_string()).into(),
        record.at.as_millis().into(),
        record.token.map(|token| token.to_string()).into(),
        record.app.map(|app| app.to_string()).into(),
        record.api_name.as_ref().map(ToString::to_string).into(),
        record.route.as_ref().map(ToString::to_string).into(),
        i64::from(record.status).into(),
        record.code.map(|code| code.as_str().to_owned()).into(),
        i64::from(record.code.is_some_and(Code::is_refusal)).into(),
        record.method.replace('\0', "").into(),
        record.path.replace('\0', "").into(),
        record.address.to_string().into(),
        record.country.map(|country| country.to_string()).into(),
        record.target.as_deref().map(|target| target.replace('\0', "")).into(),
        record.protocol.as_str().to_owned().into(),
        i64::from(record.timing.total_us).into(),
        doc.into(),
    ]
}

fn read(row: &QueryResult) -> Result<CallRecord, StoreError> {
    let doc = row.try_get::<String>("", "doc").ok();
    doc.and_then(|doc| serde_json::from_str(&doc).ok()).ok_or_else(|| CALL_RECORD.corrupt(row))
}
