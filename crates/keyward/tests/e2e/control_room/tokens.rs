//! The life of a token by keyboard alone: made, changed, rotated under traffic, and revoked.

use serde_json::{Value, json};

use super::Room;
use crate::support::keyward::Setup;
use crate::support::wall_clock::WallClock;
use crate::support::world::World;

/// What scripts need that run the command line themselves.
fn with_program(room: &Room) -> Value {
    json!({ "program": env!("CARGO_BIN_EXE_keyward"), "operator": room.world.keyward.operator })
}

/// A room whose server has a clock that can be set.
fn with_clock() -> (Room, WallClock) {
    let clock = WallClock::at("+0");
    let world = World::with(Setup { env: clock.env(), ..Setup::default() });
    (Room { world }, clock)
}

/// Whether a text that was seen has all of these in it.
#[track_caller]
fn assert_says(seen: &Value, words: &[&str]) {
    let text = seen.as_str().unwrap_or_default();
    for word in words {
        assert!(text.contains(word), "{word:?} is missing: {seen:#}");
    }
}

#[test]
fn a_token_is_made_shown_once_tried_and_its_secret_is_nowhere_afterwards() {
    let room = Room::new();
    let seen = room.seen_by("create", with_program(&room));

    assert_says(&seen["summary"], &["Desk", "shop", "echo:read", "127.0.0.1", "50 calls per second"]);
    assert_says(&seen["hidden"], &["kw_••••"]);
    assert_says(&seen["asks"], &["Leave without the token?", "It cannot be shown again"]);
    assert_says(&seen["notCopied"], &["did not let this page copy it"]);
    for copied in ["byKeyboard", "hiddenAgain", "onClipboard", "settings"] {
        assert_eq!(seen[copied], json!(true), "{copied}: {seen:#}");
    }
    assert_eq!((&seen["direct"], &seen["curl"]), (&json!(200), &json!("HTTP/1.1 200 OK")), "{seen:#}");
    assert_says(&seen["javascript"], &["server: 'python'", "user-agent"]);
    for language in ["Python", "JavaScript", "Go", "Rust", "PHP"] {
        assert_says(&seen["snippets"][language], &["KEYWARD_TOKEN", "/echo/v1/echo"]);
    }
    assert_eq!(seen["tested"], json!(["200", "Allowed", "No check stood against it."]), "{seen:#}");
    assert_says(&seen["row"], &["Desk", "echo:read", "Active", "127.0.0.1"]);

    // Where the keyboard is, when what had the focus is gone or busy.
    assert_eq!(seen["focus"], json!(["Copy the token now", "Apps", "Test now", "Desk"]), "{seen:#}");
    assert_eq!(seen["stays"], json!(["Copy the token now", "/teams/acme/tokens/new"]), "{seen:#}");

    // The secret was in the one answer, which nobody may keep, and is nowhere now.
    assert_eq!((&seen["left"], &seen["asked"]), (&json!([]), &json!([])), "{seen:#}");
    assert_eq!((&seen["kept"], &seen["nameAfterBack"]), (&json!("no-store"), &json!("")), "{seen:#}");
    let secret = seen["secret"].as_str().unwrap_or_default();
    assert!(secret.len() > 40 && !room.world.keyward.log().contains(secret), "{seen:#}");

    // The command and the request that the page shows make two more of the kind.
    let same = seen["same"].as_array().expect("a list");
    assert_eq!(same.len(), 3, "{seen:#}");
    assert!(same.iter().all(|one| *one == same[0]), "{seen:#}");
    assert_eq!(same[0]["restrictions"], json!({ "allow_addresses": ["127.0.0.1"] }));
    assert_eq!((&same[0]["scopes"], &same[0]["days"]), (&json!(["echo:read"]), &json!(30)));
}

#[test]
fn a_token_gets_a_new_secret_under_traffic_and_not_one_call_fails() {
    let (room, clock) = with_clock();
    let seen = room.seen_by("rotate", json!({ "clock": clock.file() }));

    assert_says(&seen["none"], &["refused at once", "leaked"]);
    assert_says(&seen["overlap"], &["The old token works until"]);
    assert_eq!((&seen["both"], &seen["left"]), (&json!([200, 200]), &json!([])), "{seen:#}");

    // Both side by side, until nobody uses the old one.
    let calls = |when: &str, which: &str| seen[when][which].as_u64().expect("a number");
    assert!(calls("atFirst", "old") > calls("atFirst", "new"), "{seen:#}");
    assert!(calls("silent", "old") == 0 && calls("silent", "new") > 0, "{seen:#}");
    for when in ["atFirst", "silent"] {
        assert_says(&seen[when]["who"], &["127.0.0.1", "storefront/1.4"]);
    }
    assert_eq!(seen["extended"], json!(24), "hours");
    assert_eq!(seen["focus"], json!(["Extend", "Rotation of Storefront"]), "where the keyboard is: {seen:#}");

    // The old one is refused from then on, the new one never was.
    assert_says(&seen["question"], &["End the overlap now?", "made no calls in the last hour"]);
    assert_eq!(seen["untilThen"], json!(200), "{seen:#}");
    assert_eq!(seen["atLast"], json!(["401 token_expired", 200]), "{seen:#}");
    assert!(seen["client"]["calls"].as_u64().is_some_and(|calls| calls > 20), "{seen:#}");
    assert_eq!(seen["client"]["failed"], json!([]), "{seen:#}");
}

