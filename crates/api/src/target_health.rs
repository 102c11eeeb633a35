//! `GET /teams/{team}/upstreams/{name}/health`: how the targets of an upstream are, as this node sees them.

use axum::Json;
use axum::extract::State;
use keyward_http::Refusal;
use keyward_model::Name;
use keyward_model::upstream::{Target, UpstreamSpec};
use serde::Serialize;

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::{NamePath, PathName};
use crate::resources;
use crate::state::{TargetHealth, TargetState, Targets, Verdict};

/// How the targets of an upstream are.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct UpstreamHealth {
    /// The upstream.
    upstream: Name,
    /// The node that says so; each sees for itself.
    node: String,
    /// Why nothing is known, or why no call can go there; absent where all is in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// The targets, in their order.
    targets: Vec<TargetHealth>,
}

/// Shows how the targets of an upstream are right now, as the node that answers sees them.
#[utoipa::path(
    get, path = "/api/v1/teams/{team}/upstreams/{name}/health", operation_id = "upstream_health", tag = "upstreams",
    summary = "Show how an upstream's targets are", params(NamePath),
    security(("token" = ["keyward:upstreams.read"])),
    responses((status = 200, body = UpstreamHealth)),
)]
pub(crate) async fn read(
    member: Member<access::UpstreamsRead>,
    State(state): State<ApiState>,
    PathName(name): PathName,
) -> Result<Json<UpstreamHealth>, Refusal> {
    let upstream = resources::read::<UpstreamSpec>(&state, &member.team, &name).await?.body;
    let not_known = || upstream.spec.targets.iter().map(unknown).collect();
    let (problem, targets) = match state.targets.targets(member.team.id, &name) {
        Targets::Known(targets) => (None, targets),
        Targets::Unusable(problem) => (Some(problem), not_known()),
        Targets::Unused => (Some("the calls of no api go there, so that nobody has looked".to_owned()), not_known()),
    };
    Ok(Json(UpstreamHealth { upstream: name, node: state.node.to_string(), problem, targets }))
}

/// A target of which nothing is known.
fn unknown(target: &Target) -> TargetHealth {
    TargetHealth {
        url: target.url.to_string(),
        health: Verdict::Unknown,
        state: TargetState::Unknown,
        since: None,
        until: None,
        share_percent: None,
        failures: 0,
        under_way: None,
        waiting: None,
        last_probe: None,
        last_error: None,
    }
}
