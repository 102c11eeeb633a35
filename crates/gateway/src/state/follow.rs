//! Keeping the state up with the store.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use keyward_model::change::Change;
use keyward_model::{Clock, Random};
use keyward_store::feed::Follow;
use keyward_store::{Store, StoreError};
use keyward_vault::Vault;
use tokio::sync::Mutex;

use super::GatewayState;
use super::build::Builder;
use super::source::Source;
use crate::probe::Probes;
use crate::worker::Shared;

/// Follows the change feed: reads what changed, builds the state anew, swaps it whole.
pub(crate) struct Following {
    store: Store,
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    /// Only the feed takes it, and whoever ends.
    held: Mutex<Held>,
}

struct Held {
    source: Source,
    builder: Builder,
    retired: Retired,
    probes: Probes,
}

/// States that were replaced. Whoever holds one last has to let go of all of it, which takes long enough for calls to
/// be felt: so that is done here, once no call holds it any more.
#[derive(Default)]
struct Retired(Arc<std::sync::Mutex<Vec<Arc<GatewayState>>>>);

/// How long a replaced state is left to its calls before somebody looks again.
const LOOK: Duration = Duration::from_secs(1);

/// The state of an installation without records.
pub(crate) fn empty(vault: &Arc<Vault>) -> GatewayState {
    Builder::new(Arc::clone(vault)).build(&Source::default(), Duration::ZERO)
}

impl Following {
    pub(crate) fn new(
        store: Store,
        vault: Arc<Vault>,
        shared: Arc<Shared>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let probes = Probes::new(Arc::clone(&clock), random);
        let held =
            Held { source: Source::default(), builder: Builder::new(vault), retired: Retired::default(), probes };
        Self { store, shared, clock, held: Mutex::new(held) }
    }

    /// Applies changes up to `revision`, all or none of them.
    async fn take_over(&self, changes: &[Change]) -> Result<(), StoreError> {
        let mut held = self.held.lock().await;
        if held.source.update(&self.store, changes).await? {
            self.put_in_place(&mut held);
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
        // A source from before a failed change may have counted on: the new one goes on from there.
        let admissions = held.source.admissions + 1;
        held.source = Source { admissions, ..source };
        self.put_in_place(&mut held);
        self.shared.limits.forget_versions();
        self.shared.applied.store(revision, Ordering::Relaxed);
        self.shared.loaded.send_replace(true);
        Ok(())
    }

    /// Builds the state anew, and swaps it.
    fn put_in_place(&self, held: &mut Held) {
        let built = Arc::new(held.builder.build(&held.source, self.clock.monotonic()));
        held.probes.follow(built.apis.iter().filter_map(|facts| facts.upstream.as_ref().ok()));
        held.retired.retire(self.shared.state.swap(built));
    }

    /// Ends what runs beside the calls.
    pub(crate) async fn end(&self) {
        self.held.lock().await.probes.end();
    }
}

impl Retired {
    /// Keeps a state until nobody else does.
    fn retire(&self, state: Arc<GatewayState>) {
        let mut states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        states.push(state);
        if states.len() == 1 {
            tokio::spawn(let_go(Arc::clone(&self.0)));
        }
    }
}

/// Lets go of replaced states as their calls end, until none is left.
async fn let_go(states: Arc<std::sync::Mutex<Vec<Arc<GatewayState>>>>) {
    loop {
        tokio::time::sleep(LOOK).await;
        let mut states = states.lock().unwrap_or_else(PoisonError::into_inner);
        states.retain(|state| Arc::strong_count(state) > 1);
        if states.is_empty() {
            return;
        }
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
