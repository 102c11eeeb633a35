//! `keyward calls tail`: calls as they come.

use std::io::{BufRead, BufReader, Write};

use keyward_model::Clock;
use keyward_model::clock::SystemClock;
use serde_json::Value;

use super::COLUMNS;
use super::filter::Filter;
use super::of_team_or_all;
use crate::cli::Context;
use crate::client::Request;
use crate::failure::{Exit, Failure};
use crate::output::{Format, plain};

/// Which calls to print.
#[derive(Debug, clap::Args)]
pub struct Tail {
    /// Which.
    #[command(flatten)]
    pub filter: Filter,
    /// End after this many.
    #[arg(long, value_name = "COUNT")]
    pub count: Option<u64>,
    /// Calls of every team. For operators.
    #[arg(long)]
    pub all_teams: bool,
}

impl Tail {
    pub(super) fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let client = context.client()?;
        let team = if self.all_teams { None } else { Some(context.team(&client)?) };
        let request = Request::new("GET", &of_team_or_all(team.as_deref(), &["calls", "tail"]));
        let stream = client.stream(self.filter.onto(request, SystemClock::new().now()))?;
        let mut left = self.count.unwrap_or(u64::MAX);
        let mut event = String::new();
        for line in BufReader::new(stream).lines() {
            let line = line.map_err(|error| {
                Failure::new(Exit::Unreachable, format!("the control plane ended the stream: {error}"))
            })?;
            // Server-sent events: a line with the event's name, one with its data; comments keep the connection awake.
            if let Some(name) = line.strip_prefix("event:") {
                name.trim().clone_into(&mut event);
                continue;
            }
            let Some(data) = line.strip_prefix("data:") else { continue };
            if event == "missed" {
                let missed = plain(data.trim());
                context.output.note(&format!("{missed} calls of all kinds went by unseen: this reader is too slow"))?;
                continue;
            }
            let Ok(call) = serde_json::from_str::<Value>(data.trim_start()) else { continue };
            print(context, &call)?;
            left -= 1;
            if left == 0 {
                return Ok(());
            }
        }
        Err(Failure::new(Exit::Unreachable, "the control plane ended the stream"))
    }
}

/// One line a call, in columns that do not wait for what comes later.
fn print(context: &mut Context<'_>, call: &Value) -> Result<(), Failure> {
    let out = &mut context.output.out;
    match context.output.format {
        Format::Json => writeln!(out, "{call}")?,
        Format::Yaml => writeln!(out, "---\n{}", crate::output::yaml(call)?)?,
        Format::Table => {
            let cells: Vec<String> = COLUMNS.iter().map(|column| plain(&(column.show)(call))).collect();
            let widths = [20, 6, 7, 40, 20, 12, 15, 8, 0];
            let line: Vec<String> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            writeln!(out, "{}", line.join("  ").trim_end())?;
        }
    }
    Ok(out.flush()?)
}
