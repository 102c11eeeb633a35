//! Who asks: the token of a request, admitted, or somebody who is signed in. What they may do beyond that is the
//! handler's to ask.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderName, ORIGIN, REFERER, USER_AGENT};
use http::request::Parts;
use keyward_identity::{People, Person, Visitor};
use keyward_model::audit::{Actor, Cause};
use keyward_model::check::Silent;
use keyward_model::scope::{Scope, ScopeSet};
use keyward_model::{Clock, Code, Denial};
use keyward_policy::checks::admit_token;
use keyward_tokens::{Live, LiveToken};

use crate::credential::credential;
use crate::{Refusal, RequestId, cookie, site};

/// What recognising callers needs.
#[derive(Clone)]
pub struct Gate {
    /// Every token.
    pub live: Arc<Live>,
    /// Everybody who may be signed in.
    pub people: Arc<People>,
    /// For lifetimes.
    pub clock: Arc<dyn Clock>,
}

/// Whoever asks.
#[derive(Clone)]
pub struct Caller {
    /// A token or a person.
    pub who: Who,
    /// What may be done, and so what may be passed on. A person's depends on the team, and is nothing until that is
    /// known.
    pub scopes: ScopeSet,
    /// Where the request came from.
    pub address: IpAddr,
    /// With which program.
    pub agent: Option<String>,
    /// The request.
    pub request_id: RequestId,
}

/// What a caller is known by.
#[derive(Clone)]
pub enum Who {
    /// A token that is good for this address, origin and time.
    Token(Arc<LiveToken>),
    /// Somebody who is signed in, with both factors where they have two.
    Person(Arc<Person>),
}

impl Caller {
    /// The token, where it is one.
    pub fn token(&self) -> Option<&Arc<LiveToken>> {
        if let Who::Token(live) = &self.who { Some(live) } else { None }
    }

    /// The person, where it is one.
    pub fn person(&self) -> Option<&Arc<Person>> {
        if let Who::Person(person) = &self.who { Some(person) } else { None }
    }

    /// What may be done, and so what may be passed on.
    pub fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    /// Refuses unless the caller has the scope.
    pub fn needs(&self, scope: &str) -> Result<(), Refusal> {
        let needed: Scope = scope.parse().map_err(|_| Refusal::internal(format!("`{scope}` is no scope")))?;
        if self.scopes.covers(&needed) {
            return Ok(());
        }
        let (code, rule, detail) = match self.who {
            Who::Token(_) => (
                Code::ScopeMissing,
                "management scope",
                format!("The token lacks the scope `{needed}`. Use one that has it, or have it added."),
            ),
            Who::Person(_) => (
                Code::RightMissing,
                "role",
                format!("Your role does not allow `{needed}` here. Ask an administrator of the team."),
            ),
        };
        let mut denial = Denial::new(code, rule, detail);
        denial.required_scope = Some([needed].into_iter().collect());
        Err(denial.into())
    }

    /// Whether the caller has the scope.
    pub fn has(&self, scope: &str) -> bool {
        self.needs(scope).is_ok()
    }

    /// What changes made with this request are put down to.
    pub fn cause(&self) -> Cause {
        let actor = match &self.who {
            Who::Token(live) => Actor::Token { id: live.token.id(), name: live.token.name().to_owned() },
            Who::Person(person) => Actor::User { id: person.user.id, name: person.user.name.clone() },
        };
        Cause { actor, address: Some(self.address), agent: self.agent.clone(), request_id: Some(self.request_id.0) }
    }
}

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    Gate: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let gate = Gate::from_ref(state);
        let Ok(request_id) = RequestId::from_request_parts(parts, state).await;
        let (address, agent) = (peer(parts), agent(parts));
        // Whoever shows a token is judged by that, whatever else came along.
        let shows_token = parts.headers.contains_key(AUTHORIZATION) || parts.headers.contains_key("x-api-key");
        if !shows_token && let Some(code) = cookie::session(&parts.headers) {
            site::check(parts)?;
            let person = gate.people.person(&code).await?.ok_or_else(session_ended)?;
            if person.session.awaits_second_factor {
                return Err(Refusal::new(Code::SecondFactorNeeded, "Prove your second factor to end signing in."));
            }
            let who = Who::Person(Arc::new(person));
            return Ok(Self { who, scopes: ScopeSet::default(), address, agent, request_id });
        }
        let live = admitted(parts, &gate, address)?;
        let scopes = live.token.scopes().clone();
        Ok(Self { who: Who::Token(live), scopes, address, agent, request_id })
    }
}

/// Somebody who is signed in, or about to be: for what people do about themselves.
#[derive(Clone, Debug)]
pub struct Guest {
    /// Where the request came from.
    pub visitor: Visitor,
    /// Who is signed in; they may still have to prove a second factor.
    pub person: Option<Person>,
}

impl<S> FromRequestParts<S> for Guest
where
    S: Send + Sync,
    Gate: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let gate = Gate::from_ref(state);
        site::check(parts)?;
        let Ok(request_id) = RequestId::from_request_parts(parts, state).await;
        let visitor = Visitor { address: peer(parts), agent: agent(parts), request_id: request_id.0 };
        let person = match cookie::session(&parts.headers) {
            Some(code) => gate.people.person(&code).await?,
            None => None,
        };
        Ok(Self { visitor, person })
    }
}

fn session_ended() -> Refusal {
    Refusal::new(Code::SessionEnded, "Your session is over. Sign in again.")
}

fn admitted(parts: &Parts, gate: &Gate, address: IpAddr) -> Result<Arc<LiveToken>, Refusal> {
    let live = gate.live.present(credential(&parts.headers)?.expose())?;
    let (origin, referer) = (text(&parts.headers, ORIGIN), text(&parts.headers, REFERER));
    let now = gate.clock.now();
    let app_disabled = live.app().spec.disabled;
    admit_token(&live.facts(), app_disabled, now, address, origin.as_deref(), referer.as_deref(), &mut Silent)?;
    admit_method(&live, parts.method.as_str())?;
    Ok(live)
}

/// A token held to some methods is held to them here, too.
fn admit_method(live: &LiveToken, method: &str) -> Result<(), Denial> {
    let methods = &live.token.restrictions().methods;
    if methods.is_empty() || methods.iter().any(|granted| granted.as_str() == method) {
        return Ok(());
    }
    let detail = format!("The token may not be used with {method}.");
    Err(Denial::new(Code::MethodNotGranted, format!("token {} restrictions.methods", live.token.id()), detail))
}

/// Where the connection came from; an address that no list names where the server did not say.
fn peer(parts: &Parts) -> IpAddr {
    let connection = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    connection.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip().to_canonical())
}

fn agent(parts: &Parts) -> Option<String> {
    text(&parts.headers, USER_AGENT).map(|agent| agent.chars().take(200).collect())
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}
