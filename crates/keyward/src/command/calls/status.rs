//! `keyward calls status`.

use crate::cli::Context;
use crate::failure::Failure;

/// Shows how recording calls goes.
#[derive(Debug, clap::Args)]
pub struct Status {}

impl Status {
    pub(super) fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let body = context.client()?.get(&["calls", "status"])?;
        Ok(context.output.value(&body)?)
    }
}
