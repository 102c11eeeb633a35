//! Coming in by password, and proving a second factor.

use keyward_model::Timestamp;
use keyward_model::secret::Hidden;
use keyward_model::user::{Email, User};
use keyward_store::{Credential, CredentialKind};

use crate::code::{Purpose, digest, plain_recovery_code};
use crate::rights::{Person, factors};
use crate::session::{Proof, SignedIn};
use crate::throttle::{Standing, network};
use crate::totp::TotpState;
use crate::{People, PeopleError, Visitor, keep, trail};

impl People {
    /// Signs somebody in by password. Where they have a second factor, the session is good for proving that alone.
    pub async fn sign_in(&self, visitor: &Visitor, email: &str, password: Hidden) -> Result<SignedIn, PeopleError> {
        // What is no address is nobody's, and takes as long as any other.
        let email: Option<Email> = email.parse().ok();
        let account = email.as_ref().map_or("", Email::as_str);
        let user = match &email {
            Some(email) => self.store.user_by_email(email).await?,
            None => None,
        };
        self.admit(visitor, account, user.as_ref()).await?;
        let credentials = match &user {
            Some(user) => self.store.credentials(user.id).await?,
            None => Vec::new(),
        };
        let hash = keep::password_hash(&self.vault, &credentials)?;
        let verified = self.hasher.verify(password, hash).await;
        match user {
            Some(user) if verified && !user.suspended => {
                self.throttle.succeed(account, visitor.address);
                let factors = factors(&self.vault, &credentials)?;
                let mut tx = self.store.begin(visitor.cause(&user)).await?;
                let signed_in = self.open_session(&mut tx, user, visitor, Proof::Password, factors).await?;
                let action = match signed_in.person.session.awaits_second_factor {
                    true => "session.password_proved",
                    false => "session.begin",
                };
                trail::of_user(&mut tx, action, &signed_in.person.user, None, None).await?;
                tx.commit().await?;
                Ok(signed_in)
            }
            user => {
                self.throttle.fail(account, visitor.address, self.clock.monotonic());
                self.note_failure(visitor, user.as_ref(), "session.refuse").await?;
                Err(PeopleError::SignInFailed)
            }
        }
    }

    /// Takes the code of an authenticator app: to end signing in, or to prove oneself again.
    pub async fn prove_totp(&self, person: &Person, visitor: &Visitor, code: &str) -> Result<SignedIn, PeopleError> {
        self.prove(person, visitor, |credentials, now| {
            let totp = credentials.iter().find(|credential| credential.kind == CredentialKind::Totp);
            let Some(credential) = totp else { return Ok(None) };
            let mut state: TotpState = keep::value(&self.vault, credential)?;
            let right = state.confirmed && state.take(code, now);
            Ok(right.then(|| keep::with_value(&self.vault, credential, &state)))
        })
        .await
    }

    /// Takes a recovery code, which is used up by that.
    pub async fn prove_recovery_code(
        &self,
        person: &Person,
        visitor: &Visitor,
        code: &str,
    ) -> Result<SignedIn, PeopleError> {
        let wanted = digest(&self.vault, Purpose::Recovery, &plain_recovery_code(code));
        self.prove(person, visitor, |credentials, _| {
            let codes = credentials.iter().find(|credential| credential.kind == CredentialKind::RecoveryCodes);
            let Some(credential) = codes else { return Ok(None) };
            let mut left: Vec<String> = keep::value(&self.vault, credential)?;
            let before = left.len();
            left.retain(|code| !keyward_vault::equal(code.as_bytes(), wanted.as_bytes()));
            Ok((left.len() < before).then(|| keep::with_value(&self.vault, credential, &left)))
        })
        .await
    }

