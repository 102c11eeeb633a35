//! The store: one database and the key that seals its rows.

use std::fmt;
use std::sync::{Arc, RwLock};

use keyward_model::Clock;
use keyward_model::integrity::Mac;
use sea_orm::DatabaseConnection;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use tokio::sync::watch;

use crate::db::{Backend, Db, Durability, Session};
use crate::listen::{self, Listener};
use crate::{OpenError, StoreError, migrate};

/// The database of an installation. Cheap to clone.
///
/// Its connections belong to the tokio runtime that opened it: use it from there.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    clock: Arc<dyn Clock>,
    mac: RwLock<Option<Arc<dyn Mac>>>,
    newest: Arc<watch::Sender<u64>>,
    _listener: Option<Listener>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.inner.db.place())
    }
}

impl Store {
    /// Opens the database at `url` and brings it up to this binary's schema.
    ///
    /// `sqlite:///absolute/path/keyward.db` is created when absent, readable by its owner only; the database of
    /// `postgres://user@host/database` has to exist.
    pub async fn open(url: &str, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let db = Db::open(url, Durability::Disk).await?;
        migrate::migrate(&db, &migrate::STORE).await?;
        let newest = Arc::new(watch::Sender::new(0));
        let listener = Listener::start(&db, &newest);
        let store = Self { inner: Arc::new(Inner { db, clock, mac: RwLock::new(None), newest, _listener: listener }) };
        let revision = store.revision().await.map_err(|error| OpenError::from_store(error, &store.inner.db.place()))?;
        store.committed(revision);
        Ok(store)
    }

    /// The kind of database behind it.
    pub fn backend(&self) -> Backend {
        self.inner.db.backend()
    }

    /// Hands over the key that seals and checks rows, once the key ring is open. Again after a restore that
    /// brought another key ring.
    pub fn attach(&self, mac: Arc<dyn Mac>) {
        *self.inner.mac.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(mac);
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.revision().await.map(drop)
    }

    /// Ends every connection in good order; on SQLite, the write-ahead log becomes part of the file. Whoever still
    /// uses the store afterwards meets [`StoreError::Unavailable`].
    pub async fn close(&self) {
        self.inner.db.close().await;
    }

    /// The revision of the last transaction.
    pub async fn revision(&self) -> Result<u64, StoreError> {
        let query = Query::select().column("value").from("revision").to_owned();
        let row = self.read().row(&query).await?;
        let value = row.and_then(|row| row.try_get::<i64>("", "value").ok()).and_then(|value| value.try_into().ok());
        value.ok_or_else(|| StoreError::Corrupt { what: "the revision".to_owned() })
    }

    /// Tells the newest revision known here: committed here, or heard of from another node.
    pub fn wake(&self) -> watch::Receiver<u64> {
        self.inner.newest.subscribe()
    }

    pub(crate) fn db(&self) -> &Db {
        &self.inner.db
    }

    pub(crate) fn read(&self) -> Session<DatabaseConnection> {
        self.inner.db.read()
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.inner.clock.as_ref()
    }

    /// The key that seals and checks rows.
    pub(crate) fn mac(&self) -> Result<Arc<dyn Mac>, StoreError> {
        self.inner.mac.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone().ok_or(StoreError::Unattached)
    }

    /// Wakes whoever follows.
    pub(crate) fn committed(&self, revision: u64) {
        listen::raise(&self.inner.newest, revision);
    }
}

/// Whether a query finds anything.
pub(crate) fn exists(query: SelectStatement) -> SelectStatement {
    // Neither database lets the other's way of writing a truth value pass: so it is a number.
    let found: Expr = Expr::case(Expr::exists(query), 1i64).finally(0i64).into();
    Query::select().expr_as(found.cast_as("BIGINT"), "found").to_owned()
}
