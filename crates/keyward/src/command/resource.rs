//! `list`, `show`, `set` and `delete`, the same for every kind of resource.

use std::path::PathBuf;

use clap::Subcommand;
use keyward_model::resource::{Kind, Resource};
use keyward_model::{FieldError, Name};
use serde_json::Value;

use crate::cli::{Context, name};
use crate::client::Request;
use crate::failure::Failure;
use crate::manifest::Source;

mod columns;
mod spec;

pub(super) use columns::columns;
pub(super) use spec::read as read_spec;

/// What can be done with a resource.
#[derive(Debug, Subcommand)]
pub enum ResourceCommand {
    /// List them.
    List(List),
    /// Show one.
    Show(Show),
    /// Create one or change it; the spec is read from a file.
    Set(Set),
    /// Delete one. Refused while something else names it.
    Delete(Delete),
}

/// Which of a list to print.
#[derive(Debug, clap::Args)]
pub struct List {
    /// How many at most.
    #[arg(long, default_value_t = 500, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: u64,
}

/// Which one to show.
#[derive(Debug, clap::Args)]
pub struct Show {
    /// Its name.
    #[arg(value_parser = name)]
    pub name: Name,
}

/// What to set.
#[derive(Debug, clap::Args)]
pub struct Set {
    /// Its name.
    #[arg(value_parser = name)]
    pub name: Name,
    /// YAML or JSON file with the spec; `-` is standard input.
    #[arg(short, long, default_value = "-", value_name = "FILE")]
    pub file: PathBuf,
    /// The file holds only the fields to change; `null` removes one (RFC 7396).
    #[arg(long, conflicts_with = "create_only")]
    pub merge: bool,
    /// Refuse if it is there already.
    #[arg(long)]
    pub create_only: bool,
    /// Refuse unless it is still of this version.
    #[arg(long, value_name = "VERSION", conflicts_with = "create_only")]
    pub if_version: Option<u64>,
    /// Change it although a manifest owns it; the next `apply` of that changes it back.
    #[arg(long = "override")]
    pub overriding: bool,
}

/// What to delete.
#[derive(Debug, clap::Args)]
pub struct Delete {
    /// Its name.
    #[arg(value_parser = name)]
    pub name: Name,
    /// Refuse unless it is still of this version.
    #[arg(long, value_name = "VERSION")]
    pub if_version: Option<u64>,
    /// Delete it although a manifest owns it; the next `apply` of that makes it anew.
    #[arg(long = "override")]
    pub overriding: bool,
}

impl ResourceCommand {
    /// Runs it for resources of `kind`.
    pub fn run(self, kind: Kind, context: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(kind, context),
            Self::Show(show) => show.run(kind, context),
            Self::Set(set) => set.run(kind, context),
            Self::Delete(delete) => delete.run(kind, context),
        }
    }
}

/// The word for several of a kind, as in the API.
pub(super) fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Team => "teams",
        Kind::App => "apps",
        Kind::Api => "apis",
        Kind::Upstream => "upstreams",
        Kind::Connection => "connections",
        Kind::Secret => "secrets",
        Kind::Subscription => "subscriptions",
        Kind::Policy => "policies",
        Kind::Token => "tokens",
        Kind::Key => "keys",
        Kind::User => "users",
        Kind::Membership => "members",
        Kind::Invitation => "invitations",
    }
}

impl List {
    pub(super) fn run(self, kind: Kind, context: &mut Context<'_>) -> Result<(), Failure> {
        let (client, team) = context.client_and_team()?;
        let (items, more) = client.list(self.limit, || Request::new("GET", &["teams", &team, plural(kind)]))?;
        context.output.list(columns(kind), &items)?;
        note_more(context, more)
    }
}

/// Says that a list was cut.
pub(super) fn note_more(context: &mut Context<'_>, more: bool) -> Result<(), Failure> {
    if more {
        context.output.note("there are more; raise --limit to see them")?;
    }
    Ok(())
}

impl Show {
    pub(super) fn run(self, kind: Kind, context: &mut Context<'_>) -> Result<(), Failure> {
        let (client, team) = context.client_and_team()?;
        let body = client.get(&["teams", &team, plural(kind), &self.name])?;
        Ok(context.output.value(&body)?)
    }
}

impl Set {
    fn run(self, kind: Kind, context: &mut Context<'_>) -> Result<(), Failure> {
        let text = context.read_text(&self.file)?;
        let source = Source::new(&self.file, text);
        let spec = if self.merge { source.parse::<Value>().map_err(wrong_file)? } else { spec::read(kind, &source)? };
        let (client, team) = context.client_and_team()?;
        let path = ["teams", &team, plural(kind), &self.name];
        let request = if self.merge {
            Request::new("PATCH", &path).merge_patch(&spec)?
        } else {
            Request::new("PUT", &path).json(&spec)?
        };
        let request = request
            .if_version(self.if_version)
            .header("if-none-match", self.create_only.then(|| "*".to_owned()))
            .overriding(self.overriding);
        let answer = client.send(request).map_err(|failure| name_override(at_lines(failure, &source)))?;
        print_set(context, kind, &answer)
    }
}

/// Prints what became of a resource.
pub(super) fn print_set(context: &mut Context<'_>, kind: Kind, answer: &crate::client::Answer) -> Result<(), Failure> {
    let done = if answer.status == 201 { "created" } else { "set" };
    Ok(context.output.words(&answer.body, || {
        let name = crate::output::text_at(&answer.body, "/name");
        let version = crate::output::text_at(&answer.body, "/version");
        format!("{kind} {name} {done} (version {version})")
    })?)
}

/// The API says how to change what a manifest owns by a header; here it is a flag.
pub(super) fn name_override(failure: Failure) -> Failure {
    if failure.what.contains("X-Keyward-Override") { failure.remedy("Here that is `--override`.") } else { failure }
}

/// A file that cannot be read as what it should be.
pub(super) fn wrong_file(error: crate::manifest::FileError) -> Failure {
    Failure::usage(error.to_string())
}

/// Shows the fields that the server found wrong at their lines of the file.
pub(super) fn at_lines(mut failure: Failure, source: &Source) -> Failure {
    if let Some(problem) = failure.problem.as_ref().filter(|problem| !problem.errors.is_empty()) {
        let located = problem.errors.iter().map(|error| source.locate(error).to_string());
        failure.lines = located.chain([format!("request {}", problem.request_id)]).collect();
    }
    failure
}

/// Refuses a spec that cannot be, with all its errors at their lines.
pub(super) fn check<T: Resource>(spec: &T, source: &Source) -> Result<(), Failure> {
    let mut errors: Vec<FieldError> = Vec::new();
    spec.validate(&mut errors);
    if errors.is_empty() {
        return Ok(());
    }
    let mut failure = Failure::usage(format!("the {} is not valid", T::KIND));
    failure.lines = errors.iter().map(|error| source.locate(error).to_string()).collect();
    Err(failure)
}

impl Delete {
    pub(super) fn run(self, kind: Kind, context: &mut Context<'_>) -> Result<(), Failure> {
        let (client, team) = context.client_and_team()?;
        let path = ["teams", &team, plural(kind), &self.name];
        let answer = client
            .send(Request::new("DELETE", &path).if_version(self.if_version).overriding(self.overriding))
            .map_err(name_override)?;
        Ok(context.output.words(&answer.body, || format!("{kind} {} deleted", self.name))?)
    }
}
