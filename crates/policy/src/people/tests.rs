use keyward_model::policy::PolicySpec;
use keyward_model::resource::Record;
use uuid::Uuid;

use super::*;

fn app(number: u128) -> AppId {
    AppId::from_uuid(Uuid::from_u128(number))
}

fn policy(name: &str, cedar: &str) -> Policy {
    let at = Timestamp::from_millis(0);
    Record {
        id: keyward_model::id::Id::from_uuid(Uuid::from_u128(1)),
        team: keyward_model::id::Id::from_uuid(Uuid::from_u128(2)),
        name: name.parse().expect("a name"),
        version: 1,
        created_at: at,
        updated_at: at,
        source: None,
        spec: PolicySpec { cedar: cedar.to_owned(), applies_to: AppliesTo::People, ..PolicySpec::default() },
    }
}

/// What the role has in the whole team, and whether it manages tokens of its own app and of another.
fn having(roles: &Roles, role: Option<&str>, operator: bool, second_factor: bool) -> (Vec<&'static str>, bool, bool) {
    let role: Option<Role> = role.map(|role| role.parse().expect("a role"));
    let email: Email = "ada@example.com".parse().expect("an address");
    let facts = PersonFacts {
        user: UserId::from_uuid(Uuid::from_u128(7)),
        email: &email,
        operator,
        role: role.as_ref(),
        apps: &[app(1)],
        team: "shop",
        address: "203.0.113.7".parse().expect("an address"),
        second_factor,
        now: Timestamp::from_millis(1_800_000_000_000),
    };
    let tokens = |number| roles.permits(&facts, "tokens.write", Some(app(number)));
    (roles.rights(&facts), tokens(1), tokens(2))
}

#[test]
fn the_schema_and_the_roles_read_without_a_warning() {
    let (_, warnings) = Schema::from_cedarschema_str(&schema()).expect("a schema");
    assert_eq!(warnings.count(), 0);
    parse(ROLES).expect("the roles");
}

#[test]
fn each_role_may_do_what_its_name_says() {
    let roles = Roles::build([]);
    assert_eq!(having(&roles, None, true, false), (RIGHTS.to_vec(), true, true), "the operator");
    assert_eq!(having(&roles, Some("administrator"), false, false), (RIGHTS.to_vec(), true, true));
    let reads: Vec<&str> = RIGHTS.iter().copied().filter(|right| right.ends_with(".read")).collect();
    let (auditor, own, others) = having(&roles, Some("auditor"), false, false);
    assert_eq!(auditor.iter().filter(|right| right.ends_with(".read")).count(), reads.len(), "everything that is read");
    assert!(auditor.iter().all(|right| right.ends_with(".read") || *right == "metrics"), "and nothing else");
    assert!(!own && !others);
    let seen =
        ["teams.read", "apps.read", "apis.read", "upstreams.read", "subscriptions.read", "tokens.read", "calls.read"];
    let (developer, own, others) = having(&roles, Some("developer"), false, false);
    assert_eq!(developer, seen);
    assert!(own && !others, "tokens of their own apps alone");
    let (viewer, own, others) = having(&roles, Some("viewer"), false, false);
    assert_eq!(viewer, [&seen[..], &["metrics"]].concat());
    assert!(!own && !others);
    assert_eq!(having(&roles, None, false, true), (vec![], false, false), "who is no member has nothing");
    assert_eq!(having(&roles, Some("unheard-of"), false, true), (vec![], false, false));
}

#[test]
fn a_team_adds_roles_and_takes_rights_away() {
    let adds = policy(
        "on-call",
        "permit(principal in Keyward::Role::\"on-call\", action == Keyward::Action::\"tokens.write\", resource);",
    );
    let takes = policy(
        "second-factor",
        "forbid(principal, action == Keyward::Action::\"tokens.write\", resource) unless { context.second_factor };",
    );
    let roles = Roles::build([&adds]);
    assert_eq!(having(&roles, Some("on-call"), false, false), (vec!["tokens.write"], true, true));
    assert_eq!(roles.names().last(), Some(&Role::Custom("on-call".parse().expect("a name"))));
    let roles = Roles::build([&adds, &takes]);
    assert_eq!(having(&roles, Some("on-call"), false, false), (vec![], false, false));
    assert_eq!(having(&roles, Some("on-call"), false, true), (vec!["tokens.write"], true, true));
    assert_eq!(having(&roles, None, true, false).0, RIGHTS, "no policy of a team binds the operator");
}

#[test]
fn what_cannot_be_read_or_evaluated_permits_nothing() {
    let broken = policy("broken", "permit(principal, action, resource);;");
    let roles = Roles::build([&broken]);
    assert_eq!(having(&roles, Some("administrator"), false, true), (vec![], false, false));
    assert_eq!(having(&roles, None, true, false).0, RIGHTS, "the operator mends it");
    let overflows =
        policy("overflows", "forbid(principal, action, resource) when { context.hour + 9223372036854775807 + 1 > 0 };");
    let roles = Roles::build([&overflows]);
    assert_eq!(having(&roles, Some("administrator"), false, true), (vec![], false, false));
    let disabled = Policy { spec: PolicySpec { disabled: true, ..broken.spec.clone() }, ..broken };
    assert_eq!(having(&Roles::build([&disabled]), Some("viewer"), false, true).0.len(), 8);
}

#[test]
fn the_operators_own_rights_cannot_be_written_into_a_policy() {
    let error =
        parse("permit(principal, action == Keyward::Action::\"operator\", resource);").expect_err("no such action");
    assert_eq!(error.field, "cedar");
    assert!(parse("permit(principal, action == Keyward::Action::\"call\", resource);").is_err(), "nor calls");
}