#[test]
fn a_token_is_narrowed_widened_and_changed_by_two_at_once() {
    let (room, clock) = with_clock();
    let operator = &room.world.keyward.operator;
    let seen = room.seen_by("edit", json!({ "clock": clock.file(), "operator": operator }));
    let (both, reads) = (json!([200, 200]), json!([200, "403 scope_missing"]));

    assert_eq!((&seen["before"], &seen["afterLess"]), (&both, &reads), "{seen:#}");
    assert_says(&seen["less"], &["Storefront, reading", "echo:write", "can do no more than now"]);

    // For more, the second factor has to be proved anew; until then nothing has changed.
    assert_says(&seen["more"], &["echo:admin", "Expires", "lets the token do more than now"]);
    assert_eq!((&seen["untilProved"], &seen["asked"], &seen["afterMore"]), (&reads, &json!(true), &both), "{seen:#}");
    let token = json!({ "name": "Storefront, reading", "scopes": ["echo:admin", "echo:read"], "days": 90 });
    assert_eq!(seen["token"], token);

    // What somebody else saved meanwhile is shown, and stays.
    assert_eq!((&seen["elsewhere"], &seen["kept"]), (&json!(200), &json!("Storefront, reading")), "{seen:#}");
    assert_says(&seen["conflict"], &["Somebody else changed Storefront, reading", "description", "In the north"]);
    assert_says(&seen["together"], &["Storefront north"]);
    let together = json!({ "name": "Storefront north", "description": "In the north", "scopes": ["echo:read"] });
    assert_eq!((&seen["both"], &seen["atLast"]), (&together, &reads), "{seen:#}");
    let places = ["Storefront, reading", "Storefront, reading", "Save changes", "Storefront north"];
    assert_eq!(seen["focus"], json!(places), "where the keyboard is: {seen:#}");
}

#[test]
fn tokens_are_revoked_with_a_receipt_and_lists_of_them_can_be_shared() {
    let (room, clock) = with_clock();
    let seen = room.seen_by("revoke", json!({ "clock": clock.file() }));

    // One in use: asked for by name and second factor, and refused from the moment on that the receipt tells.
    assert_says(&seen["warned"], &["Revoke Shop window?", "4 calls in the last hour, from 1 address", "127.0.0.1"]);
    assert_eq!(seen["wrongName"], json!([true, 200]), "{seen:#}");
    assert_says(&seen["proof"], &["second factor"]);
    assert_eq!((&seen["untilProved"], &seen["after"]), (&json!(200), &json!("401 token_revoked")), "{seen:#}");
    let nodes = seen["nodes"].as_array().expect("the nodes");
    assert_eq!(nodes.len(), 1, "{seen:#}");
    assert_says(&seen["receipt"], &["The node refuses it.", nodes[0].as_str().unwrap_or_default(), "Refused", " UTC"]);
    assert_says(&seen["banner"], &["Shop closed"]);
    assert_says(&seen["trail"], &["token.revoke", "by Ada", "from 127.0.0.1", "Shop closed"]);

    // What the address says is what the list shows, to whoever opens it.
    let tills = json!(["Till 1", "Till 2", "Till 3"]);
    assert_eq!(seen["revoked"], json!([["Shop window"], "?status=revoked"]));
    assert_eq!(seen["expiring"], json!([tills, "?expiring=true"]));
    assert_eq!((&seen["shared"], &seen["unused"]), (&tills, &json!("?unused=true")), "{seen:#}");
    assert_eq!(seen["all"], json!([["Archive", "Shop window", "Till 1", "Till 2", "Till 3"], ""]));

    // Three at once.
    let each = |status: Value| json!([status, status, status]);
    assert_eq!(seen["disabled"], each(json!("401 token_disabled")));
    assert_eq!(seen["enabled"], each(json!(200)));
    assert_says(&seen["many"], &["Revoke 3 tokens?", "with 3 of these tokens", "Till 1", "Till 2", "Till 3"]);
    assert_eq!((&seen["wrongCount"], &seen["gone"]), (&json!(true), &each(json!("401 token_revoked"))), "{seen:#}");
    assert_eq!(seen["revokedAtLast"], json!(["Shop window", "Till 1", "Till 2", "Till 3"]));
    assert_eq!(seen["focus"], json!(["Shop window", "row", "row"]), "where the keyboard is after a dialog: {seen:#}");
}
