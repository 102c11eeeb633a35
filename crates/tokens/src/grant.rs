//! What a token may be given: scopes within its app's entitlement that mean something, and apis that are there.

use keyward_model::FieldError;
use keyward_model::api::{Api, ApiSpec};
use keyward_model::app::App;
use keyward_model::scope::{Scope, ScopeSet};
use keyward_model::team::{Team, TeamId};
use keyward_model::token::{Restrictions, TokenSpec};
use keyward_store::{Store, StoreError};

use crate::management;

/// The team whose tokens may hold `keyward:operator`.
pub const INSTALLATION_TEAM: &str = "keyward";

/// What bounds the grants of one operation.
#[derive(Clone, Copy)]
pub(crate) struct Grants<'a> {
    pub(crate) team: &'a Team,
    pub(crate) app: &'a App,
    pub(crate) apis: &'a [Api],
    /// The management scopes of whoever grants.
    pub(crate) granting: &'a ScopeSet,
}

/// The apis of the team, read only where a spec names something of theirs. Read before the transaction:
/// they may be large, and the transaction holds up every other writer.
pub(crate) async fn apis_named<'a>(
    store: &Store,
    team: TeamId,
    specs: impl IntoIterator<Item = &'a TokenSpec>,
) -> Result<Vec<Api>, StoreError> {
    let names_some =
        |spec: &TokenSpec| !spec.restrictions.apis.is_empty() || spec.scopes.iter().any(|scope| !scope.is_management());
    if specs.into_iter().any(names_some) { store.all_resources::<ApiSpec>(team).await } else { Ok(Vec::new()) }
}

impl Grants<'_> {
    /// Checks what `after` has and `before` had not; what a token had once been given is not asked again.
    pub(crate) fn check(&self, before: Option<&TokenSpec>, after: &TokenSpec, errors: &mut Vec<FieldError>) {
        let had = |scope: &Scope| before.is_some_and(|before| before.scopes.iter().any(|held| held == scope));
        for scope in after.scopes.iter().filter(|scope| !had(scope)) {
            self.check_scope(scope, errors);
        }
        self.check_apis(before.map(|before| &before.restrictions), &after.restrictions, errors);
    }

    /// Refuses management scopes that whoever grants does not hold.
    pub(crate) fn check_granting(&self, scopes: &ScopeSet, errors: &mut Vec<FieldError>) {
        errors.extend(beyond_granting(self.granting, scopes));
    }

    fn check_scope(&self, scope: &Scope, errors: &mut Vec<FieldError>) {
        let mut refuse = |problem: &str, remedy: String| {
            errors.push(FieldError::new("scopes", format!("has `{scope}`, {problem}"), remedy));
        };
        if management::crosses_teams(scope) && self.team.name.as_str() != INSTALLATION_TEAM {
            let remedy = format!("make operator tokens in the team `{INSTALLATION_TEAM}`");
            return refuse("which reaches beyond the team", remedy);
        }
        if !self.app.spec.scopes.covers(scope) {
            let problem = format!("which the app `{}` is not entitled to", self.app.name);
            return refuse(&problem, "add it to the scopes of the app, or leave it out".to_owned());
        }
        if scope.is_management() {
            if !management::is_known(scope) {
                refuse("which is no management scope", "see the list of management scopes in the reference".to_owned());
            }
        } else if !self.apis.iter().flat_map(|api| api.spec.scopes.keys()).any(|defined| scope.covers(defined)) {
            refuse("which no api of the team defines", self.defined_scopes());
        }
    }

    fn defined_scopes(&self) -> String {
        let mut defined: Vec<&str> =
            self.apis.iter().flat_map(|api| api.spec.scopes.keys()).map(Scope::as_str).collect();
        defined.sort_unstable();
        defined.dedup();
        match defined.len() {
            0 => "define scopes in an api first".to_owned(),
            count @ 1..=12 => format!("use one of {}", defined[..count].join(", ")),
            _ => format!("use one that is defined, such as {}", defined[..12].join(", ")),
        }
    }

    fn check_apis(&self, before: Option<&Restrictions>, after: &Restrictions, errors: &mut Vec<FieldError>) {
        for (place, grant) in after.apis.iter().enumerate() {
            if before.is_some_and(|before| before.apis.contains(grant)) {
                continue;
            }
            let field = format!("restrictions.apis[{place}]");
            let mut versions = self.apis.iter().filter(|api| api.spec.api == grant.api).peekable();
            if versions.peek().is_none() {
                let problem = format!("names `{}`, which is no api of the team", grant.api);
                // People know an api by the name of one of its versions, too.
                let meant = self.apis.iter().find(|api| api.name == grant.api);
                let remedy = match meant {
                    Some(api) => format!("name it without its version: `{}`", api.spec.api),
                    None => "name an api that is there".to_owned(),
                };
                errors.push(FieldError::new(format!("{field}.api"), problem, remedy));
                continue;
            }
            let routes: Vec<_> = versions.flat_map(|api| &api.spec.routes).map(|route| &route.name).collect();
            for route in grant.routes.iter().filter(|route| !routes.contains(route)) {
                let problem = format!("names `{route}`, which is no route of `{}`", grant.api);
                errors.push(FieldError::new(format!("{field}.routes"), problem, "name routes that are there"));
            }
        }
    }
}

