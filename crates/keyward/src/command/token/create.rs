//! `keyward token create`.

use keyward_model::Name;
use keyward_model::clock::SystemClock;
use serde_json::json;

use super::fields::Fields;
use super::print_issued;
use crate::cli::{Context, name};
use crate::client::Request;
use crate::failure::Failure;

/// Which token to issue.
#[derive(Debug, clap::Args)]
pub struct Create {
    /// The app it belongs to.
    #[arg(long, value_name = "APP", value_parser = name)]
    pub app: Option<Name>,
    /// What it is.
    #[command(flatten)]
    pub fields: Fields,
    /// Makes the request safe to repeat: a second one with this key makes no second token.
    #[arg(long, value_name = "KEY")]
    pub idempotency_key: Option<String>,
}

impl Create {
    pub(super) fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let mut body = self.fields.read(&SystemClock::new(), context)?;
        if let Some(app) = &self.app {
            body.insert("app".to_owned(), json!(app));
        }
        for (field, flag) in [("app", "--app"), ("name", "--name")] {
            if !body.contains_key(field) {
                return Err(Failure::usage(format!("a token needs {flag}")));
            }
        }
        let (client, team) = context.client_and_team()?;
        let request = Request::new("POST", &["teams", &team, "tokens"]).json(&body)?;
        let answer = client.send(request.header("idempotency-key", self.idempotency_key))?;
        print_issued(context, &answer.body, "token")
    }
}
