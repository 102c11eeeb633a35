//! What pages show when it is not all well: nothing there yet, nothing that fits, late, failed, old, not there, not
//! allowed; a session that ends in the middle of work, and somebody who saved first. And in words that are longer and
//! written from right to left.

use serde_json::{Value, json};

use super::Room;

/// A room in which there is one of each.
fn furnished() -> Room {
    let room = Room::new();
    let world = &room.world;
    let (_, secret) = world.token(json!({}));
    world.put("/policies/hours", json!({ "cedar": "forbid (principal, action, resource) when { false };" }));
    world.put("/secrets/crm", json!({ "value": "a-value-of-its-own" }));
    world
        .put("/connections/crm", json!({ "origin": "https://crm.example", "auth": { "bearer": { "secret": "crm" } } }));
    world.put("/subscriptions/shop-echo", json!({ "app": "shop", "api": "echo" }));
    assert_eq!(world.get("/echo/v1/echo", &secret).status, 200);
    room
}

#[track_caller]
fn assert_says(seen: &Value, words: &str) {
    assert!(seen.as_str().is_some_and(|text| text.contains(words)), "{words:?} is missing: {seen:#}");
}

/// Pages of a team that has nothing: what they say, what they offer, and what comes of that.
const EMPTY: [(&str, &str, &str, &str); 15] = [
    ("overview", "From nothing to the first call", "", ""),
    ("tokens", "No tokens yet", "Create token", "Create token"),
    ("tokens/new", "There is no app yet", "Create app", "New app"),
    ("apps", "No apps yet", "Create app", "New app"),
    ("apis", "No apis yet", "Create api", "New api"),
    ("upstreams", "No upstreams yet", "Create upstream", "New upstream"),
    ("connections", "No connections yet", "Create connection", "New connection"),
    ("secrets", "No secrets yet", "Enter a secret", "New secret"),
    ("policies", "No policies yet", "Create policy", "New policy"),
    ("subscriptions", "No subscriptions yet", "Subscribe an app", "Subscribe"),
    ("calls", "No calls in this time", "", ""),
    ("analytics", "No calls in this time", "", ""),
    ("audit", "Nothing has happened yet", "", ""),
    ("people", "Nobody is a member yet", "", ""),
    ("people?tab=invitations", "Nobody is invited", "", ""),
];

/// Lists with the field that filters them.
const FILTERED: [(&str, &str); 9] = [
    ("tokens", "Name or id"),
    ("apps", "Filter by name"),
    ("apis", "Filter by name"),
    ("upstreams", "Filter by name"),
    ("connections", "Filter by name"),
    ("secrets", "Filter by name"),
    ("policies", "Filter by name"),
    ("subscriptions", "Filter by name"),
    ("audit", "Action, as token.revoke"),
];

/// Addresses of things that are not there, and addresses of nothing.
const ABSENT: [&str; 8] = [
    "/teams/acme/apps/nope",
    "/teams/acme/upstreams/nope/edit",
    "/teams/acme/tokens/nope",
    "/teams/acme/tokens/nope/edit",
    "/teams/acme/tokens/nope/rotate",
    "/teams/nope/apps",
    "/teams/acme/nope",
    "/nope",
];

#[test]
fn a_page_that_has_nothing_to_show_says_why_and_leads_on() {
    let room = furnished();
    let invited = |role: &str| {
        let somebody = json!({ "email": format!("{role}@example.com"), "role": role });
        room.world.post("/invitations", somebody)["link"].clone()
    };
    room.world.keyward.api("PUT", "/teams/fresh", json!({})).ok();
    let forms = ["tokens/new", "apps/-/new", "apps/shop/edit", "apis/-/import"];
    let secret = ["secrets", "people", "audit"];
    let places = [&forms[..], &secret[..]].concat();
    let plan = json!({
        "fresh": "fresh",
        "empty": EMPTY.map(|(place, _, action, _)| (place, action)),
        "filtered": FILTERED,
        "absent": ABSENT,
        "forbidden": places,
        "invitations": { "viewer": invited("viewer"), "auditor": invited("auditor") },
    });

    let seen = room.seen_by("states", plan);

    for (place, says, action, begun) in EMPTY {
        assert_says(&seen["empty"][place], says);
        if !action.is_empty() {
            assert_eq!(seen["begun"][place], begun, "{place}: {seen:#}");
        }
    }
    for (place, _) in FILTERED {
        assert_eq!(seen["noResult"][place], json!([true, "", "", "row"]), "{place}");
    }
    for path in ABSENT {
        let address = path.starts_with("/teams/nope") || path.ends_with("/nope") && path.split('/').count() < 5;
        let says = if address { "There is nothing at this address" } else { "There is no such thing here" };
        // What is not there does not come by trying again.
        assert_eq!(seen["absent"][path], json!([says, 0]), "{path}");
    }
    let barred = "Your role does not allow this";
    let forbidden = &seen["forbidden"];
    for path in forms.iter().chain(&secret) {
        assert_says(&forbidden["viewer"][path], barred);
        assert_says(&forbidden["viewer"][path], "“Viewer”");
    }
    for path in forms {
        assert_says(&forbidden["auditor"][path], barred);
    }
    for (path, says) in secret.into_iter().zip(["1 secret", "auditor@example.com", "as they were written"]) {
        assert_says(&forbidden["auditor"][path], says);
    }
}

