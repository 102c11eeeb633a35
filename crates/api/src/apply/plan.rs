//! What a file means for a team's holdings.

use std::collections::BTreeMap;

use keyward_http::Refusal;
use keyward_model::manifest::Manifest;
use keyward_model::secret::{Hidden, SecretSpec};
use keyward_model::{FieldError, Name};

use crate::resources::{Held, Session};

/// Plans every change the file asks for. Answers what it may not ask for.
pub(crate) async fn plan(
    session: &mut Session<'_>,
    manifest: &Manifest,
    values: BTreeMap<Name, Hidden>,
) -> Result<Vec<FieldError>, Refusal> {
    let mut errors = Vec::new();
    let source = &manifest.source;
    put_all(session, source, &manifest.apps, &mut errors);
    put_all(session, source, &manifest.secrets, &mut errors);
    put_all(session, source, &manifest.connections, &mut errors);
    put_all(session, source, &manifest.upstreams, &mut errors);
    put_all(session, source, &manifest.apis, &mut errors);
    put_all(session, source, &manifest.subscriptions, &mut errors);
    put_all(session, source, &manifest.policies, &mut errors);
    if let Some(settings) = manifest.settings.as_ref().filter(|settings| **settings != session.team.spec) {
        match session.team.source.as_ref().filter(|owner| *owner != source) {
            Some(owner) => errors.push(belongs_to(owner, "settings".to_owned())),
            None => session.put_team(settings.clone(), Some(source.clone())),
        }
    }
    for (name, value) in values {
        let owner = session.before.find::<SecretSpec>(&name).and_then(|secret| secret.source.clone());
        // The value of another source's secret is not this file's to change.
        if owner.as_ref().is_none_or(|owner| owner == source) {
            session.put_value(&name, value).await?;
        }
    }
    Ok(errors)
}

fn put_all<T: Held>(
    session: &mut Session<'_>,
    source: &Name,
    declared: &BTreeMap<Name, T>,
    errors: &mut Vec<FieldError>,
) {
    for (name, spec) in declared {
        match session.before.find::<T>(name).cloned() {
            // What is as declared is left alone, whoever owns it.
            Some(existing) if existing.spec == *spec => {}
            Some(existing) => match &existing.source {
                Some(owner) if owner != source => {
                    errors.push(belongs_to(owner, format!("{}.{name}", T::PLURAL)));
                }
                _ => session.put(name, spec.clone(), Some(source.clone())),
            },
            None => session.put(name, spec.clone(), Some(source.clone())),
        }
    }
    let given_up: Vec<Name> = T::shelf(&session.before)
        .iter()
        .filter(|(name, record)| record.source.as_ref() == Some(source) && !declared.contains_key(*name))
        .map(|(name, _)| name.clone())
        .collect();
    given_up.iter().for_each(|name| session.remove::<T>(name));
}

fn belongs_to(owner: &Name, field: String) -> FieldError {
    let problem = format!("belongs to the source `{owner}`, and this file would change it");
    FieldError::new(field, problem, format!("change it in `{owner}`, or take it out of this file"))
}
