//! Retries: when a call may go out a second time, and how many may.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::resource::FieldError;

/// When a call that failed goes out again, to another target where there is one. A call of which the target may have
/// seen something is repeated only where its method is idempotent (RFC 9110 section 9.2.2), and never once a body has
/// begun to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Retries {
    /// How often a call may go out again; 0 to 10. 0 switches retries off.
    #[schema(minimum = 0, maximum = 10)]
    pub attempts: u32,
    /// What is retried.
    pub on: BTreeSet<RetryOn>,
    /// Statuses that are retried as well, of 502, 503 and 504.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub statuses: BTreeSet<u16>,
    /// Retries for every hundred calls, 0 to 100: so that a service in trouble is not buried under repetitions.
    /// Counted by each worker of a gateway.
    #[schema(minimum = 0, maximum = 100)]
    pub budget_percent: u32,
    /// Retries each second that are there however few calls come, 0 to 1000.
    #[schema(minimum = 0, maximum = 1000)]
    pub min_per_second: u32,
    /// Milliseconds that the first retry waits at most; 0 to 10,000. Each further one may wait twice as long. The wait
    /// is drawn anew each time, between nothing and that.
    #[schema(minimum = 0, maximum = 10000)]
    pub back_off_ms: u32,
    /// Milliseconds that no retry waits longer than; from `back_off_ms` to 60,000.
    #[schema(minimum = 0, maximum = 60000)]
    pub max_back_off_ms: u32,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            attempts: 2,
            on: BTreeSet::from([RetryOn::Connect, RetryOn::Reset]),
            statuses: BTreeSet::new(),
            budget_percent: 20,
            min_per_second: 10,
            back_off_ms: 25,
            max_back_off_ms: 1_000,
        }
    }
}

/// What is retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RetryOn {
    /// No connection came about. Safe for every method: nothing was sent.
    Connect,
    /// The connection ended before an answer began.
    Reset,
}

impl Retries {
    /// Whether nothing is set; such retries are not written out.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// What cannot be.
    pub(super) fn validate(&self, errors: &mut Vec<FieldError>) {
        for (value, least, most, name, unit) in [
            (self.attempts, 0, 10, "attempts", "; 0 switches retries off"),
            (self.budget_percent, 0, 100, "budget_percent", " percent"),
            (self.min_per_second, 0, 1000, "min_per_second", " retries"),
            (self.back_off_ms, 0, 10_000, "back_off_ms", " milliseconds"),
            (self.max_back_off_ms, self.back_off_ms.min(10_000), 60_000, "max_back_off_ms", " milliseconds"),
        ] {
            if value < least || value > most {
                let remedy = format!("use {least} to {most}{unit}");
                errors.push(FieldError::new(format!("retries.{name}"), "is out of range", remedy));
            }
        }
        if let Some(status) = self.statuses.iter().find(|status| !(502..=504).contains(*status)) {
            errors.push(FieldError::new(
                "retries.statuses",
                format!("names {status}"),
                "name 502, 503 or 504: other answers say that the call was looked at",
            ));
        }
    }
}
