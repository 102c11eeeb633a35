//! Puts what serde says of a field into a problem and a remedy, and keeps the value itself out of both.

use keyward_model::FieldError;

/// Describes what serde says (`problem`) of the field at `path`; `.` is the whole.
pub(crate) fn describe(path: &str, problem: &str) -> FieldError {
    if let Some((name, rest)) = quoted(problem, "unknown field `") {
        let known = rest.trim_start_matches(", expected ").trim_start_matches("one of ");
        let remedy = if known.starts_with('`') {
            format!("leave it out, or use one of {known}")
        } else {
            "leave it out".to_owned()
        };
        return FieldError::new(join(path, name), "is not known", remedy);
    }
    if let Some((name, _)) = quoted(problem, "missing field `") {
        return FieldError::new(join(path, name), "is missing", "add it");
    }
    if let Some((name, _)) = quoted(problem, "duplicate field `") {
        return FieldError::new(join(path, name), "is given twice", "give it once");
    }
    let field = if path == "." { "body" } else { path };
    if let Some((_, rest)) = quoted(problem, "unknown variant `") {
        let known = rest.trim_start_matches(", expected ").trim_start_matches("one of ");
        return FieldError::new(field, "is none of the values there are", format!("use one of {known}"));
    }
    for refused in ["invalid type: ", "invalid value: "] {
        if let Some(rest) = problem.strip_prefix(refused) {
            // "string \"hunter2\", expected u32": the value may be a secret in the wrong place.
            let expected = rest.rsplit_once(", expected ").map_or("another value", |(_, expected)| expected);
            let kind = rest.split([' ', ',']).next().unwrap_or("value");
            return FieldError::new(field, format!("is of the wrong type ({kind})"), format!("send {expected}"));
        }
    }
    FieldError::new(field, "cannot be read", problem)
}

/// The text between `opening` and the next backtick, and what follows it.
fn quoted<'a>(problem: &'a str, opening: &str) -> Option<(&'a str, &'a str)> {
    problem.strip_prefix(opening)?.split_once('`')
}

fn join(path: &str, name: &str) -> String {
    let known = path == name || path.ends_with(&format!(".{name}"));
    match path {
        "." => name.to_owned(),
        _ if known => path.to_owned(),
        _ => format!("{path}.{name}"),
    }
}
