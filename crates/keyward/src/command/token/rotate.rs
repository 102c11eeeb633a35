//! `keyward token rotate`: issue a successor, or end or extend the overlap of a rotation under way.

use keyward_model::Clock;
use keyward_model::clock::SystemClock;
use keyward_model::token::TokenId;
use serde_json::{Map, Value, json};

use super::{about, change, notation, print_issued, token_id};
use crate::cli::Context;
use crate::failure::Failure;
use crate::output::moment;

/// Which token to rotate, and how.
#[derive(Debug, clap::Args)]
pub struct Rotate {
    /// Its id.
    #[arg(value_parser = token_id)]
    pub id: TokenId,
    /// How long the old one works on beside its successor: 0s to 30d; a day unless given.
    #[arg(long, value_name = "SPAN", value_parser = notation::duration)]
    pub overlap: Option<std::time::Duration>,
    /// Until when the successor works: a date and time, a span from now, or never where the team allows it.
    #[arg(long, value_name = "TIME", value_parser = notation::expiry)]
    pub expires: Option<notation::Expires>,
    /// Makes the request safe to repeat.
    #[arg(long, value_name = "KEY")]
    pub idempotency_key: Option<String>,
    /// A rotation is under way: end it now; the old token stops working.
    #[arg(long, conflicts_with_all = ["overlap", "expires", "extend"])]
    pub end: bool,
    /// A rotation is under way: let the old token work this much longer, from now.
    #[arg(long, value_name = "SPAN", value_parser = notation::duration, conflicts_with_all = ["overlap", "expires"])]
    pub extend: Option<std::time::Duration>,
}

impl Rotate {
    pub(super) fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let (client, team) = context.client_and_team()?;
        if self.end {
            let request = about("POST", &team, self.id, &["rotation", "end"]).json(&json!({}))?;
            return change(context, &client, request, "ended; only its successor works now");
        }
        if let Some(span) = self.extend {
            let body = json!({"expires_at": SystemClock::new().now().plus(span)});
            let request = about("POST", &team, self.id, &["rotation", "extend"]).json(&body)?;
            return change(context, &client, request, "works on for a while");
        }
        let mut body = Map::new();
        if let Some(overlap) = self.overlap {
            body.insert("overlap_seconds".to_owned(), json!(overlap.as_secs()));
        }
        if let Some(expires) = self.expires {
            body.insert("expires_at".to_owned(), json!(expires.from(SystemClock::new().now())));
        }
        let request = about("POST", &team, self.id, &["rotate"]).json(&body)?;
        let answer = client.send(request.header("idempotency-key", self.idempotency_key))?;
        let old = answer.body.get("old").unwrap_or(&Value::Null);
        if context.output.format == crate::output::Format::Table {
            context.output.note(&format!("the old token {} works until {}", self.id, moment(old, "/expires_at")))?;
        }
        let new = answer.body.get("new").unwrap_or(&answer.body);
        if context.output.format == crate::output::Format::Table {
            return print_issued(context, new, "its successor is token");
        }
        Ok(context.output.value(&answer.body)?)
    }
}
