//! The key ring: every version of every key, unsealed. It never changes; a rotation makes another.

use std::collections::BTreeSet;
use std::fmt;

use keyward_model::change::{KeyPurpose, SealedKey};
use keyward_model::{Random, Timestamp};

use crate::MasterKey;
use crate::aead::SealingKey;
use crate::digest::MacKey;
use crate::key_bytes::KeyBytes;

/// All keys of an installation, ready for use. Wiped when dropped, not shown by `Debug`.
pub struct KeyRing {
    keys: Vec<RingKey>,
    /// By version, oldest first; likewise `seals`.
    pub(crate) peppers: Vec<(u32, MacKey)>,
    pub(crate) seals: Vec<(u32, SealingKey)>,
    pub(crate) integrity: MacKey,
}

/// One key as it lies in the ring.
struct RingKey {
    purpose: KeyPurpose,
    version: u32,
    bytes: KeyBytes,
    created_at: Timestamp,
}

/// The stored keys do not make a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenRingError {
    /// No key opens.
    #[error(
        "the master key is not the one this database was made with; give the right one, or restore the database it belongs to"
    )]
    WrongMasterKey,
    /// Some keys open and this one does not.
    #[error("version {version} of the {} key is damaged in the database; restore a backup", purpose.as_str())]
    Damaged {
        /// What it is for.
        purpose: KeyPurpose,
        /// Which version.
        version: u32,
    },
    /// A purpose has no key.
    #[error("the database holds no {} key; restore a backup", purpose.as_str())]
    Missing {
        /// Which purpose.
        purpose: KeyPurpose,
    },
    /// A version is there twice, or the integrity key has a second one.
    #[error("version {version} of the {} key should not be there; restore a backup", purpose.as_str())]
    Unexpected {
        /// What it is for.
        purpose: KeyPurpose,
        /// Which version.
        version: u32,
    },
}

/// There can be no further version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NextVersionError {
    /// What is chained under one key cannot go on under another.
    #[error(
        "the integrity key has one version only: a chain that changes its key proves nothing; rotate pepper or seal"
    )]
    Integrity,
}

impl KeyRing {
    /// The first version of each key: the ring, and what to store of it.
    pub fn create(master: &MasterKey, random: &dyn Random, now: Timestamp) -> (Self, Vec<SealedKey>) {
        let keys: Vec<RingKey> = KeyPurpose::ALL.map(|purpose| RingKey::generate(purpose, 1, random, now)).into();
        let sealed = keys.iter().map(|key| key.seal(master, random)).collect();
        (Self::assemble(keys).expect("each purpose has its first key"), sealed)
    }

    /// The ring of stored keys.
    pub fn open(master: &MasterKey, sealed: &[SealedKey]) -> Result<Self, OpenRingError> {
        let opened: Vec<Option<RingKey>> = sealed.iter().map(|key| RingKey::open(key, master)).collect();
        if !opened.is_empty() && opened.iter().all(Option::is_none) {
            return Err(OpenRingError::WrongMasterKey);
        }
        let whole = |(key, sealed): (Option<RingKey>, &SealedKey)| {
            key.ok_or(OpenRingError::Damaged { purpose: sealed.purpose, version: sealed.version })
        };
        Self::assemble(opened.into_iter().zip(sealed).map(whole).collect::<Result<_, _>>()?)
    }

    /// A further version of a key, to be stored. It is in use once the ring is opened anew and the vault has it.
    pub fn next_version(
        &self,
        purpose: KeyPurpose,
        master: &MasterKey,
        random: &dyn Random,
        now: Timestamp,
    ) -> Result<SealedKey, NextVersionError> {
        if purpose == KeyPurpose::Integrity {
            return Err(NextVersionError::Integrity);
        }
        Ok(RingKey::generate(purpose, self.current(purpose) + 1, random, now).seal(master, random))
    }

