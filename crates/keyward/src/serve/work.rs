//! The jobs of a node.

use std::sync::Arc;
use std::time::Duration;

use keyward_calls::{Calls, Captures, Most, delete_outdated, delete_outdated_captures};
use keyward_identity::People;
use keyward_store::feed::Follower;
use keyward_store::{NodeState, StoreError};
use keyward_tokens::{Keys, Live, Tokens};

use super::jobs::Jobs;
use crate::installation::Installation;

/// How often a node says which revision it acts on.
const REPORT: Duration = Duration::from_secs(2);
/// How often secrets are looked through for ones sealed with an old key.
const RESEAL: Duration = Duration::from_secs(30);
/// How often tokens past their deadline are disabled.
const HOUSEKEEPING: Duration = Duration::from_secs(60);
/// How often what is too old is deleted.
const RETENTION: Duration = Duration::from_secs(3600);

/// How often databases of addresses are looked at.
const GEO: Duration = Duration::from_secs(10);

/// For how long a request may be repeated under its idempotency key.
const KEEP_IDEMPOTENCY: Duration = Duration::from_secs(24 * 3600);
/// For how long a node that was away can catch up without loading everything anew.
const KEEP_CHANGES: Duration = Duration::from_secs(7 * 24 * 3600);
/// For how long a node that says nothing is listed.
const KEEP_NODES: Duration = Duration::from_secs(24 * 3600);
/// A month's quota, and room for clocks that jump.
const KEEP_QUOTA_USES: Duration = Duration::from_secs(40 * 24 * 3600);

/// What the jobs work with.
pub(super) struct Desk {
    pub(super) installation: Arc<Installation>,
    pub(super) calls: Calls,
    pub(super) captures: Captures,
    pub(super) tokens: Arc<Tokens>,
    pub(super) keys: Arc<Keys>,
    pub(super) live: Arc<Live>,
    pub(super) people: Arc<People>,
    pub(super) follower: Arc<Follower>,
    pub(super) most: Most,
    pub(super) node: String,
}

/// Begins every job of the node.
pub(super) fn begin(desk: Desk) -> Jobs {
    let mut jobs = Jobs::default();
    if let Some(rehashes) = desk.live.rehashes() {
        let tokens = Arc::clone(&desk.tokens);
        jobs.run(async move { tokens.rehash_job(rehashes).await });
    }
    let desk = Arc::new(desk);
    let with = |job: fn(Arc<Desk>) -> Done| {
        let desk = Arc::clone(&desk);
        move || job(Arc::clone(&desk))
    };
    jobs.every(REPORT, "node report", with(|desk| Box::pin(async move { desk.report().await })));
    jobs.every(RESEAL, "reseal secrets", with(|desk| Box::pin(async move { desk.reseal().await })));
    jobs.every(HOUSEKEEPING, "housekeeping", with(|desk| Box::pin(async move { desk.housekeeping().await })));
    jobs.every(GEO, "addresses", with(|desk| Box::pin(async move { desk.reload_geo().await })));
    jobs.every(RETENTION, "retention", with(|desk| Box::pin(async move { desk.retention().await })));
    jobs
}

type Done = futures_util::future::BoxFuture<'static, Result<(), StoreError>>;

impl Desk {
    async fn report(&self) -> Result<(), StoreError> {
        let revision = *self.follower.applied().borrow();
        let seen_at = self.installation.clock.now();
        self.installation.store.report_node(&NodeState { node: self.node.clone(), revision, seen_at }).await
    }

    async fn reseal(&self) -> Result<(), StoreError> {
        let resealed = self.keys.reseal_secrets().await? + self.people.reseal().await?;
        if resealed > 0 {
            tracing::info!(resealed, "secrets and credentials are sealed with the newest key now");
        }
        Ok(())
    }

    async fn housekeeping(&self) -> Result<(), StoreError> {
        let report = self.tokens.housekeeping(&self.live).await?;
        if report.disabled + report.deleted > 0 {
            tracing::info!(disabled = report.disabled, deleted = report.deleted, "tokens put in order");
        }
        Ok(())
    }

    async fn reload_geo(&self) -> Result<(), StoreError> {
        self.calls.reload_geo().await;
        Ok(())
    }

    async fn retention(&self) -> Result<(), StoreError> {
        let store = &self.installation.store;
        let now = self.installation.clock.now();
        let deleted = delete_outdated(store, &self.calls, now, self.most).await?;
        if deleted > 0 {
            tracing::info!(deleted, "call records past their retention deleted");
        }
        let deleted = delete_outdated_captures(store, &self.captures, now, self.most).await?;
        if deleted > 0 {
            tracing::info!(deleted, "captures past the retention of their team's calls deleted");
        }
        if let Err(error) = self.people.housekeeping().await {
            tracing::warn!(%error, "sessions that are over could not be forgotten");
        }
        store.prune_idempotency(now.minus(KEEP_IDEMPOTENCY)).await?;
        store.prune_changes(now.minus(KEEP_CHANGES)).await?;
        store.prune_quota_uses(now.minus(KEEP_QUOTA_USES)).await?;
        store.prune_nodes(now.minus(KEEP_NODES)).await?;
        Ok(())
    }
}
