//! What a certificate is recognised by.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::text::textual;

/// The SHA-256 of a certificate in DER, as RFC 8705 confirms it (`x5t#S256`): base64url without padding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thumbprint([u8; 32]);

impl Thumbprint {
    /// Of a hash that was made already.
    pub fn from_sha256(hash: [u8; 32]) -> Self {
        Self(hash)
    }

    /// The hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a thumbprint.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not the thumbprint of a certificate; write its SHA-256 in base64url, or as \
     `openssl x509 -noout -fingerprint -sha256` prints it"
)]
pub struct ThumbprintError(String);

impl FromStr for Thumbprint {
    type Err = ThumbprintError;

    /// Reads base64url (43 characters), or hexadecimal digits with or without colons.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hash = if text.len() == 43 { URL_SAFE_NO_PAD.decode(text).ok() } else { hexadecimal(text) };
        hash.and_then(|hash| hash.try_into().ok()).map(Self).ok_or_else(|| ThumbprintError(text.to_owned()))
    }
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let pairs: Vec<&[u8]> = match text.len() {
        64 => text.as_bytes().chunks(2).collect(),
        95 => text.as_bytes().split(|byte| *byte == b':').collect(),
        _ => return None,
    };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    pairs.into_iter().map(byte).collect()
}

textual!(
    Thumbprint,
    "Thumbprint",
    "The SHA-256 of a certificate (`x5t#S256` of RFC 8705), in base64url without padding. Hexadecimal digits, with or \
     without colons, are read too.",
    "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg0"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_form_is_read_and_one_is_written() {
        // Of RFC 8705, section 3.1, its last bits put right: the example there encodes more than 256.
        let written = "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg0";
        let thumbprint: Thumbprint = written.parse().expect("base64url");
        assert_eq!(thumbprint.to_string(), written);
        let plain: String = thumbprint.as_bytes().iter().map(|byte| format!("{byte:02X}")).collect();
        let colons: Vec<String> = thumbprint.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(plain.parse(), Ok(thumbprint));
        assert_eq!(colons.join(":").parse(), Ok(thumbprint));
    }

    #[test]
    fn what_is_no_sha256_is_refused_with_the_way_to_have_one() {
        let short = "A".repeat(42);
        let sha1 = "AB:".repeat(19) + "AB";
        let loose = "A".repeat(42) + "B";
        let uneven = "A:BC".repeat(16);
        for text in ["", "x", &short, &sha1, &loose, &uneven, &"é".repeat(32), &"+".repeat(64)] {
            let error = text.parse::<Thumbprint>().expect_err(text);
            assert!(error.to_string().contains("-fingerprint -sha256"), "{error}");
        }
    }
}
