//! Who may call what. An endpoint names its right in its parameters; a request without it never reaches the handler.
//!
//! A token has the scopes it was given. Somebody who is signed in has what their role in the team of the path gives, as
//! scopes; who is no member does not find the team. What reveals, widens or deletes something that guards others needs
//! a fresh second factor besides.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath, RawPathParams};
use http::Method;
use http::request::Parts;
use keyward_http::{Caller, Refusal, Who};
use keyward_identity::{Person, TeamRights};
use keyward_model::app::AppId;
use keyward_model::scope::ScopeSet;
use keyward_model::team::{Team, TeamId};
use keyward_model::token::{LastUse, TokenId};
use keyward_tokens::{LiveToken, every_management_scope};

use crate::ApiState;

/// The scope that crosses teams.
pub(crate) const OPERATOR: &str = "keyward:operator";

/// A management scope as a type.
pub(crate) trait Right: Send + Sync + 'static {
    /// The scope.
    const SCOPE: &'static str;
    /// Whether somebody has it, too, for whom it is confined to their own apps.
    const CONFINED: Confined = Confined::Never;
}

/// How a right that somebody has for their own apps alone is held to these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Confined {
    /// It is not: it is needed for the whole team.
    Never,
    /// The token that the path names has to be of one of them.
    ToToken,
    /// The handler holds what is asked for against [`Member::apps`].
    ToRequest,
}

macro_rules! rights {
    ($($right:ident = $scope:literal $(, $confined:ident)?;)+) => {
        $(
            #[doc = concat!("`", $scope, "`")]
            #[derive(Clone, Copy, Debug)]
            pub(crate) struct $right;
            impl Right for $right {
                const SCOPE: &'static str = $scope;
                $(const CONFINED: Confined = Confined::$confined;)?
            }
        )+
    };
}

rights! {
    TeamsRead = "keyward:teams.read";
    TeamsWrite = "keyward:teams.write";
    PeopleRead = "keyward:people.read";
    PeopleWrite = "keyward:people.write";
    AppsRead = "keyward:apps.read";
    AppsWrite = "keyward:apps.write";
    ApisRead = "keyward:apis.read";
    ApisWrite = "keyward:apis.write";
    UpstreamsRead = "keyward:upstreams.read";
    UpstreamsWrite = "keyward:upstreams.write";
    ConnectionsRead = "keyward:connections.read";
    ConnectionsWrite = "keyward:connections.write";
    SecretsRead = "keyward:secrets.read";
    SecretsWrite = "keyward:secrets.write";
    SubscriptionsRead = "keyward:subscriptions.read";
    SubscriptionsWrite = "keyward:subscriptions.write";
    PoliciesRead = "keyward:policies.read";
    PoliciesWrite = "keyward:policies.write";
    TokensRead = "keyward:tokens.read";
    TokensWrite = "keyward:tokens.write";
    TokenWrite = "keyward:tokens.write", ToToken;
    TokenIssue = "keyward:tokens.write", ToRequest;
    CallsRead = "keyward:calls.read";
    CapturesRead = "keyward:captures.read";
    AuditRead = "keyward:audit.read";
    Apply = "keyward:apply";
    Metrics = "keyward:metrics";
}

/// A caller with the right `R` in the team that the path names. Another team is not found, whether it exists or not,
/// but for the operator.
pub(crate) struct Member<R> {
    /// Who asks.
    pub(crate) caller: Caller,
    /// The team of the path.
    pub(crate) team: Arc<Team>,
    /// The apps that the right is confined to; none where it is not.
    pub(crate) apps: Option<Vec<AppId>>,
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
    /// The token.
    pub(crate) live: Arc<LiveToken>,
}

/// Whoever asks; a use of a token is counted.
async fn known(parts: &mut Parts, state: &ApiState) -> Result<Caller, Refusal> {
    let caller = Caller::from_request_parts(parts, state).await?;
    if let Some(live) = caller.token() {
        let uses = LastUse { at: state.clock.now(), address: caller.address, calls: 1 };
        state.log.count_use(live.token.id(), uses);
    }
    Ok(caller)
}

impl FromRequestParts<ApiState> for Holder {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Self::Rejection> {
        match known(parts, state).await?.who {
            Who::Token(live) => Ok(Self { live }),
            Who::Person(_) => Err(Refusal::not_found("token: this tells of tokens, and you are signed in")),
        }
    }
}

