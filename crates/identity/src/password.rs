//! Passwords: Argon2id (RFC 9106), with 19 MiB and two passes, so that two at a time stay within 40 MiB.

use std::sync::{Arc, LazyLock};

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use keyward_model::FieldError;
use keyward_model::secret::Hidden;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;
use zxcvbn::matching::patterns::MatchPattern;

use crate::PeopleError;

/// The shortest password, in characters.
const SHORTEST: usize = 12;
/// The longest, in bytes: hashing must not take longer because somebody sends a book.
const LONGEST: usize = 1024;
/// The rank from which on a word counts as rare.
const COMMONEST: usize = 30_000;
/// Hashed at a time.
const AT_ONCE: usize = 2;

/// Hashes a few passwords at a time, away from the threads that answer.
#[derive(Clone, Debug)]
pub(crate) struct Hasher {
    room: Arc<Semaphore>,
}

impl Default for Hasher {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("these parameters are within Argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// A hash that no password has, for users who have none or are not there.
static NOBODYS: LazyLock<String> = LazyLock::new(|| {
    let mut bytes = [0u8; 32];
    keyward_model::Random::fill(&keyward_vault::SystemRandom, &mut bytes);
    argon2().hash_password(&bytes).expect("any bytes can be hashed").to_string()
});

impl Hasher {
    /// The hash of a password, as a PHC string.
    pub(crate) async fn hash(&self, password: Hidden) -> Zeroizing<String> {
        self.run(move || {
            let hash = argon2().hash_password(password.expose()).expect("any bytes can be hashed");
            Zeroizing::new(hash.to_string())
        })
        .await
    }

    /// Whether a password has this hash. Takes as long where there is no hash to compare with.
    pub(crate) async fn verify(&self, password: Hidden, hash: Option<Zeroizing<String>>) -> bool {
        self.run(move || {
            let known = hash.is_some();
            let text = hash.as_deref().map_or(NOBODYS.as_str(), String::as_str);
            let verified = PasswordHash::new(text)
                .is_ok_and(|parsed| argon2().verify_password(password.expose(), &parsed).is_ok());
            verified && known
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let _permit = self.room.acquire().await.expect("nobody closes it");
        tokio::task::spawn_blocking(work).await.expect("hashing does not panic")
    }
}

/// Refuses a new password that [`validate`] finds wanting.
pub(crate) fn check(password: &Hidden, field: &str) -> Result<(), PeopleError> {
    let mut errors = Vec::new();
    validate(password, field, &mut errors);
    if errors.is_empty() { Ok(()) } else { Err(PeopleError::Fields(errors)) }
}

/// Checks a new password: its length, and that it is none of the commonest. No other rules.
pub(crate) fn validate(password: &Hidden, field: &str, errors: &mut Vec<FieldError>) {
    let Some(text) = password.expose_str() else {
        return errors.push(FieldError::new(field, "is not text", "use characters"));
    };
    if text.chars().count() < SHORTEST {
        let remedy = format!("use at least {SHORTEST} characters; a few words in a row are easy to keep");
        return errors.push(FieldError::new(field, "is too short", remedy));
    }
    if text.len() > LONGEST {
        return errors.push(FieldError::new(field, "is too long", format!("use at most {LONGEST} bytes")));
    }
    if is_common(text) {
        let remedy = "choose another; this one is among the first that anybody would try";
        errors.push(FieldError::new(field, "is one of the commonest passwords", remedy));
    }
}

/// Whether the whole of it, or what it repeats, stands in the list of passwords people use most.
fn is_common(text: &str) -> bool {
    let entropy = zxcvbn::zxcvbn(text, &[]);
    match entropy.sequence() {
        [whole] => match &whole.pattern {
            MatchPattern::Dictionary(found) => found.rank <= COMMONEST,
            MatchPattern::Repeat(_) | MatchPattern::Sequence(_) => true,
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(password: &str) -> Option<String> {
        let mut errors = Vec::new();
        validate(&Hidden::new(password), "password", &mut errors);
        errors.pop().map(|error| error.problem)
    }

    #[test]
    fn only_short_and_common_ones_are_refused() {
        assert_eq!(problem("correct horse battery"), None);
        assert_eq!(problem("ÄÖÜäöüßéèêëñ"), None, "characters are counted, not bytes");
        assert_eq!(problem("short").as_deref(), Some("is too short"));
        assert_eq!(problem(&"long".repeat(500)).as_deref(), Some("is too long"));
        for common in ["passwordpassword", "aaaaaaaaaaaa", "abcdefghijklmnop", "unbelievable1234567"] {
            let found = problem(common);
            if common.starts_with("unbelievable") {
                assert_eq!(found, None, "{common} is no word of a list");
            } else {
                assert_eq!(found.as_deref(), Some("is one of the commonest passwords"), "{common}");
            }
        }
    }

    #[tokio::test]
    async fn a_password_is_known_again_and_no_other() {
        let hasher = Hasher::default();
        let hash = hasher.hash(Hidden::new("correct horse battery")).await;
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", &hash[..40]);
        assert!(hasher.verify(Hidden::new("correct horse battery"), Some(hash.clone())).await);
        assert!(!hasher.verify(Hidden::new("correct horse batterY"), Some(hash)).await);
        assert!(!hasher.verify(Hidden::new(""), None).await);
    }
}
