//! Building the table, and finding out which apis cannot stand side by side.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use keyward_model::Name;
use keyward_model::api::{Lifecycle, Method, Route, VersionIn};
use keyward_model::team::TeamId;

use super::trie::{Builder, End, HeaderVersion, Methods};
use super::{ApiEntry, BuildProblem, RouteTable, version};

pub(super) fn build(mut entries: Vec<ApiEntry>) -> (RouteTable, Vec<BuildProblem>) {
    entries.retain(|entry| entry.api.spec.lifecycle != Lifecycle::Draft);
    // The older one has the right of way, whatever order they come in.
    entries.sort_by_key(|entry| (entry.api.created_at, entry.api.id));
    let prefixes: Vec<String> = entries.iter().map(ApiEntry::prefix).collect();
    let mut claims = Claims::default();
    let staked: Vec<_> = entries.iter().zip(&prefixes).map(|(entry, prefix)| claims.stake(entry, prefix)).collect();
    drop(claims);
    let mut problems = Vec::new();
    let mut standing = staked.iter().map(Result::is_ok);
    for (entry, staked) in entries.iter().zip(&staked) {
        if let Err((problem, remedy)) = staked {
            let (api, team_name) = (entry.api.name.clone(), entry.team_name.clone());
            let (problem, remedy) = (problem.clone(), (*remedy).to_owned());
            problems.push(BuildProblem { api, team_name, problem, remedy });
        }
    }
    entries.retain(|_| standing.next().unwrap_or(false));
    let prefixes: Vec<String> = entries.iter().map(ApiEntry::prefix).collect();
    let latest = latest_versions(&entries);
    let mut trie = Builder::default();
    for (place, (entry, prefix)) in entries.iter().zip(&prefixes).enumerate() {
        let is_latest = latest.get(entry.api.spec.base_path.as_str()) == Some(&place);
        insert(&mut trie, place, entry, prefix, is_latest);
    }
    let trie = trie.finish();
    (RouteTable { apis: entries, trie }, problems)
}

fn insert<'a>(trie: &mut Builder<'a>, place: usize, entry: &'a ApiEntry, prefix: &'a str, latest: bool) {
    let spec = &entry.api.spec;
    let in_header = spec.version_in == VersionIn::Header;
    let version = in_header.then(|| HeaderVersion { name: spec.version.clone(), latest });
    let literals = || prefix[1..].split('/');
    if spec.lifecycle == Lifecycle::Retired {
        let end = End { api: place, route: None, methods: Methods::ALL, own_head: false, version };
        trie.insert_below(literals(), end);
        return;
    }
    for (route_place, route) in spec.routes.iter().enumerate() {
        let end = End {
            api: place,
            route: Some(route_place),
            methods: methods_of(route),
            own_head: route.methods.contains(&Method::Head),
            version: version.clone(),
        };
        trie.insert(literals(), route.path.segments().iter(), end);
    }
}

/// `GET` answers `HEAD` too.
fn methods_of(route: &Route) -> Methods {
    let mut methods = Methods::default();
    for method in &route.methods {
        methods.insert(*method);
        if *method == Method::Get {
            methods.insert(Method::Head);
        }
    }
    methods
}

/// For each base path whose versions stand in a header: the place of the one that calls without a header go to.
fn latest_versions(entries: &[ApiEntry]) -> HashMap<&str, usize> {
    let mut latest: HashMap<&str, usize> = HashMap::new();
    for (place, entry) in entries.iter().enumerate() {
        if entry.api.spec.version_in == VersionIn::Header {
            let held = latest.entry(entry.api.spec.base_path.as_str()).or_insert(place);
            if version::compare(&entry.api, &entries[*held].api).is_gt() {
                *held = place;
            }
        }
    }
    latest
}

/// What apis have taken: base paths, and shapes of paths with methods.
#[derive(Default)]
struct Claims<'a> {
    base_paths: BTreeMap<&'a str, (TeamId, &'a Name)>,
    shapes: HashMap<String, Vec<Claim<'a>>>,
}

