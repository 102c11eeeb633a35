//! Sealing with AES-256-GCM (NIST SP 800-38D): `nonce | ciphertext | tag`, bound to a context.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use keyward_model::Random;
use zeroize::Zeroizing;

/// A key for sealing. aws-lc wipes it when it is dropped.
pub(crate) struct SealingKey(LessSafeKey);

/// The bytes were not sealed with this key and context, or were changed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unopened;

impl SealingKey {
    pub(crate) fn new(bytes: &[u8; 32]) -> Self {
        Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, bytes).expect("AES-256 takes 32 bytes")))
    }

    /// Seals `plain`. The nonce is random: one key may seal 2^32 times before two nonces are likely to meet.
    pub(crate) fn seal(&self, context: &[&[u8]], plain: &[u8], random: &dyn Random) -> Vec<u8> {
        let mut nonce = [0u8; NONCE_LEN];
        random.fill(&mut nonce);
        // Room for the whole, so that growing leaves no copy of the plain text behind.
        let mut sealed = Vec::with_capacity(NONCE_LEN + plain.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let tag = self
            .0
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(joined(context)),
                &mut sealed[NONCE_LEN..],
            )
            .expect("AES-GCM seals up to 64 GiB");
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    /// Opens what [`Self::seal`] made with the same context.
    pub(crate) fn open(&self, context: &[&[u8]], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        let (nonce, body) = sealed.split_at_checked(NONCE_LEN).ok_or(Unopened)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Unopened)?;
        let mut work = Zeroizing::new(body.to_vec());
        let plain = self.0.open_in_place(nonce, Aad::from(joined(context)), &mut work).map_err(|_| Unopened)?.len();
        work.truncate(plain);
        Ok(work)
    }
}

/// The parts of a context, each with its length before it, so that no two contexts read the same.
fn joined(parts: &[&[u8]]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        joined.extend_from_slice(&length(part));
        joined.extend_from_slice(part);
    }
    joined
}

/// The length of a part as it is written before it.
pub(crate) fn length(part: &[u8]) -> [u8; 8] {
    (part.len() as u64).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRandom;

    #[test]
    fn a_context_cut_elsewhere_is_another_context() {
        let key = SealingKey::new(&[7; 32]);
        let sealed = key.seal(&[b"ab", b"c"], b"plain", &SystemRandom);
        assert_eq!(key.open(&[b"ab", b"c"], &sealed).map(|plain| plain.to_vec()), Ok(b"plain".to_vec()));
        assert_eq!(key.open(&[b"a", b"bc"], &sealed), Err(Unopened));
        assert_eq!(key.open(&[b"abc"], &sealed), Err(Unopened));
    }

    #[test]
    fn no_two_seals_are_alike_and_short_bytes_are_refused() {
        let key = SealingKey::new(&[7; 32]);
        assert_ne!(key.seal(&[], b"plain", &SystemRandom), key.seal(&[], b"plain", &SystemRandom));
        for length in 0..28 {
            assert_eq!(key.open(&[], &vec![0; length]), Err(Unopened), "{length} bytes");
        }
    }
}
