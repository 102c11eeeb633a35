//! `keyward calls tail`: calls as they come.

use std::io::{BufRead, BufReader, Write};

use keyward_model::Clock;
use keyward_model::clock::SystemClock;
use serde_json::Value;

use super::COLUMNS;
use super::filter::Filter;
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
}

impl Tail {
    pub(super) fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let (client, team) = context.client_and_team()?;
        let request = Request::new("GET", &["teams", &team, "calls", "tail"]);
        let stream = client.stream(self.filter.onto(request, SystemClock::new().now()))?;
        let mut left = self.count.unwrap_or(u64::MAX);
        for line in BufReader::new(stream).lines() {
            let line = line.map_err(|error| {
                Failure::new(Exit::Unreachable, format!("the control plane ended the stream: {error}"))
            })?;
            // Server-sent events: one record is one `data` line; comments keep the connection awake.
            let Some(data) = line.strip_prefix("data:") else { continue };
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
