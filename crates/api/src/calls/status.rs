//! `GET /calls/status`: how recording and keeping calls goes on this node.

use axum::Json;
use axum::extract::State;
use keyward_calls::{CapturesStatus, FilesStatus};
use keyward_model::Timestamp;
use serde::Serialize;

use crate::ApiState;
use crate::access::Operator;

/// How recording and keeping calls goes on a node.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct CallsStatus {
    /// The node.
    node: String,
    /// Calls since its start.
    recorded: u64,
    /// Of these, calls whose details are written.
    written: u64,
    /// Of these, calls whose details gave way, because they came faster than they could be written. They are counted
    /// in charts all the same.
    dropped: u64,
    /// Of these, calls that wait to be written.
    waiting: u64,
    /// What is kept, and since when; null where calls are kept in a database.
    #[schema(required)]
    files: Option<FilesStatus>,
    /// What apis had captured of calls on this node.
    captures: CapturesStatus,
    /// Where addresses are looked up.
    geo: GeoBody,
}

/// Where addresses are looked up.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct GeoBody {
    /// Whether any database is in use. Without one, the country and network of new calls are unknown.
    known: bool,
    /// The databases that are named in the settings.
    databases: Vec<GeoDatabaseBody>,
}

/// A database of addresses.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct GeoDatabaseBody {
    /// Its file.
    path: String,
    /// What it says of itself, such as `GeoLite2-Country`; null while it cannot be used.
    #[schema(required)]
    kind: Option<String>,
    /// When it was built; null while it cannot be used.
    #[schema(required)]
    built_at: Option<Timestamp>,
    /// Why it, or its latest version, is not used.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// Shows how recording and keeping calls goes on this node: what was dropped, what waits, what is on the disk, and
/// which databases say where addresses are.
#[utoipa::path(
    get, path = "/api/v1/calls/status", operation_id = "calls_status", tag = "calls",
    summary = "How recording calls goes", security(("token" = ["keyward:operator"])),
    responses((status = 200, body = CallsStatus)),
)]
pub(crate) async fn status(_operator: Operator, State(state): State<ApiState>) -> Json<CallsStatus> {
    let stats = state.log.stats();
    let databases: Vec<GeoDatabaseBody> = state
        .calls
        .geo_status()
        .databases
        .into_iter()
        .map(|database| GeoDatabaseBody {
            path: database.path.display().to_string(),
            kind: database.kind,
            built_at: database.built.and_then(|seconds| {
                let millis = i64::try_from(seconds).ok()?.checked_mul(1000)?;
                Some(Timestamp::from_millis(millis))
            }),
            problem: database.problem,
        })
        .collect();
    Json(CallsStatus {
        node: state.node.to_string(),
        recorded: stats.recorded,
        written: stats.written,
        dropped: stats.dropped,
        waiting: stats.recorded.saturating_sub(stats.written + stats.dropped),
        files: state.calls.status(),
        captures: state.captures.status().await,
        geo: GeoBody { known: databases.iter().any(|database| database.kind.is_some()), databases },
    })
}
