//! From an OpenAPI path to a path template with types.

use std::collections::BTreeMap;

use serde_json::Value;

use super::document::Document;
use crate::api::PathTemplate;

/// The types of path parameters, by name; `text` where nothing narrower is known.
pub(super) type ParameterTypes = BTreeMap<String, &'static str>;

/// Adds the path parameters of a `parameters` list. What cannot be followed is left out, and so is text.
pub(super) fn read_parameters(document: Document<'_>, parameters: Option<&Value>, types: &mut ParameterTypes) {
    for parameter in parameters.and_then(Value::as_array).into_iter().flatten() {
        let Ok(parameter) = document.resolve(parameter) else { continue };
        let (Some("path"), Some(name)) =
            (parameter.get("in").and_then(Value::as_str), parameter.get("name").and_then(Value::as_str))
        else {
            continue;
        };
        let schema = parameter.get("schema").and_then(|schema| document.resolve(schema).ok());
        types.insert(name.to_owned(), schema.map_or("text", |schema| type_of(document, schema)));
    }
}

/// The narrowest type that admits all that the schema admits.
fn type_of(document: Document<'_>, schema: &Value) -> &'static str {
    if let Some([only]) = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice)
        && let Ok(only) = document.resolve(only)
        && only.get("allOf").is_none()
    {
        return type_of(document, only);
    }
    let format = schema.get("format").and_then(Value::as_str);
    match (kind(schema), format) {
        (Some("integer"), _) => "int",
        (Some("string"), Some("uuid")) => "uuid",
        _ => "text",
    }
}

/// The one type a schema names; 3.1 may write `["integer", "null"]`, and a path has no null.
fn kind(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(kind) => Some(kind),
        Value::Array(kinds) => {
            let mut kinds = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null");
            kinds.next().filter(|_| kinds.next().is_none())
        }
        _ => None,
    }
}

/// The template of an OpenAPI path, and the parameters in it that nothing declares. The error goes on from "the path".
pub(super) fn template(path: &str, types: &ParameterTypes) -> Result<(PathTemplate, Vec<String>), String> {
    let Some(rest) = path.strip_prefix('/') else {
        return Err("does not begin with `/`".to_owned());
    };
    if !rest.is_empty() && rest.ends_with('/') {
        return Err("ends with `/`, and no route does".to_owned());
    }
    let mut written = String::new();
    let mut undeclared = Vec::new();
    for segment in rest.split('/') {
        written.push('/');
        if !segment.contains(['{', '}']) {
            written.push_str(segment);
            continue;
        }
        let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let Some(name) = name.filter(|name| !name.contains(['{', '}'])) else {
            return Err(format!("has the segment `{segment}`, and a route cannot mix text and parameters in one"));
        };
        // `{proxy+}`, `{path*}` and `{+path}` are how others write the rest of a path.
        let (name, value) = match name.trim_matches(['+', '*']) {
            plain if plain.len() < name.len() => (plain, "path"),
            plain => (plain, types.get(plain).copied().unwrap_or("text")),
        };
        if value != "path" && !types.contains_key(name) {
            undeclared.push(name.to_owned());
        }
        let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' };
        written.push('{');
        written.extend(name.chars().map(plain));
        written.push(':');
        written.push_str(value);
        written.push('}');
    }
    // `{name}` reads better than `{name:text}` and means the same.
    let template =
        written.replace(":text}", "}").parse().map_err(|error| format!("is not one a route can have: {error}"))?;
    Ok((template, undeclared))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> Result<String, String> {
        let types = [("id".to_owned(), "int"), ("key".to_owned(), "uuid"), ("name".to_owned(), "text")].into();
        template(path, &types).map(|(template, undeclared)| format!("{template} {}", undeclared.join(",")))
    }

    #[test]
    fn paths_become_templates() {
        for (path, template) in [
            ("/", "/ "),
            ("/orders", "/orders "),
            ("/orders/{id}/lines/{key}", "/orders/{id:int}/lines/{key:uuid} "),
            ("/{name}", "/{name} "),
            ("/{other}", "/{other} other"),
            ("/{user.id}", "/{user_id} user.id"),
            ("/files/{proxy+}", "/files/{proxy:path} "),
            ("/orders:search", "/orders:search "),
        ] {
            assert_eq!(read(path).as_deref(), Ok(template));
        }
        for path in
            ["", "orders", "/orders/", "/{id}.json", "/{id}-{key}", "/a//b", "/{a}/{a}", "/a b", "/{a+}/b", "/{}"]
        {
            assert!(read(path).is_err(), "{path}: {:?}", read(path));
        }
    }
}
