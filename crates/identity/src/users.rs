//! What whoever runs the installation does about users.

use std::time::Duration;

use keyward_model::audit::Cause;
use keyward_model::secret::Hidden;
use keyward_model::user::{Email, User, UserId};
use keyward_store::{Ceremony, CredentialKind, Page, PageRequest};
use serde::{Deserialize, Serialize};

use crate::code::{LinkCode, Purpose, digest};
use crate::{People, PeopleError, Visitor, keep, password, trail};

/// For how long a link that resets a password works.
pub const RESET_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// What is to change about a user.
#[derive(Clone, Copy, Debug, Default)]
pub struct EditUser {
    /// Whether they run the installation.
    pub operator: Option<bool>,
    /// Whether they cannot sign in.
    pub suspended: Option<bool>,
}

/// What a link that resets a password does besides.
#[derive(Serialize, Deserialize)]
struct Reset {
    remove_second_factors: bool,
}

impl People {
    /// A page of all users, by address.
    pub async fn users(&self, page: &PageRequest) -> Result<Page<User>, PeopleError> {
        Ok(self.store.users_of_installation(page).await?)
    }

    /// The user with an address.
    pub async fn user_by_email(&self, email: &Email) -> Result<User, PeopleError> {
        self.store.user_by_email(email).await?.ok_or(PeopleError::NotFound("user"))
    }

    /// Changes a user; one who is suspended is signed out everywhere. The last operator stays one.
    pub async fn edit_user(&self, cause: Cause, id: UserId, edit: EditUser) -> Result<User, PeopleError> {
        let mut tx = self.store.begin(cause).await?;
        let before = tx.user(id).await?.ok_or(PeopleError::NotFound("user"))?;
        let after = User {
            operator: edit.operator.unwrap_or(before.operator),
            suspended: edit.suspended.unwrap_or(before.suspended),
            version: before.version + 1,
            updated_at: tx.now(),
            ..before.clone()
        };
        let ran = before.operator && !before.suspended;
        let runs = after.operator && !after.suspended;
        if ran && !runs && tx.operators().await? == 1 {
            let text = "nobody would be left who runs the installation; make somebody else an operator first";
            return Err(PeopleError::Conflict(text.to_owned()));
        }
        tx.update_user(&after).await?;
        if after.suspended {
            tx.end_sessions(id, None, None).await?;
        }
        trail::of_user(&mut tx, "user.edit", &after, Some(trail::shown(&before)), Some(trail::shown(&after))).await?;
        tx.commit().await?;
        Ok(after)
    }

    /// The code of a link by which a user sets another password, once and within a day. Their second factors stay
    /// unless they are to go with it.
    pub async fn reset_code(
        &self,
        cause: Cause,
        id: UserId,
        remove_second_factors: bool,
    ) -> Result<LinkCode, PeopleError> {
        let code = LinkCode::new(&*self.random);
        let digest = digest(&self.vault, Purpose::Reset, code.expose());
        let sealed = keep::seal(&self.vault, &digest, &Reset { remove_second_factors });
        let mut tx = self.store.begin(cause).await?;
        let user = tx.user(id).await?.ok_or(PeopleError::NotFound("user"))?;
        let after = serde_json::json!({ "remove_second_factors": remove_second_factors });
        trail::of_user(&mut tx, "password.reset_link", &user, None, Some(after)).await?;
        tx.commit().await?;
        let ceremony = Ceremony {
            digest,
            kind: Purpose::Reset.as_str().to_owned(),
            user: Some(id),
            expires_at: self.clock.now().plus(RESET_LIFETIME),
            key_version: sealed.key_version,
            sealed: sealed.bytes,
        };
        self.store.begin_ceremony(&ceremony).await?;
        Ok(code)
    }

    /// Sets another password by a link, and signs its user out everywhere. They sign in with it then.
    pub async fn reset(&self, visitor: &Visitor, code: &str, new: Hidden) -> Result<(), PeopleError> {
        // Before the code is used up: what is mistyped can be typed again.
        password::check(&new, "password")?;
        let digest = digest(&self.vault, Purpose::Reset, code);
        let taken = self.store.take_ceremony(Purpose::Reset.as_str(), &digest).await?;
        let taken = taken.ok_or(PeopleError::LinkInvalid)?;
        let Reset { remove_second_factors } = keep::open(&self.vault, &digest, taken.key_version, &taken.sealed)?;
        let hash = self.hasher.hash(new).await;
        let user = self.user(taken.user.ok_or(PeopleError::LinkInvalid)?).await?;
        let mut tx = self.store.begin(visitor.cause(&user)).await?;
        if remove_second_factors {
            for credential in tx.credentials(user.id).await? {
                tx.delete_credential(user.id, &credential.id).await?;
            }
        }
        self.replace(&mut tx, user.id, CredentialKind::Password, "password", &*hash).await?;
        tx.end_sessions(user.id, None, None).await?;
        trail::of_user(&mut tx, "password.reset", &user, None, None).await?;
        tx.commit().await?;
        Ok(())
    }
}
