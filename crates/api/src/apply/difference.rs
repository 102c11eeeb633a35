//! The difference an apply makes, in the order in which it is made.

use keyward_model::manifest::Manifest;
use keyward_model::resource::Kind;
use keyward_model::{Name, Resource};
use serde_json::Value;

use crate::apply::{ChangeAction, ChangeEntry};
use crate::resources::{Held, Session, each_kind, each_kind_in_reverse};

/// Every resource that the file declares, or that changes.
pub(crate) fn difference(session: &Session<'_>, manifest: &Manifest) -> Vec<ChangeEntry> {
    let mut changes = Vec::new();
    if manifest.settings.is_some() {
        let after = session.team_after.as_ref();
        let kept = &session.team;
        changes.push(entry(&kept.name, Some(&kept.spec), Some(&after.unwrap_or(kept).spec), false));
    }
    each_kind!(Spec => { put_of_kind::<Spec>(session, manifest, &mut changes); });
    each_kind_in_reverse!(Spec => { removed_of_kind::<Spec>(session, &mut changes); });
    changes
}

fn put_of_kind<T: Held>(session: &Session<'_>, manifest: &Manifest, changes: &mut Vec<ChangeEntry>) {
    for (name, record) in T::shelf(&session.after) {
        if !T::declared(manifest).contains_key(name) {
            continue;
        }
        let before = session.before.find::<T>(name).map(|before| &before.spec);
        let value_changes = T::KIND == Kind::Secret && session.values.contains_key(name);
        changes.push(entry(name, before, Some(&record.spec), value_changes));
    }
}

fn removed_of_kind<T: Held>(session: &Session<'_>, changes: &mut Vec<ChangeEntry>) {
    for (name, record) in T::shelf(&session.before) {
        if session.after.find::<T>(name).is_none() {
            changes.push(entry(name, Some(&record.spec), None, false));
        }
    }
}

fn entry<T: Resource>(name: &Name, before: Option<&T>, after: Option<&T>, value_changes: bool) -> ChangeEntry {
    let action = match (before, after) {
        (None, _) => ChangeAction::Create,
        (_, None) => ChangeAction::Delete,
        (Some(before), Some(after)) if before == after && !value_changes => ChangeAction::Unchanged,
        _ => ChangeAction::Update,
    };
    let shown = |spec: Option<&T>| spec.filter(|_| action != ChangeAction::Unchanged).map(written);
    ChangeEntry { kind: T::KIND, name: name.clone(), action, before: shown(before), after: shown(after), value_changes }
}

fn written<T: Resource>(spec: &T) -> Value {
    serde_json::to_value(spec).expect("a spec holds nothing that JSON cannot")
}
