//! Where a setting's value was said: by default, in the file, in the environment, by a flag.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::settings::{LISTS, SECRETS, SETTINGS, Setting};

/// Where a value was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere.
    Default,
    /// In the file, at a line.
    File(PathBuf, usize),
    /// In this variable.
    Variable(String),
    /// By this flag.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("by default"),
            Self::File(path, line) => write!(f, "{}, line {line}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

/// A value and where it was said. The value may hold a password: `Debug` does not show it.
#[derive(Clone)]
pub struct Given {
    /// As written.
    pub text: String,
    /// Where.
    pub origin: Origin,
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.origin)
    }
}

/// A setting that is wrong: which, where it was said, why, and what to do. The value itself is not repeated.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// A value that cannot be.
    #[error("`{key}` ({origin}) {problem}")]
    Value {
        /// The setting.
        key: String,
        /// Where it was said.
        origin: Origin,
        /// Why not, and what to do.
        problem: String,
    },
    /// A setting nobody knows.
    #[error("`{key}` ({origin}) is not a setting; {advice}")]
    Unknown {
        /// The setting.
        key: String,
        /// Where it was said.
        origin: Origin,
        /// What was probably meant.
        advice: String,
    },
    /// The file is not TOML.
    #[error("{}, line {line}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The line.
        line: usize,
        /// What the parser says.
        problem: String,
    },
    /// The file cannot be read.
    #[error("cannot read {}: {problem}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        problem: String,
    },
}

/// The layers, later ones over earlier ones.
#[derive(Clone, Debug)]
pub struct Layers {
    values: BTreeMap<String, Given>,
}

impl Layers {
    /// The defaults alone.
    pub fn defaults() -> Self {
        let given = |setting: &Setting| {
            let text = setting.default?.to_owned();
            Some((setting.key.to_owned(), Given { text, origin: Origin::Default }))
        };
        Self { values: SETTINGS.iter().filter_map(given).collect() }
    }

    /// Lays `keyward.toml` over what is there.
    pub fn add_file(&mut self, path: &Path, text: &str) -> Result<(), ConfigurationError> {
        let table = DeTable::parse(text).map_err(|error| ConfigurationError::File {
            path: path.to_owned(),
            line: line_at(text, error.span().map_or(0, |span| span.start)),
            problem: error.message().to_owned(),
        })?;
        self.add_table("", table.get_ref(), &|at| Origin::File(path.to_owned(), line_at(text, at)))
    }

    fn add_table(
        &mut self,
        section: &str,
        table: &DeTable<'_>,
        origin: &dyn Fn(usize) -> Origin,
    ) -> Result<(), ConfigurationError> {
        for (name, value) in table {
            let key = format!("{section}{}", name.get_ref());
            let origin_here = origin(name.span().start);
            let text = match value.get_ref() {
                DeValue::Table(inner) => {
                    self.add_table(&format!("{key}."), inner, origin)?;
                    continue;
                }
                DeValue::String(text) => text.to_string(),
                DeValue::Integer(number) if number.radix() == 10 => number.as_str().replace('_', ""),
                DeValue::Float(number) => number.as_str().replace('_', ""),
                DeValue::Boolean(value) => value.to_string(),
                DeValue::Array(items) if LISTS.contains(&key.as_str()) => match in_json(items) {
                    Some(list) => serde_json::Value::from(list).to_string(),
                    None => {
                        let problem = "is a list of something else than text; put every value in quotes".to_owned();
                        return Err(ConfigurationError::Value { key, origin: origin_here, problem });
                    }
                },
                other => {
                    let problem = format!("is {}; use text in quotes or a whole number", described(other));
                    return Err(ConfigurationError::Value { key, origin: origin_here, problem });
                }
            };
            self.values.insert(key, Given { text, origin: origin_here });
        }
        Ok(())
    }

    /// Lays the environment over what is there. Variables that are not settings are left alone.
    pub fn add_environment(&mut self, variables: impl IntoIterator<Item = (String, String)>) {
        for (name, text) in variables {
            if let Some(setting) = SETTINGS.iter().find(|setting| setting.variable == name) {
                self.values.insert(setting.key.to_owned(), Given { text, origin: Origin::Variable(name) });
            }
        }
    }

    /// Lays a flag over what is there.
    pub fn add_flag(&mut self, key: &'static str, text: String) {
        let flag = SETTINGS.iter().find(|setting| setting.key == key).and_then(|setting| setting.flag);
        self.values.insert(key.to_owned(), Given { text, origin: Origin::Flag(flag.unwrap_or(key)) });
    }

    /// The setting's value, parsed; none when nobody said it.
    pub(super) fn optional<T>(
        &self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigurationError> {
        let Some(given) = self.values.get(key) else { return Ok(None) };
        match parse(&given.text) {
            Ok(value) => Ok(Some(value)),
            Err(problem) => {
                Err(ConfigurationError::Value { key: key.to_owned(), origin: given.origin.clone(), problem })
            }
        }
    }

    /// The value of a setting that has a default.
    pub(super) fn required<T>(
        &self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, ConfigurationError> {
        Ok(self.optional(key, parse)?.expect("the table of settings gives this one a default"))
    }

    /// Whether anybody said it.
    pub(super) fn is_set(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// That a setting cannot go with another: what is wrong, and what to do.
    pub(super) fn wrong(&self, key: &str, problem: impl Into<String>) -> ConfigurationError {
        let origin = self.values.get(key).map_or(Origin::Default, |given| given.origin.clone());
        ConfigurationError::Value { key: key.to_owned(), origin, problem: problem.into() }
    }

    pub(super) fn refuse_unknown(&self) -> Result<(), ConfigurationError> {
        for (key, given) in &self.values {
            if !SETTINGS.iter().any(|setting| setting.key == key) {
                let known: Vec<&str> = SETTINGS.iter().map(|setting| setting.key).collect();
                let advice = match crate::manifest::nearest(key, &known) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "`keyward reference markdown` lists them all".to_owned(),
                };
                return Err(ConfigurationError::Unknown { key: key.clone(), origin: given.origin.clone(), advice });
            }
        }
        Ok(())
    }
}

/// Variables that begin with `KEYWARD_` and mean nothing: probably typing errors.
pub fn unknown_variables<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    names
        .filter(|name| name.starts_with("KEYWARD_"))
        .filter(|name| !SETTINGS.iter().any(|setting| setting.variable == *name))
        .filter(|name| !SECRETS.iter().any(|(variable, _)| variable == name) && *name != "KEYWARD_CONFIG")
        .collect()
}

/// Texts, and tables of texts.
fn in_json(items: &[toml::Spanned<DeValue<'_>>]) -> Option<Vec<serde_json::Value>> {
    let text = |value: &DeValue<'_>| match value {
        DeValue::String(text) => Some(serde_json::Value::from(&**text)),
        _ => None,
    };
    let item = |item: &toml::Spanned<DeValue<'_>>| match item.get_ref() {
        DeValue::Table(table) => {
            let fields = table.iter().map(|(name, value)| Some((name.get_ref().to_string(), text(value.get_ref())?)));
            Some(serde_json::Value::Object(fields.collect::<Option<_>>()?))
        }
        other => text(other),
    };
    items.iter().map(item).collect()
}

fn described(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::Array(_) => "a list",
        DeValue::Datetime(_) => "a date",
        _ => "not a plain value",
    }
}

fn line_at(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}
