//! Rotating tokens.

use keyward_model::Code;
use keyward_model::token::{TokenId, TokenStatus};
use keyward_tokens::{ExtendRotation, Failure, RevokeToken, RotateError, RotateToken, Rotated};
use serde_json::json;

use crate::world::{DAY, World, body, cause, everything, fields, request, scopes};

fn overlap(seconds: u64) -> RotateToken {
    RotateToken { overlap_seconds: Some(seconds), ..RotateToken::default() }
}

async fn rotate(world: &World, id: TokenId, request: RotateToken) -> Result<Rotated, RotateError> {
    let rotated = world.tokens.rotate(cause(), world.team.id, id, request, &everything()).await?;
    world.settle(rotated.new.revision).await;
    Ok(rotated)
}

fn until(moment: &str) -> ExtendRotation {
    body(json!({}), json!({"expires_at": moment}))
}

#[tokio::test]
async fn both_work_during_the_overlap_and_then_only_the_successor() {
    let world = World::new().await;
    let first = world.issue(request(json!({"labels": {"a": "b"}, "restrictions": {"methods": ["GET"]}}))).await;
    world.clock.advance(10 * DAY);
    let Rotated { old, new } = rotate(&world, first.token.id, RotateToken::default()).await.expect("rotated");
    assert_eq!((old.successor, new.token.predecessor), (Some(new.token.id), Some(old.id)));
    assert_eq!(old.status(world.now()), TokenStatus::Rotating);
    assert_eq!(old.expires_at, Some(world.now().plus(DAY)));
    assert_eq!(new.token.spec, first.token.spec);
    assert_eq!(new.token.expires_at, Some(world.now().plus(30 * DAY)), "as long as the old one was made for");
    assert_ne!(first.secret.expose(), new.secret.expose());
    assert_eq!((world.admits(first.secret.expose()), world.admits(new.secret.expose())), (Ok(()), Ok(())));

    world.clock.advance(DAY);
    assert_eq!(world.admits(first.secret.expose()), Err(Code::TokenExpired));
    assert_eq!(world.admits(new.secret.expose()), Ok(()));
    assert_eq!(world.actions(old.id).await, ["token.create", "token.rotate"]);
    assert_eq!(world.actions(new.token.id).await, ["token.create"]);
}

#[tokio::test]
async fn the_overlap_is_bounded_by_thirty_days_and_the_old_expiry() {
    let world = World::new().await;
    let first = world.issue(request(json!({}))).await;
    let long = rotate(&world, first.token.id, overlap(30 * 86_400 + 1)).await.expect_err("too long");
    assert_eq!(fields(&long), ["overlap_seconds"]);
    world.clock.advance(29 * DAY);
    let rotated = rotate(&world, first.token.id, overlap(30 * 86_400)).await.expect("rotated");
    assert_eq!(rotated.old.expires_at, first.token.expires_at, "no later than it would have expired");
}

#[tokio::test]
async fn without_an_overlap_the_old_one_ends_now() {
    let world = World::new().await;
    let first = world.issue(request(json!({}))).await;
    rotate(&world, first.token.id, overlap(0)).await.expect("rotated");
    assert_eq!(world.admits(first.secret.expose()), Err(Code::TokenExpired));
}

#[tokio::test]
async fn a_token_has_one_successor_at_a_time() {
    let world = World::new().await;
    let first = world.issue(request(json!({}))).await;
    let second = rotate(&world, first.token.id, RotateToken::default()).await.expect("rotated").new.token;
    let again = rotate(&world, first.token.id, RotateToken::default()).await.expect_err("rotated already");
    assert!(matches!(again, RotateError::AlreadyRotated { successor } if successor == second.id));

    let why = RevokeToken { reason: "never arrived".to_owned() };
    world.tokens.revoke(cause(), world.team.id, second.id, why).await.expect("revoked");
    let third = rotate(&world, first.token.id, RotateToken::default()).await.expect("its successor is dead");
    assert_eq!(third.old.successor, Some(third.new.token.id));
    assert_eq!(third.new.token.expires_at, Some(world.now().plus(30 * DAY)), "not as short as the overlap");
}

#[tokio::test]
async fn what_is_not_in_use_is_not_rotated() {
    let world = World::new().await;
    let (team, mut refused) = (world.team.id, Vec::new());
    let disabled = world.issue(request(json!({}))).await.token.id;
    world.tokens.disable(cause(), team, disabled, None).await.expect("off");
    refused.push(disabled);
    let revoked = world.issue(request(json!({}))).await.token.id;
    let why = RevokeToken { reason: "lost".to_owned() };
    world.tokens.revoke(cause(), team, revoked, why).await.expect("revoked");
    refused.push(revoked);
    let expired = world.issue(request(json!({"expires_at": "2030-01-02T00:00:00Z"}))).await.token.id;
    world.clock.advance(DAY);
    refused.push(expired);
    for id in refused {
        let error = rotate(&world, id, RotateToken::default()).await.expect_err("not in use");
        assert_eq!(error.code(), Code::Conflict, "{error}");
    }
    let nobody = "aaaaaaaaaaaa".parse().expect("an id");
    assert_eq!(rotate(&world, nobody, RotateToken::default()).await.expect_err("none").code(), Code::NotFound);
}

