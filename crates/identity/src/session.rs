//! Who is signed in. What the browser holds is a code of 256 bits; here is its keyed hash.

use std::time::Duration;

use keyward_model::user::{User, UserId};
use keyward_model::{Timestamp, id};
use keyward_store::{Session, Tx};

use crate::code::{LinkCode, Purpose, digest};
use crate::rights::{Factor, Person, factors};
use crate::{People, PeopleError, Visitor, trail};

/// How long a session lasts, however much it is used.
pub const SESSION_LIFETIME: Duration = Duration::from_secs(14 * 86_400);
/// How long a session may lie unused.
const IDLE: Duration = Duration::from_secs(24 * 3600);
/// For how long a second factor may be waited for.
const AWAITING: Duration = Duration::from_secs(10 * 60);
/// How exactly it is known when a session was last used.
const SEEN: Duration = Duration::from_secs(60);

/// Somebody came in: the code for their browser, and who they are.
#[derive(Debug)]
pub struct SignedIn {
    /// What the browser keeps.
    pub code: LinkCode,
    /// Who.
    pub person: Person,
}

/// How somebody proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// By a password alone.
    Password,
    /// By a passkey, which is both factors.
    Passkey,
}

impl People {
    /// Who holds this code of a session. None where the session is over, or its user suspended.
    pub async fn person(&self, code: &str) -> Result<Option<Person>, PeopleError> {
        self.by_digest(digest(&self.vault, Purpose::Session, code)).await
    }

    async fn by_digest(&self, digest: String) -> Result<Option<Person>, PeopleError> {
        let Some(mut session) = self.store.session(&digest).await? else { return Ok(None) };
        let now = self.clock.now();
        if session.expires_at <= now || session.seen_at.plus(IDLE) <= now {
            return Ok(None);
        }
        let Some(user) = self.store.user(session.user).await?.filter(|user| !user.suspended) else { return Ok(None) };
        let factors = factors(&self.vault, &self.store.credentials(user.id).await?)?;
        if session.seen_at.plus(SEEN) <= now {
            session.seen_at = now;
            self.store.touch_session(&digest, &session).await?;
        }
        Ok(Some(Person { user, session, digest, factors }))
    }

    /// Looks again at somebody who was signed in a while ago: none where the session is over.
    pub async fn again(&self, person: &Person) -> Result<Option<Person>, PeopleError> {
        self.by_digest(person.digest.clone()).await
    }

    /// Ends the session.
    pub async fn sign_out(&self, person: &Person, visitor: &Visitor) -> Result<(), PeopleError> {
        self.end_session(person, visitor, person.session.id).await
    }

    /// The sessions of a user, the latest first.
    pub async fn sessions(&self, person: &Person) -> Result<Vec<Session>, PeopleError> {
        let now = self.clock.now();
        let sessions = self.store.sessions(person.user.id).await?;
        Ok(sessions
            .into_iter()
            .filter(|session| session.expires_at > now && session.seen_at.plus(IDLE) > now)
            .collect())
    }

    /// Ends one of the user's sessions.
    pub async fn end_session(&self, person: &Person, visitor: &Visitor, id: uuid::Uuid) -> Result<(), PeopleError> {
        let mut tx = self.store.begin(visitor.cause(&person.user)).await?;
        if tx.end_sessions(person.user.id, Some(id), None).await? == 0 {
            return Err(PeopleError::NotFound("session"));
        }
        trail::of_user(&mut tx, "session.end", &person.user, None, None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends every session of the user but this one; answers how many.
    pub async fn end_other_sessions(&self, person: &Person, visitor: &Visitor) -> Result<u64, PeopleError> {
        let mut tx = self.store.begin(visitor.cause(&person.user)).await?;
        let ended = tx.end_sessions(person.user.id, None, Some(&person.digest)).await?;
        trail::of_user(&mut tx, "session.end_all", &person.user, None, None).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Forgets what is over.
    pub async fn housekeeping(&self) -> Result<u64, PeopleError> {
        let now = self.clock.now();
        Ok(self.store.prune_sessions(now, now.minus(IDLE)).await?)
    }

    /// Begins a session, in the transaction that says so in the trail.
    pub(crate) async fn open_session(
        &self,
        tx: &mut Tx,
        user: User,
        visitor: &Visitor,
        proof: Proof,
        factors: Vec<Factor>,
    ) -> Result<SignedIn, PeopleError> {
        let now = tx.now();
        let awaits = proof == Proof::Password && factors.iter().any(|factor| factor.is_second());
        let session = Session {
            id: id::uuid_v7(&*self.clock, &*self.random),
            user: user.id,
            created_at: now,
            seen_at: now,
            expires_at: now.plus(if awaits { AWAITING } else { SESSION_LIFETIME }),
            address: visitor.address,
            agent: visitor.agent.clone(),
            awaits_second_factor: awaits,
            second_factor_at: (proof != Proof::Password).then_some(now),
            proved_at: now,
        };
        let code = LinkCode::new(&*self.random);
        let digest = digest(&self.vault, Purpose::Session, code.expose());
        tx.insert_session(&digest, &session).await?;
        Ok(SignedIn { code, person: Person { user, session, digest, factors } })
    }

    /// A second factor was proved in a session: from then on it has another code, so that one seen before is worth
    /// nothing.
    pub(crate) async fn renew_session(
        &self,
        tx: &mut Tx,
        person: &Person,
        second_factor: bool,
    ) -> Result<SignedIn, PeopleError> {
        let now: Timestamp = tx.now();
        let awaited = person.session.awaits_second_factor;
        let session = Session {
            seen_at: now,
            awaits_second_factor: awaited && !second_factor,
            expires_at: if awaited { now.plus(SESSION_LIFETIME) } else { person.session.expires_at },
            second_factor_at: if second_factor { Some(now) } else { person.session.second_factor_at },
            proved_at: now,
            ..person.session.clone()
        };
        if tx.end_sessions(person.user.id, Some(session.id), None).await? == 0 {
            return Err(PeopleError::NotFound("session"));
        }
        let code = LinkCode::new(&*self.random);
        let digest = digest(&self.vault, Purpose::Session, code.expose());
        tx.insert_session(&digest, &session).await?;
        Ok(SignedIn { code, person: Person { session, digest, ..person.clone() } })
    }

    pub(crate) async fn user(&self, id: UserId) -> Result<User, PeopleError> {
        self.store.user(id).await?.ok_or(PeopleError::NotFound("user"))
    }
}
