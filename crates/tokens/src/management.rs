//! The scopes that guard Keyward itself.

use keyward_model::scope::{Scope, ScopeSet};

/// Every management scope, and what it allows. `keyward:*` covers all but the first.
pub const MANAGEMENT_SCOPES: &[(&str, &str)] = &[
    ("keyward:operator", "everything that concerns the installation as a whole, and every team"),
    ("keyward:teams.read", "reading the team's settings"),
    ("keyward:teams.write", "changing the team's settings"),
    ("keyward:people.read", "reading who is a member and who is invited"),
    ("keyward:people.write", "inviting people, changing their roles, ending their membership"),
    ("keyward:apps.read", "reading apps"),
    ("keyward:apps.write", "making, changing and deleting apps"),
    ("keyward:apis.read", "reading apis and their routes"),
    ("keyward:apis.write", "making, changing, importing and deleting apis"),
    ("keyward:upstreams.read", "reading upstreams"),
    ("keyward:upstreams.write", "making, changing and deleting upstreams"),
    ("keyward:connections.read", "reading connections"),
    ("keyward:connections.write", "making, changing and deleting connections"),
    ("keyward:secrets.read", "reading which secrets there are; their values cannot be read"),
    ("keyward:secrets.write", "entering, replacing and deleting secrets"),
    ("keyward:subscriptions.read", "reading subscriptions"),
    ("keyward:subscriptions.write", "making, approving and ending subscriptions"),
    ("keyward:policies.read", "reading policies"),
    ("keyward:policies.write", "making, changing and deleting policies"),
    ("keyward:tokens.read", "reading tokens, their use and their limits"),
    ("keyward:tokens.write", "making, changing, rotating and revoking tokens"),
    ("keyward:calls.read", "reading call records and explanations"),
    ("keyward:captures.read", "reading what was captured of calls: heads and bodies"),
    ("keyward:audit.read", "reading and verifying the audit trail"),
    ("keyward:apply", "applying a file of declared resources"),
    ("keyward:metrics", "reading metrics: in the team `keyward` those of the node and of every team's calls"),
];

/// Every management scope there is, by name: what whoever sits at the machine may grant.
pub fn every_management_scope() -> ScopeSet {
    let all = "keyward:*".parse::<Scope>().ok();
    let operator = "keyward:operator".parse::<Scope>().ok();
    all.into_iter().chain(operator).collect()
}

/// Whether `scope` is a management scope that means something.
pub(crate) fn is_known(scope: &Scope) -> bool {
    scope.is_management()
        && (scope.action() == "*" || MANAGEMENT_SCOPES.iter().any(|(known, _)| *known == scope.as_str()))
}

/// Whether `scope` reaches beyond its team.
pub(crate) fn crosses_teams(scope: &Scope) -> bool {
    scope.is_management() && scope.action() == "operator"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_parses_and_is_covered_by_the_whole() {
        let whole = every_management_scope();
        for (text, _) in MANAGEMENT_SCOPES {
            let scope: Scope = text.parse().expect(text);
            assert!(is_known(&scope) && whole.covers(&scope), "{text}");
        }
        assert!(!is_known(&"keyward:tokens.eat".parse().expect("a scope")));
        assert!(!is_known(&"orders:read".parse().expect("a scope")));
    }

    #[test]
    fn only_the_operator_crosses_teams() {
        let crossing: Vec<&str> = MANAGEMENT_SCOPES
            .iter()
            .map(|(text, _)| *text)
            .filter(|text| crosses_teams(&text.parse().expect("a scope")))
            .collect();
        assert_eq!(crossing, ["keyward:operator"]);
    }
}
