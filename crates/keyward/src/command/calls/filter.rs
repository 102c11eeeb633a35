//! Which calls are meant.

use keyward_model::api::Method;
use keyward_model::call::{Country, Protocol};
use keyward_model::cidr::Cidr;
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
    /// Only calls that were refused.
    #[arg(long, conflicts_with = "allowed")]
    pub refused: bool,
    /// Only calls that were let through, those that failed behind among them.
    #[arg(long)]
    pub allowed: bool,
    /// With this method.
    #[arg(long, value_name = "METHOD")]
    pub method: Option<Method>,
    /// With a path that begins so.
    #[arg(long, value_name = "PATH")]
    pub path_prefix: Option<String>,
    /// From this address, or one of this range.
    #[arg(long, value_name = "ADDRESS")]
    pub address: Option<Cidr>,
    /// From this country, by its two capital letters.
    #[arg(long, value_name = "COUNTRY")]
    pub country: Option<Country>,
    /// That went to this target.
    #[arg(long, value_name = "URL")]
    pub target: Option<String>,
    /// That spoke this: http/1.1, http/2.
    #[arg(long, value_name = "PROTOCOL")]
    pub protocol: Option<Protocol>,
    /// That took at least so many milliseconds.
    #[arg(long, value_name = "MILLISECONDS")]
    pub slower_than: Option<u32>,
    /// That took at most so many milliseconds.
    #[arg(long, value_name = "MILLISECONDS")]
    pub faster_than: Option<u32>,
    /// Since this moment, or this long ago.
    #[arg(long, value_name = "TIME", value_parser = notation::moment)]
    pub from: Option<notation::Moment>,
    /// Until this moment, or this long ago.
    #[arg(long, value_name = "TIME", value_parser = notation::moment)]
    pub to: Option<notation::Moment>,
}

impl Filter {
    /// Adds the filter to a request's query.
    pub(crate) fn onto(&self, request: Request, now: Timestamp) -> Request {
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
            .query("country", self.country)
            .query("target", self.target.as_deref())
            .query("protocol", self.protocol)
            .query("slower_than_us", self.slower_than.map(micros))
            .query("faster_than_us", self.faster_than.map(micros))
            .query("from", self.from.map(|moment| moment.before(now)))
            .query("to", self.to.map(|moment| moment.before(now)))
    }
}

fn micros(millis: u32) -> u32 {
    millis.saturating_mul(1000)
}
