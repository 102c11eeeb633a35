//! Making tokens.

use keyward_model::Code;
use keyward_model::team::{TeamSpec, TokenRules};
use keyward_model::token::{Presented, TokenState, TokenStatus};
use keyward_tokens::{CreateError, Creation, Failure, IdempotencyKey, RevokeToken};
use serde_json::json;

use crate::world::{DAY, World, caller, cause, everything, fields, request, scopes};

#[tokio::test]
async fn a_token_is_made_with_the_teams_defaults_and_works_at_once() {
    let world = World::with(TeamSpec { token_prefix: "crm".parse().expect("a prefix"), ..TeamSpec::default() }).await;
    let issued = world.issue(request(json!({"description": "the till", "labels": {"env": "prod"}}))).await;
    let token = &issued.token;
    assert_eq!(token.status(world.now()), TokenStatus::Active);
    assert_eq!(token.expires_at, Some(world.now().plus(30 * DAY)));
    assert_eq!((token.team, token.app, token.version), (world.team.id, world.app.id, 1));

    let presented = Presented::parse(issued.secret.expose()).expect("well-formed");
    assert_eq!((presented.id, presented.prefix), (token.id, "crm"));
    assert!(issued.secret.expose().ends_with(&token.last_four));

    let found = world.present(issued.secret.expose()).expect("known");
    assert_eq!((found.token.id(), found.token.version()), (token.id, token.version));
    assert_eq!((found.app().id, found.team().id), (world.app.id, world.team.id));
    assert_eq!(world.stored(token.id).await, *token);

    let trail = world.trail(token.id).await;
    assert_eq!(trail.len(), 1);
    assert_eq!((trail[0].action.as_str(), &trail[0].before), ("token.create", &None));
    assert_eq!(trail[0].after.as_ref().expect("after")["name"], "checkout");
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_the_name_of_its_field() {
    let world = World::new().await;
    let refused = async |with: serde_json::Value| {
        let error =
            world.tokens.create(cause(), world.team.id, request(with), &everything()).await.expect_err("refused");
        fields(&error).join(",")
    };
    assert_eq!(refused(json!({"app": "nobody"})).await, "app");
    assert_eq!(refused(json!({"name": " "})).await, "name");
    assert_eq!(refused(json!({"scopes": ["stock:read"]})).await, "scopes");
    assert_eq!(refused(json!({"scopes": ["orders:raed"]})).await, "scopes");
    assert_eq!(refused(json!({"scopes": ["keyward:operator"]})).await, "scopes");
    assert_eq!(refused(json!({"scopes": ["keyward:tokens.eat"]})).await, "scopes");
    assert_eq!(refused(json!({"expires_at": "never"})).await, "expires_at");
    assert_eq!(refused(json!({"expires_at": "2029-12-31T00:00:00Z"})).await, "expires_at");
    let late = json!({"not_before": "2030-02-01T00:00:00Z", "expires_at": "2030-01-20T00:00:00Z"});
    assert_eq!(refused(late).await, "expires_at");
    assert_eq!(refused(json!({"restrictions": {"apis": [{"api": "stock"}]}})).await, "restrictions.apis[0].api");
    let route = json!({"restrictions": {"apis": [{"api": "orders", "routes": ["list", "eat"]}]}});
    assert_eq!(refused(route).await, "restrictions.apis[0].routes");
    assert_eq!(
        refused(json!({"limits": {"rates": [{"limit": 0, "window_seconds": 1}]}})).await,
        "limits.rates[0].limit"
    );
    assert_eq!(world.live.len(), 0);
    let page = world.store.tokens(world.team.id, &Default::default(), &Default::default()).await.expect("a page");
    assert!(page.items.is_empty(), "nothing was made");
}

#[tokio::test]
async fn nobody_gives_more_of_management_than_they_hold() {
    let world = World::new().await;
    let create = async |wanted: &[&str], held: &[&str]| {
        let asked = request(json!({"scopes": wanted}));
        world.tokens.create(cause(), world.team.id, asked, &scopes(held)).await.map(drop)
    };
    assert!(create(&["orders:read"], &["keyward:tokens.write"]).await.is_ok());
    assert!(create(&["keyward:tokens.write"], &["keyward:tokens.write"]).await.is_ok());
    assert!(create(&["keyward:audit.read"], &["keyward:*"]).await.is_ok());
    let escalation = create(&["keyward:*"], &["keyward:tokens.write"]).await.expect_err("refused");
    assert_eq!(fields(&escalation), ["scopes"]);
    assert!(escalation.to_string().contains("do not hold"), "{escalation}");
}

#[tokio::test]
async fn operators_are_made_in_the_installations_team_only() {
    let world = World::new().await;
    let entitled = || keyward_model::app::AppSpec { scopes: everything(), ..Default::default() };
    let asked = || request(json!({"app": "ops", "scopes": ["keyward:operator"]}));
    world.add(&world.team, "ops", entitled()).await;
    let refused = world.tokens.create(cause(), world.team.id, asked(), &everything()).await.expect_err("refused");
    assert!(refused.to_string().contains("beyond the team"), "{refused}");

    let keyward = world.add_team("keyward").await;
    world.add(&keyward, "ops", entitled()).await;
    assert!(world.tokens.create(cause(), keyward.id, asked(), &everything()).await.is_ok());
    let climbing = world.tokens.create(cause(), keyward.id, asked(), &scopes(&["keyward:*"])).await;
    assert!(climbing.expect_err("refused").to_string().contains("do not hold"));
}

#[tokio::test]
async fn never_is_there_where_the_team_allows_it() {
    let rules = TokenRules { allow_never_expiring: true, default_lifetime_days: 7, ..TokenRules::default() };
    let world = World::with(TeamSpec { tokens: rules, ..TeamSpec::default() }).await;
    let endless = world.issue(request(json!({"expires_at": "never"}))).await;
    assert_eq!(endless.token.expires_at, None);
    let usual = world.issue(request(json!({}))).await;
    assert_eq!(usual.token.expires_at, Some(world.now().plus(7 * DAY)));
}

#[tokio::test]
async fn where_approval_is_asked_a_second_person_gives_it() {
    let rules = TokenRules { require_approval: true, ..TokenRules::default() };
    let world = World::with(TeamSpec { tokens: rules, ..TeamSpec::default() }).await;
    let (maker, other) = (caller("aaaaaaaaaaaa"), caller("bbbbbbbbbbbb"));
    let made = world.tokens.create(maker.clone(), world.team.id, request(json!({})), &everything()).await;
    let issued = made.expect("a token");
    world.settle(issued.revision).await;
    let id = issued.token.id;
    assert_eq!(issued.token.state, TokenState::Pending);
    assert_eq!(world.admits(issued.secret.expose()), Err(Code::TokenPending));

    let own = world.tokens.approve(maker, world.team.id, id, None).await.expect_err("refused");
    assert_eq!(own.code(), Code::Conflict);
    let enabled = world.tokens.enable(other.clone(), world.team.id, id, None).await.expect_err("no way around");
    assert_eq!(enabled.code(), Code::Conflict);

    let approved = world.tokens.approve(other.clone(), world.team.id, id, Some("asked by phone".to_owned())).await;
    let approved = approved.expect("approved");
    world.settle(approved.revision).await;
    assert_eq!(world.admits(issued.secret.expose()), Ok(()));
    let again = world.tokens.approve(other, world.team.id, id, None).await.expect("nothing to do");
    assert_eq!(again.token.version, approved.token.version);
    assert_eq!(world.actions(id).await, ["token.create", "token.approve"]);
}

#[tokio::test]
async fn a_repeated_creation_makes_one_token_and_shows_its_secret_once() {
    let world = World::new().await;
    let key = |fingerprint: &str| IdempotencyKey { key: "k1".to_owned(), fingerprint: fingerprint.to_owned() };
    let create = async |key: IdempotencyKey| {
        world.tokens.create_once(cause(), world.team.id, request(json!({})), &everything(), &key).await
    };
    let Ok(Creation::Made(issued)) = create(key("one")).await else { panic!("the first makes a token") };
    let Ok(Creation::Repeated(token)) = create(key("one")).await else { panic!("the second finds it") };
    assert_eq!(token, issued.token);
    assert!(matches!(create(key("other")).await, Err(CreateError::KeyReused)));

    let revoke = RevokeToken { reason: "over".to_owned() };
    world.tokens.revoke(cause(), world.team.id, token.id, revoke).await.expect("revoked");
    let Ok(Creation::Repeated(token)) = create(key("one")).await else { panic!("dead or not, it is the one") };
    assert_eq!(token.state, TokenState::Revoked);
}

#[tokio::test]
async fn two_creations_at_once_under_one_key_make_one_token() {
    let world = World::new().await;
    let key = IdempotencyKey { key: "k1".to_owned(), fingerprint: "one".to_owned() };
    let create = || world.tokens.create_once(cause(), world.team.id, request(json!({})), &ALL, &key);
    static ALL: std::sync::LazyLock<keyward_model::scope::ScopeSet> = std::sync::LazyLock::new(everything);
    let (one, other) = tokio::join!(create(), create());
    let made = [one, other].into_iter().filter(|outcome| matches!(outcome, Ok(Creation::Made(_)))).count();
    assert_eq!(made, 1);
    let page = world.store.tokens(world.team.id, &Default::default(), &Default::default()).await.expect("a page");
    assert_eq!(page.items.len(), 1);
}

#[tokio::test]
async fn unknown_fields_are_refused() {
    let misspelt = serde_json::from_value::<keyward_tokens::CreateToken>(json!({"app": "a", "name": "b", "scope": []}));
    assert!(misspelt.is_err());
}
