//! `GET /teams/{team}/tokens/{id}/usage`

use std::net::IpAddr;

use axum::Json;
use axum::extract::State;
use keyward_calls::{AnalyticsError, AnalyticsFilter, AnalyticsQuery, BucketState, Counts, Dimension, Step};
use keyward_http::{Params, Refusal};
use keyward_model::Timestamp;
use keyward_model::api::ApiSpec;
use keyward_model::team::{TeamId, days};
use keyward_model::time_window::Zone;
use keyward_model::token::{LastUse, TokenId};
use keyward_store::{AddressOrder, CallFilter};
use serde::{Deserialize, Serialize};

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::{PathToken, TokenPath};
use crate::tokens::read;
use narrow::{Narrowing, RouteUse, Routes, ScopeUse, Used};

mod narrow;

/// How a token is used.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Usage {
    /// The token.
    token: TokenId,
    /// Its last use and all its calls, those to the management API among them; null when it was never used.
    #[schema(required)]
    last_use: Option<LastUse>,
    /// The beginning of the period, in whole minutes, hours or days as fits its length.
    from: Timestamp,
    /// The end of the period.
    to: Timestamp,
    /// What can be said of the period: whether calls were recorded all the time, for a part of it, or not at all.
    state: BucketState,
    /// Its calls through the gateway in the period; exact. Null when calls were not recorded then.
    #[schema(required)]
    calls: Option<u64>,
    /// Those of them that were refused.
    #[schema(required)]
    refused: Option<u64>,
    /// From when on addresses are told: records are kept for as long as the team says.
    addresses_from: Timestamp,
    /// How many addresses its recorded calls came from.
    distinct_addresses: u64,
    /// Where its recorded calls came from: the latest address first, at most 100.
    addresses: Vec<AddressUse>,
    /// Each scope it has, and whether a call needed it.
    scopes: Vec<ScopeUse>,
    /// The routes it called.
    routes: Vec<RouteUse>,
    /// Routes it could have called and did not, at most 500.
    unused_routes: Vec<UnusedRoute>,
    /// How many they are.
    unused_routes_count: u64,
    /// What would have been enough for the calls of the period; null when nothing is known of them.
    #[schema(required)]
    narrowing: Option<Narrowing>,
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
    /// Of a token that was rotated: what the programs there call themselves (`User-Agent`), the latest first, as the
    /// node that answers has seen since it started.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    programs: Vec<String>,
}

/// A route that was not called.
#[derive(Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(crate) struct UnusedRoute {
    /// The api, by its name with the version.
    pub(super) api: String,
    /// The route.
    pub(super) route: String,
}

/// How the other token of a rotation is used.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RelatedUse {
    /// The token.
    token: TokenId,
    /// Its last use and all its calls; null when it was never used.
    #[schema(required)]
    last_use: Option<LastUse>,
    /// Its calls through the gateway in the period; null when calls were not recorded then.
    #[schema(required)]
    calls: Option<u64>,
}

/// Which stretch of time.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsageParams {
    /// At or after this moment; the last 30 days when absent.
    from: Option<Timestamp>,
    /// Before this moment; now when absent.
    to: Option<Timestamp>,
}

/// Shows how a token is used: when last, from where, which of its scopes and routes, what may be taken from it, and
/// during a rotation what its other half still carries.
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
    let now = state.clock.now();
    let to = params.to.unwrap_or(now);
    let from = params.from.unwrap_or_else(|| to.minus(days(30)));
    state.log.flush().await;
    let counts = counts(&state, team, id, from, to).await?;
    let known = counts.state != BucketState::Unknown;
    let used = Used::of(&counts);
    let apis = state.store.all_resources::<ApiSpec>(team).await?;
    let routes = Routes::of(&token.spec, &apis, &used);
    let filter = CallFilter { token: Some(id), from: Some(from), to: Some(to), ..CallFilter::default() };
    let addresses = state.calls.addresses(team, &filter, AddressOrder::Latest).await?;
    let programs = state.log.programs(id);
    let kept_from = now.minus(days(member.team.spec.retention.calls_days));
    Ok(Json(Usage {
        token: id,
        last_use: last_use(&state, id).await?,
        from: counts.from,
        to: counts.to,
        state: counts.state,
        calls: known.then(|| used.calls()),
        refused: known.then(|| used.refused()),
        addresses_from: from.max(kept_from),
        distinct_addresses: addresses.distinct,
        addresses: addresses
            .rows
            .into_iter()
            .map(|row| AddressUse {
                address: row.address,
                calls: row.calls,
                last_at: row.last_at,
                programs: programs
                    .iter()
                    .filter(|program| program.address == row.address)
                    .map(|program| program.name.to_string())
                    .collect(),
            })
            .collect(),
        scopes: narrow::scopes(&token.spec, &apis, &used, known),
        narrowing: known.then(|| narrow::narrowing(&token.spec, &apis, &used)),
        routes: used.into_routes(),
        unused_routes_count: routes.unused_count,
        unused_routes: routes.unused,
        predecessor: related(&state, team, token.predecessor, from, to).await?,
        successor: related(&state, team, token.successor, from, to).await?,
    }))
}

/// The token's calls by api, route, method and code.
async fn counts(
    state: &ApiState,
    team: TeamId,
    token: TokenId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Counts, Refusal> {
    // The finest that is kept for so long, so that the period is hardly widened.
    let step = match to.since(from).as_secs() / 86_400 {
        0..2 => Step::MINUTE,
        2..90 => Step::HOUR,
        _ => Step::DAY,
    };
    let query = AnalyticsQuery {
        from,
        to,
        step,
        zone: Zone::utc(),
        group_by: Vec::new(),
        filter: AnalyticsFilter { token: Some(token), ..AnalyticsFilter::default() },
        top: 0,
        compare_with_previous: false,
    };
    let by = [Dimension::Api, Dimension::Route, Dimension::Method, Dimension::Code];
    state.calls.counts(team, &query, &by).await.map_err(|error| match error {
        AnalyticsError::Store(error) => error.into(),
        _ => Refusal::field("to", "is not after `from`", "give a period that ends after it begins"),
    })
}

async fn last_use(state: &ApiState, id: TokenId) -> Result<Option<LastUse>, Refusal> {
    Ok(state.store.last_uses(&[id]).await?.remove(&id))
}

async fn related(
    state: &ApiState,
    team: TeamId,
    id: Option<TokenId>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Option<RelatedUse>, Refusal> {
    let Some(token) = id else { return Ok(None) };
    let counts = counts(state, team, token, from, to).await?;
    let calls = (counts.state != BucketState::Unknown).then(|| counts.rows.iter().map(|(_, calls)| calls).sum());
    Ok(Some(RelatedUse { token, last_use: last_use(state, token).await?, calls }))
}
