//! `keyward audit`: who changed what.

use clap::Subcommand;
use keyward_model::Clock;
use keyward_model::clock::SystemClock;
use keyward_model::resource::Kind;
use keyward_model::token::TokenId;
use keyward_model::user::UserId;
use serde_json::Value;

use super::resource::note_more;
use super::token::notation;
use crate::cli::Context;
use crate::client::{Client, Request};
use crate::failure::Failure;
use crate::output::{Column, moment, text_at};

mod verify;

/// What can be done with the audit trail.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// List audit events, newest first.
    List(List),
    /// Follow the trail's chain and say whether an event was edited, deleted or moved.
    Verify(verify::Verify),
}

/// Which events to list.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Whose action begins so: `token.` or `token.revoke`.
    #[arg(long, value_name = "PREFIX")]
    pub action: Option<String>,
    /// About this kind of thing.
    #[arg(long, value_name = "KIND")]
    pub kind: Option<Kind>,
    /// About the thing with this id.
    #[arg(long, value_name = "ID")]
    pub target: Option<String>,
    /// By this token, or by this user.
    #[arg(long, value_name = "ID", value_parser = actor_id)]
    pub actor: Option<String>,
    /// Since this moment, or this long ago.
    #[arg(long, value_name = "TIME", value_parser = notation::moment)]
    pub from: Option<notation::Moment>,
    /// Until this moment, or this long ago.
    #[arg(long, value_name = "TIME", value_parser = notation::moment)]
    pub to: Option<notation::Moment>,
    /// The installation's own trail, of teams and keys; for operators.
    #[arg(long)]
    pub installation: bool,
    /// How many at most.
    #[arg(long, default_value_t = 50, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: u64,
}

const COLUMNS: &[Column] = &[
    Column::new("NO", |v| text_at(v, "/sequence")),
    Column::new("AT", |v| moment(v, "/at")),
    Column::new("ACTION", |v| text_at(v, "/action")),
    Column::new("WHAT", |v| text_at(v, "/target_name")),
    Column::new("BY", actor),
    Column::new("FROM", |v| text_at(v, "/address")),
    Column::new("REASON", |v| text_at(v, "/reason")),
];

fn actor_id(text: &str) -> Result<String, String> {
    let is_actor = text.parse::<TokenId>().is_ok() || text.parse::<UserId>().is_ok();
    if is_actor { Ok(text.to_owned()) } else { Err("is neither the id of a token nor that of a user".to_owned()) }
}

fn actor(event: &Value) -> String {
    match event.pointer("/actor/kind").and_then(Value::as_str) {
        Some("token") => format!("{} ({})", text_at(event, "/actor/name"), text_at(event, "/actor/id")),
        Some("user") => format!("{} ({})", text_at(event, "/actor/name"), text_at(event, "/actor/id")),
        Some("stranger") => "nobody known".to_owned(),
        Some("machine") => format!("machine: {}", text_at(event, "/actor/command")),
        _ => format!("keyward: {}", text_at(event, "/actor/job")),
    }
}

/// Where a trail is: a client, and the path to its events.
fn trail(context: &Context<'_>, installation: bool) -> Result<(Client, Vec<String>), Failure> {
    let events = "audit-events".to_owned();
    if installation {
        return Ok((context.client()?, vec![events]));
    }
    let (client, team) = context.client_and_team()?;
    Ok((client, vec!["teams".to_owned(), team, events]))
}

impl AuditCommand {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::List(command) => command.run(context),
            Self::Verify(command) => command.run(context),
        }
    }
}

impl List {
    fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let now = SystemClock::new().now();
        let (client, trail) = trail(context, self.installation)?;
        let path: Vec<&str> = trail.iter().map(String::as_str).collect();
        let (items, more) = client.list(self.limit, || {
            Request::new("GET", &path)
                .query("action", self.action.as_deref())
                .query("kind", self.kind)
                .query("target", self.target.as_deref())
                .query("actor", self.actor.as_deref())
                .query("from", self.from.map(|moment| moment.before(now)))
                .query("to", self.to.map(|moment| moment.before(now)))
        })?;
        context.output.list(COLUMNS, &items)?;
        note_more(context, more)
    }
}
