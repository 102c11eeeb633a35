//! Editing tokens.

use keyward_model::Code;
use keyward_tokens::{EditToken, Failure, RevokeToken, RotateToken};
use serde_json::json;

use crate::world::{DAY, World, body, cause, everything, fields, request, scopes};

fn edit(with: serde_json::Value) -> EditToken {
    body(json!({}), with)
}

#[tokio::test]
async fn all_but_the_secret_can_be_edited() {
    let world = World::new().await;
    let issued = world.issue(request(json!({"restrictions": {"methods": ["GET", "POST"]}}))).await;
    let change = edit(json!({
        "name": "till", "description": "at the door", "restrictions": {"methods": ["GET"]}, "labels": {"a": "b"},
        "expires_at": "2030-01-10T00:00:00Z", "reason": "tidied up",
    }));
    let changed = world.tokens.edit(cause(), world.team.id, issued.token.id, change, Some(1), &scopes(&[])).await;
    let changed = changed.expect("edited");
    assert_eq!((changed.token.version, changed.token.spec.name.as_str()), (2, "till"));
    assert_eq!(changed.token.expires_at, Some("2030-01-10T00:00:00Z".parse().expect("a moment")));
    assert_eq!(changed.token.spec.scopes, issued.token.spec.scopes, "what is absent stays");
    world.settle(changed.revision).await;
    let live = world.present(issued.secret.expose()).expect("the same secret");
    assert_eq!((live.token.version(), live.token.name()), (2, "till"));

    let trail = world.trail(issued.token.id).await;
    assert_eq!(trail[1].action, "token.edit");
    assert_eq!(trail[1].reason.as_deref(), Some("tidied up"));
    assert_eq!(trail[1].before.as_ref().expect("before")["name"], "checkout");
    assert_eq!(trail[1].after.as_ref().expect("after")["name"], "till");
}

#[tokio::test]
async fn widening_is_audited_as_such() {
    let world = World::new().await;
    let issued = world.issue(request(json!({"not_before": "2030-01-02T00:00:00Z"}))).await;
    let wide = [
        json!({"scopes": ["orders:read", "orders:write"]}),
        json!({"expires_at": "2030-06-01T00:00:00Z"}),
        json!({"not_before": null}),
        json!({"limits": {"rates": [{"limit": 5, "window_seconds": 1}]}}),
    ];
    for (place, with) in wide.iter().enumerate() {
        let change = edit(with.clone());
        world.tokens.edit(cause(), world.team.id, issued.token.id, change, None, &everything()).await.expect("edited");
        assert_eq!(world.actions(issued.token.id).await[place + 1], "token.widen", "{with}");
    }
    let narrow = edit(json!({"scopes": ["orders:read"], "expires_at": "2030-02-01T00:00:00Z"}));
    let id = issued.token.id;
    let narrowed = world.tokens.edit(cause(), world.team.id, id, narrow, None, &everything()).await.expect("edited");
    assert_eq!(world.actions(id).await.last().map(String::as_str), Some("token.edit"));
    assert_eq!(narrowed.token.not_before, None);
}

#[tokio::test]
async fn a_change_of_something_else_meanwhile_is_noticed() {
    let world = World::new().await;
    let id = world.issue(request(json!({}))).await.token.id;
    let rename = || edit(json!({"name": "till"}));
    world.tokens.edit(cause(), world.team.id, id, rename(), Some(1), &everything()).await.expect("edited");
    let stale = world.tokens.edit(cause(), world.team.id, id, rename(), Some(1), &everything()).await;
    let stale = stale.expect_err("refused");
    assert_eq!(stale.code(), Code::PreconditionFailed);
    assert!(stale.to_string().contains("version 2"), "{stale}");
}

