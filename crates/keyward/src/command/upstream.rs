//! `keyward upstream`: what every resource has, and how its targets are.

use clap::Subcommand;
use keyward_model::Name;
use keyward_model::resource::Kind;
use serde_json::Value;

use super::resource::ResourceCommand;
use crate::cli::{Context, name};
use crate::failure::Failure;
use crate::output::{Column, Format, moment, text_at};

/// What can be done with an upstream.
#[derive(Debug, Subcommand)]
pub enum UpstreamCommand {
    /// What can be done with every resource.
    #[command(flatten)]
    Common(ResourceCommand),
    /// Show how its targets are, as the node that answers sees them.
    Health(Health),
}

/// Which upstream to ask about.
#[derive(Debug, clap::Args)]
pub struct Health {
    /// Its name.
    #[arg(value_parser = name)]
    pub name: Name,
}

const COLUMNS: &[Column] = &[
    Column::new("TARGET", |v| text_at(v, "/url")),
    Column::new("HEALTH", |v| text_at(v, "/health")),
    Column::new("STATE", state),
    Column::new("SINCE", |v| moment(v, "/since")),
    Column::new("LAST PROBE", |v| moment(v, "/last_probe/at")),
    Column::new("LAST ERROR", |v| text_at(v, "/last_error/problem")),
];

impl UpstreamCommand {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::Common(command) => command.run(Kind::Upstream, context),
            Self::Health(health) => health.run(context),
        }
    }
}

impl Health {
    fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let (client, team) = context.client_and_team()?;
        let body = client.get(&["teams", &team, "upstreams", &self.name, "health"])?;
        if context.output.format != Format::Table {
            return Ok(context.output.value(&body)?);
        }
        if let Some(problem) = body.get("problem").and_then(Value::as_str) {
            context.output.note(&format!("note: {problem}"))?;
        }
        let targets = body.get("targets").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        Ok(context.output.list(COLUMNS, targets)?)
    }
}

/// `growing 40 %`, `ejected until 2030-01-01T00:00:10Z`.
fn state(target: &Value) -> String {
    let state = text_at(target, "/state").replace('_', " ");
    match (target.get("share_percent"), target.get("until")) {
        (Some(share), _) => format!("{state} {share} %"),
        (None, Some(_)) => format!("{state} until {}", moment(target, "/until")),
        (None, None) => state,
    }
}
