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
    /// One or more Cedar policies. A call goes on unless some `forbid` matches; `permit` overrides nothing.
    pub cedar: String,
    /// A disabled policy is kept and not evaluated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
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
