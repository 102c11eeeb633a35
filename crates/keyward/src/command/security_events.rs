//! `keyward security-events`: what callers sent that was refused for its form.

use keyward_model::Clock;
use keyward_model::cidr::Cidr;
use keyward_model::clock::SystemClock;
use keyward_model::security::{Listener, SecurityKind};

use super::resource::note_more;
use super::token::notation;
use crate::cli::Context;
use crate::client::Request;
use crate::failure::Failure;
use crate::output::{Column, moment, text_at};

/// Lists what callers sent to the node that answers and that was refused for its form, newest first. For operators.
#[derive(Debug, clap::Args)]
pub struct SecurityEvents {
    /// Of this kind, such as tls_refused.
    #[arg(long, value_name = "KIND")]
    pub kind: Option<SecurityKind>,
    /// On this listener: http, https or control.
    #[arg(long, value_name = "LISTENER")]
    pub listener: Option<Listener>,
    /// From this address, or one of this range.
    #[arg(long, value_name = "ADDRESS")]
    pub address: Option<Cidr>,
    /// Since this moment, or this long ago.
    #[arg(long, value_name = "TIME", value_parser = notation::moment)]
    pub from: Option<notation::Moment>,
    /// Until this moment, or this long ago.
    #[arg(long, value_name = "TIME", value_parser = notation::moment)]
    pub to: Option<notation::Moment>,
    /// How many at most.
    #[arg(long, default_value_t = 50, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: u64,
}

const COLUMNS: &[Column] = &[
    Column::new("AT", |v| moment(v, "/at")),
    Column::new("KIND", |v| text_at(v, "/kind")),
    Column::new("LISTENER", |v| text_at(v, "/listener")),
    Column::new("ADDRESS", |v| text_at(v, "/address")),
    Column::new("COUNT", |v| text_at(v, "/count")),
    Column::new("DETAIL", |v| text_at(v, "/detail")),
    Column::new("REQUEST", |v| text_at(v, "/request_id")),
];

impl SecurityEvents {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let now = SystemClock::new().now();
        let client = context.client()?;
        let (items, more) = client.list(self.limit, || {
            Request::new("GET", &["security-events"])
                .query("kind", self.kind)
                .query("listener", self.listener)
                .query("address", self.address)
                .query("from", self.from.map(|moment| moment.before(now)))
                .query("to", self.to.map(|moment| moment.before(now)))
        })?;
        context.output.list(COLUMNS, &items)?;
        note_more(context, more)
    }
}
