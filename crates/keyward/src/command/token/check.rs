//! `keyward token check`: what the text of a token is worth.

use keyward_model::secret::Hidden;
use keyward_model::token::Presented;
use serde::Serialize;
use serde_json::Value;

use crate::cli::Context;
use crate::client::{Exposed, Request};
use crate::failure::{Exit, Failure};
use crate::output::{moment, text_at};
use crate::secret_text;

/// Whose text to check.
#[derive(Debug, clap::Args)]
pub struct Check {
    /// `-` for standard input, or `@FILE`.
    #[arg(default_value = "-", value_name = "-|@FILE", allow_hyphen_values = true)]
    pub token: String,
    /// Only whether it is well-formed; asks nobody.
    #[arg(long)]
    pub offline: bool,
}

impl Check {
    pub(super) fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let text = secret_text::read(&self.token, context.input)?;
        if self.offline {
            return check_form(context, &text);
        }
        #[derive(Serialize)]
        struct Body<'a> {
            token: Exposed<'a>,
        }
        let (client, team) = context.client_and_team()?;
        let request =
            Request::new("POST", &["teams", &team, "tokens", "verify"]).json(&Body { token: Exposed(&text) })?;
        let answer = client.send(request)?;
        context.output.words(&answer.body, || words(&answer.body))?;
        if answer.body.get("valid").and_then(Value::as_bool) == Some(true) {
            return Ok(());
        }
        Err(Failure::new(Exit::NotAllowed, "the token would be refused"))
    }
}

fn check_form(context: &mut Context<'_>, text: &Hidden) -> Result<(), Failure> {
    let presented = text.expose_str().and_then(|text| Presented::parse(text).ok());
    let Some(presented) = presented else {
        return Err(Failure::failed("this is not a well-formed token")
            .remedy("It was mistyped or cut off, or was never a token of Keyward."));
    };
    let value = serde_json::json!({"well_formed": true, "id": presented.id, "prefix": presented.prefix});
    Ok(context.output.words(&value, || format!("well-formed; its id is {}", presented.id))?)
}

fn words(verification: &Value) -> String {
    let valid = verification.get("valid").and_then(Value::as_bool).unwrap_or(false);
    let mut words = if valid { "valid".to_owned() } else { format!("not valid: {}", text_at(verification, "/code")) };
    if let Some(detail) = verification.get("detail").and_then(Value::as_str) {
        words.push_str(&format!("\n{detail}"));
    }
    if let Some(token) = verification.get("token").filter(|token| token.is_object()) {
        words.push_str(&format!("\ntoken {} “{}”", text_at(token, "/id"), text_at(token, "/name")));
        words.push_str(&format!("\nscopes {}", text_at(token, "/scopes")));
        words.push_str(&format!("\nexpires {}", moment(token, "/expires_at")));
    }
    words
}
