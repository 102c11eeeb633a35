//! Where paths lead.

use keyward_model::Code;
use keyward_model::api::{Api, Lifecycle, Segment, ValueType, VersionIn};
use keyward_policy::routing::{BuildProblem, Found, RouteTable};
use proptest::prelude::*;

use crate::make::{api, entry};

fn table(apis: Vec<Api>) -> RouteTable {
    RouteTable::build(apis.into_iter().map(entry).collect()).expect("a table")
}

fn problems(apis: Vec<Api>) -> Vec<BuildProblem> {
    RouteTable::build(apis.into_iter().map(entry).collect()).expect_err("a problem")
}

/// `api route rest`, or what else was found, in a word.
fn leads(table: &RouteTable, method: &str, path: &str, version: Option<&str>) -> String {
    match table.find(path, method, version) {
        Found::Route(found) => {
            assert_eq!(table.apis()[found.api_index].api.name, found.api.api.name);
            assert_eq!(found.api.api.spec.routes[found.route_index].name, found.route.name);
            format!("{} {} {}", found.api.api.name, found.route.name, found.rest)
        }
        Found::MethodNotAllowed { allowed, .. } => {
            let allowed: Vec<&str> = allowed.iter().map(|method| method.as_str()).collect();
            format!("only {}", allowed.join(" "))
        }
        Found::Retired(entry) => format!("retired {}", entry.api.name),
        Found::Ambiguous(_) => "ambiguous".to_owned(),
        Found::NotFound => "nothing".to_owned(),
    }
}

fn orders() -> Api {
    api(
        1,
        "orders",
        "v1",
        &[
            ("GET POST", "/orders"),
            ("GET DELETE", "/orders/{id:int}"),
            ("GET", "/orders/latest"),
            ("GET", "/orders/{id:uuid}/lines/{line:int}"),
            ("GET", "/orders/{name:slug}/files/{rest:path}"),
            ("PUT", "/orders/{name}"),
            ("GET", "/"),
        ],
    )
}

#[test]
fn the_most_specific_route_that_answers_to_the_method_wins() {
    let table = table(vec![orders()]);
    for (method, path, to) in [
        ("GET", "/orders/v1/orders", "orders.v1 r0 /orders"),
        ("GET", "/orders/v1/orders/17", "orders.v1 r1 /orders/17"),
        ("GET", "/orders/v1/orders/-17", "orders.v1 r1 /orders/-17"),
        ("GET", "/orders/v1/orders/latest", "orders.v1 r2 /orders/latest"),
        ("PUT", "/orders/v1/orders/latest", "orders.v1 r5 /orders/latest"),
        ("PUT", "/orders/v1/orders/17", "orders.v1 r5 /orders/17"),
        (
            "GET",
            "/orders/v1/orders/018f0000-0000-7000-8000-000000000000/lines/2",
            "orders.v1 r3 /orders/018f0000-0000-7000-8000-000000000000/lines/2",
        ),
        // Goes back from the UUID, behind which there are no files, to the slug.
        (
            "GET",
            "/orders/v1/orders/018f0000-0000-7000-8000-000000000000/files/a/b",
            "orders.v1 r4 /orders/018f0000-0000-7000-8000-000000000000/files/a/b",
        ),
        ("GET", "/orders/v1", "orders.v1 r6 /"),
        ("GET", "/orders/v1/orders/17/", "nothing"),
        ("GET", "/orders/v1/", "nothing"),
        ("GET", "/orders/v1/orders/x/files", "nothing"),
        ("GET", "/orders/v1/orders/x/files/", "nothing"),
        ("GET", "/orders/v1/orders/x/files/y/", "orders.v1 r4 /orders/x/files/y/"),
        ("GET", "/orders/v2/orders", "nothing"),
        ("GET", "/orders", "nothing"),
        ("GET", "/Orders/v1/orders", "nothing"),
        ("GET", "/", "nothing"),
    ] {
        assert_eq!(leads(&table, method, path, None), to, "{method} {path}");
    }
}

