//! The first user, second factors, passkeys, every page under its content security policy and without a finding of axe,
//! and somebody else with a role.

use serde_json::json;

use super::Room;

/// Pages of a team, and of the installation.
const OF_TEAM: &[&str] = &[
    "overview",
    "tokens",
    "tokens/new",
    "apps",
    "apps/-/new",
    "apis",
    "apis/-/new",
    "apis/-/import",
    "upstreams",
    "upstreams/-/new",
    "connections",
    "connections/-/new",
    "secrets",
    "policies",
    "policies/-/new",
    "subscriptions",
    "calls",
    "analytics",
    "audit",
    "people",
    "settings",
];
const OTHERS: &[&str] = &[
    "/account",
    "/installation",
    "/installation/teams",
    "/installation/users",
    "/installation/keys",
    "/installation/security",
    "/installation/audit",
];

#[test]
fn people_set_it_up_prove_themselves_and_see_what_their_role_lets_them() {
    let room = Room::new();
    let (_, token) = room.world.token(json!({}));
    for _ in 0..3 {
        assert_eq!(room.world.get("/echo/v1/echo", &token).status, 200);
    }
    let of_team = OF_TEAM.iter().map(|page| format!("/teams/acme/{page}"));
    let named = ["/teams/acme/apps/shop", "/teams/acme/apis/echo.v1", "/teams/acme/upstreams/echo"].map(str::to_owned);
    let paths: Vec<String> = of_team.chain(named).chain(OTHERS.iter().map(|page| (*page).to_owned())).collect();

    let seen = room.seen_by("people", json!({ "paths": paths }));

    assert!(seen["afterSetup"].as_str().is_some_and(|url| !url.contains('#')), "the code is gone: {seen:#}");
    assert_eq!((&seen["recoveryCodes"], &seen["passkey"]), (&json!(10), &json!("Laptop")), "{seen:#}");
    assert!(seen["byCode"].is_string() && seen["byPasskey"].is_string(), "{seen:#}");
    assert_eq!(seen["pages"].as_array().map(Vec::len), Some(2 * paths.len()));
    assert_eq!((&seen["viewerMayCreate"], &seen["foreignTeam"]), (&json!(0), &json!(404)), "{seen:#}");
    let stored = seen["storage"].as_str().unwrap_or_default();
    for planted in ["correct horse battery", seen["secret"].as_str().unwrap_or_default(), "__Host-keyward"] {
        assert!(!stored.contains(planted), "{stored}");
    }
    let log = room.world.keyward.log();
    assert!(!log.contains("correct horse battery") && !log.contains(seen["secret"].as_str().unwrap_or_default()));
}
