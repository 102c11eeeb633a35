//! `keyward calls list` and `show`.

use keyward_model::Clock;
use keyward_model::clock::SystemClock;

use super::COLUMNS;
use super::filter::Filter;
use super::of_team_or_all;
use crate::cli::Context;
use crate::client::Request;
use crate::command::resource::note_more;
use crate::failure::Failure;

/// Which calls to list.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Which.
    #[command(flatten)]
    pub filter: Filter,
    /// How many at most.
    #[arg(long, default_value_t = 50, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: u64,
    /// Calls of every team. For operators.
    #[arg(long)]
    pub all_teams: bool,
}

/// Which call to show.
#[derive(Debug, clap::Args)]
pub struct Show {
    /// The request id on the call's answer.
    #[arg(value_name = "REQUEST")]
    pub request: String,
}

impl List {
    pub(super) fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let now = SystemClock::new().now();
        let client = context.client()?;
        let team = if self.all_teams { None } else { Some(context.team(&client)?) };
        let path = of_team_or_all(team.as_deref(), &["calls"]);
        let (items, more) = client.list(self.limit, || self.filter.onto(Request::new("GET", &path), now))?;
        context.output.list(COLUMNS, &items)?;
        note_more(context, more)
    }
}

impl Show {
    pub(super) fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let (client, team) = context.client_and_team()?;
        let body = client.get(&["teams", &team, "calls", &self.request])?;
        Ok(context.output.value(&body)?)
    }
}
