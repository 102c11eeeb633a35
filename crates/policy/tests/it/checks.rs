//! The order of the checks, their codes and their words.

use keyward_model::check::{CheckName, Silent, Verdict};
use keyward_model::code::Code;
use keyward_model::subscription::SubscriptionState;
use keyward_policy::checks::{ORDER, admit_token, decide, skipped_after};
use serde_json::json;

use crate::make::{Certificate, Scene, moment};

/// A scene in which every check has something to hold against, and all pass.
fn strict() -> Scene {
    let restrictions = json!({
        "apis": [{"api": "crm"}, {"api": "orders", "routes": ["list"]}],
        "methods": ["GET", "POST"],
        "allow_addresses": ["192.0.2.0/24", "2001:db8::/32"],
        "deny_addresses": ["192.0.2.66"],
        "origins": ["https://shop.example", "https://*.shop.example"],
        "client_certificates": [Certificate::new(1).thumbprint, Certificate::new(2).thumbprint],
        "time_windows": [{"days": ["wed"], "from": "09:00", "to": "17:00", "zone": "Europe/Berlin"}],
    });
    let mut scene = Scene::new(
        json!({"restrictions": restrictions, "scopes": ["crm:*", "orders:read"]}),
        json!({"access": "approve", "routes": [
            {"name": "list", "methods": ["GET"], "path": "/orders", "scopes": {"any": ["orders:list", "orders:read"]}},
        ]}),
    );
    scene.origin = Some("https://www.shop.example");
    scene.certificate = Some(Certificate::new(2));
    scene.subscription = Some(SubscriptionState::Active);
    scene
}

#[test]
fn a_good_call_passes_every_check_in_order() {
    let (decision, checks) = strict().decide();
    assert_eq!(decision, Ok(()));
    let names: Vec<CheckName> = checks.iter().map(|check| check.check).collect();
    assert_eq!(names, ORDER[4..15]);
    for check in &checks {
        // There is no policy to hold against.
        let expected = if check.check == CheckName::Policy { Verdict::Skip } else { Verdict::Pass };
        assert_eq!(check.verdict, expected, "{check:?}");
        assert!(!check.seen.is_empty() && !check.rule.is_empty() && check.remedy.is_none(), "{check:?}");
    }
}

#[test]
fn an_admitted_call_allocates_nothing() {
    assert_eq!(allocation_counter::measure(|| drop(Box::new(1))).count_total, 1, "allocations are seen");
    let mut scene = strict();
    for (origin, referer) in
        [(Some("https://www.shop.example"), None), (None, Some("https://shop.example/cart?item=1"))]
    {
        (scene.origin, scene.referer) = (origin, referer);
        let facts = scene.facts();
        decide(&facts, &mut Silent).expect("admitted, and the zones are read");
        let count = allocation_counter::measure(|| decide(&facts, &mut Silent).expect("admitted"));
        assert_eq!(count.count_total, 0);
    }
}