    /// The same keys sealed under another master key, to be stored in place of the old ones.
    pub fn reseal_under(&self, master: &MasterKey, random: &dyn Random) -> Vec<SealedKey> {
        self.keys.iter().map(|key| key.seal(master, random)).collect()
    }

    /// The version of a key that new things are made with: the highest.
    pub fn current(&self, purpose: KeyPurpose) -> u32 {
        self.versions(purpose).last().copied().unwrap_or_default()
    }

    /// Every version of a key, oldest first.
    pub fn versions(&self, purpose: KeyPurpose) -> Vec<u32> {
        self.keys.iter().filter(|key| key.purpose == purpose).map(|key| key.version).collect()
    }

    /// When a version was made.
    pub fn created_at(&self, purpose: KeyPurpose, version: u32) -> Option<Timestamp> {
        self.keys.iter().find(|key| key.purpose == purpose && key.version == version).map(|key| key.created_at)
    }

    pub(crate) fn pepper(&self, version: u32) -> Option<&MacKey> {
        self.peppers.iter().find(|(candidate, _)| *candidate == version).map(|(_, key)| key)
    }

    pub(crate) fn current_pepper(&self) -> &(u32, MacKey) {
        self.peppers.last().expect("a ring without a pepper is not assembled")
    }

    pub(crate) fn sealing(&self, version: u32) -> Option<&SealingKey> {
        self.seals.iter().find(|(candidate, _)| *candidate == version).map(|(_, key)| key)
    }

    pub(crate) fn current_sealing(&self) -> &(u32, SealingKey) {
        self.seals.last().expect("a ring without a sealing key is not assembled")
    }

    fn assemble(mut keys: Vec<RingKey>) -> Result<Self, OpenRingError> {
        keys.sort_by_key(|key| (key.purpose, key.version));
        let mut seen = BTreeSet::new();
        for key in &keys {
            let (purpose, version) = (key.purpose, key.version);
            let second = purpose == KeyPurpose::Integrity && version != 1;
            if version == 0 || second || !seen.insert((purpose, version)) {
                return Err(OpenRingError::Unexpected { purpose, version });
            }
        }
        let of = |purpose| keys.iter().filter(move |key| key.purpose == purpose);
        if let Some(purpose) = KeyPurpose::ALL.into_iter().find(|purpose| of(*purpose).next().is_none()) {
            return Err(OpenRingError::Missing { purpose });
        }
        let hashing = |key: &RingKey| MacKey::new(&key.bytes[..]);
        let integrity = hashing(of(KeyPurpose::Integrity).next().expect("just found to be there"));
        Ok(Self {
            peppers: of(KeyPurpose::Pepper).map(|key| (key.version, hashing(key))).collect(),
            seals: of(KeyPurpose::Seal).map(|key| (key.version, SealingKey::new(&key.bytes))).collect(),
            integrity,
            keys,
        })
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut ring = f.debug_struct("KeyRing");
        for purpose in KeyPurpose::ALL {
            ring.field(purpose.as_str(), &self.versions(purpose));
        }
        ring.finish_non_exhaustive()
    }
}

impl RingKey {
    fn generate(purpose: KeyPurpose, version: u32, random: &dyn Random, created_at: Timestamp) -> Self {
        Self { purpose, version, bytes: KeyBytes::generate(random), created_at }
    }

    fn seal(&self, master: &MasterKey, random: &dyn Random) -> SealedKey {
        let sealing = SealingKey::new(master.bytes());
        let sealed = sealing.seal(&context(self.purpose, &self.version.to_be_bytes()), &self.bytes[..], random);
        SealedKey { purpose: self.purpose, version: self.version, sealed, created_at: self.created_at }
    }

