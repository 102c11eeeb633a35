//! An explanation: every check of a call in order, with the value it saw, the rule, the verdict and the remedy.

use serde::{Deserialize, Serialize};

use crate::{Code, Timestamp};

/// The checks of a call, in the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckName {
    /// The path has one meaning, and a route is published there for the method.
    Route,
    /// Exactly one credential came.
    Presented,
    /// It is well-formed.
    WellFormed,
    /// A token with this secret exists.
    Known,
    /// Its time has come and is not over.
    Lifetime,
    /// It is neither revoked, disabled nor pending.
    State,
    /// It may be used from the address.
    Address,
    /// It may be used on the origin.
    Origin,
    /// The client has proved a certificate that it is bound to.
    Certificate,
    /// It may be used at this time.
    Time,
    /// It may use the method.
    Method,
    /// It may call the api and route.
    Api,
    /// It has the scopes.
    Scope,
    /// Its app is subscribed.
    Subscription,
    /// No policy forbids it.
    Policy,
    /// The rates admit it.
    Rate,
    /// The quotas admit it.
    Quota,
    /// The upstream answered.
    Upstream,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The call went on.
    Pass,
    /// The call ended here.
    Fail,
    /// The check was not made: an earlier one had ended the call, or there was nothing to check.
    Skip,
}

/// One check of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Check {
    /// Which check.
    pub check: CheckName,
    /// How it came out.
    pub verdict: Verdict,
    /// The value it saw.
    pub seen: String,
    /// The rule it held the value against.
    pub rule: String,
    /// What would make it pass, where it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// Why a call was allowed or refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Explanation {
    /// The call explained; none for a dry run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// When it was decided.
    pub at: Timestamp,
    /// Whether the gateway let the call through.
    pub allowed: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// The outcome in a sentence.
    pub summary: String,
    /// Every check, in order.
    pub checks: Vec<Check>,
    /// Set when tokens, apis or policies changed since the call, so that a replay may differ from what happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Where checks are written down. On the path of a call nobody listens and nothing is made.
pub trait Trace {
    /// Whether anybody listens; values are only put into words if so.
    const LISTENS: bool;

    /// Takes down one check.
    fn note(&mut self, check: impl FnOnce() -> Check);
}

/// Nobody listens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Trace for Silent {
    const LISTENS: bool = false;
    fn note(&mut self, _check: impl FnOnce() -> Check) {}
}

impl Trace for Vec<Check> {
    const LISTENS: bool = true;
    fn note(&mut self, check: impl FnOnce() -> Check) {
        self.push(check());
    }
}