/// Each breaks one thing more, from the last check to the first; the earliest one decides.
#[test]
fn the_earliest_check_decides() {
    let mut scene = strict();
    let mut expect = |code: Code, check: CheckName, change: &dyn Fn(&mut Scene)| {
        change(&mut scene);
        let (decision, checks) = scene.decide();
        let denial = decision.expect_err("a denial");
        assert_eq!(denial.code, code, "{denial:?}");
        let failed = checks.iter().position(|noted| noted.verdict == Verdict::Fail).expect("a failed check");
        assert_eq!(checks[failed].check, check);
        assert_eq!(checks[failed].rule, denial.rule);
        assert!(checks[failed].remedy.is_some());
        let names: Vec<CheckName> = checks.iter().map(|noted| noted.check).collect();
        assert_eq!(names, ORDER[4..], "each check is noted once");
        assert!(checks[failed + 1..].iter().all(|noted| noted.verdict == Verdict::Skip));
        assert!(denial.detail.ends_with('.') && !denial.detail.contains("restrictions"), "{}", denial.detail);
    };
    expect(Code::SubscriptionPending, CheckName::Subscription, &|scene| {
        scene.subscription = Some(SubscriptionState::Suspended);
    });
    expect(Code::SubscriptionRequired, CheckName::Subscription, &|scene| scene.subscription = None);
    expect(Code::ScopeMissing, CheckName::Scope, &|scene| {
        scene.token.spec.scopes = vec!["orders:write".parse().expect("a scope")].into();
    });
    expect(Code::ApiNotAllowed, CheckName::Api, &|scene| {
        scene.token.spec.restrictions.apis.pop();
    });
    expect(Code::MethodNotGranted, CheckName::Method, &|scene| scene.method = "DELETE");
    expect(Code::TimeNotAllowed, CheckName::Time, &|scene| scene.now = moment("2026-07-01T18:00:00Z"));
    expect(Code::CertificateNotAllowed, CheckName::Certificate, &|scene| scene.certificate = Some(Certificate::new(3)));
    expect(Code::CertificateNotAllowed, CheckName::Certificate, &|scene| scene.certificate = None);
    expect(Code::OriginNotAllowed, CheckName::Origin, &|scene| scene.origin = Some("https://evil.example"));
    expect(Code::AddressNotAllowed, CheckName::Address, &|scene| scene.address = "192.0.2.66");
    expect(Code::TokenDisabled, CheckName::State, &|scene| scene.app.spec.disabled = true);
    expect(Code::TokenPending, CheckName::State, &|scene| {
        scene.token.state = keyward_model::token::TokenState::Pending;
    });
    expect(Code::TokenDisabled, CheckName::State, &|scene| {
        scene.token.state = keyward_model::token::TokenState::Disabled;
    });
    expect(Code::TokenRevoked, CheckName::State, &|scene| {
        scene.token.state = keyward_model::token::TokenState::Revoked;
    });
    expect(Code::TokenExpired, CheckName::Lifetime, &|scene| scene.now = moment("2027-01-01T00:00:00Z"));
    expect(Code::TokenNotYetValid, CheckName::Lifetime, &|scene| scene.now = moment("2025-12-31T23:59:59.999Z"));
}

#[test]
fn the_lifetime_has_sharp_edges() {
    let mut scene = Scene::new(json!({}), json!({}));
    for (now, admitted) in [
        ("2025-12-31T23:59:59.999Z", false),
        ("2026-01-01T00:00:00Z", true),
        ("2026-12-31T23:59:59.999Z", true),
        ("2027-01-01T00:00:00Z", false),
    ] {
        scene.now = moment(now);
        assert_eq!(scene.decide().0.is_ok(), admitted, "{now}");
    }
    let denial = scene.denial();
    assert_eq!(denial.moment, Some(moment("2027-01-01T00:00:00Z")));
    assert_eq!(denial.detail, "This token expired at 2027-01-01T00:00:00.000Z; ask its owner for a new one.");
}

#[test]
fn a_revocation_keeps_its_reason_to_the_owner() {
    let revoked = json!({"at": "2026-06-01T00:00:00Z", "reason": "found on a forum"});
    let denial = Scene::new(json!({"state": "revoked", "revoked": revoked}), json!({})).denial();
    assert_eq!(denial.detail, "This token was revoked at 2026-06-01T00:00:00.000Z; ask its owner for a new one.");
    assert!(denial.rule.ends_with("because: found on a forum"), "{}", denial.rule);
}

#[test]
fn addresses_in_every_form() {
    let held = json!({"restrictions": {"allow_addresses": ["192.0.2.0/24", "2001:db8::/32"], "deny_addresses": ["192.0.2.66"]}});
    let mut scene = Scene::new(held, json!({}));
    for (address, admitted) in [
        ("192.0.2.7", true),
        ("::ffff:192.0.2.7", true),
        ("192.0.2.66", false),
        ("::ffff:192.0.2.66", false),
        ("::ffff:c000:242", false),
        ("192.0.3.1", false),
        ("2001:db8::1", true),
        ("2001:db9::1", false),
        ("::1", false),
        ("::192.0.2.7", false),
    ] {
        scene.address = address;
        assert_eq!(scene.decide().0.is_ok(), admitted, "{address}");
    }
    scene.address = "::ffff:192.0.2.66";
    let denial = scene.denial();
    assert_eq!(denial.detail, "The call came from 192.0.2.66, from where this token may not be used.");
    assert_eq!(denial.rule, "token 4fTz0aB9cD3e restrictions.deny_addresses: 192.0.2.66");
}

