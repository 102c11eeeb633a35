//! `GET /teams/{team}/calls/tail`: calls as they happen, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};
use keyward_http::{Caller, Params, Refusal};
use keyward_model::call::CallRecord;
use keyward_model::team::TeamId;
use keyward_store::CallFilter;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::ApiState;
use crate::access::{self, Member, OPERATOR, Operator, Right};
use crate::calls::filter::{TailParams, admits};
use crate::calls::watch::Watch;
use crate::path::TeamPath;

/// How often a quiet tail looks whether it may go on.
const RECHECK: Duration = Duration::from_secs(2);

/// Streams calls of the team on this node as they happen. Each event `call` has a record as its data. An event
/// `missed` says how many calls of this node went by unseen, wanted or not, because the reader was too slow. It ends
/// when its token no longer works.
#[utoipa::path(
    get, path = "/api/v1/teams/{team}/calls/tail", operation_id = "tail_calls", tag = "calls",
    summary = "Follow calls", params(TeamPath, TailParams), security(("token" = ["keyward:calls.read"])),
    responses((status = 200, content_type = "text/event-stream", body = String)),
)]
pub(crate) async fn tail(
    member: Member<access::CallsRead>,
    State(state): State<ApiState>,
    Params(params): Params<TailParams>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let filter = params.resolve(&state, Some(&member.team)).await?;
    Ok(follow(&state, &member.caller, access::CallsRead::SCOPE, Some(member.team.id), filter))
}

/// Streams calls of every team, and of none, on this node as they happen.
#[utoipa::path(
    get, path = "/api/v1/calls/tail", operation_id = "tail_calls_of_all_teams", tag = "calls",
    summary = "Follow calls of all teams", params(TailParams), security(("token" = ["keyward:operator"])),
    responses((status = 200, content_type = "text/event-stream", body = String)),
)]
pub(crate) async fn of_all_teams(
    operator: Operator,
    State(state): State<ApiState>,
    Params(params): Params<TailParams>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let filter = params.resolve(&state, None).await?;
    Ok(follow(&state, &operator.caller, OPERATOR, None, filter))
}

fn follow(
    state: &ApiState,
    caller: &Caller,
    scope: &str,
    team: Option<TeamId>,
    filter: CallFilter,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<>> {
    let tail = Tail { watch: Watch::over(state, caller, team, scope), team, records: state.log.subscribe(), filter };
    let events = stream::unfold(tail, |mut tail| async move { tail.next().await.map(|event| (Ok(event), tail)) });
    Sse::new(events).keep_alive(KeepAlive::default())
}

struct Tail {
    watch: Watch,
    team: Option<TeamId>,
    filter: CallFilter,
    records: Receiver<Arc<CallRecord>>,
}

impl Tail {
    async fn next(&mut self) -> Option<Event> {
        loop {
            let received = tokio::time::timeout(RECHECK, self.records.recv()).await;
            if !self.watch.may_go_on().await {
                return None;
            }
            match received {
                Err(_) => {}
                Ok(Ok(record))
                    if (self.team.is_none() || record.team == self.team) && admits(&self.filter, &record) =>
                {
                    return Event::default().event("call").id(record.request_id.to_string()).json_data(&*record).ok();
                }
                Ok(Ok(_)) => {}
                Ok(Err(RecvError::Lagged(count))) => {
                    return Some(Event::default().event("missed").data(count.to_string()));
                }
                Ok(Err(RecvError::Closed)) => return None,
            }
        }
    }
}
