//! Signing up, in and out by each way there is, by the keyboard alone; being asked for a second factor; devices.

use serde_json::json;

use super::Room;
use crate::support::keyward::Setup;
use crate::support::wall_clock::WallClock;
use crate::support::world::World;

#[test]
fn people_prove_themselves_by_every_way_there_is() {
    let clock = WallClock::at("+0");
    let room = Room { world: World::with(Setup { env: clock.env(), ..Setup::default() }) };
    let seen = room.seen_by("second_factors", json!({ "clock": clock.file() }));
    assert_eq!(seen["weak"], json!(["Ada", "ada@example.com"]), "nothing that was typed is lost: {seen:#}");
    assert!(seen["afterSetup"].as_str().is_some_and(|url| !url.contains('#')), "the code is gone: {seen:#}");
    assert_eq!(seen["refused"], json!(true), "{seen:#}");
    assert_eq!((&seen["codes"], &seen["file"]), (&json!(10), &json!("keyward-recovery-codes.txt")), "{seen:#}");
    assert_eq!(seen["afterSignOut"], json!(401), "{seen:#}");
    for way in ["byCode", "byPasskey", "onOffer"] {
        assert!(seen[way].is_string(), "{way}: {seen:#}");
    }
    assert_eq!((&seen["left"], &seen["elsewhere"]), (&json!(1), &json!(401)), "{seen:#}");
    assert_eq!(seen["typed"], json!("typed-here"), "{seen:#}");
    assert_eq!(seen["hasSecond"], json!(false), "{seen:#}");
    let (stored, log) = (seen["storage"].as_str().expect("what is stored"), room.world.keyward.log());
    for secret in seen["secrets"].as_array().expect("secrets").iter().filter_map(|secret| secret.as_str()) {
        assert!(!stored.contains(secret) && !log.contains(secret), "{stored}");
    }
    assert!(!stored.contains("__Host-keyward"), "{stored}");
}

#[test]
fn what_guards_others_asks_for_a_fresh_second_factor() {
    let clock = WallClock::at("+0");
    let room = Room { world: World::with(Setup { env: clock.env(), ..Setup::default() }) };
    let world = &room.world;
    world.put("/policies/hours", json!({ "cedar": "forbid (principal, action, resource) when { false };" }));
    world.put("/apps/warehouse", json!({ "scopes": ["echo:read"] }));
    world.patch("/apis/echo.v1", json!({ "capture": { "request_head": true } }));
    let (token, secret) = world.token(json!({}));
    let call = world.get("/echo/v1/echo?page=2", &secret);
    assert_eq!(call.status, 200);
    let invited = world.post("/invitations", json!({ "email": "tom@example.com", "role": "administrator" }));
    let plan = json!({
        "clock": clock.file(), "operator": world.keyward.operator, "invitation": invited["link"], "token": token,
        "request": call.header("x-request-id").expect("an id"),
    });

    let seen = room.seen_by("step_up", plan);

    // Rotating, by a code: who says no has changed nothing, and still has what they typed.
    assert_eq!(seen["rotate"], json!(["Once a quarter", "true", null]), "{seen:#}");
    assert!(seen["wrong"].as_str().is_some_and(|words| words.contains("This is not the right code")), "{seen:#}");
    assert_eq!(seen["rotated"], json!("string"), "{seen:#}");
    // Deleting.
    assert_eq!((&seen["delete"], &seen["deleted"]), (&json!([true, "hours"]), &json!(404)), "{seen:#}");
    // Widening, by a passkey.
    assert_eq!(seen["widen"], json!(["Fetches and stores", 1, "echo:read"]), "{seen:#}");
    assert_eq!(seen["widened"], json!("echo:read,echo:write"), "{seen:#}");
    // Revealing.
    assert_eq!((&seen["reveal"], &seen["again"]), (&json!([0, true]), &json!(0)), "{seen:#}");
    assert!(seen["revealed"].as_str().is_some_and(|words| words.contains("[redacted]")), "{seen:#}");
    let focus = ["Rotate token", "Delete policy", "Save changes", "Show what passed"];
    assert_eq!(seen["focus"], json!(focus), "where the keyboard is after the question: {seen:#}");
}
