//! `keyward token disable`, `enable` and `approve`.

use keyward_model::token::TokenId;
use serde_json::json;

use super::{about, change, token_id};
use crate::cli::Context;
use crate::failure::Failure;

/// Which token, and why.
#[derive(Debug, clap::Args)]
pub struct Disable {
    /// Its id.
    #[arg(value_parser = token_id)]
    pub id: TokenId,
    /// Why; kept in the audit trail.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// Which token, and why.
#[derive(Debug, clap::Args)]
pub struct Enable {
    /// Its id.
    #[arg(value_parser = token_id)]
    pub id: TokenId,
    /// Why; kept in the audit trail.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// Which token, and why.
#[derive(Debug, clap::Args)]
pub struct Approve {
    /// Its id.
    #[arg(value_parser = token_id)]
    pub id: TokenId,
    /// Why; kept in the audit trail.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

impl Disable {
    pub(super) fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        switch(context, self.id, self.reason, "disable", "disabled")
    }
}

impl Enable {
    pub(super) fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        switch(context, self.id, self.reason, "enable", "enabled")
    }
}

impl Approve {
    pub(super) fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        switch(context, self.id, self.reason, "approve", "approved")
    }
}

fn switch(
    context: &mut Context<'_>,
    id: TokenId,
    reason: Option<String>,
    verb: &str,
    done: &str,
) -> Result<(), Failure> {
    let (client, team) = context.client_and_team()?;
    let body = reason.map_or_else(|| json!({}), |reason| json!({"reason": reason}));
    let request = about("POST", &team, id, &[verb]).json(&body)?;
    change(context, &client, request, done)
}
