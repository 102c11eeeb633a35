//! What belongs to another team cannot be reached, by whatever address.

use serde_json::json;

use super::Room;

/// Names of things of the team `acme`, in nobody else's words.
const PLANTED: [&str; 4] = ["planted-app", "planted-upstream", "planted-token", "planted-policy"];

#[test]
fn another_teams_things_are_not_found_by_any_address() {
    let room = Room::new();
    let world = &room.world;
    world.put("/apps/planted-app", json!({ "scopes": ["echo:read"] }));
    world.put("/upstreams/planted-upstream", json!({ "targets": [{ "url": "http://127.0.0.1:9" }] }));
    world.put("/policies/planted-policy", json!({ "cedar": "forbid (principal, action, resource) when { false };" }));
    world.put("/secrets/planted-secret", json!({ "value": "planted-value" }));
    world.put("/connections/planted-connection", json!({ "origin": "https://planted.example" }));
    let (token, secret) = world.token(json!({ "name": "planted-token", "app": "planted-app" }));
    let call = world.get("/echo/v1/echo", &secret);
    assert_eq!(call.status, 200);
    let request = call.header("x-request-id").expect("an id").to_owned();
    let pages = [
        "overview",
        "tokens",
        "tokens/new",
        "apps",
        "apps/planted-app",
        "apps/planted-app/edit",
        "apis",
        "apis/echo.v1",
        "apis/echo.v1/edit",
        "apis/-/import",
        "upstreams/planted-upstream",
        "upstreams/planted-upstream/edit",
        "connections/planted-connection",
        "secrets",
        "secrets/planted-secret",
        "policies/planted-policy",
        "subscriptions",
        "calls",
        "analytics",
        "audit",
        "people",
        "settings",
    ];
    let mut paths: Vec<String> = pages.iter().map(|page| format!("/teams/acme/{page}")).collect();
    paths.extend(["", "/rotate", "?tab=calls", "?tab=explain"].map(|tail| format!("/teams/acme/tokens/{token}{tail}")));
    paths.push(format!("/teams/acme/calls?call={request}"));
    // By ids of the other team below one's own.
    paths.push(format!("/teams/elsewhere/tokens/{token}"));
    paths.push(format!("/teams/elsewhere/calls?call={request}"));
    paths.push("/teams/elsewhere/apps/planted-app".to_owned());
    paths.extend(
        ["/installation", "/installation/teams", "/installation/users", "/installation/audit"].map(str::to_owned),
    );
    let mut requests = Vec::new();
    for team in ["acme", "elsewhere"] {
        for tail in ["", "/usage"] {
            requests.push(json!(["GET", format!("/teams/{team}/tokens/{token}{tail}")]));
        }
        for (tail, body) in [("/rotate", json!({})), ("/revoke", json!({ "reason": "x" })), ("/disable", json!({}))] {
            requests.push(json!(["POST", format!("/teams/{team}/tokens/{token}{tail}"), body]));
        }
        for tail in ["", "/explanation", "/capture"] {
            requests.push(json!(["GET", format!("/teams/{team}/calls/{request}{tail}")]));
        }
        requests.push(json!(["PATCH", format!("/teams/{team}/tokens/{token}")]));
        requests.push(json!(["GET", format!("/teams/{team}/apps/planted-app")]));
        requests.push(json!(["DELETE", format!("/teams/{team}/apps/planted-app")]));
        requests.push(json!(["GET", format!("/teams/{team}/secrets/planted-secret")]));
    }
    for path in ["calls", "analytics", "audit-events", "members", "export", "calls/export", "calls/addresses"] {
        requests.push(json!(["GET", format!("/teams/acme/{path}")]));
    }

    let operator = |method, path, body| world.keyward.api(method, path, body).ok();
    operator("PUT", "/teams/elsewhere", json!({}));
    let somebody = json!({ "email": "vera@example.com", "role": "administrator" });
    let invited = operator("POST", "/teams/elsewhere/invitations", somebody);
    let plan = json!({
        "invitation": invited["link"], "other": "elsewhere", "planted": PLANTED, "paths": paths, "requests": requests,
    });

    let seen = room.seen_by("reach", plan);

    assert_eq!((&seen["leaks"], &seen["found"]), (&json!([]), &json!([])), "{seen:#}");
    assert_eq!(seen["memberships"], json!(["elsewhere"]));
    assert_eq!(seen["palette"], json!(0), "{seen:#}");
    let answers = seen["answers"].as_array().expect("answers");
    assert_eq!(answers.len(), requests.len());
    for answer in answers {
        assert_eq!(answer[2], "not_found", "{answer}");
    }
    let pages = seen["pages"].as_object().expect("pages");
    assert_eq!(pages.len(), paths.len());
    for (path, title) in pages.iter().filter(|(path, _)| path.starts_with("/teams/acme")) {
        assert_eq!(title, "There is nothing at this address", "{path}");
    }
    // Nothing was changed by asking.
    assert_eq!(world.get("/echo/v1/echo", &secret).status, 200);
}
