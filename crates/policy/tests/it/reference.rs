//! The table answers as the plainest search there is would: look at every route, take the most specific that fits.

use keyward_model::api::{Segment, ValueType};
use keyward_policy::routing::{ApiEntry, Found, RouteTable};
use proptest::prelude::*;
use serde_json::json;

use crate::make::{entry, record};

const TEMPLATES: [&str; 8] = ["x", "y", "z", "{i:int}", "{u:uuid}", "{s:slug}", "{t}", "{p:path}"];
const SEGMENTS: [&str; 8] = ["x", "y", "z", "17", "0f8fad5b-d9cb-469f-a165-70867728950e", "a-slug", "Any", ""];
const BASES: [&str; 4] = ["/x", "/x/y", "/z", "/y"];

/// A route's methods, and its segments by their places among the templates.
type Drawn = (bool, Vec<usize>);

fn api(number: u128, base: usize, versioned: bool, routes: &[Drawn]) -> ApiEntry {
    let routes: Vec<_> = routes
        .iter()
        .enumerate()
        .map(|(place, (get, segments))| {
            let mut path = String::new();
            for (depth, segment) in segments.iter().enumerate() {
                let last = depth + 1 == segments.len();
                // The rest of a path can only stand at its end, and names cannot come twice.
                let template = if *segment == 7 && !last { TEMPLATES[6] } else { TEMPLATES[*segment] };
                path.push('/');
                path.push_str(&template.replacen('{', &format!("{{n{depth}"), 1));
            }
            let path = if path.is_empty() { "/".to_owned() } else { path };
            json!({"name": format!("r{place}"), "methods": [if *get { "GET" } else { "POST" }], "path": path})
        })
        .collect();
    let spec = json!({
        "api": format!("api-{number}"), "version": "v1", "base_path": BASES[base], "upstream": "behind",
        "version_in": if versioned { "path" } else { "none" }, "routes": routes,
    });
    entry(record(number, 1, &format!("api-{number}.v1"), spec))
}

/// How specific each segment of a fitting route is, or that the route does not fit.
fn fit(prefix: &[&str], segments: &[Segment], path: &[&str]) -> Option<Vec<usize>> {
    let mut specific = Vec::new();
    let mut left = path.iter();
    for literal in prefix {
        (left.next()? == literal).then(|| specific.push(0))?;
    }
    for segment in segments {
        if let Segment::Parameter { value: ValueType::Path, .. } = segment {
            specific.push(5);
            return left.next().filter(|first| !first.is_empty()).map(|_| specific);
        }
        let text = left.next()?;
        specific.push(match segment {
            Segment::Literal(literal) => (&**literal == *text).then_some(0)?,
            Segment::Parameter { value, .. } => {
                let order = [ValueType::Uuid, ValueType::Int, ValueType::Slug, ValueType::Text];
                value.admits(text).then(|| order.iter().position(|of| of == value).unwrap_or(9) + 1)?
            }
        });
    }
    left.next().is_none().then_some(specific)
}

fn plainest(table: &RouteTable, path: &str, method: &str) -> Option<(usize, usize)> {
    let segments: Vec<&str> = path[1..].split('/').collect();
    let mut best: Option<(Vec<usize>, (usize, usize))> = None;
    for (api_place, ApiEntry { api, .. }) in table.apis().iter().enumerate() {
        let mut prefix: Vec<&str> = api.spec.base_path.as_str()[1..].split('/').collect();
        if serde_json::to_value(api.spec.version_in).is_ok_and(|of| of == "path") {
            prefix.push(api.spec.version.as_str());
        }
        for (place, route) in api.spec.routes.iter().enumerate() {
            if route.methods.iter().any(|offered| offered.as_str() == method)
                && let Some(specific) = fit(&prefix, route.path.segments(), &segments)
                && best.as_ref().is_none_or(|(known, _)| specific < *known)
            {
                best = Some((specific, (api_place, place)));
            }
        }
    }
    best.map(|(_, found)| found)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_table_answers_as_a_look_at_every_route_does(
        drawn in prop::collection::vec(
            (0..4usize, any::<bool>(), prop::collection::vec((any::<bool>(), prop::collection::vec(0..8usize, 0..4)), 1..12)),
            1..6,
        ),
        paths in prop::collection::vec(prop::collection::vec(0..8usize, 1..6), 40),
    ) {
        let entries = drawn.iter().zip(1..).map(|((base, versioned, routes), number)| api(number, *base, *versioned, routes));
        let (table, _) = RouteTable::build_what_fits(entries.collect());
        for drawn in paths {
            let path: String = drawn.iter().map(|place| format!("/{}", SEGMENTS[*place])).collect();
            for base in BASES {
                // Half of the paths are behind a base path and version, so that some are found.
                let versioned = format!("{base}/v1{path}");
                for asked in [path.as_str(), versioned.as_str()] {
                    for method in ["GET", "POST"] {
                        let found = match table.find(asked, method, None) {
                            Found::Route(found) => Some((found.api_index, found.route_index)),
                            // Two readings that lead apart are refused, whatever the first would be.
                            Found::Ambiguous(_) => continue,
                            _ => None,
                        };
                        prop_assert_eq!(found, plainest(&table, asked, method), "{} {}", method, asked);
                    }
                }
            }
        }
    }
}
