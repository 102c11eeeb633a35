//! `keyward health`: the control plane's own account.

use crate::cli::Context;
use crate::client::Request;
use crate::failure::{Exit, Failure};
use crate::output::text_at;

/// Asks the control plane how it is. Needs no token.
#[derive(Debug, clap::Args)]
pub struct Health {}

impl Health {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let health = context.client()?.send(Request::new("GET", &["health"]))?.body;
        context.output.value(&health)?;
        match &*text_at(&health, "/status") {
            "ok" | "healthy" | "-" => Ok(()),
            _ => Err(Failure::silent(Exit::Failed)),
        }
    }
}
