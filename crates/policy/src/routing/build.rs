//! Building the table, and finding out which apis cannot stand side by side.
//!
//! Two templates that match the same paths end at the same node of the trie, so that rivals are found by putting them
//! there. An api that does not fit is taken out again before the next one comes.

use std::collections::BTreeMap;
use std::ops::Bound;

use foldhash::{HashMap, HashMapExt};
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
    let (mut trie, mut base_paths) = (Builder::default(), BasePaths::default());
    let (mut standing, mut problems) = (Vec::with_capacity(entries.len()), Vec::new());
    for (entry, prefix) in entries.iter().zip(&prefixes) {
        let before = trie.mark();
        let fits = base_paths.check(entry).and_then(|()| insert(&mut trie, standing.len(), entry, prefix));
        match fits {
            Ok(()) => {
                base_paths.take(entry);
                standing.push(entry);
            }
            Err((problem, remedy)) => {
                trie.take_back(before);
                let (api, team_name) = (entry.api.name.clone(), entry.team_name.clone());
                problems.push(BuildProblem { api, team_name, problem, remedy: remedy.to_owned() });
            }
        }
    }
    let latest = latest_versions(&standing);
    trie.name_latest(|place| latest.get(standing[place].api.spec.base_path.as_str()) == Some(&place));
    let apis = standing.into_iter().cloned().collect();
    (RouteTable { apis, trie: trie.finish() }, problems)
}

type Problem = (String, &'static str);

/// Puts all routes of an api into the trie. Where one finds a rival, those before it are there all the same.
fn insert<'a>(trie: &mut Builder<'a>, place: usize, entry: &'a ApiEntry, prefix: &'a str) -> Result<(), Problem> {
    let spec = &entry.api.spec;
    let in_header = spec.version_in == VersionIn::Header;
    // Which one is the latest is known when all are there.
    let version = in_header.then(|| HeaderVersion { name: spec.version.clone(), latest: false });
    let literals = || prefix[1..].split('/');
    if spec.lifecycle == Lifecycle::Retired {
        let what = "been retired at its base path";
        let end = || End { api: place, route: None, methods: Methods::ALL, own_head: true, version: version.clone() };
        let at_prefix = trie.insert(literals(), [].iter(), end());
        at_prefix.map_err(|()| rival(what, prefix))?;
        return trie.insert_below(literals(), end()).map_err(|()| rival(what, &format!("{prefix}/{{path}}")));
    }
    for (route_place, route) in spec.routes.iter().enumerate() {
        let end = End {
            api: place,
            route: Some(route_place),
            methods: methods_of(route),
            own_head: route.methods.contains(&Method::Head),
            version: version.clone(),
        };
        trie.insert(literals(), route.path.segments().iter(), end)
            .map_err(|()| rival(&format!("the route `{}`", route.name), &format!("{prefix}{}", route.path.shape())))?;
    }
    Ok(())
}

fn rival(what: &str, shape: &str) -> Problem {
    let problem = format!("has {what}, which matches calls (`{shape}`) that another route matches already");
    (problem, "choose another base path, version or path")
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
fn latest_versions<'a>(entries: &[&'a ApiEntry]) -> HashMap<&'a str, usize> {
    let mut latest = HashMap::new();
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

/// The base paths that apis have taken, and whose they are.
#[derive(Default)]
struct BasePaths<'a>(BTreeMap<&'a str, (TeamId, &'a Name)>);

impl<'a> BasePaths<'a> {
    /// A base path belongs to one api in all its versions, and what lies below it to the api's team.
    fn check(&self, entry: &ApiEntry) -> Result<(), Problem> {
        let (team, api) = (entry.api.team, &entry.api.spec.api);
        let path = entry.api.spec.base_path.as_str();
        if self.0.get(path).is_some_and(|(owner, owned_by)| (*owner, *owned_by) != (team, api)) {
            return Err((format!("has the base path `{path}`, which is taken"), "choose another base path"));
        }
        let above = path.match_indices('/').skip(1).filter_map(|(end, _)| self.0.get(&path[..end]));
        let below = format!("{path}/");
        let below = self
            .0
            .range::<str, _>((Bound::Included(below.as_str()), Bound::Unbounded))
            .take_while(|(other, _)| other.starts_with(&below));
        if above.chain(below.map(|(_, owner)| owner)).any(|(owner, _)| *owner != team) {
            let problem = format!("has the base path `{path}`, which lies within or above that of another team");
            return Err((problem, "choose a base path with another beginning"));
        }
        Ok(())
    }

    fn take(&mut self, entry: &'a ApiEntry) {
        self.0.insert(entry.api.spec.base_path.as_str(), (entry.api.team, &entry.api.spec.api));
    }
}
