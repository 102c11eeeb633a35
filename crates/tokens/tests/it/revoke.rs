//! Revoking tokens.

use keyward_model::Code;
use keyward_model::app::AppSpec;
use keyward_model::token::TokenState;
use keyward_tokens::{Failure, RevokeToken, RevokeTokens};
use serde_json::json;

use crate::world::{DAY, World, body, cause, everything, fields, request};

fn lost() -> RevokeToken {
    RevokeToken { reason: "lost in a taxi".to_owned() }
}

#[tokio::test]
async fn once_the_revision_is_applied_the_token_is_refused() {
    let world = World::new().await;
    let issued = world.issue(request(json!({}))).await;
    let (team, id) = (world.team.id, issued.token.id);
    assert_eq!(world.admits(issued.secret.expose()), Ok(()));
    let revoked = world.tokens.revoke(cause(), team, id, lost()).await.expect("revoked");
    world.settle(revoked.revision).await;
    assert_eq!(world.admits(issued.secret.expose()), Err(Code::TokenRevoked));

    let revocation = revoked.token.revoked.as_ref().expect("a revocation");
    assert_eq!((revocation.at, revocation.reason.as_str()), (world.now(), "lost in a taxi"));
    assert_eq!(world.trail(id).await[1].reason.as_deref(), Some("lost in a taxi"));

    world.clock.advance(DAY);
    let again = RevokeToken { reason: "another".to_owned() };
    let again = world.tokens.revoke(cause(), team, id, again).await.expect("revoked already");
    assert_eq!(again.token, revoked.token, "the first reason stays");
    assert!(again.revision >= revoked.revision);
}

#[tokio::test]
async fn a_reason_has_to_be_given_and_the_token_has_to_be_the_teams() {
    let world = World::new().await;
    let id = world.issue(request(json!({}))).await.token.id;
    let silent = world.tokens.revoke(cause(), world.team.id, id, RevokeToken::default()).await;
    assert_eq!(fields(&silent.expect_err("refused")), ["reason"]);
    let other = world.add_team("other").await;
    let foreign = world.tokens.revoke(cause(), other.id, id, lost()).await;
    assert_eq!(foreign.expect_err("another team's").code(), Code::NotFound);
    assert_eq!(world.stored(id).await.state, TokenState::Active);
}

#[tokio::test]
async fn many_are_revoked_by_app_or_label_in_one_go() {
    let world = World::new().await;
    world.add(&world.team, "desk", AppSpec { scopes: everything(), ..AppSpec::default() }).await;
    let red = world.issue(request(json!({"labels": {"colour": "red"}}))).await;
    let blue = world.issue(request(json!({"labels": {"colour": "blue"}}))).await;
    let desk = world.issue(request(json!({"app": "desk", "scopes": [], "labels": {"colour": "red"}}))).await;
    let ask =
        |select: serde_json::Value| -> RevokeTokens { body(json!({"reason": "leak"}), json!({"select": select})) };
    let many = async |select: serde_json::Value| world.tokens.revoke_many(cause(), world.team.id, ask(select)).await;

    let nobody = many(json!({"label": {"key": "colour", "value": "green"}})).await.expect("none");
    assert!(nobody.tokens.is_empty());
    assert_eq!(fields(&many(json!({"app": "nobody"})).await.expect_err("no app")), ["select.app"]);

    let reds = many(json!({"label": {"key": "colour", "value": "red"}})).await.expect("revoked");
    assert_eq!(reds.tokens.len(), 2);
    world.settle(reds.revision).await;
    assert_eq!(world.admits(red.secret.expose()), Err(Code::TokenRevoked));
    assert_eq!(world.admits(desk.secret.expose()), Err(Code::TokenRevoked));
    assert_eq!(world.admits(blue.secret.expose()), Ok(()));
    assert_eq!(world.trail(desk.token.id).await[1].reason.as_deref(), Some("leak"), "each is in the trail");

    let shop = many(json!({"app": "shop"})).await.expect("revoked");
    assert_eq!(shop.tokens.iter().map(|token| token.id).collect::<Vec<_>>(), [blue.token.id], "the rest of them");
}
