//! What somebody is in a team, seen from their side: in several teams, in a role of the team's own, in a team that asks
//! for a second factor, as an auditor; and invitations that let in no more.

use serde_json::{Value, json};

use super::Room;
use crate::support::keyward::Setup;
use crate::support::wall_clock::WallClock;
use crate::support::world::World;

const ON_CALL: &str = r#"
permit (
    principal in Keyward::Role::"on-call",
    action in [Keyward::Action::"teams.read", Keyward::Action::"tokens.read", Keyward::Action::"calls.read"],
    resource
);
"#;

/// Invites somebody past the pages: the link.
fn invited(world: &World, team: &str, email: &str, role: &str) -> Value {
    let body = json!({ "email": email, "role": role });
    world.keyward.api("POST", &format!("/teams/{team}/invitations"), body).ok()["link"].take()
}

#[track_caller]
fn assert_says(seen: &Value, words: &[&str]) {
    let text = seen.as_str().unwrap_or_default();
    for word in words {
        assert!(text.contains(word), "{word:?} is missing: {seen:#}");
    }
}

#[test]
fn members_switch_teams_have_roles_of_their_own_and_prove_what_a_team_asks_for() {
    let clock = WallClock::at("+0");
    let room = Room { world: World::with(Setup { env: clock.env(), ..Setup::default() }) };
    let world = &room.world;
    world.keyward.api("PUT", "/teams/elsewhere", json!({ "title": "Elsewhere" })).ok();
    let policy = json!({ "applies_to": "people", "description": "Who watches at night.", "cedar": ON_CALL });
    world.put("/policies/on-call", policy);
    let first = invited(world, "acme", "fay@example.com", "viewer");
    let second = invited(world, "elsewhere", "fay@example.com", "developer");

    let seen = room.seen_by("memberships", json!({ "first": first, "second": second, "clock": clock.file() }));

    // Nobody else can accept an invitation; whoever is in one team has nothing to switch.
    assert_says(&seen["forAnother"], &["You are signed in as ada@example.com", "Only they can accept it"]);
    assert_eq!(seen["switches"], json!(0), "{seen:#}");

    // The team's role stands beside the others, with what its policy permits, and can be given.
    assert_eq!(
        seen["roles"],
        json!(["Right", "Administrator", "Developer", "Viewer", "Auditor", "on-call"]),
        "{seen:#}"
    );
    for (noun, right) in [("Team settings", "Read"), ("Tokens", "Read"), ("Calls", "Read"), ("Apps", "–")] {
        assert_eq!(seen["rights"][noun], json!(right), "{noun}: {seen:#}");
    }
    assert_says(&seen["policy"], &["on-call"]);
    assert_eq!(seen["offered"], json!("on-call"), "{seen:#}");
    let navigation = json!(["Overview", "Calls", "Analytics", "Tokens", "Settings"]);
    assert_eq!(seen["navigation"], navigation, "{seen:#}");
    assert_says(&seen["account"], &["fay@example.com", "on-call"]);

    // Without a second factor there is no page of the team, and no answer of the API about it.
    for page in seen["asks"].as_array().expect("pages") {
        assert_says(page, &["acme asks for a second factor", "You have none yet", "Add a second factor"]);
    }
    assert_eq!(seen["answered"], json!([]), "{seen:#}");
    assert_eq!(seen["needed"], json!("acme asks for a second factor. Add an authenticator app or a passkey below."));
    assert_eq!(seen["back"], json!([false, false]), "{seen:#}");

    assert_says(&seen["dead"], &["It was used, taken back, or is older than three days", "Go to sign in"]);
    assert_eq!(seen["address"], json!(false), "the code of a link stays in no address: {seen:#}");
    assert_says(&seen["reloaded"], &["open the link again"]);

    // The keyboard always has a place.
    let focus: Vec<&str> =
        seen["focus"].as_array().expect("places").iter().filter_map(|place| place.as_str()).collect();
    let [switch, account, overview, people] = focus[..] else { panic!("{seen:#}") };
    assert_eq!((switch, account, people), ("Switch team", "Your account", "People"), "{seen:#}");
    // The page is called one or the other by whether a call has come yet, which it learns a moment later.
    assert!(["Overview", "First steps"].contains(&overview), "{seen:#}");
}

