//! Workers race for the last unit of a quota: exactly as many calls get through as there were units.

use std::sync::Barrier;

use serde_json::json;

use crate::support::keyward::Setup;
use crate::support::wire::Wire;
use crate::support::world::World;

#[test]
fn exactly_the_quota_and_not_one_more() {
    let world = World::with(Setup { workers: Some(4), ..Setup::default() });
    for round in 0..10 {
        let quota = json!({ "quotas": [{ "limit": 21, "period": "month" }] });
        let (_, token) = world.token(json!({ "name": format!("round {round}"), "limits": quota }));
        let start = Barrier::new(8);
        let admitted: usize = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        // Connections of their own, so that the kernel spreads them over the workers.
                        let mut wires: Vec<Wire> = (0..8).map(|_| Wire::to(world.keyward.gateway)).collect();
                        start.wait();
                        let call = |wire: &mut Wire| wire.get("/echo/v1/echo", &token).expect("an answer").status;
                        wires.iter_mut().map(call).filter(|status| *status == 200).count()
                    })
                })
                .collect();
            racers.into_iter().map(|racer| racer.join().expect("it ends")).sum()
        });
        assert_eq!(admitted, 21, "round {round}");
    }
}
