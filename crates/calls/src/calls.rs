//! What is known of calls: one handle for whoever asks, over files or over tables of a database.

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use keyward_model::Clock;
use keyward_model::call::CallRecord;
use keyward_model::team::TeamId;
use keyward_model::token::TokenId;
use keyward_store::{AddressOrder, Addresses, CallFilter, CallStore, OpenError, Page, PageRequest, Store, StoreError};
use uuid::Uuid;

use crate::analytics::{Analytics, AnalyticsError, AnalyticsQuery, Counts, Dimension};
use crate::files::{CallFiles, FilesError, FilesStatus};
use crate::geo::{Geo, GeoStatus};
use crate::query::Whose;
use crate::query::analytics::{chart, counts};
use crate::query::export::{ExportError, ExportFormat};
use crate::rows::{CallRows, RowsSink};
use crate::sink::Sink;
use crate::store_sink::FilesSink;
use crate::totals::CallTotals;

/// Where calls are kept.
#[derive(Clone, Debug)]
pub enum CallsPlace {
    /// In files in this folder.
    Folder(PathBuf),
    /// In tables of the database with this URL, for several nodes to share.
    Database(String),
}

/// Why calls cannot be kept there.
#[derive(Debug, thiserror::Error)]
pub enum CallsError {
    /// The folder cannot be used.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] OpenError),
}

/// What is known of calls. Cheap to clone.
#[derive(Clone)]
pub struct Calls {
    kept: Kept,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Calls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Calls").field("kept", &self.kept).finish_non_exhaustive()
    }
}

#[derive(Clone, Debug)]
enum Kept {
    Files(CallFiles),
    Rows(CallRows),
}

impl Calls {
    /// Opens the place of calls. A folder is made if it is not there, and read again after a crash.
    pub async fn open(place: CallsPlace, geo: Geo, clock: Arc<dyn Clock>) -> Result<Self, CallsError> {
        let kept = match place {
            CallsPlace::Folder(folder) => {
                let clock = Arc::clone(&clock);
                let open = tokio::task::spawn_blocking(move || CallFiles::open(&folder, geo, clock));
                Kept::Files(joined(open.await)?)
            }
            CallsPlace::Database(url) => Kept::Rows(CallRows::new(CallStore::open(&url).await?, geo)),
        };
        Ok(Self { kept, clock })
    }

    /// The same for a process that takes over: a folder is waited for until the process before lets go of it.
    pub async fn take_over(place: CallsPlace, geo: Geo, clock: Arc<dyn Clock>) -> Result<Self, CallsError> {
        let CallsPlace::Folder(folder) = place else { return Self::open(place, geo, clock).await };
        let files_clock = Arc::clone(&clock);
        let open = tokio::task::spawn_blocking(move || CallFiles::take_over(&folder, geo, files_clock));
        Ok(Self { kept: Kept::Files(joined(open.await)?), clock })
    }

    /// Passes the folder on to another process, where calls are kept in one. Calls that end from now on are adopted by
    /// that process.
    pub async fn give_away(&self) {
        if let Kept::Files(files) = &self.kept {
            let files = files.clone();
            joined(tokio::task::spawn_blocking(move || files.give_away()).await);
        }
    }

    /// Over tables that are open already.
    pub fn of_rows(store: CallStore, clock: Arc<dyn Clock>) -> Self {
        Self { kept: Kept::Rows(CallRows::new(store, Geo::default())), clock }
    }

    /// What the writer writes to: calls here, uses of tokens to `store`.
    pub fn sink(&self, store: Store) -> Arc<dyn Sink> {
        match &self.kept {
            Kept::Files(files) => Arc::new(FilesSink::new(files.clone(), store)),
            Kept::Rows(rows) => Arc::new(RowsSink::new(rows.clone(), store)),
        }
    }

    /// Whether calls can be asked for.
    pub async fn ping(&self) -> Result<(), StoreError> {
        match &self.kept {
            Kept::Files(_) => Ok(()),
            Kept::Rows(rows) => rows.store.ping().await,
        }
    }

    /// Ends in good order: everything on the disk, every connection closed.
    pub async fn close(&self) {
        match &self.kept {
            Kept::Files(files) => {
                let files = files.clone();
                let _ = tokio::task::spawn_blocking(move || files.close()).await;
            }
            Kept::Rows(rows) => rows.store.close().await,
        }
    }

