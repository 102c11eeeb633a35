//! Resources are kept, changed, deleted and found, each team's apart.

use keyward_model::Record;
use keyward_model::app::{App, AppSpec};
use keyward_model::resource::Kind;
use keyward_store::{PageRequest, StoreError};

use crate::world::{World, audit, cause, on_both};

on_both![
    a_resource_reads_back_as_written,
    a_stale_change_is_refused,
    a_name_is_taken_once_per_team,
    other_teams_see_nothing,
    pages_go_through_all_in_order,
    what_is_in_use_stays,
    the_feed_tells_of_each_change,
];

async fn a_resource_reads_back_as_written(world: World) {
    let team = world.team("red").await;
    let mut app =
        world.record(team.id, "shop", AppSpec { title: "Läden \0 'x' \"y\"".to_owned(), ..Default::default() });
    app.source = Some("git".parse().unwrap());
    world.insert(&app).await;
    let store = &world.store;
    assert_eq!(store.resource::<AppSpec>(team.id, "shop").await.unwrap().as_ref(), Some(&app));
    assert_eq!(store.resource_by_id(team.id, app.id).await.unwrap().as_ref(), Some(&app));
    assert_eq!(store.resource_of_any_team(app.id).await.unwrap().as_ref(), Some(&app));
    assert_eq!(store.all_resources::<AppSpec>(team.id).await.unwrap(), [app.clone()]);
    assert_eq!(store.resources_of_all_teams::<AppSpec>().await.unwrap(), [app]);
    assert_eq!(store.team_by_name("red").await.unwrap().as_ref(), Some(&team));
    assert_eq!(store.team_by_id(team.id).await.unwrap().as_ref(), Some(&team));
    assert_eq!(store.team_by_name("blue").await.unwrap(), None);
}

async fn a_stale_change_is_refused(world: World) {
    let team = world.team("red").await;
    let app = world.app(&team, "shop").await;
    let changed = |version, title: &str| {
        let spec = AppSpec { title: title.to_owned(), ..AppSpec::default() };
        App { version, spec, ..app.clone() }
    };
    world.update(&changed(2, "first")).await.unwrap();
    assert_eq!(world.update(&changed(2, "second")).await, Err(StoreError::Stale));
    assert_eq!(world.update(&changed(4, "third")).await, Err(StoreError::Stale));
    let stored = world.store.resource::<AppSpec>(team.id, "shop").await.unwrap().unwrap();
    assert_eq!((stored.version, stored.spec.title.as_str()), (2, "first"));
    let gone = App { id: world.id(), ..changed(2, "gone") };
    assert_eq!(world.update(&gone).await, Err(StoreError::Stale));
}

async fn a_name_is_taken_once_per_team(world: World) {
    let (red, blue) = (world.team("red").await, world.team("blue").await);
    world.app(&red, "shop").await;
    world.app(&blue, "shop").await;
    let mut tx = world.store.begin(cause()).await.unwrap();
    let second = tx.insert(&world.record(red.id, "shop", AppSpec::default())).await;
    assert!(matches!(&second, Err(StoreError::Conflict { what }) if what.contains("`shop`")), "{second:?}");
    drop(tx);
    let mut tx = world.store.begin(cause()).await.unwrap();
    let second = tx.insert(&Record { name: red.name.clone(), ..world.record(world.id(), "x", red.spec.clone()) }).await;
    assert!(matches!(second, Err(StoreError::Conflict { .. })), "{second:?}");
}

