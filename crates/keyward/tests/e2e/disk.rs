//! A full disk and a read-only store: a clear refusal, a gateway that serves on, and nothing acknowledged is lost.

use serde_json::{Value, json};

use crate::support::eventually;
use crate::support::keyward::Setup;
use crate::support::mount::Disk;
use crate::support::postgres::{Server, psql};
use crate::support::world::{World, issued};

const PATH: &str = "/echo/v1/echo";

/// Makes tokens until one is refused; the texts of those that were acknowledged.
fn until_refused(world: &World, most: usize) -> Vec<String> {
    let mut made = Vec::new();
    for count in 0..most {
        let body = json!({ "app": "shop", "name": format!("token {count}"), "scopes": ["echo:read"] });
        let answer = world.keyward.api("POST", "/teams/acme/tokens", body);
        if answer.status != 201 {
            let code = answer.body["code"].as_str();
            assert_eq!((answer.status, code), (507, Some("storage_refused")), "{:#}", answer.body);
            return made;
        }
        made.push(issued(&answer.body).1);
    }
    panic!("{most} tokens were made and nothing was refused");
}

/// Holds what was acknowledged against what is there, and the trail against its chain.
fn assert_nothing_lost(world: &World, tokens: &[String]) {
    for token in tokens {
        assert_eq!(world.get(PATH, token).status, 200, "an acknowledged token is gone");
    }
    let proof = world.keyward.api("GET", "/teams/acme/audit-events/verification", Value::Null).ok();
    assert_eq!(proof["sound"], json!(true), "{proof:#}");
}

#[test]
fn a_full_disk_refuses_changes_and_no_calls() {
    let Some(disk) = Disk::new(6 * 1024) else { return };
    let mut world = World::with(Setup { data_dir: Some(disk.path().join("data")), ..Setup::default() });
    let (_, token) = world.token(json!({}));
    disk.fill(40 * 1024);
    let mut made = until_refused(&world, 2000);
    for _ in 0..50 {
        assert_eq!(world.get(PATH, &token).status, 200, "a call failed for the full disk");
    }
    assert_nothing_lost(&world, &made);

    disk.relieve();
    eventually("changes are taken again", || {
        let body = json!({ "app": "shop", "name": "after", "scopes": ["echo:read"] });
        let answer = world.keyward.api("POST", "/teams/acme/tokens", body);
        if answer.status == 201 {
            made.push(issued(&answer.body).1);
        }
        answer.status == 201
    });
    world.keyward.kill();
    disk.remount("ro");
    let refused = world.keyward.command(&["serve"]).output().expect("it ends by itself");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("read-only"), "{said}");
    disk.remount("rw");
    world.keyward.up();
    assert_nothing_lost(&world, &made);
}

#[test]
fn a_read_only_store_refuses_changes_and_no_calls() {
    let postgres = Server::start();
    let world = World::with(Setup { store_url: Some(postgres.url()), ..Setup::default() });
    let (_, token) = world.token(json!({}));
    psql(&postgres.url(), "ALTER SYSTEM SET default_transaction_read_only = on");
    psql(&postgres.url(), "SELECT pg_reload_conf()");
    let mut made = Vec::new();
    eventually("changes are refused", || {
        let body = json!({ "app": "shop", "name": "during", "scopes": ["echo:read"] });
        let answer = world.keyward.api("POST", "/teams/acme/tokens", body);
        if answer.status == 201 {
            made.push(issued(&answer.body).1);
        }
        (answer.status, answer.body["code"].as_str()) == (507, Some("storage_refused"))
    });
    for _ in 0..50 {
        assert_eq!(world.get(PATH, &token).status, 200, "a call failed for the read-only store");
    }
    psql(&postgres.url(), "ALTER SYSTEM SET default_transaction_read_only = off");
    psql(&postgres.url(), "SELECT pg_reload_conf()");
    eventually("changes are taken again", || {
        let body = json!({ "app": "shop", "name": "after", "scopes": ["echo:read"] });
        world.keyward.api("POST", "/teams/acme/tokens", body).status == 201
    });
    assert_nothing_lost(&world, &made);
}