#[test]
fn head_goes_where_get_goes_and_options_nowhere_by_itself() {
    let table = table(vec![api(
        1,
        "a",
        "v1",
        &[
            ("GET", "/both"),
            ("HEAD", "/both"),
            ("GET", "/one"),
            ("POST", "/post"),
            ("HEAD", "/{any}"),
            ("OPTIONS", "/o"),
        ],
    )]);
    assert_eq!(leads(&table, "HEAD", "/a/v1/both", None), "a.v1 r1 /both");
    assert_eq!(leads(&table, "GET", "/a/v1/both", None), "a.v1 r0 /both");
    assert_eq!(leads(&table, "HEAD", "/a/v1/one", None), "a.v1 r2 /one");
    assert_eq!(leads(&table, "HEAD", "/a/v1/post", None), "a.v1 r4 /post");
    assert_eq!(leads(&table, "OPTIONS", "/a/v1/one", None), "only GET HEAD");
    assert_eq!(leads(&table, "OPTIONS", "/a/v1/o", None), "a.v1 r5 /o");
    assert_eq!(leads(&table, "DELETE", "/a/v1/post", None), "only HEAD POST");
    for method in ["TRACE", "CONNECT", "get", "GET ", ""] {
        assert_eq!(leads(&table, method, "/a/v1/one", None), "only GET HEAD", "{method}");
    }
}

/// What a service behind would take for `/files/admin` must not get there by the looser route.
#[test]
fn a_path_that_others_read_otherwise_does_not_pass_by_a_looser_route() {
    let table = table(vec![api(
        1,
        "files",
        "v1",
        &[
            ("GET", "/admin"),
            ("GET", "/{name}"),
            ("GET", "/{rest:path}"),
            ("GET", "/do:it"),
            ("GET", "/n/{id:int}"),
            ("GET", "/n/{id}"),
        ],
    )]);
    for path in ["/admin;x=1", "/admin;", "/admin%3Bx", "/admin/", "/admin;x/", "/do%3Ait", "/n/5;x"] {
        assert_eq!(leads(&table, "GET", &format!("/files/v1{path}"), None), "ambiguous", "{path}");
    }
    for (path, route) in [
        ("/other;x=1", "r1"),
        ("/do:it", "r3"),
        ("/do%2Ait", "r1"),
        ("/n/a;x", "r5"),
        ("/a/b/", "r2"),
        ("/a;x/b", "r2"),
        ("/caf%C3%A9", "r1"),
    ] {
        let to = format!("files.v1 {route} {path}");
        assert_eq!(leads(&table, "GET", &format!("/files/v1{path}"), None), to, "{path}");
    }
    let refusal = table.find("/files/v1/admin/", "GET", None).refusal("GET").expect("a refusal");
    assert_eq!(refusal.code, Code::PathInvalid);
    assert_eq!(refusal.detail, "The path leads to another route without its closing slash; send it in its plain form.");
}

fn versioned(number: u128, version: &str, lifecycle: Lifecycle, routes: &[(&str, &str)]) -> Api {
    let mut api = api(number, "crm", version, routes);
    api.spec.version_in = VersionIn::Header;
    api.spec.lifecycle = lifecycle;
    api
}

#[test]
fn the_header_names_the_version_and_without_it_the_latest_answers() {
    use Lifecycle::*;
    let table = table(vec![
        versioned(1, "v9", Published, &[("GET", "/people"), ("GET", "/old")]),
        versioned(2, "v10", Published, &[("GET", "/people")]),
        versioned(3, "v11", Deprecated, &[("GET", "/people")]),
        versioned(4, "v12", Draft, &[("GET", "/people")]),
        versioned(5, "v1", Retired, &[("GET", "/people")]),
    ]);
    for (version, path, to) in [
        (None, "/crm/people", "crm.v10 r0 /people"),
        (Some("v9"), "/crm/people", "crm.v9 r0 /people"),
        (Some("v10"), "/crm/people", "crm.v10 r0 /people"),
        (Some("v11"), "/crm/people", "crm.v11 r0 /people"),
        (Some("v12"), "/crm/people", "nothing"),
        (Some("v1"), "/crm/people", "retired crm.v1"),
        (Some("v1"), "/crm/else", "retired crm.v1"),
        (Some("v99"), "/crm/people", "nothing"),
        (Some(""), "/crm/people", "nothing"),
        (Some("V9"), "/crm/people", "nothing"),
        (None, "/crm/old", "nothing"),
        (Some("v9"), "/crm/old", "crm.v9 r1 /old"),
        (Some("v10"), "/crm/old", "nothing"),
    ] {
        assert_eq!(leads(&table, "GET", path, version), to, "{version:?} {path}");
    }
}

