//! The app: a client program of a team. Tokens and subscriptions hang on apps, never on people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{Id, Identified};
use crate::limits::Limits;
use crate::resource::{FieldError, Kind, Record, Resource, text_at_most};
use crate::scope::ScopeSet;

/// An app.
pub type App = Record<AppSpec>;
/// The id of an app.
pub type AppId = Id<AppSpec>;
/// Free words on a resource, for finding and grouping.
pub type Labels = BTreeMap<String, String>;

/// What an app is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AppSpec {
    /// The name people read.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// What it is for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The scopes its tokens may be given.
    pub scopes: ScopeSet,
    /// Limits on all calls of the app together.
    #[serde(skip_serializing_if = "Limits::is_empty")]
    pub limits: Limits,
    /// Free words, at most 32.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: Labels,
    /// A disabled app's tokens are refused with `token_disabled`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
}

impl Identified for AppSpec {
    const PREFIX: &'static str = "app";
}

impl Resource for AppSpec {
    const KIND: Kind = Kind::App;

    fn validate(&self, errors: &mut Vec<FieldError>) {
        text_at_most(&self.title, 200, "title", errors);
        text_at_most(&self.description, 2000, "description", errors);
        validate_labels(&self.labels, errors);
        self.limits.validate("limits", errors);
    }
}

/// Labels: at most 32, keys 1 to 63 and values up to 200 characters.
pub fn validate_labels(labels: &Labels, errors: &mut Vec<FieldError>) {
    if labels.len() > 32 {
        errors.push(FieldError::new("labels", "has more than 32 entries", "keep at most 32"));
    }
    for (key, value) in labels {
        let field = format!("labels.{key}");
        if key.is_empty() || key.chars().count() > 63 {
            errors.push(FieldError::new(&field, "has an empty or overlong key", "use keys of 1 to 63 characters"));
        }
        text_at_most(value, 200, &field, errors);
    }
}
