//! Who counts as a second person, and that no token lifts its own bounds.

use keyward_model::Code;
use keyward_model::audit::{AuditDraft, Cause};
use keyward_model::resource::Kind;
use keyward_model::team::{TeamSpec, TokenRules};
use keyward_model::token::{Token, TokenState};
use keyward_tokens::{EditToken, Failure, RotateToken};
use serde_json::{Value, json};

use crate::world::{World, body, caller, everything, request};

/// A team whose tokens are approved by a second person.
async fn strict() -> World {
    let rules = TokenRules { require_approval: true, ..TokenRules::default() };
    World::with(TeamSpec { tokens: rules, ..TeamSpec::default() }).await
}

fn by(token: &Token) -> Cause {
    caller(&token.id.to_string())
}

async fn made(world: &World, cause: Cause) -> Token {
    let request = request(json!({"expires_at": "2030-01-20T00:00:00Z"}));
    world.tokens.create(cause, world.team.id, request, &everything()).await.expect("a token").token
}

async fn rotated(world: &World, cause: Cause, token: &Token, with: Value) -> Result<Token, Code> {
    let request: RotateToken = body(json!({}), with);
    let rotated = world.tokens.rotate(cause, world.team.id, token.id, request, &everything()).await;
    rotated.map(|rotated| rotated.new.token).map_err(|error| error.code())
}

async fn approved(world: &World, cause: Cause, token: &Token) -> Result<Token, Code> {
    let approved = world.tokens.approve(cause, world.team.id, token.id, None).await;
    approved.map(|changed| changed.token).map_err(|error| error.code())
}

async fn edited(world: &World, cause: Cause, token: &Token, with: Value) -> Result<Token, Code> {
    let request: EditToken = body(json!({}), with);
    let edited = world.tokens.edit(cause, world.team.id, token.id, request, None, &everything()).await;
    edited.map(|changed| changed.token).map_err(|error| error.code())
}

#[tokio::test]
async fn a_successor_is_not_a_second_person_nor_is_a_token_that_one_made() {
    let world = strict().await;
    let second = caller("bbbbbbbbbbbb");
    let mine = made(&world, Cause::machine("test")).await;
    approved(&world, second.clone(), &mine).await.expect("approved");
    let child = made(&world, by(&mine)).await;
    approved(&world, second.clone(), &child).await.expect("approved");
    let asked = made(&world, by(&mine)).await;
    let next = rotated(&world, by(&mine), &mine, json!({})).await.expect("rotated");
    let after_next = rotated(&world, by(&next), &next, json!({})).await.expect("rotated");
    let grandchild = made(&world, by(&child)).await;
    for same in [&mine, &next, &after_next, &child, &grandchild] {
        assert_eq!(approved(&world, by(same), &asked).await.err(), Some(Code::Conflict), "{}", same.id);
    }
    let asked_by_successor = made(&world, by(&after_next)).await;
    assert_eq!(approved(&world, by(&mine), &asked_by_successor).await.err(), Some(Code::Conflict), "the other way");
    let approved = approved(&world, second, &asked).await.expect("a second person");
    assert_eq!(approved.state, TokenState::Active);
}

#[tokio::test]
async fn a_line_is_known_when_the_records_of_its_first_tokens_are_gone() {
    let world = strict().await;
    let mine = made(&world, Cause::machine("test")).await;
    approved(&world, caller("bbbbbbbbbbbb"), &mine).await.expect("approved");
    let asked = made(&world, by(&mine)).await;
    let next = rotated(&world, by(&mine), &mine, json!({})).await.expect("rotated");
    let after_next = rotated(&world, by(&next), &next, json!({})).await.expect("rotated");
    for gone in [&mine, &next] {
        let mut tx = world.store.begin(Cause::job("test")).await.expect("a transaction");
        tx.delete_token(world.team.id, gone.id).await.expect("gone");
        let draft = AuditDraft {
            action: "token.delete".to_owned(),
            kind: Kind::Token,
            target: gone.id.to_string(),
            target_name: gone.spec.name.clone(),
            before: None,
            after: None,
            reason: None,
        };
        tx.audit(world.team.id, draft).await.expect("an event");
        tx.commit().await.expect("a commit");
    }
    assert_eq!(approved(&world, by(&after_next), &asked).await.err(), Some(Code::Conflict));
}

