//! Who may call what. An endpoint names its right in its parameters; a request without it never reaches the handler.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use keyward_http::{Caller, Refusal};
use keyward_model::team::{Team, TeamId};
use keyward_model::token::LastUse;

use crate::ApiState;

/// The scope that crosses teams.
pub(crate) const OPERATOR: &str = "keyward:operator";

/// A management scope as a type.
pub(crate) trait Right: Send + Sync + 'static {
    /// The scope.
    const SCOPE: &'static str;
}

macro_rules! rights {
    ($($right:ident = $scope:literal,)+) => {
        $(
            #[doc = concat!("`", $scope, "`")]
            #[derive(Clone, Copy, Debug)]
            pub(crate) struct $right;
            impl Right for $right {
                const SCOPE: &'static str = $scope;
            }
        )+
    };
}

rights! {
    TeamsRead = "keyward:teams.read",
    TeamsWrite = "keyward:teams.write",
    AppsRead = "keyward:apps.read",
    AppsWrite = "keyward:apps.write",
    ApisRead = "keyward:apis.read",
    ApisWrite = "keyward:apis.write",
    UpstreamsRead = "keyward:upstreams.read",
    UpstreamsWrite = "keyward:upstreams.write",
    ConnectionsRead = "keyward:connections.read",
    ConnectionsWrite = "keyward:connections.write",
    SecretsRead = "keyward:secrets.read",
    SecretsWrite = "keyward:secrets.write",
    SubscriptionsRead = "keyward:subscriptions.read",
    SubscriptionsWrite = "keyward:subscriptions.write",
    PoliciesRead = "keyward:policies.read",
    PoliciesWrite = "keyward:policies.write",
    TokensRead = "keyward:tokens.read",
    TokensWrite = "keyward:tokens.write",
    CallsRead = "keyward:calls.read",
    CapturesRead = "keyward:captures.read",
    AuditRead = "keyward:audit.read",
    Apply = "keyward:apply",
    Metrics = "keyward:metrics",
}

/// A caller with the right `R` in the team that the path names. Another team is not found, whether it exists or not,
/// but for the operator.
pub(crate) struct Member<R> {
    /// Who asks.
    pub(crate) caller: Caller,
    /// The team of the path.
    pub(crate) team: Arc<Team>,
    right: PhantomData<R>,
}

/// A caller with the right `R`, for paths whose team may not exist yet.
pub(crate) struct Entitled<R> {
    /// Who asks.
    pub(crate) caller: Caller,
    right: PhantomData<R>,
}

/// A caller who may do what concerns the installation as a whole.
pub(crate) struct Operator {
    /// Who asks.
    pub(crate) caller: Caller,
}

/// A caller with any valid token.
pub(crate) struct Holder {
    /// Who asks.
    pub(crate) caller: Caller,
}

impl FromRequestParts<ApiState> for Holder {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Self::Rejection> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let uses = LastUse { at: state.clock.now(), address: caller.address, calls: 1 };
        state.log.count_use(caller.live.token.id(), uses);
        Ok(Self { caller })
    }
}

impl FromRequestParts<ApiState> for Operator {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Self::Rejection> {
        let Holder { caller } = Holder::from_request_parts(parts, state).await?;
        caller.needs(OPERATOR)?;
        Ok(Self { caller })
    }
}

impl<R: Right> FromRequestParts<ApiState> for Entitled<R> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Self::Rejection> {
        let Holder { caller } = Holder::from_request_parts(parts, state).await?;
        caller.needs(R::SCOPE)?;
        Ok(Self { caller, right: PhantomData })
    }
}

impl<R: Right> FromRequestParts<ApiState> for Member<R> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Self::Rejection> {
        // The scope before the team: what is refused must not depend on whether a team exists.
        let Entitled { caller, .. } = Entitled::<R>::from_request_parts(parts, state).await?;
        let wanted = path_part(parts, state, "team").await.unwrap_or_default();
        let team = find_team(state, &caller, &wanted).await?.ok_or_else(|| Refusal::not_found("team"))?;
        Ok(Self { caller, team, right: PhantomData })
    }
}

/// The team a path names, by name or id, as far as it is the caller's business.
pub(crate) async fn find_team(state: &ApiState, caller: &Caller, wanted: &str) -> Result<Option<Arc<Team>>, Refusal> {
    let own = caller.live.team();
    let id: Option<TeamId> = wanted.parse().ok();
    if own.name.as_str() == wanted || id == Some(own.id) {
        return Ok(Some(Arc::clone(&own)));
    }
    if !caller.has(OPERATOR) {
        return Ok(None);
    }
    let found = match id {
        Some(id) => state.store.team_by_id(id).await?,
        None => state.store.team_by_name(wanted).await?,
    };
    Ok(found.map(Arc::new))
}

/// A parameter of the path, decoded.
pub(crate) async fn path_part(parts: &mut Parts, state: &ApiState, name: &str) -> Option<String> {
    let params = RawPathParams::from_request_parts(parts, state).await.ok()?;
    params.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}