    /// Takes the password again, of somebody who has no second factor.
    pub async fn prove_password(
        &self,
        person: &Person,
        visitor: &Visitor,
        password: Hidden,
    ) -> Result<SignedIn, PeopleError> {
        if person.session.awaits_second_factor || !person.second_factors().is_empty() {
            return Err(PeopleError::SecondFactorNeeded { methods: person.second_factors() });
        }
        let account = person.user.email.as_str();
        self.admit(visitor, account, Some(&person.user)).await?;
        let credentials = self.store.credentials(person.user.id).await?;
        let hash = keep::password_hash(&self.vault, &credentials)?;
        if !self.hasher.verify(password, hash).await {
            return self.failed(person, visitor, PeopleError::SignInFailed).await;
        }
        let mut tx = self.store.begin(visitor.cause(&person.user)).await?;
        let renewed = self.renew_session(&mut tx, person, false).await?;
        trail::of_user(&mut tx, "session.prove", &person.user, None, None).await?;
        tx.commit().await?;
        Ok(renewed)
    }

    async fn prove<F>(&self, person: &Person, visitor: &Visitor, take: F) -> Result<SignedIn, PeopleError>
    where
        F: FnOnce(&[Credential], Timestamp) -> Result<Option<Credential>, PeopleError>,
    {
        self.admit(visitor, &second(person), Some(&person.user)).await?;
        let mut tx = self.store.begin(visitor.cause(&person.user)).await?;
        let credentials = tx.credentials(person.user.id).await?;
        let now = tx.now();
        let Some(used) = take(&credentials, now)? else {
            drop(tx);
            return self.failed(person, visitor, PeopleError::SecondFactorFailed).await;
        };
        tx.put_credential(&Credential { used_at: Some(now), ..used }).await?;
        let renewed = self.renew_session(&mut tx, person, true).await?;
        let action = if person.session.awaits_second_factor { "session.begin" } else { "session.prove" };
        trail::of_user(&mut tx, action, &person.user, None, None).await?;
        tx.commit().await?;
        self.throttle.succeed(&second(person), visitor.address);
        Ok(renewed)
    }

    /// Counts a failed proof of somebody who is signed in.
    pub(crate) async fn failed<T>(
        &self,
        person: &Person,
        visitor: &Visitor,
        error: PeopleError,
    ) -> Result<T, PeopleError> {
        self.throttle.fail(&second(person), visitor.address, self.clock.monotonic());
        self.note_failure(visitor, Some(&person.user), "session.refuse_factor").await?;
        Err(error)
    }

    /// Refuses where too many attempts failed.
    async fn admit(&self, visitor: &Visitor, account: &str, user: Option<&User>) -> Result<(), PeopleError> {
        match self.throttle.check(account, visitor.address, self.clock.monotonic()) {
            Ok(Standing::Open) => Ok(()),
            Ok(Standing::FamiliarOnly(retry_after)) if !self.is_familiar(visitor, user).await? => {
                Err(PeopleError::Throttled { retry_after })
            }
            Ok(Standing::FamiliarOnly(_)) => Ok(()),
            Err(retry_after) => Err(PeopleError::Throttled { retry_after }),
        }
    }

    /// Whether the user has been signed in from the visitor's network.
    async fn is_familiar(&self, visitor: &Visitor, user: Option<&User>) -> Result<bool, PeopleError> {
        let Some(user) = user else { return Ok(false) };
        let sessions = self.store.sessions(user.id).await?;
        let here = network(visitor.address);
        Ok(sessions.iter().any(|session| !session.awaits_second_factor && network(session.address) == here))
    }

    async fn note_failure(&self, visitor: &Visitor, user: Option<&User>, action: &str) -> Result<(), PeopleError> {
        let mut tx = self.store.begin(visitor.stranger()).await?;
        match user {
            Some(user) => trail::of_user(&mut tx, action, user, None, None).await?,
            None => trail::of_nobody(&mut tx, action, "no such user").await?,
        }
        tx.commit().await?;
        Ok(())
    }
}

/// What second factors are counted under: apart from passwords, which strangers guess at.
fn second(person: &Person) -> String {
    format!("second factor of {}", person.user.email)
}
