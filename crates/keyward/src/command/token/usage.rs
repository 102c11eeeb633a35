//! `keyward token usage`: who uses a token for what, and what may be taken from it.

use keyward_model::Clock;
use keyward_model::clock::SystemClock;
use keyward_model::token::TokenId;
use serde_json::Value;

use super::{about, notation, token_id};
use crate::cli::Context;
use crate::failure::Failure;
use crate::output::{moment, text_at};

/// Whose use to show, and over which period.
#[derive(Debug, clap::Args)]
pub struct Usage {
    /// The token's id.
    #[arg(value_parser = token_id)]
    pub id: TokenId,
    /// Since this moment, or this long ago; the last 30 days unless given.
    #[arg(long, value_name = "TIME", value_parser = notation::moment)]
    pub from: Option<notation::Moment>,
    /// Until this moment, or this long ago; now unless given.
    #[arg(long, value_name = "TIME", value_parser = notation::moment)]
    pub to: Option<notation::Moment>,
}

impl Usage {
    pub(super) fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let now = SystemClock::new().now();
        let (client, team) = context.client_and_team()?;
        let request = about("GET", &team, self.id, &["usage"])
            .query("from", self.from.map(|moment| moment.before(now)))
            .query("to", self.to.map(|moment| moment.before(now)));
        let usage = client.send(request)?.body;
        Ok(context.output.words(&usage, || words(&usage))?)
    }
}

fn words(usage: &Value) -> String {
    let mut lines = vec![format!("last used        {}", last_use(&usage["last_use"]))];
    let period = format!("from {} to {} ({})", moment(usage, "/from"), moment(usage, "/to"), text_at(usage, "/state"));
    lines.push(format!("period           {period}"));
    lines.push(format!("calls            {}, refused {}", known(&usage["calls"]), known(&usage["refused"])));
    for (title, other) in [("successor", "/successor"), ("predecessor", "/predecessor")] {
        if let Some(other) = usage.pointer(other) {
            let (id, calls) = (text_at(other, "/token"), known(&other["calls"]));
            lines.push(format!("{title:<16} {id}: {calls} calls, last used {}", last_use(&other["last_use"])));
        }
    }
    lines.push(format!("addresses        {}", known(&usage["distinct_addresses"])));
    for address in items(usage, "/addresses") {
        let (calls, last) = (text_at(address, "/calls"), moment(address, "/last_at"));
        lines.push(format!("  {}: {calls} calls, last {last}", text_at(address, "/address")));
    }
    lines.push("scopes".to_owned());
    for scope in items(usage, "/scopes") {
        let (state, calls) = (text_at(scope, "/state"), known(&scope["calls"]));
        lines.push(format!("  {}: {state}, needed by {calls} calls", text_at(scope, "/scope")));
    }
    lines.push("routes called".to_owned());
    for route in items(usage, "/routes") {
        let (api, name) = (text_at(route, "/api"), text_at(route, "/route"));
        let (calls, refused) = (text_at(route, "/calls"), text_at(route, "/refused"));
        lines.push(format!("  {api} {name}: {calls} calls, refused {refused}"));
    }
    lines.push(format!("routes unused    {}", known(&usage["unused_routes_count"])));
    if let Some(narrowing) = usage.get("narrowing").filter(|narrowing| narrowing.is_object()) {
        lines.push(format!("could be taken   {}", text_at(narrowing, "/unused_scopes")));
        lines.push(format!("would be enough  {}", text_at(narrowing, "/scopes")));
    }
    lines.join("\n")
}

fn items<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A number; `?` where it is unknown, which is not zero.
fn known(value: &Value) -> String {
    value.as_u64().map_or_else(|| "?".to_owned(), |count| count.to_string())
}

fn last_use(value: &Value) -> String {
    if value.is_null() {
        return "never".to_owned();
    }
    format!("{} from {}, {} uses in all", moment(value, "/at"), text_at(value, "/address"), text_at(value, "/calls"))
}
