//! The subscription: an app's admission to an api.

use serde::{Deserialize, Serialize};

use crate::Name;
use crate::id::{Id, Identified};
use crate::resource::{FieldError, Kind, Record, Resource};

/// A subscription. Its name is `<app>.<api>.<version>` unless another is given.
pub type Subscription = Record<SubscriptionSpec>;
/// The id of a subscription.
pub type SubscriptionId = Id<SubscriptionSpec>;

/// What a subscription is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionSpec {
    /// The app admitted.
    pub app: Name,
    /// The api it is admitted to, by name: all its versions.
    pub api: Name,
    /// How far the admission has come.
    #[serde(default)]
    pub state: SubscriptionState,
}

/// How far an admission has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionState {
    /// Waits for the api's owner.
    Pending,
    /// The app may call.
    #[default]
    Active,
    /// Held for now.
    Suspended,
    /// Refused by the api's owner.
    Rejected,
    /// Over.
    Ended,
}

impl Identified for SubscriptionSpec {
    const PREFIX: &'static str = "subscription";
}

impl Resource for SubscriptionSpec {
    const KIND: Kind = Kind::Subscription;

    fn validate(&self, _errors: &mut Vec<FieldError>) {}
}
