//! What people change about themselves.

use keyward_model::Timestamp;
use keyward_model::secret::Hidden;
use keyward_model::user::{User, UserId, validate_user_name};
use keyward_store::{Credential, CredentialKind, Tx};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::code::{Purpose, digest, plain_recovery_code, readable_code};
use crate::keep::{self, Fresh};
use crate::rights::{Factor, Person};
use crate::session::SignedIn;
use crate::totp::TotpState;
use crate::{People, PeopleError, Visitor, password, trail};

/// How many recovery codes there are at first.
const RECOVERY_CODES: usize = 10;

/// A user, and what they sign in with.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Account {
    /// Who.
    pub user: User,
    /// Whether they have a password.
    pub has_password: bool,
    /// Whether they have an authenticator app.
    pub has_totp: bool,
    /// Their passkeys.
    pub passkeys: Vec<Passkey>,
    /// Recovery codes that are left.
    pub recovery_codes_left: usize,
    /// Whether passkeys can be used at this address.
    pub passkeys_possible: bool,
}

/// A passkey, as its owner sees it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Passkey {
    /// Its id.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

/// The secret of an authenticator app, shown once.
#[derive(Debug)]
pub struct NewTotp {
    /// In Base32, to be typed.
    pub secret: Hidden,
    /// As an address, to be drawn as a picture.
    pub uri: Hidden,
}

impl From<Credential> for Passkey {
    fn from(credential: Credential) -> Self {
        let Credential { id, label, created_at, used_at, .. } = credential;
        Self { id, name: label, created_at, used_at }
    }
}

impl People {
    /// What somebody sees of themselves.
    pub async fn account(&self, person: &Person) -> Result<Account, PeopleError> {
        let credentials = self.store.credentials(person.user.id).await?;
        let codes = credentials.iter().find(|credential| credential.kind == CredentialKind::RecoveryCodes);
        let codes: Option<Vec<String>> = codes.map(|codes| keep::value(&self.vault, codes)).transpose()?;
        let passkeys = credentials.into_iter().filter(|credential| credential.kind == CredentialKind::Passkey);
        Ok(Account {
            user: self.user(person.user.id).await?,
            has_password: person.factors.contains(&Factor::Password),
            has_totp: person.factors.contains(&Factor::Totp),
            passkeys: passkeys.map(Passkey::from).collect(),
            recovery_codes_left: codes.map_or(0, |codes| codes.len()),
            passkeys_possible: self.has_passkeys(),
        })
    }

