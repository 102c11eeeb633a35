//! Making a backup, while everything goes on.

use std::io::Write;

use aws_lc_rs::digest::{Context, SHA256};
use keyward_model::integrity::hex;
use sea_orm::DatabaseTransaction;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};

use super::line::{Line, row_of};
use super::{DumpSummary, FORMAT, FORMAT_VERSION, Header, Trailer};
use crate::db::{Backend, Session};
use crate::migrate;
use crate::row::{Cell, Table, unsigned};
use crate::tables::BACKED_UP;
use crate::{Store, StoreError};

/// Why a backup was not made.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The backup could not be written.
    #[error("the backup could not be written: {0}")]
    Write(#[from] std::io::Error),
}

/// Rows read at a time.
const BATCH: u64 = 1000;

impl Store {
    /// Writes the whole database as of one moment, while others go on reading and writing.
    pub async fn dump(&self, out: &mut (dyn Write + Send)) -> Result<DumpSummary, DumpError> {
        let snapshot = self.db().snapshot().await?;
        let query = Query::select().column("value").from("revision").to_owned();
        let revision = snapshot.row(&query).await?.and_then(|row| row.try_get::<i64>("", "value").ok());
        let revision = revision.map(unsigned).ok_or(StoreError::Corrupt { what: "the revision".to_owned() })?;
        let created_at = self.clock().now();
        let backend = match self.backend() {
            Backend::Sqlite => "sqlite",
            Backend::Postgres => "postgres",
        };
        let header = Header {
            format: FORMAT.to_owned(),
            format_version: FORMAT_VERSION,
            schema: migrate::STORE.known(),
            backend: backend.to_owned(),
            revision,
            created_at,
        };
        let mut out = Hashed { out, sum: Context::new(&SHA256) };
        out.line(&header)?;
        let mut rows = 0;
        for table in BACKED_UP {
            rows += write_table(&snapshot, table, &mut out).await?;
        }
        let sha256 = hex(out.sum.clone().finish().as_ref());
        out.line(&Line::End { end: Trailer { rows, sha256 } })?;
        out.out.flush()?;
        Ok(DumpSummary { revision, rows, created_at })
    }
}

async fn write_table(
    snapshot: &Session<DatabaseTransaction>,
    table: &Table,
    out: &mut Hashed<'_>,
) -> Result<u64, DumpError> {
    let key = || table.columns[..table.key].iter().map(|column| Expr::col(column.0));
    let mut last: Option<Vec<Cell>> = None;
    let mut written = 0;
    loop {
        let mut query = table.select();
        if let Some(last) = last.take() {
            query.and_where(Expr::tuple(key()).gt(Expr::tuple(last.into_iter().map(Expr::from))));
        }
        for column in &table.columns[..table.key] {
            query.order_by(column.0, Order::Asc);
        }
        let rows = snapshot.rows(&query.limit(BATCH).to_owned()).await?;
        for row in &rows {
            let corrupt = || DumpError::from(table.corrupt(row));
            let cells = table.read_unchecked(row).map_err(|()| corrupt())?;
            let seal = table.sealed.then(|| row.try_get::<Vec<u8>>("", "seal")).transpose().map_err(|_| corrupt())?;
            last = Some(cells[..table.key].to_vec());
            out.line(&row_of(table, cells, seal))?;
            written += 1;
        }
        if (rows.len() as u64) < BATCH {
            return Ok(written);
        }
    }
}

/// Hashes what it passes on.
struct Hashed<'a> {
    out: &'a mut (dyn Write + Send),
    sum: Context,
}

impl Hashed<'_> {
    fn line(&mut self, line: &impl serde::Serialize) -> Result<(), std::io::Error> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.sum.update(&text);
        self.out.write_all(&text)
    }
}
