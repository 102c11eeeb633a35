//! Invitations: `/teams/{team}/invitations`, and what whoever holds a link may ask.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use keyward_http::{Body, Guest, Listing, Refusal};
use keyward_identity::{Invited, NewInvitation};
use keyward_model::invitation::{Invitation, InvitationId};
use keyward_model::membership::Role;
use keyward_model::secret::Hidden;
use keyward_model::user::Email;
use keyward_model::{Code, Name, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::ShownOnce;
use super::session::SessionBody;
use super::shown::user_of;
use crate::ApiState;
use crate::access::{self, Member};
use crate::path::TeamPath;

/// Whom to invite.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Invite {
    /// Their address: nobody else can accept.
    email: Email,
    /// As what.
    role: Role,
}

/// An invitation, with its link. The link is in this answer and nowhere else.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct InvitedBody {
    /// The invitation.
    invitation: Invitation,
    /// To be given to whom it is for. Its code stands behind `#`, which browsers do not send.
    #[schema(value_type = String)]
    link: ShownOnce,
}

/// The code of an invitation's link.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Look {
    /// What stands behind `#`.
    code: Hidden,
}

/// What an invitation offers.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct OfferBody {
    /// Into which team.
    team: OfferTeam,
    /// For whom.
    email: Email,
    /// As what.
    role: Role,
    /// Until when.
    expires_at: Timestamp,
    /// Whether there is a user with this address, who signs in to accept.
    account_exists: bool,
}

/// A team, as somebody sees it who is no member yet.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct OfferTeam {
    /// Its name.
    name: Name,
    /// The name people read.
    title: String,
}

/// Accepting an invitation: as somebody new with a name and a password, or signed in.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Accept {
    /// What stands behind `#`.
    code: Hidden,
    /// What people call you, for somebody new.
    name: Option<String>,
    /// A password, for somebody new; at least 12 characters.
    password: Option<Hidden>,
}

/// Lists the invitations into a team that can still be accepted.
#[utoipa::path(
    get, path = "/api/v1/teams/{team}/invitations", operation_id = "list_invitations", tag = "people",
    summary = "List invitations", params(TeamPath), security(("token" = ["keyward:people.read"])),
    responses((status = 200, body = Listing<Invitation>)),
)]
pub(crate) async fn list(
    member: Member<access::PeopleRead>,
    State(state): State<ApiState>,
) -> Result<Json<Listing<Invitation>>, Refusal> {
    Ok(Json(Listing { items: state.people.invitations(member.team.id).await?, next: None }))
}

/// Invites somebody into a team, for 72 hours.
#[utoipa::path(
    post, path = "/api/v1/teams/{team}/invitations", operation_id = "invite", tag = "people",
    summary = "Invite somebody", params(TeamPath), request_body = Invite,
    security(("token" = ["keyward:people.write"])), responses((status = 201, body = InvitedBody)),
)]
pub(crate) async fn invite(
    member: Member<access::PeopleWrite>,
    State(state): State<ApiState>,
    Body(request): Body<Invite>,
) -> Result<(StatusCode, Json<InvitedBody>), Refusal> {
    let wanted = NewInvitation { email: request.email, role: request.role, invited_by: user_of(&member.caller) };
    let Invited { invitation, code } = state.people.invite(member.caller.cause(), &member.team, wanted).await?;
    let link = Zeroizing::new(format!("{}/invitation#{}", state.public_url, code.expose()));
    Ok((StatusCode::CREATED, Json(InvitedBody { invitation, link: ShownOnce(link) })))
}

/// Takes an invitation back.
#[utoipa::path(
    delete, path = "/api/v1/teams/{team}/invitations/{id}", operation_id = "withdraw_invitation", tag = "people",
    summary = "Take an invitation back",
    params(TeamPath, ("id" = String, Path, description = "The id of the invitation.")),
    security(("token" = ["keyward:people.write"])), responses((status = 204)),
)]
pub(crate) async fn withdraw(
    member: Member<access::PeopleWrite>,
    State(state): State<ApiState>,
    Path((_, id)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    let id: InvitationId = id.parse().map_err(|_| Refusal::not_found("invitation"))?;
    state.people.withdraw_invitation(member.caller.cause(), member.team.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says what an invitation offers, to whoever holds its code.
#[utoipa::path(
    post, path = "/api/v1/invitations/look", operation_id = "look_at_invitation", tag = "session",
    summary = "Look at an invitation", request_body = Look, security(()),
    responses((status = 200, body = OfferBody)),
)]
pub(crate) async fn look(
    _guest: Guest,
    State(state): State<ApiState>,
    Body(request): Body<Look>,
) -> Result<Json<OfferBody>, Refusal> {
    let offer = state.people.look_at_invitation(request.code.expose_str().unwrap_or_default()).await?;
    let Invitation { email, role, expires_at, .. } = offer.invitation;
    let team = OfferTeam { name: offer.team.name.clone(), title: offer.team.spec.title.clone() };
    Ok(Json(OfferBody { team, email, role, expires_at, account_exists: offer.account_exists }))
}

/// Accepts an invitation: as somebody new, who is signed in then, or as the user it is for.
#[utoipa::path(
    post, path = "/api/v1/invitations/accept", operation_id = "accept_invitation", tag = "session",
    summary = "Accept an invitation", request_body = Accept, security(()),
    responses((status = 200, body = SessionBody)),
)]
pub(crate) async fn accept(
    guest: Guest,
    State(state): State<ApiState>,
    Body(request): Body<Accept>,
) -> Result<Response, Refusal> {
    let Accept { code, name, password } = request;
    let code = code.expose_str().unwrap_or_default();
    match (name, password) {
        (Some(name), Some(password)) => {
            let signed_in = state.people.accept_as_new(&guest.visitor, code, &name, password).await?;
            Ok(SessionBody::begun(&state, &guest, signed_in).await?.into_response())
        }
        (None, None) => {
            let person = guest.person.as_ref().filter(|person| !person.session.awaits_second_factor);
            let person = person
                .ok_or_else(|| Refusal::new(Code::SessionMissing, "Sign in to accept, or send name and password."))?;
            state.people.accept(person, &guest.visitor, code).await?;
            Ok(Json(SessionBody::of(&state, &guest, person).await?).into_response())
        }
        _ => Err(Refusal::field("password", "stands alone", "send name and password together, or neither of them")),
    }
}
