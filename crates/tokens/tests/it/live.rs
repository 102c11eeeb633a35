//! Verifying what a caller presents.

use std::sync::Arc;

use keyward_model::Code;
use keyward_model::check::{Check, CheckName, Verdict};
use keyward_model::secret::Hidden;
use keyward_model::token::{TokenPrefix, TokenStatus, generate};
use keyward_store::feed::Follow;
use keyward_tokens::Live;
use keyward_vault::SystemRandom;
use serde_json::json;

use crate::world::{World, request};

#[tokio::test]
async fn only_the_whole_secret_is_known() {
    let world = World::new().await;
    let issued = world.issue(request(json!({}))).await;
    let text = issued.secret.expose();
    assert!(world.present(text).is_ok());

    let (_, stranger) = generate(&TokenPrefix::default(), &SystemRandom);
    assert_eq!(world.admits(stranger.expose()), Err(Code::TokenUnknown));
    let mut mistyped = text.to_owned();
    mistyped.pop();
    mistyped.push(if text.ends_with('a') { 'b' } else { 'a' });
    for malformed in ["", "kw_", &mistyped, &text[1..], &format!("{text}x"), &"x".repeat(100_000)] {
        assert_eq!(world.admits(malformed), Err(Code::TokenMalformed));
    }
}

#[tokio::test]
async fn the_right_id_with_another_secret_is_unknown() {
    let world = World::new().await;
    let issued = world.issue(request(json!({}))).await;
    // A well-formed token with the id of a real one: only its check characters have to be right.
    let forged = forged(issued.token.id.as_str());
    assert_eq!(world.admits(&forged), Err(Code::TokenUnknown));
}

fn forged(id: &str) -> String {
    let body = format!("kw_{id}{}", "A".repeat(32));
    let alphabet: Vec<char> = ('0'..='9').chain('A'..='Z').chain('a'..='z').collect();
    let mut rest = crc32fast::hash(body.as_bytes());
    let mut check = Vec::new();
    for _ in 0..6 {
        check.push(alphabet[(rest % 62) as usize]);
        rest /= 62;
    }
    check.reverse();
    body + &check.into_iter().collect::<String>()
}

#[tokio::test]
async fn a_fresh_start_knows_every_token() {
    let world = World::new().await;
    let mut secrets = Vec::new();
    for _ in 0..25 {
        secrets.push(world.issue(request(json!({}))).await.secret);
    }
    let live = Live::new(world.store.clone(), world.vault.clone());
    live.reload().await.expect("loaded");
    assert_eq!(live.len(), 25);
    assert!(secrets.iter().all(|secret| live.present(secret.expose()).is_ok()));
    assert!(live.by_id(world.present(secrets[0].expose()).expect("known").token.id()).is_some());
}

#[tokio::test]
async fn a_reload_forgets_what_is_gone() {
    let world = World::new().await;
    let issued = world.issue(request(json!({}))).await;
    let live = Live::new(world.store.clone(), world.vault.clone());
    live.reload().await.expect("loaded");
    let mut tx = world.store.begin(crate::world::cause()).await.expect("a transaction");
    tx.delete_token(world.team.id, issued.token.id).await.expect("deleted");
    let draft = keyward_model::audit::AuditDraft {
        action: "token.delete".to_owned(),
        kind: keyward_model::resource::Kind::Token,
        target: issued.token.id.to_string(),
        target_name: String::new(),
        before: None,
        after: None,
        reason: None,
    };
    tx.audit(world.team.id, draft).await.expect("an event");
    tx.commit().await.expect("a commit");
    assert!(live.present(issued.secret.expose()).is_ok(), "it does not follow by itself");
    live.reload().await.expect("loaded");
    assert_eq!((live.len(), live.present(issued.secret.expose()).is_ok()), (0, false));
}

#[tokio::test]
async fn a_token_edited_past_keyward_is_not_known() {
    let world = World::new().await;
    let issued = world.issue(request(json!({}))).await;
    world.sql("UPDATE token SET doc = replace(doc, 'orders:read', 'orders:*')").await;
    let live = Live::new(world.store.clone(), world.vault.clone());
    live.reload().await.expect("the others are loaded");
    assert_eq!(live.present(issued.secret.expose()).map(drop).map_err(|denial| denial.code), Err(Code::TokenUnknown));
}

