//! Why something was done, in the words of whoever did it.

use keyward_model::FieldError;

const MOST: usize = 500;

/// A reason that may be left out; an empty one is none.
pub(crate) fn optional(reason: Option<String>, errors: &mut Vec<FieldError>) -> Option<String> {
    let reason = reason.filter(|reason| !reason.trim().is_empty());
    if reason.as_ref().is_some_and(|reason| reason.chars().count() > MOST) {
        errors.push(FieldError::new("reason", "is too long", format!("keep it within {MOST} characters")));
    }
    reason
}

/// A reason that has to be given.
pub(crate) fn required(reason: String, errors: &mut Vec<FieldError>) -> String {
    optional(Some(reason), errors).unwrap_or_else(|| {
        errors.push(FieldError::new("reason", "is empty", "say in a few words why; the audit trail keeps it"));
        String::new()
    })
}
