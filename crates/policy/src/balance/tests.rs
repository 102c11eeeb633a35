use std::sync::Arc;
use std::time::Duration;

use keyward_model::upstream::{Balance, UpstreamSpec};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const START: Duration = Duration::from_secs(1000);

fn after(seconds: u64) -> Duration {
    START + Duration::from_secs(seconds)
}

fn health(weights: &[u16], health: Value) -> Arc<Health> {
    let targets: Vec<Value> = weights
        .iter()
        .enumerate()
        .map(|(place, weight)| json!({ "url": format!("http://10.0.0.{place}"), "weight": weight }))
        .collect();
    let spec: UpstreamSpec = serde_json::from_value(json!({ "targets": targets, "health": health })).expect("a spec");
    Arc::new(Health::new(&spec))
}

fn turns(balancer: &Balancer, now: Duration, count: usize) -> Vec<usize> {
    (0..count).map(|_| balancer.choose(now, 0, Places::NONE).expect("a target")).collect()
}

fn eject(health: &Health, place: usize, now: Duration) -> Option<Duration> {
    (0..5).find_map(|_| health.failed(place, now))
}

/// A plain source of spread-out numbers (SplitMix64), so that a run can be repeated.
fn numbers(mut seed: u64) -> impl FnMut() -> u64 {
    move || {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[test]
fn round_robin_is_smooth_and_workers_begin_apart() {
    let health = health(&[5, 1, 1], json!({}));
    let balancer = Balancer::new(Arc::clone(&health), Balance::RoundRobin, 0);
    assert_eq!(turns(&balancer, START, 7), [0, 0, 1, 0, 2, 0, 0]);
    let equal = self::health(&[1, 1, 1], json!({}));
    for worker in 0..6 {
        let balancer = Balancer::new(Arc::clone(&equal), Balance::RoundRobin, worker);
        assert_eq!(turns(&balancer, START, 2), [worker % 3, (worker + 1) % 3]);
    }
}

#[test]
fn a_retry_goes_elsewhere_where_it_can() {
    let balancer = Balancer::new(health(&[1, 1], json!({})), Balance::RoundRobin, 0);
    for _ in 0..5 {
        assert_eq!(balancer.choose(START, 0, Places::NONE.with(0)), Some(1));
    }
    assert!(balancer.choose(START, 0, Places::first(2)).is_some());
    let alone = Balancer::new(health(&[1], json!({})), Balance::LeastConnections, 3);
    assert_eq!(alone.choose(START, 7, Places::NONE.with(0)), Some(0));
}

#[test]
fn least_connections_goes_where_less_is_under_way_for_its_weight() {
    let balancer = Balancer::new(health(&[1, 3], json!({})), Balance::LeastConnections, 0);
    (0..3).for_each(|_| balancer.begin(0));
    (0..6).for_each(|_| balancer.begin(1));
    let mut random = numbers(1);
    for _ in 0..20 {
        assert_eq!(balancer.choose(START, random(), Places::NONE), Some(1), "3 of 1 against 6 of 3");
    }
    (0..4).for_each(|_| balancer.begin(1));
    assert_eq!(balancer.choose(START, random(), Places::NONE), Some(0), "3 of 1 against 10 of 3");
    (0..9).for_each(|_| balancer.end(1));
    assert_eq!((balancer.under_way(0), balancer.under_way(1)), (3, 1));
}

#[test]
fn failures_in_a_row_eject_longer_each_time() {
    let health = health(&[1, 1, 1], json!({}));
    for _ in 0..4 {
        assert_eq!(health.failed(1, START), None);
    }
    health.succeeded(1);
    assert_eq!(eject(&health, 1, START), Some(Duration::from_secs(10)), "a success begins the count anew");
    assert_eq!(health.usable(after(9)), Places::NONE.with(0).with(2));
    assert_eq!(health.failed(1, after(9)), None, "a call from before");
    assert_eq!(health.standing(1, after(9)).map(|standing| standing.state), Some(State::Ejected(after(10))));
    assert_eq!(health.usable(after(10)).len(), 3);
    assert_eq!(health.failed(1, after(11)), Some(Duration::from_secs(20)), "on trial, one failure is enough");
    assert_eq!(health.usable(after(30)).len(), 2);
    assert_eq!(health.usable(after(31)).len(), 3);
    health.succeeded(1);
    assert_eq!(health.failed(1, after(32)), None, "no longer on trial");
    health.succeeded(1);
    // In use for 25 seconds: as long as the last ejection took, but not as long as both.
    assert_eq!(eject(&health, 1, after(56)), Some(Duration::from_secs(20)));
    assert_eq!(health.usable(after(76)).len(), 3);
    health.succeeded(1);
    assert_eq!(eject(&health, 1, after(10_000)), Some(Duration::from_secs(10)), "all is forgiven in time");
}

#[test]
fn ejections_are_bounded_in_length_and_number() {
    let health = health(&[1, 1, 1, 1], json!({ "passive": { "max_eject_seconds": 35 } }));
    let mut now = START;
    let mut lengths = Vec::new();
    for _ in 0..5 {
        let length = eject(&health, 0, now).expect("an ejection");
        lengths.push(length.as_secs());
        now += length;
    }
    assert_eq!(lengths, [10, 20, 35, 35, 35]);
    assert!(eject(&health, 1, now).is_some() && eject(&health, 2, now).is_some());
    assert_eq!(eject(&health, 3, now), None, "half of four");
    let alone = self::health(&[1], json!({}));
    assert_eq!(eject(&alone, 0, START), None, "never the last");
    let off = self::health(&[1, 1], json!({ "passive": { "failures": 0 } }));
    assert_eq!(eject(&off, 0, START), None);
}

#[test]
fn probes_take_out_and_bring_back() {
    let health = health(&[1, 1], json!({ "active": { "path": "/" } }));
    let probe = |good: &[bool], at| good.iter().map(|good| health.observed(0, *good, after(at))).collect::<Vec<_>>();
    assert_eq!(probe(&[false, false, true, false, false], 0), [None; 5], "not in a row");
    assert_eq!(probe(&[false, false], 1), [Some(false), None]);
    assert_eq!(health.usable(after(1)), Places::NONE.with(1));
    assert_eq!(health.standing(0, after(2)).map(|s| (s.state, s.since)), Some((State::Down, after(1))));
    assert_eq!(probe(&[true, false, true], 2), [None; 3]);
    assert_eq!(probe(&[true, true], 3), [Some(true), None]);
    assert_eq!(health.usable(after(3)).len(), 2);
    assert_eq!(health.standing(0, after(3)).map(|s| (s.state, s.since)), Some((State::InUse, after(3))));
}

#[test]
fn when_too_few_are_left_all_are_used() {
    let health = health(&[2, 1, 1, 0], json!({ "active": { "path": "/", "unhealthy_after": 1 }, "panic_percent": 50 }));
    health.observed(1, false, START);
    health.observed(2, false, START);
    assert_eq!(health.usable(START), Places::NONE.with(0), "half of the weight is not less than half");
    assert!(!health.is_panicking(START));
    health.observed(1, true, START);
    health.observed(1, true, START);
    health.observed(0, false, START);
    assert!(health.is_panicking(START));
    assert_eq!(health.usable(START), Places::first(3), "but the drained");
    let never = self::health(&[1, 1], json!({ "active": { "path": "/", "unhealthy_after": 1 }, "panic_percent": 0 }));
    never.observed(0, false, START);
    assert_eq!(never.usable(START), Places::NONE.with(1));
    never.observed(1, false, START);
    assert_eq!(never.usable(START).len(), 2, "none left");
}

#[test]
fn who_comes_back_grows_into_its_share() {
    let health = health(&[1, 1], json!({ "slow_start_seconds": 100, "active": { "path": "/", "unhealthy_after": 1 } }));
    let balancer = Balancer::new(Arc::clone(&health), Balance::RoundRobin, 0);
    let share = |now| turns(&balancer, now, 300).into_iter().filter(|place| *place == 1).count();
    assert_eq!(share(START), 150, "from the start there is nothing to grow into");
    health.observed(1, false, START);
    assert_eq!(share(after(1)), 0);
    health.observed(1, true, after(1));
    health.observed(1, true, after(1));
    let growing: Vec<usize> = [2, 26, 51, 101].into_iter().map(|at| share(after(at))).collect();
    assert!(growing.windows(2).all(|pair| pair[0] < pair[1]), "{growing:?}");
    assert!((26..=29).contains(&growing[0]) && (99..=101).contains(&growing[2]) && growing[3] >= 149, "{growing:?}");
    assert_eq!(health.standing(1, after(51)).map(|standing| standing.state), Some(State::Growing(50)));
    health.begin(0, after(200));
    assert_eq!(health.standing(0, after(201)).map(|standing| standing.state), Some(State::Growing(9)));
}

#[test]
fn a_changed_upstream_keeps_what_was_known_of_its_targets() {
    let old = health(&[1, 1, 1], json!({}));
    eject(&old, 2, START);
    let new = health(&[1, 1], json!({}));
    new.adopt(0, &old, 2);
    assert_eq!(new.usable(after(1)), Places::NONE.with(1));
    assert_eq!(new.usable(after(10)).len(), 2);
    let alone = health(&[1], json!({}));
    alone.adopt(0, &old, 2);
    assert_eq!(alone.standing(0, START).map(|standing| standing.state), Some(State::InUse), "the last stays in");
}

#[test]
fn who_is_down_is_back_where_nobody_probes_any_more() {
    let probed = || health(&[1, 1], json!({ "active": { "path": "/", "unhealthy_after": 1 } }));
    let old = probed();
    old.observed(0, false, START);
    let still = probed();
    still.adopt(0, &old, 0);
    assert_eq!(still.usable(START), Places::NONE.with(1));
    let without = health(&[1, 1], json!({}));
    without.adopt(0, &still, 0);
    assert_eq!(without.usable(START).len(), 2);
}

#[test]
fn workers_that_race_eject_once_and_never_too_many() {
    let health = health(&[1; 8], json!({ "passive": { "failures": 1 } }));
    let ejections: usize = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (0..8).filter(|place| health.failed(*place, START).is_some()).count()))
            .collect();
        workers.into_iter().map(|worker| worker.join().expect("a worker")).sum()
    });
    assert_eq!((ejections, health.usable(START).len()), (4, 4));
    assert_eq!(health.usable(after(10)).len(), 8);
}

