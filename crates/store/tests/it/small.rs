//! Quota counts and node reports.

use std::time::Duration;

use keyward_model::limits::{LimitUnit, QuotaPeriod};
use keyward_store::{NodeState, QuotaUse};

use crate::world::{World, on_both};

on_both![a_quota_count_never_goes_down, nodes_report_how_far_they_are];

async fn a_quota_count_never_goes_down(world: World) {
    let use_of = |subject: &str, unit, used| QuotaUse {
        subject: subject.to_owned(),
        period: QuotaPeriod::Day,
        unit,
        period_start: world.now(),
        used,
    };
    let store = &world.store;
    store.flush_quota_uses(&[]).await.unwrap();
    let uses = [
        use_of("token a", LimitUnit::Calls, 5),
        use_of("token a", LimitUnit::Cost, 50),
        use_of("token a", LimitUnit::Calls, 7),
        use_of("token a", LimitUnit::Calls, 6),
    ];
    store.flush_quota_uses(&uses).await.unwrap();
    store
        .flush_quota_uses(&[use_of("token a", LimitUnit::Cost, 49), use_of("token b", LimitUnit::Calls, 1)])
        .await
        .unwrap();
    let mut found = store.quota_uses(world.now()).await.unwrap();
    found.sort_by_key(|one| (one.subject.clone(), one.used));
    let expected = [
        use_of("token a", LimitUnit::Calls, 7),
        use_of("token a", LimitUnit::Cost, 50),
        use_of("token b", LimitUnit::Calls, 1),
    ];
    assert_eq!(found, expected);
    let later = world.now().plus(Duration::from_millis(1));
    assert!(store.quota_uses(later).await.unwrap().is_empty());
    assert_eq!(store.prune_quota_uses(later).await.unwrap(), 3);
    let many: Vec<_> = (0..1200).map(|n| use_of(&format!("token {n}"), LimitUnit::Calls, n)).collect();
    store.flush_quota_uses(&many).await.unwrap();
    assert_eq!(store.quota_uses(world.now()).await.unwrap().len(), 1200);
}

async fn nodes_report_how_far_they_are(world: World) {
    let state = |node: &str, revision| NodeState { node: node.to_owned(), revision, seen_at: world.now() };
    for state in [state("b", 1), state("a", 2), state("b", 3)] {
        world.store.report_node(&state).await.unwrap();
    }
    assert_eq!(world.store.nodes().await.unwrap(), [state("a", 2), state("b", 3)]);
    world.clock.advance(Duration::from_secs(9));
    world.store.report_node(&state("a", 4)).await.unwrap();
    assert_eq!(world.store.prune_nodes(world.now()).await.unwrap(), 1);
    assert_eq!(world.store.nodes().await.unwrap(), [state("a", 4)]);
}
