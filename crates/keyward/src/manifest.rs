//! Reading what people write: manifests and specs in YAML or JSON, with errors that name file, line, field and remedy.

use std::fmt;
use std::path::{Path, PathBuf};

use keyward_model::FieldError;
use keyward_model::manifest::Manifest;
use serde::de::DeserializeOwned;

mod lines;
mod nearest;
mod secret_values;
mod words;

pub use lines::Lines;
pub use nearest::nearest;
pub use secret_values::{SecretValueError, secret_values};

/// One thing wrong with a file: where, what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// The file; `-` is standard input.
    pub file: PathBuf,
    /// The line, from 1; 0 when it is not known.
    pub line: u64,
    /// The path of the field; empty when the file as a whole is meant.
    pub field: String,
    /// What is wrong; reads on from the field's name.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        f.write_str(": ")?;
        if !self.field.is_empty() {
            write!(f, "`{}` ", self.field)?;
        }
        f.write_str(&self.problem)?;
        if !self.remedy.is_empty() {
            write!(f, "; {}", self.remedy)?;
        }
        Ok(())
    }
}

/// A file with its text, so that whatever is found wrong later can still be shown at its line.
#[derive(Debug)]
pub struct Source {
    file: PathBuf,
    text: String,
    lines: Lines,
}

impl Source {
    /// Takes over the text of `file`.
    pub fn new(file: &Path, text: String) -> Self {
        Self { file: file.to_owned(), lines: Lines::of(&text), text }
    }

    /// Reads the text as a `T`.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, FileError> {
        let mut path = None;
        let read = serde_saphyr::with_deserializer_from_str_with_options(&self.text, lines::options(), |yaml| {
            let mut track = serde_path_to_error::Track::new();
            let tracked = serde_path_to_error::Deserializer::new(yaml, &mut track);
            T::deserialize(tracked).inspect_err(|_| path = Some(track.path()))
        });
        read.map_err(|error| {
            let said = words::of(&error);
            let mut field = path.map(|path| path.to_string()).filter(|path| path != ".").unwrap_or_default();
            if let Some(name) = &said.field
                && field.rsplit(['.', ']']).next() != Some(name.as_str())
            {
                field = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
            }
            let line = error.location().map(|location| location.line()).filter(|line| *line > 0);
            let line = line.unwrap_or_else(|| self.lines.line_of(&field));
            FileError { file: self.file.clone(), line, field, problem: said.problem, remedy: said.remedy }
        })
    }

    /// An error of a field, at the line where the field stands, or else where the nearest field around it stands.
    pub fn locate(&self, error: &FieldError) -> FileError {
        FileError {
            file: self.file.clone(),
            line: self.lines.line_of(&error.field),
            field: error.field.clone(),
            problem: error.problem.clone(),
            remedy: error.remedy.clone(),
        }
    }

    /// Reads the text as a manifest and checks it as far as that goes without the server.
    pub fn manifest(&self) -> Result<Manifest, Vec<FileError>> {
        let manifest: Manifest = self.parse().map_err(|error| vec![error])?;
        let errors = manifest.validate();
        if errors.is_empty() { Ok(manifest) } else { Err(errors.iter().map(|error| self.locate(error)).collect()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(text: &str) -> Vec<String> {
        let source = Source::new(Path::new("keyward.yaml"), text.to_owned());
        source.manifest().err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    const SOUND: &str = "version: 1
source: shop
apps:
  shop:
    scopes: [orders:read]
connections:
  crm:
    origin: https://crm.example
    auth:
      bearer: { secret: crm-key }
secrets:
  crm-key:
    value_from: env:CRM_KEY
upstreams:
  orders:
    targets:
      - url: http://127.0.0.1:9000
apis:
  orders.v1:
    api: orders
    version: v1
    base_path: /orders
    upstream: orders
    scopes:
      orders:read: Read orders
    routes:
      - name: list
        methods: [GET]
        path: /
        scopes: { all: [orders:read] }
";

    #[test]
    fn a_sound_manifest_is_read() {
        assert_eq!(errors(SOUND), Vec::<String>::new());
    }

    #[test]
    fn a_misspelt_field_is_named_with_line_and_remedy() {
        assert_eq!(
            errors(&SOUND.replace("base_path", "basepath")),
            ["keyward.yaml:22: `apis.orders.v1.basepath` is not a field; did you mean `base_path`?"]
        );
    }

    #[test]
    fn a_missing_field_is_named_at_the_place_that_lacks_it() {
        let found = errors(&SOUND.replace("    upstream: orders\n", ""));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("`apis.orders.v1.upstream` is missing; add it"), "{found:?}");
    }

    #[test]
    fn a_value_that_cannot_be_is_named_with_line_and_remedy() {
        assert_eq!(
            errors(&SOUND.replace("[GET]", "[GRAB]")),
            ["keyward.yaml:28: `apis.orders.v1.routes[0].methods[0]` cannot be `GRAB`; use GET, HEAD, POST, PUT, \
              PATCH, DELETE or OPTIONS"]
        );
        let found = errors(&SOUND.replace("path: /\n", "path: orders\n"));
        assert_eq!(found, ["keyward.yaml:29: `apis.orders.v1.routes[0].path` is not valid; a path begins with `/`"]);
    }

    #[test]
    fn what_only_the_whole_shows_is_found_at_its_line_all_at_once() {
        let found = errors(&SOUND.replace("all: [orders:read]", "all: [orders:burn]").replace("orders:9000", "x"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("keyward.yaml:30: `apis.orders.v1.routes[0].scopes` asks for `orders:burn`"),
            "{found:?}"
        );
    }

    #[test]
    fn broken_yaml_is_refused_at_its_line() {
        let found = errors("version: 1\nsource: [a\napps: {}\n");
        assert!(found[0].starts_with("keyward.yaml:"), "{found:?}");
        assert!(
            errors("version: 1\nsource: a\nsource: b\n")[0].contains(":3: "),
            "{:?}",
            errors("version: 1\nsource: a\nsource: b\n")
        );
    }

    #[test]
    fn another_version_of_the_format_is_refused() {
        let found = errors("version: 2\nsource: a\n");
        assert_eq!(found, ["keyward.yaml:1: `version` is not valid; this Keyward reads version 1, not 2"]);
    }

    #[test]
    fn a_secret_in_place_of_a_reference_is_not_repeated() {
        let found = errors(&SOUND.replace("env:CRM_KEY", "s3cret-value"));
        assert!(found[0].contains("env:VARIABLE"), "{found:?}");
        assert!(!found[0].contains("s3cret-value"), "{found:?}");
    }
}