#[tokio::test]
async fn an_edit_that_changes_nothing_leaves_no_trace() {
    let world = World::new().await;
    let issued = world.issue(request(json!({}))).await;
    let same = edit(json!({"name": "checkout", "scopes": ["orders:read"]}));
    let same = world.tokens.edit(cause(), world.team.id, issued.token.id, same, None, &everything()).await;
    assert_eq!(same.expect("fine").token, issued.token);
    assert_eq!(world.actions(issued.token.id).await, ["token.create"]);
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let world = World::new().await;
    let issued = world.issue(request(json!({}))).await;
    let refused = async |with: serde_json::Value| {
        let change = edit(with);
        let team = world.team.id;
        let error = world.tokens.edit(cause(), team, issued.token.id, change, None, &scopes(&[])).await;
        fields(&error.expect_err("refused")).join(",")
    };
    assert_eq!(refused(json!({"name": ""})).await, "name");
    assert_eq!(refused(json!({"scopes": ["stock:read"]})).await, "scopes");
    assert_eq!(refused(json!({"scopes": ["keyward:tokens.read"]})).await, "scopes");
    assert_eq!(refused(json!({"expires_at": "never"})).await, "expires_at");
    assert_eq!(refused(json!({"not_before": "2031-01-01T00:00:00Z"})).await, "not_before");
    assert_eq!(refused(json!({"app": "nobody"})).await, "app");
    assert_eq!(refused(json!({"reason": "x".repeat(501)})).await, "reason");
    assert_eq!(world.stored(issued.token.id).await, issued.token);
}

#[tokio::test]
async fn nobody_widens_a_token_that_holds_more_of_management_than_they_do() {
    let world = World::new().await;
    let powerful = world.issue(request(json!({"scopes": ["keyward:*"]}))).await.token.id;
    let held = scopes(&["keyward:tokens.write"]);
    let longer = edit(json!({"expires_at": "2030-06-01T00:00:00Z"}));
    let refused = world.tokens.edit(cause(), world.team.id, powerful, longer, None, &held).await;
    assert_eq!(fields(&refused.expect_err("refused")), ["scopes"]);
    let shorter = edit(json!({"expires_at": "2030-01-05T00:00:00Z"}));
    assert!(world.tokens.edit(cause(), world.team.id, powerful, shorter, None, &held).await.is_ok());
}

#[tokio::test]
async fn an_old_grant_is_not_asked_again_and_a_move_grants_anew() {
    let world = World::new().await;
    let issued = world.issue(request(json!({}))).await;
    let narrower = keyward_model::app::AppSpec::default();
    world.change(&world.app, narrower.clone()).await;
    let rename = edit(json!({"name": "till"}));
    let team = world.team.id;
    world.tokens.edit(cause(), team, issued.token.id, rename, None, &everything()).await.expect("the scope stays");

    world.add(&world.team, "bare", narrower).await;
    let to_bare = edit(json!({"app": "bare"}));
    let refused = world.tokens.edit(cause(), team, issued.token.id, to_bare, None, &everything()).await;
    assert_eq!(fields(&refused.expect_err("not entitled")), ["scopes"]);

    let to_bare = edit(json!({"app": "bare", "scopes": []}));
    let moved = world.tokens.edit(cause(), team, issued.token.id, to_bare, None, &everything()).await.expect("moved");
    world.settle(moved.revision).await;
    assert_eq!(world.present(issued.secret.expose()).expect("known").app().name.as_str(), "bare");
    assert_eq!(world.actions(issued.token.id).await.last().map(String::as_str), Some("token.widen"));
}

#[tokio::test]
async fn the_dead_and_the_unknown_cannot_be_edited() {
    let world = World::new().await;
    let (revoked, expired) = (world.issue(request(json!({}))).await, world.issue(request(json!({}))).await);
    let why = RevokeToken { reason: "lost".to_owned() };
    world.tokens.revoke(cause(), world.team.id, revoked.token.id, why).await.expect("revoked");
    world.clock.advance(31 * DAY);
    for id in [revoked.token.id, expired.token.id] {
        let longer = edit(json!({"expires_at": "2030-06-01T00:00:00Z"}));
        let error = world.tokens.edit(cause(), world.team.id, id, longer, None, &everything()).await;
        assert_eq!(error.expect_err("dead").code(), Code::Conflict);
    }
    let other = world.add_team("other").await;
    let foreign = world.tokens.edit(cause(), other.id, revoked.token.id, edit(json!({})), None, &everything()).await;
    assert_eq!(foreign.expect_err("another team's").code(), Code::NotFound);
}

#[tokio::test]
async fn the_overlap_of_a_rotation_is_not_an_expiry_to_edit() {
    let world = World::new().await;
    let id = world.issue(request(json!({}))).await.token.id;
    let rotate = RotateToken::default();
    world.tokens.rotate(cause(), world.team.id, id, rotate, &everything()).await.expect("rotated");
    let longer = edit(json!({"expires_at": "2030-01-20T00:00:00Z"}));
    let refused = world.tokens.edit(cause(), world.team.id, id, longer, None, &everything()).await;
    assert_eq!(fields(&refused.expect_err("refused")), ["expires_at"]);
}
