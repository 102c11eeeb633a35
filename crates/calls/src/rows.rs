//! Calls in tables of a database, for several nodes to share: records as rows, rollups as rows. Slower by far than
//! files, and asked the same.

use std::io::Write;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{BoxFuture, FutureExt, TryFutureExt};
use keyward_model::Timestamp;
use keyward_model::call::CallRecord;
use keyward_model::token::{LastUse, TokenId};
use keyward_store::{CallFilter, CallStore, Page, PageRequest, RollupRow, Store, StoreError};

use crate::analytics::{AnalyticsError, AnalyticsQuery};
use crate::batch::Batch;
use crate::call::Call;
use crate::calls::joined;
use crate::columns::{Part, Table};
use crate::frame::{self, frames};
use crate::geo::{Geo, Location};
use crate::query::Whose;
use crate::query::analytics::Rollups;
use crate::query::axis::Axis;
use crate::query::export::{ExportError, ExportFormat, write_tables};
use crate::rollup;
use crate::schema::{ROLLUP, rollup as column};
use crate::segment::Segment;
use crate::sink::{Sink, WriteError};
use crate::store_sink::write_error;
use crate::totals::CallTotals;

/// Records read at a time for an export.
const PAGE: u32 = 1000;

/// Calls in tables.
#[derive(Clone, Debug)]
pub(crate) struct CallRows {
    pub(crate) store: CallStore,
    pub(crate) geo: Arc<Geo>,
    /// Calls written here since the start.
    pub(crate) totals: Arc<Mutex<CallTotals>>,
}

impl CallRows {
    pub(crate) fn new(store: CallStore, geo: Geo) -> Self {
        Self { store, geo: Arc::new(geo), totals: Arc::default() }
    }

    /// The rollups that a chart needs, with those of the range before.
    pub(crate) async fn range_of_chart(&self, whose: Whose, query: &AnalyticsQuery) -> Result<Range, AnalyticsError> {
        let axis = Axis::of(query)?;
        let from = if query.compare_with_previous { axis.before(query)?.from() } else { axis.from() };
        Ok(self.range(whose, from, axis.to()).await?)
    }

    /// The rollups that counts need.
    pub(crate) async fn range_of_counts(&self, whose: Whose, query: &AnalyticsQuery) -> Result<Range, AnalyticsError> {
        let axis = Axis::whole(query)?;
        Ok(self.range(whose, axis.from(), axis.to()).await?)
    }

    async fn range(&self, whose: Whose, from: i64, to: i64) -> Result<Range, StoreError> {
        let (from, to) = (Timestamp::from_millis(from), Timestamp::from_millis(to));
        let rows = match whose {
            Whose::Team(team) => self.store.rollup(team, from, to).await?,
            Whose::Everybody => self.store.rollup_of_all_teams(from, to).await?,
        };
        Ok(Range { table: table(&rows), since: self.store.rollup_since().await?.map(Timestamp::as_millis) })
    }

    pub(crate) async fn export(
        &self,
        whose: Whose,
        filter: &CallFilter,
        format: ExportFormat,
        mut sink: impl Write + Send + 'static,
    ) -> Result<u64, ExportError> {
        let (rows, filter, runtime) = (self.clone(), filter.clone(), tokio::runtime::Handle::current());
        let write = move || {
            let (mut pages, mut failed, mut calls) = (Some(None), None, 0);
            // Asked for as they are written: one page at a time is in memory.
            let tables = std::iter::from_fn(|| {
                let page = PageRequest { after: pages.take()?, limit: PAGE };
                match runtime.block_on(rows.page(whose, &filter, &page)) {
                    Ok(found) => {
                        calls += found.items.len() as u64;
                        pages = found.next.map(Some);
                        Some(segment(&found.items, &rows.geo).calls)
                    }
                    Err(error) => {
                        failed = Some(error);
                        None
                    }
                }
            });
            write_tables(tables, format, &mut sink)?;
            failed.map_or(Ok(calls), |error| Err(error.into()))
        };
        joined(tokio::task::spawn_blocking(write).await)
    }

    async fn page(
        &self,
        whose: Whose,
        filter: &CallFilter,
        page: &PageRequest,
    ) -> Result<Page<CallRecord>, StoreError> {
        match whose {
            Whose::Team(team) => self.store.calls(team, filter, page).await,
            Whose::Everybody => self.store.calls_of_all_teams(filter, page).await,
        }
    }
}

