//! `keyward calls`: what came through the gateway.

use clap::Subcommand;
use serde_json::Value;

use crate::cli::Context;
use crate::failure::Failure;
use crate::output::{Column, moment, text_at};

mod addresses;
mod capture;
mod export;
pub(crate) mod filter;
mod list;
mod status;
mod tail;

/// What can be done with calls.
#[derive(Debug, Subcommand)]
pub enum CallsCommand {
    /// List calls, newest first.
    List(list::List),
    /// Show one call with all that is known of it.
    Show(list::Show),
    /// Show what was captured of one call, where its api captures: heads and bodies, with everything secret blotted
    /// out. Captures stay on the node that took them.
    Capture(capture::Capture),
    /// Print calls as they come; ends with Ctrl-C.
    Tail(tail::Tail),
    /// Count calls by the address they came from, the busiest first.
    Addresses(addresses::Addresses),
    /// Write calls to a file, as CSV or Parquet, the oldest first.
    Export(export::Export),
    /// Show how recording calls goes: what was dropped, what is on the disk, where addresses are looked up. For
    /// operators.
    Status(status::Status),
}

impl CallsCommand {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::List(command) => command.run(context),
            Self::Show(command) => command.run(context),
            Self::Capture(command) => command.run(context),
            Self::Tail(command) => command.run(context),
            Self::Addresses(command) => command.run(context),
            Self::Export(command) => command.run(context),
            Self::Status(command) => command.run(context),
        }
    }
}

/// `/teams/{team}/{what}`, or `/{what}` of the whole installation.
pub(crate) fn of_team_or_all<'a>(team: Option<&'a str>, what: &[&'a str]) -> Vec<&'a str> {
    let mut path = team.map_or_else(Vec::new, |team| vec!["teams", team]);
    path.extend(what);
    path
}

const COLUMNS: &[Column] = &[
    Column::new("AT", |v| moment(v, "/at")),
    Column::new("STATUS", |v| text_at(v, "/status")),
    Column::new("METHOD", |v| text_at(v, "/method")),
    Column::new("PATH", |v| text_at(v, "/path")),
    Column::new("CODE", |v| text_at(v, "/code")),
    Column::new("TOKEN", |v| text_at(v, "/token")),
    Column::new("ADDRESS", |v| text_at(v, "/address")),
    Column::new("MS", milliseconds),
    Column::new("REQUEST", |v| text_at(v, "/request_id")),
];

fn milliseconds(call: &Value) -> String {
    let micros = call.pointer("/timing/total_us").and_then(Value::as_u64).unwrap_or(0);
    format!("{}.{:01}", micros / 1000, micros % 1000 / 100)
}