#[test]
fn a_retired_version_says_so_and_a_draft_is_not_there() {
    let mut retired = api(1, "orders", "v1", &[("GET", "/x")]);
    retired.spec.lifecycle = Lifecycle::Retired;
    let mut draft = api(2, "orders", "v2", &[("GET", "/x")]);
    draft.spec.lifecycle = Lifecycle::Draft;
    let table = table(vec![retired, draft, api(3, "orders", "v3", &[("GET", "/x")])]);
    assert_eq!(leads(&table, "GET", "/orders/v1/x", None), "retired orders.v1");
    assert_eq!(leads(&table, "DELETE", "/orders/v1", None), "retired orders.v1");
    assert_eq!(leads(&table, "GET", "/orders/v2/x", None), "nothing");
    assert_eq!(leads(&table, "GET", "/orders/v3/x", None), "orders.v3 r0 /x");
    assert_eq!(table.apis().len(), 2);
}

#[test]
fn what_is_forwarded_depends_on_the_base_path() {
    let mut kept = api(1, "kept", "v1", &[("GET", "/x"), ("GET", "/")]);
    kept.spec.keep_base_path = true;
    let mut plain = api(2, "plain", "v1", &[("GET", "/x"), ("GET", "/")]);
    plain.spec.version_in = VersionIn::None;
    let table = table(vec![kept, plain]);
    assert_eq!(leads(&table, "GET", "/kept/v1/x", None), "kept.v1 r0 /kept/v1/x");
    assert_eq!(leads(&table, "GET", "/kept/v1", None), "kept.v1 r1 /kept/v1");
    assert_eq!(leads(&table, "GET", "/plain/x", None), "plain.v1 r0 /x");
    assert_eq!(leads(&table, "GET", "/plain", Some("v7")), "plain.v1 r1 /");
}

#[test]
fn two_apis_never_answer_to_the_same_calls() {
    let same_base = |number, name: &str| {
        let mut other = api(number, name, "v1", &[("GET", "/x")]);
        other.spec.base_path = "/orders".parse().expect("a base path");
        other
    };
    // Another api at the same base path, even under another version.
    let problem = &problems(vec![same_base(2, "late"), api(1, "orders", "v2", &[("GET", "/x")])])[0];
    assert_eq!(problem.api.as_str(), "late.v1");
    assert!(problem.problem.contains("`/orders`, which is taken"), "{problem}");
    // The same version twice.
    let mut twice = api(2, "orders", "v1", &[("POST", "/x"), ("GET", "/{a:int}")]);
    twice.name = "orders-again".parse().expect("a name");
    let problem = &problems(vec![api(1, "orders", "v1", &[("GET", "/{b:int}")]), twice.clone()])[0];
    assert_eq!(problem.api.as_str(), "orders-again");
    assert!(problem.problem.contains("`/orders/v1/{int}`"), "{problem}");
    // Its younger rival gives way, and everything else is served.
    let apis = vec![api(1, "orders", "v1", &[("GET", "/{b:int}")]), twice, api(3, "crm", "v1", &[("GET", "/x")])];
    let (fits, problems) = RouteTable::build_what_fits(apis.into_iter().map(entry).collect());
    assert_eq!((fits.apis().len(), problems.len()), (2, 1));
    assert_eq!(leads(&fits, "GET", "/crm/v1/x", None), "crm.v1 r0 /x");
    assert_eq!(leads(&fits, "POST", "/orders/v1/x", None), "nothing");
}

#[test]
fn no_team_publishes_within_the_base_path_of_another() {
    let based = |number, team, name: &str, base: &str| {
        let mut api = api(number, name, "v1", &[("GET", "/{rest:path}")]);
        api.team = keyward_model::id::Id::from_uuid(uuid::Uuid::from_u128(team));
        api.spec.base_path = base.parse().expect("a base path");
        api.spec.version_in = VersionIn::None;
        api
    };
    let within = problems(vec![based(1, 1, "crm", "/crm"), based(2, 2, "thief", "/crm/contacts")]);
    assert_eq!(within[0].api.as_str(), "thief.v1");
    assert!(!within[0].to_string().contains("team-1"), "{}", within[0]);
    let above = problems(vec![based(1, 1, "crm", "/crm/a/contacts"), based(2, 2, "thief", "/crm")]);
    assert_eq!(above[0].api.as_str(), "thief.v1");
    let beside = table(vec![based(1, 1, "crm", "/crm"), based(2, 2, "other", "/crm-2")]);
    assert_eq!(leads(&beside, "GET", "/crm-2/x", None), "other.v1 r0 /x");
    // Within a team the more specific one answers first.
    let own = table(vec![based(1, 1, "crm", "/crm"), based(2, 1, "contacts", "/crm/contacts")]);
    assert_eq!(leads(&own, "GET", "/crm/contacts/5", None), "contacts.v1 r0 /5");
    assert_eq!(leads(&own, "GET", "/crm/contacts", None), "crm.v1 r0 /contacts");
}

