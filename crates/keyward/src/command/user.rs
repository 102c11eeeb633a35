//! `keyward user`: for whoever sits at the machine when nobody can sign in.

use clap::Subcommand;
use keyward_model::audit::Cause;
use keyward_model::user::Email;

use crate::cli::Context;
use crate::failure::{Exit, Failure};
use crate::installation::{Installation, Missing};
use crate::{people, runtime};

/// What can be done about users.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Print a link by which a user sets another password, once and within a day. Works on the store itself, also
    /// while Keyward serves.
    Reset(Reset),
}

/// Whose password.
#[derive(Debug, clap::Args)]
pub struct Reset {
    /// The address they sign in with.
    #[arg(value_name = "EMAIL")]
    pub email: Email,
    /// Take their second factors away, too: for somebody who has lost them.
    #[arg(long)]
    pub remove_second_factors: bool,
}

impl UserCommand {
    /// Runs the command.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let Self::Reset(Reset { email, remove_second_factors }) = self;
        let control = &context.configuration.control;
        let public_url = control.public_url(control.listen);
        let code = runtime()?.block_on(async {
            let installation =
                Installation::open(&context.configuration, &context.environment, Missing::Refuse).await?;
            let people = people::people(&installation, &public_url);
            let user = people.user_by_email(&email).await.map_err(|error| match error {
                keyward_identity::PeopleError::NotFound(_) => {
                    Failure::new(Exit::NotFound, format!("there is no user with the address {email}"))
                }
                other => Failure::failed(other.to_string()),
            })?;
            let cause = Cause::machine("keyward user reset");
            let code = people.reset_code(cause, user.id, remove_second_factors).await;
            code.map_err(|error| Failure::failed(error.to_string()))
        })?;
        context.output.note("This link sets another password. It works once, for a day:")?;
        Ok(writeln!(context.output.out, "{}", people::link(&public_url, "reset", &code).as_str())?)
    }
}
