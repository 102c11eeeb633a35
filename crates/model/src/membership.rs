//! The membership: a user's role in a team.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::app::AppId;
use crate::team::TeamId;
use crate::text::textual;
use crate::user::UserId;
use crate::{Name, Timestamp};

/// A user in a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Membership {
    /// Who.
    #[schema(value_type = String)]
    pub user: UserId,
    /// Where.
    #[schema(value_type = String)]
    pub team: TeamId,
    /// As what.
    pub role: Role,
    /// The apps that are theirs: a developer manages the tokens of these only.
    #[schema(value_type = Vec<String>)]
    pub apps: Vec<AppId>,
    /// Counts the changes, from 1; the ETag.
    pub version: u64,
    /// Since when.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What a user is in a team. What each may do is said in Cedar policies; those of the first four come with Keyward.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Manages the team.
    Administrator,
    /// Reads the team's apis and calls, and manages the tokens of their own apps.
    Developer,
    /// Sees what there is and how it is used.
    Viewer,
    /// Reads everything, the audit trail included, and changes nothing.
    Auditor,
    /// What a policy of the team permits `Keyward::Role::"<name>"`.
    Custom(Name),
}

impl Role {
    /// Those that come with Keyward.
    pub const BUILT_IN: [Role; 4] = [Role::Administrator, Role::Developer, Role::Viewer, Role::Auditor];

    /// The word for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Administrator => "administrator",
            Self::Developer => "developer",
            Self::Viewer => "viewer",
            Self::Auditor => "auditor",
            Self::Custom(name) => name,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not a role.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role is administrator, developer, viewer, auditor, or the name of one that the team's policies define")]
pub struct RoleError;

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let built_in = Self::BUILT_IN.into_iter().find(|role| role.as_str() == text);
        // The operator is no role in a team.
        let name = || text.parse::<Name>().ok().filter(|name| name.as_str() != "operator");
        built_in.or_else(|| name().map(Self::Custom)).ok_or(RoleError)
    }
}

textual!(
    Role,
    "Role",
    "administrator, developer, viewer, auditor, or the name of a role that the team's policies define.",
    "developer"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_read_back_and_the_operator_is_none() {
        for text in ["administrator", "developer", "viewer", "auditor", "on-call"] {
            assert_eq!(text.parse::<Role>().map(|role| role.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("on-call".parse::<Role>(), Ok(Role::Custom("on-call".parse().expect("a name"))));
        for bad in ["operator", "", "Administrator", "two words"] {
            assert_eq!(bad.parse::<Role>(), Err(RoleError), "{bad}");
        }
    }
}