#[test]
fn origins_that_are_bent_or_missing_are_refused() {
    let mut scene = Scene::new(
        json!({"restrictions": {"origins": ["https://shop.example", "https://*.app.example:8443"]}}),
        json!({}),
    );
    for (origin, referer, admitted) in [
        (Some("https://shop.example"), None, true),
        (Some("https://SHOP.example:443"), None, true),
        (None, Some("https://shop.example/a/b?c=d#e"), true),
        (None, Some("https://shop.example"), true),
        (Some("https://a.b.app.example:8443"), None, true),
        (None, None, false),
        (Some(""), None, false),
        (Some("null"), None, false),
        // A sandboxed page of the shop itself.
        (Some("null"), Some("https://shop.example/uploads/1.html"), false),
        (Some("https://evil.example"), Some("https://shop.example/"), false),
        (Some("https://shop.example/"), None, false),
        (Some("https://shop.example, https://evil.example"), None, false),
        (Some("https://shop.example.evil.example"), None, false),
        (Some("https://shop.example@evil.example"), None, false),
        (Some("http://shop.example"), None, false),
        (Some("https://shop.example:8443"), None, false),
        (Some("https://app.example:8443"), None, false),
        (Some("https://evilapp.example:8443"), None, false),
        (None, Some("https://shop.example@evil.example/"), false),
        (None, Some("https://evil.example/https://shop.example"), false),
        (None, Some("https://evil.example?https://shop.example"), false),
        (None, Some("https://evil.example\\@shop.example"), false),
        (None, Some("//shop.example/"), false),
        (None, Some("about:blank"), false),
        (None, Some("é://shop.example"), false),
        (None, Some("https://shop.exampleé/"), false),
    ] {
        (scene.origin, scene.referer) = (origin, referer);
        assert_eq!(scene.decide().0.is_ok(), admitted, "{origin:?} {referer:?}");
    }
    (scene.origin, scene.referer) = (None, None);
    assert!(scene.denial().detail.contains("neither an `Origin` nor a `Referer`"));
    scene.origin = Some("<script>");
    assert!(!scene.denial().detail.contains("script"), "what is no origin is not repeated");
}

#[test]
fn who_may_get_may_head_and_nothing_more() {
    let mut scene = Scene::new(json!({"restrictions": {"methods": ["GET"]}}), json!({}));
    for (method, admitted) in [
        ("GET", true),
        ("HEAD", true),
        ("POST", false),
        ("OPTIONS", false),
        ("get", false),
        ("TRACE", false),
        ("", false),
    ] {
        scene.method = method;
        assert_eq!(scene.decide().0.is_ok(), admitted, "{method}");
    }
    scene.token.spec.restrictions.methods = [keyward_model::api::Method::Head].into();
    scene.method = "GET";
    assert_eq!(scene.denial().code, Code::MethodNotGranted);
}

#[test]
fn a_token_of_another_team_gets_nowhere() {
    let mut scene = Scene::new(json!({"scopes": ["*:*"]}), json!({}));
    scene.api.team = keyward_model::id::Id::from_uuid(uuid::Uuid::from_u128(2));
    let denial = scene.denial();
    assert_eq!(denial.code, Code::ApiNotAllowed);
    assert_eq!(denial.detail, "This token belongs to another team than the API `orders` and may not call it.");
}

#[test]
fn grants_name_the_api_by_the_name_of_all_its_versions() {
    let granted = |apis: serde_json::Value| Scene::new(json!({"restrictions": {"apis": apis}}), json!({})).decide().0;
    assert!(granted(json!([{"api": "orders"}])).is_ok());
    assert!(granted(json!([{"api": "orders", "routes": ["read", "list"]}])).is_ok());
    assert!(granted(json!([{"api": "orders.v1"}])).is_err());
    let route = granted(json!([{"api": "crm"}, {"api": "orders", "routes": ["read"]}])).expect_err("a denial");
    assert_eq!(route.detail, "This token may call the API `orders`, but not its route `list`.");
    assert_eq!(route.rule, "token 4fTz0aB9cD3e restrictions.apis: crm, orders: read");
}

