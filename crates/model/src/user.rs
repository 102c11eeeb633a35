//! The user: a person who signs in to the control room.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::{Id, Identified};
use crate::resource::{FieldError, text_at_most};
use crate::text::textual;

/// The id of a user.
pub type UserId = Id<User>;

/// A person, without what they sign in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct User {
    /// Never changes, never used again.
    #[schema(value_type = String)]
    pub id: UserId,
    /// What they sign in with; one user has it.
    pub email: Email,
    /// What people call them.
    pub name: String,
    /// Whether they may do what concerns the installation as a whole, in every team.
    pub operator: bool,
    /// A suspended user cannot sign in, and their sessions are over.
    pub suspended: bool,
    /// Counts the changes, from 1; the ETag.
    pub version: u64,
    /// When they came.
    pub created_at: Timestamp,
    /// When something of this last changed.
    pub updated_at: Timestamp,
}

impl Identified for User {
    const PREFIX: &'static str = "user";
}

/// Checks what people call a user: 1 to 200 characters.
pub fn validate_user_name(name: &str, errors: &mut Vec<FieldError>) {
    if name.trim().is_empty() {
        errors.push(FieldError::new("name", "is empty", "say what people call you"));
    }
    text_at_most(name, 200, "name", errors);
}

/// An address of electronic mail, in small letters: `ada@example.com`.
///
/// Held against what every mail server takes and no more: one `@` with something on both sides, at most 254 characters
/// (RFC 5321 section 4.5.3.1.3), no spaces and no control characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(Box<str>);

impl Email {
    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// The text is not an address of electronic mail.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not an e-mail address; write one like ada@example.com")]
pub struct EmailError;

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let parts = text.split_once('@');
        let fits = text.len() <= 254
            && parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'))
            && !text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | ',' | ';'));
        if fits { Ok(Self(text.to_lowercase().into())) } else { Err(EmailError) }
    }
}

textual!(Email, "Email", "An e-mail address, in small letters.", "ada@example.com");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_small_and_whole() {
        assert_eq!(
            " Ada@Example.COM ".parse::<Email>().map(|email| email.to_string()),
            Ok("ada@example.com".to_owned())
        );
        for bad in ["", "ada", "@example.com", "ada@", "a@b@c", "a b@c", "a\n@c", "Ada <ada@example.com>", "a@c,b@c"] {
            assert_eq!(bad.parse::<Email>(), Err(EmailError), "{bad}");
        }
        assert_eq!(format!("{}@c", "a".repeat(253)).parse::<Email>(), Err(EmailError));
    }
}
