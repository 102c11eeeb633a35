//! Who asks: the token of a request, admitted. What it may do beyond that is the handler's to ask.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use http::header::{HeaderName, ORIGIN, REFERER, USER_AGENT};
use http::request::Parts;
use keyward_model::audit::{Actor, Cause};
use keyward_model::check::Silent;
use keyward_model::scope::{Scope, ScopeSet};
use keyward_model::team::TeamId;
use keyward_model::{Clock, Code, Denial};
use keyward_policy::checks::admit_token;
use keyward_tokens::{Live, LiveToken};

use crate::credential::credential;
use crate::{Refusal, RequestId};

/// What recognising callers needs.
#[derive(Clone)]
pub struct Gate {
    /// Every token.
    pub live: Arc<Live>,
    /// For lifetimes.
    pub clock: Arc<dyn Clock>,
}

/// Whoever asks, with a token that is good for this address, origin and time.
#[derive(Clone)]
pub struct Caller {
    /// The token.
    pub live: Arc<LiveToken>,
    /// Where the request came from.
    pub address: IpAddr,
    /// With which program.
    pub agent: Option<String>,
    /// The request.
    pub request_id: RequestId,
}

impl Caller {
    /// Its team.
    pub fn team(&self) -> TeamId {
        self.live.team_id()
    }

    /// What it may do, and so what it may pass on.
    pub fn scopes(&self) -> &ScopeSet {
        self.live.token.scopes()
    }

    /// Refuses unless the token has the scope.
    pub fn needs(&self, scope: &str) -> Result<(), Refusal> {
        let needed: Scope = scope.parse().map_err(|_| Refusal::internal(format!("`{scope}` is no scope")))?;
        if self.scopes().covers(&needed) {
            return Ok(());
        }
        let detail = format!("The token lacks the scope `{needed}`. Use one that has it, or have it added.");
        let mut denial = Denial::new(Code::ScopeMissing, "management scope", detail);
        denial.required_scope = Some([needed].into_iter().collect());
        Err(denial.into())
    }

    /// Whether the token has the scope.
    pub fn has(&self, scope: &str) -> bool {
        self.needs(scope).is_ok()
    }

    /// What changes made with this request are put down to.
    pub fn cause(&self) -> Cause {
        let token = &self.live.token;
        Cause {
            actor: Actor::Token { id: token.id(), name: token.name().to_owned() },
            address: Some(self.address),
            agent: self.agent.clone(),
            request_id: Some(self.request_id.0),
        }
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
        let live = gate.live.present(credential(&parts.headers)?.expose())?;
        let address = peer(parts);
        let (origin, referer) = (text(parts, ORIGIN), text(parts, REFERER));
        let now = gate.clock.now();
        let app_disabled = live.app().spec.disabled;
        admit_token(&live.facts(), app_disabled, now, address, origin.as_deref(), referer.as_deref(), &mut Silent)?;
        admit_method(&live, parts.method.as_str())?;
        let agent = text(parts, USER_AGENT).map(|agent| agent.chars().take(200).collect());
        Ok(Self { live, address, agent, request_id })
    }
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

fn text(parts: &Parts, name: HeaderName) -> Option<String> {
    parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}
