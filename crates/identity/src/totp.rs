//! Codes of authenticator apps (RFC 6238): SHA-1, six digits, 30 seconds, one step of skew; each is good once.

use keyward_model::secret::Hidden;
use keyward_model::{Random, Timestamp};
use serde::{Deserialize, Serialize};
use totp_rs::{Algorithm, Builder, Totp};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Seconds of a step.
const STEP: u64 = 30;

/// What is kept, sealed: the secret, and the step of the code that was used last.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct TotpState {
    secret: Vec<u8>,
    used_step: u64,
    /// Whether a code has been shown: until then it is no factor.
    pub(crate) confirmed: bool,
}

impl TotpState {
    /// A new secret of 160 bits.
    pub(crate) fn new(random: &dyn Random) -> Self {
        let mut secret = vec![0u8; 20];
        random.fill(&mut secret);
        Self { secret, used_step: 0, confirmed: false }
    }

    /// Takes a code: whether it is right and was not used before.
    pub(crate) fn take(&mut self, code: &str, now: Timestamp) -> bool {
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return false;
        }
        let seconds = u64::try_from(now.as_millis() / 1000).unwrap_or(0);
        match self.totp().check(&digits, seconds) {
            Some(step) if step > self.used_step => {
                self.used_step = step;
                true
            }
            _ => false,
        }
    }

    /// The secret in Base32, and the address that an app reads from a picture.
    pub(crate) fn shown(&self, account: &str, issuer: &str) -> (Hidden, Hidden) {
        let secret = base32(&self.secret);
        let label = format!("{}:{}", percent(issuer), percent(account));
        let address = format!("otpauth://totp/{label}?secret={secret}&issuer={}", percent(issuer));
        (Hidden::new(secret), Hidden::new(address))
    }

    fn totp(&self) -> Totp {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_skew(1)
            .with_step_duration(STEP)
            .with_secret(self.secret.clone())
            .build_noncompliant()
    }
}

/// RFC 4648 section 6, without padding.
fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let mut bits = [0u8; 8];
        bits[3..3 + chunk.len()].copy_from_slice(chunk);
        let bits = u64::from_be_bytes(bits);
        let letters = (chunk.len() * 8).div_ceil(5);
        text.extend((0..letters).map(|place| char::from(ALPHABET[((bits >> (35 - 5 * place)) & 31) as usize])));
    }
    text
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238 appendix B, of whose codes the last six digits are taken.
    fn reference() -> TotpState {
        TotpState { secret: b"12345678901234567890".to_vec(), used_step: 0, confirmed: true }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")]
        {
            assert!(reference().take(code, at(seconds)), "{seconds}");
            assert!(!reference().take(code, at(seconds + 90)), "it is over at {seconds} + 90");
        }
    }

    #[test]
    fn a_code_is_good_once_and_none_before_it() {
        let mut state = reference();
        assert!(state.take("081 804", at(1_111_111_109)), "as apps show it");
        assert!(!state.take("081804", at(1_111_111_109)));
        let mut earlier = reference();
        assert!(earlier.take("050471", at(1_111_111_111)), "the step after");
        assert!(!earlier.take("081804", at(1_111_111_111)), "within the skew, and before one that was used");
        for bad in ["", "12345", "1234567", "abcdef", "０８１８０４"] {
            assert!(!reference().take(bad, at(1_111_111_109)), "{bad}");
        }
    }

    #[test]
    fn what_an_app_reads_names_account_and_issuer() {
        let (secret, address) = reference().shown("ada@example.com", "Keyward");
        assert_eq!(secret.expose_str(), Some("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"));
        assert_eq!(
            address.expose_str(),
            Some("otpauth://totp/Keyward:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Keyward")
        );
        assert_eq!(base32(b"foob"), "MZXW6YQ");
    }
}
