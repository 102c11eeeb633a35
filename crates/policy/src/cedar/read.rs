//! From text to statements: grammar, then what a policy may refer to.

use std::sync::LazyLock;

use cedar_policy::{Effect, Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator};
use keyward_model::resource::FieldError;
use miette::Diagnostic;

use super::{Statement, nesting};

/// What policies may refer to; the documentation of the module above says it in words.
const SCHEMA: &str = r#"
namespace Keyward {
    entity App {
        token: String,
        scopes: Set<String>,
        labels: Set<String>,
        app_labels: Set<String>,
    };
    entity Api;
    entity Route in [Api];
    action call appliesTo {
        principal: [App],
        resource: [Route],
        context: {
            method: String,
            path: String,
            api: String,
            version: String,
            team: String,
            address: ipaddr,
            scopes: Set<String>,
            hour: Long,
            weekday: String,
            client_certificate?: { subject: String, names: Set<String>, thumbprint: String },
        },
    };
}
"#;

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    let (schema, _) = Schema::from_cedarschema_str(SCHEMA).expect("a test reads the schema");
    Validator::new(schema)
});

/// Permits every call, so that only a `forbid` decides.
pub(super) fn permit_all() -> PolicySet {
    let permit = Policy::parse(Some(PolicyId::new("keyward")), "permit(principal, action, resource);");
    PolicySet::from_policies(permit).expect("a single policy has no rival")
}

/// The `forbid` statements of the policy `name`.
pub(super) fn read(name: &str, text: &str) -> Result<Vec<(Statement, Policy)>, FieldError> {
    let set = validated(text, &VALIDATOR)?;
    let mut policies: Vec<&Policy> = set.policies().collect();
    policies.sort_by_key(|policy| number(policy.id()));
    let forbids = policies.iter().filter(|policy| policy.effect() == Effect::Forbid);
    Ok(forbids.map(|policy| statement(name, policy)).collect())
}

/// The statements of a text that keeps to grammar and schema.
pub(crate) fn validated(text: &str, validator: &Validator) -> Result<PolicySet, FieldError> {
    nesting::check(text)?;
    let set: PolicySet = text.parse().map_err(|errors: cedar_policy::ParseErrors| refuse(text, &errors))?;
    if let Some(template) = set.templates().next() {
        let problem = format!("holds a template, `{}`, and nothing fills its slots", template.to_string().trim());
        return Err(FieldError::new("cedar", problem, "name a principal and resource instead of `?principal`"));
    }
    let checked = validator.validate(&set, ValidationMode::Strict);
    if let Some(error) = checked.validation_errors().next() {
        return Err(refuse(text, error));
    }
    Ok(set)
}

/// Its place among the statements of the text, from 0. Cedar calls them `policy0`, `policy1` ...
fn number(id: &PolicyId) -> usize {
    let id: &str = id.as_ref();
    id.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(usize::MAX)
}

fn statement(name: &str, policy: &Policy) -> (Statement, Policy) {
    let number = number(policy.id()).saturating_add(1);
    let called = match policy.annotation("id") {
        Some(id) => format!("`{id}`"),
        None => number.to_string(),
    };
    let advice = policy.annotation("advice").map(|advice| advice.chars().take(500).collect());
    let statement = Statement { rule: format!("policy {name}, forbid {called}"), advice };
    (statement, policy.new_id(PolicyId::new(format!("{name}/{number}"))))
}

fn refuse(text: &str, error: &impl Diagnostic) -> FieldError {
    let place = error.labels().and_then(|mut labels| labels.next()).map(|label| label.offset());
    let before = place.and_then(|offset| text.get(..offset));
    let place = before.map_or_else(String::new, |before| {
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!(" in line {line}, column {column}")
    });
    let remedy = match error.help() {
        Some(help) => help.to_string(),
        None => "correct the Cedar text; docs.cedarpolicy.com has its grammar".to_owned(),
    };
    FieldError::new("cedar", format!("cannot be read{place}: {error}"), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_reads_without_a_warning() {
        let (_, warnings) = Schema::from_cedarschema_str(SCHEMA).expect("a schema");
        assert_eq!(warnings.count(), 0);
    }
}
