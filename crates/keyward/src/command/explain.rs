//! `keyward explain`: why a call was allowed or refused, or would be.

use keyward_model::clock::SystemClock;
use keyward_model::thumbprint::Thumbprint;
use keyward_model::token::TokenId;
use keyward_model::{Clock, Timestamp};
use serde::Serialize;
use serde_json::Value;

use crate::cli::Context;
use crate::client::{Exposed, Request};
use crate::command::token::{notation, token_id};
use crate::failure::{Exit, Failure};
use crate::secret_text;

mod words;

/// Which call to explain: one that was made, or one that might be.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["request", "path"]))]
pub struct Explain {
    /// The request id on the call's answer.
    #[arg(value_name = "REQUEST")]
    pub request: Option<String>,
    /// Explain a call that was not made, with this token: its id, `-` for its text on standard input, or `@FILE`.
    #[arg(long, value_name = "ID|-|@FILE", allow_hyphen_values = true, requires = "path")]
    pub token: Option<String>,
    /// The method of that call.
    #[arg(long, value_name = "METHOD", default_value = "GET")]
    pub method: String,
    /// Path and query of that call, as a client would send them to the gateway.
    #[arg(long, value_name = "PATH")]
    pub path: Option<String>,
    /// The address it would come from; 127.0.0.1 unless given.
    #[arg(long, value_name = "ADDRESS", requires = "path")]
    pub address: Option<std::net::IpAddr>,
    /// The `Origin` header it would have.
    #[arg(long, value_name = "ORIGIN", requires = "path")]
    pub origin: Option<String>,
    /// The thumbprint of the client certificate it would come with.
    #[arg(long, value_name = "THUMBPRINT", requires = "path")]
    pub client_certificate: Option<Thumbprint>,
    /// The `Accept-Version` header it would have.
    #[arg(long, value_name = "VERSION", requires = "path")]
    pub accept_version: Option<String>,
    /// When it would be made; now unless given.
    #[arg(long, value_name = "TIME", value_parser = notation::moment, requires = "path")]
    pub at: Option<notation::Moment>,
}

/// A call to be thought through, as the API takes it.
#[derive(Serialize)]
struct DryRun<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<TokenId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_text: Option<Exposed<'a>>,
    method: &'a str,
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<std::net::IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_certificate: Option<Thumbprint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accept_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
}

impl Explain {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let explanation = match (&self.request, &self.path) {
            (Some(request), _) => made(context, request)?,
            (None, Some(path)) => self.dry_run(path, context)?,
            (None, None) => return Err(Failure::usage("name a request id, or a token and a path")),
        };
        Ok(context.output.words(&explanation, || words::of(&explanation))?)
    }

    fn dry_run(&self, path: &str, context: &mut Context<'_>) -> Result<Value, Failure> {
        let (token, text) = match self.token.as_deref() {
            Some(source) if source == "-" || source.starts_with('@') => {
                (None, Some(secret_text::read(source, context.input)?))
            }
            Some(id) => (Some(token_id(id).map_err(Failure::usage)?), None),
            None => (None, None),
        };
        let body = DryRun {
            token,
            token_text: text.as_ref().map(Exposed),
            method: &self.method,
            path,
            address: self.address,
            origin: self.origin.as_deref(),
            client_certificate: self.client_certificate,
            accept_version: self.accept_version.as_deref(),
            at: self.at.map(|at| at.from(SystemClock::new().now())),
        };
        let (client, team) = context.client_and_team()?;
        Ok(client.send(Request::new("POST", &["teams", &team, "explain"]).json(&body)?)?.body)
    }
}

/// Explains a call that was made: as its team's owner, or else as the holder of its token.
fn made(context: &mut Context<'_>, request: &str) -> Result<Value, Failure> {
    let (client, team) = context.client_and_team()?;
    match client.get(&["teams", &team, "calls", request, "explanation"]) {
        Err(refused) if refused.exit == Exit::NotAllowed => {
            client.get(&["self", "calls", request, "explanation"]).map_err(|_| refused)
        }
        answered => answered,
    }
}
