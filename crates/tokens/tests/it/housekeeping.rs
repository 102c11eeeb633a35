//! What Keyward does by itself.

use keyward_model::audit::Actor;
use keyward_model::team::{AfterDeadline, MaximumAge, TeamSpec, TokenRules};
use keyward_model::token::TokenState;
use keyward_model::{Clock, Code};
use keyward_tokens::{HousekeepingReport, RevokeToken, RotateToken};
use serde_json::json;

use crate::world::{DAY, World, cause, everything, request};

fn ageing(after_deadline: AfterDeadline) -> TeamSpec {
    let maximum_age = Some(MaximumAge { days: 60, grace_days: 14, after_deadline });
    TeamSpec { tokens: TokenRules { maximum_age, ..TokenRules::default() }, ..TeamSpec::default() }
}

fn year() -> serde_json::Value {
    json!({"expires_at": "2031-01-01T00:00:00Z"})
}

async fn round(world: &World) -> HousekeepingReport {
    let report = world.tokens.housekeeping(&world.live).await.expect("a round");
    world.settle_all().await;
    report
}

#[tokio::test]
async fn old_tokens_are_reported_with_a_deadline_and_disabled_where_the_team_chose_so() {
    let world = World::with(ageing(AfterDeadline::Disable)).await;
    let old = world.issue(request(year())).await;
    let rotated = world.issue(request(year())).await;
    let started = world.now();
    assert_eq!(round(&world).await, HousekeepingReport::default());

    world.clock.advance(60 * DAY);
    let overlap = RotateToken { overlap_seconds: Some(20 * 86_400), ..RotateToken::default() };
    let id = rotated.token.id;
    let new = world.tokens.rotate(cause(), world.team.id, id, overlap, &everything()).await.expect("rotated").new;
    world.settle(new.revision).await;
    let overdue = world.tokens.overdue(&world.live, world.team.id, 10);
    assert_eq!(overdue.iter().map(|token| token.id).collect::<Vec<_>>(), [old.token.id], "the rotated one is not");
    assert_eq!(overdue[0].deadline, started.plus(74 * DAY));
    assert!(!overdue[0].deadline_passed);
    assert_eq!(round(&world).await, HousekeepingReport { overdue: 1, ..Default::default() });
    assert_eq!(world.admits(old.secret.expose()), Ok(()));

    world.clock.advance(14 * DAY);
    assert_eq!(round(&world).await, HousekeepingReport { disabled: 1, ..Default::default() });
    assert_eq!(world.admits(old.secret.expose()), Err(Code::TokenDisabled));
    assert_eq!(world.admits(rotated.secret.expose()), Ok(()), "its overlap goes on");
    let trail = world.trail(old.token.id).await;
    assert_eq!(trail[1].action, "token.disable");
    assert_eq!(trail[1].actor, Actor::Keyward { job: "rotation policy".to_owned() });
    assert_eq!(round(&world).await, HousekeepingReport::default(), "once is enough");
}

#[tokio::test]
async fn where_the_team_only_wants_warning_an_overdue_token_works_on() {
    let world = World::with(ageing(AfterDeadline::Warn)).await;
    let old = world.issue(request(year())).await;
    world.clock.advance(100 * DAY);
    assert_eq!(round(&world).await, HousekeepingReport { overdue: 1, ..Default::default() });
    assert_eq!(world.admits(old.secret.expose()), Ok(()));
    assert!(world.tokens.overdue(&world.live, world.team.id, 10)[0].deadline_passed);
    let other = world.add_team("other").await;
    assert!(world.tokens.overdue(&world.live, other.id, 10).is_empty());
}

#[tokio::test]
async fn long_dead_records_are_deleted_and_the_trail_says_so() {
    let world = World::new().await;
    let expired = world.issue(request(json!({"expires_at": "2030-01-02T00:00:00Z"}))).await.token.id;
    let revoked = world.issue(request(year())).await.token.id;
    let alive = world.issue(request(year())).await.token.id;
    let why = RevokeToken { reason: "lost".to_owned() };
    world.tokens.revoke(cause(), world.team.id, revoked, why).await.expect("revoked");
    world.settle_all().await;

    world.clock.advance(90 * DAY);
    assert_eq!(round(&world).await, HousekeepingReport { deleted: 1, ..Default::default() });
    assert!(world.live.by_id(revoked).is_none(), "revoked 90 days ago");
    assert_eq!(world.live.by_id(expired).map(|token| token.token.state()), Some(TokenState::Active), "dead for 89");
    world.clock.advance(DAY);
    assert_eq!(round(&world).await, HousekeepingReport { deleted: 1, ..Default::default() });
    assert!(world.store.token(world.team.id, expired).await.expect("an answer").is_none());
    assert!(world.live.by_id(alive).is_some());
    let trail = world.trail(expired).await;
    let last = trail.last().expect("an event");
    assert_eq!((last.action.as_str(), &last.after), ("token.delete", &None));
    assert_eq!(last.actor, Actor::Keyward { job: "retention".to_owned() });
}

#[tokio::test]
async fn a_clock_that_leaps_ahead_deletes_nothing_before_somebody_could_set_it_right() {
    let world = World::new().await;
    let issued = world.issue(request(json!({}))).await;
    let started = world.now();
    assert_eq!(round(&world).await, HousekeepingReport::default());
    world.clock.jump_to(started.plus(3650 * DAY));
    assert_eq!(round(&world).await, HousekeepingReport::default());
    world.clock.jump_to(started);
    assert_eq!(round(&world).await, HousekeepingReport::default());
    assert_eq!(world.admits(issued.secret.expose()), Ok(()));

    world.clock.advance(120 * DAY);
    assert_eq!(round(&world).await.deleted, 1, "time that has really passed counts");
    assert_eq!(world.clock.now(), started.plus(120 * DAY));
}
