//! What the holder of a token may ask, and what stays the owners' business.

use keyward_model::Code;
use keyward_model::call::CallRecord;
use keyward_model::check::{Check, CheckName, Verdict};
use serde_json::json;

use crate::support::World;

#[tokio::test]
async fn a_holder_learns_why_its_own_call_failed_and_nothing_of_the_owners_rules() {
    let world = World::new().await;
    let plain = world.admin(&world.alpha, "plain", &[]).await;
    plain.get("/api/v1/self/refusals/latest").await.refused("not_found");
    let record = CallRecord {
        status: 403,
        code: Some(Code::PolicyDenied),
        rule: Some("policy secret-project".to_owned()),
        checks: vec![Check {
            check: CheckName::Policy,
            verdict: Verdict::Fail,
            seen: "secret-project".to_owned(),
            rule: "policy secret-project forbids".to_owned(),
            remedy: Some("change policy secret-project".to_owned()),
        }],
        ..world.call(&plain)
    };
    world.recorder.push(&(&record).into());
    let own = format!("/api/v1/self/calls/{}/explanation", record.request_id);
    for path in ["/api/v1/self/refusals/latest", own.as_str()] {
        let answer = plain.get(path).await;
        assert_eq!(answer.expect(200)["code"], "policy_denied", "{path}");
        assert!(!answer.text.contains("secret-project"), "{}", answer.text);
    }
    world.bob.get(&own).await.refused("not_found");
    world.alice.get(&own).await.refused("not_found");
}

#[tokio::test]
async fn a_token_is_held_to_its_own_restrictions_here_too() {
    let world = World::new().await;
    let make = async |restrictions: serde_json::Value| {
        let body = json!({"app": "admins", "name": "x", "scopes": ["keyward:*"], "restrictions": restrictions});
        let issued = world.alice.post("/api/v1/teams/alpha/tokens", body).await.expect(201);
        let text = issued["secret"].as_str().unwrap().to_owned();
        crate::support::Client { token: Some(keyward_model::token::TokenText::foreign(text)), ..world.nobody() }
    };
    let elsewhere = make(json!({"allow_addresses": ["192.0.2.0/24"]})).await;
    elsewhere.get("/api/v1/self").await.refused("address_not_allowed");
    let reader = make(json!({"methods": ["GET"]})).await;
    reader.get("/api/v1/teams/alpha/apps").await.expect(200);
    reader.put("/api/v1/teams/alpha/apps/x", json!({})).await.refused("method_not_granted");
    let browser = make(json!({"origins": ["https://shop.example"]})).await;
    browser.get("/api/v1/self").await.refused("origin_not_allowed");
    let from_shop = browser.send("GET", "/api/v1/self", &[("origin", "https://shop.example")], None).await;
    from_shop.expect(200);
}

#[tokio::test]
async fn an_expired_token_is_told_when() {
    let world = World::new().await;
    world.clock.advance(std::time::Duration::from_secs(31 * 86_400));
    let problem = world.alice.get("/api/v1/self").await.refused("token_expired");
    assert!(problem["expires_at"].is_string());
}
