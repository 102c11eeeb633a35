//! The values that a manifest's secrets refer to, found by whoever applies it.

use std::collections::BTreeMap;
use std::path::Path;

use keyward_model::manifest::Manifest;
use keyward_model::secret::{Hidden, SecretReference};
use keyward_model::{FieldError, Name};

use crate::secret_text;

/// A reference that leads nowhere.
pub type SecretValueError = FieldError;

/// Looks up what every `value_from` refers to. Files are looked for beside the manifest; `variable` is the
/// environment.
pub fn secret_values(
    manifest: &Manifest,
    beside: &Path,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<BTreeMap<Name, Hidden>, Vec<SecretValueError>> {
    let mut values = BTreeMap::new();
    let mut errors = Vec::new();
    for (name, spec) in &manifest.secrets {
        let Some(reference) = &spec.value_from else { continue };
        let found = match reference {
            SecretReference::Env(key) => match variable(key) {
                Some(value) if !value.is_empty() => Ok(Hidden::new(value)),
                Some(_) => Err(format!("refers to the variable {key}, which is empty")),
                None => Err(format!("refers to the variable {key}, which is not set")),
            },
            SecretReference::File(path) => secret_text::read_file(&beside.join(&**path))
                .map_err(|failure| format!("refers to a file: {}", failure.what)),
        };
        match found.and_then(textual) {
            Ok(value) => {
                values.insert(name.clone(), value);
            }
            Err(problem) => errors.push(FieldError::new(
                format!("secrets.{name}.value_from"),
                problem,
                "provide it where `keyward apply` runs; the value itself never stands in the manifest",
            )),
        }
    }
    if errors.is_empty() { Ok(values) } else { Err(errors) }
}

fn textual(value: Hidden) -> Result<Hidden, String> {
    if value.expose_str().is_some() { Ok(value) } else { Err("refers to something that is not text".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_followed_and_dead_ends_named() {
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::write(directory.path().join("b.txt"), "two\n").expect("written");
        let manifest: Manifest = serde_json::from_value(serde_json::json!({
            "version": 1, "source": "s",
            "secrets": {"a": {"value_from": "env:A"}, "b": {"value_from": "file:b.txt"}, "c": {"description": "by hand"}},
        }))
        .expect("a manifest");
        let values = secret_values(&manifest, directory.path(), &|name| (name == "A").then(|| "one".to_owned()));
        let values = values.expect("both are there");
        assert_eq!(values.len(), 2);
        assert_eq!(values.values().map(Hidden::expose).collect::<Vec<_>>(), [b"one", b"two"]);
        let errors = secret_values(&manifest, Path::new("/nowhere"), &|_| None).expect_err("neither is there");
        assert_eq!(
            errors.iter().map(|error| &*error.field).collect::<Vec<_>>(),
            ["secrets.a.value_from", "secrets.b.value_from"]
        );
    }
}
