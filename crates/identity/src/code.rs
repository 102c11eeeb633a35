//! Codes that open something: sessions, links, recovery codes. Kept as keyed hashes only.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyward_model::Random;
use keyward_model::integrity::{Mac, hex};
use keyward_vault::Vault;
use zeroize::Zeroizing;

/// 256 random bits as text. Shown once, wiped when dropped.
#[derive(Clone)]
pub struct LinkCode(Zeroizing<String>);

impl LinkCode {
    pub(crate) fn new(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0u8; 32]);
        random.fill(&mut *bytes);
        Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes)))
    }

    /// The code, for its one reader.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LinkCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

/// What a code is good for; part of its hash, so that none opens something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Session,
    Invitation,
    Setup,
    Passkey,
    Recovery,
    Reset,
}

impl Purpose {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Invitation => "invitation",
            Self::Setup => "setup",
            Self::Passkey => "passkey",
            Self::Recovery => "recovery",
            Self::Reset => "reset",
        }
    }
}

/// The hash a code is found by, in hexadecimal.
pub(crate) fn digest(vault: &Vault, purpose: Purpose, code: &str) -> String {
    hex(&vault.mac(&[b"keyward code 1", purpose.as_str().as_bytes(), code.as_bytes()]))
}

/// A code for people to keep or type: 80 random bits in four groups, without letters that look like digits.
pub fn readable_code(random: &dyn Random) -> Zeroizing<String> {
    const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz234567890";
    let mut bytes = Zeroizing::new([0u8; 16]);
    random.fill(&mut *bytes);
    let letters = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)]));
    let mut text = Zeroizing::new(String::with_capacity(19));
    for (place, letter) in letters.enumerate() {
        if place > 0 && place % 4 == 0 {
            text.push('-');
        }
        text.push(letter);
    }
    text
}

/// As it is hashed: small, without what people put between groups.
pub(crate) fn plain_recovery_code(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect())
}
