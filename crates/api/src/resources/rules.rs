//! The rules that hold across a team's resources. A change may break none that held before it.

use std::collections::BTreeMap;

use keyward_http::Refusal;
use keyward_model::policy::{AppliesTo, PolicySpec};
use keyward_model::resource::Kind;
use keyward_model::secret::{Hidden, SecretSpec};
use keyward_model::token::{HashKind, TokenStatus};
use keyward_model::{FieldError, Name, Resource};
use keyward_store::{StoreError, Tx};

use crate::resources::held::{Held, Holdings, each_kind};
use crate::resources::references;

/// Something wrong with one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) kind: Kind,
    /// The word for the kind in files.
    pub(crate) plural: &'static str,
    pub(crate) name: Name,
    pub(crate) error: FieldError,
}

/// Everything wrong with a change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// What cannot be, field by field.
    pub(crate) fields: Vec<Finding>,
    /// What keeps a resource from being removed.
    pub(crate) in_use: Vec<String>,
}

impl Findings {
    /// Notes something wrong with a resource of kind `T`.
    pub(crate) fn note<T: Held>(&mut self, name: &Name, error: FieldError) {
        self.fields.push(Finding { kind: T::KIND, plural: T::PLURAL, name: name.clone(), error });
    }

    /// Refuses a change of the one resource of kind `T` called `name`: with its own fields, or else with what else
    /// would break.
    pub(crate) fn refuse_for<T: Held>(self, name: &Name) -> Result<(), Refusal> {
        let (own, others): (Vec<_>, Vec<_>) =
            self.fields.into_iter().partition(|finding| finding.kind == T::KIND && finding.name == *name);
        if !own.is_empty() {
            return Err(Refusal::fields(own.into_iter().map(|finding| finding.error).collect()));
        }
        let mut reasons = self.in_use;
        reasons.extend(others.iter().map(|finding| {
            format!("{} `{}`: `{}` {}", finding.kind, finding.name, finding.error.field, finding.error.problem)
        }));
        if reasons.is_empty() {
            return Ok(());
        }
        Err(Refusal::conflict(format!("It is still in use. {}.", reasons.join("; "))))
    }
}

/// Each changed spec by itself.
pub(crate) fn check_specs(
    before: &Holdings,
    after: &Holdings,
    values: &BTreeMap<Name, Hidden>,
    findings: &mut Findings,
) {
    each_kind!(Spec => {
        for (name, record) in changed::<Spec>(before, after) {
            let mut errors = Vec::new();
            record.spec.validate(&mut errors);
            errors.into_iter().for_each(|error| findings.note::<Spec>(name, error));
        }
    });
    for (name, policy) in changed::<PolicySpec>(before, after) {
        let parsed = match policy.spec.applies_to {
            AppliesTo::Calls => keyward_policy::cedar::parse(name, &policy.spec.cedar),
            AppliesTo::People => keyward_policy::people::parse(&policy.spec.cedar),
        };
        if let Err(error) = parsed {
            findings.note::<PolicySpec>(name, error);
        }
    }
    for (name, _) in changed::<SecretSpec>(before, after) {
        if !before.secrets.contains_key(name) && !values.contains_key(name) {
            let error = FieldError::new("value", "is missing", "send the value that is to be sealed");
            findings.note::<SecretSpec>(name, error);
        }
        if values.get(name).is_some_and(|value| value.expose().is_empty() || value.expose().len() > 65_536) {
            let error = FieldError::new("value", "is empty or too long", "send 1 to 65536 bytes");
            findings.note::<SecretSpec>(name, error);
        }
    }
}

/// What resources say of each other; what was wrong before may stay wrong.
pub(crate) fn check_references(before: &Holdings, after: &Holdings, findings: &mut Findings) {
    let broken = references::broken(after);
    if !broken.is_empty() {
        let known = references::broken(before);
        findings.fields.extend(broken.into_iter().filter(|finding| !known.contains(finding)));
    }
}

/// What tokens keep from being removed.
pub(crate) async fn check_removals(
    tx: &mut Tx,
    before: &Holdings,
    after: &Holdings,
    findings: &mut Findings,
) -> Result<(), StoreError> {
    let now = tx.now();
    for app in before.apps.values().filter(|app| !after.apps.contains_key(&app.name)) {
        let tokens = tx.tokens_of_app(app.id).await?;
        let dead = |status| matches!(status, TokenStatus::Revoked | TokenStatus::Expired);
        let alive = tokens.iter().filter(|token| !dead(token.status(now))).count();
        if alive > 0 {
            findings.in_use.push(format!("app `{}` has {alive} tokens that are not dead; revoke them first", app.name));
        }
    }
    for secret in before.secrets.values().filter(|secret| !after.secrets.contains_key(&secret.name)) {
        for token in tx.tokens_of_team(secret.team).await? {
            if token.imported != Some(HashKind::HmacSha256) {
                continue;
            }
            let stored = tx.token(token.team, token.id).await?;
            if stored.is_some_and(|stored| stored.hash.key_secret.as_ref() == Some(&secret.name)) {
                findings.in_use.push(format!("token `{}` is verified with secret `{}`", token.id, secret.name));
            }
        }
    }
    Ok(())
}

/// The resources of a kind that are new or different after a change.
pub(crate) fn changed<'a, T: Held>(
    before: &'a Holdings,
    after: &'a Holdings,
) -> impl Iterator<Item = (&'a Name, &'a std::sync::Arc<keyward_model::Record<T>>)> {
    T::shelf(after)
        .iter()
        .filter(|(name, record)| before.find::<T>(name).is_none_or(|old| old.version != record.version))
}
