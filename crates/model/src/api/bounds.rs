//! Bounds: how large a request of an api may be, and how many may be under way.

use serde::{Deserialize, Serialize};

use crate::resource::FieldError;

/// The largest body that can be allowed: 1 TiB.
pub(super) const MOST_BODY: u64 = 1 << 40;

/// How large one request of an api may be, and how many calls of it may be under way at a time. What the listener
/// bounds more tightly stays so; what is absent is bounded by the listener alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Bounds {
    /// Bytes of the path with its query, 1 to 65,536. Longer ones are refused with `uri_too_long`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 65536)]
    pub max_uri_bytes: Option<u32>,
    /// Bytes of the head: request line and all headers, 1 to 1,048,576. Larger ones are refused with
    /// `head_too_large`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1048576)]
    pub max_head_bytes: Option<u32>,
    /// Bytes of the body, 0 to 1,099,511,627,776 (1 TiB). Larger ones are refused with `request_too_large`. At 0 no
    /// request may have a body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1099511627776u64)]
    pub max_body_bytes: Option<u64>,
    /// Calls under way at a time in one gateway, all its workers together, 1 to 1,000,000. More are refused with
    /// `concurrency_limited`. An upgraded connection is under way until it closes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1000000)]
    pub max_concurrent: Option<u32>,
}

impl Bounds {
    /// Whether nothing is bounded.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What cannot be.
    pub(super) fn validate(&self, errors: &mut Vec<FieldError>) {
        for (value, least, most, name) in [
            (self.max_uri_bytes.map(u64::from), 1, 65_536, "max_uri_bytes"),
            (self.max_head_bytes.map(u64::from), 1, 1 << 20, "max_head_bytes"),
            (self.max_body_bytes, 0, MOST_BODY, "max_body_bytes"),
            (self.max_concurrent.map(u64::from), 1, 1_000_000, "max_concurrent"),
        ] {
            if value.is_some_and(|value| value < least || value > most) {
                let remedy = format!("use {least} to {most}, or leave it out for the listener's");
                errors.push(FieldError::new(format!("bounds.{name}"), "is out of range", remedy));
            }
        }
    }
}
