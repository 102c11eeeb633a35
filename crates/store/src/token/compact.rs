//! Reading every token for verifying: many at a time, each held against its seal, kept in the least room.

use std::sync::Arc;

use keyward_model::integrity::Mac;
use keyward_model::resource::Kind;
use keyward_model::token::{CompactToken, SharedParts, StoredCompactToken, TokenId};
use sea_orm::QueryResult;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};

use super::{CorruptRow, by_id, document_and_hash};
use crate::db::Backend;
use crate::row::Cell;
use crate::tables::TOKEN;
use crate::{Store, StoreError};

mod packed;

/// Some of the tokens of a [`TokenStretch`].
#[derive(Debug)]
pub struct TokenBatch {
    /// The tokens.
    pub tokens: Vec<StoredCompactToken>,
    /// Rows that were left out because they are damaged. They are in the log too.
    pub damaged: Vec<CorruptRow>,
}

/// A part of all tokens, read batch by batch. Stretches may be read side by side.
#[derive(Debug)]
pub struct TokenStretch {
    /// The last row that was read.
    after: Option<Place>,
    /// The last row that belongs to the stretch.
    until: Option<Place>,
    ended: bool,
}

/// Where a row lies. In a file rows are read in the order in which they lie there, and so are found side by side; ids
/// are random, and in their order each row would have to be fetched from somewhere else.
#[derive(Clone, Debug)]
enum Place {
    Row(i64),
    Id(String),
}

/// What SQLite calls the number of a row.
const ROW: &str = "rowid";
/// Where ids are cut. The stretches need not be even, nor ids sort like bytes.
const MIDDLE: &str = "V";

impl Store {
    /// The token with this id, whosever it is, as it is held for verifying.
    pub async fn compact_token_of_any_team(
        &self,
        id: TokenId,
        parts: &SharedParts,
    ) -> Result<Option<StoredCompactToken>, StoreError> {
        let mac = self.mac()?;
        self.read().row(&by_id(id)).await?.map(|row| read(&row, &*mac, parts)).transpose()
    }

    /// All tokens of the installation, in stretches to be read side by side.
    pub async fn token_stretches_of_all_teams(&self) -> Result<Vec<TokenStretch>, StoreError> {
        let middle = match self.backend() {
            Backend::Postgres => Place::Id(MIDDLE.to_owned()),
            Backend::Sqlite => {
                let last = Query::select().expr_as(Expr::col(ROW).max(), "last").from(TOKEN.name).to_owned();
                let last = self.read().row(&last).await?;
                let last = last.and_then(|row| row.try_get::<Option<i64>>("", "last").ok()).flatten();
                Place::Row(last.unwrap_or(0) / 2)
            }
        };
        Ok(vec![
            TokenStretch { after: None, until: Some(middle.clone()), ended: false },
            TokenStretch { after: Some(middle), until: None, ended: false },
        ])
    }

    /// The next tokens of a stretch, about `limit` of them; none when it is at its end. Damaged rows are left out, named,
    /// and logged.
    ///
    /// Rows are taken apart on a thread that may block, so that the database can find the next ones meanwhile for another
    /// stretch.
    pub async fn tokens_of_stretch(
        &self,
        stretch: &mut TokenStretch,
        limit: u64,
        parts: &Arc<SharedParts>,
    ) -> Result<Option<TokenBatch>, StoreError> {
        if stretch.ended {
            return Ok(None);
        }
        let (backend, mac) = (self.backend(), self.mac()?);
        let rows = self.read().rows(&stretch.next(backend, limit)).await?;
        stretch.go_on(backend, rows.last(), rows.len() as u64 == limit)?;
        let (for_reading, parts_there) = (mac.clone(), parts.clone());
        let reading = tokio::task::spawn_blocking(move || read_all(&rows, backend, &*for_reading, &parts_there));
        let (mut batch, unsure) = reading.await.map_err(|error| StoreError::Other(error.to_string()))?;
        for row in unsure {
            let query = TOKEN.select().and_where(Expr::col(ROW).eq(row)).to_owned();
            if let Some(row) = self.read().row(&query).await? {
                batch.take(&row, &*mac, parts);
            }
        }
        Ok(Some(batch))
    }
}

impl TokenStretch {
    fn next(&self, backend: Backend, limit: u64) -> SelectStatement {
        let order = if backend == Backend::Sqlite { ROW } else { "id" };
        let column = || Expr::col((TOKEN.name, order));
        let mut query = match backend {
            Backend::Sqlite => packed::select(ROW),
            Backend::Postgres => TOKEN.select(),
        };
        match &self.after {
            Some(Place::Row(row)) => query.and_where(column().gt(*row)),
            Some(Place::Id(id)) => query.and_where(column().gt(id.as_str())),
            None => &mut query,
        };
        match &self.until {
            Some(Place::Row(row)) => query.and_where(column().lte(*row)),
            Some(Place::Id(id)) => query.and_where(column().lte(id.as_str())),
            None => &mut query,
        };
        query.order_by((TOKEN.name, order), Order::Asc).limit(limit).to_owned()
    }

    fn go_on(&mut self, backend: Backend, last: Option<&QueryResult>, full: bool) -> Result<(), StoreError> {
        let Some(last) = last.filter(|_| full) else {
            self.ended = true;
            return Ok(());
        };
        let place = match backend {
            Backend::Sqlite => last.try_get("", ROW).map(Place::Row),
            Backend::Postgres => last.try_get("", "id").map(Place::Id),
        };
        self.after = Some(place.map_err(|_| StoreError::Corrupt { what: "the place of a token".to_owned() })?);
        Ok(())
    }
}

/// Reads rows; also names those, by their number, that have to be read once more, column by column.
fn read_all(rows: &[QueryResult], backend: Backend, mac: &dyn Mac, parts: &SharedParts) -> (TokenBatch, Vec<i64>) {
    let mut batch = TokenBatch { tokens: Vec::with_capacity(rows.len()), damaged: Vec::new() };
    let mut unsure = Vec::new();
    for row in rows {
        if backend == Backend::Postgres {
            batch.take(row, mac, parts);
        } else if let Some(token) = packed::cells(row, mac).and_then(|cells| compact(cells, parts)) {
            batch.tokens.push(token);
        } else {
            unsure.extend(row.try_get::<i64>("", ROW).ok());
        }
    }
    (batch, unsure)
}

impl TokenBatch {
    fn take(&mut self, row: &QueryResult, mac: &dyn Mac, parts: &SharedParts) {
        match read(row, mac, parts) {
            Ok(token) => self.tokens.push(token),
            Err(error) => {
                tracing::error!(damaged = %error, "a token is left out");
                self.damaged.push(CorruptRow { kind: Kind::Token, id: TOKEN.key_of(row).concat() });
            }
        }
    }
}

/// A stored row, held against its seal.
fn read(row: &QueryResult, mac: &dyn Mac, parts: &SharedParts) -> Result<StoredCompactToken, StoreError> {
    compact(TOKEN.read(row, Some(mac))?, parts).ok_or_else(|| TOKEN.corrupt(row))
}

fn compact(cells: Vec<Cell>, parts: &SharedParts) -> Option<StoredCompactToken> {
    let (document, hash) = document_and_hash(cells)?;
    let (token, team, app) = CompactToken::read(&document, parts).ok()?;
    Some(StoredCompactToken { token, team, app, hash })
}
