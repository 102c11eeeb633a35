//! Signing up, in and out by each way there is, by the keyboard alone; being asked for a second factor; devices.

use serde_json::json;

use super::Room;

#[test]
fn people_prove_themselves_by_every_way_there_is() {
    let room = Room::new();
    let seen = room.seen_by("second_factors", json!({}));
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
