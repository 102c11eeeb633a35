//! Which calls are meant.

use keyward_model::api::Method;
use keyward_model::token::TokenId;
use keyward_model::{Code, Name, Timestamp};

use crate::cli::name;
use crate::client::Request;
use crate::command::token::{notation, token_id};

/// Which calls are meant. Everything named must hold.
#[derive(Debug, Default, clap::Args)]
pub struct Filter {
    /// With this token.
    #[arg(long, value_name = "ID", value_parser = token_id)]
    pub token: Option<TokenId>,
    /// Of this app.
    #[arg(long, value_name = "APP", value_parser = name)]
    pub app: Option<Name>,
    /// To this api, by its name with the version.
    #[arg(long, value_name = "API", value_parser = name)]
    pub api: Option<Name>,
    /// To this route.
    #[arg(long, value_name = "ROUTE", value_parser = name)]
    pub route: Option<Name>,
    /// Answered with a status of this class: 2 for 200 to 299.
    #[arg(long, value_name = "CLASS", value_parser = clap::value_parser!(u8).range(1..=5))]
    pub status_class: Option<u8>,
    /// Refused or failed for this reason.
    #[arg(long, value_name = "CODE")]
    pub code: Option<Code>,
    /// Only calls that were refused or failed.
    #[arg(long, conflicts_with = "allowed")]
    pub refused: bool,
    /// Only calls that went through.
    #[arg(long)]
    pub allowed: bool,
    /// With this method.
    #[arg(long, value_name = "METHOD")]
    pub method: Option<Method>,
    /// With a path that begins so.
    #[arg(long, value_name = "PATH")]
    pub path_prefix: Option<String>,
    /// From this address.
    #[arg(long, value_name = "ADDRESS")]
    pub address: Option<std::net::IpAddr>,
    /// Since this moment, or this long ago.
    #[arg(long, value_name = "TIME", value_parser = notation::moment)]
    pub from: Option<notation::Moment>,
    /// Until this moment, or this long ago.
    #[arg(long, value_name = "TIME", value_parser = notation::moment)]
    pub to: Option<notation::Moment>,
}

impl Filter {
    /// Adds the filter to a request's query.
    pub(super) fn onto(&self, request: Request, now: Timestamp) -> Request {
        let allowed = match (self.allowed, self.refused) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        };
        request
            .query("token", self.token)
            .query("app", self.app.as_deref())
            .query("api", self.api.as_deref())
            .query("route", self.route.as_deref())
            .query("status", self.status_class)
            .query("code", self.code)
            .query("allowed", allowed)
            .query("method", self.method)
            .query("path", self.path_prefix.as_deref())
            .query("address", self.address)
            .query("from", self.from.map(|moment| moment.before(now)))
            .query("to", self.to.map(|moment| moment.before(now)))
    }
}
