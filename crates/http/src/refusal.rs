//! The one way to refuse a request: a code, what happened, and what helps.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use keyward_identity::PeopleError;
use keyward_model::problem::Problem;
use keyward_model::{Code, Denial, FieldError};
use keyward_store::StoreError;
use keyward_tokens::Failure;

/// A refusal on its way to the caller. What only the log may know is kept apart from what is answered.
#[derive(Clone, Debug)]
pub struct Refusal {
    problem: Box<Problem>,
    headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<String>,
}

/// What [`crate::answer::answer`] finds on a response that is a refusal.
#[derive(Clone, Debug)]
pub(crate) struct Unanswered(pub(crate) Arc<Refusal>);

impl Refusal {
    /// A refusal of `code`; `detail` says what happened and what to do.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        // The request's id is not known here; the answering layer fills it in.
        Self { problem: Box::new(Problem::new(code, detail, "")), headers: Vec::new(), cause: None }
    }

    /// Nothing with this name, or it belongs to somebody else: both sound alike.
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("There is no such {what} here, or it belongs to another team."))
    }

    /// Fields that are wrong.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [] => "A field is not valid.".to_owned(),
            [one] => sentence(&one.to_string()),
            [first, rest @ ..] => format!("{} And {} more; see `errors`.", sentence(&first.to_string()), rest.len()),
        };
        let mut refusal = Self::new(Code::FieldInvalid, detail);
        refusal.problem.errors = errors;
        refusal
    }

    /// One field that is wrong.
    pub fn field(field: impl Into<String>, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::fields(vec![FieldError::new(field, problem, remedy)])
    }

    /// It exists already, or something depends on it.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(Code::Conflict, detail)
    }

    /// A mistake of Keyward's own; `cause` is for the log only.
    pub fn internal(cause: impl Into<String>) -> Self {
        let detail = "Something went wrong in Keyward itself. Its log has more under this request id.";
        Self::new(Code::Internal, detail).because(cause)
    }

    /// An operation on tokens or keys that was refused or failed.
    pub fn failure(failure: impl Failure) -> Self {
        match failure.store() {
            Some(store) => Self::from(store.clone()),
            None if !failure.fields().is_empty() => Self::fields(failure.fields().to_vec()),
            None => Self::new(failure.code(), sentence(&failure.to_string())),
        }
    }

    /// The method is not offered at a path that exists.
    pub fn method_not_allowed(allowed: Option<HeaderValue>) -> Self {
        let refusal = Self::new(Code::MethodNotAllowed, "This path does not answer to this method.");
        match allowed {
            Some(allowed) => refusal.with_header(ALLOW, allowed),
            None => refusal,
        }
    }

    /// The same refusal with a text for the log.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The same refusal with further fields named.
    #[must_use]
    pub fn naming(mut self, errors: Vec<FieldError>) -> Self {
        self.problem.errors = errors;
        self
    }

    /// The same refusal with a header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The code.
    pub fn code(&self) -> Code {
        self.problem.code
    }

    /// The fields that are wrong.
    pub fn errors(&self) -> &[FieldError] {
        &self.problem.errors
    }

    /// What the log may know beyond the answer.
    pub(crate) fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// The body as answered.
    pub(crate) fn problem(&self) -> &Problem {
        &self.problem
    }

    /// How a caller should authenticate (RFC 6750 section 3), for refusals that call for it.
    fn challenge(&self) -> Option<String> {
        let described = |error: &str| {
            // Within quotes of a header, a quote or a backslash would have to be escaped; none of our texts needs one.
            let text: String =
                self.problem.detail.chars().filter(|c| (' '..='~').contains(c) && !matches!(c, '"' | '\\')).collect();
            format!("Bearer realm=\"keyward\", error=\"{error}\", error_description=\"{text}\"")
        };
        match self.problem.code {
            Code::TokenMissing => Some("Bearer realm=\"keyward\"".to_owned()),
            Code::TokenAmbiguous => Some(described("invalid_request")),
            Code::ScopeMissing => {
                let scopes = self.problem.required_scope.as_ref().map(ToString::to_string).unwrap_or_default();
                Some(format!("{}, scope=\"{scopes}\"", described("insufficient_scope")))
            }
            // Signing in is the page's to offer; browsers do not ask for a scheme that they do not know.
            Code::SessionMissing | Code::SessionEnded | Code::SignInFailed | Code::SecondFactorFailed => {
                Some("Bearer realm=\"keyward\"".to_owned())
            }
            code if code.status() == 401 => Some(described("invalid_token")),
            _ => None,
        }
    }
}