#[test]
fn choosing_allocates_nothing() {
    for balance in [Balance::RoundRobin, Balance::LeastConnections] {
        let health = health(&[1; 64], json!({ "slow_start_seconds": 30 }));
        eject(&health, 7, START);
        let balancer = Balancer::new(health, balance, 1);
        let info = allocation_counter::measure(|| {
            for random in 0..100 {
                balancer.choose(after(random), random << 32, Places::NONE.with(3));
            }
        });
        assert_eq!(info.count_total, 0, "{balance:?}");
    }
}

/// Something that happens to an upstream.
#[derive(Clone, Debug)]
enum Event {
    Failed(usize),
    Succeeded(usize),
    Probed(usize, bool),
    Passed(u64),
    Call(u64),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (0usize..8).prop_map(Event::Failed),
        1 => (0usize..8).prop_map(Event::Succeeded),
        2 => (0usize..8, any::<bool>()).prop_map(|(place, good)| Event::Probed(place, good)),
        1 => (0u64..15_000).prop_map(Event::Passed),
        4 => any::<u64>().prop_map(Event::Call),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Over any stretch each gets its share, but for less than the number of targets.
    #[test]
    fn round_robin_is_fair(
        weights in prop::collection::vec(0u16..=20, 1..10),
        skip in 0usize..50,
        count in 1usize..300,
    ) {
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        let balancer = Balancer::new(health(&weights, json!({})), Balance::RoundRobin, 0);
        turns(&balancer, START, skip);
        let chosen = turns(&balancer, START, count);
        let total: usize = weights.iter().map(|weight| usize::from(*weight)).sum();
        for (place, weight) in weights.iter().enumerate() {
            let got = chosen.iter().filter(|chosen| **chosen == place).count();
            let off = (got * total).abs_diff(count * usize::from(*weight));
            prop_assert!(off < weights.len() * total, "place {} got {} of {}", place, got, count);
        }
    }

