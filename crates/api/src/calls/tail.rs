//! `GET /teams/{team}/calls/tail`: calls as they happen, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};
use keyward_http::{Params, Refusal};
use keyward_model::call::CallRecord;
use keyward_model::team::TeamId;
use keyward_model::token::{TokenId, TokenStatus};
use keyward_store::CallFilter;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::ApiState;
use crate::access::{self, Member};
use crate::calls::filter::{CallParams, admits};
use crate::path::TeamPath;

/// How often a quiet tail looks whether it may go on.
const RECHECK: Duration = Duration::from_secs(2);

/// Streams calls of the team on this node as they happen. Each event `call` has a record as its data; an event
/// `missed` says how many the reader was too slow for. It ends when its token no longer works.
#[utoipa::path(
    get, path = "/api/v1/teams/{team}/calls/tail", operation_id = "tail_calls", tag = "calls",
    summary = "Follow calls", params(TeamPath, CallParams), security(("token" = ["keyward:calls.read"])),
    responses((status = 200, content_type = "text/event-stream", body = String)),
)]
pub(crate) async fn tail(
    member: Member<access::CallsRead>,
    State(state): State<ApiState>,
    Params(params): Params<CallParams>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let (filter, _) = params.resolve(&state, Some(&member.team)).await?;
    let records = state.log.subscribe();
    let tail = Tail { token: member.caller.live.token.id(), team: member.team.id, records, filter, state };
    let events = stream::unfold(tail, |mut tail| async move { tail.next().await.map(|event| (Ok(event), tail)) });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

struct Tail {
    state: ApiState,
    token: TokenId,
    team: TeamId,
    filter: CallFilter,
    records: Receiver<Arc<CallRecord>>,
}

impl Tail {
    async fn next(&mut self) -> Option<Event> {
        loop {
            let received = tokio::time::timeout(RECHECK, self.records.recv()).await;
            if !self.may_go_on() {
                return None;
            }
            match received {
                Err(_) => {}
                Ok(Ok(record)) if record.team == Some(self.team) && admits(&self.filter, &record) => {
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

    /// A stream outlives the request's own check by hours.
    fn may_go_on(&self) -> bool {
        let Some(live) = self.state.live.by_id(self.token) else { return false };
        let status = live.facts().status(self.state.clock.now());
        matches!(status, TokenStatus::Active | TokenStatus::Rotating) && !live.app().spec.disabled
    }
}
