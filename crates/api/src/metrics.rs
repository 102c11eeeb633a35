//! `GET /metrics`: counts and states in the text formats of Prometheus and OpenMetrics.
//!
//! Nothing is counted for it on the path of a call: counts of calls are those of the rollups that the writer keeps
//! anyway. Labels are names that somebody configured, codes, and classes of statuses: never tokens, addresses or
//! paths.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::request::Parts;
use keyward_http::{Refusal, Who};
use keyward_model::team::TeamId;
use keyward_tokens::INSTALLATION_TEAM;

use crate::ApiState;
use crate::access::{Entitled, Metrics, OPERATOR};
use text::{Form, Text};

mod calls;
mod node;
mod text;

/// A store that takes longer does not answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whose metrics a caller may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// The node's, and the calls of every team.
    All,
    /// The calls of one team.
    Team(TeamId),
}

impl FromRequestParts<ApiState> for Reader {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_canonical());
        let listed = peer.is_some_and(|peer| state.metrics_from.iter().any(|range| range.contains(peer)));
        // Whoever shows a token is judged by that.
        if listed && !parts.headers.contains_key(AUTHORIZATION) {
            return Ok(Self::All);
        }
        let Entitled { caller, .. } = Entitled::<Metrics>::from_request_parts(parts, state).await?;
        Ok(match &caller.who {
            Who::Token(live) if !caller.has(OPERATOR) && live.team().name.as_str() != INSTALLATION_TEAM => {
                Self::Team(live.team_id())
            }
            // Of people, only an operator comes as far: the path names no team.
            _ => Self::All,
        })
    }
}

/// Shows counts and states: of the node and of all calls to tokens of the team `keyward`, of its own calls to tokens
/// of any other.
#[utoipa::path(
    get, path = "/metrics", operation_id = "metrics", tag = "health", summary = "Metrics for Prometheus",
    security(("token" = ["keyward:metrics"])),
    responses((status = 200, content_type = "text/plain", body = String)),
)]
pub(crate) async fn metrics(reader: Reader, headers: HeaderMap, State(state): State<ApiState>) -> Response {
    let form = Form::wanted(headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()));
    let mut text = Text::new(form);
    calls::write(&state, reader, &mut text).await;
    if reader == Reader::All {
        node::write(&state, &mut text).await;
    }
    ([(CONTENT_TYPE, form.content_type())], text.end()).into_response()
}