#[tokio::test]
async fn nobody_gets_the_secret_of_more_than_they_hold_by_rotating() {
    let world = World::new().await;
    let powerful = world.issue(request(json!({"scopes": ["keyward:*"]}))).await.token.id;
    let (held, ask) = (scopes(&["keyward:tokens.write"]), RotateToken::default());
    let refused = world.tokens.rotate(cause(), world.team.id, powerful, ask, &held).await;
    assert_eq!(fields(&refused.expect_err("refused")), ["scopes"]);
}

#[tokio::test]
async fn the_successors_expiry_may_be_chosen_within_the_rules() {
    let world = World::new().await;
    let first = world.issue(request(json!({}))).await.token.id;
    let never: RotateToken = body(json!({}), json!({"expires_at": "never"}));
    assert_eq!(fields(&rotate(&world, first, never).await.expect_err("not allowed")), ["expires_at"]);
    let chosen: RotateToken = body(json!({}), json!({"expires_at": "2030-12-01T00:00:00Z"}));
    let rotated = rotate(&world, first, chosen).await.expect("rotated");
    assert_eq!(rotated.new.token.expires_at, Some("2030-12-01T00:00:00Z".parse().expect("a moment")));
}

#[tokio::test]
async fn a_token_that_does_not_work_yet_has_a_successor_that_does_not_either() {
    let world = World::new().await;
    let first = world.issue(request(json!({"not_before": "2030-01-11T00:00:00Z"}))).await;
    let rotated = rotate(&world, first.token.id, overlap(0)).await.expect("rotated");
    assert_eq!(rotated.new.token.not_before, first.token.not_before);
    assert_eq!(rotated.new.token.expires_at, first.token.expires_at);
}

#[tokio::test]
async fn an_overlap_is_ended_now() {
    let world = World::new().await;
    let first = world.issue(request(json!({}))).await;
    let (team, id) = (world.team.id, first.token.id);
    let early = world.tokens.end_rotation(cause(), team, id, None).await.expect_err("not rotating");
    assert_eq!(early.code(), Code::Conflict);
    rotate(&world, id, RotateToken::default()).await.expect("rotated");
    let ended = world.tokens.end_rotation(cause(), team, id, Some("all moved".to_owned())).await.expect("ended");
    world.settle(ended.revision).await;
    assert_eq!(world.admits(first.secret.expose()), Err(Code::TokenExpired));
    let late = world.tokens.end_rotation(cause(), team, id, None).await.expect_err("over");
    assert_eq!(late.code(), Code::Conflict);
    assert_eq!(world.actions(id).await.last().map(String::as_str), Some("token.end_rotation"));
}

#[tokio::test]
async fn an_overlap_is_extended_within_its_bounds() {
    let world = World::new().await;
    let id = world.issue(request(json!({"expires_at": "2030-01-25T00:00:00Z"}))).await.token.id;
    rotate(&world, id, overlap(86_400)).await.expect("rotated");
    let extend = async |moment: &str| {
        world.tokens.extend_rotation(cause(), world.team.id, id, until(moment), &everything()).await
    };
    let extended = extend("2030-01-10T00:00:00Z").await.expect("extended");
    assert_eq!(extended.token.expires_at, Some("2030-01-10T00:00:00Z".parse().expect("a moment")));
    assert_eq!(fields(&extend("2030-01-09T00:00:00Z").await.expect_err("not later")), ["expires_at"]);
    assert_eq!(fields(&extend("2030-01-25T00:00:01Z").await.expect_err("beyond its expiry")), ["expires_at"]);
    assert!(extend("2030-01-25T00:00:00Z").await.is_ok(), "as long as it was made for");
    assert_eq!(world.actions(id).await.last().map(String::as_str), Some("token.extend_rotation"));
}

#[tokio::test]
async fn no_overlap_is_longer_than_thirty_days_in_all() {
    let world = World::new().await;
    let id = world.issue(request(json!({"expires_at": "2030-12-01T00:00:00Z"}))).await.token.id;
    rotate(&world, id, overlap(30 * 86_400)).await.expect("rotated");
    let more = until("2030-02-01T00:00:00Z");
    let more = world.tokens.extend_rotation(cause(), world.team.id, id, more, &everything()).await;
    assert_eq!(fields(&more.expect_err("31 days")), ["expires_at"]);
}
