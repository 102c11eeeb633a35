//! `GET /teams/{team}/tokens/{id}/usage`

use std::net::IpAddr;

use axum::Json;
use axum::extract::State;
use keyward_http::{Params, Refusal};
use keyward_model::Timestamp;
use keyward_model::team::{TeamId, days};
use keyward_model::token::{LastUse, TokenId};
use serde::{Deserialize, Serialize};

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::{PathToken, TokenPath};
use crate::tokens::read;

/// How a token is used.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Usage {
    /// The token.
    token: TokenId,
    /// Its last use and all its calls; none when it was never used.
    last_use: Option<LastUse>,
    /// From when on the addresses are counted.
    since: Timestamp,
    /// Where its calls came from, as far as their records are kept.
    addresses: Vec<AddressUse>,
    /// The token it took over from: what is left of its traffic.
    #[serde(skip_serializing_if = "Option::is_none")]
    predecessor: Option<RelatedUse>,
    /// The token that takes over from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    successor: Option<RelatedUse>,
}

/// Calls from one address.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct AddressUse {
    /// The address.
    #[schema(value_type = String)]
    address: IpAddr,
    /// How many.
    calls: u64,
    /// The last of them.
    last_at: Timestamp,
}

/// How the other token of a rotation is used.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RelatedUse {
    /// The token.
    token: TokenId,
    /// Its last use and all its calls; none when it was never used.
    last_use: Option<LastUse>,
    /// Its calls since the moment asked about.
    calls_since: u64,
}

/// Which stretch of time.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsageParams {
    /// From when on; the last 30 days when absent.
    since: Option<Timestamp>,
}

/// Shows how a token is used: when last, from where, and during a rotation what its other half still carries.
#[utoipa::path(
    get, path = "/api/v1/teams/{team}/tokens/{id}/usage", operation_id = "token_usage", tag = "tokens",
    summary = "Show how a token is used", params(TokenPath, UsageParams),
    security(("token" = ["keyward:tokens.read"])),
    responses((status = 200, body = Usage)),
)]
pub(crate) async fn usage(
    member: Member<access::TokensRead>,
    State(state): State<ApiState>,
    PathToken(id): PathToken,
    Params(params): Params<UsageParams>,
) -> Result<Json<Usage>, Refusal> {
    let team = member.team.id;
    let token = read::find(&state, team, id).await?;
    let since = params.since.unwrap_or_else(|| state.clock.now().minus(days(30)));
    state.log.flush().await;
    let rows = state.calls.usage(team, id, since).await?;
    let addresses = rows
        .into_iter()
        .map(|row| AddressUse { address: row.address, calls: row.calls, last_at: row.last_at })
        .collect();
    Ok(Json(Usage {
        token: id,
        last_use: last_use(&state, id).await?,
        since,
        addresses,
        predecessor: related(&state, team, token.predecessor, since).await?,
        successor: related(&state, team, token.successor, since).await?,
    }))
}

async fn last_use(state: &ApiState, id: TokenId) -> Result<Option<LastUse>, Refusal> {
    Ok(state.store.last_uses(&[id]).await?.remove(&id))
}

async fn related(
    state: &ApiState,
    team: TeamId,
    id: Option<TokenId>,
    since: Timestamp,
) -> Result<Option<RelatedUse>, Refusal> {
    let Some(token) = id else { return Ok(None) };
    let calls_since = state.calls.usage(team, token, since).await?.iter().map(|row| row.calls).sum();
    Ok(Some(RelatedUse { token, last_use: last_use(state, token).await?, calls_since }))
}
