//! People: the first one, signing in by everything but a passkey, what is asked twice, invitations, roles, sessions.

use std::time::Duration;

use keyward_model::Clock;
use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, World};

/// The code that an authenticator app shows now.
fn code(world: &World, secret: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = secret.chars().map(|c| format!("{:05b}", ALPHABET.find(c).unwrap())).collect();
    let bytes: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect();
    let totp = totp_rs::Builder::new().with_secret(bytes).build_noncompliant();
    totp.generate(u64::try_from(world.clock.now().as_millis() / 1000).unwrap()).to_string()
}

/// Gives somebody an authenticator app: its secret, the recovery codes, and how they go on.
async fn add_app(world: &World, client: &Client) -> (String, Vec<String>, Client) {
    let made = client.post("/api/v1/account/totp", json!({})).await.expect(200);
    let secret = made["secret"].as_str().unwrap().to_owned();
    assert!(made["uri"].as_str().unwrap().contains(&secret));
    let answer = client.post("/api/v1/account/totp/confirm", json!({"code": code(world, &secret)})).await;
    let confirmed = answer.expect(200);
    let codes = confirmed["recovery_codes"].as_array().unwrap();
    (secret, codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect(), client.keeping(&answer))
}

async fn minutes(world: &World, minutes: u64) {
    world.clock.advance(Duration::from_secs(60 * minutes));
}

#[tokio::test]
async fn a_link_makes_the_first_user_once() {
    let world = World::new().await;
    let nobody = world.nobody();
    assert_eq!(nobody.get("/api/v1/setup").await.expect(200)["needed"], true);
    let link = world.state.people.setup_code().await.unwrap();
    let first = |code: &str, password: &str| json!({"code": code, "email": "Ada@Example.com", "name": "Ada", "password": password});
    nobody.post("/api/v1/setup", first("guessed", PASSWORD)).await.refused("link_invalid");
    let weak = nobody.post("/api/v1/setup", first(link.expose(), "short")).await;
    assert_eq!(weak.fields(), ["password"], "and the link is still good");
    let newer = world.state.people.setup_code().await.unwrap();
    nobody.post("/api/v1/setup", first(link.expose(), PASSWORD)).await.refused("link_invalid");
    let made = nobody.post("/api/v1/setup", first(newer.expose(), PASSWORD)).await;
    let body = made.expect(200);
    assert_eq!(
        (&body["state"], &body["user"]["email"], &body["user"]["operator"]),
        (&json!("signed_in"), &json!("ada@example.com"), &json!(true))
    );
    let cookie = made.header("set-cookie");
    assert!(
        cookie.starts_with("__Host-keyward=")
            && cookie.ends_with("; Path=/; Max-Age=1209600; HttpOnly; Secure; SameSite=Lax"),
        "{cookie}"
    );
    let ada = nobody.keeping(&made);
    assert_eq!(ada.get("/api/v1/session").await.expect(200)["memberships"].as_array().unwrap().len(), 3, "every team");
    assert_eq!(nobody.get("/api/v1/setup").await.expect(200)["needed"], false);
    let late = world.state.people.setup_code().await.unwrap();
    nobody.post("/api/v1/setup", first(late.expose(), PASSWORD)).await.refused("link_invalid");
}

#[tokio::test]
async fn a_setup_link_is_good_for_a_quarter_of_an_hour() {
    let world = World::new().await;
    let link = world.state.people.setup_code().await.unwrap();
    minutes(&world, 15).await;
    let first = json!({"code": link.expose(), "email": "ada@example.com", "name": "Ada", "password": PASSWORD});
    world.nobody().post("/api/v1/setup", first).await.refused("link_invalid");
}

