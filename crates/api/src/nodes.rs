//! `GET /nodes`: which nodes there are, and how far each has followed.

use axum::Json;
use axum::extract::State;
use keyward_http::Refusal;
use keyward_model::Timestamp;
use serde::Serialize;

use crate::ApiState;
use crate::access::Operator;

/// One node.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct NodeBody {
    /// Its name.
    node: String,
    /// The revision it acts on.
    revision: u64,
    /// When it said so.
    seen_at: Timestamp,
    /// Whether it is the node that answers.
    here: bool,
}

/// The nodes and the newest revision.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct NodesBody {
    /// The newest revision of the store.
    revision: u64,
    /// The nodes.
    nodes: Vec<NodeBody>,
}

/// Lists the nodes of the installation and the revision each acts on.
#[utoipa::path(
    get, path = "/api/v1/nodes", operation_id = "list_nodes", tag = "installation",
    summary = "List nodes", security(("token" = ["keyward:operator"])),
    responses((status = 200, body = NodesBody)),
)]
pub(crate) async fn list(_operator: Operator, State(state): State<ApiState>) -> Result<Json<NodesBody>, Refusal> {
    let revision = state.store.revision().await?;
    let mut nodes = vec![NodeBody {
        node: state.node.to_string(),
        revision: *state.follower.applied().borrow(),
        seen_at: state.clock.now(),
        here: true,
    }];
    let others = state.store.nodes().await?.into_iter().filter(|other| *other.node != *state.node);
    nodes.extend(others.map(|other| NodeBody {
        node: other.node,
        revision: other.revision,
        seen_at: other.seen_at,
        here: false,
    }));
    Ok(Json(NodesBody { revision, nodes }))
}
