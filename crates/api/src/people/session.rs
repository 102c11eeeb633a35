//! `/session`: signing in, who is signed in, signing out.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use keyward_http::{Body, Guest, Refusal, cookie};
use keyward_identity::{Factor, Person, SignedIn};
use keyward_model::app::AppId;
use keyward_model::membership::Role;
use keyward_model::scope::ScopeSet;
use keyward_model::secret::Hidden;
use keyward_model::team::{Team, TeamId};
use keyward_model::user::{User, UserId};
use keyward_model::{Code, Name, Timestamp};
use keyward_store::PageRequest;
use serde::{Deserialize, Serialize};

use super::Authenticated;
use super::shown::Arriving;
use crate::ApiState;

/// Who is signed in, or what is still missing for that.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum SessionBody {
    /// Somebody is signed in.
    SignedIn(Box<SignedInBody>),
    /// The password was right, and a second factor is asked for.
    SecondFactorNeeded {
        /// With what it can be proved.
        methods: Vec<Factor>,
    },
}

/// Somebody who is signed in.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SignedInBody {
    /// Who.
    user: UserBody,
    /// Where they are a member; for an operator every team.
    memberships: Vec<MembershipBody>,
    /// How sure it is that it is they.
    second_factor: SecondFactorBody,
    /// When the session is over, however much it is used.
    expires_at: Timestamp,
    /// Whether this is a demonstration, whose password everybody may know.
    demo: bool,
    /// Where Keyward's gateway and command line expect this control plane.
    public_url: String,
    /// Where calls go, as far as this node knows: its own gateway.
    gateway_url: String,
    /// The version of Keyward.
    version: &'static str,
}

/// A user, as far as others see them.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct UserBody {
    /// Their id.
    #[schema(value_type = String)]
    id: UserId,
    /// Their address.
    email: String,
    /// Their name.
    name: String,
    /// Whether they run the installation.
    operator: bool,
}

/// What somebody is in a team.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct MembershipBody {
    /// The team.
    team: TeamBrief,
    /// Their role; none for an operator who is no member.
    role: Option<Role>,
    /// The apps that are theirs.
    #[schema(value_type = Vec<String>)]
    apps: Vec<AppId>,
    /// What they may do with the whole team.
    scopes: ScopeSet,
    /// Whether they manage tokens of their own apps alone.
    own_apps_only: bool,
    /// Whether the team asks for a second factor that was not proved.
    needs_second_factor: bool,
}

/// A team in a few words.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct TeamBrief {
    /// Its id.
    #[schema(value_type = String)]
    id: TeamId,
    /// Its name.
    name: Name,
    /// The name people read.
    title: String,
    /// The zone of its reports.
    zone: String,
}

/// How sure it is who somebody is.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SecondFactorBody {
    /// The second factors they have.
    methods: Vec<Factor>,
    /// When one was last proved in this session.
    at: Option<Timestamp>,
}

/// Address and password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    /// The address of the user.
    email: String,
    /// Their password.
    password: Hidden,
}

impl From<&User> for UserBody {
    fn from(user: &User) -> Self {
        let User { id, email, name, operator, .. } = user;
        Self { id: *id, email: email.to_string(), name: name.clone(), operator: *operator }
    }
}

impl From<&Team> for TeamBrief {
    fn from(team: &Team) -> Self {
        let zone = team.spec.zone.to_string();
        Self { id: team.id, name: team.name.clone(), title: team.spec.title.clone(), zone }
    }
}

