//! How long a call may take, part by part.

use serde::{Deserialize, Serialize};

use crate::resource::FieldError;

/// A day: what takes longer is not one call.
const DAY_MS: u32 = 86_400_000;
const HOUR_MS: u32 = 3_600_000;

/// How long to wait, in milliseconds. A route may have waiting times of its own, which stand in place of all of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Timeouts {
    /// For a connection to a target, TLS and waiting for a free one included; 1 to 600,000.
    #[schema(minimum = 1, maximum = 600000, default = 5000)]
    pub connect_ms: u32,
    /// From the end of the request to the first byte of the answer; 1 to 3,600,000.
    #[schema(minimum = 1, maximum = 3600000, default = 60000)]
    pub first_byte_ms: u32,
    /// Between two pieces of the answer, and on an upgraded connection between two pieces in either direction;
    /// 1 to 3,600,000.
    #[schema(minimum = 1, maximum = 3600000, default = 60000)]
    pub idle_ms: u32,
    /// Between two pieces of the request's body; 1 to 3,600,000. The listener's own where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 3600000)]
    pub body_ms: Option<u32>,
    /// From the head of the request to the end of the answer, retries included; 1 to 86,400,000. Unlimited where
    /// absent. An upgraded connection has outlived it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 86400000)]
    pub total_ms: Option<u32>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect_ms: 5_000, first_byte_ms: 60_000, idle_ms: 60_000, body_ms: None, total_ms: None }
    }
}

impl Timeouts {
    /// What cannot be; field names begin with `field`.
    pub fn validate(&self, field: &str, errors: &mut Vec<FieldError>) {
        for (value, most, name, otherwise) in [
            (Some(self.connect_ms), 600_000, "connect_ms", ""),
            (Some(self.first_byte_ms), HOUR_MS, "first_byte_ms", ""),
            (Some(self.idle_ms), HOUR_MS, "idle_ms", ""),
            (self.body_ms, HOUR_MS, "body_ms", ", or leave it out for the listener's"),
            (self.total_ms, DAY_MS, "total_ms", ", or leave it out for no limit"),
        ] {
            if value.is_some_and(|value| value == 0 || value > most) {
                let remedy = format!("use 1 to {most} milliseconds{otherwise}");
                errors.push(FieldError::new(format!("{field}.{name}"), "is out of range", remedy));
            }
        }
    }
}
