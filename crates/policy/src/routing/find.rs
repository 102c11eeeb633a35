//! Searching the table.

use keyward_model::api::{Method, Route};

use super::readings::other_readings;
use super::trie::{End, Search};
use super::{Found, RouteMatch, RouteTable};

pub(super) fn find<'t, 'p>(
    table: &'t RouteTable,
    path: &'p str,
    method: &str,
    version_header: Option<&str>,
) -> Found<'t, 'p> {
    let method = method.parse::<Method>().ok();
    let mut search = Search::new(method, version_header);
    let Some(end) = table.trie.search(path, &mut search) else {
        return match search.allowed_by {
            Some(api) => Found::MethodNotAllowed { allowed: search.allowed.list(), api: &table.apis[api] },
            None => Found::NotFound,
        };
    };
    for (reading, difference) in other_readings(path) {
        let other = table.trie.search(&reading, &mut Search::new(method, version_header));
        if other.is_some_and(|other| (other.api, other.route) != (end.api, end.route)) {
            return Found::Ambiguous(difference);
        }
    }
    matched(table, end, path)
}

fn matched<'t, 'p>(table: &'t RouteTable, end: &End, path: &'p str) -> Found<'t, 'p> {
    let api = &table.apis[end.api];
    let Some(route_index) = end.route else {
        return Found::Retired(api);
    };
    let route: &Route = &api.api.spec.routes[route_index];
    let kept = if api.api.spec.keep_base_path { 0 } else { api.prefix_length() };
    let rest = path.get(kept..).filter(|rest| !rest.is_empty()).unwrap_or("/");
    Found::Route(RouteMatch { api_index: end.api, api, route_index, route, rest })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use keyward_model::Timestamp;
    use keyward_model::api::{Api, ApiSpec};
    use keyward_model::id::Id;

    use super::*;
    use crate::routing::ApiEntry;

    /// An api of `count` resources, each with four routes.
    fn table(count: usize) -> RouteTable {
        let routes: Vec<_> = (0..count)
            .flat_map(|n| {
                [("list", ""), ("read", "/{id:int}"), ("lines", "/{id:int}/lines"), ("named", "/{name}")].map(
                    |(name, path)| {
                        serde_json::json!({
                            "name": format!("{name}-{n}"), "methods": ["GET"], "path": format!("/r{n}{path}"),
                        })
                    },
                )
            })
            .collect();
        let spec: ApiSpec = serde_json::from_value(serde_json::json!({
            "api": "big", "version": "v1", "base_path": "/big", "upstream": "big", "routes": routes,
        }))
        .expect("a spec");
        let api = Api {
            id: Id::from_uuid(uuid::Uuid::from_u128(1)),
            team: Id::from_uuid(uuid::Uuid::from_u128(2)),
            name: "big.v1".parse().expect("a name"),
            version: 1,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            source: None,
            spec,
        };
        let entry = ApiEntry { api: Arc::new(api), team_name: "team".parse().expect("a name") };
        RouteTable::build(vec![entry]).expect("a table")
    }

    #[test]
    fn what_a_search_costs_does_not_depend_on_the_number_of_routes() {
        let (small, large) = (table(3), table(2_500));
        assert_eq!(large.apis()[0].api.spec.routes.len(), 10_000);
        for path in ["/big/v1/r2", "/big/v1/r2/17", "/big/v1/r2/17/lines", "/big/v1/r2/x", "/big/v1/none", "/other/x"] {
            let steps = |table: &RouteTable| {
                let mut search = Search::new(Some(Method::Get), None);
                table.trie.search(path, &mut search);
                search.steps
            };
            assert_eq!(steps(&small), steps(&large), "{path}");
        }
    }
}