impl SessionBody {
    /// What there is to say of a person.
    pub(crate) async fn of(state: &ApiState, guest: &Guest, person: &Person) -> Result<Self, Refusal> {
        if person.session.awaits_second_factor {
            return Ok(Self::SecondFactorNeeded { methods: person.second_factors() });
        }
        let mut memberships = Vec::new();
        for team in teams_of(state, person).await? {
            let rights = state.people.rights(person, &team, guest.visitor.address).await;
            let (membership, scopes, own_apps_only, needs_second_factor) = match rights {
                Ok(Some(rights)) => {
                    let confined = !rights.own_apps.is_empty()
                        && !"keyward:tokens.write".parse().is_ok_and(|scope| rights.scopes.covers(&scope));
                    (rights.membership, rights.scopes, confined, false)
                }
                Ok(None) => continue,
                Err(error) if error.code() == Code::SecondFactorNeeded => {
                    let membership = state.store.membership(team.id, person.user.id).await?;
                    (membership, ScopeSet::default(), false, true)
                }
                Err(error) => return Err(error.into()),
            };
            let (role, apps) = membership.map(|held| (Some(held.role), held.apps)).unwrap_or_default();
            let team = TeamBrief::from(&team);
            memberships.push(MembershipBody { team, role, apps, scopes, own_apps_only, needs_second_factor });
        }
        let second_factor = SecondFactorBody { methods: person.second_factors(), at: person.session.second_factor_at };
        Ok(Self::SignedIn(Box::new(SignedInBody {
            user: UserBody::from(&person.user),
            memberships,
            second_factor,
            expires_at: person.session.expires_at,
            demo: state.demo,
            public_url: state.public_url.to_string(),
            gateway_url: state.gateway_url.to_string(),
            version: env!("CARGO_PKG_VERSION"),
        })))
    }

    /// The answer to having come in.
    pub(crate) async fn begun(
        state: &ApiState,
        guest: &Guest,
        signed_in: SignedIn,
    ) -> Result<Authenticated<Self>, Refusal> {
        let body = Self::of(state, guest, &signed_in.person).await?;
        Ok(Authenticated::new(&signed_in, body))
    }
}

/// The teams that concern somebody, by name.
async fn teams_of(state: &ApiState, person: &Person) -> Result<Vec<Team>, Refusal> {
    if person.user.operator {
        let all = PageRequest { after: None, limit: 1000 };
        return Ok(state.store.teams_of_installation(&all).await?.items);
    }
    let mut teams = Vec::new();
    for membership in state.store.memberships_of_user(person.user.id).await? {
        teams.extend(state.store.team_by_id(membership.team).await?);
    }
    teams.sort_by(|one: &Team, other| one.name.cmp(&other.name));
    Ok(teams)
}

/// Says who is signed in with this browser.
#[utoipa::path(
    get, path = "/api/v1/session", operation_id = "read_session", tag = "session",
    summary = "Who is signed in", security(("session" = [])), responses((status = 200, body = SessionBody)),
)]
pub(crate) async fn read(arriving: Arriving, State(state): State<ApiState>) -> Result<Json<SessionBody>, Refusal> {
    Ok(Json(SessionBody::of(&state, &arriving.guest, &arriving.person).await?))
}

/// Signs somebody in by password. Whether there is such a user cannot be told from the answer.
#[utoipa::path(
    post, path = "/api/v1/session", operation_id = "sign_in", tag = "session", summary = "Sign in by password",
    request_body = SignIn, security(()), responses((status = 200, body = SessionBody)),
)]
pub(crate) async fn sign_in(
    guest: Guest,
    State(state): State<ApiState>,
    Body(request): Body<SignIn>,
) -> Result<Authenticated<SessionBody>, Refusal> {
    let signed_in = state.people.sign_in(&guest.visitor, &request.email, request.password).await?;
    SessionBody::begun(&state, &guest, signed_in).await
}

/// Ends the session.
#[utoipa::path(
    delete, path = "/api/v1/session", operation_id = "sign_out", tag = "session", summary = "Sign out",
    security(()), responses((status = 204)),
)]
pub(crate) async fn sign_out(guest: Guest, State(state): State<ApiState>) -> Result<Response, Refusal> {
    if let Some(person) = &guest.person {
        state.people.sign_out(person, &guest.visitor).await?;
    }
    Ok((StatusCode::NO_CONTENT, [cookie::forget()]).into_response())
}
