//! What was captured of calls: read by whoever may, about whom it concerns, on the node that took it.

use keyward_calls::{Most, Pending, delete_outdated_captures};
use keyward_model::Clock;
use keyward_model::captured::{CapturedBody, CapturedCall, CapturedMessage, CapturedText, Withheld};
use keyward_model::id::Id;
use serde_json::{Value, json};

use crate::support::World;

struct Clean(CapturedCall);

impl Pending for Clean {
    fn redact(self: Box<Self>) -> CapturedCall {
        self.0
    }
}

/// Of a call of the team `alpha`.
fn captured(world: &World) -> CapturedCall {
    let record = world.call(&world.alice);
    let text = |text: &str| CapturedText { text: text.to_owned(), cut: false, redacted: 1 };
    let body = CapturedBody { bytes: 12, shown: Some(text("{\"pin\":[redacted]}")), ..CapturedBody::default() };
    let hidden = CapturedBody {
        bytes: 900,
        withheld: Some(Withheld::Encoded),
        encoding: Some("gzip".to_owned()),
        ..CapturedBody::default()
    };
    CapturedCall {
        request_id: record.request_id,
        at: record.at,
        team: world.alpha.id,
        api: Id::new(&*world.clock, &keyward_vault::SystemRandom),
        api_name: "orders.v1".parse().unwrap(),
        request: CapturedMessage { head: Some(text("POST /orders\nauthorization: [redacted]")), body: Some(body) },
        response: CapturedMessage { head: None, body: Some(hidden) },
    }
}

fn path(team: &str, captured: &CapturedCall) -> String {
    format!("/api/v1/teams/{team}/calls/{}/capture", captured.request_id)
}

#[tokio::test]
async fn a_capture_is_read_with_a_scope_of_its_own_and_by_its_team_alone() {
    let world = World::new().await;
    let call = captured(&world);
    world.state.captures.push(Box::new(Clean(call.clone())));
    let answer = world.alice.get(&path("alpha", &call)).await.expect(200);
    assert_eq!(
        (&answer["request_id"], &answer["team"], &answer["api_name"]),
        (&json!(call.request_id), &json!(world.alpha.id), &json!("orders.v1"))
    );
    assert_eq!(
        answer["request"],
        json!({
            "head": { "text": "POST /orders\nauthorization: [redacted]", "cut": false, "redacted": 1 },
            "body": { "bytes": 12, "shown": { "text": "{\"pin\":[redacted]}", "cut": false, "redacted": 1 } },
        })
    );
    assert_eq!(answer["response"], json!({ "body": { "bytes": 900, "withheld": "encoded", "encoding": "gzip" } }));
    world.operator.get(&path("alpha", &call)).await.expect(200);
    let reader = world.admin(&world.alpha, "readers", &["keyward:captures.read"]).await;
    reader.get(&path("alpha", &call)).await.expect(200);
    // Who may read records may not read what passed.
    let records = world.admin(&world.alpha, "records", &["keyward:calls.read", "keyward:apis.write"]).await;
    let refused = records.get(&path("alpha", &call)).await.refused("scope_missing");
    assert_eq!(refused["required_scope"], json!(["keyward:captures.read"]), "{refused:#}");
    world.bob.get(&path("beta", &call)).await.refused("not_found");
    world.bob.get(&path("alpha", &call)).await.refused("not_found");
    // Each time somebody was shown it, and only then, stands in the trail.
    let trail = world.alice.get("/api/v1/teams/alpha/audit-events?action=capture.").await.expect(200);
    let events = trail["items"].as_array().unwrap();
    assert_eq!(events.len(), 3, "{trail:#}");
    for event in events {
        assert_eq!(
            (&event["action"], &event["kind"], &event["target"], &event["target_name"], &event["after"]),
            (
                &json!("capture.read"),
                &json!("api"),
                &json!(call.api),
                &json!("orders.v1"),
                &json!({ "request_id": call.request_id })
            )
        );
    }
    // The newest stands first, and each says who it was.
    assert_ne!(events[0]["actor"]["id"], events[1]["actor"]["id"], "{trail:#}");
    assert_eq!(
        world.alice.get("/api/v1/teams/alpha/audit-events/verification").await.expect(200)["sound"],
        json!(true)
    );
    let status: Value = world.operator.get("/api/v1/calls/status").await.expect(200);
    assert_eq!(
        (&status["captures"]["captured"], &status["captures"]["dropped"], &status["captures"]["kept"]),
        (&json!(1), &json!(0), &json!(1))
    );
}

#[tokio::test]
async fn a_call_says_whether_it_was_captured() {
    let world = World::new().await;
    let (with, without) = (world.call(&world.alice), world.call(&world.alice));
    for record in [&with, &without] {
        world.recorder.push(&record.into());
    }
    let capture = CapturedCall { request_id: with.request_id, ..captured(&world) };
    world.state.captures.push(Box::new(Clean(capture)));
    for (record, captured) in [(&with, true), (&without, false)] {
        let path = format!("/api/v1/teams/alpha/calls/{}", record.request_id);
        let shown = world.alice.get(&path).await.expect(200);
        assert_eq!((&shown["captured"], &shown["path"]), (&json!(captured), &json!(record.path)));
    }
}

#[tokio::test]
async fn what_was_not_captured_here_says_so_and_what_is_damaged_too() {
    let world = World::new().await;
    let (missing, damaged, good) = (captured(&world), captured(&world), captured(&world));
    let refused = world.alice.get(&path("alpha", &missing)).await.refused("not_found");
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("on node here") && detail.contains("stay on the node"), "{detail}");
    for call in [&damaged, &good] {
        world.state.captures.push(Box::new(Clean(call.clone())));
    }
    world.state.captures.flush().await;
    let folder = world.directory.path().join("captures").join(world.alpha.id.to_string());
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&file).unwrap();
    // Within what the first of them says, behind everything that says how long it is.
    bytes[8 + 60] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let refused = world.alice.get(&path("alpha", &damaged)).await.refused("data_corrupt");
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("damaged") && !detail.contains(file.to_str().unwrap()), "{detail}");
    world.alice.get(&path("alpha", &good)).await.expect(200);
}

#[tokio::test]
async fn captures_are_kept_no_longer_than_records_of_calls() {
    let world = World::new().await;
    let deleted = async |days: u16, most: Option<u16>| {
        let now = world.clock.now().plus(keyward_model::team::days(days));
        let most = Most { days: most, bytes: None };
        delete_outdated_captures(&world.state.store, &world.state.captures, now, most).await.unwrap()
    };
    let keep = async || {
        let call = captured(&world);
        world.state.captures.push(Box::new(Clean(call.clone())));
        world.state.captures.flush().await;
        call
    };
    let call = keep().await;
    assert_eq!(deleted(5, None).await, 0, "thirty days unless somebody says otherwise");
    assert_eq!(deleted(5, Some(3)).await, 1);
    world.alice.get(&path("alpha", &call)).await.refused("not_found");
    keep().await;
    assert_eq!(deleted(31, None).await, 1);
    // What was captured of a team that is gone goes with it.
    let mut orphan = captured(&world);
    orphan.team = Id::new(&*world.clock, &keyward_vault::SystemRandom);
    world.state.captures.push(Box::new(Clean(orphan)));
    world.state.captures.flush().await;
    assert_eq!(deleted(0, None).await, 1);
}
