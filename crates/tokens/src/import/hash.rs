//! How a key made elsewhere is recognised.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use keyward_model::integrity::Mac;
use keyward_model::secret::Hidden;
use keyward_model::token::{HashKind, TokenHash, TokenId};
use keyward_model::{FieldError, Name};
use keyward_vault::{Vault, sha256};
use serde::Deserialize;

use super::ImportToken;

/// The longest key that is looked at; longer ones are none.
pub(crate) const LONGEST_KEY: usize = 512;
const SHORTEST_KEY: usize = 16;

/// What is known of a key made elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum ImportHash {
    /// SHA-256 of the whole key.
    Sha256 {
        /// 64 hexadecimal digits, or base64 with either alphabet.
        digest: String,
    },
    /// HMAC-SHA-256 of the whole key.
    HmacSha256 {
        /// 64 hexadecimal digits, or base64 with either alphabet.
        digest: String,
        /// The secret of the team that holds the key of the HMAC.
        key_secret: Name,
    },
    /// The whole key itself. It is hashed under the pepper at once, and not kept.
    Plain {
        /// 16 to 512 visible ASCII characters.
        key: Hidden,
    },
}

/// What a hash makes of a token.
pub(super) struct Identity {
    pub(super) id: TokenId,
    pub(super) kind: HashKind,
    pub(super) hash: TokenHash,
    pub(super) last_four: String,
}

impl ImportToken {
    /// Reads the hash; none when something is wrong with it.
    pub(super) fn identity(&self, vault: &Vault, errors: &mut Vec<FieldError>) -> Option<Identity> {
        let prefix = self.key_prefix(errors);
        let last_four = self.last_four(errors);
        let (kind, named, mut hash, last_four) = match &self.hash {
            ImportHash::Sha256 { digest } => {
                let digest = read_digest(digest, errors)?;
                (HashKind::Sha256, ("sha256", digest), foreign(HashKind::Sha256, digest, None), last_four)
            }
            ImportHash::HmacSha256 { digest, key_secret } => {
                let digest = read_digest(digest, errors)?;
                let hash = foreign(HashKind::HmacSha256, digest, Some(key_secret.clone()));
                (HashKind::HmacSha256, ("hmac-sha256", digest), hash, last_four)
            }
            ImportHash::Plain { key } => {
                let text = plain_text(key, prefix.as_deref(), errors)?;
                let named = ("sha256", sha256(text.as_bytes()));
                (HashKind::Pepper, named, vault.hash_token(text), text[text.len() - 4..].to_owned())
            }
        };
        hash.key_prefix = prefix;
        Some(Identity { id: id_of(vault, named), kind, hash, last_four })
    }

    fn key_prefix(&self, errors: &mut Vec<FieldError>) -> Option<String> {
        let prefix = self.key_prefix.clone().filter(|prefix| !prefix.is_empty())?;
        if prefix.len() > 64 || !is_visible(&prefix) {
            let remedy = "use at most 64 visible ASCII characters";
            errors.push(FieldError::new("key_prefix", "is nothing that a key begins with", remedy));
        }
        Some(prefix)
    }

    fn last_four(&self, errors: &mut Vec<FieldError>) -> String {
        let last_four = self.last_four.clone().unwrap_or_default();
        // More would be a part of the secret that anybody may read.
        if last_four.len() > 4 || !is_visible(&last_four) {
            let remedy = "give at most four visible ASCII characters";
            errors.push(FieldError::new("last_four", "is not the end of a key", remedy));
            return String::new();
        }
        last_four
    }
}

fn plain_text<'a>(key: &'a Hidden, prefix: Option<&str>, errors: &mut Vec<FieldError>) -> Option<&'a str> {
    let text = key.expose_str().filter(|text| (SHORTEST_KEY..=LONGEST_KEY).contains(&text.len()) && is_visible(text));
    let Some(text) = text else {
        let remedy =
            format!("a key has {SHORTEST_KEY} to {LONGEST_KEY} visible ASCII characters; shorter ones can be guessed");
        errors.push(FieldError::new("hash.key", "is not a key that can be used", remedy));
        return None;
    };
    if prefix.is_some_and(|prefix| !text.starts_with(prefix)) {
        errors.push(FieldError::new("key_prefix", "is not what the key begins with", "correct it, or leave it out"));
    }
    Some(text)
}

fn foreign(kind: HashKind, digest: [u8; 32], key_secret: Option<Name>) -> TokenHash {
    TokenHash { kind, key_version: 0, digest, key_prefix: None, key_secret }
}

fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn read_digest(text: &str, errors: &mut Vec<FieldError>) -> Option<[u8; 32]> {
    let digest = digest(text);
    if digest.is_none() {
        let remedy = "give 64 hexadecimal digits, or 32 bytes in base64";
        errors.push(FieldError::new("hash.digest", "is not a SHA-256 digest", remedy));
    }
    digest
}

fn digest(text: &str) -> Option<[u8; 32]> {
    if text.len() == 64 {
        let mut bytes = [0u8; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        return Some(bytes);
    }
    let text = text.strip_suffix('=').unwrap_or(text);
    let engine = if text.contains(['-', '_']) { &URL_SAFE_NO_PAD } else { &STANDARD_NO_PAD };
    engine.decode(text).ok()?.try_into().ok()
}

/// The id of an imported token follows from its key, so that the same key cannot come in twice, not even after its
/// hash was replaced. A `plain` key goes by its SHA-256, and so meets itself brought in as `sha256`.
fn id_of(vault: &Vault, (kind, digest): (&str, [u8; 32])) -> TokenId {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mac = vault.mac(&[b"keyward import 1", kind.as_bytes(), &digest]);
    let (first, _) = mac.split_at(16);
    let mut rest = u128::from_be_bytes(first.try_into().expect("sixteen bytes"));
    let text: String = (0..12)
        .map(|_| {
            let digit = DIGITS[(rest % 62) as usize];
            rest /= 62;
            char::from(digit)
        })
        .collect();
    text.parse().expect("twelve digits of base62 are an id")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_read_in_every_usual_form() {
        let bytes = sha256(b"a key made elsewhere");
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let padded = base64::engine::general_purpose::STANDARD.encode(bytes);
        for text in [&hex, &hex.to_uppercase(), &padded, &URL_SAFE_NO_PAD.encode(bytes)] {
            assert_eq!(digest(text), Some(bytes), "{text}");
        }
        for bad in ["", "abc", &hex[1..], &format!("{}g", &hex[1..]), &"é".repeat(32), &padded[4..]] {
            assert_eq!(digest(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_plain_key_does_not_show() {
        let body = r#"{"kind":"plain","key":"planted-secret-key"}"#;
        let hash: ImportHash = serde_json::from_str(body).expect("a hash");
        assert!(!format!("{hash:?}").contains("planted"));
    }
}
