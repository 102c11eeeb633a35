//! Explaining calls.

use keyward_model::call::{CallRecord, Protocol, Timing};
use keyward_model::check::{Check, CheckName, Explanation, Verdict};
use keyward_model::policy::PolicySpec;
use keyward_model::{Code, Timestamp};
use keyward_tokens::{DryRun, Failure, Issued, for_consumer};
use serde_json::{Value, json};

use crate::world::{World, body, request};

fn dry_run(token: &Issued, with: Value) -> DryRun {
    let usual = json!({"token": token.token.id, "method": "GET", "path": "/orders/v1/orders"});
    body(usual, with)
}

async fn explain(world: &World, token: &Issued, with: Value) -> Explanation {
    world.explainer.dry_run(world.team.id, &dry_run(token, with)).await.expect("an explanation")
}

fn verdict(explanation: &Explanation, check: CheckName) -> Verdict {
    explanation.checks.iter().find(|made| made.check == check).expect("the check is there").verdict
}

fn in_order(explanation: &Explanation) -> Vec<CheckName> {
    explanation.checks.iter().map(|check| check.check).collect()
}

#[tokio::test]
async fn every_check_stands_there_in_order_whether_allowed_or_refused() {
    let world = World::new().await;
    let token = world.issue(request(json!({}))).await;
    let all = keyward_policy::checks::ORDER;
    let allowed = explain(&world, &token, json!({})).await;
    assert!(allowed.allowed, "{allowed:?}");
    assert_eq!(in_order(&allowed), all);
    let refused = [
        (json!({"method": "POST"}), Code::ScopeMissing, CheckName::Scope),
        (json!({"path": "/nowhere"}), Code::RouteNotFound, CheckName::Route),
        (json!({"path": "/orders//v1"}), Code::PathInvalid, CheckName::Route),
        (json!({"method": "DELETE"}), Code::MethodNotAllowed, CheckName::Route),
        (json!({"at": "2031-01-01T00:00:00Z"}), Code::TokenExpired, CheckName::Lifetime),
    ];
    for (with, code, failed) in refused {
        let explained = explain(&world, &token, with).await;
        assert_eq!((explained.allowed, explained.code), (false, Some(code)));
        assert_eq!(in_order(&explained), all, "{code}");
        assert_eq!(verdict(&explained, failed), Verdict::Fail);
        let after = explained.checks.iter().skip_while(|check| check.check != failed).skip(1);
        assert!(after.into_iter().all(|check| check.verdict == Verdict::Skip), "{code}");
        assert!(explained.summary.contains(code.as_str()), "{}", explained.summary);
    }
}

#[tokio::test]
async fn restrictions_and_policies_are_named() {
    let world = World::new().await;
    let held = json!({"restrictions": {"allow_addresses": ["10.0.0.0/8"], "origins": ["https://shop.example"]}});
    let token = world.issue(request(held)).await;
    let outside = explain(&world, &token, json!({"address": "192.0.2.1"})).await;
    assert_eq!(outside.code, Some(Code::AddressNotAllowed));
    assert!(outside.checks.iter().any(|check| check.rule.contains("10.0.0.0/8") && check.remedy.is_some()));
    let inside = json!({"address": "10.1.2.3", "origin": "https://shop.example"});
    assert!(explain(&world, &token, inside.clone()).await.allowed);

    let cedar = "forbid (principal, action, resource);".to_owned();
    world.add(&world.team, "closed", PolicySpec { cedar, ..PolicySpec::default() }).await;
    let forbidden = explain(&world, &token, inside).await;
    assert_eq!(forbidden.code, Some(Code::PolicyDenied), "what changed since the last question is seen");
}

#[tokio::test]
async fn a_token_may_be_given_by_its_text_which_is_then_checked_too() {
    let world = World::new().await;
    let token = world.issue(request(json!({}))).await;
    let by_text = |text: &str| -> DryRun {
        body(json!({"method": "GET", "path": "/orders/v1/orders"}), json!({"token_text": text}))
    };
    let ask = async |text: &str| world.explainer.dry_run(world.team.id, &by_text(text)).await.expect("an explanation");
    let known = ask(token.secret.expose()).await;
    assert!(known.allowed);
    assert_eq!(verdict(&known, CheckName::Known), Verdict::Pass);
    assert_eq!(ask("nonsense").await.code, Some(Code::TokenMalformed));

    let other = world.add_team("other").await;
    let theirs = world.explainer.dry_run(other.id, &by_text(token.secret.expose())).await.expect("an explanation");
    assert_eq!(theirs.code, Some(Code::TokenUnknown), "nothing is told of another team's token");
    assert!(!format!("{theirs:?}").contains("checkout"));

    let none: DryRun = body(json!({"method": "GET", "path": "/orders/v1/orders"}), json!({}));
    let none = world.explainer.dry_run(world.team.id, &none).await.expect("an explanation");
    assert_eq!(none.code, Some(Code::TokenMissing));
    let foreign = world.explainer.dry_run(other.id, &dry_run(&token, json!({}))).await.expect_err("not theirs");
    assert_eq!(foreign.code(), Code::NotFound);
    let both = dry_run(&token, json!({"token_text": token.secret.expose()}));
    assert_eq!(world.explainer.dry_run(world.team.id, &both).await.expect_err("two").code(), Code::RequestInvalid);
}

