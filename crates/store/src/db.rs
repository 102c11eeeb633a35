//! The connections to one database, and what is sent over them.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, IsolationLevel, QueryResult,
    SqliteTransactionMode, StatementBuilder, TransactionOptions, TransactionTrait,
};
use sqlx::postgres::PgConnectOptions;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::StoreError;
use crate::fault::{self, Fault};

mod postgres;
mod sqlite;

/// The kind of database behind a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A file.
    Sqlite,
    /// A server, which several nodes may share.
    Postgres,
}

/// How sure a commit is when it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// On disk: a power failure loses nothing.
    Disk,
    /// With the operating system: a killed process loses nothing, a power failure the last moments.
    System,
}

/// How long to wait for a connection.
pub(crate) const ACQUIRE: Duration = Duration::from_secs(3);
/// How long to wait for one's turn to write.
const TURN: Duration = Duration::from_secs(5);
/// How long one statement may take before the connection counts as dead.
const STATEMENT: Duration = Duration::from_secs(10);
/// The same where whole tables are rewritten.
const LONG_STATEMENT: Duration = Duration::from_secs(3600);

/// A database. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    target: Target,
    pools: ArcSwap<Pools>,
    /// Writers queue here, holding no connection: both databases let only one through at a time anyway.
    writers: Arc<Semaphore>,
}

enum Target {
    Sqlite { file: PathBuf, durability: Durability, identity: OnceLock<sqlite::Identity> },
    Postgres { options: Box<PgConnectOptions>, place: String },
}

/// One set of connections. When they turn out dead, the whole set is replaced.
pub(crate) struct Pools {
    read: DatabaseConnection,
    write: DatabaseConnection,
    /// The log that they write to, where it is a file.
    log: Arc<sqlite::Log>,
}

impl Db {
    /// Opens the database at `url`.
    pub(crate) async fn open(url: &str, durability: Durability) -> Result<Self, crate::OpenError> {
        let target = match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => sqlite::target(url, durability)?,
            Some("postgres" | "postgresql") => postgres::target(url)?,
            _ => return Err(crate::OpenError::BadUrl("this is not the URL of a database".to_owned())),
        };
        let pools = ArcSwap::from_pointee(target.pools());
        let db = Self { inner: Arc::new(Inner { target, pools, writers: Arc::new(Semaphore::new(1)) }) };
        match &db.inner.target {
            Target::Sqlite { file, .. } => sqlite::prepare(&db, file).await?,
            Target::Postgres { place, .. } => postgres::prepare(&db, place).await?,
        }
        Ok(db)
    }

    pub(crate) fn backend(&self) -> Backend {
        match self.inner.target {
            Target::Sqlite { .. } => Backend::Sqlite,
            Target::Postgres { .. } => Backend::Postgres,
        }
    }

    /// Where the database is, for people; never with a password.
    pub(crate) fn place(&self) -> String {
        match &self.inner.target {
            Target::Sqlite { file, .. } => file.display().to_string(),
            Target::Postgres { place, .. } => place.clone(),
        }
    }

    /// How to reach the server; none for a file.
    pub(crate) fn postgres(&self) -> Option<&PgConnectOptions> {
        match &self.inner.target {
            Target::Sqlite { .. } => None,
            Target::Postgres { options, .. } => Some(options),
        }
    }

    /// For single reads.
    pub(crate) fn read(&self) -> Session<DatabaseConnection> {
        let pools = self.inner.pools.load_full();
        Session::new(self, pools.read.clone(), pools, None)
    }

    /// For reads that must all see the same state.
    pub(crate) async fn snapshot(&self) -> Result<Session<DatabaseTransaction>, StoreError> {
        let pools = self.inner.pools.load_full();
        // On SQLite a deferred transaction keeps the state of its first read.
        let begin = match self.backend() {
            Backend::Sqlite => pools.read.begin_with_options(TransactionOptions::default()),
            Backend::Postgres => {
                pools.read.begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly))
            }
        };
        let transaction = self.timed(&pools, STATEMENT, begin).await?;
        Ok(Session::new(self, transaction, pools, None))
    }

    /// For writing, one at a time.
    pub(crate) async fn write(&self) -> Result<Session<DatabaseTransaction>, StoreError> {
        let turn = tokio::time::timeout(TURN, self.inner.writers.clone().acquire_owned())
            .await
            .map_err(|_| StoreError::Unavailable("too many changes wait for each other".to_owned()))?
            .map_err(|_| StoreError::Unavailable("the store is closed".to_owned()))?;
        let pools = self.inner.pools.load_full();
        // Taking SQLite's write lock later, after a read, could fail when another process wrote in between.
        let options = match self.backend() {
            Backend::Sqlite => TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            },
            Backend::Postgres => TransactionOptions::default(),
        };
        let transaction = self.timed(&pools, STATEMENT, pools.write.begin_with_options(options)).await?;
        self.in_place(&pools)?;
        Ok(Session::new(self, transaction, pools, Some(turn)))
    }

    /// For writing all of it: migrations and restores. Their statements may take long.
    pub(crate) async fn write_at_length(&self) -> Result<Session<DatabaseTransaction>, StoreError> {
        let mut session = self.write().await?;
        session.patience = LONG_STATEMENT;
        if self.backend() == Backend::Postgres {
            session.run_text("SET LOCAL lock_timeout = '60s'").await?;
        }
        Ok(session)
    }

    /// Sees that what is written goes to the files that the next start will read. SQLite itself would go on
    /// writing to files that were deleted, and acknowledge what nobody will ever see again.
    fn in_place(&self, pools: &Pools) -> Result<(), StoreError> {
        let Target::Sqlite { file, identity, .. } = &self.inner.target else { return Ok(()) };
        if sqlite::is_in_place(file, identity, &pools.log) {
            return Ok(());
        }
        let reason = "its files were moved, deleted or replaced while in use; put them back, or restart Keyward";
        Err(StoreError::Unavailable(reason.to_owned()))
    }

    /// Ends every connection in good order.
    pub(crate) async fn close(&self) {
        self.inner.writers.close();
        let pools = self.inner.pools.load_full();
        for pool in [&pools.write, &pools.read] {
            if let Err(error) = pool.close_by_ref().await {
                tracing::warn!(%error, "a connection did not close in good order");
            }
        }
    }

    /// Waits for the database, not for ever, and sorts its errors.
    async fn timed<T>(
        &self,
        pools: &Arc<Pools>,
        patience: Duration,
        answer: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, StoreError> {
        let fault = match tokio::time::timeout(patience, answer).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => fault::of(&error, self.file()),
            Err(_) => Fault::Lost(format!("no answer within {} s", patience.as_secs())),
        };
        if matches!(fault, Fault::Lost(_)) {
            self.renew(pools);
        }
        Err(fault.into())
    }

    /// Replaces a set of connections that turned out dead; whoever comes second finds it done.
    fn renew(&self, dead: &Arc<Pools>) {
        if Arc::ptr_eq(&self.inner.pools.load(), dead) {
            self.inner.pools.compare_and_swap(dead, Arc::new(self.inner.target.pools()));
        }
    }

    fn file(&self) -> Option<&std::path::Path> {
        match &self.inner.target {
            Target::Sqlite { file, .. } => Some(file),
            Target::Postgres { .. } => None,
        }
    }
}

