//! Into a team by an invitation, and out of it again.

use serde_json::json;

use super::Room;

#[test]
fn somebody_is_invited_works_in_the_team_and_is_removed() {
    let room = Room::new();

    let seen = room.seen_by("joining", json!({}));

    // The link was shown and copied once, and its code is nowhere afterwards; used once, it is dead.
    let offered = seen["offered"].as_str().expect("words");
    for word in ["Give this link to deb@example.com", "as Developer", "/invitation#", "Not copied yet."] {
        assert!(offered.contains(word), "{word:?} is missing: {offered}");
    }
    assert_eq!((&seen["copied"], &seen["traces"]), (&json!(true), &json!([])), "{seen:#}");
    assert_eq!((&seen["joined"], &seen["used"]), (&json!(false), &json!([410, "link_invalid"])), "{seen:#}");
    let invitation = seen["invitation"].as_str().expect("words");
    for word in ["Join acme", "deb@example.com is invited as Developer."] {
        assert!(invitation.contains(word), "{word:?} is missing: {invitation}");
    }
    assert_eq!(seen["kept"], json!("Deb"), "{seen:#}");

    // A developer makes tokens of their own apps, and of no others.
    let member = seen["member"].as_str().expect("a row");
    for word in ["Deb", "deb@example.com", "Developer", "None yet", "Yes"] {
        assert!(member.contains(word), "{word:?} is missing: {member}");
    }
    assert_eq!(seen["before"], json!(["right_missing", 0]), "{seen:#}");
    assert_eq!((&seen["app"], &seen["apps"], &seen["called"]), (&json!("shop"), &json!(1), &json!(200)), "{seen:#}");
    assert_eq!(seen["own"], json!(["Edit", "Rotate…", "Disable", "Revoke…"]), "{seen:#}");
    assert_eq!(seen["foreign"], json!([]), "{seen:#}");
    assert_eq!(seen["refused"], json!([[403, "right_missing"], [403, "right_missing"]]), "{seen:#}");

    // A viewer makes none at all; who is removed sees nothing, and what they made works on.
    assert_eq!(seen["viewer"], json!([0, "right_missing"]), "{seen:#}");
    assert!(
        seen["forbidden"].as_str().is_some_and(|words| words.contains("Your role in acme is “Viewer”")),
        "{seen:#}"
    );
    assert_eq!(seen["after"], json!([[404, "not_found"], 0]), "{seen:#}");
    assert_eq!(seen["closed"], json!("There is nothing at this address"), "{seen:#}");
    assert_eq!(seen["works"], json!(200), "{seen:#}");
    assert_eq!(seen["focus"], json!(["People", "row", "People"]), "where the keyboard is after a dialog: {seen:#}");
}
