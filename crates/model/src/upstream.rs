//! The upstream: a named set of targets that calls go to.

use serde::{Deserialize, Serialize};

use crate::Name;
use crate::id::{Id, Identified};
use crate::origin::Scheme;
use crate::resource::{FieldError, Kind, Record, Resource, at_most, text_at_most};

mod health;
mod retries;
mod server_name;
mod target;
mod timeouts;

pub use health::{ActiveHealth, Health, PassiveHealth, ProbeMethod};
pub use retries::{Retries, RetryOn};
pub use server_name::{ServerName, ServerNameError};
pub use target::{MOST_WEIGHT, Target, TargetUrl, TargetUrlError};
pub use timeouts::Timeouts;

/// The most targets an upstream may have.
pub const MOST_TARGETS: usize = 64;

/// An upstream.
pub type Upstream = Record<UpstreamSpec>;
/// The id of an upstream.
pub type UpstreamId = Id<UpstreamSpec>;

/// What an upstream is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpstreamSpec {
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Where calls go; 1 to 64, not all of weight 0.
    pub targets: Vec<Target>,
    /// Which target gets a call.
    #[serde(default, skip_serializing_if = "is_default")]
    pub balance: Balance,
    /// Which HTTP is spoken there.
    #[serde(default, skip_serializing_if = "is_default")]
    pub protocol: Protocol,
    /// How Keyward presents itself there; every target must be of the connection's origin, or name a connection of
    /// its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<Name>,
    /// How long to wait.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// How targets that are no use are noticed and left out.
    #[serde(default, skip_serializing_if = "Health::is_default")]
    pub health: Health,
    /// When a call that failed goes out again.
    #[serde(default, skip_serializing_if = "Retries::is_default")]
    pub retries: Retries,
    /// How much is under way at a time.
    #[serde(default, skip_serializing_if = "is_default")]
    pub concurrency: Concurrency,
    /// PEM certificates to trust instead of the machine's, for `https` targets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// What the certificates of `https` targets have to be for, and what is asked for by SNI; the target's host where
    /// absent. The `Host` header stays the target's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_name: Option<ServerName>,
}

/// Which target gets a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Balance {
    /// One after the other, each as often as its weight says, evenly spread.
    #[default]
    RoundRobin,
    /// Of two drawn by weight, the one with fewer calls under way for its weight. For calls of very different length,
    /// and targets of different speed.
    LeastConnections,
}

/// Which HTTP is spoken to the targets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = UpstreamProtocol)]
pub enum Protocol {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2: by prior knowledge at `http` targets, by ALPN at `https` targets. A target that does not speak it is
    /// not used.
    Http2,
    /// What the target chooses by ALPN, HTTP/2 before HTTP/1.1; for `https` targets.
    Auto,
}

/// How much may be under way at a time, counted over all workers of a gateway; each gateway counts by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Concurrency {
    /// Connections in use at one target, 1 to 1,000,000; unlimited where absent. Each call counts as one, as over
    /// HTTP/1.1 each has one to itself; connections that are kept for later calls do not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1000000)]
    pub max_connections: Option<u32>,
    /// Calls that wait for room at a target, 0 to 1,000,000, and get it in the order they came. More are refused with
    /// `upstream_overloaded`, and so is who has waited for `timeouts.connect_ms`.
    #[schema(minimum = 0, maximum = 1000000)]
    pub max_pending: u32,
}

impl Default for Concurrency {
    fn default() -> Self {
        Self { max_connections: None, max_pending: 128 }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Identified for UpstreamSpec {
    const PREFIX: &'static str = "upstream";
}

impl UpstreamSpec {
    /// The connection by which `target` is gone to.
    pub fn connection_of<'s>(&'s self, target: &'s Target) -> Option<&'s Name> {
        target.connection.as_ref().or(self.connection.as_ref())
    }
}

impl Resource for UpstreamSpec {
    const KIND: Kind = Kind::Upstream;

    fn validate(&self, errors: &mut Vec<FieldError>) {
        text_at_most(&self.description, 2000, "description", errors);
        if self.targets.is_empty() {
            errors.push(FieldError::new("targets", "is empty", "name at least one target URL"));
        } else if self.targets.iter().all(|target| target.weight == 0) {
            errors.push(FieldError::new(
                "targets",
                "are all of weight 0, so that no call could go anywhere",
                "give at least one target a weight; to take calls away, retire the apis that go here",
            ));
        }
        at_most(&self.targets, MOST_TARGETS, "targets", errors);
        for (place, target) in self.targets.iter().enumerate() {
            target.validate(&format!("targets[{place}]"), errors);
        }
        self.validate_transport(errors);
        self.timeouts.validate("timeouts", errors);
        self.health.validate(errors);
        self.retries.validate(errors);
        for (value, least, name) in [
            (self.concurrency.max_connections, 1, "max_connections"),
            (Some(self.concurrency.max_pending), 0, "max_pending"),
        ] {
            if value.is_some_and(|value| value < least || value > 1_000_000) {
                let remedy = format!("use {least} to 1000000");
                errors.push(FieldError::new(format!("concurrency.{name}"), "is out of range", remedy));
            }
        }
    }
}

impl UpstreamSpec {
    fn validate_transport(&self, errors: &mut Vec<FieldError>) {
        let plain = |target: &&Target| target.url.origin().scheme() == Scheme::Http;
        if let Some(target) = self.targets.iter().find(plain).filter(|_| self.protocol == Protocol::Auto) {
            errors.push(FieldError::new(
                "protocol",
                format!("is `auto`, and {} has no TLS to choose by", target.url),
                "use http1 or http2, or https targets only",
            ));
        }
        if self.server_name.is_some() && !self.targets.is_empty() && self.targets.iter().all(|target| plain(&target)) {
            errors.push(FieldError::new(
                "server_name",
                "is for targets with a certificate, and there is no https target",
                "leave it out, or use https targets",
            ));
        }
        if self.ca.as_deref().is_some_and(|ca| !ca.contains("-----BEGIN CERTIFICATE-----")) {
            errors.push(FieldError::new(
                "ca",
                "holds no PEM certificate",
                "paste the certificate with its BEGIN and END lines",
            ));
        }
    }
}

#[cfg(test)]
mod tests;
