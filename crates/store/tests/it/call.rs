//! Calls are recorded, found again, and forgotten.

use std::net::IpAddr;
use std::time::Duration;

use keyward_model::call::{CallRecord, Protocol, Timing};
use keyward_model::cidr::Cidr;
use keyward_model::team::TeamId;
use keyward_model::token::TokenId;
use keyward_model::{Code, Timestamp};
use keyward_store::{AddressOrder, AddressRow, Addresses, CallFilter, CallStore, PageRequest, RollupRow, StoreError};

use crate::world::{START, TestRandom, World, on_both};

on_both![
    counts_are_added_and_read_back,
    calls_are_listed_newest_first,
    calls_are_filtered,
    calls_are_counted_by_address,
    old_calls_are_deleted
];

fn range(text: &str) -> Option<Cidr> {
    Some(text.parse().unwrap())
}

fn call(number: i64, team: Option<TeamId>) -> CallRecord {
    let at = Timestamp::from_millis(START + number);
    CallRecord {
        request_id: uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::try_from(number).unwrap()),
        at,
        team,
        app: None,
        token: None,
        api: None,
        api_name: Some("orders.v1".parse().unwrap()),
        route: None,
        method: "GET".to_owned(),
        path: format!("/orders/v1/orders/{number}"),
        status: 200,
        code: None,
        rule: None,
        address: IpAddr::from([10, 0, 0, 1]),
        country: None,
        asn: None,
        protocol: Protocol::Http11,
        target: None,
        retries: 0,
        bytes_in: 1,
        bytes_out: u64::MAX >> 1,
        cost: 1,
        timing: Timing::default(),
        revision: 3,
        checks: Vec::new(),
    }
}

async fn calls_are_listed_newest_first(world: World) {
    let calls = CallStore::open(&world.place.another_file()).await.unwrap();
    calls.ping().await.unwrap();
    let (red, blue): (TeamId, TeamId) = (world.id(), world.id());
    let mut records: Vec<CallRecord> = (0..1100).map(|number| call(number / 3 * 3 + number % 3, Some(red))).collect();
    // Three calls of each moment: then the id decides.
    for record in &mut records {
        record.at = Timestamp::from_millis(record.at.as_millis() / 3);
    }
    calls.insert(&[]).await.unwrap();
    calls.insert(&records).await.unwrap();
    calls.insert(&records[..10]).await.unwrap();
    calls.insert(&[call(5000, Some(blue)), call(5001, None)]).await.unwrap();
    records.sort_by_key(|record| std::cmp::Reverse((record.at, record.request_id)));
    let mut found = Vec::new();
    let mut page = PageRequest { after: None, limit: 400 };
    loop {
        let next = calls.calls(red, &CallFilter::default(), &page).await.unwrap();
        found.extend(next.items);
        page.after = next.next;
        if page.after.is_none() {
            break;
        }
    }
    assert_eq!(found, records);
    let everything =
        calls.calls_of_all_teams(&CallFilter::default(), &PageRequest { after: None, limit: 2 }).await.unwrap();
    assert_eq!(everything.items, [call(5001, None), call(5000, Some(blue))]);
    let id = records[0].request_id;
    assert_eq!(calls.call(red, id).await.unwrap().as_ref(), Some(&records[0]));
    assert_eq!(calls.call(blue, id).await.unwrap(), None);
    assert_eq!(calls.call_of_any_team(id).await.unwrap().as_ref(), Some(&records[0]));
    let bad = PageRequest { after: Some("1.x'; --".to_owned()), limit: 4 };
    assert_eq!(calls.calls(red, &CallFilter::default(), &bad).await, Err(StoreError::BadCursor));
}

async fn calls_are_filtered(world: World) {
    let calls = CallStore::open(&world.place.another_file()).await.unwrap();
    let (team, token) = (world.id(), TokenId::random(&TestRandom));
    let mut records: Vec<CallRecord> = (0..6).map(|number| call(number, Some(team))).collect();
    records[1].token = Some(token);
    (records[2].token, records[2].code, records[2].status) = (Some(token), Some(Code::ScopeMissing), 403);
    (records[3].token, records[3].code, records[3].status) = (Some(token), Some(Code::UpstreamTimeout), 504);
    (records[4].app, records[4].route) = (Some(world.id()), Some("list".parse().unwrap()));
    (records[5].method, records[5].address) = ("POST".to_owned(), "2001:db8::1".parse().unwrap());
    records[5].path = "/Carts/100%_\0/".to_owned();
    calls.insert(&records).await.unwrap();
    let found = async |filter: CallFilter| -> Vec<i64> {
        let page = calls.calls(team, &filter, &PageRequest::default()).await.unwrap();
        page.items.iter().map(|record| record.at.as_millis() - START).collect()
    };
    let all = CallFilter::default;
    assert_eq!(found(CallFilter { token: Some(token), ..all() }).await, [3, 2, 1]);
    assert_eq!(found(CallFilter { app: records[4].app, ..all() }).await, [4]);
    assert_eq!(found(CallFilter { api: records[0].api_name.clone(), ..all() }).await.len(), 6);
    assert_eq!(found(CallFilter { route: records[4].route.clone(), ..all() }).await, [4]);
    assert_eq!(found(CallFilter { status_class: Some(4), ..all() }).await, [2]);
    assert_eq!(found(CallFilter { status_class: Some(5), ..all() }).await, [3]);
    assert_eq!(found(CallFilter { code: Some(Code::ScopeMissing), ..all() }).await, [2]);
    assert_eq!(found(CallFilter { allowed: Some(false), ..all() }).await, [2]);
    assert_eq!(found(CallFilter { allowed: Some(true), ..all() }).await, [5, 4, 3, 1, 0]);
    assert_eq!(found(CallFilter { method: Some("POST".to_owned()), ..all() }).await, [5]);
    assert_eq!(found(CallFilter { path_prefix: Some("/Carts/100%_".to_owned()), ..all() }).await, [5]);
    assert_eq!(found(CallFilter { path_prefix: Some("/carts".to_owned()), ..all() }).await, Vec::<i64>::new());
    assert_eq!(found(CallFilter { path_prefix: Some("%".to_owned()), ..all() }).await, Vec::<i64>::new());
    assert_eq!(found(CallFilter { address: range("2001:db8::1"), ..all() }).await, [5]);
    assert_eq!(found(CallFilter { address: range("2001:db8::/32"), ..all() }).await, [5]);
    assert_eq!(found(CallFilter { address: range("0.0.0.0/0"), ..all() }).await, [4, 3, 2, 1, 0]);
    let (from, to) = (Some(records[2].at), Some(records[4].at));
    assert_eq!(found(CallFilter { from, to, ..all() }).await, [3, 2]);
    assert_eq!(calls.latest_refusal(team, token).await.unwrap().as_ref(), Some(&records[2]));
    assert_eq!(calls.latest_refusal(world.id(), token).await.unwrap(), None);
}