#[tokio::test]
async fn one_damaged_row_does_not_hold_up_the_jobs() {
    let world = World::new().await;
    let (damaged, sound) = (world.issue(request(json!({}))).await, world.issue(request(json!({}))).await);
    let (_, revision) =
        world.keys.rotate(crate::world::cause(), keyward_model::change::KeyPurpose::Pepper).await.expect("rotated");
    world.settle(revision).await;
    let mut rehashes = world.live.rehashes().expect("the first to ask");
    let mut asked = |text: &str| {
        world.present(text).expect("known");
        rehashes.try_recv().expect("asked for")
    };
    let batch = [asked(damaged.secret.expose()), asked(sound.secret.expose())];
    let spoil = format!("UPDATE token SET doc = replace(doc, 'orders:read', 'x') WHERE id = '{}'", damaged.token.id);
    world.sql(&spoil).await;
    assert_eq!(world.tokens.rehash(&batch).await, Ok(1));
    world.clock.advance(200 * crate::world::DAY);
    assert_eq!(world.tokens.housekeeping(&world.live).await.map(|report| report.deleted), Ok(1));
}

#[tokio::test]
async fn an_app_that_is_damaged_takes_its_tokens_along() {
    let world = World::new().await;
    let issued = world.issue(request(json!({}))).await;
    assert_eq!(world.admits(issued.secret.expose()), Ok(()));
    world.sql("UPDATE app SET spec = replace(spec, 'orders', 'x')").await;
    let change = keyward_model::change::Change {
        revision: 0,
        team: Some(world.team.id),
        kind: keyward_model::resource::Kind::App,
        id: world.app.id.to_string(),
    };
    world.live.apply(&[change]).await.expect("let go of");
    assert_eq!(world.admits(issued.secret.expose()), Err(Code::TokenDisabled));
}

#[tokio::test]
async fn a_recognised_credential_leaves_two_passed_checks_and_an_unknown_one_says_which_failed() {
    let world = World::new().await;
    let issued = world.issue(request(json!({}))).await;
    let traced = |text: &str| {
        let mut checks: Vec<Check> = Vec::new();
        let _ = world.live.present_traced(text, &mut checks);
        checks.into_iter().map(|check| (check.check, check.verdict)).collect::<Vec<_>>()
    };
    let (well_formed, known) = (CheckName::WellFormed, CheckName::Known);
    assert_eq!(traced(issued.secret.expose()), [(well_formed, Verdict::Pass), (known, Verdict::Pass)]);
    assert_eq!(traced(&forged("4fTz0aB9cD3e")), [(well_formed, Verdict::Pass), (known, Verdict::Fail)]);
    assert_eq!(traced("nonsense"), [(well_formed, Verdict::Fail)]);
}

#[tokio::test]
async fn whoever_holds_a_text_may_ask_what_it_is_but_not_of_another_team() {
    let world = World::new().await;
    let issued = world.issue(request(json!({"expires_at": "2030-01-02T00:00:00Z"}))).await;
    let text = Hidden::new(issued.secret.expose());
    let good = world.tokens.verify(&world.live, world.team.id, &text).await.expect("an answer");
    assert_eq!((good.valid, good.status, good.token), (true, Some(TokenStatus::Active), Some(issued.token.clone())));

    let other = world.add_team("other").await;
    let foreign = world.tokens.verify(&world.live, other.id, &text).await.expect("an answer");
    assert_eq!((foreign.valid, foreign.code, foreign.token), (false, Some(Code::TokenUnknown), None));

    world.clock.advance(crate::world::DAY);
    let late = world.tokens.verify(&world.live, world.team.id, &text).await.expect("an answer");
    assert_eq!((late.valid, late.code), (false, Some(Code::TokenExpired)));
    let nonsense = world.tokens.verify(&world.live, world.team.id, &Hidden::new([0xff])).await.expect("an answer");
    assert_eq!((nonsense.valid, nonsense.code), (false, Some(Code::TokenMalformed)));
}

#[tokio::test]
async fn many_readers_see_one_state_or_the_other() {
    let world = World::new().await;
    let issued = Arc::new(world.issue(request(json!({}))).await);
    let (live, stop) = (world.live.clone(), Arc::new(std::sync::atomic::AtomicBool::new(false)));
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let (live, stop, issued) = (live.clone(), stop.clone(), issued.clone());
            std::thread::spawn(move || {
                let mut last = 0;
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    let version = live.present(issued.secret.expose()).expect("always known").token.version();
                    assert!(version >= last, "no reader goes back in time");
                    last = version;
                }
            })
        })
        .collect();
    for round in 0..30 {
        let edit = serde_json::from_value(json!({"name": format!("round {round}")})).expect("an edit");
        let all = crate::world::everything();
        let edited = world.tokens.edit(crate::world::cause(), world.team.id, issued.token.id, edit, None, &all).await;
        world.settle(edited.expect("edited").revision).await;
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    for reader in readers {
        reader.join().expect("no reader failed");
    }
}
