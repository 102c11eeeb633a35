//! What the audit trail says of people.

use keyward_model::audit::AuditDraft;
use keyward_model::resource::Kind;
use keyward_model::user::User;
use keyward_store::{INSTALLATION, StoreError, Tx};
use serde_json::Value;

/// Says that something was done to, or by, a user. Sign-ins and all else about a user as such stand in the trail of
/// the installation.
pub(crate) async fn of_user(
    tx: &mut Tx,
    action: &str,
    user: &User,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<(), StoreError> {
    let draft = AuditDraft {
        action: action.to_owned(),
        kind: Kind::User,
        target: user.id.to_string(),
        target_name: user.email.to_string(),
        before,
        after,
        reason: None,
    };
    tx.audit(INSTALLATION, draft).await
}

/// Says that an attempt was made as nobody known. What was typed is not kept: it may be a password in the wrong field.
pub(crate) async fn of_nobody(tx: &mut Tx, action: &str, reason: &str) -> Result<(), StoreError> {
    let draft = AuditDraft {
        action: action.to_owned(),
        kind: Kind::User,
        target: String::new(),
        target_name: String::new(),
        before: None,
        after: None,
        reason: Some(reason.to_owned()),
    };
    tx.audit(INSTALLATION, draft).await
}

/// A value as the trail shows it.
pub(crate) fn shown(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).expect("it holds nothing that JSON cannot")
}