async fn calls_are_counted_by_address(world: World) {
    let calls = CallStore::open(&world.place.another_file()).await.unwrap();
    let (team, token) = (world.id(), TokenId::random(&TestRandom));
    let mut records: Vec<CallRecord> = (0..5).map(|number| call(number, Some(team))).collect();
    for record in &mut records {
        record.token = Some(token);
        record.country = "DE".parse().ok();
    }
    records[3].address = "::1".parse().unwrap();
    (records[1].status, records[1].code) = (403, Some(Code::ScopeMissing));
    (records[2].status, records[2].code) = (504, Some(Code::UpstreamTimeout));
    records[4].country = "FR".parse().ok();
    calls.insert(&records).await.unwrap();
    let of_token = CallFilter { token: Some(token), from: Some(records[1].at), ..CallFilter::default() };
    let until = CallFilter { to: Some(records[4].at), ..of_token.clone() };
    let some = calls.addresses(Some(team), &until, AddressOrder::Latest).await.unwrap();
    assert_eq!((some.rows[0].calls, some.rows[1].calls), (1, 2), "the last one is outside");
    let all = calls.addresses(Some(team), &of_token, AddressOrder::Busiest).await.unwrap();
    let row = |record: &CallRecord, calls, refused, errors| {
        let (address, country, last_at) = (record.address, record.country, record.at);
        AddressRow { address, country, calls, refused, errors, last_at }
    };
    let expected = vec![row(&records[4], 3, 1, 1), row(&records[3], 1, 0, 0)];
    assert_eq!(all, Addresses { distinct: 2, calls: 4, rows: expected });
    let ranged = CallFilter { address: range("::/0"), ..of_token.clone() };
    assert_eq!(calls.addresses(None, &ranged, AddressOrder::Busiest).await.unwrap().calls, 1);
    let other = calls.addresses(Some(world.id()), &of_token, AddressOrder::Latest).await.unwrap();
    assert_eq!(other, Addresses::default());
}

async fn old_calls_are_deleted(world: World) {
    let calls = CallStore::open(&world.place.another_file()).await.unwrap();
    let (red, blue) = (world.id(), world.id());
    let mut records: Vec<CallRecord> = (0..5003).map(|number| call(number, Some(red))).collect();
    records.push(call(6000, Some(blue)));
    records.push(call(6001, None));
    calls.insert(&records).await.unwrap();
    let cut = Timestamp::from_millis(START + 5002);
    assert_eq!(calls.delete_before(red, cut).await.unwrap(), 5002);
    assert_eq!(calls.delete_before(red, cut).await.unwrap(), 0);
    let end = cut.plus(Duration::from_secs(60));
    assert_eq!(calls.delete_unowned_before(end).await.unwrap(), 1);
    let left = calls.calls_of_all_teams(&CallFilter::default(), &PageRequest::default()).await.unwrap().items;
    assert_eq!(left.iter().map(|record| record.team).collect::<Vec<_>>(), [Some(blue), Some(red)]);
}

async fn counts_are_added_and_read_back(world: World) {
    let calls = CallStore::open(&world.place.another_file()).await.unwrap();
    let (red, blue) = (world.id(), world.id());
    assert_eq!(calls.rollup_since().await.unwrap(), None);
    let row = |team: TeamId, minute: i64| RollupRow {
        at: Timestamp::from_millis(START + minute * 60_000),
        words: std::array::from_fn(|place| if place == 0 { team.to_string() } else { format!("word{place}") }),
        status: 200,
        calls: 3,
        bytes_in: 1,
        bytes_out: 2,
        cost: 4,
        total: vec![0, 255, 7],
        first_byte: Vec::new(),
    };
    let rows = [row(red, 0), row(red, 1), row(blue, 1), row(red, 2)];
    calls.insert_with_rollup(&[call(1, Some(red))], &rows).await.unwrap();
    let (from, to) = (rows[1].at, rows[3].at);
    assert_eq!(calls.rollup(red, from, to).await.unwrap(), rows[1..2]);
    assert_eq!(calls.rollup_of_all_teams(from, to).await.unwrap().len(), 2);
    assert_eq!(calls.rollup_since().await.unwrap(), Some(rows[0].at));
    assert_eq!(calls.calls(red, &CallFilter::default(), &PageRequest::default()).await.unwrap().items.len(), 1);
    assert_eq!(calls.delete_rollup_before(from).await.unwrap(), 1);
}
