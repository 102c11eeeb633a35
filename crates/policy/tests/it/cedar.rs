//! What policies forbid.

use keyward_model::Code;
use keyward_model::policy::Policy;
use keyward_policy::cedar::{PolicySet, parse};
use serde_json::json;

use crate::make::{Certificate, Scene, moment, record};

fn policy(name: &str, cedar: &str) -> Policy {
    record(30, 1, name, json!({"cedar": cedar}))
}

fn scene(cedar: &str) -> Scene {
    let mut scene = Scene::new(json!({"labels": {"env": "test"}}), json!({}));
    scene.policies = PolicySet::build(&[policy("office", cedar)]);
    scene
}

#[test]
fn every_fact_can_forbid() {
    for (condition, forbids) in [
        ("context.method == \"GET\"", true),
        ("context.method == \"POST\"", false),
        ("context.path like \"/orders/*\"", true),
        ("context.address.isInRange(ip(\"192.0.2.0/24\"))", true),
        ("context.address.isLoopback()", false),
        ("context.hour == 10", true),
        ("context.hour < 10", false),
        ("context.weekday == \"wed\"", true),
        ("context.scopes.contains(\"orders:read\")", true),
        ("principal.scopes.contains(\"orders:write\")", false),
        ("context.api == \"orders\" && context.version == \"v1\" && context.team == \"acme\"", true),
        ("principal.labels.contains(\"env=test\")", true),
        ("principal.app_labels.contains(\"stage=live\")", true),
        ("principal.token == \"4fTz0aB9cD3e\"", true),
        ("principal == Keyward::App::\"shop\"", true),
        ("principal == Keyward::App::\"other\"", false),
        ("resource == Keyward::Route::\"orders.v1.list\"", true),
        ("resource in Keyward::Api::\"orders\"", true),
        ("resource in Keyward::Api::\"orders.v1\"", true),
        ("resource in Keyward::Api::\"orders.v2\"", false),
    ] {
        let decision = scene(&format!("forbid(principal, action, resource) when {{ {condition} }};")).decide().0;
        assert_eq!(decision.is_err(), forbids, "{condition}");
        if let Err(denial) = decision {
            assert_eq!(denial.code, Code::PolicyDenied);
            assert_eq!(denial.rule, "policy office, forbid 1");
            assert!(!denial.detail.contains("office"), "{}", denial.detail);
        }
    }
}

#[test]
fn a_client_certificate_can_be_asked_for_and_looked_at() {
    for (condition, number, forbids) in [
        ("!(context has client_certificate)", None, true),
        ("!(context has client_certificate)", Some(1), false),
        ("context has client_certificate && context.client_certificate.subject like \"*O=Shop\"", Some(1), true),
        (
            "context has client_certificate && \
             context.client_certificate.names.contains(\"spiffe://shop.example/till/4\")",
            Some(1),
            true,
        ),
        (
            "context has client_certificate && context.client_certificate.thumbprint == \
             \"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE\"",
            Some(1),
            true,
        ),
        ("context has client_certificate", None, false),
    ] {
        let mut scene = scene(&format!("forbid(principal, action, resource) when {{ {condition} }};"));
        scene.certificate = number.map(Certificate::new);
        assert_eq!(scene.decide().0.is_err(), forbids, "{condition}");
    }
    let unguarded = "forbid(principal, action, resource) when { context.client_certificate.subject == \"CN=a\" };";
    assert!(parse("office", unguarded).is_err(), "where there is none, it could not be evaluated");
}

#[test]
fn an_address_mapped_into_v6_counts_as_v4() {
    let mut scene =
        scene("forbid(principal, action, resource) unless { context.address.isInRange(ip(\"192.0.2.0/24\")) };");
    scene.address = "::ffff:192.0.2.7";
    assert_eq!(scene.decide().0, Ok(()));
    scene.address = "198.51.100.1";
    assert_eq!(scene.denial().code, Code::PolicyDenied);
}

