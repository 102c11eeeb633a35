//! How much a token, app, api or team may do: rates (GCRA) and quotas (calendar).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::resource::FieldError;
use crate::time_window::Zone;

/// What a limit counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LimitUnit {
    /// Every call counts one.
    #[default]
    Calls,
    /// Every call counts what its route costs.
    Cost,
}

/// At most `limit` units in any `window`, with bursts of at most `burst`. Held by GCRA: no window edges.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Units per window, 1 to 1,000,000,000.
    #[schema(minimum = 1)]
    pub limit: u32,
    /// Seconds, 1 to 86,400.
    #[serde(rename = "window_seconds")]
    #[schema(minimum = 1, maximum = 86400)]
    pub window: u32,
    /// Units that may come at once; `limit` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst: Option<u32>,
    /// What is counted.
    #[serde(default)]
    pub unit: LimitUnit,
}

impl RateLimit {
    /// Units that may come at once.
    pub fn burst(&self) -> u32 {
        self.burst.unwrap_or(self.limit)
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = if self.unit == LimitUnit::Cost { "cost units" } else { "calls" };
        write!(f, "{} {unit} per {} s, burst {}", self.limit, self.window, self.burst())
    }
}

/// The stretch of the calendar after which a quota begins anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuotaPeriod {
    /// From the full hour.
    Hour,
    /// From midnight in the quota's zone.
    Day,
    /// From midnight of the first in the quota's zone.
    Month,
}

impl QuotaPeriod {
    /// The period as text, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

/// At most `limit` units in each calendar `period`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Units per period, at least 1.
    #[schema(minimum = 1)]
    pub limit: u64,
    /// When the count begins anew.
    pub period: QuotaPeriod,
    /// The zone whose calendar decides.
    #[serde(default)]
    pub zone: Zone,
    /// What is counted.
    #[serde(default)]
    pub unit: LimitUnit,
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = if self.unit == LimitUnit::Cost { "cost units" } else { "calls" };
        write!(f, "{} {unit} per {} ({})", self.limit, self.period.as_str(), self.zone)
    }
}

/// All limits of one token, app, api or team. They hold together: the tightest decides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Rates; at most 8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rates: Vec<RateLimit>,
    /// Quotas; at most 8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotas: Vec<Quota>,
}

impl Limits {
    /// Those that limit nothing.
    pub const NONE: Self = Self { rates: Vec::new(), quotas: Vec::new() };

    /// Whether nothing is limited.
    pub fn is_empty(&self) -> bool {
        self.rates.is_empty() && self.quotas.is_empty()
    }

    /// What cannot be; field names begin with `field`.
    pub fn validate(&self, field: &str, errors: &mut Vec<FieldError>) {
        if self.rates.len() > 8 || self.quotas.len() > 8 {
            errors.push(FieldError::new(field, "has more than 8 rates or quotas", "keep at most 8 of each"));
        }
        for (place, rate) in self.rates.iter().enumerate() {
            if rate.limit == 0 || rate.limit > 1_000_000_000 {
                let field = format!("{field}.rates[{place}].limit");
                errors.push(FieldError::new(
                    field,
                    "is out of range",
                    "use 1 to 1000000000; to stop calls, disable the token",
                ));
            }
            if rate.window == 0 || rate.window > 86_400 {
                let field = format!("{field}.rates[{place}].window_seconds");
                errors.push(FieldError::new(
                    field,
                    "is out of range",
                    "use 1 to 86400 seconds; for longer periods use a quota",
                ));
            }
            if rate.burst == Some(0) {
                let field = format!("{field}.rates[{place}].burst");
                errors.push(FieldError::new(field, "is zero, which admits no call", "use at least 1, or leave it out"));
            }
        }
        for (place, quota) in self.quotas.iter().enumerate() {
            if quota.limit == 0 {
                let field = format!("{field}.quotas[{place}].limit");
                errors.push(FieldError::new(
                    field,
                    "is zero, which admits no call",
                    "use at least 1; to stop calls, disable the token",
                ));
            }
        }
    }
}