    fn open(sealed: &SealedKey, master: &MasterKey) -> Option<Self> {
        let sealing = SealingKey::new(master.bytes());
        let plain = sealing.open(&context(sealed.purpose, &sealed.version.to_be_bytes()), &sealed.sealed).ok()?;
        let mut bytes = KeyBytes::default();
        if plain.len() != bytes.len() {
            return None;
        }
        bytes.copy_from_slice(&plain);
        Some(Self { purpose: sealed.purpose, version: sealed.version, bytes, created_at: sealed.created_at })
    }
}

/// What a sealed key is bound to, so that none can be put in the place of another.
fn context(purpose: KeyPurpose, version: &[u8; 4]) -> [&[u8]; 3] {
    [b"keyward key 1", purpose.as_str().as_bytes(), version]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRandom;

    fn now() -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000)
    }

    fn fresh() -> (MasterKey, KeyRing, Vec<SealedKey>) {
        let master = MasterKey::generate(&SystemRandom);
        let (ring, sealed) = KeyRing::create(&master, &SystemRandom, now());
        (master, ring, sealed)
    }

    #[test]
    fn a_ring_reads_back_and_grows() {
        let (master, _, mut sealed) = fresh();
        let ring = KeyRing::open(&master, &sealed).expect("the ring");
        sealed.push(ring.next_version(KeyPurpose::Pepper, &master, &SystemRandom, now()).expect("a second pepper"));
        let grown = KeyRing::open(&master, &sealed).expect("the grown ring");
        assert_eq!(grown.versions(KeyPurpose::Pepper), [1, 2]);
        assert_eq!((grown.current(KeyPurpose::Pepper), grown.current(KeyPurpose::Seal)), (2, 1));
        assert_eq!(grown.created_at(KeyPurpose::Pepper, 2), Some(now()));
        let integrity = grown.next_version(KeyPurpose::Integrity, &master, &SystemRandom, now());
        assert_eq!(integrity.map(|key| key.version), Err(NextVersionError::Integrity));
    }

    #[test]
    fn another_master_key_is_told_from_a_damaged_row() {
        let (master, ring, mut sealed) = fresh();
        let other = MasterKey::generate(&SystemRandom);
        let error = |master: &MasterKey, sealed: &[SealedKey]| KeyRing::open(master, sealed).map(|_| ());
        assert_eq!(error(&other, &sealed), Err(OpenRingError::WrongMasterKey));

        let moved = ring.reseal_under(&other, &SystemRandom);
        assert_eq!(error(&other, &moved), Ok(()));
        assert_eq!(error(&master, &moved), Err(OpenRingError::WrongMasterKey));

        for place in 0..sealed[1].sealed.len() {
            sealed[1].sealed[place] ^= 1;
            assert_eq!(error(&master, &sealed), Err(OpenRingError::Damaged { purpose: KeyPurpose::Seal, version: 1 }));
            sealed[1].sealed[place] ^= 1;
        }
    }

    #[test]
    fn keys_cannot_change_places() {
        let (master, _, mut sealed) = fresh();
        let pepper = sealed[0].sealed.clone();
        sealed[0].sealed = std::mem::replace(&mut sealed[1].sealed, pepper);
        let swapped = KeyRing::open(&master, &sealed).map(|_| ());
        assert_eq!(swapped, Err(OpenRingError::Damaged { purpose: KeyPurpose::Pepper, version: 1 }));
    }

    #[test]
    fn a_ring_has_each_key_once() {
        let (master, _, sealed) = fresh();
        let open = |sealed: &[SealedKey]| KeyRing::open(&master, sealed).map(|_| ());
        assert_eq!(open(&[]), Err(OpenRingError::Missing { purpose: KeyPurpose::Pepper }));
        assert_eq!(open(&sealed[..2]), Err(OpenRingError::Missing { purpose: KeyPurpose::Integrity }));
        let twice: Vec<SealedKey> = sealed.iter().chain(&sealed[..1]).cloned().collect();
        assert_eq!(open(&twice), Err(OpenRingError::Unexpected { purpose: KeyPurpose::Pepper, version: 1 }));
    }
}
