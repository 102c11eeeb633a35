//! The trail finds whatever was done to it.

use keyward_model::audit::{Actor, Cause};
use keyward_model::resource::Kind;
use keyward_model::team::Team;
use keyward_model::token::TokenId;
use keyward_model::user::UserId;
use keyward_store::{AuditFilter, AuditVerification, PageRequest, StoreError};

use crate::world::{TestRandom, World, audit, cause, draft, on_both};

on_both![
    a_trail_reads_back_newest_first,
    a_trail_is_sound_until_something_is_done_to_it,
    an_edited_event_is_found,
    a_deleted_event_is_found,
    the_deleted_end_is_found,
    a_trail_cut_at_its_end_takes_no_new_event,
    a_trail_deleted_whole_is_found,
    moved_events_are_found,
    an_added_event_is_found,
    events_are_filtered,
    a_long_trail_is_verified,
    decimal_numbers_keep_the_chain_whole,
];

/// A team with a trail of `count` events.
async fn trail(world: &World, count: usize) -> Team {
    let team = world.team("red").await;
    for _ in 1..count {
        let mut tx = world.store.begin(cause()).await.unwrap();
        audit(&mut tx, team.id, Kind::App, "app_1").await;
        tx.commit().await.unwrap();
    }
    team
}

async fn verified(world: &World, team: &Team) -> AuditVerification {
    world.store.verify_audit(team.id).await.unwrap()
}

async fn broken_at(world: &World, team: &Team) -> u64 {
    match verified(world, team).await {
        AuditVerification::Broken { sequence, .. } => sequence,
        sound => panic!("{sound:?}"),
    }
}

