//! Switching tokens off and on.

use keyward_model::Code;
use keyward_model::app::AppSpec;
use keyward_tokens::{Failure, RevokeToken};
use serde_json::json;

use crate::world::{World, cause, request};

#[tokio::test]
async fn a_token_is_switched_off_and_on_again() {
    let world = World::new().await;
    let issued = world.issue(request(json!({}))).await;
    let (team, id) = (world.team.id, issued.token.id);
    let off = world.tokens.disable(cause(), team, id, Some("holidays".to_owned())).await.expect("off");
    world.settle(off.revision).await;
    assert_eq!(world.admits(issued.secret.expose()), Err(Code::TokenDisabled));
    let again = world.tokens.disable(cause(), team, id, None).await.expect("off already");
    assert_eq!(again.token.version, off.token.version);

    let on = world.tokens.enable(cause(), team, id, None).await.expect("on");
    world.settle(on.revision).await;
    assert_eq!(world.admits(issued.secret.expose()), Ok(()));
    assert_eq!(world.actions(id).await, ["token.create", "token.disable", "token.enable"]);
    assert_eq!(world.trail(id).await[1].reason.as_deref(), Some("holidays"));
}

#[tokio::test]
async fn the_dead_stay_dead() {
    let world = World::new().await;
    let issued = world.issue(request(json!({}))).await;
    let (team, id) = (world.team.id, issued.token.id);
    let why = RevokeToken { reason: "lost".to_owned() };
    world.tokens.revoke(cause(), team, id, why).await.expect("revoked");
    assert_eq!(world.tokens.enable(cause(), team, id, None).await.expect_err("dead").code(), Code::Conflict);
    assert_eq!(world.tokens.disable(cause(), team, id, None).await.expect_err("dead").code(), Code::Conflict);
    let other = world.add_team("other").await;
    assert_eq!(world.tokens.disable(cause(), other.id, id, None).await.expect_err("other").code(), Code::NotFound);
}

#[tokio::test]
async fn a_disabled_app_takes_its_tokens_along() {
    let world = World::new().await;
    let issued = world.issue(request(json!({}))).await;
    let off = world.change(&world.app, AppSpec { disabled: true, ..world.app.spec.clone() }).await;
    assert_eq!(world.admits(issued.secret.expose()), Err(Code::TokenDisabled));
    world.change(&off, world.app.spec.clone()).await;
    assert_eq!(world.admits(issued.secret.expose()), Ok(()));
}