#[tokio::test]
async fn unknown_users_and_wrong_passwords_are_answered_alike() {
    let world = World::new().await;
    world.person("ada", Some((&world.alpha, "viewer"))).await;
    let nobody = world.nobody();
    let mut answers = Vec::new();
    for email in ["ada@example.com", "nobody@example.com", "not an address"] {
        let answer = nobody.post("/api/v1/session", json!({"email": email, "password": "wrong wrong wrong"})).await;
        assert_eq!(answer.status, 401);
        let mut problem = answer.refused("sign_in_failed");
        problem["request_id"] = Value::Null;
        answers.push(problem);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

#[tokio::test]
async fn guessing_is_slow_and_locks_nobody_out() {
    let world = World::new().await;
    let ada = world.person("ada", Some((&world.alpha, "viewer"))).await;
    let nobody = world.nobody();
    let attempt = |password: &'static str| {
        let nobody = nobody.clone();
        async move { nobody.post("/api/v1/session", json!({"email": "ada@example.com", "password": password})).await }
    };
    for _ in 0..5 {
        attempt("wrong wrong wrong").await.refused("sign_in_failed");
    }
    let throttled = attempt(PASSWORD).await;
    assert_eq!(throttled.status, 429, "also the right one");
    assert_eq!(throttled.refused("sign_in_throttled")["retry_after"], 900);
    assert_eq!(throttled.header("retry-after"), "900");
    ada.get("/api/v1/account").await.expect(200);
    minutes(&world, 15).await;
    attempt(PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_second_factor_ends_signing_in_and_each_code_is_good_once() {
    let world = World::new().await;
    let ada = world.person("ada", Some((&world.alpha, "administrator"))).await;
    let (secret, recovery, _) = add_app(&world, &ada).await;
    assert_eq!(recovery.len(), 10);
    minutes(&world, 1).await;
    let nobody = world.nobody();
    let half = nobody.post("/api/v1/session", json!({"email": "ada@example.com", "password": PASSWORD})).await;
    assert_eq!(half.expect(200), json!({"state": "second_factor_needed", "methods": ["totp", "recovery_code"]}));
    let half = nobody.keeping(&half);
    for path in ["/api/v1/account", "/api/v1/teams/alpha/apps", "/api/v1/roles"] {
        half.get(path).await.refused("second_factor_needed");
    }
    let prove = "/api/v1/session/second-factor";
    half.post(prove, json!({"password": PASSWORD})).await.refused("second_factor_needed");
    half.post(prove, json!({"code": "000000"})).await.refused("second_factor_failed");
    let now = code(&world, &secret);
    let whole = half.post(prove, json!({"code": now})).await;
    assert_eq!(whole.expect(200)["state"], "signed_in");
    half.get("/api/v1/session").await.refused("session_missing");
    let whole = half.keeping(&whole);
    whole.get("/api/v1/teams/alpha/apps").await.expect(200);
    let again = nobody.sign_in("ada@example.com", PASSWORD).await;
    again.post(prove, json!({"code": now})).await.refused("second_factor_failed");
    let by_code = again.post(prove, json!({"recovery_code": recovery[3].to_uppercase()})).await;
    by_code.expect(200);
    let third = nobody.sign_in("ada@example.com", PASSWORD).await;
    third.post(prove, json!({"recovery_code": recovery[3]})).await.refused("second_factor_failed");
    let account = again.keeping(&by_code).get("/api/v1/account").await.expect(200);
    assert_eq!((&account["recovery_codes_left"], &account["has_totp"]), (&json!(9), &json!(true)));
}

#[tokio::test]
async fn a_new_sealing_key_seals_what_people_sign_in_with_anew() {
    let world = World::new().await;
    let ada = world.person("ada", Some((&world.alpha, "administrator"))).await;
    let (secret, ..) = add_app(&world, &ada).await;
    let rotated = world.operator.post("/api/v1/keys/rotate", json!({"purpose": "seal"})).await.expect(200);
    assert_eq!(rotated["resealed"], json!(3), "password, app and recovery codes");
    assert_eq!(world.state.people.reseal().await, Ok(0));
    minutes(&world, 1).await;
    let half = world.nobody().sign_in("ada@example.com", PASSWORD).await;
    half.post("/api/v1/session/second-factor", json!({"code": code(&world, &secret)})).await.expect(200);
    let trail = world.operator.get("/api/v1/audit-events?action=credential.reseal").await.expect(200);
    assert_eq!(trail["items"].as_array().map(Vec::len), Some(3));
    assert_eq!(trail["items"][0]["after"], json!({"key_version": 2}));
}

#[tokio::test]
async fn the_trail_is_searched_by_who_acted() {
    let world = World::new().await;
    let ada = world.person("ada", Some((&world.alpha, "administrator"))).await;
    ada.put("/api/v1/teams/alpha/apps/mine", json!({})).await.expect(201);
    let id = ada.get("/api/v1/account").await.expect(200)["user"]["id"].as_str().unwrap().to_owned();
    let of = async |actor: &str| ada.get(&format!("/api/v1/teams/alpha/audit-events?action=app.&actor={actor}")).await;
    let found = of(&id).await.expect(200);
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(found["items"][0]["actor"]["id"], json!(id));
    assert_eq!(of("user_00000000000000000000000000").await.expect(200)["items"], json!([]));
    assert_eq!(of("ada@example.com").await.fields(), ["actor"]);
}

#[tokio::test]
async fn what_guards_others_asks_for_a_fresh_second_factor() {
    let world = World::new().await;
    let ada = world.person("ada", Some((&world.alpha, "administrator"))).await;
    let elsewhere = world.nobody().sign_in("ada@example.com", PASSWORD).await;
    let (secret, _, proved) = add_app(&world, &ada).await;
    ada.get("/api/v1/session").await.refused("session_missing");
    let app = "/api/v1/teams/alpha/apps/reports";
    proved.put(app, json!({})).await.expect(201);
    proved.put(app, json!({"description": "Whoever adds an app has proved it."})).await.expect(200);
    let ada = elsewhere;
    let asked = ada.delete(app).await;
    assert_eq!(asked.status, 403, "it was never proved in this session");
    assert_eq!(asked.refused("second_factor_needed")["methods"], json!(["totp", "recovery_code"]));
    ada.put(app, json!({"title": "Reports"})).await.refused("second_factor_needed");
    minutes(&world, 1).await;
    let proved = ada.post("/api/v1/session/second-factor", json!({"code": code(&world, &secret)})).await;
    proved.expect(200);
    let ada = ada.keeping(&proved);
    ada.put(app, json!({"title": "Reports"})).await.expect(200);
    minutes(&world, 10).await;
    ada.delete(app).await.refused("second_factor_needed");
    ada.get("/api/v1/teams/alpha/apps").await.expect(200);
    let proved = ada.post("/api/v1/session/second-factor", json!({"code": code(&world, &secret)})).await;
    ada.keeping(&proved).delete(app).await.expect(204);
}

#[tokio::test]
async fn without_a_second_factor_the_password_is_asked_for_again() {
    let world = World::new().await;
    let ada = world.person("ada", Some((&world.alpha, "administrator"))).await;
    let app = "/api/v1/teams/alpha/apps/reports";
    ada.put(app, json!({})).await.expect(201);
    minutes(&world, 11).await;
    assert_eq!(ada.delete(app).await.refused("second_factor_needed")["methods"], json!(["password"]));
    let prove = "/api/v1/session/second-factor";
    ada.post(prove, json!({"password": "wrong wrong wrong"})).await.refused("sign_in_failed");
    ada.post(prove, json!({"code": "1", "password": "2"})).await.refused("field_invalid");
    let proved = ada.post(prove, json!({"password": PASSWORD})).await;
    proved.expect(200);
    ada.keeping(&proved).delete(app).await.expect(204);
}

#[tokio::test]
async fn a_team_may_ask_everybody_for_a_second_factor() {
    let world = World::new().await;
    let ada = world.person("ada", Some((&world.alpha, "administrator"))).await;
    let rule = json!({"members": {"require_second_factor": true}});
    world.alice.patch("/api/v1/teams/alpha", rule).await.expect(200);
    assert_eq!(ada.get("/api/v1/teams/alpha/apps").await.refused("second_factor_needed")["methods"], json!([]));
    let session = ada.get("/api/v1/session").await.expect(200);
    assert_eq!(session["memberships"][0]["needs_second_factor"], true);
    let elsewhere = world.nobody().sign_in("ada@example.com", PASSWORD).await;
    let (secret, _, ada) = add_app(&world, &ada).await;
    ada.get("/api/v1/teams/alpha/apps").await.expect(200);
    elsewhere.get("/api/v1/teams/alpha/apps").await.refused("second_factor_needed");
    minutes(&world, 1).await;
    let proved = elsewhere.post("/api/v1/session/second-factor", json!({"code": code(&world, &secret)})).await;
    elsewhere.keeping(&proved).get("/api/v1/teams/alpha/apps").await.expect(200);
}

#[tokio::test]
async fn an_invitation_works_once_for_one_address_for_three_days() {
    let world = World::new().await;
    let ada = world.person("ada", Some((&world.alpha, "administrator"))).await;
    let invite = |email: &'static str, role: &'static str| {
        let ada = ada.clone();
        async move { ada.post("/api/v1/teams/alpha/invitations", json!({"email": email, "role": role})).await }
    };
    assert_eq!(invite("ada@example.com", "viewer").await.status, 409, "she is there already");
    assert_eq!(invite("grace@example.com", "captain").await.fields(), ["role"]);
    let made = invite("grace@example.com", "developer").await.expect(201);
    let link = made["link"].as_str().unwrap().to_owned();
    let code = link.strip_prefix("https://keyward.example/invitation#").unwrap();
    let nobody = world.nobody();
    let offer = nobody.post("/api/v1/invitations/look", json!({"code": code})).await.expect(200);
    assert_eq!((&offer["role"], &offer["account_exists"]), (&json!("developer"), &json!(false)));
    let bert = world.person("bert", Some((&world.beta, "viewer"))).await;
    assert_eq!(bert.post("/api/v1/invitations/accept", json!({"code": code})).await.status, 409, "it is for grace");
    let accept = json!({"code": code, "name": "Grace", "password": PASSWORD});
    let accepted = nobody.post("/api/v1/invitations/accept", accept.clone()).await;
    assert_eq!(accepted.expect(200)["memberships"][0]["role"], "developer");
    nobody.post("/api/v1/invitations/accept", accept).await.refused("link_invalid");
    // The same user into another team.
    let second = world.person("carl", Some((&world.beta, "administrator"))).await;
    let made =
        second.post("/api/v1/teams/beta/invitations", json!({"email": "grace@example.com", "role": "viewer"})).await;
    let made = made.expect(201);
    let code = made["link"].as_str().unwrap().rsplit('#').next().unwrap().to_owned();
    let grace = nobody.keeping(&accepted);
    let joined = grace.post("/api/v1/invitations/accept", json!({"code": code})).await.expect(200);
    assert_eq!(joined["memberships"].as_array().unwrap().len(), 2);
    // Taken back, and too old.
    let withdrawn = invite("henry@example.com", "viewer").await.expect(201);
    let path = format!("/api/v1/teams/alpha/invitations/{}", withdrawn["invitation"]["id"].as_str().unwrap());
    ada.delete(&path).await.expect(204);
    let old = invite("irene@example.com", "viewer").await.expect(201);
    minutes(&world, 72 * 60).await;
    for made in [withdrawn, old] {
        let code = made["link"].as_str().unwrap().rsplit('#').next().unwrap();
        nobody.post("/api/v1/invitations/look", json!({"code": code})).await.refused("link_invalid");
    }
}

#[tokio::test]
async fn a_developer_manages_the_tokens_of_their_own_apps_alone() {
    let world = World::new().await;
    let ada = world.person("ada", Some((&world.alpha, "administrator"))).await;
    let dev = world.person("dev", Some((&world.alpha, "developer"))).await;
    let mine = ada.put("/api/v1/teams/alpha/apps/mine", json!({})).await.expect(201)["id"].clone();
    ada.put("/api/v1/teams/alpha/apps/other", json!({})).await.expect(201);
    let members = ada.get("/api/v1/teams/alpha/members").await.expect(200);
    let id = members["items"].as_array().unwrap().iter().find(|member| member["role"] == "developer").unwrap()["user"]
        ["id"]
        .clone();
    let member = format!("/api/v1/teams/alpha/members/{}", id.as_str().unwrap());
    let tokens = "/api/v1/teams/alpha/tokens";
    let create = |app: &str| json!({"app": app, "name": "test"});
    dev.post(tokens, create("mine")).await.refused("right_missing");
    ada.patch(&member, json!({"apps": [mine]})).await.expect(200);
    let made = dev.post(tokens, create("mine")).await.expect(201);
    for app in ["other", "nowhere"] {
        dev.post(tokens, create(app)).await.refused("right_missing");
    }
    // What another's request came to is not repeated to them.
    let keyed = [("idempotency-key", "k1")];
    let body = create("mine").to_string();
    let first = ada.send("POST", tokens, &keyed, Some(&body)).await.expect(201);
    let second = dev.send("POST", tokens, &keyed, Some(&body)).await;
    assert_eq!(second.header("idempotency-replayed"), "");
    assert_ne!(second.expect(201)["token"]["id"], first["token"]["id"]);
    let own = format!("{tokens}/{}", made["token"]["id"].as_str().unwrap());
    let others = ada.post(tokens, create("other")).await.expect(201);
    let others = format!("{tokens}/{}", others["token"]["id"].as_str().unwrap());
    dev.get(&others).await.expect(200);
    for (path, body) in [("disable", json!({})), ("rotate", json!({})), ("revoke", json!({"reason": "test"}))] {
        dev.post(&format!("{others}/{path}"), body).await.refused("right_missing");
    }
    dev.patch(&others, json!({"name": "mine now"})).await.refused("right_missing");
    dev.post(&format!("{own}/approve"), json!({})).await.refused("right_missing");
    dev.patch(&own, json!({"name": "renamed"})).await.expect(200);
    dev.post(&format!("{own}/revoke"), json!({"reason": "test"})).await.expect(200);
    let session = dev.get("/api/v1/session").await.expect(200);
    assert_eq!(
        (&session["memberships"][0]["own_apps_only"], &session["memberships"][0]["apps"]),
        (&json!(true), &json!([mine]))
    );
}

#[tokio::test]
async fn a_team_defines_roles_of_its_own() {
    let world = World::new().await;
    let ada = world.person("ada", Some((&world.alpha, "administrator"))).await;
    let policy = "/api/v1/teams/alpha/policies/on-call";
    let cedar = "permit(principal in Keyward::Role::\"on-call\", action == Keyward::Action::\"apps.read\", resource);";
    assert_eq!(ada.put(policy, json!({"cedar": cedar})).await.fields(), ["cedar"], "it is not about calls");
    ada.put(policy, json!({"cedar": cedar, "applies_to": "people"})).await.expect(201);
    let roles = ada.get("/api/v1/teams/alpha/roles").await.expect(200);
    assert_eq!(roles["roles"], json!(["administrator", "developer", "viewer", "auditor", "on-call"]));
    let olga = world.person("olga", Some((&world.alpha, "on-call"))).await;
    olga.get("/api/v1/teams/alpha/apps").await.expect(200);
    olga.get("/api/v1/teams/alpha/tokens").await.refused("right_missing");
    let bad =
        json!({"cedar": "permit(principal, action == Keyward::Action::\"eat\", resource);", "applies_to": "people"});
    assert_eq!(ada.put(policy, bad).await.fields(), ["cedar"]);
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let world = World::new().await;
    let ada = world.person("ada", Some((&world.alpha, "administrator"))).await;
    let members = ada.get("/api/v1/teams/alpha/members").await.expect(200);
    let path = format!("/api/v1/teams/alpha/members/{}", members["items"][0]["user"]["id"].as_str().unwrap());
    assert_eq!(ada.delete(&path).await.status, 409);
    assert_eq!(ada.patch(&path, json!({"role": "viewer"})).await.status, 409);
    world.person("eve", Some((&world.alpha, "administrator"))).await;
    ada.patch(&path, json!({"role": "viewer"})).await.expect(200);
    ada.get("/api/v1/teams/alpha/audit-events").await.refused("right_missing");
}

#[tokio::test]
async fn sessions_are_listed_and_end_here_everywhere_and_by_themselves() {
    let world = World::new().await;
    let first = world.person("ada", Some((&world.alpha, "viewer"))).await;
    let second = world.nobody().sign_in("ada@example.com", PASSWORD).await;
    let third = world.nobody().sign_in("ada@example.com", PASSWORD).await;
    let listed = first.get("/api/v1/account/sessions").await.expect(200);
    let listed = listed["items"].as_array().unwrap();
    assert_eq!((listed.len(), listed.iter().filter(|session| session["current"] == true).count()), (3, 1));
    second.delete("/api/v1/session").await.expect(204);
    second.get("/api/v1/account").await.refused("session_missing");
    first.delete("/api/v1/account/sessions").await.expect(204);
    third.get("/api/v1/teams/alpha/apps").await.refused("session_ended");
    first.get("/api/v1/account").await.expect(200);
    let other = world.nobody().sign_in("ada@example.com", PASSWORD).await;
    let change = json!({"current": "wrong wrong wrong", "new": "another horse battery"});
    assert_eq!(first.put("/api/v1/account/password", change).await.fields(), ["current"]);
    let change = json!({"current": PASSWORD, "new": "another horse battery"});
    first.put("/api/v1/account/password", change).await.expect(204);
    other.get("/api/v1/account").await.refused("session_missing");
    world.nobody().sign_in("ada@example.com", "another horse battery").await;
    minutes(&world, 24 * 60).await;
    first.get("/api/v1/account").await.refused("session_missing");
}

#[tokio::test]
async fn another_sites_page_can_do_nothing() {
    let world = World::new().await;
    let ada = world.person("ada", Some((&world.alpha, "administrator"))).await;
    for headers in [&[("sec-fetch-site", "cross-site")][..], &[("origin", "https://evil.example")]] {
        for (method, path) in
            [("GET", "/api/v1/teams/alpha/apps"), ("POST", "/api/v1/account/totp"), ("DELETE", "/api/v1/session")]
        {
            let answer = ada.send(method, path, headers, None).await;
            assert_eq!(answer.status, 403, "{method} {path} {headers:?}");
            answer.refused("cross_site");
        }
    }
    ada.get("/api/v1/account").await.expect(200);
}

#[tokio::test]
async fn what_people_do_stands_in_the_trail_and_nothing_secret_does() {
    let world = World::new().await;
    let ada = world.person("ada", Some((&world.alpha, "administrator"))).await;
    let (secret, recovery, _) = add_app(&world, &ada).await;
    world.nobody().post("/api/v1/session", json!({"email": "ada@example.com", "password": "planted wrong one"})).await;
    world.nobody().post("/api/v1/session", json!({"email": "planted@mistyped.example", "password": "x"})).await;
    let trail = world.operator.get("/api/v1/audit-events?limit=100").await.expect(200);
    let actions: Vec<&str> =
        trail["items"].as_array().unwrap().iter().map(|event| event["action"].as_str().unwrap()).collect();
    for action in ["user.create", "totp.begin", "totp.add", "session.refuse"] {
        assert!(actions.contains(&action), "{action} is not among {actions:?}");
    }
    let refused = trail["items"].as_array().unwrap().iter().find(|event| event["action"] == "session.refuse").unwrap();
    assert_eq!((&refused["actor"]["kind"], &refused["address"]), (&json!("stranger"), &json!("127.0.0.1")));
    let cookie = ada.cookie.as_deref().unwrap().strip_prefix("__Host-keyward=").unwrap();
    for planted in [PASSWORD, "planted wrong one", "planted@mistyped", &secret, &recovery[0], cookie] {
        assert!(!trail.to_string().contains(planted), "the trail holds {planted}");
    }
    let team = world.alice.get("/api/v1/teams/alpha/audit-events").await.expect(200).to_string();
    assert!(team.contains("membership.create") && team.contains("invitation.accept"), "{team}");
    let verified = world.operator.get("/api/v1/audit-events/verification").await.expect(200);
    assert_eq!(verified["sound"], true, "{verified}");
}

#[tokio::test]
async fn a_call_is_tried_with_a_token_that_lives_for_it_alone() {
    let world = World::new().await;
    let ada = world.person("ada", Some((&world.alpha, "administrator"))).await;
    ada.put("/api/v1/teams/alpha/apps/shop", json!({})).await.expect(201);
    let attempt = |body: Value| {
        let ada = ada.clone();
        async move { ada.post("/api/v1/teams/alpha/test-calls", body).await }
    };
    let path = "/orders/v1/orders?status=open";
    let tried = attempt(json!({"path": path, "app": "shop", "headers": {"x-a": "1"}})).await;
    let heard = tried.expect(200)["answer"]["body"].as_str().unwrap().to_owned();
    let id = heard.strip_prefix(&format!("GET {path} 1 0 kw_")).unwrap();
    let token = ada.get(&format!("/api/v1/teams/alpha/tokens/{id}")).await.expect(200);
    assert_eq!((&token["status"], &token["name"]), (&json!("revoked"), &json!("trying a call")));
    let like =
        attempt(json!({"path": path, "like": id})).await.expect(200)["answer"]["body"].as_str().unwrap().to_owned();
    assert!(like.starts_with(&format!("GET {path} 0 0 kw_")) && !like.contains(id), "{like}");
    let given = attempt(json!({"method": "post", "path": "/x", "body": "12345", "token": "kw_given"})).await;
    assert_eq!(given.expect(200)["answer"]["body"], "POST /x 0 5 kw_given");
    for (body, field) in [
        (json!({"path": "orders", "app": "shop"}), "path"),
        (json!({"path": "http://elsewhere/", "app": "shop"}), "path"),
        (json!({"path": "/", "method": "G T", "app": "shop"}), "method"),
        (json!({"path": "/", "app": "shop", "headers": {"Authorization": "x"}}), "headers.Authorization"),
        (json!({"path": "/", "app": "shop", "headers": {"x-a": "1\r\nhost: 2"}}), "headers.x-a"),
        (json!({"path": "/", "app": "shop", "token": "kw_x"}), "token"),
        (json!({"path": "/"}), "token"),
        (json!({"path": "/", "app": "nowhere"}), "app"),
        (json!({"path": "/", "app": "shop", "scopes": ["orders:delete"]}), "scopes"),
    ] {
        let answer = attempt(body.clone()).await;
        assert!(answer.fields()[0].starts_with(field), "{body}: {}", answer.text);
    }
    let viewer = world.person("vera", Some((&world.alpha, "viewer"))).await;
    viewer.post("/api/v1/teams/alpha/test-calls", json!({"path": "/", "app": "shop"})).await.refused("right_missing");
}

#[tokio::test]
async fn operators_suspend_reset_and_never_leave_nobody() {
    let world = World::new().await;
    let olive = world.person("olive", None).await;
    let ada = world.person("ada", Some((&world.alpha, "viewer"))).await;
    let (secret, _, ada) = add_app(&world, &ada).await;
    let users = olive.get("/api/v1/users").await.expect(200);
    let id = |email: &str| {
        let found = users["items"].as_array().unwrap().iter().find(|user| user["email"] == email).unwrap();
        format!("/api/v1/users/{}", found["id"].as_str().unwrap())
    };
    ada.get("/api/v1/users").await.refused("right_missing");
    assert_eq!(olive.patch(&id("olive@example.com"), json!({"operator": false})).await.status, 409);
    assert_eq!(olive.patch(&id("olive@example.com"), json!({"suspended": true})).await.status, 409);
    olive.patch(&id("ada@example.com"), json!({"suspended": true})).await.expect(200);
    ada.get("/api/v1/account").await.refused("session_missing");
    let sign_in = |password: &'static str| {
        let nobody = world.nobody();
        async move { nobody.post("/api/v1/session", json!({"email": "ada@example.com", "password": password})).await }
    };
    sign_in(PASSWORD).await.refused("sign_in_failed");
    olive.patch(&id("ada@example.com"), json!({"suspended": false, "operator": true})).await.expect(200);
    olive.patch(&id("olive@example.com"), json!({"operator": false})).await.expect(200);
    olive.get("/api/v1/users").await.refused("right_missing");
    // Another password, the second factor stays; then without it.
    for (number, remove) in [(1, false), (2, true)] {
        let path = format!("{}/reset", id("ada@example.com"));
        let made = world.operator.post(&path, json!({"remove_second_factors": remove})).await.expect(201);
        let code = made["link"].as_str().unwrap().strip_prefix("https://keyward.example/reset#").unwrap().to_owned();
        let reset = |password: &str| json!({"code": code, "password": password});
        let nobody = world.nobody();
        assert_eq!(nobody.post("/api/v1/session/reset", reset("short")).await.fields(), ["password"]);
        nobody.post("/api/v1/session/reset", reset("another horse battery")).await.expect(204);
        nobody.post("/api/v1/session/reset", reset("another horse battery")).await.refused("link_invalid");
        let state = sign_in("another horse battery").await.expect(200)["state"].clone();
        assert_eq!(state, if remove { "signed_in" } else { "second_factor_needed" }, "round {number}");
    }
    assert!(!secret.is_empty());
}
