//! The policy: Cedar text that may forbid calls on top of scopes and restrictions.

use serde::{Deserialize, Serialize};

use crate::id::{Id, Identified};
use crate::resource::{FieldError, Kind, Record, Resource, text_at_most};

/// A policy.
pub type Policy = Record<PolicySpec>;
/// The id of a policy.
pub type PolicyId = Id<PolicySpec>;

/// What a policy is. Its Cedar text is parsed by whoever evaluates it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicySpec {
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What it decides about.
    #[serde(default, skip_serializing_if = "AppliesTo::is_calls")]
    pub applies_to: AppliesTo,
    /// One or more Cedar policies. A call goes on unless some `forbid` matches; `permit` overrides nothing. People may
    /// do what some `permit` allows and no `forbid` does.
    pub cedar: String,
    /// A disabled policy is kept and not evaluated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
}

/// What a policy decides about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AppliesTo {
    /// Calls to the team's apis.
    #[default]
    Calls,
    /// What the team's members may do in the control room.
    People,
}

impl AppliesTo {
    fn is_calls(&self) -> bool {
        *self == Self::Calls
    }
}

impl Identified for PolicySpec {
    const PREFIX: &'static str = "policy";
}

impl Resource for PolicySpec {
    const KIND: Kind = Kind::Policy;

    fn validate(&self, errors: &mut Vec<FieldError>) {
        text_at_most(&self.description, 2000, "description", errors);
        text_at_most(&self.cedar, 65_536, "cedar", errors);
    }
}
