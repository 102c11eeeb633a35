//! Putting what was found into words: the refusal for the caller, and the check for an explanation.

use keyward_model::api::Method;
use keyward_model::check::{Check, CheckName, Verdict};
use keyward_model::{Code, Denial};

use super::Found;

impl Found<'_, '_> {
    /// The refusal, unless a route was found. It does not repeat the path, which may hold what was put there by mistake.
    pub fn refusal(&self, method: &str) -> Option<Denial> {
        Some(match self {
            Self::Route(_) => return None,
            Self::MethodNotAllowed { allowed, api } => {
                let allowed: Vec<&str> = allowed.iter().map(|method| method.as_str()).collect();
                let allowed = allowed.join(", ");
                let rule = format!("api {}: the routes at this path answer to {allowed}", api.api.name);
                // Whatever else came as a method is not repeated.
                let method = method.parse::<Method>().map_or("This method", Method::as_str);
                Denial::new(Code::MethodNotAllowed, rule, format!("{method} is not offered here; {allowed} is."))
            }
            Self::Retired(api) => {
                let spec = &api.api.spec;
                let rule = format!("api {} lifecycle: retired", api.api.name);
                let detail = format!(
                    "Version {} of the API `{}` has been retired; move to a newer version.",
                    spec.version, spec.api
                );
                Denial::new(Code::ApiRetired, rule, detail)
            }
            Self::Ambiguous(sentence) => {
                Denial::new(Code::PathInvalid, "canonical path: it has two readings", *sentence)
            }
            Self::NotFound => Denial::new(
                Code::RouteNotFound,
                "no api publishes this path",
                "No API is published at this path; check the base path and version, and that no slash closes it.",
            ),
        })
    }

    /// The check for an explanation.
    pub fn check(&self, path: &str, method: &str) -> Check {
        let seen = format!("{method} {}", cut(path));
        if let Self::Route(found) = self {
            let rule = format!("api {} route {}: {}", found.api.api.name, found.route.name, found.route.path);
            return Check { check: CheckName::Route, verdict: Verdict::Pass, seen, rule, remedy: None };
        }
        let rule = self.refusal(method).map(|denial| denial.rule).unwrap_or_default();
        let remedy = match self {
            Self::MethodNotAllowed { .. } => "add the method to a route of the api, or call it with one it offers",
            Self::Retired(_) => "call a version that is still served, or publish this one again",
            Self::Ambiguous(_) => "send the path without parameters, closing slash and needless escapes",
            Self::NotFound | Self::Route(_) => "publish a route at this path, or call one that is published",
        };
        Check { check: CheckName::Route, verdict: Verdict::Fail, seen, rule, remedy: Some(remedy.to_owned()) }
    }
}

/// As much of the path as a record needs.
fn cut(path: &str) -> &str {
    path.get(..200).unwrap_or(path)
}
