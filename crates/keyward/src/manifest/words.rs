//! The parser's errors in words that read on from a field's name and say what to do.

use serde_saphyr::Error;

use super::nearest;

/// An error in words.
pub(super) struct Said {
    /// The field that is meant, where the error itself names one.
    pub(super) field: Option<String>,
    pub(super) problem: String,
    pub(super) remedy: String,
}

pub(super) fn of(error: &Error) -> Said {
    let said = |problem: String, remedy: String| Said { field: None, problem, remedy };
    match error.without_snippet() {
        Error::SerdeUnknownField { field, expected, .. } => Said {
            field: Some(field.clone()),
            problem: "is not a field".to_owned(),
            remedy: match nearest(field, expected) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("there are {}", list(expected, "and")),
            },
        },
        Error::SerdeMissingField { field, .. } => {
            Said { field: Some((*field).to_owned()), problem: "is missing".to_owned(), remedy: "add it".to_owned() }
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            said(format!("cannot be `{variant}`"), format!("use {}", list(expected, "or")))
        }
        Error::SerdeInvalidType { expected, .. } => {
            said("is of the wrong type".to_owned(), format!("it takes {expected}"))
        }
        Error::SerdeInvalidValue { expected, .. } => said("is out of range".to_owned(), format!("it takes {expected}")),
        Error::InvalidScalar { ty, .. } => said("is of the wrong type".to_owned(), format!("it takes {ty}")),
        Error::NullIntoString { .. } => said("has no value".to_owned(), "write one, or leave the field out".to_owned()),
        Error::DuplicateMappingKey { key, .. } => {
            Said { field: key.clone(), problem: "is given twice".to_owned(), remedy: "keep one".to_owned() }
        }
        Error::MultipleDocuments { .. } => said(
            "more than one document stands in this file".to_owned(),
            "keep one to a file, without `---`".to_owned(),
        ),
        Error::Message { msg, .. } => said("is not valid".to_owned(), msg.clone()),
        Error::Eof { .. } => said("ends too early".to_owned(), "is something missing at the end?".to_owned()),
        other => said(bare(other), String::new()),
    }
}

/// The parser's own text in one line, without the place, which is said elsewhere.
fn bare(error: &Error) -> String {
    let text = error.to_string();
    let text = text.lines().next().unwrap_or_default();
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let text = text.strip_prefix("line ").and_then(|rest| rest.split_once(": ")).map_or(text, |(_, rest)| rest);
    text.rfind(" at line ").map_or(text, |at| &text[..at]).to_owned()
}

fn list(words: &[&str], and: &str) -> String {
    match words {
        [] => "none".to_owned(),
        [only] => format!("`{only}`"),
        [first @ .., last] => format!("{} {and} {last}", first.join(", ")),
    }
}
