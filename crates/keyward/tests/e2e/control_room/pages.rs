//! Every page, under its content security policy and without a finding of axe, in light, dark and narrow windows; and
//! what somebody sees of them whose role lets them see some.

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
fn every_page_is_sound_in_light_dark_and_narrow() {
    let room = Room::new();
    let world = &room.world;
    let (token, secret) = world.token(json!({}));
    world.put("/policies/hours", json!({ "cedar": "forbid (principal, action, resource) when { false };" }));
    world.put("/secrets/crm", json!({ "value": "a-value-of-its-own" }));
    world
        .put("/connections/crm", json!({ "origin": "https://crm.example", "auth": { "bearer": { "secret": "crm" } } }));
    let calls = [0; 3].map(|_| world.get("/echo/v1/echo", &secret));
    assert!(calls.iter().all(|call| call.status == 200));
    let request = calls[0].header("x-request-id").expect("an id");
    let invited = world.post("/invitations", json!({ "email": "vera@example.com", "role": "viewer" }));
    let mut of_team: Vec<String> = OF_TEAM.iter().map(|page| (*page).to_owned()).collect();
    for kind in ["apps/shop", "apis/echo.v1", "upstreams/echo", "connections/crm", "policies/hours"] {
        of_team.extend([kind.to_owned(), format!("{kind}/edit")]);
    }
    of_team.push("secrets/crm".to_owned());
    of_team.extend(["/rotate", "/edit"].map(|page| format!("tokens/{token}{page}")));
    for tab in ["overview", "usage", "calls", "restrictions", "scopes", "explain", "audit"] {
        of_team.push(format!("tokens/{token}?tab={tab}"));
    }
    of_team.extend([format!("calls?call={request}"), "audit?event=1".to_owned()]);
    let of_team = of_team.iter().map(|page| format!("/teams/acme/{page}"));
    let paths: Vec<String> = of_team.chain(OTHERS.iter().map(|page| (*page).to_owned())).collect();

    let seen = room.seen_by("pages", json!({ "paths": paths, "invitation": invited["link"] }));

    assert_eq!(seen["pages"].as_array().map(Vec::len), Some(3 * paths.len()));
    assert_eq!(seen["wide"], json!([]), "pages that are wider than their window");
    assert_eq!((&seen["viewerMayCreate"], &seen["foreignTeam"]), (&json!(0), &json!(404)), "{seen:#}");
}
