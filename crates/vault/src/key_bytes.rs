//! The bytes of a key.

use std::ops::{Deref, DerefMut};

use keyward_model::Random;
use zeroize::Zeroizing;

/// 32 bytes in a place of their own: moving the key leaves no copy behind, and dropping it wipes them.
#[derive(Clone)]
pub(crate) struct KeyBytes(Box<Zeroizing<[u8; 32]>>);

impl KeyBytes {
    /// Fresh ones.
    pub(crate) fn generate(random: &dyn Random) -> Self {
        let mut bytes = Self::default();
        random.fill(&mut bytes[..]);
        bytes
    }
}

impl Default for KeyBytes {
    /// Zeros, to be filled.
    fn default() -> Self {
        Self(Box::new(Zeroizing::new([0; 32])))
    }
}

impl Deref for KeyBytes {
    type Target = [u8; 32];
    fn deref(&self) -> &[u8; 32] {
        &self.0
    }
}

impl DerefMut for KeyBytes {
    fn deref_mut(&mut self) -> &mut [u8; 32] {
        &mut self.0
    }
}