/// Errors end without a stop and begin small; what is answered is a sentence.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    let stop = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{stop}", chars.as_str())
}

impl From<Denial> for Refusal {
    fn from(denial: Denial) -> Self {
        let problem = Box::new(Problem::from_denial(&denial, ""));
        Self { problem, headers: Vec::new(), cause: Some(denial.rule) }
    }
}

impl From<Vec<FieldError>> for Refusal {
    fn from(errors: Vec<FieldError>) -> Self {
        Self::fields(errors)
    }
}

impl From<FieldError> for Refusal {
    fn from(error: FieldError) -> Self {
        Self::fields(vec![error])
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        let cause = error.to_string();
        match error {
            StoreError::Unavailable(_) => {
                let detail = "The store does not answer. Calls are served on; try this again in a few seconds.";
                let mut refusal = Self::new(Code::StoreUnavailable, detail);
                refusal.problem.retry_after = Some(5);
                refusal.because(cause)
            }
            StoreError::Full | StoreError::ReadOnly => {
                Self::new(Code::StorageRefused, format!("Nothing was changed: {cause}.")).because(cause)
            }
            StoreError::Conflict { what } => Self::conflict(sentence(&what)),
            StoreError::Stale => {
                Self::new(Code::PreconditionFailed, "It was changed or deleted in the meantime. Read it again first.")
            }
            StoreError::Corrupt { .. } => Self::new(
                Code::DataCorrupt,
                "Stored data fails its seal and is not used. The log names the row; restore it from a backup.",
            )
            .because(cause),
            StoreError::BadCursor => Self::field(
                "after",
                "is not a cursor of this list",
                "pass the `next` of the page before, with the same filters, or leave it out",
            ),
            _ => Self::internal(cause),
        }
    }
}

impl From<PeopleError> for Refusal {
    fn from(error: PeopleError) -> Self {
        let (code, detail) = (error.code(), sentence(&error.to_string()));
        match error {
            PeopleError::Store(error) => error.into(),
            PeopleError::Fields(errors) => Self::fields(errors),
            PeopleError::NotFound(what) => Self::not_found(what),
            PeopleError::Throttled { retry_after } => {
                let mut refusal = Self::new(code, detail);
                refusal.problem.retry_after = Some(retry_after);
                refusal
            }
            PeopleError::SecondFactorNeeded { methods } => {
                let detail = match methods.is_empty() {
                    true => "This team asks its members for a second factor. Add one to your account first.".to_owned(),
                    false => detail,
                };
                let mut refusal = Self::new(code, detail);
                refusal.problem.methods = Some(methods.iter().map(|factor| factor.as_str().to_owned()).collect());
                refusal
            }
            PeopleError::PasskeyRefused(cause) => Self::new(code, detail).because(cause),
            _ => Self::new(code, detail),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        let headers = response.headers_mut();
        for (name, value) in &self.headers {
            headers.insert(name.clone(), value.clone());
        }
        if let Some(seconds) = self.problem.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.challenge().and_then(|text| HeaderValue::try_from(text).ok()) {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        response.extensions_mut().insert(Unanswered(Arc::new(self)));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(refusal: Refusal) -> String {
        refusal.into_response().headers()[WWW_AUTHENTICATE].to_str().unwrap().to_owned()
    }

    #[test]
    fn challenges_follow_rfc_6750() {
        assert_eq!(challenge(Refusal::new(Code::TokenMissing, "Send one.")), "Bearer realm=\"keyward\"");
        assert_eq!(
            challenge(Refusal::new(Code::TokenExpired, "It is \"over\"\r\n.")),
            "Bearer realm=\"keyward\", error=\"invalid_token\", error_description=\"It is over.\""
        );
        let mut denial = Denial::new(Code::ScopeMissing, "rule", "It lacks a scope.");
        denial.required_scope = Some(["keyward:apps.read".parse().unwrap()].into_iter().collect());
        assert_eq!(
            challenge(denial.into()),
            "Bearer realm=\"keyward\", error=\"insufficient_scope\", error_description=\"It lacks a scope.\", \
             scope=\"keyward:apps.read\""
        );
    }

    #[test]
    fn what_is_for_the_log_is_not_in_the_problem() {
        let refusal = Refusal::from(StoreError::Other("password=hunter2".to_owned()));
        assert!(!serde_json::to_string(refusal.problem()).unwrap().contains("hunter2"));
        let refusal = Refusal::from(StoreError::Unavailable("db.internal:5432".to_owned()));
        assert_eq!(refusal.code(), Code::StoreUnavailable);
        assert!(!serde_json::to_string(refusal.problem()).unwrap().contains("db.internal"));
    }
}