impl FromRequestParts<ApiState> for Operator {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Self::Rejection> {
        let mut caller = known(parts, state).await?;
        if let Who::Person(person) = &caller.who {
            let person = Arc::clone(person);
            if person.user.operator {
                caller.scopes = every_management_scope();
            }
            caller.needs(OPERATOR)?;
            prove_again(&person, parts, state, OPERATOR)?;
        }
        caller.needs(OPERATOR)?;
        Ok(Self { caller })
    }
}

impl<R: Right> FromRequestParts<ApiState> for Entitled<R> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Self::Rejection> {
        let mut caller = known(parts, state).await?;
        if let Who::Person(person) = &caller.who {
            let person = Arc::clone(person);
            let wanted = path_part(parts, state, "team").await.unwrap_or_default();
            caller.scopes = match team_of(state, &person, &caller, &wanted).await? {
                Some((_, rights)) => rights.scopes,
                None if person.user.operator => every_management_scope(),
                None => ScopeSet::default(),
            };
            caller.needs(R::SCOPE)?;
            prove_again(&person, parts, state, R::SCOPE)?;
        }
        caller.needs(R::SCOPE)?;
        Ok(Self { caller, right: PhantomData })
    }
}

impl<R: Right> FromRequestParts<ApiState> for Member<R> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Self::Rejection> {
        let caller = known(parts, state).await?;
        if let Who::Person(person) = &caller.who {
            let person = Arc::clone(person);
            return Self::of_person(parts, state, caller, &person).await;
        }
        // The scope before the team: what is refused must not depend on whether a team exists.
        caller.needs(R::SCOPE)?;
        let wanted = path_part(parts, state, "team").await.unwrap_or_default();
        let team = find_team(state, &caller, &wanted).await?.ok_or_else(|| Refusal::not_found("team"))?;
        Ok(Self { caller, team, apps: None, right: PhantomData })
    }
}

impl<R: Right> Member<R> {
    async fn of_person(
        parts: &mut Parts,
        state: &ApiState,
        mut caller: Caller,
        person: &Person,
    ) -> Result<Self, Refusal> {
        let wanted = path_part(parts, state, "team").await.unwrap_or_default();
        let found = team_of(state, person, &caller, &wanted).await?;
        let (team, rights) = found.ok_or_else(|| Refusal::not_found("team"))?;
        caller.scopes = rights.scopes;
        let mut apps = None;
        if caller.needs(R::SCOPE).is_err() && R::CONFINED != Confined::Never && !rights.own_apps.is_empty() {
            if R::CONFINED == Confined::ToToken {
                let token = path_part(parts, state, "id").await.and_then(|id| id.parse::<TokenId>().ok());
                let token = match token {
                    Some(id) => state.store.token(team.id, id).await?,
                    None => None,
                };
                let token = token.ok_or_else(|| Refusal::not_found("token"))?.token;
                if !rights.own_apps.contains(&token.app) {
                    return Err(not_your_app());
                }
            }
            // Not among the scopes: what is held for some apps cannot be passed on for all.
            apps = Some(rights.own_apps);
        } else {
            caller.needs(R::SCOPE)?;
        }
        prove_again(person, parts, state, R::SCOPE)?;
        Ok(Self { caller, team, apps, right: PhantomData })
    }

    /// Refuses what concerns an app that the right does not reach.
    pub(crate) fn reaches(&self, app: AppId) -> Result<(), Refusal> {
        match &self.apps {
            Some(apps) if !apps.contains(&app) => Err(not_your_app()),
            _ => Ok(()),
        }
    }
}

/// Refuses somebody whose second factor is not fresh; a token has none.
pub(crate) fn fresh(caller: &Caller, state: &ApiState) -> Result<(), Refusal> {
    match &caller.who {
        Who::Person(person) => Ok(person.fresh(state.clock.now())?),
        Who::Token(_) => Ok(()),
    }
}

pub(crate) fn not_your_app() -> Refusal {
    let detail = "You manage the tokens of your own apps, and this app is not one of them. Ask an administrator.";
    Refusal::new(keyward_model::Code::RightMissing, detail)
}

