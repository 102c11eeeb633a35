//! Who may call what: every endpoint of the document, as nobody, in each role, and from another team, held against one
//! table.

use std::collections::BTreeMap;

use crate::support::{Client, World};
use crate::walk::{Endpoint, endpoints, send};

/// Who has the scopes of the first column in a team.
const TABLE: &[(&str, &[&str])] = &[
    ("teams.read", &["administrator", "developer", "viewer", "auditor"]),
    ("teams.write", &["administrator"]),
    ("people.read", &["administrator", "auditor"]),
    ("people.write", &["administrator"]),
    ("apps.read", &["administrator", "developer", "viewer", "auditor"]),
    ("apps.write", &["administrator"]),
    ("apis.read", &["administrator", "developer", "viewer", "auditor"]),
    ("apis.write", &["administrator"]),
    ("upstreams.read", &["administrator", "developer", "viewer", "auditor"]),
    ("upstreams.write", &["administrator"]),
    ("connections.read", &["administrator", "auditor"]),
    ("connections.write", &["administrator"]),
    ("secrets.read", &["administrator", "auditor"]),
    ("secrets.write", &["administrator"]),
    ("subscriptions.read", &["administrator", "developer", "viewer", "auditor"]),
    ("subscriptions.write", &["administrator"]),
    ("policies.read", &["administrator", "auditor"]),
    ("policies.write", &["administrator"]),
    ("tokens.read", &["administrator", "developer", "viewer", "auditor"]),
    // A developer has it for tokens of their own apps, and here owns none.
    ("tokens.write", &["administrator"]),
    ("calls.read", &["administrator", "developer", "viewer", "auditor"]),
    ("captures.read", &["administrator", "auditor"]),
    ("audit.read", &["administrator", "auditor"]),
    ("apply", &["administrator"]),
    // Its path names no team, so that no role in a team is enough.
    ("metrics", &[]),
    // Whoever runs the installation, and nobody by a role.
    ("operator", &[]),
];

#[tokio::test]
async fn each_role_may_call_what_the_table_says_and_nothing_else() {
    let world = World::new().await;
    let table: BTreeMap<String, &[&str]> =
        TABLE.iter().map(|(right, roles)| (format!("keyward:{right}"), *roles)).collect();
    let mut people: Vec<(&str, Client)> = Vec::new();
    for role in ["administrator", "developer", "viewer", "auditor"] {
        people.push((role, world.person(role, Some((&world.alpha, role))).await));
    }
    let operator = world.person("olive", None).await;
    let stranger = world.person("bert", Some((&world.beta, "administrator"))).await;
    let guarded: Vec<Endpoint> = endpoints("alpha").into_iter().filter(|endpoint| endpoint.scope.is_some()).collect();
    assert!(guarded.len() > 60, "only {} endpoints ask for a scope", guarded.len());
    for endpoint in &guarded {
        let at = format!("{} {}", endpoint.method, endpoint.template);
        let scope = endpoint.scope.as_deref().unwrap();
        let allowed = table.get(scope).unwrap_or_else(|| panic!("{at} asks for {scope}, which the table has not"));
        if endpoint.template.contains("tail") {
            // It answers for ever. Refusals come at once.
            continue;
        }
        for (role, client) in &people {
            let answer = send(client, endpoint).await;
            if allowed.contains(role) {
                assert!(!matches!(answer.status, 401 | 403), "{at} as {role}: {}", answer.text);
            } else {
                assert_eq!(answer.status, 403, "{at} as {role}: {}", answer.text);
                let problem = answer.refused("right_missing");
                assert_eq!(problem["required_scope"], serde_json::json!([scope]), "{at} as {role}");
            }
        }
        let answer = send(&operator, endpoint).await;
        assert!(!matches!(answer.status, 401 | 403), "{at} as operator: {}", answer.text);
        if endpoint.template.contains("{team}") && scope != "keyward:operator" {
            let answer = send(&stranger, endpoint).await;
            // Putting a team that is not there is the operator's.
            assert!(matches!(answer.status, 403 | 404), "{at} from another team: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn streams_of_calls_are_refused_to_other_teams() {
    let world = World::new().await;
    let stranger = world.person("bert", Some((&world.beta, "administrator"))).await;
    for endpoint in endpoints("alpha").iter().filter(|endpoint| endpoint.template.contains("tail")) {
        let answer = send(&stranger, endpoint).await;
        assert!(matches!(answer.status, 403 | 404), "{}: {}", endpoint.template, answer.text);
    }
}

#[test]
fn what_policies_can_permit_is_every_management_scope_but_the_operators() {
    let scopes = keyward_tokens::MANAGEMENT_SCOPES.iter().filter_map(|(scope, _)| scope.strip_prefix("keyward:"));
    let scopes: Vec<&str> = scopes.filter(|scope| *scope != "operator").collect();
    assert_eq!(keyward_policy::people::RIGHTS, scopes);
}
