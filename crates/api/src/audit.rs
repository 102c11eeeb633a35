//! The audit trail: reading it, and proving that nobody edited it.

use axum::Json;
use axum::extract::State;
use keyward_http::paging::page_request;
use keyward_http::{Listing, Params, Refusal};
use keyward_model::Timestamp;
use keyward_model::audit::AuditEvent;
use keyward_model::resource::Kind;
use keyward_model::team::TeamId;
use keyward_model::token::TokenId;
use keyward_model::user::UserId;
use keyward_store::{AuditFilter, AuditVerification, INSTALLATION};
use serde::{Deserialize, Serialize};

use crate::ApiState;
use crate::access::{self, Member, Operator};
use crate::path::TeamPath;

/// Which events.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditParams {
    /// Whose action begins so: `token.`, `token.revoke`.
    action: Option<String>,
    /// To this kind of thing.
    kind: Option<Kind>,
    /// To the one with this id.
    target: Option<String>,
    /// By whoever held this token, or by this user: its id, or theirs.
    actor: Option<String>,
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

/// Whether a trail is as it was written.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct AuditVerdict {
    /// Whether it is.
    sound: bool,
    /// How many events it has, when it is sound.
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<u64>,
    /// The hash of its last event, when it is sound: kept elsewhere, it proves later that nothing before it changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<String>,
    /// The place of the first event that is not as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    broken_at: Option<u64>,
    /// What is wrong there.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// Lists what was changed in the team, newest first.
#[utoipa::path(
    get, path = "/api/v1/teams/{team}/audit-events", operation_id = "list_audit_events", tag = "audit",
    summary = "List audit events", params(TeamPath, AuditParams), security(("token" = ["keyward:audit.read"])),
    responses((status = 200, body = Listing<AuditEvent>)),
)]
pub(crate) async fn list(
    member: Member<access::AuditRead>,
    State(state): State<ApiState>,
    Params(params): Params<AuditParams>,
) -> Result<Json<Listing<AuditEvent>>, Refusal> {
    events(&state, member.team.id, params).await
}

/// Walks the team's trail and its hashes from the first event to the last.
#[utoipa::path(
    get, path = "/api/v1/teams/{team}/audit-events/verification", operation_id = "verify_audit_events", tag = "audit",
    summary = "Verify the audit trail", params(TeamPath), security(("token" = ["keyward:audit.read"])),
    responses((status = 200, body = AuditVerdict)),
)]
pub(crate) async fn verify(
    member: Member<access::AuditRead>,
    State(state): State<ApiState>,
) -> Result<Json<AuditVerdict>, Refusal> {
    verdict(&state, member.team.id).await
}

/// Lists what was changed of the installation as a whole: teams, keys, restores; newest first.
#[utoipa::path(
    get, path = "/api/v1/audit-events", operation_id = "list_installation_audit_events", tag = "audit",
    summary = "List audit events of the installation", params(AuditParams),
    security(("token" = ["keyward:operator"])),
    responses((status = 200, body = Listing<AuditEvent>)),
)]
pub(crate) async fn list_of_installation(
    _operator: Operator,
    State(state): State<ApiState>,
    Params(params): Params<AuditParams>,
) -> Result<Json<Listing<AuditEvent>>, Refusal> {
    events(&state, INSTALLATION, params).await
}

/// Walks the installation's own trail and its hashes from the first event to the last.
#[utoipa::path(
    get, path = "/api/v1/audit-events/verification", operation_id = "verify_installation_audit_events", tag = "audit",
    summary = "Verify the installation's audit trail", security(("token" = ["keyward:operator"])),
    responses((status = 200, body = AuditVerdict)),
)]
pub(crate) async fn verify_of_installation(
    _operator: Operator,
    State(state): State<ApiState>,
) -> Result<Json<AuditVerdict>, Refusal> {
    verdict(&state, INSTALLATION).await
}

async fn events(state: &ApiState, trail: TeamId, params: AuditParams) -> Result<Json<Listing<AuditEvent>>, Refusal> {
    let page = page_request(params.after, params.limit)?;
    if let Some(actor) = &params.actor
        && actor.parse::<TokenId>().is_err()
        && actor.parse::<UserId>().is_err()
    {
        return Err(Refusal::field("actor", "is neither the id of a token nor that of a user", "give one of the two"));
    }
    let filter = AuditFilter {
        action_prefix: params.action,
        kind: params.kind,
        target: params.target,
        actor: params.actor,
        from: params.from,
        to: params.to,
    };
    Ok(Json(state.store.audit_events(trail, &filter, &page).await?.into()))
}

async fn verdict(state: &ApiState, trail: TeamId) -> Result<Json<AuditVerdict>, Refusal> {
    Ok(Json(match state.store.verify_audit(trail).await? {
        AuditVerification::Sound { events, head } => {
            AuditVerdict { sound: true, events: Some(events), head: Some(head), broken_at: None, problem: None }
        }
        AuditVerification::Broken { sequence, problem } => {
            AuditVerdict { sound: false, events: None, head: None, broken_at: Some(sequence), problem: Some(problem) }
        }
    }))
}