#[tokio::test]
async fn what_was_approved_is_widened_by_a_second_person_only() {
    let world = strict().await;
    let (maker, second) = (caller("aaaaaaaaaaaa"), caller("bbbbbbbbbbbb"));
    let token = made(&world, maker.clone()).await;
    let wide = [json!({"scopes": ["orders:read", "orders:write"]}), json!({"expires_at": "2030-01-25T00:00:00Z"})];
    edited(&world, maker.clone(), &token, json!({"restrictions": {"methods": ["GET"]}})).await.expect("narrowed");
    edited(&world, maker.clone(), &token, json!({"restrictions": {}})).await.expect("it is not approved yet");
    approved(&world, second.clone(), &token).await.expect("approved");
    for with in &wide {
        assert_eq!(edited(&world, maker.clone(), &token, with.clone()).await.err(), Some(Code::Conflict), "{with}");
    }
    world.tokens.disable(maker.clone(), world.team.id, token.id, None).await.expect("off");
    assert_eq!(edited(&world, maker.clone(), &token, wide[0].clone()).await.err(), Some(Code::Conflict), "nor off");
    world.tokens.enable(maker.clone(), world.team.id, token.id, None).await.expect("on");
    edited(&world, maker.clone(), &token, json!({"name": "till", "scopes": []})).await.expect("narrowed");
    let longer = json!({"expires_at": "2030-01-28T00:00:00Z"});
    assert_eq!(rotated(&world, maker.clone(), &token, longer).await.err(), Some(Code::Conflict));
    for with in wide {
        edited(&world, second.clone(), &token, with).await.expect("a second person widens");
    }
}

#[tokio::test]
async fn a_maker_widens_where_no_approval_is_asked() {
    let world = World::new().await;
    let maker = caller("aaaaaaaaaaaa");
    let token = made(&world, maker.clone()).await;
    edited(&world, maker, &token, json!({"scopes": ["orders:read", "orders:write"]})).await.expect("widened");
}

#[tokio::test]
async fn no_token_lifts_its_own_bounds() {
    let world = World::new().await;
    let token = made(&world, Cause::machine("test")).await;
    let narrow = json!({
        "restrictions": {"methods": ["GET"]}, "expires_at": "2030-01-15T00:00:00Z",
        "limits": {"rates": [{"limit": 5, "window_seconds": 1}]},
    });
    edited(&world, by(&token), &token, narrow).await.expect("narrowed");
    let next = rotated(&world, by(&token), &token, json!({})).await.expect("rotated");
    let child = made(&world, by(&next)).await;
    for own in [&next, &child] {
        for with in [
            json!({"scopes": ["orders:read", "orders:write"]}),
            json!({"restrictions": {}}),
            json!({"limits": {}}),
            json!({"limits": {"rates": [{"limit": 6, "window_seconds": 1}]}}),
            json!({"expires_at": "2030-01-30T00:00:00Z"}),
        ] {
            let refused = edited(&world, by(own), &next, with.clone()).await.err();
            assert_eq!(refused, Some(Code::Conflict), "{with} by {}", own.id);
        }
    }
    assert_eq!(edited(&world, by(&token), &next, json!({"limits": {}})).await.err(), Some(Code::Conflict));
    let longer = json!({"expires_at": "2030-01-30T00:00:00Z"});
    assert_eq!(rotated(&world, by(&next), &next, longer).await.err(), Some(Code::Conflict));

    let tighter = json!({"limits": {"rates": [
        {"limit": 4, "window_seconds": 1}, {"limit": 60, "window_seconds": 60},
    ]}});
    edited(&world, by(&next), &next, tighter).await.expect("tighter");
    edited(&world, caller("bbbbbbbbbbbb"), &next, json!({"limits": {}})).await.expect("by somebody else");
}
