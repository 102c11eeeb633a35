//! `keyward token list`, `show` and `overdue`.

use keyward_model::clock::SystemClock;
use keyward_model::token::{Token, TokenId};
use keyward_model::{Clock, Name};
use serde::Deserialize;
use serde_json::Value;

use super::{about, notation, token_id};
use crate::cli::{Context, name};
use crate::client::Request;
use crate::command::resource::note_more;
use crate::failure::Failure;
use crate::output::{Column, moment, text_at};

/// Which tokens to list.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Of this app.
    #[arg(long, value_name = "APP", value_parser = name)]
    pub app: Option<Name>,
    /// Of this status: active, not_yet_valid, pending, rotating, expired, revoked or disabled.
    #[arg(long, value_name = "STATUS")]
    pub status: Option<String>,
    /// With this label.
    #[arg(long, value_name = "KEY=VALUE", value_parser = notation::label)]
    pub label: Option<(String, String)>,
    /// With this in its name or description.
    #[arg(long, value_name = "TEXT")]
    pub text: Option<String>,
    /// That expire before this moment, or within this span from now.
    #[arg(long, value_name = "TIME", value_parser = notation::moment)]
    pub expires_before: Option<notation::Moment>,
    /// Not used since this moment, or for this span.
    #[arg(long, value_name = "TIME", value_parser = notation::moment)]
    pub unused_since: Option<notation::Moment>,
    /// How many at most.
    #[arg(long, default_value_t = 500, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: u64,
}

/// Which token to show.
#[derive(Debug, clap::Args)]
pub struct Show {
    /// Its id.
    #[arg(value_parser = token_id)]
    pub id: TokenId,
    /// Show who used it lately instead, also under its predecessor and successor.
    #[arg(long)]
    pub usage: bool,
}

/// How many overdue tokens to list.
#[derive(Debug, clap::Args)]
pub struct Overdue {
    /// How many at most.
    #[arg(long, default_value_t = 500, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: u64,
}

const COLUMNS: &[Column] = &[
    Column::new("ID", |v| text_at(v, "/id")),
    Column::new("LAST 4", |v| text_at(v, "/last_four")),
    Column::new("STATUS", status),
    Column::new("EXPIRES", |v| {
        moment(v, "/expires_at").replace('-', if v.get("expires_at").is_some() { "-" } else { "never" })
    }),
    Column::new("CREATED", |v| moment(v, "/created_at")),
    Column::new("LAST USED", |v| moment(v, "/last_use/at")),
    Column::new("NAME", |v| text_at(v, "/name")),
    Column::new("SCOPES", |v| text_at(v, "/scopes")),
];

/// What a token amounts to: as the server says, or else by this machine's clock.
fn status(value: &Value) -> String {
    if let Some(status) = value.get("status").and_then(Value::as_str) {
        return status.to_owned();
    }
    Token::deserialize(value)
        .map_or_else(|_| text_at(value, "/state"), |token| token.status(SystemClock::new().now()).to_string())
}

impl List {
    pub(super) fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let now = SystemClock::new().now();
        let (client, team) = context.client_and_team()?;
        let label = self.label.as_ref().map(|(key, value)| format!("{key}={value}"));
        let (items, more) = client.list(self.limit, || {
            Request::new("GET", &["teams", &team, "tokens"])
                .query("app", self.app.as_deref())
                .query("status", self.status.as_deref())
                .query("label", label.as_deref())
                .query("q", self.text.as_deref())
                .query("expires_before", self.expires_before.map(|moment| moment.from(now)))
                .query("unused_since", self.unused_since.map(|moment| moment.before(now)))
        })?;
        context.output.list(COLUMNS, &items)?;
        note_more(context, more)
    }
}

impl Show {
    pub(super) fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let (client, team) = context.client_and_team()?;
        let what: &[&str] = if self.usage { &["usage"] } else { &[] };
        let body = client.send(about("GET", &team, self.id, what))?.body;
        Ok(context.output.value(&body)?)
    }
}

impl Overdue {
    pub(super) fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        const COLUMNS: &[Column] = &[
            Column::new("ID", |v| text_at(v, "/id")),
            Column::new("DUE", |v| moment(v, "/due_at")),
            Column::new("THEN", |v| text_at(v, "/after_deadline")),
            Column::new("DEADLINE", |v| moment(v, "/deadline")),
            Column::new("NAME", |v| text_at(v, "/name")),
        ];
        let (client, team) = context.client_and_team()?;
        let (items, more) = client.list(self.limit, || Request::new("GET", &["teams", &team, "tokens", "overdue"]))?;
        context.output.list(COLUMNS, &items)?;
        note_more(context, more)
    }
}
