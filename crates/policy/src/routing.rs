//! Which api and route a path, a method and a version header lead to.
//!
//! All routes of all apis stand in one trie of path segments. The most specific route that answers to the method
//! wins: segment by segment, a literal goes before a typed parameter, typed parameters go in the order of
//! [`ValueType`](keyward_model::api::ValueType), and the rest of the path comes last. What a search costs depends on
//! the segments of the path and on the parameters that stand where it passes, not on how many routes there are.

use std::sync::Arc;

use keyward_model::Name;
use keyward_model::api::{Api, Method, Route, VersionIn};

mod build;
mod find;
mod readings;
mod refusal;
mod trie;
mod version;

use trie::Trie;

/// An api as the table takes it.
#[derive(Clone, Debug)]
pub struct ApiEntry {
    /// The api.
    pub api: Arc<Api>,
    /// The name of the team that owns it.
    pub team_name: Name,
}

/// All published routes. Immutable; built whole and swapped whole. Draft apis do not stand in it.
#[derive(Debug)]
pub struct RouteTable {
    apis: Vec<ApiEntry>,
    trie: Trie,
}

/// Why an api cannot stand in the table. It names nothing of other teams.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("api `{api}` of team `{team_name}` {problem}; {remedy}")]
pub struct BuildProblem {
    /// The api that has to give way.
    pub api: Name,
    /// Its team.
    pub team_name: Name,
    /// What is wrong; goes on from the api's name.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

/// What a path leads to. `'t` is the table, `'p` the path.
#[derive(Debug)]
pub enum Found<'t, 'p> {
    /// A route.
    Route(RouteMatch<'t, 'p>),
    /// Something is published at the path, but not for the method.
    MethodNotAllowed {
        /// The methods it is published for, for the `Allow` header.
        allowed: Vec<Method>,
        /// The api that publishes it, or the one that does most specifically.
        api: &'t ApiEntry,
    },
    /// The api's life is over: `api_retired`.
    Retired(&'t ApiEntry),
    /// The path can be read in a second way that leads elsewhere: `path_invalid`. The text is a sentence for the
    /// caller.
    Ambiguous(&'static str),
    /// Nothing is published there.
    NotFound,
}

/// The route a path leads to.
#[derive(Clone, Copy, Debug)]
pub struct RouteMatch<'t, 'p> {
    /// The place of the api in [`RouteTable::apis`].
    pub api_index: usize,
    /// The api.
    pub api: &'t ApiEntry,
    /// The place of the route in the api.
    pub route_index: usize,
    /// The route.
    pub route: &'t Route,
    /// The path to forward, beginning with `/`: what is behind base path and version, or the whole path where the api
    /// keeps its base path.
    pub rest: &'p str,
}

impl RouteTable {
    /// Builds the table. Refuses when two apis cannot stand side by side.
    pub fn build(entries: Vec<ApiEntry>) -> Result<Self, Vec<BuildProblem>> {
        let (table, problems) = Self::build_what_fits(entries);
        if problems.is_empty() { Ok(table) } else { Err(problems) }
    }

    /// Builds the table of all apis that can stand side by side, so that one bad api does not hold up the others. Of
    /// two that cannot, the older one stays.
    pub fn build_what_fits(entries: Vec<ApiEntry>) -> (Self, Vec<BuildProblem>) {
        build::build(entries)
    }

    /// Where `path`, in canonical form, leads. `version_header` is the value of `Accept-Version`.
    pub fn find<'t, 'p>(&'t self, path: &'p str, method: &str, version_header: Option<&str>) -> Found<'t, 'p> {
        find::find(self, path, method, version_header)
    }

    /// The apis of the table.
    pub fn apis(&self) -> &[ApiEntry] {
        &self.apis
    }
}

impl ApiEntry {
    /// What every path of the api begins with: the base path, and the version where it is part of the path.
    fn prefix(&self) -> String {
        let spec = &self.api.spec;
        match spec.version_in {
            VersionIn::Path => format!("{}/{}", spec.base_path, spec.version),
            VersionIn::Header | VersionIn::None => spec.base_path.to_string(),
        }
    }

    /// The length of [`ApiEntry::prefix`].
    fn prefix_length(&self) -> usize {
        let spec = &self.api.spec;
        let version = if spec.version_in == VersionIn::Path { 1 + spec.version.as_str().len() } else { 0 };
        spec.base_path.as_str().len() + version
    }
}
