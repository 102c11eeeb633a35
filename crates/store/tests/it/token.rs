//! Tokens are kept whole, and found by what people know of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use keyward_model::resource::Kind;
use keyward_model::token::{
    ApiGrant, HashKind, Revocation, StoredToken, Token, TokenHash, TokenId, TokenState, TokenStatus,
};
use keyward_store::{PageRequest, StoreError, TokenFilter};

use crate::world::{TestRandom, World, audit, cause, last_use, on_both};

on_both![
    a_token_reads_back_as_written,
    a_change_keeps_the_hash_and_a_new_hash_keeps_the_rest,
    other_teams_see_no_token,
    all_tokens_are_loaded_batch_by_batch,
    tokens_are_listed_newest_first,
    the_status_filter_says_what_the_token_says,
    tokens_are_found_by_their_words,
    uses_add_up,
    unused_tokens_are_found,
];

async fn a_token_reads_back_as_written(world: World) {
    let team = world.team("red").await;
    let app = world.app(&team, "shop").await;
    let mut stored = world.unstored_token(&app, "ünï \0 'q'");
    stored.token.spec.labels = BTreeMap::from([("env\0".to_owned(), "p\0rod".to_owned())]);
    stored.token.expires_at = Some(world.now().plus(Duration::from_secs(60)));
    stored.hash = TokenHash {
        kind: HashKind::HmacSha256,
        key_version: 0,
        digest: [0xff; 32],
        key_prefix: Some("old_".to_owned()),
        key_secret: Some("kong".parse().unwrap()),
    };
    world.insert_token(&stored).await;
    assert_eq!(world.store.token(team.id, stored.token.id).await.unwrap().as_ref(), Some(&stored));
    assert_eq!(world.store.token_of_any_team(stored.token.id).await.unwrap(), Some(stored.clone()));
    let mut tx = world.store.begin(cause()).await.unwrap();
    let again = tx.insert_token(&stored).await;
    assert!(matches!(again, Err(StoreError::Conflict { .. })), "{again:?}");
    drop(tx);
    let mut orphan = world.unstored_token(&app, "orphan");
    orphan.token.app = world.id();
    let mut tx = world.store.begin(cause()).await.unwrap();
    assert!(matches!(tx.insert_token(&orphan).await, Err(StoreError::Conflict { .. })));
}

async fn a_change_keeps_the_hash_and_a_new_hash_keeps_the_rest(world: World) {
    let team = world.team("red").await;
    let app = world.app(&team, "shop").await;
    let stored = world.token(&app, "one").await;
    let id = stored.token.id;
    let changed = Token { version: 2, state: TokenState::Disabled, ..stored.token.clone() };
    world.update_token(&changed).await.unwrap();
    let expected = StoredToken { token: changed.clone(), hash: stored.hash.clone() };
    assert_eq!(world.store.token(team.id, id).await.unwrap(), Some(expected));
    assert_eq!(world.update_token(&changed).await, Err(StoreError::Stale));
    let before = world.store.revision().await.unwrap();
    let hash = TokenHash { key_version: 2, digest: [3; 32], ..stored.hash };
    let mut tx = world.store.begin(cause()).await.unwrap();
    tx.update_token_hash(id, &hash).await.unwrap();
    audit(&mut tx, team.id, Kind::Token, id.as_str()).await;
    tx.commit().await.unwrap();
    assert_eq!(world.store.token(team.id, id).await.unwrap(), Some(StoredToken { token: changed, hash }));
    let told = world.store.changes_after(before, 10).await.unwrap();
    assert_eq!(told.iter().map(|change| change.id.as_str()).collect::<Vec<_>>(), [id.as_str()]);
}

async fn other_teams_see_no_token(world: World) {
    let (red, blue) = (world.team("red").await, world.team("blue").await);
    let app = world.app(&red, "shop").await;
    let stored = world.token(&app, "one").await;
    let id = stored.token.id;
    assert_eq!(world.store.token(blue.id, id).await.unwrap(), None);
    let page = PageRequest::default();
    assert!(world.store.tokens(blue.id, &TokenFilter::default(), &page).await.unwrap().items.is_empty());
    let mut tx = world.store.begin(cause()).await.unwrap();
    assert_eq!(tx.token(blue.id, id).await.unwrap(), None);
    assert_eq!(tx.delete_token(blue.id, id).await, Err(StoreError::Stale));
    let stolen = Token { team: blue.id, version: 2, ..stored.token };
    assert_eq!(tx.update_token(&stolen).await, Err(StoreError::Stale));
}

