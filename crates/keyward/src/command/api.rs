//! `keyward api`: what every resource has, and importing an OpenAPI document.

use std::path::PathBuf;

use clap::Subcommand;
use keyward_model::Name;
use keyward_model::api::BasePath;
use keyward_model::resource::Kind;
use serde_json::{Value, json};

use super::resource::{ResourceCommand, at_lines, print_set, wrong_file};
use crate::cli::{Context, name};
use crate::client::Request;
use crate::failure::Failure;
use crate::manifest::Source;
use crate::output::text_at;

/// What can be done with an api.
#[derive(Debug, Subcommand)]
pub enum ApiCommand {
    /// What can be done with every resource.
    #[command(flatten)]
    Common(ResourceCommand),
    /// Make an api from an OpenAPI 3.0 or 3.1 document.
    Import(Import),
}

/// What to import, and as what.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// The OpenAPI document, YAML or JSON; `-` is standard input.
    #[arg(short, long, value_name = "FILE")]
    pub file: PathBuf,
    /// The api that this is a version of.
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub api: Name,
    /// Which version this is.
    #[arg(long, value_name = "VERSION", value_parser = name)]
    pub api_version: Name,
    /// Its name; `<api>.<version>` unless given.
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub name: Option<Name>,
    /// What its paths begin with; `/<api>` unless given.
    #[arg(long, value_name = "PATH")]
    pub base_path: Option<BasePath>,
    /// Where its calls go.
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub upstream: Name,
    /// Print the api that would be made, and make nothing.
    #[arg(long)]
    pub dry_run: bool,
}

impl ApiCommand {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::Common(command) => command.run(Kind::Api, context),
            Self::Import(import) => import.run(context),
        }
    }
}

impl Import {
    fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let source = Source::new(&self.file, context.read_text(&self.file)?);
        let document: Value = source.parse().map_err(wrong_file)?;
        let (client, team) = context.client_and_team()?;
        let base_path = self.base_path.as_ref().map_or_else(|| format!("/{}", self.api), ToString::to_string);
        let mut body = json!({
            "api": self.api, "version": self.api_version, "base_path": base_path, "upstream": self.upstream,
            "document": document, "dry_run": self.dry_run,
        });
        if let Some(name) = &self.name {
            body["name"] = json!(name);
        }
        let answer = client.send(Request::new("POST", &["teams", &team, "apis", "import"]).json(&body)?);
        let answer = answer.map_err(|failure| at_lines(failure, &source))?;
        for warning in answer.body.get("warnings").and_then(Value::as_array).into_iter().flatten() {
            context.output.note(&format!("note: {}: {}", text_at(warning, "/at"), text_at(warning, "/text")))?;
        }
        if self.dry_run {
            return Ok(context.output.value(&answer.body)?);
        }
        let api = answer.body.get("api").filter(|api| api.get("name").is_some()).cloned();
        let status = answer.status;
        print_set(context, Kind::Api, &crate::client::Answer { status, body: api.unwrap_or(answer.body) })
    }
}
