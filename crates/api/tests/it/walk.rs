//! Every endpoint, as the OpenAPI document lists them: without credentials, with every scope but the right one, and
//! from another team. None can be forgotten.

use serde_json::Value;

use crate::support::{Client, World};

/// What anybody may ask.
const OPEN: [&str; 5] = ["/healthz", "/readyz", "/api/v1/health", "/api/v1/openapi.json", "/errors/{code}"];
/// What anybody may ask who comes to sign in. What is done with it is tried with the people.
const ARRIVING: [&str; 7] = [
    "/api/v1/setup",
    "/api/v1/session",
    "/api/v1/session/passkey/challenge",
    "/api/v1/session/passkey",
    "/api/v1/invitations/look",
    "/api/v1/invitations/accept",
    "/api/v1/session/reset",
];
/// What any valid token may ask.
const ANY_TOKEN: [&str; 3] =
    ["/api/v1/self", "/api/v1/self/refusals/latest", "/api/v1/self/calls/{request_id}/explanation"];

pub(crate) struct Endpoint {
    pub(crate) method: String,
    pub(crate) template: String,
    path: String,
    pub(crate) scope: Option<String>,
    open: bool,
    /// For people in a browser; a token is of no use there.
    session: bool,
}

pub(crate) fn endpoints(team: &str) -> Vec<Endpoint> {
    let document = serde_json::to_value(keyward_api::openapi()).unwrap();
    let mut endpoints = Vec::new();
    for (template, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let path = template
                .replace("{team}", team)
                .replace("{name}", "thing")
                .replace("{id}", "4fTz0aB9cD3e")
                .replace("{request_id}", "0197a1b2-0000-7000-8000-000000000000")
                .replace("{code}", "not_found");
            let requirements = operation["security"].as_array().cloned().unwrap_or_default();
            let session = requirements.iter().any(|one| one.get("session").is_some());
            let security = operation["security"][0]["token"].as_array();
            endpoints.push(Endpoint {
                method: method.to_uppercase(),
                template: template.clone(),
                path,
                scope: security.and_then(|scopes| scopes.first()).and_then(Value::as_str).map(str::to_owned),
                open: security.is_none() && !session,
                session,
            });
        }
    }
    assert!(endpoints.len() > 70, "the document lists only {} endpoints", endpoints.len());
    endpoints
}

pub(crate) async fn send(client: &Client, endpoint: &Endpoint) -> crate::support::Answer {
    // A body that no endpoint takes: what is refused before it is looked at does not depend on it.
    let body = (!matches!(endpoint.method.as_str(), "GET" | "DELETE")).then_some("{\"no_such_field\": 1}");
    client.send(&endpoint.method, &endpoint.path, &[], body).await
}

#[tokio::test]
async fn without_credentials_nothing_but_the_open_endpoints_answers() {
    let world = World::new().await;
    for endpoint in endpoints("alpha") {
        let at = format!("{} {}", endpoint.method, endpoint.template);
        let arriving = endpoint.open && ARRIVING.contains(&endpoint.template.as_str());
        assert_eq!(endpoint.open, OPEN.contains(&endpoint.template.as_str()) || arriving, "{at}");
        let answer = send(&world.nobody(), &endpoint).await;
        if arriving {
            assert!(matches!(answer.status, 200 | 204 | 422), "{at}: {}", answer.text);
        } else if endpoint.session {
            assert_eq!(answer.status, 401, "{at}: {}", answer.text);
            answer.refused("session_missing");
        } else if endpoint.open {
            assert_eq!(answer.status, 200, "{at}");
        } else {
            assert_eq!(answer.status, 401, "{at}");
            answer.refused("token_missing");
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"keyward\"", "{at}");
        }
    }
}

