//! The vault: what may be done with the key ring, and nothing that shows a key.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use keyward_model::Random;
use keyward_model::change::KeyPurpose;
use keyward_model::integrity::Mac;
use keyward_model::secret::Hidden;
use keyward_model::team::TeamId;
use keyward_model::token::{HashKind, TokenHash};

use crate::KeyRing;
use crate::aead::length;

/// Hashes tokens, seals secrets and guards rows. Shared by all; reading it takes no lock.
pub struct Vault {
    ring: ArcSwap<KeyRing>,
    random: Arc<dyn Random>,
}

/// A sealed secret, as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The version of the key it is sealed with.
    pub key_version: u32,
    /// `nonce | ciphertext | tag`.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed {{ key_version: {}, {} bytes }}", self.key_version, self.bytes.len())
    }
}

/// A sealed secret does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The ring lacks the key.
    #[error(
        "it is sealed with version {version} of the sealing key, which the key ring does not hold; restore a backup"
    )]
    UnknownKey {
        /// Which version.
        version: u32,
    },
    /// The bytes were changed, or belong to another team or record.
    #[error("its seal is broken: the stored bytes were changed or moved; enter the secret again, or restore a backup")]
    Broken,
}

impl Vault {
    /// A vault over `ring`.
    pub fn new(ring: KeyRing, random: Arc<dyn Random>) -> Self {
        Self { ring: ArcSwap::from_pointee(ring), random }
    }

    /// The ring in use.
    pub fn ring(&self) -> Arc<KeyRing> {
        self.ring.load_full()
    }

    /// Takes another ring into use, from the next call on.
    pub fn replace(&self, ring: KeyRing) {
        self.ring.store(Arc::new(ring));
    }

    /// The hash of the whole text of a token under the current pepper.
    pub fn hash_token(&self, text: &str) -> TokenHash {
        let ring = self.ring.load();
        let (key_version, pepper) = ring.current_pepper();
        TokenHash {
            kind: HashKind::Pepper,
            key_version: *key_version,
            digest: pepper.sign(text.as_bytes()),
            key_prefix: None,
            key_secret: None,
        }
    }

    /// The digest of the whole text of a token under one version of the pepper; none when the ring lacks it.
    pub fn pepper_digest(&self, version: u32, text: &str) -> Option<[u8; 32]> {
        let ring = self.ring.load();
        Some(ring.pepper(version)?.sign(text.as_bytes()))
    }

    /// The version of the pepper that new hashes are made with.
    pub fn current_pepper(&self) -> u32 {
        self.ring.load().current_pepper().0
    }

    /// Seals the secret of `record`, bound to its team and itself. For the value of a secret, `record` is the
    /// secret's id as text.
    pub fn seal(&self, team: TeamId, record: &str, secret: &Hidden) -> Sealed {
        let ring = self.ring.load();
        let (key_version, key) = ring.current_sealing();
        let bytes = key.seal(
            &context(team.as_uuid().as_bytes(), record, &key_version.to_be_bytes()),
            secret.expose(),
            &*self.random,
        );
        Sealed { key_version: *key_version, bytes }
    }

    /// Opens what [`Self::seal`] made for the same team and record.
    pub fn open(&self, team: TeamId, record: &str, sealed: &Sealed) -> Result<Hidden, OpenError> {
        let version = sealed.key_version;
        let ring = self.ring.load();
        let key = ring.sealing(version).ok_or(OpenError::UnknownKey { version })?;
        let mut plain = key
            .open(&context(team.as_uuid().as_bytes(), record, &version.to_be_bytes()), &sealed.bytes)
            .map_err(|_| OpenError::Broken)?;
        Ok(Hidden::new(std::mem::take(&mut *plain)))
    }

    /// Seals anew what is sealed with an older key; none when it is up to date.
    pub fn reseal(&self, team: TeamId, record: &str, sealed: &Sealed) -> Result<Option<Sealed>, OpenError> {
        if sealed.key_version == self.ring.load().current(KeyPurpose::Seal) {
            return Ok(None);
        }
        Ok(Some(self.seal(team, record, &self.open(team, record, sealed)?)))
    }
}

impl Mac for Vault {
    fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let ring = self.ring.load();
        // Hashed in one go: of the many short parts of a row, each by itself would cost more than the hashing.
        let mut whole = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
        for part in parts {
            whole.extend_from_slice(&length(part));
            whole.extend_from_slice(part);
        }
        ring.integrity.sign(&whole)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({:?})", self.ring.load())
    }
}

/// What a sealed secret is bound to, so that it opens for its own team, record and key only.
fn context<'a>(team: &'a [u8; 16], record: &'a str, version: &'a [u8; 4]) -> [&'a [u8]; 4] {
    [b"keyward secret 1", team, record.as_bytes(), version]
}

#[cfg(test)]
mod tests {
    use keyward_model::Timestamp;
    use keyward_model::change::SealedKey;
    use proptest::prelude::*;

    use super::*;
    use crate::{MasterKey, SystemRandom, equal};

