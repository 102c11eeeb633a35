//! `GET /teams/{team}/calls/addresses` and `GET /calls/addresses`: where calls come from.

use std::net::IpAddr;

use axum::Json;
use axum::extract::State;
use keyward_http::{Params, Refusal};
use keyward_model::Timestamp;
use keyward_model::call::Country;
use keyward_model::team::{Team, days};
use keyward_store::{AddressOrder, AddressRow};
use serde::Serialize;

use super::analytics::room;
use crate::ApiState;
use crate::access::{self, Member, Operator};
use crate::calls::filter::AddressParams;
use crate::path::TeamPath;

/// Where calls came from.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct AddressCounts {
    /// The beginning of the range.
    from: Timestamp,
    /// Its end.
    to: Timestamp,
    /// How many calls were counted: those of the range that fit and whose records are kept.
    calls: u64,
    /// From how many addresses they came.
    distinct: u64,
    /// The addresses, those with the most calls first; at most 100.
    items: Vec<AddressCount>,
}

/// Calls from one address.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct AddressCount {
    /// The address.
    #[schema(value_type = String)]
    address: IpAddr,
    /// The country it was in at its last call, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<Country>,
    /// How many calls.
    calls: u64,
    /// How many of them Keyward turned away.
    refused: u64,
    /// How many were let through and answered with 500 or above, or not at all.
    errors: u64,
    /// The last of them.
    last_at: Timestamp,
}

/// Counts the team's calls by the address they came from, the busiest first: those whose records are kept, of the last
/// day unless a range is given.
#[utoipa::path(
    get, path = "/api/v1/teams/{team}/calls/addresses", operation_id = "count_addresses", tag = "calls",
    summary = "Count calls by address", params(TeamPath, AddressParams), security(("token" = ["keyward:calls.read"])),
    responses((status = 200, body = AddressCounts)),
)]
pub(crate) async fn of_team(
    member: Member<access::CallsRead>,
    State(state): State<ApiState>,
    Params(params): Params<AddressParams>,
) -> Result<Json<AddressCounts>, Refusal> {
    counts(&state, Some(&member.team), params).await
}

/// Counts the calls of every team, and those that no team was found for, by the address they came from.
#[utoipa::path(
    get, path = "/api/v1/calls/addresses", operation_id = "count_addresses_of_all_teams", tag = "calls",
    summary = "Count calls of all teams by address", params(AddressParams),
    security(("token" = ["keyward:operator"])),
    responses((status = 200, body = AddressCounts)),
)]
pub(crate) async fn of_all_teams(
    _operator: Operator,
    State(state): State<ApiState>,
    Params(params): Params<AddressParams>,
) -> Result<Json<AddressCounts>, Refusal> {
    counts(&state, None, params).await
}

async fn counts(state: &ApiState, team: Option<&Team>, params: AddressParams) -> Result<Json<AddressCounts>, Refusal> {
    let mut filter = params.resolve(state, team).await?;
    let to = filter.to.unwrap_or_else(|| state.clock.now());
    let from = filter.from.unwrap_or_else(|| to.minus(days(1)));
    (filter.from, filter.to) = (Some(from), Some(to));
    let _room = room().await?;
    state.log.flush().await;
    let found = match team {
        Some(team) => state.calls.addresses(team.id, &filter, AddressOrder::Busiest).await?,
        None => state.calls.addresses_of_all_teams(&filter, AddressOrder::Busiest).await?,
    };
    let items = found.rows.into_iter().map(AddressCount::from).collect();
    Ok(Json(AddressCounts { from, to, calls: found.calls, distinct: found.distinct, items }))
}

impl From<AddressRow> for AddressCount {
    fn from(row: AddressRow) -> Self {
        let AddressRow { address, country, calls, refused, errors, last_at } = row;
        Self { address, country, calls, refused, errors, last_at }
    }
}
