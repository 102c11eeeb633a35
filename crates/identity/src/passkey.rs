//! Passkeys (WebAuthn level 3): adding one, and proving one to come in or to prove oneself again.
//!
//! A passkey asks for its owner (user verification), so that it is both factors. It is found by itself (a discoverable
//! credential): nobody types who they are.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyward_model::Timestamp;
use keyward_model::integrity::hex;
use keyward_model::user::UserId;
use keyward_store::{Ceremony, Credential, CredentialKind, StoreError};
use keyward_vault::Sealed;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, Passkey as Held, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, WebauthnError,
};

use crate::code::{Purpose, digest};
use crate::keep::{self, Fresh};
use crate::rights::{Person, factors};
use crate::session::{Proof, SignedIn};
use crate::{People, PeopleError, Visitor, trail};

/// For how long a browser may take.
const LIFETIME: Duration = Duration::from_secs(5 * 60);
/// Passkeys of one user.
const MOST: usize = 20;

/// What a browser is asked.
#[derive(Debug, Serialize)]
pub struct Challenge {
    /// What the answer has to come with.
    pub challenge_id: String,
    /// Options of `navigator.credentials.create` or `.get`, in JSON (WebAuthn level 3 section 5.1.8).
    pub public_key: Value,
}

impl People {
    /// Begins proving a passkey.
    pub fn passkey_challenge(&self) -> Result<Challenge, PeopleError> {
        let (options, state) = self.audience.webauthn()?.start_discoverable_authentication().map_err(refused)?;
        Ok(self.begin(What::Prove, None, &state, trail::shown(&options.public_key)))
    }

    /// Signs in whoever proves a passkey.
    pub async fn sign_in_by_passkey(
        &self,
        visitor: &Visitor,
        challenge_id: &str,
        answer: Value,
    ) -> Result<SignedIn, PeopleError> {
        let (user, used) = self.proved(challenge_id, answer).await?;
        let user = self.store.user(user).await?.filter(|user| !user.suspended).ok_or(PeopleError::SignInFailed)?;
        let factors = factors(&self.vault, &self.store.credentials(user.id).await?)?;
        let mut tx = self.store.begin(visitor.cause(&user)).await?;
        tx.put_credential(&used).await?;
        let signed_in = self.open_session(&mut tx, user, visitor, Proof::Passkey, factors).await?;
        trail::of_user(&mut tx, "session.begin", &signed_in.person.user, None, None).await?;
        tx.commit().await?;
        Ok(signed_in)
    }

    /// Takes a passkey of somebody who is signed in: to end signing in, or to prove oneself again.
    pub async fn prove_passkey(
        &self,
        person: &Person,
        visitor: &Visitor,
        challenge_id: &str,
        answer: Value,
    ) -> Result<SignedIn, PeopleError> {
        let (user, used) = self.proved(challenge_id, answer).await?;
        if user != person.user.id {
            let error = PeopleError::PasskeyRefused("it is somebody else's".to_owned());
            return self.failed(person, visitor, error).await;
        }
        let mut tx = self.store.begin(visitor.cause(&person.user)).await?;
        tx.put_credential(&used).await?;
        let renewed = self.renew_session(&mut tx, person, true).await?;
        let action = if person.session.awaits_second_factor { "session.begin" } else { "session.prove" };
        trail::of_user(&mut tx, action, &person.user, None, None).await?;
        tx.commit().await?;
        Ok(renewed)
    }

    /// Begins adding a passkey.
    pub async fn new_passkey_challenge(&self, person: &Person) -> Result<Challenge, PeopleError> {
        let webauthn = self.audience.webauthn()?;
        let known = self.passkeys(person.user.id).await?;
        if known.len() >= MOST {
            return Err(PeopleError::Conflict(format!("you have {MOST} passkeys, as many as there may be")));
        }
        let exclude = known.iter().map(|(_, held)| held.cred_id().clone()).collect();
        let (email, name) = (person.user.email.as_str(), person.user.name.as_str());
        let started = webauthn.start_passkey_registration(person.user.id.as_uuid(), email, name, Some(exclude));
        let (options, state) = started.map_err(refused)?;
        let mut options = trail::shown(&options.public_key);
        // Found by itself: what cannot keep itself on the device is of no use for coming in.
        options["authenticatorSelection"]["residentKey"] = "required".into();
        options["authenticatorSelection"]["requireResidentKey"] = true.into();
        Ok(self.begin(What::Add, Some(person.user.id), &state, options))
    }

