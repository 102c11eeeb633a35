//! Reading a spec of each kind from a file.

use keyward_model::api::ApiSpec;
use keyward_model::app::AppSpec;
use keyward_model::connection::ConnectionSpec;
use keyward_model::policy::PolicySpec;
use keyward_model::resource::{Kind, Resource};
use keyward_model::secret::SecretSpec;
use keyward_model::subscription::SubscriptionSpec;
use keyward_model::team::TeamSpec;
use keyward_model::upstream::UpstreamSpec;
use serde_json::Value;

use super::{check, wrong_file};
use crate::failure::Failure;
use crate::manifest::Source;

/// Reads a spec and checks it as far as that goes without the server.
pub(in crate::command) fn read(kind: Kind, source: &Source) -> Result<Value, Failure> {
    match kind {
        Kind::Team => spec::<TeamSpec>(source),
        Kind::App => spec::<AppSpec>(source),
        Kind::Api => spec::<ApiSpec>(source),
        Kind::Upstream => spec::<UpstreamSpec>(source),
        Kind::Connection => spec::<ConnectionSpec>(source),
        Kind::Secret => spec::<SecretSpec>(source),
        Kind::Subscription => spec::<SubscriptionSpec>(source),
        Kind::Policy => spec::<PolicySpec>(source),
        Kind::Token | Kind::Key | Kind::User | Kind::Membership | Kind::Invitation => {
            Err(Failure::usage(format!("a {kind} has no spec to set")))
        }
    }
}

fn spec<T: Resource>(source: &Source) -> Result<Value, Failure> {
    let spec: T = source.parse().map_err(wrong_file)?;
    check(&spec, source)?;
    serde_json::to_value(&spec).map_err(|error| Failure::failed(error.to_string()))
}