    /// Changes what people call somebody.
    pub async fn rename(&self, person: &Person, visitor: &Visitor, name: &str) -> Result<User, PeopleError> {
        let mut errors = Vec::new();
        validate_user_name(name, &mut errors);
        if !errors.is_empty() {
            return Err(PeopleError::Fields(errors));
        }
        let mut tx = self.store.begin(visitor.cause(&person.user)).await?;
        let before = tx.user(person.user.id).await?.ok_or(PeopleError::NotFound("user"))?;
        let version = before.version + 1;
        let after = User { name: name.trim().to_owned(), version, updated_at: tx.now(), ..before.clone() };
        tx.update_user(&after).await?;
        let (shown_before, shown_after) = (trail::shown(&before), trail::shown(&after));
        trail::of_user(&mut tx, "user.edit", &after, Some(shown_before), Some(shown_after)).await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Changes the password; every other session of the user ends. `current` is asked for where there is one.
    pub async fn change_password(
        &self,
        person: &Person,
        visitor: &Visitor,
        current: Option<Hidden>,
        new: Hidden,
    ) -> Result<(), PeopleError> {
        password::check(&new, "new")?;
        if person.factors.contains(&Factor::Password) {
            let current = current.unwrap_or_else(|| Hidden::new(Vec::new()));
            let hash = keep::password_hash(&self.vault, &self.store.credentials(person.user.id).await?)?;
            if !self.hasher.verify(current, hash).await {
                let wrong = PeopleError::field("current", "is not your password", "enter the one you sign in with");
                return self.failed(person, visitor, wrong).await;
            }
        }
        let hash = self.hasher.hash(new).await;
        let mut tx = self.store.begin(visitor.cause(&person.user)).await?;
        self.replace(&mut tx, person.user.id, CredentialKind::Password, "password", &*hash).await?;
        tx.end_sessions(person.user.id, None, Some(&person.digest)).await?;
        trail::of_user(&mut tx, "password.change", &person.user, None, None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Begins adding an authenticator app. It counts once a code of it was shown.
    pub async fn new_totp(&self, person: &Person, visitor: &Visitor) -> Result<NewTotp, PeopleError> {
        if person.factors.contains(&Factor::Totp) {
            return Err(PeopleError::Conflict("you have an authenticator app already; remove it first".to_owned()));
        }
        let state = TotpState::new(&*self.random);
        let mut tx = self.store.begin(visitor.cause(&person.user)).await?;
        self.replace(&mut tx, person.user.id, CredentialKind::Totp, "authenticator app", &state).await?;
        trail::of_user(&mut tx, "totp.begin", &person.user, None, None).await?;
        tx.commit().await?;
        let (secret, uri) = state.shown(person.user.email.as_str(), "Keyward");
        Ok(NewTotp { secret, uri })
    }

    /// Ends adding an authenticator app, which proves it; hands out recovery codes where there are none.
    pub async fn confirm_totp(
        &self,
        person: &Person,
        visitor: &Visitor,
        code: &str,
    ) -> Result<(Vec<Zeroizing<String>>, SignedIn), PeopleError> {
        let mut tx = self.store.begin(visitor.cause(&person.user)).await?;
        let credentials = tx.credentials(person.user.id).await?;
        let totp = credentials.iter().find(|credential| credential.kind == CredentialKind::Totp);
        let credential = totp.ok_or(PeopleError::NotFound("authenticator app"))?;
        let mut state: TotpState = keep::value(&self.vault, credential)?;
        if state.confirmed {
            return Err(PeopleError::Conflict("this authenticator app is confirmed already".to_owned()));
        }
        if !state.take(code, tx.now()) {
            let remedy = "enter the six digits that the app shows now";
            return Err(PeopleError::field("code", "is not the code of this app", remedy));
        }
        state.confirmed = true;
        tx.put_credential(&keep::with_value(&self.vault, credential, &state)).await?;
        let codes = match person.factors.contains(&Factor::RecoveryCode) {
            true => Vec::new(),
            false => self.put_recovery_codes(&mut tx, person).await?,
        };
        let renewed = self.renew_session(&mut tx, person, true).await?;
        trail::of_user(&mut tx, "totp.add", &person.user, None, None).await?;
        tx.commit().await?;
        Ok((codes, renewed))
    }

    /// Removes the authenticator app.
    pub async fn remove_totp(&self, person: &Person, visitor: &Visitor) -> Result<(), PeopleError> {
        let mut tx = self.store.begin(visitor.cause(&person.user)).await?;
        let credentials = tx.credentials(person.user.id).await?;
        let totp = credentials.iter().find(|credential| credential.kind == CredentialKind::Totp);
        let id = totp.ok_or(PeopleError::NotFound("authenticator app"))?.id.clone();
        tx.delete_credential(person.user.id, &id).await?;
        trail::of_user(&mut tx, "totp.remove", &person.user, None, None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Removes a passkey. The last way to sign in stays.
    pub async fn remove_passkey(&self, person: &Person, visitor: &Visitor, id: &str) -> Result<(), PeopleError> {
        let mut tx = self.store.begin(visitor.cause(&person.user)).await?;
        let credentials = tx.credentials(person.user.id).await?;
        let passkeys: Vec<_> = credentials.iter().filter(|held| held.kind == CredentialKind::Passkey).collect();
        let gone = passkeys.iter().find(|held| held.id == id).ok_or(PeopleError::NotFound("passkey"))?;
        if passkeys.len() == 1 && !person.factors.contains(&Factor::Password) {
            return Err(PeopleError::Conflict(
                "this passkey is your only way to sign in; set a password first".to_owned(),
            ));
        }
        let before = serde_json::json!({ "passkey": gone.label });
        tx.delete_credential(person.user.id, id).await?;
        trail::of_user(&mut tx, "passkey.remove", &person.user, Some(before), None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// New recovery codes; those before work no longer.
    pub async fn new_recovery_codes(
        &self,
        person: &Person,
        visitor: &Visitor,
    ) -> Result<Vec<Zeroizing<String>>, PeopleError> {
        let mut tx = self.store.begin(visitor.cause(&person.user)).await?;
        let codes = self.put_recovery_codes(&mut tx, person).await?;
        trail::of_user(&mut tx, "recovery_codes.renew", &person.user, None, None).await?;
        tx.commit().await?;
        Ok(codes)
    }

    async fn put_recovery_codes(&self, tx: &mut Tx, person: &Person) -> Result<Vec<Zeroizing<String>>, PeopleError> {
        let codes: Vec<Zeroizing<String>> = (0..RECOVERY_CODES).map(|_| readable_code(&*self.random)).collect();
        let hashes: Vec<String> =
            codes.iter().map(|code| digest(&self.vault, Purpose::Recovery, &plain_recovery_code(code))).collect();
        self.replace(tx, person.user.id, CredentialKind::RecoveryCodes, "recovery codes", &hashes).await?;
        Ok(codes)
    }

    /// Puts a credential of which a user has one.
    pub(crate) async fn replace(
        &self,
        tx: &mut Tx,
        user: UserId,
        kind: CredentialKind,
        label: &str,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), PeopleError> {
        let known = tx.credentials(user).await?.into_iter().find(|credential| credential.kind == kind);
        if let Some(known) = known {
            tx.delete_credential(user, &known.id).await?;
        }
        let fresh = Fresh { user, kind, label, lookup: None, at: tx.now() };
        tx.put_credential(&fresh.sealed(&self.vault, &*self.random, &value)).await?;
        Ok(())
    }
}