async fn all_tokens_are_loaded_batch_by_batch(world: World) {
    let team = world.team("red").await;
    let app = world.app(&team, "shop").await;
    let mut ids = BTreeSet::new();
    for number in 0..7 {
        ids.insert(world.token(&app, &format!("t{number}")).await.token.id);
    }
    for limit in [1, 3, 7, 8] {
        let mut found = Vec::new();
        for mut stretch in world.store.token_stretches_of_all_teams().await.unwrap() {
            while let Some(batch) = world.store.tokens_of_stretch(&mut stretch, limit, &Arc::default()).await.unwrap() {
                found.extend(batch.tokens.iter().map(|stored| stored.token.id()));
            }
        }
        found.sort_unstable();
        assert!(found.iter().eq(ids.iter()), "{limit} at a time");
    }
}

async fn tokens_are_listed_newest_first(world: World) {
    let team = world.team("red").await;
    let app = world.app(&team, "shop").await;
    let mut expected = Vec::new();
    for number in 0..9 {
        // Three of each moment: then the id decides.
        if number % 3 == 0 {
            world.clock.advance(Duration::from_secs(1));
        }
        expected.push(world.token(&app, &format!("t{number}")).await.token);
    }
    expected.sort_by_key(|token| std::cmp::Reverse((token.created_at, token.id)));
    for limit in [1, 2, 4, 9] {
        let mut found = Vec::new();
        let mut page = PageRequest { after: None, limit };
        loop {
            let next = world.store.tokens(team.id, &TokenFilter::default(), &page).await.unwrap();
            found.extend(next.items);
            page.after = next.next;
            if page.after.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "{limit} at a time");
    }
    let page = PageRequest { after: Some("nonsense".to_owned()), limit: 2 };
    assert_eq!(world.store.tokens(team.id, &TokenFilter::default(), &page).await, Err(StoreError::BadCursor));
}

async fn the_status_filter_says_what_the_token_says(world: World) {
    let team = world.team("red").await;
    let app = world.app(&team, "shop").await;
    let (past, now) = (world.now().minus(Duration::from_millis(1)), world.now());
    let future = now.plus(Duration::from_millis(1));
    let times = [None, Some(past), Some(now), Some(future)];
    let mut tokens = Vec::new();
    for state in [TokenState::Active, TokenState::Pending, TokenState::Disabled, TokenState::Revoked] {
        for (not_before, expires_at) in times.iter().flat_map(|a| times.iter().map(move |b| (*a, *b))) {
            for successor in [None, Some(TokenId::random(&TestRandom))] {
                let mut stored = world.unstored_token(&app, "one");
                let revoked = (state == TokenState::Revoked).then(|| Revocation { at: now, reason: String::new() });
                stored.token = Token { state, not_before, expires_at, successor, revoked, ..stored.token };
                tokens.push(stored);
            }
        }
    }
    let mut tx = world.store.begin(cause()).await.unwrap();
    for stored in &tokens {
        tx.insert_token(stored).await.unwrap();
        audit(&mut tx, team.id, Kind::Token, stored.token.id.as_str()).await;
    }
    tx.commit().await.unwrap();
    for status in [
        TokenStatus::Active,
        TokenStatus::NotYetValid,
        TokenStatus::Pending,
        TokenStatus::Rotating,
        TokenStatus::Expired,
        TokenStatus::Revoked,
        TokenStatus::Disabled,
    ] {
        let filter = TokenFilter { status: Some(status), ..TokenFilter::default() };
        let page = PageRequest { after: None, limit: 1000 };
        let found = world.store.tokens(team.id, &filter, &page).await.unwrap().items;
        let found: BTreeSet<TokenId> = found.iter().map(|token| token.id).collect();
        let expected = tokens.iter().map(|stored| &stored.token).filter(|token| token.status(now) == status);
        let expected: BTreeSet<TokenId> = expected.map(|token| token.id).collect();
        assert!(!expected.is_empty());
        assert_eq!(found, expected, "{status}");
    }
}