/// Refuses what guards others to somebody whose second factor is not fresh.
fn prove_again(person: &Person, parts: &Parts, state: &ApiState, scope: &str) -> Result<(), Refusal> {
    let path = parts.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    if guards_others(&parts.method, scope, &path) {
        person.fresh(state.clock.now())?;
    }
    Ok(())
}

/// Whether a request reveals, rotates, widens or deletes what guards others. Apps, apis and upstreams ask for
/// themselves, where one that is there changes.
fn guards_others(method: &Method, scope: &str, path: &str) -> bool {
    if *method == Method::GET || *method == Method::HEAD {
        return scope == CapturesRead::SCOPE;
    }
    if *method == Method::DELETE || scope == OPERATOR || scope == Apply::SCOPE {
        return true;
    }
    if scope == TokensWrite::SCOPE {
        let harmless = path.ends_with("/tokens")
            || path.ends_with("/test-calls")
            || path.ends_with("/disable")
            || path.ends_with("/verify");
        return !harmless;
    }
    let guarding =
        [TeamsWrite::SCOPE, PeopleWrite::SCOPE, SecretsWrite::SCOPE, ConnectionsWrite::SCOPE, PoliciesWrite::SCOPE];
    guarding.contains(&scope)
}

/// The team a path names, by name or id, and what somebody who is signed in may do there.
async fn team_of(
    state: &ApiState,
    person: &Person,
    caller: &Caller,
    wanted: &str,
) -> Result<Option<(Arc<Team>, TeamRights)>, Refusal> {
    let Some(team) = named(state, wanted).await? else { return Ok(None) };
    let rights = state.people.rights(person, &team, caller.address).await?;
    Ok(rights.map(|rights| (Arc::new(team), rights)))
}

/// The team a path names, by name or id, as far as it is the caller's business.
pub(crate) async fn find_team(state: &ApiState, caller: &Caller, wanted: &str) -> Result<Option<Arc<Team>>, Refusal> {
    match &caller.who {
        Who::Token(live) => {
            let own = live.team();
            if own.name.as_str() == wanted || wanted.parse::<TeamId>().ok() == Some(own.id) {
                return Ok(Some(Arc::clone(&own)));
            }
            if !caller.has(OPERATOR) {
                return Ok(None);
            }
            Ok(named(state, wanted).await?.map(Arc::new))
        }
        Who::Person(person) => Ok(team_of(state, person, caller, wanted).await?.map(|(team, _)| team)),
    }
}

async fn named(state: &ApiState, wanted: &str) -> Result<Option<Team>, Refusal> {
    Ok(match wanted.parse::<TeamId>() {
        Ok(id) => state.store.team_by_id(id).await?,
        Err(_) => state.store.team_by_name(wanted).await?,
    })
}

/// A parameter of the path, decoded.
pub(crate) async fn path_part(parts: &mut Parts, state: &ApiState, name: &str) -> Option<String> {
    let params = RawPathParams::from_request_parts(parts, state).await.ok()?;
    params.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_guards_others_is_asked_for_twice() {
        let token = "/api/v1/teams/{team}/tokens/{id}";
        for (method, scope, path, asked) in [
            (Method::GET, TokensRead::SCOPE, token.to_owned(), false),
            (Method::GET, CapturesRead::SCOPE, "/api/v1/teams/{team}/calls/{request_id}/capture".to_owned(), true),
            (Method::POST, TokensWrite::SCOPE, "/api/v1/teams/{team}/tokens".to_owned(), false),
            (Method::POST, TokensWrite::SCOPE, format!("{token}/disable"), false),
            (Method::POST, TokensWrite::SCOPE, format!("{token}/rotate"), true),
            (Method::POST, TokensWrite::SCOPE, format!("{token}/revoke"), true),
            (Method::PATCH, TokensWrite::SCOPE, token.to_owned(), true),
            (Method::PUT, AppsWrite::SCOPE, "/api/v1/teams/{team}/apps/{name}".to_owned(), false),
            (Method::DELETE, AppsWrite::SCOPE, "/api/v1/teams/{team}/apps/{name}".to_owned(), true),
            (Method::PUT, PoliciesWrite::SCOPE, "/api/v1/teams/{team}/policies/{name}".to_owned(), true),
            (Method::POST, OPERATOR, "/api/v1/keys/{purpose}/rotate".to_owned(), true),
        ] {
            assert_eq!(guards_others(&method, scope, &path), asked, "{method} {path}");
        }
    }
}