async fn record(world: &World, token: &Issued) -> CallRecord {
    let api = world.store.resource::<keyward_model::api::ApiSpec>(world.team.id, "orders.v1").await;
    let api = api.expect("an answer").expect("the api");
    CallRecord {
        request_id: uuid::Uuid::from_u128(7),
        at: world.now(),
        team: Some(world.team.id),
        app: Some(world.app.id),
        token: Some(token.token.id),
        api: Some(api.id),
        api_name: Some(api.name),
        route: Some("list".parse().expect("a name")),
        method: "GET".to_owned(),
        path: "/orders/v1/orders?page=…".to_owned(),
        status: 200,
        code: None,
        rule: None,
        address: "10.1.2.3".parse().expect("an address"),
        country: None,
        asn: None,
        protocol: Protocol::Http11,
        target: Some("http://127.0.0.1:9000".to_owned()),
        retries: 0,
        bytes_in: 0,
        bytes_out: 2,
        cost: 1,
        timing: Timing::default(),
        revision: world.store.revision().await.expect("a revision"),
        checks: Vec::new(),
    }
}

#[tokio::test]
async fn an_allowed_call_is_replayed_and_a_note_says_what_changed_since() {
    let world = World::new().await;
    let held = json!({"restrictions": {"origins": ["https://shop.example"]}});
    let token = world.issue(request(held)).await;
    let call = record(&world, &token).await;
    let explained = world.explainer.explain_call(&call).await.expect("an explanation");
    assert!(explained.allowed);
    assert_eq!((in_order(&explained), &explained.note), (keyward_policy::checks::ORDER.to_vec(), &None));
    assert!(explained.checks.iter().all(|check| check.verdict != Verdict::Fail), "{explained:?}");
    assert_eq!(explained.request_id, Some(call.request_id.to_string()));

    world.add_team("other").await;
    let noted = world.explainer.explain_call(&call).await.expect("an explanation");
    assert!(noted.allowed && noted.note.is_some_and(|note| note.contains("changed since")));

    let off = world.tokens.disable(crate::world::cause(), world.team.id, token.token.id, None).await.expect("off");
    world.settle(off.revision).await;
    let differs = world.explainer.explain_call(&call).await.expect("an explanation");
    assert!(differs.allowed, "what happened has happened");
    assert!(differs.note.is_some_and(|note| note.contains("would not be any more")));
}

#[tokio::test]
async fn a_refused_call_is_explained_by_what_was_written_down() {
    let world = World::new().await;
    let token = world.issue(request(json!({}))).await;
    let check = Check {
        check: CheckName::Address,
        verdict: Verdict::Fail,
        seen: "10.1.2.3".to_owned(),
        rule: "token 4fTz restrictions.deny_addresses: 10.0.0.0/8".to_owned(),
        remedy: Some("take 10.0.0.0/8 out of deny_addresses".to_owned()),
    };
    let refused = CallRecord {
        status: 403,
        code: Some(Code::AddressNotAllowed),
        rule: Some(check.rule.clone()),
        checks: vec![check],
        ..record(&world, &token).await
    };
    let owner = world.explainer.explain_call(&refused).await.expect("an explanation");
    assert_eq!((owner.allowed, owner.code, owner.checks.len()), (false, Some(Code::AddressNotAllowed), 1));
    assert!(owner.summary.contains("deny_addresses"));

    let consumer = for_consumer(owner);
    assert_eq!(consumer.code, Some(Code::AddressNotAllowed));
    assert_eq!(consumer.checks[0].seen, "10.1.2.3", "that was the caller's own");
    assert!(consumer.checks[0].remedy.is_some());
    assert!(!format!("{consumer:?}").contains("10.0.0.0/8"), "nothing of the owner's rules: {consumer:?}");
}

#[tokio::test]
async fn a_consumer_is_told_which_scope_is_missing() {
    let world = World::new().await;
    let token = world.issue(request(json!({}))).await;
    let consumer = for_consumer(explain(&world, &token, json!({"method": "POST"})).await);
    let scope = consumer.checks.iter().find(|check| check.check == CheckName::Scope).expect("the check");
    assert!(scope.rule.contains("orders:write") && scope.remedy.is_some(), "{scope:?}");
}

#[tokio::test]
async fn a_service_that_failed_did_not_refuse() {
    let world = World::new().await;
    let token = world.issue(request(json!({}))).await;
    let failed = CallRecord { status: 502, code: Some(Code::UpstreamUnreachable), ..record(&world, &token).await };
    let explained = world.explainer.explain_call(&failed).await.expect("an explanation");
    assert!(explained.allowed);
    assert_eq!(explained.code, Some(Code::UpstreamUnreachable));
    assert_eq!(verdict(&explained, CheckName::Upstream), Verdict::Fail);
    assert_eq!(explained.at, Timestamp::from_millis(world.now().as_millis()));
}
