//! `keyward secret`: as every resource, but its value comes from standard input or a file and is never read back.

use std::collections::BTreeMap;

use clap::Subcommand;
use keyward_model::Name;
use keyward_model::resource::Kind;
use serde::Serialize;

use super::resource::{Delete, List, Show, print_set};
use crate::cli::{Context, name};
use crate::client::{Exposed, Request};
use crate::failure::Failure;
use crate::secret_text;

/// What can be done with a secret.
#[derive(Debug, Subcommand)]
pub enum SecretCommand {
    /// List them.
    List(List),
    /// Show what may be read of one.
    Show(Show),
    /// Store one or replace its value, which is read from standard input or a file.
    Set(Set),
    /// Delete one. Refused while a connection names it.
    Delete(Delete),
}

/// What to store.
#[derive(Debug, clap::Args)]
pub struct Set {
    /// Its name.
    #[arg(value_parser = name)]
    pub name: Name,
    /// File with the value; standard input unless given. One closing line feed is not part of it.
    #[arg(long, value_name = "FILE")]
    pub value_file: Option<std::path::PathBuf>,
    /// What it is for.
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// Change it although a manifest owns it; the next `apply` of that changes it back.
    #[arg(long = "override")]
    pub overriding: bool,
}

impl SecretCommand {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(Kind::Secret, context),
            Self::Show(show) => show.run(Kind::Secret, context),
            Self::Set(set) => set.run(context),
            Self::Delete(delete) => delete.run(Kind::Secret, context),
        }
    }
}

impl Set {
    fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        #[derive(Serialize)]
        struct Body<'a> {
            #[serde(flatten)]
            spec: BTreeMap<&'static str, String>,
            value: Exposed<'a>,
        }
        let value = match &self.value_file {
            Some(file) => secret_text::read_file(file)?,
            None => secret_text::read("-", context.input)?,
        };
        let spec = self.description.map(|text| ("description", text)).into_iter().collect();
        let (client, team) = context.client_and_team()?;
        let request = Request::new("PUT", &["teams", &team, "secrets", &self.name]).overriding(self.overriding);
        let answer = client.send(request.json(&Body { spec, value: Exposed(&value) })?)?;
        print_set(context, Kind::Secret, &answer)
    }
}
