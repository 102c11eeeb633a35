//! Apis that cannot stand side by side: in the team, by the rules of the route table; between teams, by their base paths.

use std::sync::Arc;

use keyward_model::api::{ApiSpec, BasePath};
use keyward_model::resource::FieldError;
use keyward_model::team::Team;
use keyward_policy::routing::{ApiEntry, BuildProblem, RouteTable};
use keyward_store::{StoreError, Tx};

use crate::resources::held::Holdings;
use crate::resources::rules::{Findings, changed};

/// Looks for clashes that a change of apis brings.
pub(crate) async fn check(
    tx: &mut Tx,
    team: &Team,
    before: &Holdings,
    after: &Holdings,
    findings: &mut Findings,
) -> Result<(), StoreError> {
    let Some((first, _)) = changed::<ApiSpec>(before, after).next() else { return Ok(()) };
    let found = problems(team, after);
    // A table of ten thousand routes is not made for nothing.
    let known = if found.is_empty() { Vec::new() } else { problems(team, before) };
    for problem in found.into_iter().filter(|problem| !known.contains(problem)) {
        // The table names the one that has to give way, which may be the one that was there: the change is at fault.
        let at_fault = changed::<ApiSpec>(before, after).map(|(name, _)| name).find(|name| **name == problem.api);
        let what = match at_fault {
            Some(_) => problem.problem,
            None => format!("cannot stand beside api `{}`, which then {}", problem.api, problem.problem),
        };
        findings.note::<ApiSpec>(at_fault.unwrap_or(first), FieldError::new("routes", what, problem.remedy));
    }
    check_other_teams(tx, team, before, after, findings).await
}

fn problems(team: &Team, holdings: &Holdings) -> Vec<BuildProblem> {
    let entries = holdings.apis.values().map(|api| ApiEntry { api: Arc::clone(api), team_name: team.name.clone() });
    RouteTable::build(entries.collect()).err().unwrap_or_default()
}

/// A base path belongs to one team with all that is below it: otherwise one team could publish a more specific path
/// and so take over calls that are meant for another.
async fn check_other_teams(
    tx: &mut Tx,
    team: &Team,
    before: &Holdings,
    after: &Holdings,
    findings: &mut Findings,
) -> Result<(), StoreError> {
    let moved: Vec<_> = changed::<ApiSpec>(before, after)
        .filter(|(name, api)| before.apis.get(*name).is_none_or(|old| old.spec.base_path != api.spec.base_path))
        .collect();
    if moved.is_empty() {
        return Ok(());
    }
    let others = tx.resources_of_all_teams::<ApiSpec>().await?;
    for (name, api) in moved {
        let taken = |other: &keyward_model::api::Api| {
            other.team != team.id && overlap(&other.spec.base_path, &api.spec.base_path)
        };
        if others.iter().any(taken) {
            let error = FieldError::new("base_path", "is taken in this installation", "choose another");
            findings.note::<ApiSpec>(name, error);
        }
    }
    Ok(())
}

/// Whether one path lies at or below the other.
fn overlap(one: &BasePath, other: &BasePath) -> bool {
    one.segments().zip(other.segments()).all(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_overlap_by_whole_segments() {
        let overlap = |a: &str, b: &str| overlap(&a.parse().unwrap(), &b.parse().unwrap());
        assert!(overlap("/crm", "/crm"));
        assert!(overlap("/crm", "/crm/contacts"));
        assert!(overlap("/crm/contacts", "/crm"));
        assert!(!overlap("/crm", "/crm2"));
        assert!(!overlap("/crm/a", "/crm/b"));
    }
}