    /// The files, where calls are kept in files.
    pub fn files(&self) -> Option<&CallFiles> {
        match &self.kept {
            Kept::Files(files) => Some(files),
            Kept::Rows(_) => None,
        }
    }

    /// The calls that this process has recorded. Not for the path of a call: it takes a lock for some milliseconds.
    pub async fn totals(&self) -> CallTotals {
        match &self.kept {
            Kept::Files(files) => read(files, |files| files.shared.state().totals()).await,
            Kept::Rows(rows) => rows.totals.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// What the files amount to; none over a database.
    pub fn status(&self) -> Option<FilesStatus> {
        self.files().map(CallFiles::status)
    }

    /// The databases that say where addresses are. Without any, countries are unknown.
    pub fn geo_status(&self) -> GeoStatus {
        match &self.kept {
            Kept::Files(files) => files.geo().status(),
            Kept::Rows(rows) => rows.geo.status(),
        }
    }

    /// Reads anew the databases of addresses that have changed. Files see to that themselves.
    pub async fn reload_geo(&self) {
        if let Kept::Rows(rows) = &self.kept {
            let geo = Arc::clone(&rows.geo);
            joined(tokio::task::spawn_blocking(move || geo.reload()).await);
        }
    }

    /// The record of a request of `team`.
    pub async fn call(&self, team: TeamId, request_id: Uuid) -> Result<Option<CallRecord>, StoreError> {
        match &self.kept {
            Kept::Files(files) => read(files, move |files| files.find(Whose::Team(team), request_id)).await,
            Kept::Rows(rows) => rows.store.call(team, request_id).await,
        }
    }

    /// The record of a request, whosever it is: for whoever runs the installation.
    pub async fn call_of_any_team(&self, request_id: Uuid) -> Result<Option<CallRecord>, StoreError> {
        match &self.kept {
            Kept::Files(files) => read(files, move |files| files.find(Whose::Everybody, request_id)).await,
            Kept::Rows(rows) => rows.store.call_of_any_team(request_id).await,
        }
    }

    /// A page of the calls of `team`, newest first.
    pub async fn calls(
        &self,
        team: TeamId,
        filter: &CallFilter,
        page: &PageRequest,
    ) -> Result<Page<CallRecord>, StoreError> {
        match &self.kept {
            Kept::Files(files) => list(files, Whose::Team(team), filter, page).await,
            Kept::Rows(rows) => rows.store.calls(team, filter, page).await,
        }
    }

    /// A page of the calls of the installation, those of no team among them, newest first.
    pub async fn calls_of_all_teams(
        &self,
        filter: &CallFilter,
        page: &PageRequest,
    ) -> Result<Page<CallRecord>, StoreError> {
        match &self.kept {
            Kept::Files(files) => list(files, Whose::Everybody, filter, page).await,
            Kept::Rows(rows) => rows.store.calls_of_all_teams(filter, page).await,
        }
    }

    /// The last call with a token of `team` that the gateway turned away.
    pub async fn latest_refusal(&self, team: TeamId, token: TokenId) -> Result<Option<CallRecord>, StoreError> {
        let filter = CallFilter { token: Some(token), allowed: Some(false), ..CallFilter::default() };
        let page = PageRequest { after: None, limit: 1 };
        Ok(self.calls(team, &filter, &page).await?.items.pop())
    }

    /// Where the calls of `team` came from. Those whose details are gone are not counted.
    pub async fn addresses(
        &self,
        team: TeamId,
        filter: &CallFilter,
        order: AddressOrder,
    ) -> Result<Addresses, StoreError> {
        match &self.kept {
            Kept::Files(files) => {
                let filter = filter.clone();
                read(files, move |files| files.addresses(Whose::Team(team), &filter, order)).await
            }
            Kept::Rows(rows) => rows.store.addresses(Some(team), filter, order).await,
        }
    }

    /// Where the calls of the installation came from, those of no team among them.
    pub async fn addresses_of_all_teams(
        &self,
        filter: &CallFilter,
        order: AddressOrder,
    ) -> Result<Addresses, StoreError> {
        match &self.kept {
            Kept::Files(files) => {
                let filter = filter.clone();
                read(files, move |files| files.addresses(Whose::Everybody, &filter, order)).await
            }
            Kept::Rows(rows) => rows.store.addresses(None, filter, order).await,
        }
    }

    /// How often a token of `team` was used, by api, route and outcome: exact, also where details are gone. The range
    /// is that of the query, in whole steps; its grouping and the number of its series are of no account.
    pub async fn counts(
        &self,
        team: TeamId,
        query: &AnalyticsQuery,
        by: &[Dimension],
    ) -> Result<Counts, AnalyticsError> {
        let (query, now) = (AnalyticsQuery { group_by: by.to_vec(), ..query.clone() }, self.clock.now());
        let whose = Whose::Team(team);
        match &self.kept {
            Kept::Files(files) => {
                read(files, move |files| {
                    let spans = files.shared.state().uptime.spans(now);
                    counts(files, whose, &query, now, &spans)
                })
                .await
            }
            Kept::Rows(rows) => {
                let range = rows.range_of_counts(whose, &query).await?;
                let spans: Vec<(i64, i64)> = range.since.map(|since| (since, now.as_millis())).into_iter().collect();
                let asked = tokio::task::spawn_blocking(move || counts(&range, whose, &query, now, &spans));
                joined(asked.await)
            }
        }
    }

    /// A chart of the calls of `team`.
    pub async fn analytics(&self, team: TeamId, query: &AnalyticsQuery) -> Result<Analytics, AnalyticsError> {
        self.chart(Whose::Team(team), query).await
    }

    /// A chart of the calls of the installation: for whoever runs it.
    pub async fn analytics_of_all_teams(&self, query: &AnalyticsQuery) -> Result<Analytics, AnalyticsError> {
        self.chart(Whose::Everybody, query).await
    }

    async fn chart(&self, whose: Whose, query: &AnalyticsQuery) -> Result<Analytics, AnalyticsError> {
        let (query, now) = (query.clone(), self.clock.now());
        match &self.kept {
            Kept::Files(files) => {
                read(files, move |files| {
                    let spans = files.shared.state().uptime.spans(now);
                    chart(files, whose, &query, now, &spans)
                })
                .await
            }
            Kept::Rows(rows) => {
                let range = rows.range_of_chart(whose, &query).await?;
                let spans: Vec<(i64, i64)> = range.since.map(|since| (since, now.as_millis())).into_iter().collect();
                let asked = tokio::task::spawn_blocking(move || chart(&range, whose, &query, now, &spans));
                joined(asked.await)
            }
        }
    }

    /// Writes the wanted calls of `team` to `sink`, the oldest first, off the runtime's threads and without holding more than a part of them in
    /// memory. Answers how many they are. Over a database the newest come first.
    pub async fn export(
        &self,
        team: TeamId,
        filter: &CallFilter,
        format: ExportFormat,
        sink: impl Write + Send + 'static,
    ) -> Result<u64, ExportError> {
        self.export_whose(Whose::Team(team), filter, format, sink).await
    }

    /// Writes the wanted calls of every team to `sink`: for whoever runs the installation.
    pub async fn export_of_all_teams(
        &self,
        filter: &CallFilter,
        format: ExportFormat,
        sink: impl Write + Send + 'static,
    ) -> Result<u64, ExportError> {
        self.export_whose(Whose::Everybody, filter, format, sink).await
    }

    async fn export_whose(
        &self,
        whose: Whose,
        filter: &CallFilter,
        format: ExportFormat,
        mut sink: impl Write + Send + 'static,
    ) -> Result<u64, ExportError> {
        let filter = filter.clone();
        match &self.kept {
            Kept::Files(files) => read(files, move |files| files.export(whose, &filter, format, &mut sink)).await,
            Kept::Rows(rows) => rows.export(whose, &filter, format, sink).await,
        }
    }

    pub(crate) fn rows(&self) -> Option<&CallStore> {
        match &self.kept {
            Kept::Files(_) => None,
            Kept::Rows(rows) => Some(&rows.store),
        }
    }
}

async fn list(
    files: &CallFiles,
    whose: Whose,
    filter: &CallFilter,
    page: &PageRequest,
) -> Result<Page<CallRecord>, StoreError> {
    let (filter, page) = (filter.clone(), page.clone());
    read(files, move |files| files.list(whose, &filter, &page)).await
}

/// Asks the files off the runtime's threads.
async fn read<T: Send + 'static>(files: &CallFiles, ask: impl FnOnce(&CallFiles) -> T + Send + 'static) -> T {
    let files = files.clone();
    joined(tokio::task::spawn_blocking(move || ask(&files)).await)
}

/// A panic goes on where it was waited for.
pub(crate) fn joined<T>(outcome: Result<T, tokio::task::JoinError>) -> T {
    match outcome {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => panic!("a blocking task that has begun is never cancelled"),
        },
    }
}
