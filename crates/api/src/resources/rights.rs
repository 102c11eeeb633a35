//! What a change needs beyond the right of its endpoint.

use keyward_http::{Caller, Refusal};
use keyward_model::connection::ConnectionSpec;
use keyward_model::scope::{Scope, ScopeSet};
use keyward_model::{Code, Denial};

use crate::access::{Right, SecretsWrite, TeamsWrite};
use crate::resources::Session;
use crate::resources::held::{Held, each_kind};
use crate::resources::rules::changed;

/// Refuses a change of one resource that decides where a secret goes, unless the caller may enter secrets: whoever
/// sends a secret to a server of their own has read it.
pub(crate) fn check_secrets(session: &Session<'_>, caller: &Caller) -> Result<(), Refusal> {
    let needed = directs_secrets(session).then_some(SecretsWrite::SCOPE.to_owned());
    refuse_lacking(caller, needed)
}

/// Refuses a change of many kinds unless the caller has the right to write each kind that really changes.
pub(crate) fn check_kinds(session: &Session<'_>, caller: &Caller) -> Result<(), Refusal> {
    let mut needed = Vec::new();
    if session.team_after.is_some() {
        needed.push(TeamsWrite::SCOPE.to_owned());
    }
    each_kind!(Spec => {
        if changes::<Spec>(session) {
            needed.push(format!("keyward:{}.write", Spec::PLURAL));
        }
    });
    if directs_secrets(session) || !session.values.is_empty() {
        needed.push(SecretsWrite::SCOPE.to_owned());
    }
    refuse_lacking(caller, needed)
}

fn changes<T: Held>(session: &Session<'_>) -> bool {
    let gone = || T::shelf(&session.before).keys().any(|name| session.after.find::<T>(name).is_none());
    changed::<T>(&session.before, &session.after).next().is_some() || gone()
}

/// Whether a connection names a secret anew, or takes the one it names elsewhere or presents it otherwise.
fn directs_secrets(session: &Session<'_>) -> bool {
    changed::<ConnectionSpec>(&session.before, &session.after).any(|(name, connection)| {
        let directed =
            |spec: &ConnectionSpec| (spec.origin.clone(), spec.auth.clone(), spec.client_certificate.clone());
        let before = session.before.find::<ConnectionSpec>(name).map(|old| directed(&old.spec));
        connection.spec.secrets().next().is_some() && before != Some(directed(&connection.spec))
    })
}

fn refuse_lacking(caller: &Caller, needed: impl IntoIterator<Item = String>) -> Result<(), Refusal> {
    let mut missing: Vec<Scope> = Vec::new();
    for scope in needed.into_iter().filter(|scope| !caller.has(scope)) {
        let scope = scope.parse().map_err(|_| Refusal::internal(format!("`{scope}` is no scope")))?;
        if !missing.contains(&scope) {
            missing.push(scope);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let named: Vec<String> = missing.iter().map(|scope| format!("`{scope}`")).collect();
    let detail = format!("The token lacks what this change needs: {}. Use one that has it.", named.join(", "));
    let mut denial = Denial::new(Code::ScopeMissing, "management scope", detail);
    denial.required_scope = Some(missing.into_iter().collect::<ScopeSet>());
    Err(denial.into())
}
