//! `GET /teams/{team}/calls/{request_id}/capture`

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use keyward_calls::CaptureError;
use keyward_http::Refusal;
use keyward_model::Code;
use keyward_model::audit::AuditDraft;
use keyward_model::captured::CapturedCall;
use keyward_model::resource::Kind;
use serde_json::json;

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::{CallPath, PathRequestId};

/// Reads what was captured of a call: heads and the beginnings of bodies, as far as its api asked for that, with
/// everything secret blotted out. Captures stay on the node that took them. Who read which stands in the audit trail of
/// the team (`capture.read`): without the event nothing is shown.
#[utoipa::path(
    get, path = "/api/v1/teams/{team}/calls/{request_id}/capture", operation_id = "read_capture", tag = "calls",
    summary = "Read what was captured of a call", params(CallPath),
    security(("token" = ["keyward:captures.read"])), responses((status = 200, body = CapturedCall)),
)]
pub(crate) async fn capture(
    member: Member<access::CapturesRead>,
    State(state): State<ApiState>,
    PathRequestId(request_id): PathRequestId,
) -> Result<Json<CapturedCall>, Refusal> {
    // Its answer may be ahead of its capture, which is handed over with the last byte and then written.
    for pause in [0, 20, 100, 200] {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        state.captures.flush().await;
        if let Some(found) = state.captures.find(member.team.id, request_id).await.map_err(refused)? {
            note(&state, &member, &found).await?;
            return Ok(Json(found));
        }
    }
    let detail = format!(
        "There is no capture of this call on node {}, or it belongs to another team. Calls are captured where their \
         api says so in `capture`, once their token is recognised. Captures stay on the node that took them, and the \
         oldest go where there are too many.",
        state.node
    );
    Err(Refusal::new(Code::NotFound, detail))
}

/// Writes down who reads what, before it is read.
async fn note(state: &ApiState, member: &Member<access::CapturesRead>, captured: &CapturedCall) -> Result<(), Refusal> {
    let mut tx = state.store.begin(member.caller.cause()).await?;
    let event = AuditDraft {
        action: "capture.read".to_owned(),
        kind: Kind::Api,
        target: captured.api.to_string(),
        target_name: captured.api_name.to_string(),
        before: None,
        after: Some(json!({ "request_id": captured.request_id })),
        reason: None,
    };
    tx.audit(member.team.id, event).await?;
    tx.commit().await?;
    Ok(())
}

fn refused(error: CaptureError) -> Refusal {
    let cause = error.to_string();
    match error {
        CaptureError::Damaged { .. } => {
            let detail = "What was captured of this call is damaged on the disk and not shown; other captures can be \
                          read. The log names the file.";
            Refusal::new(Code::DataCorrupt, detail).because(cause)
        }
        CaptureError::Unreadable { .. } => Refusal::internal(cause),
    }
}
