//! The connection: a secret bound to one origin, with a way to present it. The one door outward.

use serde::{Deserialize, Serialize};

use crate::Name;
use crate::id::{Id, Identified};
use crate::origin::{Origin, Scheme};
use crate::resource::{FieldError, Kind, Record, Resource, text_at_most};

/// A connection.
pub type Connection = Record<ConnectionSpec>;
/// The id of a connection.
pub type ConnectionId = Id<ConnectionSpec>;

/// What a connection is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionSpec {
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The only place its secret is ever sent to.
    pub origin: Origin,
    /// How the secret is presented.
    #[serde(default)]
    pub auth: Auth,
    /// The secret with the client certificate by which Keyward presents itself in TLS, on top of `auth`: the private
    /// key and the certificate with its chain, all PEM. The key never leaves; for `https` origins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_certificate: Option<Name>,
}

impl ConnectionSpec {
    /// Every secret it uses, with the field that names it.
    pub fn secrets(&self) -> impl Iterator<Item = (String, &Name)> {
        let way = match &self.auth {
            Auth::None => "none",
            Auth::Header { .. } => "header",
            Auth::Bearer { .. } => "bearer",
            Auth::Basic { .. } => "basic",
            Auth::Query { .. } => "query",
        };
        let presented = self.auth.secret().map(|secret| (format!("auth.{way}.secret"), secret));
        let certificate = self.client_certificate.as_ref().map(|secret| ("client_certificate".to_owned(), secret));
        presented.into_iter().chain(certificate)
    }
}

/// How a secret is presented to an upstream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    /// Nothing is presented.
    #[default]
    None,
    /// A header of its own.
    Header {
        /// The header's name.
        name: String,
        /// What stands before the secret in the header's value.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        prefix: String,
        /// The secret presented.
        secret: Name,
    },
    /// `Authorization: Bearer` (RFC 6750).
    Bearer {
        /// The secret presented.
        secret: Name,
    },
    /// `Authorization: Basic` (RFC 7617); the secret is the password.
    Basic {
        /// The user name, without a colon.
        username: String,
        /// The secret presented.
        secret: Name,
    },
    /// A query parameter.
    Query {
        /// The parameter's name.
        name: String,
        /// The secret presented.
        secret: Name,
    },
}

impl Auth {
    /// The secret presented, if any.
    pub fn secret(&self) -> Option<&Name> {
        match self {
            Self::None => None,
            Self::Header { secret, .. }
            | Self::Bearer { secret }
            | Self::Basic { secret, .. }
            | Self::Query { secret, .. } => Some(secret),
        }
    }
}

impl Identified for ConnectionSpec {
    const PREFIX: &'static str = "connection";
}

impl Resource for ConnectionSpec {
    const KIND: Kind = Kind::Connection;

    fn validate(&self, errors: &mut Vec<FieldError>) {
        text_at_most(&self.description, 2000, "description", errors);
        if self.client_certificate.is_some() && self.origin.scheme() == Scheme::Http {
            errors.push(FieldError::new(
                "client_certificate",
                "has no use without TLS",
                "leave it out, or use an https origin",
            ));
        }
        match &self.auth {
            Auth::None | Auth::Bearer { .. } => {}
            Auth::Header { name, prefix, .. } => {
                if !is_token(name) || RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
                    errors.push(FieldError::new(
                        "auth.header.name",
                        "is not a header that may be set",
                        "use a header such as X-Api-Key",
                    ));
                }
                if !prefix.bytes().all(|b| (0x20..0x7f).contains(&b)) {
                    errors.push(FieldError::new(
                        "auth.header.prefix",
                        "has characters a header cannot carry",
                        "use printable ASCII",
                    ));
                }
            }
            Auth::Basic { username, .. } => {
                if username.contains(':') || username.chars().any(char::is_control) {
                    errors.push(FieldError::new(
                        "auth.basic.username",
                        "has a colon or a control character",
                        "leave it out (RFC 7617)",
                    ));
                }
            }
            Auth::Query { name, .. } => {
                if !is_token(name) {
                    errors.push(FieldError::new(
                        "auth.query.name",
                        "is not a plain parameter name",
                        "use letters, digits, `-` and `_`",
                    ));
                }
            }
        }
    }
}

/// Headers that carry the message itself and are never a credential.
const RESERVED: [&str; 11] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "proxy-authenticate",
    "proxy-connection",
];

/// A token as of RFC 9110 section 5.6.2: what names a header.
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(text: &str) -> ConnectionSpec {
        serde_json::from_str(text).expect("a connection")
    }

    #[test]
    fn a_spec_from_before_is_written_as_it_was() {
        let before = r#"{"origin":"https://crm.example","auth":{"bearer":{"secret":"crm"}}}"#;
        assert_eq!(serde_json::to_string(&connection(before)).expect("json"), before);
    }

    #[test]
    fn a_client_certificate_is_a_secret_too_and_needs_tls() {
        let both = connection(
            r#"{"origin":"https://crm.example","auth":{"bearer":{"secret":"crm"}},"client_certificate":"crm-tls"}"#,
        );
        let named: Vec<_> = both.secrets().map(|(field, secret)| (field, secret.as_str())).collect();
        assert_eq!(named, [("auth.bearer.secret".to_owned(), "crm"), ("client_certificate".to_owned(), "crm-tls")]);
        let mut errors = Vec::new();
        both.validate(&mut errors);
        assert_eq!(errors, []);
        connection(r#"{"origin":"http://crm.example","client_certificate":"crm-tls"}"#).validate(&mut errors);
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].field, "client_certificate");
    }
}
