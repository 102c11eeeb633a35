//! Every command, one file each.

use clap::Subcommand;

use crate::cli::Context;
use crate::failure::Failure;
use keyward_model::resource::Kind;

pub mod analytics;
pub mod api;
pub mod apply;
pub mod audit;
pub mod backup;
pub mod calls;
pub mod doctor;
pub mod explain;
pub mod export;
pub mod health;
pub mod init;
pub mod keys;
pub mod reference;
pub mod resource;
pub mod restore;
pub mod secret;
pub mod security_events;
pub mod serve;
pub mod team;
pub mod token;
pub mod upstream;
pub mod user;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make an installation: its store, its first team and the operator's token, shown once.
    Init(init::Init),
    /// Run the gateway and the control plane.
    Serve(serve::Serve),
    /// Make a team look like a file of resources; shows the difference first.
    Apply(apply::Apply),
    /// Show what `apply` would change.
    Diff(apply::Diff),
    /// Write a team's resources as a file that `apply` accepts.
    Export(export::Export),
    /// Tokens: create, rotate, revoke and the rest of their life.
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Apps: client programs, on which tokens hang.
    #[command(subcommand)]
    App(resource::ResourceCommand),
    /// Apis: what is published, with its routes.
    #[command(subcommand)]
    Api(api::ApiCommand),
    /// Upstreams: where calls go.
    #[command(subcommand)]
    Upstream(upstream::UpstreamCommand),
    /// Connections: a secret bound to one origin, with a way to present it.
    #[command(subcommand)]
    Connection(resource::ResourceCommand),
    /// Secrets: credentials of other services, sealed; their values are never read back.
    #[command(subcommand)]
    Secret(secret::SecretCommand),
    /// Subscriptions: apps admitted to apis.
    #[command(subcommand)]
    Subscription(resource::ResourceCommand),
    /// Policies: Cedar rules that forbid calls.
    #[command(subcommand)]
    Policy(resource::ResourceCommand),
    /// Teams: tenants and their rules.
    #[command(subcommand)]
    Team(team::TeamCommand),
    /// Users: a way in for somebody who has forgotten their password.
    #[command(subcommand)]
    User(user::UserCommand),
    /// Calls: what came through the gateway.
    #[command(subcommand)]
    Calls(calls::CallsCommand),
    /// Add calls up: volume, refusals, errors and latencies, over time or by what calls have in common.
    Analytics(analytics::Analytics),
    /// Say why a call was allowed or refused, or would be.
    Explain(explain::Explain),
    /// The audit trail: who changed what.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// What callers sent that was refused for its form: broken TLS, HTTP that is none, floods. For operators.
    SecurityEvents(security_events::SecurityEvents),
    /// The key ring.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Copy the store into a file, also while serving. Works on the store itself.
    Backup(backup::Backup),
    /// Load a copy into the store. Works on the store itself.
    Restore(restore::Restore),
    /// Look for what is wrong with this installation. Works on the data directory and the running processes.
    Doctor(doctor::Doctor),
    /// Ask the control plane how it is.
    Health(health::Health),
    /// Print manual pages, shell completions, the reference and the schema of manifests.
    #[command(subcommand)]
    Reference(reference::ReferenceCommand),
}

impl Command {
    /// Runs the command.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::Init(command) => command.run(context),
            Self::Serve(command) => command.run(context),
            Self::Apply(command) => command.run(context),
            Self::Diff(command) => command.run(context),
            Self::Export(command) => command.run(context),
            Self::Token(command) => command.run(context),
            Self::App(command) => command.run(Kind::App, context),
            Self::Api(command) => command.run(context),
            Self::Upstream(command) => command.run(context),
            Self::Connection(command) => command.run(Kind::Connection, context),
            Self::Secret(command) => command.run(context),
            Self::Subscription(command) => command.run(Kind::Subscription, context),
            Self::Policy(command) => command.run(Kind::Policy, context),
            Self::Team(command) => command.run(context),
            Self::User(command) => command.run(context),
            Self::Calls(command) => command.run(context),
            Self::Analytics(command) => command.run(context),
            Self::Explain(command) => command.run(context),
            Self::Audit(command) => command.run(context),
            Self::SecurityEvents(command) => command.run(context),
            Self::Keys(command) => command.run(context),
            Self::Backup(command) => command.run(context),
            Self::Restore(command) => command.run(context),
            Self::Doctor(command) => command.run(context),
            Self::Health(command) => command.run(context),
            Self::Reference(command) => command.run(context),
        }
    }

    /// The settings that the command's own flags set.
    pub fn settings(&self) -> Vec<(&'static str, &Option<String>)> {
        match self {
            Self::Serve(serve) => serve.settings(),
            _ => Vec::new(),
        }
    }
}