    /// Whatever happens: a drained target is never chosen, one that is out only when all are used, and never more are
    /// ejected than may be.
    #[test]
    fn who_is_out_gets_no_calls(
        weights in prop::collection::vec(0u16..=3, 1..8),
        percent in 0u8..=100,
        panic_percent in 0u8..=100,
        least: bool,
        events in prop::collection::vec(event(), 1..200),
    ) {
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        let health = health(&weights, json!({
            "passive": { "failures": 2, "eject_seconds": 3, "max_ejected_percent": percent },
            "active": { "path": "/", "healthy_after": 1, "unhealthy_after": 2 },
            "slow_start_seconds": 5, "panic_percent": panic_percent,
        }));
        let balance = if least { Balance::LeastConnections } else { Balance::RoundRobin };
        let balancer = Balancer::new(Arc::clone(&health), balance, 1);
        let mut now = START;
        for event in events {
            match event {
                Event::Failed(place) => drop(health.failed(place, now)),
                Event::Succeeded(place) => health.succeeded(place),
                Event::Probed(place, good) => drop(health.observed(place, good, now)),
                Event::Passed(millis) => now += Duration::from_millis(millis),
                Event::Call(random) => {
                    let place = balancer.choose(now, random, Places::NONE).expect("a target");
                    let state = health.standing(place, now).expect("a standing").state;
                    prop_assert!(state != State::Drained);
                    let out = matches!(state, State::Ejected(_) | State::Down);
                    prop_assert!(!out || health.is_panicking(now), "{:?} got a call", state);
                    balancer.begin(place);
                }
            }
            let ejected = (0..weights.len()).filter(|place| {
                matches!(health.standing(*place, now).map(|standing| standing.state), Some(State::Ejected(_)))
            });
            let most = weights.len() * usize::from(percent) / 100;
            let most = if percent == 0 { 0 } else { most.max(1).min(weights.len() - 1) };
            prop_assert!(ejected.count() <= most);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Idle targets are used by weight; and with calls that never end, loads stay by weight as well.
    #[test]
    fn least_connections_is_fair(weights in prop::collection::vec(1u16..=8, 2..8), seed: u64) {
        let balancer = Balancer::new(health(&weights, json!({})), Balance::LeastConnections, 0);
        let mut random = numbers(seed);
        let total: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
        let mut idle = vec![0f64; weights.len()];
        for _ in 0..8000 {
            idle[balancer.choose(START, random(), Places::NONE).expect("a target")] += 1.0;
        }
        for _ in 0..8000 {
            balancer.begin(balancer.choose(START, random(), Places::NONE).expect("a target"));
        }
        for (place, weight) in weights.iter().enumerate() {
            let share = 8000.0 * f64::from(*weight) / total;
            prop_assert!((idle[place] - share).abs() < 250.0, "idle: {:?} for {:?}", idle, weights);
            let load = f64::from(balancer.under_way(place));
            prop_assert!((load - share).abs() < 120.0, "place {}: {} for {}", place, load, share);
        }
    }
}
