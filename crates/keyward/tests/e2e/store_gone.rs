//! The store is gone for a minute: the gateway serves on, management says so, and both recover by themselves.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::keyward::Setup;
use crate::support::postgres::Server;
use crate::support::world::World;
use crate::support::{eventually, now};

const PATH: &str = "/echo/v1/echo";

#[test]
fn the_gateway_serves_on_without_its_store() {
    let postgres = Server::start();
    let world = World::with(Setup { store_url: Some(postgres.url()), ..Setup::default() });
    let (id, token) = world.token(json!({}));
    assert_eq!(world.get(PATH, &token).status, 200);

    postgres.stop();
    let gone = now();
    let mut refused = 0;
    while gone.elapsed() < Duration::from_secs(60) {
        assert_eq!(world.get(PATH, &token).status, 200, "a call failed while the store was gone");
        if refused < 5 {
            let asked = now();
            let answer =
                world.keyward.api("PATCH", &format!("/teams/acme/tokens/{id}"), json!({ "description": "now" }));
            assert_eq!(
                (answer.status, answer.body["code"].as_str()),
                (503, Some("store_unavailable")),
                "{:#}",
                answer.body
            );
            assert!(asked.elapsed() < Duration::from_secs(10), "the refusal took {:?}", asked.elapsed());
            refused += 1;
        }
        std::thread::sleep(Duration::from_millis(250));
    }
    assert_eq!(refused, 5);

    postgres.start_again();
    eventually("management works again", || {
        world.keyward.api("PATCH", &format!("/teams/acme/tokens/{id}"), json!({ "description": "back" })).status == 200
    });
    world.post(&format!("/tokens/{id}/revoke"), json!({ "reason": "after the outage" }));
    assert_eq!(world.get(PATH, &token).status, 401, "changes arrive again");
    let proof = world.keyward.api("GET", "/teams/acme/audit-events/verification", Value::Null).ok();
    assert_eq!(proof["sound"], json!(true), "{proof:#}");
}
