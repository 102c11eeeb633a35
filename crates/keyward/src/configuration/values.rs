//! Values of settings that are more than a text.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// The form of logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The text names no form of logs.
#[derive(Debug, thiserror::Error)]
#[error("use text or json")]
pub struct LogFormatError;

impl FromStr for LogFormat {
    type Err = LogFormatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(LogFormatError),
        }
    }
}

/// A database by its URL. May hold a password, so `Debug` shows scheme and host only.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreUrl(String);

impl StoreUrl {
    /// A SQLite file.
    pub fn file(path: &Path) -> Self {
        // An absolute path, since the URL outlives the directory the process was started in.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        Self(format!("sqlite://{}", path.display()))
    }

    /// The file that it names, if it names one.
    pub fn file_path(&self) -> Option<std::path::PathBuf> {
        let rest = self.0.strip_prefix("sqlite://")?;
        Some(rest.split('?').next().unwrap_or(rest).into())
    }

    /// The whole URL, for whoever opens it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("", &self.0));
        let rest = rest.rsplit_once('@').map_or(rest, |(_, behind)| behind);
        let rest = rest.split('?').next().unwrap_or_default();
        write!(f, "{scheme}://{rest}")
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not the URL of a database.
#[derive(Debug, thiserror::Error)]
#[error("write it as sqlite:///var/lib/keyward/keyward.db or postgres://user@host/name")]
pub struct StoreUrlError;

impl FromStr for StoreUrl {
    type Err = StoreUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = ["sqlite://", "postgres://", "postgresql://"]
            .iter()
            .any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
        if known { Ok(Self(text.to_owned())) } else { Err(StoreUrlError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_no_secret_is_shown_of_a_url() {
        let url: StoreUrl =
            "postgres://keyward:s3c@ret@db.example:5432/keyward?sslpassword=s3cret".parse().expect("a URL");
        assert_eq!(format!("{url:?}"), "postgres://db.example:5432/keyward");
    }
}
