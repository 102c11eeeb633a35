//! The control room while its machine has no network at all.

use serde_json::json;

use super::Room;

#[test]
fn what_is_open_and_what_was_typed_outlive_the_network() {
    let room = Room::new();
    let seen = room.seen_by("unreachable", json!({}));
    for told in ["said", "notSaved"] {
        assert!(seen[told].as_str().is_some_and(|text| text.contains("Keyward does not answer")), "{told}: {seen:#}");
    }
    assert_eq!((&seen["typed"], &seen["saved"]), (&json!("Kiosk"), &json!("Kiosk")), "{seen:#}");
    assert_eq!((&seen["focus"], &seen["loads"]), (&json!("Policies"), &json!(0)), "{seen:#}");
}
