//! Rotation without an outage: both keys work during the overlap, then only the new one.

use serde_json::{Value, json};

use crate::support::world::{World, issued};

const PATH: &str = "/echo/v1/echo";

#[test]
fn both_keys_work_until_the_overlap_ends() {
    let world = World::new();
    let (old_id, old) = world.token(json!({}));
    let answer = world.post(&format!("/tokens/{old_id}/rotate"), json!({ "overlap_seconds": 3600 }));
    let new_id = answer["token"]["id"].as_str().expect("an id").to_owned();
    let (_, new) = issued(&answer);
    assert_eq!(answer["old"]["successor"], json!(new_id));
    assert_eq!(answer["token"]["predecessor"], json!(old_id));
    assert_eq!(world.get(PATH, &old).status, 200);
    assert_eq!(world.get(PATH, &new).status, 200);
    let again = world.keyward.api("POST", &format!("/teams/acme/tokens/{old_id}/rotate"), json!({}));
    assert_eq!(again.status, 409, "{:#}", again.body);

    let read = world.keyward.api("GET", &format!("/teams/acme/tokens/{old_id}"), Value::Null).ok();
    assert_eq!(read["status"].as_str(), Some("rotating"), "{read:#}");
    let end: jiff::Timestamp = read["expires_at"].as_str().and_then(|text| text.parse().ok()).expect("an end");
    let later = end.checked_add(jiff::SignedDuration::from_hours(1)).expect("a time");
    let extended = world.post(&format!("/tokens/{old_id}/rotation/extend"), json!({ "expires_at": later.to_string() }));
    assert_ne!(extended["expires_at"], read["expires_at"]);
    assert_eq!(world.get(PATH, &old).status, 200);

    world.post(&format!("/tokens/{old_id}/rotation/end"), json!({}));
    assert_eq!(world.get(PATH, &old).status, 401);
    assert_eq!(world.get(PATH, &new).status, 200);
}

#[test]
fn an_overlap_never_outlives_the_old_expiry_and_stays_within_bounds() {
    let world = World::new();
    let (id, _) = world.token(json!({ "expires_at": "2099-01-01T00:00:00Z" }));
    let long = world.keyward.api(
        "POST",
        &format!("/teams/acme/tokens/{id}/rotate"),
        json!({ "overlap_seconds": 31 * 86_400 }),
    );
    assert_eq!(long.status, 422, "{:#}", long.body);
    assert_eq!(long.body["errors"][0]["field"], json!("overlap_seconds"));
    let (id, old) = world.token(json!({}));
    let answer = world.post(&format!("/tokens/{id}/rotate"), json!({ "overlap_seconds": 0 }));
    assert_eq!(world.get(PATH, &old).status, 401, "no overlap: the old one ends at once");
    assert_eq!(world.get(PATH, &issued(&answer).1).status, 200);
}

#[test]
fn who_still_uses_the_old_key_can_be_seen() {
    let world = World::new();
    let (old_id, old) = world.token(json!({}));
    world.post(&format!("/tokens/{old_id}/rotate"), json!({ "overlap_seconds": 3600 }));
    assert_eq!(world.get(PATH, &old).status, 200);
    for program in ["till/2.1", "till/2.1", &format!("leaky {old}")] {
        let headers = [("x-api-key", old.as_str()), ("user-agent", program)];
        assert_eq!(world.send("GET", PATH, &headers).status, 200);
    }
    let usage = world.keyward.api("GET", &format!("/teams/acme/tokens/{old_id}/usage"), Value::Null).ok();
    let programs = usage["addresses"][0]["programs"].as_array().expect("programs");
    assert_eq!((programs.len(), &programs[1]), (2, &json!("till/2.1")), "{usage:#}");
    assert!(!programs[0].as_str().expect("a name").contains(&old), "{usage:#}");
    assert!(usage.to_string().contains("127.0.0.1"), "{usage:#}");
}