impl Target {
    /// A fresh set of connections; none is opened before it is needed.
    fn pools(&self) -> Pools {
        match self {
            Self::Sqlite { file, durability, .. } => sqlite::pools(file, *durability),
            Self::Postgres { options, .. } => postgres::pools(options),
        }
    }
}

/// What statements are sent to: a pool for single reads, or a transaction.
pub(crate) struct Session<C> {
    db: Db,
    conn: C,
    pools: Arc<Pools>,
    patience: Duration,
    /// Set by the first statement that fails.
    failed: AtomicBool,
    _turn: Option<OwnedSemaphorePermit>,
}

impl<C: ConnectionTrait> Session<C> {
    fn new(db: &Db, conn: C, pools: Arc<Pools>, turn: Option<OwnedSemaphorePermit>) -> Self {
        Self { db: db.clone(), conn, pools, patience: STATEMENT, failed: AtomicBool::new(false), _turn: turn }
    }

    /// Every row of a query.
    pub(crate) async fn rows<S: StatementBuilder>(&self, statement: &S) -> Result<Vec<QueryResult>, StoreError> {
        self.going_on()?;
        let statement = self.conn.get_database_backend().build(statement);
        self.noting(self.db.timed(&self.pools, self.patience, self.conn.query_all_raw(statement)).await)
    }

    /// The first row of a query.
    pub(crate) async fn row<S: StatementBuilder>(&self, statement: &S) -> Result<Option<QueryResult>, StoreError> {
        self.going_on()?;
        let statement = self.conn.get_database_backend().build(statement);
        self.noting(self.db.timed(&self.pools, self.patience, self.conn.query_one_raw(statement)).await)
    }

    /// Runs a statement; how many rows it changed.
    pub(crate) async fn run<S: StatementBuilder>(&self, statement: &S) -> Result<u64, StoreError> {
        self.going_on()?;
        let statement = self.conn.get_database_backend().build(statement);
        let done = self.noting(self.db.timed(&self.pools, self.patience, self.conn.execute_raw(statement)).await)?;
        Ok(done.rows_affected())
    }

    /// Runs statements that are text of our own.
    pub(crate) async fn run_text(&self, sql: &str) -> Result<(), StoreError> {
        self.going_on()?;
        self.noting(self.db.timed(&self.pools, self.patience, self.conn.execute_unprepared(sql)).await).map(drop)
    }

    pub(crate) fn backend(&self) -> Backend {
        self.db.backend()
    }

    /// After a failed statement there is nothing more to be done here: PostgreSQL would refuse it, and SQLite may
    /// have left the transaction by itself, so that a further statement would be lasting at once.
    fn going_on(&self) -> Result<(), StoreError> {
        if self.failed.load(Ordering::Relaxed) {
            return Err(StoreError::Other("an earlier statement of the transaction had failed".to_owned()));
        }
        Ok(())
    }

    fn noting<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if result.is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
        result
    }
}

impl Session<DatabaseTransaction> {
    /// Makes the transaction's changes lasting and seen by all.
    ///
    /// After a failed statement PostgreSQL answers COMMIT with a rollback and calls that a success; so a
    /// transaction in which anything failed is refused here.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        self.going_on()?;
        let Self { db, conn, pools, patience, _turn, .. } = self;
        db.in_place(&pools)?;
        db.timed(&pools, patience, conn.commit()).await
    }
}
