//! The configuration of the gateway: immutable, swapped whole. A call ends on the state it began with.

use std::sync::Arc;

use foldhash::HashMap;
use http::HeaderValue;
use keyward_model::app::AppId;
use keyward_model::subscription::SubscriptionState;
use keyward_policy::cedar::PolicySet;
use keyward_policy::concurrency::InFlight;
use keyward_policy::routing::RouteTable;

mod build;
mod follow;
pub(crate) mod health;
mod kept;
mod source;
mod tls;
pub(crate) mod upstream;

pub(crate) use follow::{Following, empty};

use crate::capture::Rules;
use upstream::Upstream;

/// Everything a call is decided by, but tokens and limits.
pub(crate) struct GatewayState {
    /// The routes of all published apis.
    pub(crate) table: Arc<RouteTable>,
    /// What is prepared for each api, in the order of the table.
    pub(crate) apis: Box<[ApiFacts]>,
}

/// A state as one worker holds it: counted by the worker's own thread, not in a count that all cores share.
pub(crate) struct Snapshot(pub(crate) Arc<GatewayState>);

impl std::ops::Deref for Snapshot {
    type Target = GatewayState;

    fn deref(&self) -> &GatewayState {
        &self.0
    }
}

/// The apps admitted to an api, and how far that has come.
pub(crate) type Admissions = HashMap<AppId, SubscriptionState>;

/// What is prepared for one api. What did not change is shared with the state before.
pub(crate) struct ApiFacts {
    /// The apps with a subscription, and how far it has come.
    pub(crate) subscriptions: Arc<Admissions>,
    /// The policies of the api's team.
    pub(crate) policies: Option<Arc<PolicySet>>,
    /// Where calls go, or why that is not usable.
    pub(crate) upstream: Result<Arc<Upstream>, Arc<str>>,
    /// For the `Deprecation` header (RFC 9745).
    pub(crate) deprecation: Option<HeaderValue>,
    /// Calls under way, where the api bounds them.
    pub(crate) in_flight: Option<Arc<InFlight>>,
    /// What is captured of its calls, where anything is.
    pub(crate) capture: Option<Arc<Rules>>,
}
