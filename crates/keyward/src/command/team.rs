//! `keyward team`: tenants and their rules.

use clap::Subcommand;
use keyward_model::Name;
use keyward_model::resource::Kind;

use super::resource::{List, at_lines, columns, note_more, print_set, read_spec};
use crate::cli::{Context, name};
use crate::client::Request;
use crate::failure::Failure;
use crate::manifest::Source;

/// What can be done with a team.
#[derive(Debug, Subcommand)]
pub enum TeamCommand {
    /// List all teams of the installation; for operators.
    List(List),
    /// Show a team.
    Show(Show),
    /// Make a team or change its rules; the spec is read from a file. Making one is for operators.
    Set(Set),
}

/// Which team to show.
#[derive(Debug, clap::Args)]
pub struct Show {
    /// Its name; the token's own team unless given.
    #[arg(value_parser = name)]
    pub name: Option<Name>,
}

/// What to set.
#[derive(Debug, clap::Args)]
pub struct Set {
    /// Its name.
    #[arg(value_parser = name)]
    pub name: Name,
    /// YAML or JSON file with the spec; `-` is standard input.
    #[arg(short, long, default_value = "-", value_name = "FILE")]
    pub file: std::path::PathBuf,
    /// Refuse unless it is still of this version.
    #[arg(long, value_name = "VERSION")]
    pub if_version: Option<u64>,
}

impl TeamCommand {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::List(list) => {
                let (items, more) = context.client()?.list(list.limit, || Request::new("GET", &["teams"]))?;
                context.output.list(columns(Kind::Team), &items)?;
                note_more(context, more)
            }
            Self::Show(show) => {
                let client = context.client()?;
                let team = match show.name {
                    Some(name) => name.to_string(),
                    None => context.team(&client)?,
                };
                let body = client.get(&["teams", &team])?;
                Ok(context.output.value(&body)?)
            }
            Self::Set(set) => set.run(context),
        }
    }
}

impl Set {
    fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let source = Source::new(&self.file, context.read_text(&self.file)?);
        let spec = read_spec(Kind::Team, &source)?;
        let request = Request::new("PUT", &["teams", &self.name]).json(&spec)?.if_version(self.if_version);
        let answer = context.client()?.send(request).map_err(|failure| at_lines(failure, &source))?;
        print_set(context, Kind::Team, &answer)
    }
}