#[derive(Clone, Copy)]
struct Claim<'a> {
    methods: Methods,
    /// The version in the header; versions with other names are no rivals.
    version: Option<&'a Name>,
    /// What takes it; none for an api that is retired.
    route: Option<&'a Route>,
}

type Problem = (String, &'static str);

impl<'a> Claims<'a> {
    /// Takes what `entry` needs, all of it or nothing.
    fn stake(&mut self, entry: &'a ApiEntry, prefix: &str) -> Result<(), Problem> {
        self.check_base_path(entry)?;
        let mut own: HashMap<String, Vec<Claim<'a>>> = HashMap::new();
        for (shape, claim) in claims_of(entry, prefix) {
            let others = self.shapes.get(&shape).into_iter().chain(own.get(&shape)).flatten();
            if others.into_iter().any(|other| claim.rivals(other)) {
                let what = claim.what();
                let problem = format!("has {what}, which matches calls (`{shape}`) that another route matches already");
                return Err((problem, "choose another base path, version or path"));
            }
            own.entry(shape).or_default().push(claim);
        }
        let owner = (entry.api.team, &entry.api.spec.api);
        self.base_paths.insert(entry.api.spec.base_path.as_str(), owner);
        for (shape, claims) in own {
            self.shapes.entry(shape).or_default().extend(claims);
        }
        Ok(())
    }

    /// A base path belongs to one api in all its versions, and what lies below it to the api's team.
    fn check_base_path(&self, entry: &'a ApiEntry) -> Result<(), Problem> {
        let (team, api) = (entry.api.team, &entry.api.spec.api);
        let path = entry.api.spec.base_path.as_str();
        if self.base_paths.get(path).is_some_and(|(owner, owned_by)| (*owner, *owned_by) != (team, api)) {
            return Err((format!("has the base path `{path}`, which is taken"), "choose another base path"));
        }
        let above = path.match_indices('/').skip(1).filter_map(|(end, _)| self.base_paths.get(&path[..end]));
        let below = format!("{path}/");
        let below = self
            .base_paths
            .range::<str, _>((Bound::Included(below.as_str()), Bound::Unbounded))
            .take_while(|(other, _)| other.starts_with(&below));
        if above.chain(below.map(|(_, owner)| owner)).any(|(owner, _)| *owner != team) {
            let problem = format!("has the base path `{path}`, which lies within or above that of another team");
            return Err((problem, "choose a base path with another beginning"));
        }
        Ok(())
    }
}

impl Claim<'_> {
    /// What takes it, in words.
    fn what(&self) -> String {
        self.route
            .map_or_else(|| "been retired at its base path".to_owned(), |route| format!("the route `{}`", route.name))
    }

    fn rivals(&self, other: &Claim<'_>) -> bool {
        let versions_meet = match (self.version, other.version) {
            (Some(own), Some(other)) => own == other,
            _ => true,
        };
        versions_meet && self.methods.overlaps(other.methods)
    }
}

/// What an api takes: shapes and claims. `HEAD` of a `GET` route yields to a `HEAD` route.
fn claims_of<'a>(entry: &'a ApiEntry, prefix: &str) -> Vec<(String, Claim<'a>)> {
    let spec = &entry.api.spec;
    let version = (spec.version_in == VersionIn::Header).then_some(&spec.version);
    if spec.lifecycle == Lifecycle::Retired {
        let claim = Claim { methods: Methods::ALL, version, route: None };
        return [prefix.to_owned(), format!("{prefix}/{{path}}")].map(|shape| (shape, claim)).into();
    }
    let claim_of = |route: &'a Route| {
        let mut methods = Methods::default();
        for method in &route.methods {
            methods.insert(*method);
        }
        (format!("{prefix}{}", route.path.shape()), Claim { methods, version, route: Some(route) })
    };
    spec.routes.iter().map(claim_of).collect()
}
