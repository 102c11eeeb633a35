//! Keeping the state up with the store.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::future::BoxFuture;
use keyward_model::change::Change;
use keyward_store::feed::Follow;
use keyward_store::{Store, StoreError};
use keyward_vault::Vault;
use tokio::sync::Mutex;

use super::GatewayState;
use super::build::Builder;
use super::source::Source;
use crate::worker::Shared;

/// Follows the change feed: reads what changed, builds the state anew, swaps it whole.
pub(crate) struct Following {
    store: Store,
    shared: Arc<Shared>,
    /// Only the feed takes it.
    held: Mutex<Held>,
}

struct Held {
    source: Source,
    builder: Builder,
}

/// The state of an installation without records.
pub(crate) fn empty(vault: &Arc<Vault>) -> GatewayState {
    Builder::new(Arc::clone(vault)).build(&Source::default())
}

impl Following {
    pub(crate) fn new(store: Store, vault: Arc<Vault>, shared: Arc<Shared>) -> Self {
        let held = Held { source: Source::default(), builder: Builder::new(vault) };
        Self { store, shared, held: Mutex::new(held) }
    }

    /// Applies changes up to `revision`, all or none of them.
    async fn take_over(&self, changes: &[Change]) -> Result<(), StoreError> {
        let mut held = self.held.lock().await;
        if held.source.update(&self.store, changes).await? {
            let Held { source, builder } = &mut *held;
            self.shared.state.store(Arc::new(builder.build(source)));
        }
        let newest = changes.iter().map(|change| change.revision).max().unwrap_or(0);
        self.shared.applied.fetch_max(newest, Ordering::Relaxed);
        Ok(())
    }

    async fn take_all(&self) -> Result<(), StoreError> {
        let mut held = self.held.lock().await;
        // Taken before the records: they may be newer than it says, never older.
        let revision = self.store.revision().await?;
        let source = Source::load(&self.store).await?;
        let Held { source: current, builder } = &mut *held;
        *current = source;
        self.shared.state.store(Arc::new(builder.build(current)));
        self.shared.limits.forget_versions();
        self.shared.applied.store(revision, Ordering::Relaxed);
        self.shared.loaded.send_replace(true);
        Ok(())
    }
}

impl Follow for Following {
    fn apply<'a>(&'a self, changes: &'a [Change]) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.take_over(changes))
    }

    fn reload<'a>(&'a self) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.take_all())
    }
}