    /// Adds the passkey a browser has made, which proves it: making one verifies its user.
    pub async fn add_passkey(
        &self,
        person: &Person,
        visitor: &Visitor,
        challenge_id: &str,
        name: &str,
        answer: Value,
    ) -> Result<(Credential, SignedIn), PeopleError> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 100 {
            return Err(PeopleError::field(
                "name",
                "is not 1 to 100 characters long",
                "call it after where it is kept",
            ));
        }
        let state: PasskeyRegistration = self.taken(What::Add, Some(person.user.id), challenge_id).await?;
        let answer: RegisterPublicKeyCredential = answered(answer)?;
        let held = self.audience.webauthn()?.finish_passkey_registration(&answer, &state).map_err(refused)?;
        let mut tx = self.store.begin(visitor.cause(&person.user)).await?;
        let fresh = Fresh {
            user: person.user.id,
            kind: CredentialKind::Passkey,
            label: name,
            lookup: Some(lookup(held.cred_id())),
            at: tx.now(),
        };
        let credential = fresh.sealed(&self.vault, &*self.random, &held);
        tx.put_credential(&credential).await?;
        let after = serde_json::json!({ "passkey": name });
        let renewed = self.renew_session(&mut tx, person, true).await?;
        trail::of_user(&mut tx, "passkey.add", &person.user, None, Some(after)).await?;
        tx.commit().await?;
        Ok((credential, renewed))
    }

    /// The user whose passkey was proved, and the passkey with its counter as it is now.
    async fn proved(&self, challenge_id: &str, answer: Value) -> Result<(UserId, Credential), PeopleError> {
        let webauthn = self.audience.webauthn()?;
        let state: DiscoverableAuthentication = self.taken(What::Prove, None, challenge_id).await?;
        let answer: PublicKeyCredential = answered(answer)?;
        let unknown = || PeopleError::PasskeyRefused("nobody here has it".to_owned());
        let (owner, id) = webauthn.identify_discoverable_authentication(&answer).map_err(refused)?;
        let credential = self.store.credential_by_lookup(&lookup(id)).await?.ok_or_else(unknown)?;
        if credential.user.as_uuid() != owner || credential.kind != CredentialKind::Passkey {
            return Err(unknown());
        }
        let mut held: Held = keep::value(&self.vault, &credential)?;
        let key = DiscoverableKey::from(&held);
        #[expect(deprecated, reason = "its successor takes a trait that no type of this version implements")]
        let result = webauthn.finish_discoverable_authentication(&answer, state, &[key]).map_err(refused)?;
        held.update_credential(&result);
        let used = keep::with_value(&self.vault, &credential, &held);
        Ok((credential.user, Credential { used_at: Some(self.clock.now()), ..used }))
    }

    pub(crate) async fn passkeys(&self, user: UserId) -> Result<Vec<(Credential, Held)>, PeopleError> {
        let credentials = self.store.credentials(user).await?;
        let passkeys = credentials.into_iter().filter(|credential| credential.kind == CredentialKind::Passkey);
        passkeys
            .map(|credential| {
                let held = keep::value(&self.vault, &credential)?;
                Ok((credential, held))
            })
            .collect()
    }

    /// A challenge with its state inside, sealed: nothing is kept of those that nobody answers, so that strangers who ask
    /// for many fill nothing and lock nobody out.
    fn begin(&self, what: What, user: Option<UserId>, state: &impl Serialize, public_key: Value) -> Challenge {
        let begun = Begun { what, user, expires_at: self.clock.now().plus(LIFETIME), state: trail::shown(state) };
        let Sealed { key_version, bytes } = keep::seal(&self.vault, RECORD, &begun);
        let challenge_id = URL_SAFE_NO_PAD.encode([&key_version.to_be_bytes()[..], &bytes].concat());
        Challenge { challenge_id, public_key }
    }

    /// The state of a challenge, which is used up by that.
    async fn taken<T: DeserializeOwned>(
        &self,
        what: What,
        user: Option<UserId>,
        challenge_id: &str,
    ) -> Result<T, PeopleError> {
        let over = || PeopleError::PasskeyRefused("its challenge is over, or was never made".to_owned());
        let bytes = URL_SAFE_NO_PAD.decode(challenge_id).map_err(|_| over())?;
        let (version, sealed) = bytes.split_at_checked(4).ok_or_else(over)?;
        let version = u32::from_be_bytes(version.try_into().map_err(|_| over())?);
        let begun: Begun = keep::open(&self.vault, RECORD, version, sealed).map_err(|_| over())?;
        if begun.what != what || begun.user != user || begun.expires_at <= self.clock.now() {
            return Err(over());
        }
        let used = Ceremony {
            digest: digest(&self.vault, Purpose::Passkey, challenge_id),
            kind: Purpose::Passkey.as_str().to_owned(),
            user,
            expires_at: begun.expires_at,
            key_version: 0,
            sealed: Vec::new(),
        };
        match self.store.begin_ceremony(&used).await {
            Err(StoreError::Conflict { .. }) => Err(over()),
            noted => {
                noted?;
                serde_json::from_value(begun.state).map_err(|_| over())
            }
        }
    }
}

/// What challenges are sealed as.
const RECORD: &str = "passkey challenge";

/// What a passkey is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum What {
    Prove,
    Add,
}

/// What stands in a challenge.
#[derive(Serialize, Deserialize)]
struct Begun {
    what: What,
    user: Option<UserId>,
    expires_at: Timestamp,
    state: Value,
}

/// What a passkey is found by.
fn lookup(credential_id: &[u8]) -> String {
    hex(&keyward_vault::sha256(credential_id))
}

fn answered<T: DeserializeOwned>(answer: Value) -> Result<T, PeopleError> {
    serde_json::from_value(answer).map_err(|error| {
        PeopleError::field("credential", format!("is not what a browser answers: {error}"), "send it as it came")
    })
}

fn refused(error: WebauthnError) -> PeopleError {
    PeopleError::PasskeyRefused(error.to_string())
}