async fn other_teams_see_nothing(world: World) {
    let (red, blue) = (world.team("red").await, world.team("blue").await);
    let app = world.app(&red, "shop").await;
    let store = &world.store;
    assert_eq!(store.resource::<AppSpec>(blue.id, "shop").await.unwrap(), None);
    assert_eq!(store.resource_by_id(blue.id, app.id).await.unwrap(), None);
    assert!(store.all_resources::<AppSpec>(blue.id).await.unwrap().is_empty());
    assert!(store.resources::<AppSpec>(blue.id, &PageRequest::default()).await.unwrap().items.is_empty());
    let mut tx = store.begin(cause()).await.unwrap();
    assert_eq!(tx.resource_by_id(blue.id, app.id).await.unwrap(), None);
    assert_eq!(tx.delete(blue.id, app.id).await, Err(StoreError::Stale));
    let stolen = App { team: blue.id, version: 2, ..app.clone() };
    assert_eq!(tx.update(&stolen).await, Err(StoreError::Stale));
}

async fn pages_go_through_all_in_order(world: World) {
    let team = world.team("red").await;
    let names = ["a", "a-b", "a.b", "a_b", "ab", "b", "b1", "b10", "b2", "z"];
    for name in ["z", "b10", "a_b", "ab", "b2", "a.b", "b", "a", "a-b", "b1"] {
        world.app(&team, name).await;
    }
    for limit in [1, 3, 10, 11] {
        let mut found = Vec::new();
        let mut page = PageRequest { after: None, limit };
        loop {
            let next = world.store.resources::<AppSpec>(team.id, &page).await.unwrap();
            assert!(next.items.len() <= limit as usize);
            found.extend(next.items.into_iter().map(|app| app.name.to_string()));
            page.after = next.next;
            if page.after.is_none() {
                break;
            }
        }
        assert_eq!(found, names, "{limit} at a time");
    }
    let page = PageRequest { after: Some("Not A Name".to_owned()), limit: 3 };
    assert_eq!(world.store.resources::<AppSpec>(team.id, &page).await, Err(StoreError::BadCursor));
    assert_eq!(world.store.teams_of_installation(&PageRequest::default()).await.unwrap().items, [team]);
}

async fn what_is_in_use_stays(world: World) {
    let team = world.team("red").await;
    let app = world.app(&team, "shop").await;
    let token = world.token(&app, "one").await;
    let mut tx = world.store.begin(cause()).await.unwrap();
    let refused = tx.delete(team.id, app.id).await;
    assert!(matches!(&refused, Err(StoreError::Conflict { what }) if what.contains("tokens")), "{refused:?}");
    drop(tx);
    let mut tx = world.store.begin(cause()).await.unwrap();
    assert!(matches!(tx.delete(team.id, team.id).await, Err(StoreError::Conflict { .. })));
    drop(tx);
    let mut tx = world.store.begin(cause()).await.unwrap();
    tx.delete_token(team.id, token.token.id).await.unwrap();
    tx.delete(team.id, app.id).await.unwrap();
    tx.delete(team.id, team.id).await.unwrap();
    audit(&mut tx, team.id, Kind::Token, token.token.id.as_str()).await;
    audit(&mut tx, team.id, Kind::App, app.id.to_string()).await;
    audit(&mut tx, team.id, Kind::Team, team.id.to_string()).await;
    tx.commit().await.unwrap();
    assert_eq!(world.store.team_by_id(team.id).await.unwrap(), None);
}

async fn the_feed_tells_of_each_change(world: World) {
    let team = world.team("red").await;
    let before = world.store.revision().await.unwrap();
    let app = world.app(&team, "shop").await;
    world.update(&App { version: 2, ..app.clone() }).await.unwrap();
    let mut tx = world.store.begin(cause()).await.unwrap();
    tx.delete(team.id, app.id).await.unwrap();
    audit(&mut tx, team.id, Kind::App, app.id.to_string()).await;
    tx.commit().await.unwrap();
    let changes = world.store.changes_after(before, 100).await.unwrap();
    assert_eq!(changes.iter().map(|change| change.revision).collect::<Vec<_>>(), [before + 1, before + 2, before + 3]);
    assert!(
        changes.iter().all(|change| {
            change.kind == Kind::App && change.id == app.id.to_string() && change.team == Some(team.id)
        })
    );
    assert!(world.store.changes_after(before + 3, 100).await.unwrap().is_empty());
}
