//! `GET /teams/{team}/analytics` and `GET /analytics`: charts of calls.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use keyward_calls::{Analytics, AnalyticsError, AnalyticsQuery, Dimension, Step, StepError};
use keyward_http::{Params, Refusal};
use keyward_model::app::AppSpec;
use keyward_model::team::{Team, days};
use keyward_model::time_window::Zone;
use serde::Serialize;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::ApiState;
use crate::access::{self, Member, Operator};
use crate::calls::filter::{ChartParams, ChartWish};
use crate::path::TeamPath;

/// Charts added up at a time: each may take a hundred megabytes and every core. Others wait.
static ROOM: Semaphore = Semaphore::const_new(2);

/// A place among those that add up; waits for it.
pub(super) async fn room() -> Result<SemaphorePermit<'static>, Refusal> {
    ROOM.acquire().await.map_err(|_| Refusal::internal("the room for charts is closed"))
}

/// A chart, and what helps to read it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Chart {
    #[serde(flatten)]
    chart: Analytics,
    /// Names of the apps and tokens that stand in keys by their ids, as far as they still exist.
    names: BTreeMap<String, String>,
    /// Whether a database of addresses is in use on this node. Without one, the country of new calls is unknown.
    countries_known: bool,
}

/// Adds up the team's calls by time, grouped and filtered: volume, refusals, errors, bytes, cost and latencies. Counts
/// are exact, also of calls whose details were dropped. A point where calls were not recorded is null, which is not
/// zero; one that is not over, or was recorded in part, is marked incomplete. What counts are not kept by cannot be
/// filtered by here: path, address, target, protocol and duration.
#[utoipa::path(
    get, path = "/api/v1/teams/{team}/analytics", operation_id = "analytics", tag = "calls",
    summary = "Chart calls", params(TeamPath, ChartParams), security(("token" = ["keyward:calls.read"])),
    responses((status = 200, body = Chart)),
)]
pub(crate) async fn of_team(
    member: Member<access::CallsRead>,
    State(state): State<ApiState>,
    Params(params): Params<ChartParams>,
) -> Result<Json<Chart>, Refusal> {
    chart(&state, Some(&member.team), params).await
}

/// Adds up the calls of every team, and those that no team was found for.
#[utoipa::path(
    get, path = "/api/v1/analytics", operation_id = "analytics_of_all_teams", tag = "calls",
    summary = "Chart calls of all teams", params(ChartParams), security(("token" = ["keyward:operator"])),
    responses((status = 200, body = Chart)),
)]
pub(crate) async fn of_all_teams(
    _operator: Operator,
    State(state): State<ApiState>,
    Params(params): Params<ChartParams>,
) -> Result<Json<Chart>, Refusal> {
    chart(&state, None, params).await
}

async fn chart(state: &ApiState, team: Option<&Team>, params: ChartParams) -> Result<Json<Chart>, Refusal> {
    let query = query(state, params.resolve(state, team).await?)?;
    let _room = room().await?;
    state.log.flush().await;
    let chart = match team {
        Some(team) => state.calls.analytics(team.id, &query).await,
        None => state.calls.analytics_of_all_teams(&query).await,
    };
    let chart = chart.map_err(refused)?;
    let countries_known = state.calls.geo_status().databases.iter().any(|database| database.kind.is_some());
    Ok(Json(Chart { names: names(state, team, &chart).await?, chart, countries_known }))
}

/// The query, with what was left out filled in: the last day, up to now, in steps that make at most 300 points.
fn query(state: &ApiState, wish: ChartWish) -> Result<AnalyticsQuery, Refusal> {
    let to = wish.to.unwrap_or_else(|| state.clock.now());
    let from = wish.from.unwrap_or_else(|| to.minus(days(1)));
    let step = match &wish.step {
        Some(text) => {
            text.parse().map_err(|error: StepError| Refusal::field("step", "is not a step", error.to_string()))?
        }
        None => Step::fitting(to.since(from)),
    };
    let zone = match &wish.zone {
        Some(text) => text.parse().map_err(|_| {
            let remedy = "use a name of the IANA database, such as Europe/Berlin or UTC";
            Refusal::field("zone", "is not a time zone", remedy)
        })?,
        None => Zone::utc(),
    };
    let group_by = match &wish.group_by {
        Some(text) => text.split(',').map(dimension).collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    let top = wish.top.unwrap_or(10);
    if !(1..=100).contains(&top) {
        return Err(Refusal::field("top", "is out of range", "use 1 to 100"));
    }
    let top = usize::try_from(top).unwrap_or(usize::MAX);
    let (filter, compare_with_previous) = (wish.filter, wish.compare);
    Ok(AnalyticsQuery { from, to, step, zone, group_by, filter, top, compare_with_previous })
}

fn dimension(text: &str) -> Result<Dimension, Refusal> {
    serde_json::from_value(text.trim().into()).map_err(|_| {
        let remedy = "use team, app, token, api, route, country, code, status_class or method, separated by commas";
        Refusal::field("group_by", format!("names `{text}`, by which calls cannot be grouped"), remedy)
    })
}

fn refused(error: AnalyticsError) -> Refusal {
    match error {
        AnalyticsError::Store(error) => error.into(),
        AnalyticsError::Calendar => {
            let problem = "begins too near to the first year of the calendar, or ends too near to the last";
            Refusal::field("from", problem, "give a range of this age, or shorter steps")
        }
        AnalyticsError::Range => Refusal::field("to", "is not after `from`", "give a range that ends after it begins"),
        AnalyticsError::Grouping => Refusal::field("group_by", "names more than two", "group by two at most"),
        AnalyticsError::TooFine { most } => {
            let problem = format!("divides the range into more than {most} points");
            Refusal::field("step", problem, "use longer steps or a shorter range")
        }
        AnalyticsError::TooLarge { most } => {
            let problem = format!("makes more than {most} values, which is the number of points times that of series");
            Refusal::field("top", problem, "use fewer series, longer steps or a shorter range")
        }
    }
}

/// Names as far as they are the business of whoever asks: of a team, its own.
async fn names(state: &ApiState, team: Option<&Team>, chart: &Analytics) -> Result<BTreeMap<String, String>, Refusal> {
    let mut names = BTreeMap::new();
    for (place, dimension) in chart.group_by.iter().enumerate() {
        for id in chart.series.iter().filter_map(|series| series.key.get(place)?.as_ref()) {
            let name = match dimension {
                Dimension::Token => {
                    let token = id.parse().ok().and_then(|id| state.live.by_id(id));
                    let own = token.filter(|live| team.is_none_or(|team| team.id == live.team_id()));
                    own.map(|live| live.token.name().to_owned())
                }
                Dimension::App => match (id.parse(), team) {
                    (Ok(id), Some(team)) => state.store.resource_by_id::<AppSpec>(team.id, id).await?,
                    (Ok(id), None) => state.store.resource_of_any_team::<AppSpec>(id).await?,
                    (Err(_), _) => None,
                }
                .map(|app| app.name.to_string()),
                Dimension::Team => match (id.parse(), team) {
                    (Ok(_), Some(team)) => Some(team.name.to_string()),
                    (Ok(id), None) => state.store.team_by_id(id).await?.map(|team| team.name.to_string()),
                    (Err(_), _) => None,
                },
                _ => None,
            };
            names.extend(name.map(|name| (id.clone(), name)));
        }
    }
    Ok(names)
}
