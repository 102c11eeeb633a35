//! The wall clock jumps: what follows the calendar follows it, what is measured does not notice.

use serde_json::json;

use crate::support::keyward::Setup;
use crate::support::wall_clock::WallClock;
use crate::support::world::World;

const PATH: &str = "/echo/v1/echo";

/// A Keyward whose wall clock can be set.
struct Shifted {
    world: World,
    clock: WallClock,
}

impl Shifted {
    fn new() -> Self {
        let clock = WallClock::at("+0");
        let world = World::with(Setup { env: clock.env(), ..Setup::default() });
        Self { world, clock }
    }

    fn jump(&self, offset: &str) {
        self.clock.jump(offset);
    }
}

#[test]
fn expiry_follows_the_wall_clock_forward_and_back() {
    let shifted = Shifted::new();
    let world = &shifted.world;
    let (_, token) = world.token(json!({}));
    assert_eq!(world.get(PATH, &token).status, 200);
    shifted.jump("+31d");
    assert_eq!(world.get(PATH, &token).code(), "token_expired");
    shifted.jump("+0");
    assert_eq!(world.get(PATH, &token).status, 200);
}

#[test]
fn a_jump_neither_opens_a_rate_nor_locks_it() {
    let shifted = Shifted::new();
    let world = &shifted.world;
    let (_, token) =
        world.token(json!({ "limits": { "rates": [{ "limit": 1, "window_seconds": 86400, "burst": 2 }] } }));
    assert_eq!(world.get(PATH, &token).status, 200);
    shifted.jump("+5d");
    assert_eq!(world.get(PATH, &token).status, 200);
    assert_eq!(world.get(PATH, &token).code(), "rate_limited", "five days on the wall gave nothing back");
    let (_, fresh) = world.token(json!({ "expires_at": "2099-01-01T00:00:00Z", "limits": { "rates": [{ "limit": 600, "window_seconds": 60 }] } }));
    assert_eq!(world.get(PATH, &fresh).status, 200);
    shifted.jump("-2d");
    assert_eq!(world.get(PATH, &fresh).status, 200, "a jump back locks nobody out");
}

#[test]
fn a_quota_begins_anew_with_the_calendar_and_a_jump_back_gives_nothing_twice() {
    let shifted = Shifted::new();
    let world = &shifted.world;
    let quota =
        json!({ "expires_at": "2099-01-01T00:00:00Z", "limits": { "quotas": [{ "limit": 2, "period": "day" }] } });
    let (_, token) = world.token(quota);
    let calls = |wanted: &[u16]| {
        let got: Vec<u16> = wanted.iter().map(|_| world.get(PATH, &token).status).collect();
        assert_eq!(got, wanted);
    };
    calls(&[200, 200, 429]);
    shifted.jump("+1d");
    calls(&[200, 200, 429]);
    shifted.jump("+0");
    calls(&[429]);
}