#[test]
fn a_permit_overrides_nothing_and_asks_for_nothing() {
    assert!(scene("permit(principal == Keyward::App::\"other\", action, resource);").policies.is_none());
    let denial = scene("permit(principal, action, resource);\nforbid(principal, action, resource);").denial();
    assert_eq!(denial.rule, "policy office, forbid 2");
}

#[test]
fn a_statement_may_have_a_name_and_a_word_for_the_caller() {
    let denial = scene(
        "@id(\"weekdays\") @advice(\"This API rests on Wednesdays.\")
         forbid(principal, action, resource) when { context.weekday == \"wed\" };",
    )
    .denial();
    assert_eq!(denial.rule, "policy office, forbid `weekdays`");
    assert_eq!(denial.detail, "This API rests on Wednesdays.");
}

#[test]
fn what_cannot_be_evaluated_forbids() {
    // Passes every look at its types, and overflows when it is evaluated.
    let overflow = "forbid(principal, action, resource) when { context.hour + 9223372036854775800 < 0 };";
    assert_eq!(parse("office", overflow), Ok(()));
    let mut broken = scene(overflow);
    let denial = broken.denial();
    assert_eq!(denial.code, Code::PolicyDenied);
    assert!(denial.rule.starts_with("policy office, forbid 1 cannot be evaluated, and so forbids"), "{}", denial.rule);
    assert!(!denial.detail.contains("overflow"), "{}", denial.detail);
    broken.now = moment("2026-07-01T01:00:00Z");
    assert_eq!(broken.decide().0, Ok(()), "it does not overflow at one");
}

#[test]
fn what_cannot_be_read_forbids() {
    let mut scene = scene("forbid(principal, action, resource) when { context.hour == 3 };");
    scene.policies =
        PolicySet::build(&[policy("good", "permit(principal, action, resource);"), policy("bad", "forbid(")]);
    let denial = scene.denial();
    assert_eq!(denial.code, Code::PolicyDenied);
    assert!(denial.rule.starts_with("policy bad cannot be read"), "{}", denial.rule);
}

#[test]
fn disabled_policies_are_not_looked_at() {
    let mut disabled = policy("office", "forbid(principal, action, resource);");
    disabled.spec.disabled = true;
    assert!(PolicySet::build(&[disabled]).is_none());
    assert!(PolicySet::build(&[]).is_none());
}

#[test]
fn policies_of_several_names_stand_side_by_side() {
    let mut scene = scene("permit(principal, action, resource);");
    scene.policies = PolicySet::build(&[
        policy("a", "forbid(principal, action, resource) when { context.hour == 3 };"),
        policy("b", "forbid(principal, action, resource) when { context.hour == 10 };"),
        policy("c", "forbid(principal, action, resource);"),
    ]);
    assert_eq!(scene.policies.as_ref().map(PolicySet::forbids), Some(3));
    assert_eq!(scene.denial().rule, "policy b, forbid 1");
}

#[test]
fn mistakes_are_found_when_a_policy_is_written() {
    for (text, says) in [
        ("forbid(principal, action, resource)\n  when { context.hour = 3 };", "in line 2, column"),
        ("forbid(principal, action, resource)\nwhen {\n  context.adress.isLoopback() };", "in line 3, column"),
        ("forbid(principal == App::\"shop\", action, resource);", "in line 1, column"),
        ("forbid(principal, action == Keyward::Action::\"cal\", resource);", "in line 1, column"),
        ("forbid(principal, action, resource) when { context.hour == \"3\" };", "in line 1, column"),
        ("forbid(principal == ?principal, action, resource);", "template"),
        ("nonsense", "in line 1, column"),
        ("forbid(principal, action, resource) when { ip(\"nonsense\") == context.address };", "in line 1, column"),
    ] {
        let error = parse("office", text).expect_err(text);
        assert_eq!(error.field, "cedar");
        assert!(error.problem.contains(says), "{text}: {error}");
        assert!(!error.remedy.is_empty());
    }
    assert_eq!(parse("office", ""), Ok(()));
    assert_eq!(parse("office", "// nothing but a remark\n"), Ok(()));
}
