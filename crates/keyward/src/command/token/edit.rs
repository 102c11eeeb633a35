//! `keyward token edit`.

use keyward_model::clock::SystemClock;
use keyward_model::token::TokenId;

use super::fields::Fields;
use super::{about, change, token_id};
use crate::cli::Context;
use crate::failure::Failure;

/// Which token to change, and what of it.
#[derive(Debug, clap::Args)]
pub struct Edit {
    /// Its id.
    #[arg(value_parser = token_id)]
    pub id: TokenId,
    /// What of it.
    #[command(flatten)]
    pub fields: Fields,
    /// Refuse unless it is still of this version.
    #[arg(long, value_name = "VERSION")]
    pub if_version: Option<u64>,
}

impl Edit {
    pub(super) fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let body = self.fields.read(&SystemClock::new(), context)?;
        if body.is_empty() {
            return Err(
                Failure::usage("nothing to change was named").remedy("`keyward token edit --help` lists what can be.")
            );
        }
        let (client, team) = context.client_and_team()?;
        let request = about("PATCH", &team, self.id, &[]).merge_patch(&body)?.if_version(self.if_version);
        change(context, &client, request, "changed")
    }
}
