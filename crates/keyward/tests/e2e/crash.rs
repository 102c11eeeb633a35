//! kill -9 in the middle of writing: what was acknowledged is there afterwards, and the audit trail is whole.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::support::keyward::Setup;
use crate::support::postgres::Database;
use crate::support::world::{World, issued};

fn nothing_acknowledged_is_lost(setup: Setup) {
    let mut world = World::with(setup);
    for round in 0..3 {
        let acknowledged = Mutex::new(Vec::new());
        let revoked = Mutex::new(Vec::new());
        let killed = AtomicBool::new(false);
        let pid = world.keyward.pid();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let (world, acknowledged, revoked, killed) = (&world, &acknowledged, &revoked, &killed);
                scope.spawn(move || {
                    for count in 0.. {
                        let keyward = &world.keyward;
                        let body = json!({ "app": "shop", "name": format!("{round}-{writer}-{count}"), "scopes": ["echo:read"] });
                        let Some(answer) = keyward.try_api(&keyward.operator, "POST", "/teams/acme/tokens", body) else { break };
                        if answer.status != 201 {
                            assert!(killed.load(Ordering::SeqCst), "{} {:#}", answer.status, answer.body);
                            break;
                        }
                        let (id, text) = issued(&answer.body);
                        if count % 3 == 2 {
                            let path = format!("/teams/acme/tokens/{id}/revoke");
                            let done = keyward.try_api(&keyward.operator, "POST", &path, json!({ "reason": "drill" }));
                            match done {
                                Some(done) if done.status == 200 => revoked.lock().expect("the list").push(text),
                                _ => break,
                            }
                        } else {
                            acknowledged.lock().expect("the list").push(text);
                        }
                    }
                });
            }
            std::thread::sleep(std::time::Duration::from_millis(700));
            killed.store(true, Ordering::SeqCst);
            let sent = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().expect("kill runs");
            assert!(sent.success());
        });
        world.keyward.kill();
        world.keyward.up();
        let acknowledged = acknowledged.into_inner().expect("the list");
        let revoked = revoked.into_inner().expect("the list");
        assert!(
            acknowledged.len() > 5 && !revoked.is_empty(),
            "there were writes: {} and {}",
            acknowledged.len(),
            revoked.len()
        );
        for token in &acknowledged {
            assert_eq!(world.get("/echo/v1/echo", token).status, 200, "an acknowledged token is gone");
        }
        for token in &revoked {
            assert_eq!(world.get("/echo/v1/echo", token).code(), "token_revoked", "an acknowledged revocation is gone");
        }
        let proof = world.keyward.api("GET", "/teams/acme/audit-events/verification", Value::Null).ok();
        assert_eq!(proof["sound"], json!(true), "{proof:#}");
    }
}

#[test]
fn kill_9_loses_nothing_on_sqlite() {
    nothing_acknowledged_is_lost(Setup::default());
}

#[test]
fn kill_9_loses_nothing_on_postgresql() {
    let database = Database::create();
    nothing_acknowledged_is_lost(Setup { store_url: Some(database.url()), ..Setup::default() });
}
