//! `GET /security-events`: what callers sent to this node's listeners that was refused for its form.

use axum::Json;
use axum::extract::State;
use keyward_calls::{SecurityFilter, SecurityListError};
use keyward_http::paging::page_request;
use keyward_http::{Listing, Params, Refusal};
use keyward_model::Timestamp;
use keyward_model::cidr::Cidr;
use keyward_model::security::{Listener, SecurityEvent, SecurityKind};
use keyward_store::StoreError;
use serde::Deserialize;

use crate::ApiState;
use crate::access::Operator;

/// Which events, and which page of them.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SecurityParams {
    /// Of this kind.
    kind: Option<SecurityKind>,
    /// On this listener.
    listener: Option<Listener>,
    /// From this address, or one of this range: `192.0.2.7`, `192.0.2.0/24`.
    address: Option<Cidr>,
    /// At or after this moment.
    from: Option<Timestamp>,
    /// Before this moment.
    to: Option<Timestamp>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many, 1 to 500; 50 when absent.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Lists what callers sent to this node that was refused for its form, newest first: before or instead of being a call,
/// so that it belongs to no team. Several alike, of one address and within a moment, are one event with their count.
#[utoipa::path(
    get, path = "/api/v1/security-events", operation_id = "list_security_events", tag = "installation",
    summary = "List security events", params(SecurityParams), security(("token" = ["keyward:operator"])),
    responses((status = 200, body = Listing<SecurityEvent>)),
)]
pub(crate) async fn list(
    _operator: Operator,
    State(state): State<ApiState>,
    Params(params): Params<SecurityParams>,
) -> Result<Json<Listing<SecurityEvent>>, Refusal> {
    let SecurityParams { kind, listener, address, from, to, after, limit } = params;
    let page = page_request(after, limit)?;
    let filter = SecurityFilter { kind, listener, address, from, to };
    let listed = state.security.list(filter, page).await.map_err(|error| match error {
        SecurityListError::BadCursor => Refusal::from(StoreError::BadCursor),
        SecurityListError::Unreadable(_) => Refusal::internal(error.to_string()),
    })?;
    Ok(Json(listed.into()))
}
