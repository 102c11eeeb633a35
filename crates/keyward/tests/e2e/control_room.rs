//! The control room in a real browser, against the real binary and with real calls through its gateway. Each test runs
//! one script of `peers/control_room`, which does what people do and says what it saw.

mod first_call;
mod joining;
mod live;
mod memberships;
mod pages;
mod reach;
mod second_factors;
mod states;
mod tokens;
mod tour;
mod unreachable;

use serde_json::{Value, json};

use crate::support::eventually;
use crate::support::keyward::Keyward;
use crate::support::peers;
use crate::support::world::World;

/// A Keyward that nobody has set up, with what [`World`] has.
struct Room {
    world: World,
}

impl Room {
    fn new() -> Self {
        Self { world: World::new() }
    }

    /// Runs a script and gives what it saw. No page may break its content security policy, throw, or have axe find
    /// something.
    #[track_caller]
    fn seen_by(&self, script: &str, more: Value) -> Value {
        let mut plan = plan_of(&self.world.keyward);
        plan["team"] = "acme".into();
        for (name, value) in more.as_object().expect("an object") {
            plan[name] = value.clone();
        }
        seen_by(script, &plan)
    }
}

/// Where a Keyward that nobody has set up is, and the link that it printed.
fn plan_of(keyward: &Keyward) -> Value {
    let link = || keyward.log().lines().find(|line| line.contains("/setup#")).map(str::to_owned);
    eventually("the setup link is printed", || link().is_some());
    json!({
        "url": format!("http://localhost:{}", keyward.control),
        "gateway": format!("http://127.0.0.1:{}", keyward.gateway),
        "setup": link(),
    })
}

/// Runs a script by a plan of its own, and holds what it saw against the same.
#[track_caller]
fn seen_by(script: &str, plan: &Value) -> Value {
    let seen = peers::control_room(script, plan);
    assert_eq!(seen["violations"], json!([]), "of the content security policy: {:#}", seen["violations"]);
    assert_eq!(seen["errors"], json!([]), "of scripts: {:#}", seen["errors"]);
    assert_eq!(seen["axe"], json!([]), "{:#}", seen["axe"]);
    seen
}
