//! Hearing of other nodes' changes: PostgreSQL's LISTEN. What is not heard, the slow poll of the feed finds.

use std::sync::Arc;
use std::time::Duration;

use sqlx::Postgres;
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, PgListener};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::db::{ACQUIRE, Db};

/// The channel on which each commit tells its revision.
pub(crate) const CHANNEL: &str = "keyward_revision";
/// Between two attempts to listen.
const RETRY: Duration = Duration::from_secs(1);
/// A connection that died without a word sounds like a quiet one; so after this long a fresh one is taken.
const QUIET: Duration = Duration::from_secs(60);

/// Listens until dropped.
pub(crate) struct Listener {
    task: AbortHandle,
}

impl Listener {
    /// Begins to listen where the database can tell.
    pub(crate) fn start(db: &Db, newest: &Arc<watch::Sender<u64>>) -> Option<Self> {
        let options = db.postgres()?.clone();
        let newest = newest.clone();
        let task = tokio::spawn(async move {
            loop {
                if let Err(error) = listen(&options, &newest).await {
                    tracing::debug!(%error, "not listening for changes; polling finds them");
                    tokio::time::sleep(RETRY).await;
                }
            }
        });
        Some(Self { task: task.abort_handle() })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Listens on one connection until it fails or has been quiet for long.
async fn listen(options: &PgConnectOptions, newest: &watch::Sender<u64>) -> Result<(), sqlx::Error> {
    let pool =
        PoolOptions::<Postgres>::new().max_connections(1).acquire_timeout(ACQUIRE).connect_lazy_with(options.clone());
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    while let Ok(heard) = tokio::time::timeout(QUIET, listener.try_recv()).await {
        let Some(notification) = heard? else { return Ok(()) };
        if let Ok(revision) = notification.payload().parse::<u64>() {
            raise(newest, revision);
        }
    }
    Ok(())
}

/// Tells those who wait of a newer revision.
pub(crate) fn raise(newest: &watch::Sender<u64>, revision: u64) {
    newest.send_if_modified(|known| {
        let newer = revision > *known;
        if newer {
            *known = revision;
        }
        newer
    });
}