async fn a_trail_reads_back_newest_first(world: World) {
    let team = world.team("red").await;
    let token = TokenId::random(&TestRandom);
    let cause = Cause {
        actor: Actor::Token { id: token, name: "ops".to_owned() },
        address: Some("2001:db8::1".parse().unwrap()),
        agent: Some("a".repeat(500)),
        request_id: Some(uuid::Uuid::from_u128(5)),
    };
    for number in 0..5 {
        let mut tx = world.store.begin(cause.clone()).await.unwrap();
        let mut draft = draft(Kind::App, format!("app_{number}"));
        draft.reason = Some("because \0 of it".to_owned());
        tx.audit(team.id, draft).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut page = PageRequest { after: None, limit: 4 };
    let first = world.store.audit_events(team.id, &AuditFilter::default(), &page).await.unwrap();
    assert_eq!(first.items.iter().map(|event| event.sequence).collect::<Vec<_>>(), [6, 5, 4, 3]);
    let event = &first.items[0];
    assert_eq!((event.actor.clone(), event.at, event.request_id), (cause.actor, world.now(), cause.request_id));
    assert_eq!(event.agent.as_ref().map(String::len), Some(200));
    assert_eq!(event.reason.as_deref(), Some("because \0 of it"));
    page.after = first.next;
    let second = world.store.audit_events(team.id, &AuditFilter::default(), &page).await.unwrap();
    assert_eq!(second.items.iter().map(|event| event.sequence).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(second.next, None);
    let bad = PageRequest { after: Some("x".to_owned()), limit: 4 };
    let refused = world.store.audit_events(team.id, &AuditFilter::default(), &bad).await;
    assert_eq!(refused, Err(StoreError::BadCursor));
}

async fn a_trail_is_sound_until_something_is_done_to_it(world: World) {
    let team = trail(&world, 12).await;
    let other = world.team("blue").await;
    assert!(matches!(verified(&world, &team).await, AuditVerification::Sound { events: 12, .. }));
    assert!(matches!(verified(&world, &other).await, AuditVerification::Sound { events: 1, .. }));
    let nobody = world.store.verify_audit(world.id()).await.unwrap();
    assert_eq!(nobody, AuditVerification::Sound { events: 0, head: String::new() });
}

async fn an_edited_event_is_found(world: World) {
    let team = trail(&world, 6).await;
    let edits = [
        "doc = replace(doc, 'app.change', 'app.create')",
        "at = at + 1",
        "action = 'app.delete'",
        "target = 'app_2'",
        "kind = 'token'",
        "actor = 'AAAAAAAAAAAA'",
        "previous = hash",
        "hash = previous",
    ];
    for edit in edits {
        world.place.sql("CREATE TABLE kept AS SELECT * FROM audit_event WHERE sequence = 4").await;
        world.place.sql(&format!("UPDATE audit_event SET {edit} WHERE sequence = 4")).await;
        assert_eq!(broken_at(&world, &team).await, 4, "{edit}");
        let listed = world.store.audit_events(team.id, &AuditFilter::default(), &PageRequest::default()).await;
        assert!(
            matches!(&listed, Err(StoreError::Corrupt { what }) if what.contains("audit event") && what.ends_with(" 4")),
            "{edit}: {listed:?}"
        );
        world.place.sql("DELETE FROM audit_event WHERE sequence = 4").await;
        world.place.sql("INSERT INTO audit_event SELECT * FROM kept").await;
        world.place.sql("DROP TABLE kept").await;
        assert!(matches!(verified(&world, &team).await, AuditVerification::Sound { events: 6, .. }), "{edit}");
    }
}

async fn a_deleted_event_is_found(world: World) {
    let team = trail(&world, 6).await;
    world.place.sql("DELETE FROM audit_event WHERE sequence = 3").await;
    assert_eq!(broken_at(&world, &team).await, 3);
    world.place.sql("DELETE FROM audit_event WHERE sequence < 3").await;
    assert_eq!(broken_at(&world, &team).await, 1);
}

async fn the_deleted_end_is_found(world: World) {
    let team = trail(&world, 6).await;
    world.place.sql("DELETE FROM audit_event WHERE sequence > 4").await;
    assert_eq!(broken_at(&world, &team).await, 5);
    // With the end moved to fit, its seal does not.
    world
        .place
        .sql("UPDATE audit_head SET sequence = 4, hash = (SELECT hash FROM audit_event WHERE sequence = 4)")
        .await;
    assert_eq!(broken_at(&world, &team).await, 4);
    world.place.sql("DELETE FROM audit_head").await;
    assert_eq!(broken_at(&world, &team).await, 4);
}

async fn a_trail_cut_at_its_end_takes_no_new_event(world: World) {
    let team = trail(&world, 6).await;
    world.place.sql("DELETE FROM audit_event WHERE sequence > 4").await;
    world
        .place
        .sql("UPDATE audit_head SET sequence = 4, hash = (SELECT hash FROM audit_event WHERE sequence = 4)")
        .await;
    let mut tx = world.store.begin(cause()).await.unwrap();
    let refused = tx.audit(team.id, draft(Kind::App, "app_1")).await;
    assert!(matches!(&refused, Err(StoreError::Corrupt { what }) if what.contains("audit trail")), "{refused:?}");
    drop(tx);
    world.place.sql("DELETE FROM audit_head").await;
    let mut tx = world.store.begin(cause()).await.unwrap();
    assert!(matches!(tx.audit(team.id, draft(Kind::App, "app_1")).await, Err(StoreError::Corrupt { .. })));
}

async fn a_trail_deleted_whole_is_found(world: World) {
    let team = trail(&world, 3).await;
    let other = world.team("blue").await;
    world.place.sql(&format!("DELETE FROM audit_event WHERE team_id = '{}'", team.id)).await;
    world.place.sql(&format!("DELETE FROM audit_head WHERE team_id = '{}'", team.id)).await;
    assert_eq!(broken_at(&world, &team).await, 0);
    // A new event does not cover it up.
    let mut tx = world.store.begin(cause()).await.unwrap();
    audit(&mut tx, team.id, Kind::App, "app_1").await;
    tx.commit().await.unwrap();
    assert_eq!(broken_at(&world, &team).await, 0);
    assert_eq!(broken_at(&world, &other).await, 0, "whose events are gone cannot be said");
    // Nor does counting down.
    world.place.sql("UPDATE revision SET audit_events = 2").await;
    assert_eq!(broken_at(&world, &team).await, 0);
    let mut tx = world.store.begin(cause()).await.unwrap();
    assert!(matches!(tx.audit(team.id, draft(Kind::App, "app_1")).await, Err(StoreError::Corrupt { .. })));
    drop(tx);
    // Nor an end to all trails.
    for table in ["audit_event", "audit_head"] {
        world.place.sql(&format!("DELETE FROM {table}")).await;
    }
    world.place.sql("UPDATE revision SET audit_events = 0, audit_seal = NULL").await;
    assert_eq!(broken_at(&world, &team).await, 0);
}

async fn moved_events_are_found(world: World) {
    let team = trail(&world, 6).await;
    world.place.sql("UPDATE audit_event SET sequence = 100 WHERE sequence = 3").await;
    world.place.sql("UPDATE audit_event SET sequence = 3 WHERE sequence = 4").await;
    world.place.sql("UPDATE audit_event SET sequence = 4 WHERE sequence = 100").await;
    assert_eq!(broken_at(&world, &team).await, 3);
}

async fn an_added_event_is_found(world: World) {
    let team = trail(&world, 6).await;
    let other = world.team("blue").await;
    world
        .place
        .sql(
            "INSERT INTO audit_event SELECT team_id, 7, at, action, kind, target, actor, doc, hash, hash \
             FROM audit_event WHERE sequence = 6",
        )
        .await;
    assert_eq!(broken_at(&world, &team).await, 7);
    // Nor can one be borrowed from another team's trail.
    world.place.sql(&format!("UPDATE audit_event SET team_id = '{}', sequence = 2 WHERE sequence = 2", other.id)).await;
    assert_eq!(broken_at(&world, &other).await, 2);
}

async fn events_are_filtered(world: World) {
    let team = world.team("red").await;
    let token = TokenId::random(&TestRandom);
    for (action, kind, target) in
        [("token.create", Kind::Token, "t1"), ("token.revoke", Kind::Token, "t2"), ("tokens", Kind::App, "t1")]
    {
        world.clock.advance(std::time::Duration::from_secs(1));
        let actor = Actor::Token { id: token, name: String::new() };
        let mut tx = world.store.begin(Cause { actor, ..cause() }).await.unwrap();
        let mut draft = draft(kind, target);
        draft.action = action.to_owned();
        tx.audit(team.id, draft).await.unwrap();
        tx.commit().await.unwrap();
    }
    let count = async |filter: AuditFilter| {
        world.store.audit_events(team.id, &filter, &PageRequest::default()).await.unwrap().items.len()
    };
    assert_eq!(count(AuditFilter { action_prefix: Some("token.".to_owned()), ..Default::default() }).await, 2);
    assert_eq!(count(AuditFilter { action_prefix: Some("TOKEN.".to_owned()), ..Default::default() }).await, 0);
    assert_eq!(count(AuditFilter { kind: Some(Kind::App), ..Default::default() }).await, 1);
    assert_eq!(count(AuditFilter { target: Some("t1".to_owned()), ..Default::default() }).await, 2);
    assert_eq!(count(AuditFilter { actor: Some(token.to_string()), ..Default::default() }).await, 3);
    assert_eq!(count(AuditFilter { from: Some(world.now()), ..Default::default() }).await, 1);
    assert_eq!(count(AuditFilter { to: Some(world.now()), ..Default::default() }).await, 3);
    let user = UserId::from_uuid(uuid::Uuid::from_u128(7));
    let actor = Actor::User { id: user, name: "Ada".to_owned() };
    let mut tx = world.store.begin(Cause { actor, ..cause() }).await.unwrap();
    tx.audit(team.id, draft(Kind::Token, "t1")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count(AuditFilter { actor: Some(user.to_string()), ..Default::default() }).await, 1);
}

async fn a_long_trail_is_verified(world: World) {
    let team = world.team("red").await;
    let mut tx = world.store.begin(cause()).await.unwrap();
    for _ in 1..2500 {
        audit(&mut tx, team.id, Kind::App, "app_1").await;
    }
    tx.commit().await.unwrap();
    assert!(matches!(verified(&world, &team).await, AuditVerification::Sound { events: 2500, .. }));
    world.place.sql("UPDATE audit_event SET action = 'x' WHERE sequence = 2001").await;
    assert_eq!(broken_at(&world, &team).await, 2001);
}

async fn decimal_numbers_keep_the_chain_whole(world: World) {
    let team = world.team("red").await;
    let numbers: serde_json::Value = serde_json::from_str(
        "[0.1, 1e-7, 123456789.123456789, 5e-324, 1.7976931348623157e308, 0.30000000000000004, 2.5e15, -0.0, \
          9007199254740993, 18446744073709551615, 8.41e21, 9.5e-19, 1.2345678901234567e-5]",
    )
    .unwrap();
    let mut tx = world.store.begin(cause()).await.unwrap();
    let mut draft = draft(Kind::Api, "api_1");
    draft.after = Some(numbers);
    tx.audit(team.id, draft).await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(verified(&world, &team).await, AuditVerification::Sound { events: 2, .. }));
}