#[test]
fn an_auditor_reads_every_page_and_is_offered_nothing_that_changes_something() {
    let room = Room::new();
    let world = &room.world;
    world.put("/secrets/mail", json!({ "value": "planted-value" }));
    world.put("/connections/mail", json!({ "origin": "https://mail.example" }));
    world.put("/policies/on-call", json!({ "applies_to": "people", "cedar": ON_CALL }));
    let (token, secret) = world.token(json!({ "name": "till" }));
    let auditor = invited(world, "acme", "eve@example.com", "auditor");
    invited(world, "acme", "gil@example.com", "viewer");
    let lists = ["Tokens", "Apps", "Policies", "Apis", "Upstreams", "Connections", "Secrets"];
    let forms = [
        "tokens/new",
        &format!("tokens/{token}/edit"),
        &format!("tokens/{token}/rotate"),
        "apps/-/new",
        "apps/shop/edit",
        "apis/echo.v1/edit",
        "apis/-/import",
        "upstreams/echo/edit",
        "connections/mail/edit",
        "policies/on-call/edit",
    ];
    let requests = [
        json!(["PUT", "", {}]),
        json!(["PUT", "/apps/more", {}]),
        json!(["DELETE", "/apps/shop", {}]),
        json!(["PUT", "/upstreams/echo", { "targets": [] }]),
        json!(["PUT", "/secrets/mail", { "value": "x" }]),
        json!(["PUT", "/policies/on-call", { "cedar": "" }]),
        json!(["POST", "/tokens", { "app": "shop", "name": "x", "scopes": ["echo:read"] }]),
        json!(["POST", format!("/tokens/{token}/revoke"), { "reason": "x" }]),
        json!(["POST", format!("/tokens/{token}/rotate"), {}]),
        json!(["POST", "/invitations", { "email": "x@example.com", "role": "viewer" }]),
    ];
    let plan = json!({ "auditor": auditor, "lists": lists, "forms": forms, "requests": requests });

    let seen = room.seen_by("auditor", plan);

    // Every page there is, and on none of them anything that Eve may not ask for.
    let (eve, more) = (seen["eve"].as_object().expect("pages"), seen["more"].as_object().expect("pages"));
    let names = |pages: &serde_json::Map<String, Value>| pages.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(eve), names(more), "{seen:#}");
    assert!(eve.len() == 14 + lists.len(), "{seen:#}");
    assert_eq!(seen["refused"], json!([]), "{seen:#}");

    // What whoever runs the team is offered besides is there, on each page that has something to change.
    let changes = [
        ("Tokens", &["Create token", "Edit", "Rotate…", "Disable", "Revoke…"][..]),
        ("one of Tokens", &["Edit", "Rotate…", "Disable", "Revoke…"]),
        ("Apps", &["Create app"]),
        ("one of Apps", &["Edit"]),
        ("Subscriptions", &["Subscribe an app"]),
        ("Policies", &["Create policy"]),
        ("one of Policies", &["Edit"]),
        ("Apis", &["Import OpenAPI", "Create api"]),
        ("one of Apis", &["Edit", "Edit routes"]),
        ("Upstreams", &["Create upstream"]),
        ("one of Upstreams", &["Edit"]),
        ("Connections", &["Create connection"]),
        ("one of Connections", &["Edit"]),
        ("Secrets", &["Enter a secret"]),
        ("one of Secrets", &["Replace value"]),
        ("People", &["Invite somebody", "Change role and apps…", "Remove from the team…"]),
        ("Settings", &["Save settings"]),
    ];
    let all: Vec<&str> = changes.iter().flat_map(|(_, words)| words.iter().copied()).collect();
    for (page, words) in changes {
        let besides = more[page].as_array().expect("words");
        for word in words {
            assert!(besides.contains(&json!(word)), "{word} on {page}: {besides:#?}");
        }
    }
    for (page, offered) in eve {
        let offered = offered.as_array().expect("words");
        assert!(!offered.iter().any(|one| all.iter().any(|word| one == word)), "{page}: {offered:#?}");
    }
    assert_says(&seen["role"], &["Auditor", "You"]);
    assert!(!seen["invitations"].to_string().contains("Withdraw"), "{seen:#}");

    // Nor by keys, by the palette, by addresses or past the pages.
    assert_eq!((&seen["palette"], &seen["stays"]), (&json!([]), &json!("/teams/acme/tokens")), "{seen:#}");
    let pages = seen["forms"].as_object().expect("pages");
    assert_eq!(pages.len(), forms.len());
    for (form, title) in pages {
        assert_eq!(title, "Your role does not allow this", "{form}");
    }
    let answers = seen["answers"].as_array().expect("answers");
    assert_eq!(answers.len(), requests.len());
    for answer in answers {
        assert_eq!(answer[2], "right_missing", "{answer}");
    }
    assert_eq!(world.get("/echo/v1/echo", &secret).status, 200);
}
