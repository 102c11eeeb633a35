//! `keyward token revoke`: one token, or all of an app or with a label.

use keyward_model::Name;
use keyward_model::token::TokenId;
use serde_json::{Value, json};

use super::{about, notation, token_id};
use crate::cli::{Context, name};
use crate::client::Request;
use crate::failure::Failure;
use crate::output::text_at;

/// Which tokens to revoke, and why.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["id", "app", "label"]))]
pub struct Revoke {
    /// Its id.
    #[arg(value_parser = token_id)]
    pub id: Option<TokenId>,
    /// All tokens of this app.
    #[arg(long, value_name = "APP", value_parser = name)]
    pub app: Option<Name>,
    /// All tokens with this label.
    #[arg(long, value_name = "KEY=VALUE", value_parser = notation::label)]
    pub label: Option<(String, String)>,
    /// Why; kept with the token and in the audit trail.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

impl Revoke {
    pub(super) fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let (client, team) = context.client_and_team()?;
        let Some(id) = self.id else {
            let mut body = json!({"reason": self.reason});
            match (&self.app, &self.label) {
                (Some(app), _) => body["select"] = json!({"app": app}),
                (None, Some((key, value))) => body["select"] = json!({"label": {"key": key, "value": value}}),
                (None, None) => {}
            }
            let answer = client.send(Request::new("POST", &["teams", &team, "tokens", "revoke"]).json(&body)?)?;
            return Ok(context.output.words(&answer.body, || {
                let tokens = answer.body.get("tokens").and_then(Value::as_array).map_or(0, Vec::len);
                format!("{tokens} tokens revoked{}", receipt(&answer.body))
            })?);
        };
        let request = about("POST", &team, id, &["revoke"]).json(&json!({"reason": self.reason}))?;
        let answer = client.send(request)?;
        Ok(context.output.words(&answer.body, || {
            let token = answer.body.get("token").unwrap_or(&Value::Null);
            format!("token {id} “{}” revoked{}", text_at(token, "/name"), receipt(&answer.body))
        })?)
    }
}

/// Which nodes refuse the token already.
fn receipt(answer: &Value) -> String {
    let nodes = answer.pointer("/receipt/nodes").and_then(Value::as_array);
    let Some(nodes) = nodes.filter(|nodes| !nodes.is_empty()) else { return String::new() };
    let refuses = |node: &&Value| node.get("refuses").and_then(Value::as_bool).unwrap_or(false);
    let done = nodes.iter().filter(refuses).count();
    let mut text = format!("; refused by {done} of {} nodes", nodes.len());
    for node in nodes.iter().filter(|node| !refuses(node)) {
        text.push_str(&format!("\n  not yet by {}", text_at(node, "/node")));
    }
    text
}