    fn now() -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000)
    }

    fn rotated(vault: &Vault, master: &MasterKey, keys: &mut Vec<SealedKey>, purpose: KeyPurpose) {
        keys.push(vault.ring().next_version(purpose, master, &SystemRandom, now()).expect("a version"));
        vault.replace(KeyRing::open(master, keys).expect("the grown ring"));
    }

    fn vault() -> (Vault, MasterKey, Vec<SealedKey>) {
        let master = MasterKey::generate(&SystemRandom);
        let (ring, keys) = KeyRing::create(&master, &SystemRandom, now());
        (Vault::new(ring, Arc::new(SystemRandom)), master, keys)
    }

    fn team(number: u128) -> TeamId {
        TeamId::from_uuid(uuid::Uuid::from_u128(number))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_sealed_opens(secret: Vec<u8>, number: u128, record: String) {
            let (vault, ..) = vault();
            let hidden = Hidden::new(secret);
            let sealed = vault.seal(team(number), &record, &hidden);
            prop_assert_eq!(vault.open(team(number), &record, &sealed), Ok(hidden));
        }

        #[test]
        fn no_other_team_record_or_version_opens_it(secret: Vec<u8>, number: u128, record: String, other: u128, elsewhere: String) {
            let (vault, master, mut keys) = vault();
            rotated(&vault, &master, &mut keys, KeyPurpose::Seal);
            let sealed = vault.seal(team(number), &record, &Hidden::new(secret));
            if other != number {
                prop_assert_eq!(vault.open(team(other), &record, &sealed), Err(OpenError::Broken));
            }
            if elsewhere != record {
                prop_assert_eq!(vault.open(team(number), &elsewhere, &sealed), Err(OpenError::Broken));
            }
            let older = Sealed { key_version: 1, bytes: sealed.bytes.clone() };
            prop_assert_eq!(vault.open(team(number), &record, &older), Err(OpenError::Broken));
            let unknown = Sealed { key_version: 3, bytes: sealed.bytes };
            prop_assert_eq!(vault.open(team(number), &record, &unknown), Err(OpenError::UnknownKey { version: 3 }));
        }

        #[test]
        fn a_flipped_byte_is_found_wherever_it_is(secret: Vec<u8>, flip in 1u8..) {
            let (vault, ..) = vault();
            let sealed = vault.seal(team(1), "secret", &Hidden::new(secret));
            for place in 0..sealed.bytes.len() {
                let mut flipped = sealed.clone();
                flipped.bytes[place] ^= flip;
                prop_assert_eq!(vault.open(team(1), "secret", &flipped), Err(OpenError::Broken), "byte {}", place);
            }
            let mut cut = sealed;
            while cut.bytes.pop().is_some() {
                prop_assert_eq!(vault.open(team(1), "secret", &cut), Err(OpenError::Broken));
            }
        }

        #[test]
        fn a_mac_tells_lists_of_parts_apart(parts: Vec<Vec<u8>>, others: Vec<Vec<u8>>) {
            let (vault, ..) = vault();
            let mac = |parts: &[Vec<u8>]| vault.mac(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>());
            prop_assert_eq!(mac(&parts) == mac(&others), parts == others);
        }
    }

    #[test]
    fn parts_are_not_run_together() {
        let (vault, ..) = vault();
        assert_ne!(vault.mac(&[b"ab", b"c"]), vault.mac(&[b"a", b"bc"]));
        assert_ne!(vault.mac(&[b"ab"]), vault.mac(&[b"ab", b""]));
    }

    #[test]
    fn old_peppers_and_seals_outlive_a_rotation() {
        let (vault, master, mut keys) = vault();
        let (hash, sealed) = (vault.hash_token("kw_token"), vault.seal(team(1), "s", &Hidden::new("value")));
        rotated(&vault, &master, &mut keys, KeyPurpose::Pepper);
        rotated(&vault, &master, &mut keys, KeyPurpose::Seal);

        assert!(vault.pepper_digest(1, "kw_token").is_some_and(|digest| equal(&digest, &hash.digest)));
        assert_eq!((vault.current_pepper(), vault.hash_token("kw_token").key_version), (2, 2));
        assert_ne!(vault.hash_token("kw_token").digest, hash.digest);
        assert_eq!(vault.pepper_digest(3, "kw_token"), None);

        let anew = vault.reseal(team(1), "s", &sealed).expect("opens").expect("was old");
        assert_eq!(anew.key_version, 2);
        assert_eq!(vault.open(team(1), "s", &anew), Ok(Hidden::new("value")));
        assert_eq!(vault.reseal(team(1), "s", &anew), Ok(None));
    }

    #[test]
    fn integrity_survives_rotation_and_reopening() {
        let (vault, master, mut keys) = vault();
        let before = vault.mac(&[b"row"]);
        rotated(&vault, &master, &mut keys, KeyPurpose::Pepper);
        assert_eq!(vault.mac(&[b"row"]), before);
    }

    #[test]
    fn nothing_secret_shows() {
        let (vault, master, keys) = vault();
        let hidden = Hidden::new("planted-secret");
        let sealed = vault.seal(team(1), "record", &hidden);
        let broken = vault.open(team(2), "record", &sealed).expect_err("another team's");
        let shown = format!("{vault:?} {:?} {master:?} {sealed:?} {hidden:?} {broken} {broken:?}", vault.ring());
        let master_text = master.to_file_text();
        assert!(!shown.contains("planted-secret") && !shown.contains(master_text.trim()), "{shown}");
        for key in &keys {
            assert!(!shown.contains(&format!("{:?}", key.sealed)));
        }
        assert!(shown.contains("pepper: [1]"), "what may be known is shown: {shown}");
    }
}
