//! What every handler works with.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRef;
use keyward_calls::{CallLog, Calls, Captures, SecurityLog};
use keyward_http::Gate;
use keyward_identity::People;
use keyward_model::cidr::Cidr;
use keyward_model::limits::{LimitUnit, Limits, QuotaPeriod};
use keyward_model::team::TeamId;
use keyward_model::{Clock, Name, Random, Timestamp};
use keyward_store::Store;
use keyward_store::feed::Follower;
use keyward_tokens::{Explainer, Keys, Live, Tokens};
use keyward_vault::Vault;
use serde::Serialize;

use crate::calls::attempt::GatewayCaller;
use crate::figures::NodeView;

/// How long an answer waits for this node to act on the change it reports.
const SETTLING: Duration = Duration::from_secs(5);

/// What every handler works with. Cheap to clone.
#[derive(Clone)]
pub struct ApiState {
    /// Resources, tokens, audit.
    pub store: Store,
    /// Call records.
    pub calls: Calls,
    /// What was captured of calls on this node.
    pub captures: Captures,
    /// Changes tokens.
    pub tokens: Arc<Tokens>,
    /// Every token in memory.
    pub live: Arc<Live>,
    /// Knows people.
    pub people: Arc<People>,
    /// Whether there is a demonstration: people are told so on every page.
    pub demo: bool,
    /// Explains calls.
    pub explainer: Arc<Explainer>,
    /// The key ring's keeper.
    pub keys: Arc<Keys>,
    /// The log of calls of this node.
    pub log: Arc<CallLog>,
    /// The log of security events of this node.
    pub security: Arc<SecurityLog>,
    /// Seals secrets.
    pub vault: Arc<Vault>,
    /// Says which revision this node acts on.
    pub follower: Arc<Follower>,
    /// What is used of limits right now.
    pub limits: Arc<dyn LimitView>,
    /// How targets are right now.
    pub targets: Arc<dyn TargetView>,
    /// Makes calls that people try.
    pub gateway: Arc<dyn GatewayCaller>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// The name of this node.
    pub node: Arc<str>,
    /// Where callers reach the control plane, without a closing slash.
    pub public_url: Arc<str>,
    /// Where calls reach the gateway of this node, without a closing slash.
    pub gateway_url: Arc<str>,
    /// What is under way on this node.
    pub figures: Arc<dyn NodeView>,
    /// Addresses that read metrics without a token.
    pub metrics_from: Arc<[Cidr]>,
    /// Whether this node should be sent requests.
    pub ready: Arc<dyn Fn() -> Readiness + Send + Sync>,
}

impl ApiState {
    /// Waits until this node acts on `revision`, so that the caller's next call meets what it changed. A node that
    /// cannot follow in time is no reason to refuse what is committed.
    pub(crate) async fn settle(&self, revision: u64) -> bool {
        self.follower.wait_for(revision, SETTLING).await
    }
}

impl FromRef<ApiState> for Gate {
    fn from_ref(state: &ApiState) -> Self {
        Self { live: Arc::clone(&state.live), people: Arc::clone(&state.people), clock: Arc::clone(&state.clock) }
    }
}

/// Whether a node should be sent requests, and why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Readiness {
    /// Whether it should.
    pub ready: bool,
    /// What is missing.
    pub problems: Vec<String>,
    /// Whether it is shutting down, or was taken over from.
    pub draining: bool,
    /// Whether it keeps up with the store; without, it serves from what it knows.
    pub following: bool,
    /// The revision it acts on.
    pub revision: u64,
    /// Whether calls are written down; without, they wait in memory.
    pub recording: bool,
}

/// What is used of limits right now; the gateway knows.
pub trait LimitView: Send + Sync + 'static {
    /// How much is left of each of `limits`, which are those of `subject`: `token:4fTz0aB9cD3e`, `app:app_01…`,
    /// `api:api_01…` or `team:team_01…`.
    fn usage(&self, subject: &str, limits: &Limits) -> Vec<LimitUse>;
}

/// One limit and what is left of it on this node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LimitUse {
    /// The limit in words: `10 calls per 60 s, burst 10`.
    pub definition: String,
    /// What is counted.
    pub unit: LimitUnit,
    /// The calendar period, for a quota; none for a rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<QuotaPeriod>,
    /// Units per window.
    pub limit: u64,
    /// Seconds of the window.
    pub window_seconds: u64,
    /// Units left.
    pub remaining: u64,
    /// Seconds until all are there again.
    pub reset_seconds: u64,
}

/// How targets are right now; the gateway knows.
pub trait TargetView: Send + Sync + 'static {
    /// What is known of the targets of a team's upstream.
    fn targets(&self, team: TeamId, upstream: &Name) -> Targets;
}

/// What this node knows of an upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Targets {
    /// Nothing: the calls of no api go there.
    Unused,
    /// Calls cannot go there, for this reason.
    Unusable(String),
    /// How its targets are, in their order.
    Known(Vec<TargetHealth>),
}

/// How one target is, as this node sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TargetHealth {
    /// Its URL.
    pub url: String,
    /// Whether it is well.
    pub health: Verdict,
    /// Whether it gets calls.
    pub state: TargetState,
    /// When that began; absent where it was so from the start, or is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// When it is let back, for one that is ejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// How much of its share it gets while it grows into it, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share_percent: Option<u8>,
    /// Failed calls in a row.
    pub failures: u32,
    /// Calls under way there, where they are bounded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub under_way: Option<u32>,
    /// Calls that wait for room there, where they are bounded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<u32>,
    /// The last probe; absent where none has gone out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_probe: Option<LastProbe>,
    /// The last probe that went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<LastError>,
}

/// Whether a target is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TargetVerdict)]
pub enum Verdict {
    /// It answers its probes.
    Healthy,
    /// It fails its probes, or failed several calls in a row.
    Unhealthy,
    /// Nothing has shown it either way: it is not probed, or not yet, or not called.
    Unknown,
}

/// Whether a target gets calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetState {
    /// It gets its share of them.
    InUse,
    /// It grows into its share.
    Growing,
    /// It failed calls, and is left out for a while.
    Ejected,
    /// It fails its probes, and is left out until it answers them.
    Down,
    /// Its weight is 0.
    Drained,
    /// The upstream gets no calls on this node.
    Unknown,
}

/// A probe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LastProbe {
    /// When it went out.
    pub at: Timestamp,
    /// Whether the answer was as it should be.
    pub good: bool,
    /// The status answered; absent where there was no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Milliseconds until the answer, or until it was given up.
    pub took_ms: u64,
}

/// What was wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LastError {
    /// When.
    pub at: Timestamp,
    /// What.
    pub problem: String,
}
