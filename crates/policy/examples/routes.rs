//! What finding a route costs among ten and among ten thousand, and how long a table takes to build.
//!
//! ```sh
//! cargo run --release -p keyward-policy --example routes
//! ```

#![expect(clippy::print_stdout, reason = "it is there to print figures")]
#![expect(clippy::disallowed_methods, reason = "it measures the time that really passes")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use keyward_model::Timestamp;
use keyward_model::api::Api;
use keyward_model::id::Id;
use keyward_policy::routing::{ApiEntry, Found, RouteTable};

fn main() {
    for (apis, routes) in [(1, 10), (20, 50), (200, 50), (1, 10_000)] {
        let entries: Vec<_> = (0..apis).map(|api| entry(api, routes)).collect();
        let mut best = u128::MAX;
        for _ in 0..5 {
            let begun = Instant::now();
            let table = RouteTable::build(entries.clone()).expect("they fit");
            best = best.min(begun.elapsed().as_micros());
            drop(table);
        }
        let table = RouteTable::build(entries).expect("they fit");
        let paths: Vec<String> = (0..20_000usize)
            .map(|step| format!("/api-{}/v1/thing-{}/{step}", step * 7 % apis, step * 13 % (routes / 2)))
            .collect();
        let mut fastest = u128::MAX;
        for _ in 0..10 {
            let begun = Instant::now();
            for path in &paths {
                assert!(matches!(black_box(table.find(black_box(path), "GET", None)), Found::Route(_)));
            }
            fastest = fastest.min(begun.elapsed().as_nanos());
        }
        let each = fastest / paths.len() as u128;
        println!("{:5} routes of {apis:3} apis: found in {each} ns, table built in {best} µs", apis * routes);
    }
}

fn entry(number: usize, routes: usize) -> ApiEntry {
    let routes: Vec<_> = (0..routes)
        .map(|place| {
            let path = if place % 2 == 0 { "{id:int}" } else { "{id}/lines" };
            serde_json::json!({
                "name": format!("route-{place}"), "methods": ["GET"], "path": format!("/thing-{}/{path}", place / 2),
            })
        })
        .collect();
    let spec = serde_json::json!({
        "api": format!("api-{number}"), "version": "v1", "base_path": format!("/api-{number}"), "upstream": "behind",
        "routes": routes,
    });
    let api = Api {
        id: Id::from_uuid(uuid::Uuid::from_u128(number as u128 + 1)),
        team: Id::from_uuid(uuid::Uuid::from_u128(1)),
        name: format!("api-{number}.v1").parse().expect("a name"),
        version: 1,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
        source: None,
        spec: serde_json::from_value(spec).expect("a spec"),
    };
    ApiEntry { api: Arc::new(api), team_name: "team".parse().expect("a name") }
}