async fn tokens_are_found_by_their_words(world: World) {
    let team = world.team("red").await;
    let (shop, till) = (world.app(&team, "shop").await, world.app(&team, "till").await);
    let mut first = world.unstored_token(&shop, "100%_Größe \\ (main)");
    first.token.spec.labels = BTreeMap::from([("env".to_owned(), "prod".to_owned())]);
    let grant = |api: &str| ApiGrant { api: api.parse().unwrap(), routes: Vec::new() };
    first.token.spec.restrictions.apis = vec![grant("orders"), grant("orders"), grant("carts")];
    first.token.expires_at = Some(world.now().plus(Duration::from_secs(100)));
    world.insert_token(&first).await;
    let second = world.token(&till, "100x-size").await;
    let found = async |filter: TokenFilter| -> Vec<String> {
        let page = world.store.tokens(team.id, &filter, &PageRequest::default()).await.unwrap();
        let mut names: Vec<String> = page.items.into_iter().map(|token| token.spec.name).collect();
        names.sort();
        names
    };
    let (one, two) = (first.token.spec.name.clone(), second.token.spec.name.clone());
    let text = |text: &str| TokenFilter { text: Some(text.to_owned()), ..TokenFilter::default() };
    assert_eq!(found(text("100")).await, [one.clone(), two.clone()]);
    assert_eq!(found(text("100%_")).await, std::slice::from_ref(&one), "no wildcards");
    assert_eq!(found(text("GRÖSSE")).await, Vec::<String>::new());
    assert_eq!(found(text("größe \\")).await, std::slice::from_ref(&one));
    assert_eq!(found(text(&second.token.id.to_string()[2..9])).await, std::slice::from_ref(&two));
    let label = |value: &str| TokenFilter { label: Some(("env".to_owned(), value.to_owned())), ..Default::default() };
    assert_eq!(found(label("prod")).await, std::slice::from_ref(&one));
    assert_eq!(found(label("test")).await, Vec::<String>::new());
    assert_eq!(
        found(TokenFilter { api: Some("carts".parse().unwrap()), ..Default::default() }).await,
        std::slice::from_ref(&one)
    );
    assert_eq!(found(TokenFilter { app: Some(till.id), ..Default::default() }).await, std::slice::from_ref(&two));
    let expiring =
        TokenFilter { expires_before: Some(world.now().plus(Duration::from_secs(101))), ..Default::default() };
    assert_eq!(found(expiring).await, [one]);
    // A change of the words is a change of what is found.
    let mut changed = Token { version: 2, ..first.token };
    changed.spec.labels.insert("env".to_owned(), "test".to_owned());
    changed.spec.name = "renamed".to_owned();
    world.update_token(&changed).await.unwrap();
    assert_eq!(found(label("prod")).await, Vec::<String>::new());
    assert_eq!(found(label("test")).await, ["renamed"]);
    assert_eq!(found(text("renamed")).await, ["renamed"]);
}

async fn uses_add_up(world: World) {
    let team = world.team("red").await;
    let app = world.app(&team, "shop").await;
    let (one, two) = (world.token(&app, "one").await.token.id, world.token(&app, "two").await.token.id);
    let (gone, now) = (TokenId::random(&TestRandom), world.now());
    let later = now.plus(Duration::from_secs(5));
    let store = &world.store;
    store.add_uses(&[]).await.unwrap();
    let uses = [
        (one, last_use(later, "10.0.0.2", 3)),
        (gone, last_use(now, "10.0.0.9", 1)),
        (one, last_use(now, "10.0.0.1", 4)),
    ];
    store.add_uses(&uses).await.unwrap();
    assert_eq!(
        store.last_uses(&[one, two, gone]).await.unwrap().into_iter().collect::<Vec<_>>(),
        [(one, last_use(later, "10.0.0.2", 7))]
    );
    store.add_uses(&[(one, last_use(now, "10.0.0.3", 1)), (two, last_use(now, "::1", 1))]).await.unwrap();
    let uses = store.last_uses(&[one, two]).await.unwrap();
    assert_eq!(uses[&one], last_use(later, "10.0.0.2", 8), "an older use does not move the last one back");
    assert_eq!(uses[&two], last_use(now, "::1", 1));
    let many: Vec<_> = (0..1200)
        .map(|n| (if n % 2 == 0 { one } else { TokenId::random(&TestRandom) }, last_use(now, "::1", 1)))
        .collect();
    store.add_uses(&many).await.unwrap();
    assert_eq!(store.last_uses(&[one]).await.unwrap()[&one].calls, 608);
    let mut tx = store.begin(cause()).await.unwrap();
    tx.delete_token(team.id, one).await.unwrap();
    audit(&mut tx, team.id, Kind::Token, one.as_str()).await;
    tx.commit().await.unwrap();
    assert!(store.last_uses(&[one]).await.unwrap().is_empty());
}

async fn unused_tokens_are_found(world: World) {
    let team = world.team("red").await;
    let app = world.app(&team, "shop").await;
    let (_never, old) = (world.token(&app, "never").await, world.token(&app, "old").await);
    let recent = world.token(&app, "recent").await;
    world.store.add_uses(&[(old.token.id, last_use(world.now(), "::1", 1))]).await.unwrap();
    world.clock.advance(Duration::from_secs(100));
    let since = world.now();
    world.token(&app, "new").await;
    world.store.add_uses(&[(recent.token.id, last_use(world.now(), "::1", 1))]).await.unwrap();
    let filter = TokenFilter { unused_since: Some(since), ..TokenFilter::default() };
    let page = world.store.tokens(team.id, &filter, &PageRequest::default()).await.unwrap();
    let names: BTreeSet<String> = page.items.into_iter().map(|token| token.spec.name).collect();
    assert_eq!(names, BTreeSet::from(["never".to_owned(), "old".to_owned()]));
}
