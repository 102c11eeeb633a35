//! Reading every token for verifying: many at a time, each held against its seal, kept in the least room.

use std::sync::Arc;

use keyward_model::integrity::Mac;
use keyward_model::resource::Kind;
use keyward_model::token::{CompactToken, SharedParts, StoredCompactToken, TokenId};
use sea_orm::QueryResult;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};

use super::{CorruptRow, DOCUMENT, by_id, document_and_hash};
use crate::db::Backend;
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
const CUTS: [&str; 2] = ["K", "f"];
/// While the rows of one are taken apart, those of another are found; of a file's readers one stays free for others.
const STRETCHES: i64 = CUTS.len() as i64 + 1;

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
        let cuts: Vec<Place> = match self.backend() {
            Backend::Postgres => CUTS.map(|id| Place::Id(id.to_owned())).into(),
            Backend::Sqlite => {
                let last = Query::select().expr_as(Expr::col(ROW).max(), "last").from(TOKEN.name).to_owned();
                let last = self.read().row(&last).await?;
                let last = last.and_then(|row| row.try_get::<Option<i64>>("", "last").ok()).flatten();
                let each = last.unwrap_or(0) / STRETCHES;
                (1..STRETCHES).map(|cut| Place::Row(each * cut)).collect()
            }
        };
        let after = std::iter::once(None).chain(cuts.iter().cloned().map(Some));
        let until = cuts.iter().cloned().map(Some).chain([None]);
        Ok(after.zip(until).map(|(after, until)| TokenStretch { after, until, ended: false }).collect())
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
        if self.backend() == Backend::Sqlite
            && let Some((tokens, last)) = self.page(stretch, limit, parts).await?
        {
            stretch.go_on(last.filter(|_| tokens.len() as u64 == limit).map(Place::Row));
            return Ok(Some(TokenBatch { tokens, damaged: Vec::new() }));
        }
        self.rows(stretch, limit, parts).await.map(Some)
    }

    /// Rows of a file in one value; none where something does not fit. Also the place of the last one.
    async fn page(
        &self,
        stretch: &TokenStretch,
        limit: u64,
        parts: &Arc<SharedParts>,
    ) -> Result<Option<(Vec<StoredCompactToken>, Option<i64>)>, StoreError> {
        let query = packed::page(stretch.next(packed::rows(ROW), ROW, limit));
        let Some(found) = self.read().row(&query).await? else { return Ok(None) };
        let last = found.try_get::<Option<i64>>("", "last").ok().flatten();
        let number = found.try_get::<i64>("", "number").ok().and_then(|number| usize::try_from(number).ok());
        if number == Some(0) {
            return Ok(Some((Vec::new(), None)));
        }
        let (mac, parts) = (self.mac()?, parts.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let page = found.try_get::<String>("", "page").ok()?;
            packed::read(&page, number?, &*mac, &parts)
        });
        let tokens = reading.await.map_err(|error| StoreError::Other(error.to_string()))?;
        Ok(tokens.map(|tokens| (tokens, last)))
    }

    async fn rows(
        &self,
        stretch: &mut TokenStretch,
        limit: u64,
        parts: &Arc<SharedParts>,
    ) -> Result<TokenBatch, StoreError> {
        let (mac, parts) = (self.mac()?, parts.clone());
        let mut query = TOKEN.select();
        let order = match self.backend() {
            Backend::Sqlite => ROW,
            Backend::Postgres => "id",
        };
        if order == ROW {
            query.expr_as(Expr::col((TOKEN.name, ROW)), ROW);
        }
        let rows = self.read().rows(&stretch.next(query, order, limit)).await?;
        let last = rows.last().filter(|_| rows.len() as u64 == limit);
        let place = last.map(|row| match self.backend() {
            Backend::Sqlite => row.try_get("", ROW).map(Place::Row),
            Backend::Postgres => row.try_get("", "id").map(Place::Id),
        });
        let place = place.transpose().map_err(|_| StoreError::Corrupt { what: "the place of a token".to_owned() })?;
        stretch.go_on(place);
        let reading = tokio::task::spawn_blocking(move || read_all(&rows, &*mac, &parts));
        reading.await.map_err(|error| StoreError::Other(error.to_string()))
    }
}

impl TokenStretch {
    /// The next rows of `query`, at most `limit`.
    fn next(&self, mut query: SelectStatement, order: &'static str, limit: u64) -> SelectStatement {
        let column = || Expr::col((TOKEN.name, order));
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

    /// Notes the last row that was read; none when there are no more.
    fn go_on(&mut self, last: Option<Place>) {
        self.ended = last.is_none();
        self.after = last;
    }
}

fn read_all(rows: &[QueryResult], mac: &dyn Mac, parts: &SharedParts) -> TokenBatch {
    let mut batch = TokenBatch { tokens: Vec::with_capacity(rows.len()), damaged: Vec::new() };
    for row in rows {
        match read(row, mac, parts) {
            Ok(token) => batch.tokens.push(token),
            Err(error) => {
                tracing::error!(damaged = %error, "a token is left out");
                batch.damaged.push(CorruptRow { kind: Kind::Token, id: TOKEN.key_of(row).concat() });
            }
        }
    }
    batch
}

/// A stored row, held against its seal.
fn read(row: &QueryResult, mac: &dyn Mac, parts: &SharedParts) -> Result<StoredCompactToken, StoreError> {
    let cells = TOKEN.read(row, Some(mac))?.into_iter().skip(DOCUMENT);
    let (document, hash) = document_and_hash(cells).ok_or_else(|| TOKEN.corrupt(row))?;
    let (token, team, app) = CompactToken::read(&document, parts).map_err(|_| TOKEN.corrupt(row))?;
    Ok(StoredCompactToken { token, team, app, hash })
}
