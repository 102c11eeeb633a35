//! Health: whether the process lives, whether it should be sent requests, and how its parts are.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use keyward_calls::CallStats;
use serde::Serialize;

use crate::ApiState;
use crate::state::Readiness;

/// A store that takes longer does not answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How this node is.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Health {
    /// `ok`, or `degraded` while calls are served without the store.
    status: HealthStatus,
    /// The version of Keyward.
    version: &'static str,
    /// The name of this node.
    node: String,
    /// Whether the store answers.
    store: bool,
    /// Whether this node keeps up with the store.
    following: bool,
    /// The revision this node acts on.
    revision: u64,
    /// Tokens held for verifying.
    tokens: u64,
    /// Calls since the start.
    #[schema(value_type = Object)]
    calls: CallStats,
}

/// How a node is, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HealthStatus {
    /// All is well.
    Ok,
    /// Calls are served from what is known; changes have to wait.
    Degraded,
}

/// Says that the process lives. Asks nothing else.
#[utoipa::path(
    get, path = "/healthz", operation_id = "healthz", tag = "health", summary = "Whether the process lives",
    responses((status = 200, content_type = "text/plain", body = String)),
)]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// Says whether this node should be sent requests.
#[utoipa::path(
    get, path = "/readyz", operation_id = "readyz", tag = "health", summary = "Whether to send requests here",
    responses((status = 200, body = Readiness), (status = 503, body = Readiness)),
)]
pub(crate) async fn readyz(State(state): State<ApiState>) -> Response {
    let readiness = (state.ready)();
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness)).into_response()
}

/// Shows how this node and its parts are.
#[utoipa::path(
    get, path = "/api/v1/health", operation_id = "health", tag = "health", summary = "How this node is",
    responses((status = 200, body = Health)),
)]
pub(crate) async fn health(State(state): State<ApiState>) -> Json<Health> {
    let store = matches!(tokio::time::timeout(PATIENCE, state.store.ping()).await, Ok(Ok(())));
    let following = state.follower.healthy();
    Json(Health {
        status: if store && following { HealthStatus::Ok } else { HealthStatus::Degraded },
        version: env!("CARGO_PKG_VERSION"),
        node: state.node.to_string(),
        store,
        following,
        revision: *state.follower.applied().borrow(),
        tokens: state.live.len() as u64,
        calls: state.log.stats(),
    })
}
