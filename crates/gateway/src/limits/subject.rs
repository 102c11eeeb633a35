//! Whose limits are meant.

use std::fmt;
use std::str::FromStr;

use keyward_model::api::ApiId;
use keyward_model::app::AppId;
use keyward_model::team::TeamId;
use keyward_model::token::TokenId;

/// A token, app, api or team. As text `token:4fTz0aB9cD3e`, `app:app_01hz…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// One token.
    Token(TokenId),
    /// All tokens of an app together.
    App(AppId),
    /// All calls of an api together.
    Api(ApiId),
    /// All tokens of a team together.
    Team(TeamId),
}

impl Subject {
    /// What kind of thing it is.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Token(_) => "token",
            Self::App(_) => "app",
            Self::Api(_) => "api",
            Self::Team(_) => "team",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind();
        match self {
            Self::Token(id) => write!(f, "{kind}:{id}"),
            Self::App(id) => write!(f, "{kind}:{id}"),
            Self::Api(id) => write!(f, "{kind}:{id}"),
            Self::Team(id) => write!(f, "{kind}:{id}"),
        }
    }
}

/// The text names no subject of limits.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("limits belong to a token:ID, app:ID, api:ID or team:ID")]
pub struct SubjectError;

impl FromStr for Subject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, id) = text.split_once(':').ok_or(SubjectError)?;
        Ok(match kind {
            "token" => Self::Token(id.parse().map_err(|_| SubjectError)?),
            "app" => Self::App(id.parse().map_err(|_| SubjectError)?),
            "api" => Self::Api(id.parse().map_err(|_| SubjectError)?),
            "team" => Self::Team(id.parse().map_err(|_| SubjectError)?),
            _ => return Err(SubjectError),
        })
    }
}