#[tokio::test]
async fn a_token_that_is_no_good_is_refused_everywhere() {
    let world = World::new().await;
    let revoked = world.admin(&world.alpha, "admins", &["keyward:*"]).await;
    let reason = serde_json::json!({"reason": "test"});
    world.alice.post(&format!("/api/v1/teams/alpha/tokens/{}/revoke", revoked.id()), reason).await.expect(200);
    for endpoint in endpoints("alpha").into_iter().filter(|endpoint| !endpoint.open && !endpoint.session) {
        let answer = send(&revoked, &endpoint).await;
        assert_eq!(answer.status, 401, "{} {}", endpoint.method, endpoint.template);
        answer.refused("token_revoked");
        assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""));
    }
}

#[tokio::test]
async fn every_scope_but_the_right_one_is_not_enough() {
    let world = World::new().await;
    let all: Vec<&str> = keyward_tokens::MANAGEMENT_SCOPES.iter().map(|(scope, _)| *scope).collect();
    for endpoint in endpoints("keyward").into_iter().filter(|endpoint| !endpoint.open && !endpoint.session) {
        let at = format!("{} {}", endpoint.method, endpoint.template);
        let Some(scope) = &endpoint.scope else {
            assert!(ANY_TOKEN.contains(&endpoint.template.as_str()), "{at} asks for no scope");
            continue;
        };
        assert!(all.contains(&scope.as_str()), "{at} asks for {scope}, which does not exist");
        let others: Vec<&str> = all.iter().copied().filter(|other| other != scope).collect();
        let app = format!("all-but-{}", scope.replace(':', "-"));
        let client = world.admin(&world.keyward, &app, &others).await;
        let answer = send(&client, &endpoint).await;
        assert_eq!(answer.status, 403, "{at}: {}", answer.text);
        let problem = answer.refused("scope_missing");
        assert_eq!(problem["required_scope"], serde_json::json!([scope]), "{at}");
        assert!(answer.header("www-authenticate").contains("error=\"insufficient_scope\""), "{at}");
    }
}

#[tokio::test]
async fn another_team_is_not_found_whether_it_exists_or_not() {
    let world = World::new().await;
    let foreign = endpoints("beta");
    let unknown = endpoints("gamma");
    let by_id = endpoints(&world.beta.id.to_string());
    for ((foreign, unknown), by_id) in foreign.iter().zip(&unknown).zip(&by_id) {
        let at = format!("{} {}", foreign.method, foreign.template);
        let of_operator = foreign.scope.as_deref() == Some("keyward:operator");
        if !foreign.template.contains("{team}") || of_operator {
            continue;
        }
        let mut answers = Vec::new();
        for endpoint in [foreign, unknown, by_id] {
            let answer = send(&world.alice, endpoint).await;
            assert_eq!(answer.status, 404, "{at}: {}", answer.text);
            let mut problem = answer.refused("not_found");
            problem["request_id"] = Value::Null;
            answers.push(problem);
        }
        assert_eq!(answers[0], answers[1], "{at} tells a team that exists from one that does not");
        assert_eq!(answers[0], answers[2], "{at} tells a team that exists from one that does not");
    }
}

#[tokio::test]
async fn what_is_the_operators_is_not_the_teams() {
    let world = World::new().await;
    for endpoint in endpoints("alpha") {
        if endpoint.scope.as_deref() == Some("keyward:operator") {
            let answer = send(&world.alice, &endpoint).await;
            assert_eq!(answer.status, 403, "{} {}", endpoint.method, endpoint.template);
        }
    }
}

#[tokio::test]
async fn the_operator_reaches_every_team() {
    let world = World::new().await;
    for endpoint in endpoints("beta") {
        if endpoint.method == "GET"
            && !endpoint.session
            && !endpoint.path.contains("thing")
            && !endpoint.template.contains("tail")
        {
            let answer = send(&world.operator, &endpoint).await;
            let found = answer.status == 200 || endpoint.template.contains("{request_id}");
            let nothing_there = endpoint.template.contains("{id}") || endpoint.template.contains("refusals");
            assert!(found || nothing_there, "{} {}: {}", endpoint.method, endpoint.path, answer.text);
        }
    }
}
