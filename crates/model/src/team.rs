//! The team: the tenant. Its rules bound what its tokens may be.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::{Id, Identified};
use crate::limits::Limits;
use crate::resource::{FieldError, Kind, Record, Resource, text_at_most};
use crate::time_window::Zone;
use crate::token::TokenPrefix;

/// A team.
pub type Team = Record<TeamSpec>;
/// The id of a team.
pub type TeamId = Id<TeamSpec>;

/// What a team decides for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TeamSpec {
    /// The name people read.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// What the team's tokens begin with, so that leak scanners can name the owner.
    pub token_prefix: TokenPrefix,
    /// Rules for the team's tokens.
    pub tokens: TokenRules,
    /// How long things are kept.
    pub retention: Retention,
    /// Rules for the team's members.
    #[serde(skip_serializing_if = "MemberRules::is_usual")]
    pub members: MemberRules,
    /// Limits on all calls of the team together.
    #[serde(skip_serializing_if = "Limits::is_empty")]
    pub limits: Limits,
    /// The zone of the team's reports.
    pub zone: Zone,
}

/// What the team allows its tokens to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TokenRules {
    /// Days a token lives when nothing else is said, 1 to 3650.
    pub default_lifetime_days: u16,
    /// Whether a token may live for ever.
    pub allow_never_expiring: bool,
    /// New tokens wait for a second person's approval.
    pub require_approval: bool,
    /// Rotation by policy; none when tokens may grow old.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_age: Option<MaximumAge>,
}

impl Default for TokenRules {
    fn default() -> Self {
        Self { default_lifetime_days: 30, allow_never_expiring: false, require_approval: false, maximum_age: None }
    }
}

/// What the team asks of its members.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MemberRules {
    /// Whether members need a second factor to do anything in the team.
    pub require_second_factor: bool,
}

impl MemberRules {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// How old a token's secret may become before it has to be rotated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MaximumAge {
    /// Days since the secret was made after which the token is reported, 1 to 3650.
    pub days: u16,
    /// Days from the report to the deadline, 0 to 365.
    #[serde(default = "fortnight")]
    pub grace_days: u16,
    /// What happens at the deadline.
    #[serde(default)]
    pub after_deadline: AfterDeadline,
}

fn fortnight() -> u16 {
    14
}

/// What happens to a token whose rotation deadline has passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AfterDeadline {
    /// It works on and is reported as overdue.
    #[default]
    Warn,
    /// It is disabled.
    Disable,
}

impl MaximumAge {
    /// When a secret made at `issued_at` is due for rotation.
    pub fn due(&self, issued_at: Timestamp) -> Timestamp {
        issued_at.plus(days(self.days))
    }

    /// When it must have been rotated.
    pub fn deadline(&self, issued_at: Timestamp) -> Timestamp {
        self.due(issued_at).plus(days(self.grace_days))
    }
}

/// How long things are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Days that call records are kept, 1 to 3650.
    pub calls_days: u16,
    /// Days that a revoked or expired token's record is kept, 1 to 3650.
    pub dead_tokens_days: u16,
}

impl Default for Retention {
    fn default() -> Self {
        Self { calls_days: 30, dead_tokens_days: 90 }
    }
}

/// A number of days as a duration.
pub fn days(count: u16) -> Duration {
    Duration::from_secs(u64::from(count) * 86_400)
}

impl Identified for TeamSpec {
    const PREFIX: &'static str = "team";
}

impl Resource for TeamSpec {
    const KIND: Kind = Kind::Team;

    fn validate(&self, errors: &mut Vec<FieldError>) {
        text_at_most(&self.title, 200, "title", errors);
        self.limits.validate("limits", errors);
        let mut days_between = |value: u16, least: u16, most: u16, field: &str| {
            if !(least..=most).contains(&value) {
                errors.push(FieldError::new(field, "is out of range", format!("use {least} to {most} days")));
            }
        };
        days_between(self.tokens.default_lifetime_days, 1, 3650, "tokens.default_lifetime_days");
        days_between(self.retention.calls_days, 1, 3650, "retention.calls_days");
        days_between(self.retention.dead_tokens_days, 1, 3650, "retention.dead_tokens_days");
        if let Some(age) = &self.tokens.maximum_age {
            days_between(age.days, 1, 3650, "tokens.maximum_age.days");
            days_between(age.grace_days, 0, 365, "tokens.maximum_age.grace_days");
        }
    }
}
