//! `keyward export`: a team's resources as a file that `apply` accepts and that changes nothing.

use keyward_model::Name;

use crate::cli::{Context, name};
use crate::client::Request;
use crate::failure::Failure;
use crate::output::{Format, yaml};

/// What to write.
#[derive(Debug, clap::Args)]
pub struct Export {
    /// Only what this source owns; the file then belongs to it.
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub source: Option<Name>,
}

impl Export {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let (client, team) = context.client_and_team()?;
        let request = Request::new("GET", &["teams", &team, "export"]).query("source", self.source.as_deref());
        let manifest = client.send(request)?.body;
        if context.output.format == Format::Json {
            return Ok(context.output.value(&manifest)?);
        }
        let schema = "# yaml-language-server: $schema=keyward.schema.json";
        Ok(write!(context.output.out, "{schema}\n{}", yaml(&manifest)?)?)
    }
}