#[test]
fn scopes_and_their_wildcards() {
    let missing = |held: &[&str], rule: serde_json::Value| {
        let routes = json!([{"name": "list", "methods": ["GET"], "path": "/orders", "scopes": rule}]);
        let decision = Scene::new(json!({"scopes": held}), json!({"routes": routes})).decide().0;
        decision.err().map(|denial| (denial.required_scope.expect("scopes").to_string(), denial.detail))
    };
    let read = || json!({"all": ["orders:read"]});
    for held in [["orders:read"], ["orders:*"], ["*:read"], ["*:*"]] {
        assert_eq!(missing(&held, read()), None, "{held:?}");
    }
    for held in [&["orders:write"][..], &["Orders:read"], &["order:read"], &["orders:rea"], &["keyward:*"], &[]] {
        assert!(missing(held, read()).is_some(), "{held:?}");
    }
    // What guards Keyward itself is covered by no wildcard of the resource.
    let (needed, _) = missing(&["*:*"], json!({"all": ["keyward:tokens.read"]})).expect("a denial");
    assert_eq!(needed, "keyward:tokens.read");
    assert!(missing(&["keyward:*"], json!({"all": ["keyward:operator"]})).is_some());
    // A rule that asks for a wildcard is met by a wildcard only.
    assert!(missing(&["orders:read", "orders:write"], json!({"all": ["orders:*"]})).is_some());
    assert_eq!(missing(&[], json!({"all": []})), None);
    assert_eq!(missing(&[], json!({"any": []})), None);
    let both = json!(["orders:list", "orders:read"]);
    assert_eq!(
        missing(&["orders:read"], json!({"all": both})),
        Some((
            "orders:list".to_owned(),
            "This call needs the scope `orders:list`, which the token does not have.".to_owned()
        ))
    );
    assert_eq!(
        missing(&["orders:write"], json!({"any": both})),
        Some((
            "orders:list orders:read".to_owned(),
            "This call needs one of the scopes `orders:list`, `orders:read`, of which the token has none.".to_owned()
        ))
    );
}

#[test]
fn subscriptions_must_be_active() {
    use SubscriptionState::*;
    for access in ["open", "subscribe", "approve"] {
        let mut scene = Scene::new(json!({}), json!({"access": access}));
        for (subscription, code, says) in [
            (None, Some(Code::SubscriptionRequired), "not subscribed"),
            (Some(Active), None, ""),
            (Some(Pending), Some(Code::SubscriptionPending), "awaits approval"),
            (Some(Suspended), Some(Code::SubscriptionPending), "is suspended"),
            (Some(Rejected), Some(Code::SubscriptionPending), "was rejected"),
            (Some(Ended), Some(Code::SubscriptionPending), "has ended"),
        ] {
            scene.subscription = subscription;
            let denial = scene.decide().0.err();
            let expected = if access == "open" { None } else { code };
            assert_eq!(denial.as_ref().map(|denial| denial.code), expected, "{access} {subscription:?}");
            assert!(denial.is_none_or(|denial| denial.detail.contains(says)), "{subscription:?}");
        }
    }
}

#[test]
fn the_token_alone_is_checked_without_the_call() {
    let mut scene = strict();
    scene.token.spec.restrictions.client_certificates.clear();
    let admit = |scene: &Scene, checks: &mut Vec<_>| {
        let facts = scene.facts();
        admit_token(
            &scene.token.facts(),
            scene.app.spec.disabled,
            facts.now,
            facts.address,
            facts.origin,
            facts.referer,
            checks,
        )
    };
    let mut checks = Vec::new();
    assert_eq!(admit(&scene, &mut checks), Ok(()));
    assert_eq!(checks.iter().map(|check| check.check).collect::<Vec<_>>(), ORDER[4..10]);
    scene.token.spec.restrictions.client_certificates.push(Certificate::new(2).thumbprint);
    let bound = admit(&scene, &mut Vec::new()).map_err(|denial| denial.code);
    assert_eq!(bound, Err(Code::CertificateNotAllowed), "the management API sees no certificates");
    scene.address = "203.0.113.1";
    checks.clear();
    assert_eq!(admit(&scene, &mut checks).map_err(|denial| denial.code), Err(Code::AddressNotAllowed));
    assert_eq!(checks.iter().map(|check| check.check).collect::<Vec<_>>(), ORDER[4..10]);
    assert_eq!(checks[4].verdict, Verdict::Skip);
}

#[test]
fn a_refused_certificate_tells_the_caller_nothing_of_the_one_that_is_wanted() {
    let mut scene = strict();
    scene.certificate = Some(Certificate::new(3));
    let denial = scene.denial();
    assert_eq!(denial.code.status(), 401, "RFC 8705, section 3");
    let wanted = Certificate::new(1).thumbprint.to_string();
    assert!(denial.rule.contains(&wanted) && !denial.detail.contains(&wanted), "{denial:?}");
    let (_, checks) = scene.decide();
    let check = checks.iter().find(|check| check.check == CheckName::Certificate).expect("it was made");
    assert_eq!(check.seen, format!("{} (CN=till 4,O=Shop)", Certificate::new(3).thumbprint));
}

#[test]
fn the_rest_is_skipped() {
    let mut checks = Vec::new();
    skipped_after(CheckName::Rate, &mut checks);
    assert_eq!(checks.iter().map(|check| check.check).collect::<Vec<_>>(), [CheckName::Quota, CheckName::Upstream]);
}