/// Rollups read from rows.
pub(crate) struct Range {
    table: Table,
    pub(crate) since: Option<i64>,
}

impl Rollups for Range {
    fn parts(&self, _axis: &Axis, _callers: bool) -> Result<Vec<Box<dyn Part + Send>>, StoreError> {
        Ok(vec![Box::new(self.table.clone())])
    }
}

fn segment(records: &[CallRecord], geo: &Geo) -> Segment {
    let mut bytes = Vec::new();
    records.iter().for_each(|record| frame::encode(&Call::from(record), &mut bytes));
    let mut segment = Segment::new(0);
    frames(&bytes).for_each(|frame| segment.take(&frame, geo));
    segment
}

fn table(rows: &[RollupRow]) -> Table {
    let mut table = Table::new(&ROLLUP);
    for row in rows {
        let columns = &mut table.columns;
        columns[column::AT].push_int64(row.at.as_millis());
        for (number, word) in column::WORDS.zip(&row.words) {
            columns[number].push_bytes(word.as_bytes());
        }
        columns[column::STATUS].push_int32(u32::from(row.status));
        columns[column::CALLS].push_int32(u32::try_from(row.calls).unwrap_or(u32::MAX));
        for (number, sum) in
            [(column::BYTES_IN, row.bytes_in), (column::BYTES_OUT, row.bytes_out), (column::COST, row.cost)]
        {
            columns[number].push_int64(i64::try_from(sum).unwrap_or(i64::MAX));
        }
        columns[column::TOTAL].push_bytes(&row.total);
        columns[column::FIRST_BYTE].push_bytes(&row.first_byte);
    }
    table
}

fn rollup_rows(table: &Table) -> Vec<RollupRow> {
    let columns = &table.columns;
    let large = |number: usize, row: usize| u64::try_from(columns[number].int64()[row]).unwrap_or(0);
    let row = |row: usize| RollupRow {
        at: Timestamp::from_millis(columns[column::AT].int64()[row]),
        words: std::array::from_fn(|number| columns[column::WORDS.start() + number].text(row).into_owned()),
        status: u16::try_from(columns[column::STATUS].int32()[row]).unwrap_or(0),
        calls: u64::from(columns[column::CALLS].int32()[row]),
        bytes_in: large(column::BYTES_IN, row),
        bytes_out: large(column::BYTES_OUT, row),
        cost: large(column::COST, row),
        total: columns[column::TOTAL].bytes(row).to_vec(),
        first_byte: columns[column::FIRST_BYTE].bytes(row).to_vec(),
    };
    (0..table.rows()).map(row).collect()
}

/// Writes calls and their rollups as rows, in one transaction, and uses of tokens to the store.
pub(crate) struct RowsSink {
    rows: CallRows,
    store: Store,
}

impl RowsSink {
    pub(crate) fn new(rows: CallRows, store: Store) -> Self {
        Self { rows, store }
    }
}

impl Sink for RowsSink {
    fn insert<'a>(&'a self, records: &'a [CallRecord]) -> BoxFuture<'a, Result<(), WriteError>> {
        self.rows.store.insert(records).map_err(write_error).boxed()
    }

    fn append<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Result<(), WriteError>> {
        let mut segment = Segment::new(0);
        frames(batch.frames()).for_each(|frame| segment.take(&frame, &self.rows.geo));
        batch.held.tally.cells().for_each(|(key, cell)| segment.count(&key, cell, &self.rows.geo));
        let rollup = rollup_rows(&rollup::table(&segment));
        let records = batch.records(|address| self.locate(address));
        let counted = CallTotals::of(&segment);
        async move {
            self.rows.store.insert_with_rollup(&records, &rollup).await.map_err(write_error)?;
            self.rows.totals.lock().unwrap_or_else(PoisonError::into_inner).absorb(&counted);
            Ok(())
        }
        .boxed()
    }

    fn add_uses<'a>(&'a self, uses: &'a [(TokenId, LastUse)]) -> BoxFuture<'a, Result<(), WriteError>> {
        self.store.add_uses(uses).map_err(write_error).boxed()
    }

    fn locate(&self, address: IpAddr) -> Location {
        self.rows.geo.locate(address)
    }
}
