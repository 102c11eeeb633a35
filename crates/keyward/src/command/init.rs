//! `keyward init`.

use std::time::Duration;

use keyward_model::audit::Cause;
use serde_json::json;

use super::token::notation;
use crate::cli::Context;
use crate::failure::{Exit, Failure};
use crate::installation::{Installation, Missing};
use crate::output::Format;
use crate::{operator, private_file, runtime};

/// Makes data directory, store and keys, the team `keyward` and its app `operator`, and prints a token that may do
/// everything. The token is shown once and kept nowhere.
#[derive(Debug, clap::Args)]
pub struct Init {
    /// Keep the token in `operator.token` in the data directory too (mode 0600), where commands look for it.
    #[arg(long)]
    pub save_token: bool,
    /// Make another operator's token in an installation that is there: for when no other works any more.
    #[arg(long)]
    pub another_token: bool,
    /// How long the token works.
    #[arg(long, value_name = "SPAN", default_value = "90d", value_parser = notation::duration)]
    pub lifetime: Duration,
}

impl Init {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let issued = runtime()?.block_on(async {
            let missing = if self.another_token { Missing::Refuse } else { Missing::Make { command: "keyward init" } };
            let installation = Installation::open(&context.configuration, &context.environment, missing).await?;
            let cause = Cause::machine("keyward init");
            let team = operator::ensure_team(&installation, cause.clone()).await?;
            if !self.another_token && operator::has_token(&installation, team).await? {
                return Err(made_already());
            }
            Ok(operator::issue_token(&installation, cause, team, Some(self.lifetime)).await?)
        })?;
        if self.save_token {
            let path = context.configuration.data_dir.join("operator.token");
            private_file::write(&path, issued.secret.expose().as_bytes())
                .map_err(|error| Failure::failed(format!("cannot write {}: {error}", path.display())))?;
            context.output.note(&format!("saved in {}", path.display()))?;
        }
        if context.output.format != Format::Table {
            let issued = json!({"token": issued.token, "secret": issued.secret.expose()});
            return Ok(context.output.value(&issued)?);
        }
        let place = context.configuration.data_dir.display();
        context
            .output
            .note(&format!("The installation is in {place}. Keep its master key safe, and apart from backups."))?;
        context.output.note("This is the operator's token. It may do everything, and is shown this once:")?;
        Ok(writeln!(context.output.out, "{}", issued.secret.expose())?)
    }
}

fn made_already() -> Failure {
    Failure::new(Exit::Conflict, "this installation was made already; nothing was changed").remedy(
        "For another operator's token: `keyward token create --team keyward --app operator --name NAME \
         --scope 'keyward:*,keyward:operator'`.\n  If no operator's token works any more: `keyward init --another-token`, \
         on this machine.",
    )
}
