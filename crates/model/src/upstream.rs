//! The upstream: a named set of targets that calls go to.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Name;
use crate::id::{Id, Identified};
use crate::origin::{Origin, OriginError};
use crate::resource::{FieldError, Kind, Record, Resource, at_most, text_at_most};
use crate::text::textual;

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
    /// Where calls go, in turn; 1 to 64.
    pub targets: Vec<Target>,
    /// How Keyward presents itself there; every target must be of the connection's origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<Name>,
    /// How long to wait.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// PEM certificates to trust instead of the machine's, for `https` targets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
}

/// One target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Origin and, where the service lives below one, a path.
    pub url: TargetUrl,
}

/// `http://127.0.0.1:9000` or `https://crm.example/base`: no query, no credentials, no closing slash.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TargetUrl {
    origin: Origin,
    path: Box<str>,
}

impl TargetUrl {
    /// Scheme, host and port.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What is put before every path: empty, or `/...` without a closing slash.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for TargetUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.path)
    }
}

impl fmt::Debug for TargetUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not the URL of a target.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a target is an http or https URL without query or credentials, such as http://127.0.0.1:9000")]
pub struct TargetUrlError;

impl From<OriginError> for TargetUrlError {
    fn from(_: OriginError) -> Self {
        Self
    }
}

impl FromStr for TargetUrl {
    type Err = TargetUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (origin, path) = Origin::split_url(text)?;
        let path = path.trim_end_matches('/');
        let plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/%!$&'()*+,;=:@".contains(&b));
        let dots = path.split('/').any(|segment| segment == "." || segment == "..");
        if plain && !dots { Ok(Self { origin, path: path.into() }) } else { Err(TargetUrlError) }
    }
}

textual!(TargetUrl, "TargetUrl", "An http or https URL without query or credentials.", "http://127.0.0.1:9000");

/// How long to wait, in milliseconds. A route may override what its upstream says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Timeouts {
    /// For a connection to a target; 1 to 600,000.
    pub connect_ms: u32,
    /// From the end of the request to the first byte of the answer; 1 to 3,600,000.
    pub first_byte_ms: u32,
    /// Between two pieces of the answer; 1 to 3,600,000.
    pub idle_ms: u32,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect_ms: 5_000, first_byte_ms: 60_000, idle_ms: 60_000 }
    }
}

impl Timeouts {
    /// What cannot be; field names begin with `field`.
    pub fn validate(&self, field: &str, errors: &mut Vec<FieldError>) {
        for (value, most, name) in [
            (self.connect_ms, 600_000, "connect_ms"),
            (self.first_byte_ms, 3_600_000, "first_byte_ms"),
            (self.idle_ms, 3_600_000, "idle_ms"),
        ] {
            if value == 0 || value > most {
                let remedy = format!("use 1 to {most} milliseconds");
                errors.push(FieldError::new(format!("{field}.{name}"), "is out of range", remedy));
            }
        }
    }
}

impl Identified for UpstreamSpec {
    const PREFIX: &'static str = "upstream";
}

impl Resource for UpstreamSpec {
    const KIND: Kind = Kind::Upstream;

    fn validate(&self, errors: &mut Vec<FieldError>) {
        text_at_most(&self.description, 2000, "description", errors);
        if self.targets.is_empty() {
            errors.push(FieldError::new("targets", "is empty", "name at least one target URL"));
        }
        at_most(&self.targets, 64, "targets", errors);
        self.timeouts.validate("timeouts", errors);
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
mod tests {
    use super::*;

    #[test]
    fn target_urls_have_one_written_form() {
        let url: TargetUrl = "HTTP://Crm.example:80/base/".parse().expect("a url");
        assert_eq!(url.to_string(), "http://crm.example/base");
        for bad in ["crm.example", "http://h/p?q=1", "http://u:p@h", "http://h/a/../b", "http://h/a b", "ftp://h"] {
            assert!(bad.parse::<TargetUrl>().is_err(), "{bad}");
        }
    }
}
