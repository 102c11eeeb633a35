//! The scopes that an app is entitled to: only ones that exist, and no management scope that the caller lacks.

use keyward_model::FieldError;
use keyward_model::app::AppSpec;
use keyward_model::scope::{Scope, ScopeSet};
use keyward_model::team::Team;
use keyward_tokens::{INSTALLATION_TEAM, MANAGEMENT_SCOPES};

use crate::access::OPERATOR;
use crate::resources::held::Holdings;
use crate::resources::rules::{Findings, changed};

/// Looks at the scopes that a change adds to apps; what an app has already stays its own.
pub(crate) fn check(team: &Team, before: &Holdings, after: &Holdings, granting: &ScopeSet, findings: &mut Findings) {
    for (name, app) in changed::<AppSpec>(before, after) {
        let held = before.apps.get(name).map(|old| old.spec.scopes.clone()).unwrap_or_default();
        for scope in app.spec.scopes.iter().filter(|scope| !held.iter().any(|old| old == *scope)) {
            let error = if scope.is_management() {
                refuse_management(team, scope, granting)
            } else {
                refuse_plain(scope, after)
            };
            if let Some(error) = error {
                findings.note::<AppSpec>(name, error);
            }
        }
    }
}

fn refuse_management(team: &Team, scope: &Scope, granting: &ScopeSet) -> Option<FieldError> {
    let known = scope.action() == "*" || MANAGEMENT_SCOPES.iter().any(|(known, _)| *known == scope.as_str());
    if !known {
        let problem = format!("names `{scope}`, which is no management scope");
        return Some(FieldError::new("scopes", problem, "use one such as keyward:tokens.read, or keyward:*"));
    }
    if scope.as_str() == OPERATOR && team.name.as_str() != INSTALLATION_TEAM {
        let problem = format!("names `{scope}`, which reaches beyond the team");
        return Some(FieldError::new(
            "scopes",
            problem,
            format!("entitle apps of the team `{INSTALLATION_TEAM}` to it"),
        ));
    }
    if granting.covers(scope) {
        return None;
    }
    let problem = format!("would entitle the app to `{scope}`, which the caller's own token lacks");
    Some(FieldError::new("scopes", problem, "leave it out, or ask somebody whose token has it"))
}

fn refuse_plain(scope: &Scope, after: &Holdings) -> Option<FieldError> {
    let whole = scope.resource() == "*" && scope.action() == "*";
    let defined = after.apis.values().flat_map(|api| api.spec.scopes.keys()).any(|defined| scope.covers(defined));
    if whole || defined {
        return None;
    }
    let problem = format!("names `{scope}`, which no api of the team defines");
    Some(FieldError::new("scopes", problem, "define it in the `scopes` of an api first, or leave it out"))
}
