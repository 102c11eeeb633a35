//! `keyward token`: the life of a token.

use clap::Subcommand;
use keyward_model::token::TokenId;
use serde_json::Value;

use crate::cli::Context;
use crate::client::{Client, Request};
use crate::failure::Failure;
use crate::output::{moment, text_at};

mod check;
mod create;
mod edit;
mod fields;
mod import;
mod list;
pub mod notation;
mod revoke;
mod rotate;
mod switch;
mod usage;

/// What can be done with tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Issue a token. Its secret is shown once, now.
    Create(Box<create::Create>),
    /// List tokens, newest first.
    List(list::List),
    /// Show a token, never its secret; with --usage, who used it lately.
    Show(list::Show),
    /// Show how a token is used: when last, from where, which scopes and routes, what may be taken from it.
    Usage(usage::Usage),
    /// Change anything of a token but its secret.
    Edit(Box<edit::Edit>),
    /// Issue a successor; both work until the overlap ends. Its secret is shown once, now.
    Rotate(rotate::Rotate),
    /// End a token for good, or all of an app or with a label. When this returns, calls with it are refused.
    Revoke(revoke::Revoke),
    /// Switch a token off; it can be switched on again.
    Disable(switch::Disable),
    /// Switch a token on again.
    Enable(switch::Enable),
    /// Let a token that waits for approval work.
    Approve(switch::Approve),
    /// Bring in keys made elsewhere by their hashes.
    Import(import::Import),
    /// Say what a token is worth; its text is read from standard input or a file.
    Check(check::Check),
    /// List tokens past the age at which the team wants them rotated.
    Overdue(list::Overdue),
}

impl TokenCommand {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::Create(command) => command.run(context),
            Self::List(command) => command.run(context),
            Self::Show(command) => command.run(context),
            Self::Usage(command) => command.run(context),
            Self::Edit(command) => command.run(context),
            Self::Rotate(command) => command.run(context),
            Self::Revoke(command) => command.run(context),
            Self::Disable(command) => command.run(context),
            Self::Enable(command) => command.run(context),
            Self::Approve(command) => command.run(context),
            Self::Import(command) => command.run(context),
            Self::Check(command) => command.run(context),
            Self::Overdue(command) => command.run(context),
        }
    }
}

/// Reads the id of a token from the command line.
pub(crate) fn token_id(text: &str) -> Result<TokenId, String> {
    text.parse().map_err(|error: keyward_model::token::TokenIdError| error.to_string())
}

/// A request about one token: `POST /teams/{team}/tokens/{id}/{what}`.
fn about(method: &'static str, team: &str, id: TokenId, what: &[&str]) -> Request {
    let mut path = vec!["teams", team, "tokens", id.as_str()];
    path.extend(what);
    Request::new(method, &path)
}

/// Prints a token that was just issued: the secret alone on standard output, so that it can be piped, and what
/// goes with it on the side.
fn print_issued(context: &mut Context<'_>, issued: &Value, what: &str) -> Result<(), Failure> {
    if context.output.format != crate::output::Format::Table {
        return Ok(context.output.value(issued)?);
    }
    let token = issued.get("token").unwrap_or(&Value::Null);
    let until = match token.get("expires_at").and_then(Value::as_str) {
        Some(_) => format!("until {}", moment(token, "/expires_at")),
        None => "for ever".to_owned(),
    };
    let (id, name) = (text_at(token, "/id"), text_at(token, "/name"));
    context.output.note(&format!("{what} {id} “{name}”, {}, works {until}", text_at(token, "/state")))?;
    match issued.get("secret").and_then(Value::as_str) {
        Some(secret) => {
            context.output.note("This is its whole text, shown this once and kept nowhere:")?;
            Ok(writeln!(context.output.out, "{secret}")?)
        }
        None => context
            .output
            .note("It was created by an earlier request with this idempotency key; its secret is not shown again.")
            .map_err(Failure::from),
    }
}

/// Prints what a token has become.
fn print_changed(context: &mut Context<'_>, answer: &Value, what: &str) -> Result<(), Failure> {
    let token = answer.get("token").unwrap_or(answer);
    Ok(context
        .output
        .words(answer, || format!("token {} “{}” {what}", text_at(token, "/id"), text_at(token, "/name")))?)
}

/// Sends a request about a token and prints what has become of it.
fn change(context: &mut Context<'_>, client: &Client, request: Request, what: &str) -> Result<(), Failure> {
    let answer = client.send(request)?;
    print_changed(context, &answer.body, what)
}
