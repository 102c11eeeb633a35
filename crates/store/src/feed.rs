//! Following the change feed: how gateways keep in memory what the store holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use keyward_model::change::Change;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::{Store, StoreError};

/// Somebody who keeps a copy of something that the store holds.
pub trait Follow: Send + Sync {
    /// Takes over what changed; the changes of a revision always come together. Being told twice does no harm.
    ///
    /// An error makes it be told again. A thing that cannot be read because its row is damaged
    /// ([`StoreError::Corrupt`]) is to be let go of, and is no error: keeping the old one would keep a revoked
    /// token alive.
    fn apply<'a>(&'a self, changes: &'a [Change]) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Takes over everything anew.
    fn reload<'a>(&'a self) -> BoxFuture<'a, Result<(), StoreError>>;
}

/// Keeps followers up with the store, until dropped.
pub struct Follower {
    applied: watch::Receiver<u64>,
    healthy: Arc<AtomicBool>,
    task: AbortHandle,
}

/// A wake-up may be lost; a look at this interval is not.
const POLL: Duration = Duration::from_millis(500);
/// Changes read at a time.
const STRETCH: u64 = 1000;

impl Follower {
    /// Has every follower reload, and keeps them up from then on. While the store is gone they keep what they have.
    pub async fn start(store: Store, followers: Vec<Arc<dyn Follow>>) -> Result<Self, StoreError> {
        let mut following = Following { store, followers, applied: 0 };
        following.reload().await?;
        let (sender, applied) = watch::channel(following.applied);
        let healthy = Arc::new(AtomicBool::new(true));
        let task = tokio::spawn(follow(following, sender, healthy.clone()));
        Ok(Self { applied, healthy, task: task.abort_handle() })
    }

    /// The revision that all followers have applied.
    pub fn applied(&self) -> watch::Receiver<u64> {
        self.applied.clone()
    }

    /// Whether the last look at the store succeeded.
    pub fn healthy(&self) -> bool {
        self.healthy.load(Ordering::Relaxed)
    }

    /// Waits until `revision` is applied; false when it was not within `timeout`.
    pub async fn wait_for(&self, revision: u64, timeout: Duration) -> bool {
        let mut applied = self.applied.clone();
        let reached = applied.wait_for(|applied| *applied >= revision);
        matches!(tokio::time::timeout(timeout, reached).await, Ok(Ok(_)))
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn follow(mut following: Following, applied: watch::Sender<u64>, healthy: Arc<AtomicBool>) {
    let mut wake = following.store.wake();
    loop {
        let woken = tokio::time::timeout(POLL, wake.changed()).await;
        if let Ok(Err(_)) = woken {
            // Nobody commits in this process any more; the poll goes on.
            tokio::time::sleep(POLL).await;
        }
        let caught_up = following.catch_up().await;
        applied.send_if_modified(|known| std::mem::replace(known, following.applied) != following.applied);
        let before = healthy.swap(caught_up.is_ok(), Ordering::Relaxed);
        match caught_up {
            Ok(()) if !before => tracing::info!(revision = following.applied, "following the store again"),
            Err(error) if before => tracing::warn!(%error, "cannot follow the store; serving what is known"),
            _ => {}
        }
    }
}

struct Following {
    store: Store,
    followers: Vec<Arc<dyn Follow>>,
    applied: u64,
}

impl Following {
    async fn reload(&mut self) -> Result<(), StoreError> {
        // Read first: what commits during the reload is applied once more afterwards, which does no harm.
        let revision = self.store.revision().await?;
        for follower in &self.followers {
            follower.reload().await?;
        }
        self.applied = revision;
        Ok(())
    }

    /// Applies stretch after stretch until nothing is left.
    async fn catch_up(&mut self) -> Result<(), StoreError> {
        loop {
            let stretch = match self.store.stretch_after(self.applied, STRETCH).await {
                Ok(stretch) => stretch,
                Err(damaged @ StoreError::Corrupt { .. }) => {
                    // Left at that, one damaged row of the feed would hold back every revocation after it.
                    tracing::error!(%damaged, "the change feed cannot be read; loading everything anew");
                    return self.reload().await;
                }
                Err(error) => return Err(error),
            };
            // Changes before this were pruned, or the database was restored or exchanged.
            if stretch.floor > self.applied || stretch.newest < self.applied {
                self.reload().await?;
                continue;
            }
            if stretch.reached == self.applied {
                return Ok(());
            }
            if !stretch.changes.is_empty() {
                self.apply(&stretch.changes).await?;
            }
            self.applied = stretch.reached;
        }
    }

    async fn apply(&self, changes: &[Change]) -> Result<(), StoreError> {
        for follower in &self.followers {
            match follower.apply(changes).await {
                Err(StoreError::Corrupt { .. }) => apply_one_by_one(&**follower, changes).await?,
                other => other?,
            }
        }
        Ok(())
    }
}

/// Applies what can be applied: one damaged row must not hold back the others.
async fn apply_one_by_one(follower: &dyn Follow, changes: &[Change]) -> Result<(), StoreError> {
    for change in changes {
        match follower.apply(std::slice::from_ref(change)).await {
            Err(damaged @ StoreError::Corrupt { .. }) => {
                tracing::error!(%damaged, kind = %change.kind, id = change.id, "a change was not applied");
            }
            other => other?,
        }
    }
    Ok(())
}
