use keyward_model::Timestamp;
use keyward_model::clock::{Clock, ManualClock};
use keyward_model::id::Id;
use keyward_policy::balance::State;
use keyward_policy::concurrency::Entry;
use keyward_vault::SystemRandom;
use serde_json::{Value, json};

use super::*;

const NOW: Duration = Duration::from_secs(100);

struct Case {
    healths: Healths,
    team: TeamId,
    name: Name,
}

impl Case {
    fn new() -> Self {
        let clock: &dyn Clock = &ManualClock::at(Timestamp::from_millis(0));
        Self { healths: Healths::default(), team: Id::new(clock, &SystemRandom), name: "orders".parse().unwrap() }
    }

    fn of(&mut self, targets: &[&str], more: Value) -> (Arc<Health>, Arc<Ledger>) {
        let targets: Vec<_> = targets.iter().map(|host| json!({ "url": format!("http://{host}") })).collect();
        let mut spec = json!({ "targets": targets });
        spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.healths.of(self.team, &self.name, &serde_json::from_value(spec).unwrap(), NOW)
    }
}

#[test]
fn only_targets_that_are_new_grow() {
    let mut case = Case::new();
    let slow = json!({ "health": { "slow_start_seconds": 60 } });
    let state = |health: &Health, place| health.standing(place, NOW).unwrap().state;
    let (health, _) = case.of(&["a", "b"], slow.clone());
    assert_eq!((state(&health, 0), state(&health, 1)), (State::InUse, State::InUse), "all are as old as the upstream");
    let (health, _) = case.of(&["b", "c"], slow);
    assert_eq!(state(&health, 0), State::InUse);
    assert!(matches!(state(&health, 1), State::Growing(_)));
}

#[test]
fn a_target_that_was_drained_grows_as_well() {
    let mut case = Case::new();
    let with = |weight| json!({ "targets": [{ "url": "http://a" }, { "url": "http://b", "weight": weight }], "health": { "slow_start_seconds": 60 } });
    case.of(&[], with(0));
    let (health, _) = case.of(&[], with(1));
    assert!(matches!(health.standing(1, NOW).unwrap().state, State::Growing(_)));
    let (health, _) = case.of(&[], with(2));
    assert!(matches!(health.standing(1, NOW).unwrap().state, State::Growing(_)), "it is still at it");
    assert_eq!(health.standing(0, NOW).unwrap().state, State::InUse);
}

#[test]
fn calls_under_way_count_on_after_a_change() {
    let mut case = Case::new();
    let bound = |most: u32| json!({ "concurrency": { "max_connections": most, "max_pending": 0 } });
    let (_, ledger) = case.of(&["a", "b"], bound(1));
    let seat = ledger.gates[1].enter_now().unwrap();
    let (_, ledger) = case.of(&["b"], bound(1));
    assert!(matches!(ledger.gates[0].enter(), Entry::Full));
    let (_, ledger) = case.of(&["b"], bound(2));
    assert!(ledger.gates[0].enter_now().is_some());
    drop(seat);
    assert!(case.of(&["b"], json!({})).1.gates.is_empty());
}

#[test]
fn what_is_in_use_is_kept_and_nothing_else() {
    let mut case = Case::new();
    let held = case.of(&["a"], json!({}));
    case.healths.forget_unused();
    assert!(Arc::ptr_eq(&case.of(&["a"], json!({})).1, &held.1));
    drop(held);
    case.healths.forget_unused();
    assert!(case.healths.0.is_empty());
}
