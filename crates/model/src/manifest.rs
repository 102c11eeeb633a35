//! The declarative format: what `keyward apply -f keyward.yaml` reads and `keyward export` writes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Name;
use crate::api::ApiSpec;
use crate::app::AppSpec;
use crate::connection::ConnectionSpec;
use crate::policy::PolicySpec;
use crate::resource::{FieldError, Resource};
use crate::secret::SecretSpec;
use crate::subscription::SubscriptionSpec;
use crate::team::TeamSpec;
use crate::upstream::UpstreamSpec;

/// The resources of one team that one source owns. Applying it makes the team look like it, and leaves alone
/// what other sources own. Secrets stand in it by reference only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of this format: 1.
    pub version: ManifestVersion,
    /// Who owns these resources; another file with another source never touches them.
    pub source: Name,
    /// The team; the caller's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<Name>,
    /// The team's settings; untouched when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<TeamSpec>,
    /// Apps, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub apps: BTreeMap<Name, AppSpec>,
    /// Secrets, by name; their values by reference.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<Name, SecretSpec>,
    /// Connections, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub connections: BTreeMap<Name, ConnectionSpec>,
    /// Upstreams, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub upstreams: BTreeMap<Name, UpstreamSpec>,
    /// Apis, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub apis: BTreeMap<Name, ApiSpec>,
    /// Subscriptions, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub subscriptions: BTreeMap<Name, SubscriptionSpec>,
    /// Policies, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub policies: BTreeMap<Name, PolicySpec>,
}

/// The version of the format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct ManifestVersion;

impl TryFrom<u32> for ManifestVersion {
    type Error = String;

    fn try_from(version: u32) -> Result<Self, Self::Error> {
        if version == 1 { Ok(Self) } else { Err(format!("this Keyward reads version 1, not {version}")) }
    }
}

impl From<ManifestVersion> for u32 {
    fn from(_: ManifestVersion) -> Self {
        1
    }
}

impl utoipa::PartialSchema for ManifestVersion {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::Integer)
            .enum_values(Some([1]))
            .into()
    }
}

impl utoipa::ToSchema for ManifestVersion {
    fn name() -> std::borrow::Cow<'static, str> {
        std::borrow::Cow::Borrowed("ManifestVersion")
    }
}

impl Manifest {
    /// What cannot be, with the path of each field in the file.
    pub fn validate(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Some(settings) = &self.settings {
            validate_at("settings", settings, &mut errors);
        }
        validate_list("apps", &self.apps, &mut errors);
        validate_list("secrets", &self.secrets, &mut errors);
        validate_list("connections", &self.connections, &mut errors);
        validate_list("upstreams", &self.upstreams, &mut errors);
        validate_list("apis", &self.apis, &mut errors);
        validate_list("subscriptions", &self.subscriptions, &mut errors);
        validate_list("policies", &self.policies, &mut errors);
        errors
    }
}

fn validate_list<T: Resource>(list: &str, specs: &BTreeMap<Name, T>, errors: &mut Vec<FieldError>) {
    for (name, spec) in specs {
        validate_at(&format!("{list}.{name}"), spec, errors);
    }
}

fn validate_at<T: Resource>(at: &str, spec: &T, errors: &mut Vec<FieldError>) {
    let mut own = Vec::new();
    spec.validate(&mut own);
    errors.extend(own.into_iter().map(|error| error.within(at)));
}
