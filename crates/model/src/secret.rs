//! The secret: a credential of somebody else's service. Its value is sealed in the vault and never read back.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::id::{Id, Identified};
use crate::resource::{FieldError, Kind, Record, Resource, text_at_most};
use crate::text::textual;

/// A secret, without its value.
pub type Secret = Record<SecretSpec>;
/// The id of a secret.
pub type SecretId = Id<SecretSpec>;

/// What may be read of a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SecretSpec {
    /// What it is for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Where its value comes from when a file is applied; none when it was entered by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_from: Option<SecretReference>,
}

impl Identified for SecretSpec {
    const PREFIX: &'static str = "secret";
}

impl Resource for SecretSpec {
    const KIND: Kind = Kind::Secret;

    fn validate(&self, errors: &mut Vec<FieldError>) {
        text_at_most(&self.description, 2000, "description", errors);
    }
}

/// Where a secret's value is found by whoever applies a file: `env:CRM_KEY` or `file:/run/secrets/crm`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum SecretReference {
    /// An environment variable.
    Env(Box<str>),
    /// A file; one closing line feed is not part of the value.
    File(Box<str>),
}

impl fmt::Display for SecretReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{path}"),
        }
    }
}

impl fmt::Debug for SecretReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text refers to no secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret is referred to as env:VARIABLE or file:PATH; its value never stands in the file itself")]
pub struct SecretReferenceError;

impl FromStr for SecretReference {
    type Err = SecretReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() && !name.contains(['=', '\0']) => Ok(Self::Env(name.into())),
            Some(("file", path)) if !path.is_empty() && !path.contains('\0') => Ok(Self::File(path.into())),
            _ => Err(SecretReferenceError),
        }
    }
}

textual!(SecretReference, "SecretReference", "env:VARIABLE or file:PATH.", "env:CRM_KEY");

/// Bytes that must not be seen: wiped when dropped, never shown, never serialized.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Hidden(Vec<u8>);

impl Hidden {
    /// Takes over `bytes`.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes, for whoever has a reason.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as text, where they are text.
    pub fn expose_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(text.into_bytes()))
    }
}

impl utoipa::PartialSchema for Hidden {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::Password)))
            .write_only(true)
            .into()
    }
}

impl utoipa::ToSchema for Hidden {
    fn name() -> std::borrow::Cow<'static, str> {
        std::borrow::Cow::Borrowed("Hidden")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_bytes_do_not_show() {
        assert_eq!(format!("{:?}", Hidden::new("s3cret")), "[hidden]");
    }

    #[test]
    fn a_value_is_not_a_reference() {
        assert!("s3cret".parse::<SecretReference>().is_err());
        assert_eq!("env:A".parse::<SecretReference>().map(|r| r.to_string()), Ok("env:A".to_owned()));
    }
}
