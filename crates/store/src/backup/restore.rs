//! Restoring a backup: all of it, or nothing.

use std::io::BufRead;

use aws_lc_rs::digest::{Context, SHA256};
use keyward_model::integrity::hex;
use sea_orm::DatabaseTransaction;
use sea_orm::sea_query::{Expr, ExprTrait, Query};

use super::line::{Line, cells_of};
use super::{DumpSummary, FORMAT, FORMAT_VERSION, Header, Trailer};
use crate::db::Session;
use crate::migrate;
use crate::row::{Cell, Table, signed};
use crate::store::exists;
use crate::tables::{AUDIT_TOTAL, BACKED_UP, CEREMONY, SESSION};
use crate::{Store, StoreError};

/// Why a backup was not restored. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The store could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The backup could not be read.
    #[error("the backup could not be read: {0}")]
    Read(#[from] std::io::Error),
    /// The backup is not what was written.
    #[error("line {line} of the backup {problem}; take another backup")]
    Damaged {
        /// Which line, from 1.
        line: u64,
        /// What is wrong with it.
        problem: String,
    },
    /// A newer Keyward made the backup.
    #[error("the backup is of schema {found} and this Keyward knows schemas up to {known}; use the newer Keyward")]
    NewerThanBinary {
        /// The schema of the backup.
        found: i64,
        /// The newest schema this binary knows.
        known: i64,
    },
    /// The database holds something.
    #[error("the database is not empty; restore into an empty one, or say that all it holds is to be replaced")]
    NotEmpty,
}

impl Store {
    /// Loads a backup, from SQLite or PostgreSQL alike, in one transaction. A database that holds something is
    /// only touched with `replace`, and then all of it goes.
    ///
    /// Afterwards the revision is higher than both the backup's and this database's, and everybody who follows
    /// the feed reloads. If the backup brought another key ring, it has to be opened and attached anew.
    pub async fn restore(&self, input: &mut (dyn BufRead + Send), replace: bool) -> Result<DumpSummary, RestoreError> {
        let mut lines = Lines { input, number: 0, sum: Context::new(&SHA256), text: String::new() };
        let header = read_header(&mut lines)?;
        let transaction = self.db().write_at_length().await?;
        clear(&transaction, replace).await?;
        let mut rows = 0;
        let end = loop {
            let before = hex(lines.sum.clone().finish().as_ref());
            match lines.next()? {
                Some(Line::Row { table, row }) => {
                    let table = BACKED_UP.into_iter().find(|known| known.name == table);
                    let table = table.ok_or_else(|| lines.damaged("is of a table that this Keyward does not know"))?;
                    let (cells, seal) = cells_of(table, row).ok_or_else(|| lines.damaged("does not fit its table"))?;
                    insert(&transaction, table, cells, seal).await?;
                    rows += 1;
                }
                Some(Line::End { end }) if end.rows == rows && end.sha256 == before => break end,
                Some(Line::End { .. }) => return Err(lines.damaged("does not sum up the lines before it")),
                Some(Line::Unknown(_)) => return Err(lines.damaged("is neither a row nor the end")),
                None => return Err(lines.damaged("is missing: the backup was cut off")),
            }
        };
        if lines.next()?.is_some() {
            return Err(lines.damaged("stands behind the end"));
        }
        let revision = settle(&transaction, header.revision).await?;
        transaction.commit().await?;
        self.committed(revision);
        let Trailer { rows, .. } = end;
        Ok(DumpSummary { revision: header.revision, rows, created_at: header.created_at })
    }
}

fn read_header(lines: &mut Lines<'_>) -> Result<Header, RestoreError> {
    lines.advance()?;
    let header: Header =
        serde_json::from_str(&lines.text).map_err(|_| lines.damaged("is not the first line of a Keyward backup"))?;
    if header.format != FORMAT {
        return Err(lines.damaged("is not the first line of a Keyward backup"));
    }
    if header.format_version > FORMAT_VERSION || header.schema > migrate::STORE.known() {
        return Err(RestoreError::NewerThanBinary { found: header.schema, known: migrate::STORE.known() });
    }
    Ok(header)
}

/// Sees that the database is empty, or makes it so.
async fn clear(transaction: &Session<DatabaseTransaction>, replace: bool) -> Result<(), RestoreError> {
    if replace {
        // Who was signed in signs in anew, as whoever they are in the backup.
        for table in [&SESSION, &CEREMONY] {
            transaction.run(&table.delete()).await?;
        }
    }
    for table in BACKED_UP.into_iter().rev().filter(|table| table.name != AUDIT_TOTAL.name) {
        let any = Query::select().column(table.columns[0].0).from(table.name).to_owned();
        let found = transaction.row(&exists(any)).await?.and_then(|row| row.try_get::<i64>("", "found").ok());
        if found != Some(0) {
            if !replace {
                return Err(RestoreError::NotEmpty);
            }
            transaction.run(&table.delete()).await?;
        }
    }
    transaction.run(&Query::delete().from_table("change").to_owned()).await?;
    Ok(())
}

async fn insert(
    transaction: &Session<DatabaseTransaction>,
    table: &Table,
    cells: Vec<Cell>,
    seal: Option<Vec<u8>>,
) -> Result<(), StoreError> {
    if table.name == AUDIT_TOTAL.name {
        return transaction.run(&table.update(cells, None)).await.map(drop);
    }
    let columns = table.columns.iter().map(|column| column.0).chain(seal.is_some().then_some("seal"));
    let values = cells.into_iter().chain(seal.map(Cell::from)).map(Expr::from);
    let insert = Query::insert().into_table(table.name).columns(columns).values_panic(values).to_owned();
    transaction.run(&insert).await.map(drop)
}

/// Sets a revision that nobody has seen on either side, with no change to be told before it: followers reload.
async fn settle(transaction: &Session<DatabaseTransaction>, theirs: u64) -> Result<u64, StoreError> {
    let value = Expr::col("value");
    let higher: Expr = Expr::case(value.clone().lt(signed(theirs)), signed(theirs)).finally(value).into();
    let raise = Query::update().table("revision").value("value", higher.add(1i64)).to_owned();
    transaction.run(&raise).await?;
    let level = Query::update()
        .table("revision")
        .value("floor", Expr::col("value"))
        .returning(Query::returning().columns(["value"]))
        .to_owned();
    let row = transaction.row(&level).await?.and_then(|row| row.try_get::<i64>("", "value").ok());
    row.and_then(|value| value.try_into().ok()).ok_or(StoreError::Corrupt { what: "the revision".to_owned() })
}

/// Numbers the lines and hashes what it reads.
struct Lines<'a> {
    input: &'a mut (dyn BufRead + Send),
    number: u64,
    sum: Context,
    text: String,
}

impl Lines<'_> {
    /// Reads on by a line; false at the end of the input.
    fn advance(&mut self) -> Result<bool, RestoreError> {
        self.number += 1;
        self.text.clear();
        match self.input.read_line(&mut self.text) {
            Ok(read) => {
                self.sum.update(self.text.as_bytes());
                Ok(read > 0)
            }
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Err(self.damaged("is not text")),
            Err(error) => Err(error.into()),
        }
    }

    fn next(&mut self) -> Result<Option<Line>, RestoreError> {
        if !self.advance()? {
            return Ok(None);
        }
        serde_json::from_str(&self.text).map(Some).map_err(|_| self.damaged("is not JSON"))
    }

    fn damaged(&self, problem: &str) -> RestoreError {
        RestoreError::Damaged { line: self.number, problem: problem.to_owned() }
    }
}
