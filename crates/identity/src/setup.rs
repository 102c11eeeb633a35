//! The first user: made by a link that whoever starts Keyward finds on its output.

use std::time::Duration;

use keyward_model::audit::Cause;
use keyward_model::secret::Hidden;
use keyward_model::user::{Email, User, validate_user_name};
use keyward_store::{Ceremony, CredentialKind, Tx};
use zeroize::Zeroizing;

use crate::code::{LinkCode, Purpose, digest};
use crate::keep;
use crate::rights::Factor;
use crate::session::{Proof, SignedIn};
use crate::{People, PeopleError, Visitor, password, trail};

/// For how long a setup link works.
pub const SETUP_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// The first user, as asked for.
#[derive(Debug)]
pub struct FirstUser {
    /// Their address.
    pub email: Email,
    /// What people call them.
    pub name: String,
    /// What they sign in with.
    pub password: Hidden,
}

impl People {
    /// Whether nobody was ever made.
    pub async fn needs_setup(&self) -> Result<bool, PeopleError> {
        Ok(!self.store.has_users().await?)
    }

    /// The code of a link that makes the first user; codes given out before work no longer.
    pub async fn setup_code(&self) -> Result<LinkCode, PeopleError> {
        let code = LinkCode::new(&*self.random);
        let digest = digest(&self.vault, Purpose::Setup, code.expose());
        let sealed = keep::seal(&self.vault, &digest, &());
        self.store.drop_ceremonies(Purpose::Setup.as_str()).await?;
        let ceremony = Ceremony {
            digest,
            kind: Purpose::Setup.as_str().to_owned(),
            user: None,
            expires_at: self.clock.now().plus(SETUP_LIFETIME),
            key_version: sealed.key_version,
            sealed: sealed.bytes,
        };
        self.store.begin_ceremony(&ceremony).await?;
        Ok(code)
    }

    /// Makes the first user, who runs the installation, and signs them in.
    pub async fn set_up(&self, visitor: &Visitor, code: &str, first: FirstUser) -> Result<SignedIn, PeopleError> {
        // Before the code is used up: what is mistyped can be typed again.
        let FirstUser { email, name, password } = first;
        check(&name, &password)?;
        if self.store.has_users().await? {
            return Err(PeopleError::LinkInvalid);
        }
        let hash = self.hasher.hash(password).await;
        let digest = digest(&self.vault, Purpose::Setup, code);
        let ceremony = self.store.take_ceremony(Purpose::Setup.as_str(), &digest).await?;
        ceremony.ok_or(PeopleError::LinkInvalid)?;
        let user = self.fresh_user(email, name, true);
        let mut tx = self.store.begin(visitor.cause(&user)).await?;
        if tx.has_users().await? {
            return Err(PeopleError::LinkInvalid);
        }
        self.insert_user(&mut tx, &user, Some(&hash)).await?;
        let signed_in = self.open_session(&mut tx, user, visitor, Proof::Password, vec![Factor::Password]).await?;
        tx.commit().await?;
        Ok(signed_in)
    }

    /// Makes a user who runs the installation: for whoever sits at the machine.
    pub async fn make_operator(&self, cause: Cause, first: FirstUser) -> Result<User, PeopleError> {
        let FirstUser { email, name, password } = first;
        check(&name, &password)?;
        let hash = self.hasher.hash(password).await;
        let user = self.fresh_user(email, name, true);
        let mut tx = self.store.begin(cause).await?;
        self.insert_user(&mut tx, &user, Some(&hash)).await?;
        tx.commit().await?;
        Ok(user)
    }

    pub(crate) fn fresh_user(&self, email: Email, name: String, operator: bool) -> User {
        let now = self.clock.now();
        User {
            id: keyward_model::id::Id::new(&*self.clock, &*self.random),
            email,
            name: name.trim().to_owned(),
            operator,
            suspended: false,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// Writes a new user and their password.
    pub(crate) async fn insert_user(
        &self,
        tx: &mut Tx,
        user: &User,
        password_hash: Option<&Zeroizing<String>>,
    ) -> Result<(), PeopleError> {
        tx.insert_user(user).await?;
        if let Some(hash) = password_hash {
            let hash: &str = hash;
            self.replace(tx, user.id, CredentialKind::Password, "password", hash).await?;
        }
        trail::of_user(tx, "user.create", user, None, Some(trail::shown(user))).await?;
        Ok(())
    }
}

/// Checks what a new user enters.
pub(crate) fn check(name: &str, password: &Hidden) -> Result<(), PeopleError> {
    let mut errors = Vec::new();
    validate_user_name(name, &mut errors);
    password::validate(password, "password", &mut errors);
    if errors.is_empty() { Ok(()) } else { Err(PeopleError::Fields(errors)) }
}
