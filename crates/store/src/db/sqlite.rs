//! SQLite: one file, one writer, several readers.

use std::fs::OpenOptions;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use sea_orm::SqlxSqliteConnector;
use sqlx::pool::PoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Sqlite};

use super::{ACQUIRE, Db, Durability, Pools, Target};
use crate::OpenError;
use crate::fault::{self, Fault};

/// Reads that go on at the same time.
const READERS: u32 = 4;

/// The file that `url` names: `sqlite:///absolute/path` or `sqlite:path`.
pub(super) fn target(url: &str, durability: Durability) -> Result<Target, OpenError> {
    let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).unwrap_or_default();
    if path.is_empty() || path.starts_with(':') || path.contains(['?', '#', '\0']) {
        return Err(OpenError::BadUrl("the URL of a SQLite database is a plain path to a file".to_owned()));
    }
    Ok(Target::Sqlite { file: PathBuf::from(path), durability, identity: OnceLock::new() })
}

/// Creates the file where it is absent, and sees that it is a database and can be written to.
pub(super) async fn prepare(db: &Db, file: &Path) -> Result<(), OpenError> {
    let place = db.place();
    // SQLite gives its write-ahead log the mode of the database, so that all are private from the start.
    let created = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(file);
    created.map_err(|error| fault::of_io(&error).opening(&place))?;
    fault::writable(file).or_else(|fault| if fault == Fault::Full { Ok(()) } else { Err(fault.opening(&place)) })?;
    let begun = db.write().await.map_err(|error| opening(error, &place))?;
    drop(begun);
    Ok(())
}

fn opening(error: crate::StoreError, place: &str) -> OpenError {
    OpenError::from_store(error, place)
}

/// One connection that writes, and a few that only read.
pub(super) fn pools(file: &Path, durability: Durability) -> Pools {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(match durability {
            Durability::Disk => SqliteSynchronous::Full,
            Durability::System => SqliteSynchronous::Normal,
        })
        .foreign_keys(true)
        // Rows come over from the connection's thread; with the usual 50 it waits for whoever reads many.
        .row_buffer_size(1000)
        .busy_timeout(Duration::from_secs(5))
        // A log that one long transaction has swollen is cut back.
        .pragma("journal_size_limit", "67108864")
        .disable_statement_logging();
    let pool = |connections: u32| {
        PoolOptions::<Sqlite>::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE)
            .idle_timeout(None)
            .max_lifetime(None)
            .after_release(|connection, _| Box::pin(async move { Ok(is_clean(connection).await) }))
    };
    let log = Arc::new(Log::default());
    let opened = log.clone();
    let writer = pool(1).after_connect(move |_, _| {
        opened.opened.fetch_add(1, Ordering::Release);
        Box::pin(async { Ok(()) })
    });
    let reader = pool(READERS).connect_lazy_with(options.clone().pragma("query_only", "on"));
    Pools {
        read: SqlxSqliteConnector::from_sqlx_sqlite_pool(reader),
        write: SqlxSqliteConnector::from_sqlx_sqlite_pool(writer.connect_lazy_with(options)),
        log,
    }
}

/// A file, whatever its name: its device and number.
pub(super) type Identity = (u64, u64);

fn identity_of(file: &Path) -> Option<Identity> {
    file.metadata().ok().map(|found| (found.dev(), found.ino()))
}

/// The write-ahead log of the connections of a set.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// How many connections that write were opened so far. Each may have begun a new log.
    opened: AtomicU64,
    /// The log of that connection.
    seen: Mutex<Option<(u64, Identity)>>,
}

impl Log {
    fn is_in_place(&self, file: &Path) -> bool {
        let mut name = file.as_os_str().to_owned();
        name.push("-wal");
        let Some(found) = identity_of(Path::new(&name)) else { return false };
        let opened = self.opened.load(Ordering::Acquire);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match *seen {
            Some((of, known)) if of == opened => known == found,
            _ => {
                *seen = Some((opened, found));
                true
            }
        }
    }
}

/// Whether a database and its log are still the files that were opened.
pub(super) fn is_in_place(file: &Path, identity: &OnceLock<Identity>, log: &Log) -> bool {
    let Some(found) = identity_of(file) else { return false };
    *identity.get_or_init(|| found) == found && log.is_in_place(file)
}

/// Whether a connection that comes back stands outside of any transaction.
///
/// When a disk is full SQLite may roll back by itself; the driver's own ROLLBACK then fails, it goes on counting
/// the transaction as open, and would begin the next one inside it. Such a connection is thrown away.
async fn is_clean(connection: &mut sqlx::SqliteConnection) -> bool {
    // The driver's worker answers in order: after this, a rollback queued before is through.
    connection.ping().await.is_ok() && !connection.is_in_transaction()
}
