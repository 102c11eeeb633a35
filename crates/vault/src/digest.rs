//! Plain hashes, for keys that were made elsewhere.

use aws_lc_rs::constant_time;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// SHA-256 (FIPS 180-4).
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    without_traces(|| Sha256::digest(bytes).into())
}

/// HMAC-SHA-256 (RFC 2104).
pub fn hmac_sha256(key: &[u8], bytes: &[u8]) -> [u8; 32] {
    MacKey::new(key).sign(bytes)
}

/// A key of HMAC-SHA-256, as far into the hash as the key alone leads. Wiped when dropped.
pub(crate) struct MacKey(Hmac<Sha256>);

impl MacKey {
    pub(crate) fn new(key: &[u8]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes keys of any length"))
    }

    /// Which 32 bytes `bytes` have under this key.
    pub(crate) fn sign(&self, bytes: &[u8]) -> [u8; 32] {
        without_traces(|| self.0.clone().chain_update(bytes).finalize().into_bytes().into())
    }
}

/// Runs a hash and wipes the part of the stack that it used. What holds the last block of its input, which for a token is
/// nearly all of it, wipes itself, but not what was moved about or spilled on the way.
fn without_traces(hash: impl FnOnce() -> [u8; 32]) -> [u8; 32] {
    /// Keeps the frames of the hash below this one's, where the wiping then reaches them.
    #[inline(never)]
    fn apart(hash: impl FnOnce() -> [u8; 32]) -> [u8; 32] {
        hash()
    }

    #[inline(never)]
    fn wipe() {
        std::hint::black_box(&mut [0u8; 2048]);
    }

    let digest = apart(hash);
    wipe();
    digest
}

/// Whether both are the same, in a time that depends on their lengths only.
pub fn equal(one: &[u8], other: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(one, other).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_published_test_vectors_hold() {
        // FIPS 180-4, "abc"; RFC 4231, test case 2.
        assert_eq!(hex(&sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(
            hex(&hmac_sha256(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn equal_means_equal() {
        assert!(equal(b"abc", b"abc"));
        assert!(!equal(b"abc", b"abd"));
        assert!(!equal(b"abc", b"ab"));
    }
}
