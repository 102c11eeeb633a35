//! What team, app, api, upstream ... have in common: an id, a name that never changes, a version, and a spec.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::id::{Id, Identified};
use crate::team::TeamSpec;
use crate::{Name, Timestamp};

/// The spec of a kind of resource: what its owner writes, in JSON and in `keyward.yaml` alike.
pub trait Resource:
    Identified + Clone + fmt::Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// Which kind it is.
    const KIND: Kind;

    /// What in the spec cannot be, beyond what its types already refuse; looks at nothing outside the spec.
    fn validate(&self, errors: &mut Vec<FieldError>);
}

/// The kinds of resources, and of everything else that changes and is audited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The tenant.
    Team,
    /// A client program of a team.
    App,
    /// A published API.
    Api,
    /// Where calls go.
    Upstream,
    /// A secret bound to an origin.
    Connection,
    /// A sealed credential.
    Secret,
    /// An app's admission to an api.
    Subscription,
    /// A Cedar policy.
    Policy,
    /// A Keyward API key.
    Token,
    /// A version of the key ring.
    Key,
    /// A person.
    User,
    /// A user's role in a team.
    Membership,
    /// An invitation into a team.
    Invitation,
}

impl Kind {
    /// Every kind, parents before those who name them.
    pub const ALL: [Kind; 13] = [
        Kind::Team,
        Kind::App,
        Kind::Secret,
        Kind::Connection,
        Kind::Upstream,
        Kind::Api,
        Kind::Subscription,
        Kind::Policy,
        Kind::Token,
        Kind::Key,
        Kind::User,
        Kind::Membership,
        Kind::Invitation,
    ];

    /// The word, in the singular.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::App => "app",
            Self::Api => "api",
            Self::Upstream => "upstream",
            Self::Connection => "connection",
            Self::Secret => "secret",
            Self::Subscription => "subscription",
            Self::Policy => "policy",
            Self::Token => "token",
            Self::Key => "key",
            Self::User => "user",
            Self::Membership => "membership",
            Self::Invitation => "invitation",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Kind {
    type Err = KindError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| KindError(text.to_owned()))
    }
}

/// The text names no kind.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a kind of resource")]
pub struct KindError(String);

/// A resource as stored: its spec and what Keyward knows of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(bound(serialize = "T: Resource", deserialize = "T: Resource"))]
pub struct Record<T: Resource> {
    /// Never changes, never used again.
    #[schema(value_type = String)]
    pub id: Id<T>,
    /// The team it belongs to; a team belongs to itself.
    #[schema(value_type = String)]
    pub team: Id<TeamSpec>,
    /// How people and files refer to it; unique in its team and kind, never changes.
    pub name: Name,
    /// Counts the changes, from 1; the ETag.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The declarative source that owns it (`keyward apply`); none when made by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Name>,
    /// What its owner wrote.
    pub spec: T,
}

/// One field that is wrong, why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FieldError {
    /// The path of the field, `routes[2].path`.
    pub field: String,
    /// What is wrong with it; reads on from the field's name.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

impl FieldError {
    /// A field error.
    pub fn new(field: impl Into<String>, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into(), remedy: remedy.into() }
    }

    /// The same error of the same field inside `parent`.
    #[must_use]
    pub fn within(mut self, parent: &str) -> Self {
        self.field = format!("{parent}.{}", self.field);
        self
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}; {}", self.field, self.problem, self.remedy)
    }
}

/// Checks a list's length; longer ones are refused with the field's name.
pub(crate) fn at_most<T>(list: &[T], most: usize, field: &str, errors: &mut Vec<FieldError>) {
    if list.len() > most {
        let remedy = format!("keep at most {most}");
        errors.push(FieldError::new(field, format!("has {} entries", list.len()), remedy));
    }
}

/// Checks a text's length in characters.
pub(crate) fn text_at_most(text: &str, most: usize, field: &str, errors: &mut Vec<FieldError>) {
    if text.chars().count() > most {
        errors.push(FieldError::new(field, "is too long", format!("keep it within {most} characters")));
    }
}
