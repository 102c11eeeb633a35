//! Calls followed live, filtered, opened, walked through and exported by the keyboard alone.

use serde_json::json;

use super::Room;

#[test]
fn calls_are_followed_live_and_looked_into() {
    let room = Room::new();
    let (_, token) = room.world.token(json!({}));
    let seen = room.seen_by("live", json!({ "token": token }));
    assert_eq!(seen["empty"], json!(1), "{seen:#}");
    assert_eq!(seen["statuses"], json!([200, 403, 503, 401]), "{seen:#}");
    let rows = seen["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 4, "{seen:#}");
    for (row, words) in
        rows.iter().zip([["401", "Refused"], ["503", "Failed"], ["403", "Refused"], ["200", "Answered"]])
    {
        assert!(words.iter().all(|word| row.as_str().is_some_and(|row| row.contains(word))), "{row}");
    }
    assert_eq!(
        (&seen["filtered"], &seen["filteredAllowed"], &seen["shared"]),
        (&json!(3), &json!(0), &json!(3)),
        "{seen:#}"
    );
    assert!(seen["address"].as_str().is_some_and(|url| url.contains("decision=refused") && url.contains("live=true")));
    assert_eq!(
        (&seen["waterfall"], &seen["walked"], &seen["closed"]),
        (&json!(1), &json!(0), &json!(true)),
        "{seen:#}"
    );
    assert_ne!(seen["explained"], json!(0), "the scopes that are missing are named: {seen:#}");
    assert_eq!((&seen["stopped"], &seen["file"], &seen["fromChart"]), (&json!(1), &json!(4), &json!(1)), "{seen:#}");
}
