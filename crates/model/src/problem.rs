//! The body of every refusal: `application/problem+json` (RFC 9457).

use serde::{Deserialize, Serialize};

use crate::resource::FieldError;
use crate::scope::ScopeSet;
use crate::{Code, Denial, Timestamp};

/// A problem, as answered by gateway and control plane alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Problem {
    /// The page that explains the code, on the control plane.
    #[serde(rename = "type")]
    pub page: String,
    /// The code in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time, and what to do.
    pub detail: String,
    /// The reason in one word.
    pub code: Code,
    /// The id of the request; `keyward explain` takes it.
    pub request_id: String,
    /// The scopes that are missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_scope: Option<ScopeSet>,
    /// Whole seconds until it is worth trying again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// When the token expired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When the token begins to work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// With what a second factor can be proved; none where one has to be added first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub methods: Option<Vec<String>>,
    /// The fields that are wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

impl Problem {
    /// A problem of `code`.
    pub fn new(code: Code, detail: impl Into<String>, request_id: impl ToString) -> Self {
        Self {
            page: format!("/errors/{code}"),
            title: code.title().to_owned(),
            status: code.status(),
            detail: detail.into(),
            code,
            request_id: request_id.to_string(),
            required_scope: None,
            retry_after: None,
            expires_at: None,
            not_before: None,
            methods: None,
            errors: Vec::new(),
        }
    }

    /// The same problem with its page as a whole URL; `base` is the control plane's, without a closing slash.
    #[must_use]
    pub fn based_at(mut self, base: &str) -> Self {
        self.page = format!("{base}/errors/{}", self.code);
        self
    }

    /// What a caller is told of a denial: all but the rule.
    pub fn from_denial(denial: &Denial, request_id: impl ToString) -> Self {
        let mut problem = Self::new(denial.code, denial.detail.clone(), request_id);
        problem.required_scope = denial.required_scope.clone();
        problem.retry_after = denial.retry_after;
        match denial.code {
            Code::TokenExpired => problem.expires_at = denial.moment,
            Code::TokenNotYetValid => problem.not_before = denial.moment,
            _ => {}
        }
        problem
    }
}
