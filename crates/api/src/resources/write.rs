//! Writes what a session planned: rows, values of secrets, and one audit event for each.

use keyward_http::Refusal;
use keyward_model::audit::AuditDraft;
use keyward_model::resource::Kind;
use keyward_model::secret::{Hidden, Secret};
use keyward_model::{Record, Resource};
use keyward_store::{SecretValue, StoreError, Tx};
use keyward_vault::Sealed;
use serde_json::Value;

use crate::ApiState;
use crate::resources::held::{Held, Holdings, Shelf, each_kind, each_kind_in_reverse};
use crate::resources::session::Session;

/// Writes the difference of before and after. Answers whether there was any.
pub(crate) async fn write(session: &mut Session<'_>, reason: Option<&str>) -> Result<bool, Refusal> {
    let Session { tx, team, team_after, before, after, .. } = session;
    let mut changed = false;
    if let Some(team_after) = team_after {
        tx.update(team_after).await?;
        tx.audit(team.id, draft("update", Some(&*team), Some(&*team_after), reason)).await?;
        changed = true;
    }
    // What is named comes before what names it, and goes after it.
    each_kind!(Spec => { changed |= put_all::<Spec>(tx, Spec::shelf(before), Spec::shelf(after), reason).await?; });
    delete_dead_tokens(tx, before, after, reason).await?;
    each_kind_in_reverse!(Spec => { changed |= delete_all::<Spec>(tx, Spec::shelf(before), Spec::shelf(after), reason).await?; });
    for (name, value) in std::mem::take(&mut session.values) {
        let secret = session.after.secrets.get(&name).ok_or_else(|| Refusal::internal("a value without its secret"))?;
        let sealed = session.state.vault.seal(team.id, &secret.id.to_string(), &value);
        let row =
            SecretValue { secret: secret.id, team: team.id, key_version: sealed.key_version, sealed: sealed.bytes };
        session.tx.put_secret_value(&row).await?;
        changed = true;
    }
    Ok(changed)
}

async fn put_all<T: Held>(
    tx: &mut Tx,
    before: &Shelf<T>,
    after: &Shelf<T>,
    reason: Option<&str>,
) -> Result<bool, StoreError> {
    let mut changed = false;
    for (name, record) in after {
        match before.get(name) {
            Some(old) if old.version == record.version => continue,
            Some(old) => {
                tx.update(record).await?;
                tx.audit(record.team, draft("update", Some(old), Some(record), reason)).await?;
            }
            None => {
                tx.insert(record).await?;
                tx.audit(record.team, draft("create", None, Some(record), reason)).await?;
            }
        }
        changed = true;
    }
    Ok(changed)
}

async fn delete_all<T: Held>(
    tx: &mut Tx,
    before: &Shelf<T>,
    after: &Shelf<T>,
    reason: Option<&str>,
) -> Result<bool, StoreError> {
    let mut changed = false;
    for old in before.iter().filter(|(name, _)| !after.contains_key(*name)).map(|(_, old)| old) {
        tx.delete(old.team, old.id).await?;
        tx.audit(old.team, draft("delete", Some(old), None, reason)).await?;
        changed = true;
    }
    Ok(changed)
}

/// The tokens of an app that goes are dead by then; their records go with it.
async fn delete_dead_tokens(
    tx: &mut Tx,
    before: &Holdings,
    after: &Holdings,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    for app in before.apps.values().filter(|app| !after.apps.contains_key(&app.name)) {
        for token in tx.tokens_of_app(app.id).await? {
            tx.delete_token(token.team, token.id).await?;
            let draft = AuditDraft {
                action: "token.delete".to_owned(),
                kind: Kind::Token,
                target: token.id.to_string(),
                target_name: token.spec.name.clone(),
                before: Some(serde_json::to_value(&token).expect("a token holds nothing that JSON cannot")),
                after: None,
                reason: Some(reason.map_or_else(|| format!("its app `{}` was deleted", app.name), str::to_owned)),
            };
            tx.audit(token.team, draft).await?;
        }
    }
    Ok(())
}

/// What the trail says of a change. A spec holds no secret; a new value of one shows as a new version only.
pub(crate) fn draft<T: Resource>(
    verb: &str,
    before: Option<&Record<T>>,
    after: Option<&Record<T>>,
    reason: Option<&str>,
) -> AuditDraft {
    let named = after.or(before);
    AuditDraft {
        action: format!("{}.{verb}", T::KIND),
        kind: T::KIND,
        target: named.map(|record| record.id.to_string()).unwrap_or_default(),
        target_name: named.map(|record| record.name.to_string()).unwrap_or_default(),
        before: before.map(written),
        after: after.map(written),
        reason: reason.map(str::to_owned),
    }
}

/// A resource as the trail and the difference of an apply show it.
pub(crate) fn written<T: Resource>(record: &Record<T>) -> Value {
    serde_json::to_value(record).expect("a resource holds nothing that JSON cannot")
}

/// Whether the secret has this value. One that cannot be opened has to be written anew.
pub(crate) async fn holds_value(state: &ApiState, secret: &Secret, value: &Hidden) -> Result<bool, StoreError> {
    let Some(row) = state.store.secret_value(secret.id).await? else { return Ok(false) };
    let sealed = Sealed { key_version: row.key_version, bytes: row.sealed };
    let opened = state.vault.open(secret.team, &secret.id.to_string(), &sealed);
    Ok(opened.is_ok_and(|held| keyward_vault::equal(held.expose(), value.expose())))
}
