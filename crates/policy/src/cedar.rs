//! Cedar policies: what may forbid a call on top of scopes and restrictions.
//!
//! Every call is permitted until some `forbid` matches; a `permit` adds nothing. Policies see this, and are held
//! against it when they are written ([`parse`]), so that a typing mistake is found then and not by a caller:
//!
//! ```text
//! principal  Keyward::App::"<app>"          token: String      the id of the token
//!                                           scopes: Set        those of the token, as text
//!                                           labels: Set        those of the token, as "key=value"
//!                                           app_labels: Set    those of the app, as "key=value"
//! action     Keyward::Action::"call"
//! resource   Keyward::Route::"<api record>.<route>", in Keyward::Api::"<api record>" and Keyward::Api::"<api>"
//! context    method, path, api, version, team: String · address: ipaddr · scopes: Set
//!            hour: Long, 0 to 23 in UTC · weekday: "mon" to "sun" in UTC
//!            client_certificate?: { subject: String, names: Set, thumbprint: String }, where the client has proved one
//! ```
//!
//! What cannot be evaluated, or not even read, forbids. A statement with `@advice("…")` gives the caller that sentence.

use std::collections::BTreeMap;

use cedar_policy::{AuthorizationError, Authorizer, Decision, PolicyId};
use keyward_model::Name;
use keyward_model::policy::{AppliesTo, Policy};
use keyward_model::resource::FieldError;

use crate::checks::CallFacts;

mod nesting;
pub(crate) mod read;
mod request;

pub(crate) use request::word;

/// The policies of one team, ready to be evaluated.
#[derive(Debug)]
pub struct PolicySet {
    cedar: cedar_policy::PolicySet,
    statements: BTreeMap<PolicyId, Statement>,
    /// A policy that cannot be read, and why. While it is there, nothing is known to be allowed.
    unreadable: Option<(Name, FieldError)>,
}

/// One `forbid`: for which refusals name it.
#[derive(Clone, Debug)]
struct Statement {
    /// `policy office, forbid 2`.
    rule: String,
    /// What its `@advice` says to the caller.
    advice: Option<String>,
}

/// A call is forbidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forbidden {
    /// The statement that forbids, for the owner.
    pub rule: String,
    /// A sentence for the caller, where the policy has one.
    pub advice: Option<String>,
    /// What the owner may do.
    pub remedy: &'static str,
}

/// Holds the text of the policy `name` against Cedar's grammar and what policies may refer to; the error names line
/// and column.
pub fn parse(name: &str, text: &str) -> Result<(), FieldError> {
    read::read(name, text).map(|_| ())
}

impl PolicySet {
    /// The set of all policies that are not disabled; none where nothing in them can forbid.
    pub fn build<'a>(policies: impl IntoIterator<Item = &'a Policy>) -> Option<Self> {
        let mut set = Self { cedar: read::permit_all(), statements: BTreeMap::new(), unreadable: None };
        let about_calls = policies.into_iter().filter(|policy| policy.spec.applies_to == AppliesTo::Calls);
        for policy in about_calls.filter(|policy| !policy.spec.disabled) {
            if let Err(error) = set.add(policy) {
                set.unreadable.get_or_insert((policy.name.clone(), error));
            }
        }
        (set.unreadable.is_some() || !set.statements.is_empty()).then_some(set)
    }

    fn add(&mut self, policy: &Policy) -> Result<(), FieldError> {
        for (statement, forbid) in read::read(&policy.name, &policy.spec.cedar)? {
            let id = forbid.id().clone();
            self.cedar.add(forbid).map_err(|error| FieldError::new("cedar", error.to_string(), "rename the policy"))?;
            self.statements.insert(id, statement);
        }
        Ok(())
    }

    /// How many `forbid` statements are looked at.
    pub fn forbids(&self) -> usize {
        self.statements.len()
    }

    /// Whether some statement forbids the call.
    pub fn evaluate(&self, facts: &CallFacts<'_>) -> Result<(), Forbidden> {
        if let Some((name, error)) = &self.unreadable {
            let rule = format!("policy {name} cannot be read, and so forbids every call: {error}");
            return Err(Forbidden { rule, advice: None, remedy: "mend the policy, or disable it" });
        }
        let (request, entities) = request::put(facts).map_err(|error| Forbidden {
            rule: format!("the call could not be put to the policies: {error}"),
            advice: None,
            remedy: "report this: it is a mistake of Keyward's own",
        })?;
        let response = Authorizer::new().is_authorized(&request, &self.cedar, &entities);
        let forbidding = response.diagnostics().reason().filter_map(|id| self.statements.get(id));
        if response.decision() == Decision::Deny
            && let Some(statement) = forbidding.min_by(|a, b| a.rule.cmp(&b.rule))
        {
            return Err(Forbidden {
                rule: statement.rule.clone(),
                advice: statement.advice.clone(),
                remedy: "change the policy, or call within what it allows",
            });
        }
        match response.diagnostics().errors().map(|error| self.broken(error)).min() {
            // Cedar itself leaves out a statement that fails; one that should have forbidden must not be lost so.
            Some(rule) => Err(Forbidden { rule, advice: None, remedy: "mend the policy, or disable it" }),
            None if response.decision() == Decision::Allow => Ok(()),
            None => Err(Forbidden {
                rule: "the policies permit nothing".to_owned(),
                advice: None,
                remedy: "report this: it is a mistake of Keyward's own",
            }),
        }
    }

    fn broken(&self, error: &AuthorizationError) -> String {
        let AuthorizationError::PolicyEvaluationError(error) = error;
        let rule = self.statements.get(error.policy_id()).map_or("a policy", |statement| &statement.rule);
        format!("{rule} cannot be evaluated, and so forbids the call: {}", error.inner())
    }
}