/// Runs the script of failures over pages: place, path of what it reads, name of what it shows, key that reads it anew.
#[track_caller]
fn failures(pages: &[(&str, &str, &str, &str)], form: bool) -> Value {
    let seen = furnished().seen_by("failures", json!({ "pages": pages, "form": form }));
    for (place, ..) in pages {
        assert_eq!(seen["loading"][place], 0, "{place} jumps: {seen:#}");
        let [failure, unreachable, focus] = [0, 1, 2].map(|at| &seen["failed"][place][at]);
        assert_says(failure, "Not now");
        assert_says(failure, "The store does not answer.");
        assert_says(failure, "r-1");
        assert_says(unreachable, "Keyward does not answer");
        assert!(["row", "h1"].iter().any(|there| focus == there), "{place}: {focus}");
        let stale = &seen["stale"][place];
        assert_eq!((&stale[0], &stale[1]), (&json!(true), &json!(true)), "{place}");
        assert!(["row", "h1"].iter().any(|there| stale[2] == *there), "{place}: {stale}");
    }
    seen
}

#[test]
fn lists_that_are_late_failed_or_old_say_so_and_can_be_tried_again() {
    let pages = [
        ("apps", "/apps", "Apps", ""),
        ("apis", "/apis", "Apis", ""),
        ("upstreams", "/upstreams", "Upstreams", ""),
        ("connections", "/connections", "Connections", ""),
        ("policies", "/policies", "Policies", ""),
        ("subscriptions", "/subscriptions", "Subscriptions", ""),
    ];
    failures(&pages, false);
}

#[test]
fn pages_that_are_late_failed_or_old_say_so_and_keep_what_was_typed() {
    let pages = [
        ("tokens", "/tokens", "Tokens of the team", ""),
        ("secrets", "/secrets", "Secrets", ""),
        ("calls", "/calls", "Calls", "r"),
        ("audit", "/audit-events", "Audit trail", "r"),
        ("apps/shop", "/apps/shop", "What it may do", ""),
    ];
    let seen = failures(&pages, true);

    assert_eq!(seen["whole"], "Not now");
    let says = ["Keyward does not answer", "The store does not answer.", "Something went wrong at Keyward"];
    for (typed, says) in seen["typed"].as_array().expect("three tries").iter().zip(says) {
        assert_says(&typed[0], says);
        assert_eq!((&typed[1], &typed[2]), (&json!("Sells things"), &json!("button")), "{typed:#}");
    }
    assert_eq!(seen["saved"], "Sells things");
}

#[test]
fn nothing_typed_is_lost_when_the_session_ends_or_somebody_saves_first() {
    let room = furnished();

    let seen = room.seen_by("midway", json!({ "operator": room.world.keyward.operator }));

    assert_says(&seen["asked"], "ada@example.com");
    assert_says(&seen["refused"][0], "Your session is over");
    assert_eq!(seen["refused"][1], "Sells things");
    assert_ne!(seen["refused"][2], "BODY");
    assert_eq!(seen["sent"], json!(["Sells things", "/teams/acme/apps/shop"]));
    assert_eq!(seen["made"], json!(["Till"]), "once");

    assert_eq!(seen["elsewhere"], 200);
    for words in ["Somebody else changed shop", "Sells their things", "Sells my things", "north"] {
        assert_says(&seen["conflict"], words);
    }
    assert_eq!(seen["unwritten"], Value::Null);
    assert_eq!(seen["together"], json!(["The shop", "Sells their things", "Save changes"]));
    let both = json!({ "title": "The shop", "description": "Sells their things", "labels": { "cost": "north" } });
    assert_eq!(seen["both"], both);
    assert_eq!(seen["taken"], json!(["Night job", ["true", "Name"]]));
    assert_eq!(seen["deleted"], 204);
    assert_says(&seen["gone"][0], "There is no such app here");
    assert_eq!(seen["gone"][1], "Gone");
}

#[test]
fn no_word_runs_out_of_its_place_from_right_to_left() {
    let room = furnished();
    let of_team = [
        "overview",
        "tokens",
        "tokens/new",
        "apps",
        "apps/shop",
        "apps/shop/edit",
        "apis/echo.v1",
        "apis/-/import",
        "upstreams/echo",
        "connections",
        "secrets",
        "policies/hours/edit",
        "subscriptions",
        "calls",
        "analytics",
        "audit",
        "people",
        "people?tab=roles",
        "settings",
    ];
    let mut paths = of_team.map(|page| format!("/teams/acme/{page}")).to_vec();
    paths.extend(["/account", "/installation", "/installation/keys", "/installation/security"].map(str::to_owned));

    let seen = room.seen_by("mirrored", json!({ "paths": paths }));

    let pages = seen["pages"].as_array().expect("pages");
    assert_eq!(pages.len(), 2 * paths.len());
    assert!(pages.iter().all(|page| page[1] == "rtl"), "{pages:#?}");
    assert_eq!((&seen["wide"], &seen["over"]), (&json!([]), &json!([])), "{seen:#}");
}
