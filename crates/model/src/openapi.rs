//! Reading an OpenAPI 3.0 or 3.1 document into routes.
//!
//! What a route cannot say is left out with a warning. Where the document asks for a scope that cannot be kept, the
//! whole operation is left out: it must not become callable with less than it asks for.
//!
//! Three extensions say what OpenAPI cannot: `x-keyward-scopes` and `x-keyward-cost` on an operation or a path, and
//! `x-keyward-scopes` at the top of the document for scopes with their descriptions.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Name;
use crate::api::{Method, Route};
use crate::resource::FieldError;
use crate::scope::Scope;

mod document;
mod naming;
mod operation;
mod path;
mod security;

use document::Document;

/// How a document is read.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// The resource of scopes that the document writes without a colon: `read` becomes `orders:read`.
    pub scope_resource: Name,
}

/// What a document says of an api.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Import {
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: String,
    /// The scopes it defines or asks for.
    pub scopes: BTreeMap<Scope, String>,
    /// Its operations.
    pub routes: Vec<Route>,
    /// What was left out or read otherwise than written.
    pub warnings: Vec<ImportWarning>,
}

/// Something that was left out or read otherwise than written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ImportWarning {
    /// Where in the document, as a JSON pointer (RFC 6901).
    pub at: String,
    /// What, and what became of it.
    pub text: String,
}

/// Reads an OpenAPI 3.0 or 3.1 document. References are followed within the document only.
pub fn import(document: &Value, options: &ImportOptions) -> Result<Import, Vec<FieldError>> {
    check_version(document).map_err(|error| vec![error])?;
    let Some(paths) = document.get("paths").and_then(Value::as_object) else {
        return Err(vec![FieldError::new("paths", "is missing", "describe at least one path: routes come from paths")]);
    };
    let mut reading = Reading {
        document: Document::new(document),
        options,
        import: Import {
            title: text_of(document.pointer("/info/title"), 200),
            description: text_of(document.pointer("/info/description"), 20_000),
            scopes: BTreeMap::new(),
            routes: Vec::new(),
            warnings: Vec::new(),
        },
        errors: Vec::new(),
        names: BTreeSet::new(),
        shapes: BTreeSet::new(),
    };
    reading.read_scopes();
    for (path, item) in paths.iter().filter(|(path, _)| !path.starts_with("x-")) {
        reading.read_path(path, item);
        if reading.import.routes.len() > MOST_ROUTES {
            let remedy = "split the document into several apis";
            return Err(vec![FieldError::new("paths", format!("has more than {MOST_ROUTES} operations"), remedy)]);
        }
    }
    let open = reading.import.routes.iter().filter(|route| route.scopes.scopes().is_empty()).count();
    if open > 0 {
        let text = format!("{open} routes ask for no scope: every valid token of the team may call them.");
        reading.warn("/security", text);
    }
    if reading.errors.is_empty() { Ok(reading.import) } else { Err(reading.errors) }
}

/// As many as an api may have.
const MOST_ROUTES: usize = 2000;

/// A document half read.
struct Reading<'a> {
    document: Document<'a>,
    options: &'a ImportOptions,
    import: Import,
    errors: Vec<FieldError>,
    /// The names given so far.
    names: BTreeSet<Name>,
    /// What is matched so far.
    shapes: BTreeSet<(Method, String)>,
}

impl Reading<'_> {
    fn warn(&mut self, at: &str, text: impl Into<String>) {
        self.import.warnings.push(ImportWarning { at: at.to_owned(), text: text.into() });
    }
}

fn check_version(document: &Value) -> Result<(), FieldError> {
    if !document.is_object() {
        return Err(FieldError::new("openapi", "is missing: this is no object", "give an OpenAPI document as JSON"));
    }
    if document.get("swagger").is_some() {
        let remedy = "convert it to OpenAPI 3.0 or 3.1 first, for example with swagger2openapi";
        return Err(FieldError::new("swagger", "marks a Swagger 2.0 document, which is not read", remedy));
    }
    let version = document.get("openapi").and_then(Value::as_str).unwrap_or_default();
    if ["3.0", "3.1"].iter().any(|read| version == *read || version.starts_with(&format!("{read}."))) {
        return Ok(());
    }
    let version: String = version.chars().take(20).collect();
    Err(FieldError::new("openapi", format!("is `{version}`"), "give a document of OpenAPI 3.0 or 3.1"))
}

/// Text, cut to `most` characters; empty where there is none.
fn text_of(value: Option<&Value>, most: usize) -> String {
    value.and_then(Value::as_str).unwrap_or_default().chars().take(most).collect()
}

#[cfg(test)]
mod tests;
