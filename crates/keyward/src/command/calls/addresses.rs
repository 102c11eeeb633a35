//! `keyward calls addresses`

use keyward_model::Clock;
use keyward_model::clock::SystemClock;
use serde_json::Value;

use super::filter::Filter;
use super::of_team_or_all;
use crate::cli::Context;
use crate::client::Request;
use crate::failure::Failure;
use crate::output::{Column, moment, text_at};

/// Which calls to count.
#[derive(Debug, clap::Args)]
pub struct Addresses {
    /// Which. The last day unless `--from` and `--to` say otherwise.
    #[command(flatten)]
    pub filter: Filter,
    /// Calls of every team. For operators.
    #[arg(long)]
    pub all_teams: bool,
}

const COLUMNS: &[Column] = &[
    Column::new("ADDRESS", |v| text_at(v, "/address")),
    Column::new("COUNTRY", |v| text_at(v, "/country")),
    Column::new("CALLS", |v| text_at(v, "/calls")),
    Column::new("REFUSED", |v| text_at(v, "/refused")),
    Column::new("ERRORS", |v| text_at(v, "/errors")),
    Column::new("LAST", |v| moment(v, "/last_at")),
];

impl Addresses {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let client = context.client()?;
        let team = if self.all_teams { None } else { Some(context.team(&client)?) };
        let request = Request::new("GET", &of_team_or_all(team.as_deref(), &["calls", "addresses"]));
        let counts = client.send(self.filter.onto(request, SystemClock::new().now()))?.body;
        let items = counts.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        Ok(context.output.list(COLUMNS, &items)?)
    }
}