/// The definition, without a trie: of all templates that match, the one whose segments are first in the order.
fn naive<'a>(templates: &'a [(String, Vec<Segment>)], method: &str, path: &str) -> Option<&'a str> {
    let segments: Vec<&str> = path.strip_prefix('/').map(|rest| rest.split('/').collect()).unwrap_or_default();
    let rank = |template: &[Segment]| -> Option<Vec<u8>> {
        let mut ranks = Vec::new();
        for (place, part) in template.iter().enumerate() {
            let segment = segments.get(place)?;
            ranks.push(match part {
                Segment::Literal(text) => (**text == **segment).then_some(0)?,
                Segment::Parameter { value, .. } => {
                    value.admits(segment).then_some(())?;
                    1 + [ValueType::Uuid, ValueType::Int, ValueType::Slug, ValueType::Text, ValueType::Path]
                        .iter()
                        .position(|other| other == value)
                        .and_then(|place| u8::try_from(place).ok())?
                }
            });
            if matches!(part, Segment::Parameter { value: ValueType::Path, .. }) {
                return Some(ranks);
            }
        }
        (segments.len() == template.len()).then_some(ranks)
    };
    templates
        .iter()
        .filter(|(own, _)| own == method)
        .filter_map(|(_, template)| rank(template).map(|ranks| (ranks, template)))
        .min_by(|(a, _), (b, _)| a.cmp(b))
        .map(|(_, template)| {
            let place = templates.iter().position(|(own, other)| own == method && other == template);
            NAMES[place.expect("it is one of them")]
        })
}

const NAMES: [&str; 24] = [
    "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "r16", "r17",
    "r18", "r19", "r20", "r21", "r22", "r23",
];

const UUID: &str = "018f0000-0000-7000-8000-000000000000";

fn template() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec!["a", "b", "5", UUID, "{:uuid}", "{:int}", "{:slug}", "{:text}"]);
    (prop::collection::vec(piece, 0..4), prop::bool::weighted(0.3)).prop_map(|(pieces, rest)| {
        let mut path = String::new();
        for (place, piece) in pieces.iter().enumerate() {
            path.push('/');
            path.push_str(&piece.replace("{:", &format!("{{p{place}:")));
        }
        if rest {
            format!("{path}/{{rest:path}}")
        } else if path.is_empty() {
            "/".to_owned()
        } else {
            path
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_trie_finds_what_the_definition_says(
        routes in prop::collection::vec((prop::sample::select(vec!["GET", "POST"]), template()), 1..24),
        paths in prop::collection::vec(
            prop::collection::vec(prop::sample::select(vec!["a", "b", "5", "-5", "x.y", "a_b", UUID]), 0..5), 1..20),
    ) {
        let mut unique: Vec<(&str, String)> = Vec::new();
        for (method, path) in routes {
            if !unique.iter().any(|(own, other)| *own == method && *other == path) {
                unique.push((method, path));
            }
        }
        let routes: Vec<(&str, &str)> = unique.iter().map(|(method, path)| (*method, path.as_str())).collect();
        let mut api = api(1, "x", "v1", &routes);
        api.spec.version_in = VersionIn::None;
        let templates: Vec<(String, Vec<Segment>)> = api
            .spec
            .routes
            .iter()
            .zip(&routes)
            .map(|(route, (method, _))| ((*method).to_owned(), route.path.segments().to_vec()))
            .collect();
        let table = table(vec![api]);
        for path in paths {
            let path: String = path.iter().flat_map(|segment| ["/", segment]).collect();
            for method in ["GET", "POST"] {
                let expected = naive(&templates, method, &path);
                let found = match table.find(&format!("/x{path}"), method, None) {
                    Found::Route(found) => Some(found.route.name.to_string()),
                    _ => None,
                };
                prop_assert_eq!(found.as_deref(), expected, "{} {} in {:?}", method, path, routes);
            }
        }
    }

    #[test]
    fn foreign_paths_never_panic(path: String, method: String, version: Option<String>) {
        let table = table(vec![orders()]);
        let found = table.find(&path, &method, version.as_deref());
        found.refusal(&method);
        found.check(&path, &method);
    }
}
