//! A target: one place that calls go to.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Name;
use crate::origin::{Origin, OriginError};
use crate::resource::FieldError;
use crate::text::textual;

/// The most a target may weigh.
pub const MOST_WEIGHT: u16 = 1000;

/// One target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Origin and, where the service lives below one, a path.
    pub url: TargetUrl,
    /// Its share of the calls, against the weights of the other targets; 0 to 1000. At 0 it is drained: no call is
    /// sent there that is not under way already.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    #[schema(minimum = 0, maximum = 1000, default = 1)]
    pub weight: u16,
    /// How Keyward presents itself at this target, where the upstream's own connection does not fit: a connection
    /// goes to one origin, and targets may be of several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<Name>,
}

fn one() -> u16 {
    1
}

fn is_one(weight: &u16) -> bool {
    *weight == 1
}

impl Target {
    /// What cannot be; field names begin with `field`.
    pub(super) fn validate(&self, field: &str, errors: &mut Vec<FieldError>) {
        if self.weight > MOST_WEIGHT {
            errors.push(FieldError::new(
                format!("{field}.weight"),
                "is out of range",
                "use 0 to 1000; 0 sends it no calls",
            ));
        }
    }
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