/// The management scopes among `scopes` that `granting` does not cover, as errors.
///
/// Whoever makes or rotates a token sees its secret, and so could act with it.
pub(crate) fn beyond_granting(granting: &ScopeSet, scopes: &ScopeSet) -> Vec<FieldError> {
    let beyond = granting.uncovered(scopes).into_iter().filter(|scope| scope.is_management());
    beyond
        .map(|scope| {
            let problem = format!("has `{scope}`, which you do not hold yourself");
            FieldError::new("scopes", problem, "leave it out, or ask somebody who holds it")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use keyward_model::app::AppSpec;
    use keyward_model::team::TeamSpec;
    use keyward_model::{Name, Record, Resource, Timestamp};

    use super::*;

    fn name(text: &str) -> Name {
        text.parse().expect("a name")
    }

    fn scopes(texts: &[&str]) -> ScopeSet {
        texts.iter().map(|text| text.parse::<Scope>().expect("a scope")).collect()
    }

    fn record<T: Resource>(named: &str, spec: T) -> Record<T> {
        let (id, team) = (keyward_model::id::Id::from_uuid(uuid()), TeamId::from_uuid(uuid()));
        let now = Timestamp::default();
        Record { id, team, name: name(named), version: 1, created_at: now, updated_at: now, source: None, spec }
    }

    fn uuid() -> uuid::Uuid {
        uuid::Uuid::from_u128(1)
    }

    /// What is wrong with giving `wanted` to a token of an app entitled to `entitled`, in a team named `team`.
    fn refused(team: &str, entitled: &[&str], wanted: &[&str]) -> Vec<String> {
        let team = record(team, TeamSpec::default());
        let app = record("shop", AppSpec { scopes: scopes(entitled), ..AppSpec::default() });
        let api: ApiSpec = serde_json::from_value(serde_json::json!({
            "api": "orders", "version": "v1", "base_path": "/orders", "upstream": "orders",
            "scopes": {"orders:read": "", "orders:write": ""},
        }))
        .expect("an api");
        let apis = [record("orders.v1", api)];
        let grants = Grants { team: &team, app: &app, apis: &apis, granting: &ScopeSet::default() };
        let mut errors = Vec::new();
        grants.check(None, &TokenSpec { scopes: scopes(wanted), ..TokenSpec::default() }, &mut errors);
        errors.into_iter().map(|error| error.problem).collect()
    }

    #[test]
    fn scopes_stay_within_the_apps_entitlement() {
        assert!(refused("crm", &["orders:*"], &["orders:read", "orders:*"]).is_empty());
        assert!(refused("crm", &["orders:read"], &["orders:write"])[0].contains("not entitled"));
        assert!(refused("crm", &["orders:read"], &["orders:*"])[0].contains("not entitled"));
    }

    #[test]
    fn scopes_mean_something() {
        assert!(refused("crm", &["*:*"], &["orders:raed"])[0].contains("no api of the team defines"));
        assert!(refused("crm", &["*:*"], &["stock:*"])[0].contains("no api of the team defines"));
        assert!(refused("crm", &["*:*"], &["*:read"]).is_empty());
        assert!(refused("crm", &["keyward:*"], &["keyward:tokens.eat"])[0].contains("no management scope"));
        assert!(refused("crm", &["keyward:*"], &["keyward:tokens.read", "keyward:*"]).is_empty());
    }

    #[test]
    fn no_wildcard_entitles_to_management() {
        assert!(refused("crm", &["*:*"], &["keyward:tokens.read"])[0].contains("not entitled"));
    }

    #[test]
    fn only_the_installations_team_has_operators() {
        let operator = &["keyward:operator"];
        assert!(refused("keyward", operator, operator).is_empty());
        assert!(refused("crm", operator, operator)[0].contains("reaches beyond the team"));
        assert!(refused("keyward", &["keyward:*"], operator)[0].contains("not entitled"));
    }

    #[test]
    fn nobody_grants_more_of_management_than_they_hold() {
        let beyond = |held: &[&str], wanted: &[&str]| beyond_granting(&scopes(held), &scopes(wanted)).len();
        assert_eq!(beyond(&["keyward:tokens.write"], &["keyward:tokens.write", "orders:read"]), 0);
        assert_eq!(beyond(&["keyward:tokens.write"], &["keyward:tokens.read"]), 1);
        assert_eq!(beyond(&["keyward:tokens.write"], &["keyward:*"]), 1);
        assert_eq!(beyond(&["keyward:*"], &["keyward:operator"]), 1);
        assert_eq!(beyond(&["*:*"], &["keyward:tokens.read"]), 1);
        assert_eq!(beyond(&["keyward:*"], &["keyward:*", "keyward:apply"]), 0);
    }
}
