//! The text of a token: `<prefix>_<id><secret><check>`.
//!
//! The prefix is 2 to 12 of `a-z0-9`; id (12), secret (32) and check (6) are base62 without separators.
//! The check is CRC-32 of everything before it, so that a typo or a fake is refused, and a scanner
//! can tell a real token, without a look-up. The secret holds more than 190 bits.

use std::fmt;
use std::str::FromStr;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::Random;
use crate::text::textual;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ID: usize = 12;
const SECRET: usize = 32;
const CHECK: usize = 6;

/// The public id of a token: 12 of base62.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId([u8; ID]);

impl TokenId {
    /// A fresh id, for tokens that were made elsewhere.
    pub fn random(random: &dyn Random) -> Self {
        let mut id = [0u8; ID];
        fill_base62(random, &mut id);
        Self(id)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The id as text, in bytes.
    pub fn as_bytes(&self) -> &[u8; ID] {
        &self.0
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not the id of a token.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id of a token is 12 letters and digits: the ones that follow its prefix and underscore")]
pub struct TokenIdError;

impl FromStr for TokenId {
    type Err = TokenIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id: [u8; ID] = text.as_bytes().try_into().map_err(|_| TokenIdError)?;
        if id.iter().all(u8::is_ascii_alphanumeric) { Ok(Self(id)) } else { Err(TokenIdError) }
    }
}

textual!(TokenId, "TokenId", "The public id of a token: 12 letters and digits.", "4fTz0aB9cD3e");

/// What a team's tokens begin with: 2 to 12 of `a-z0-9`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenPrefix(Box<str>);

impl TokenPrefix {
    /// What tokens begin with where their team has not chosen otherwise.
    pub const USUAL: &'static str = "kw";

    /// No prefix: that of a token made elsewhere. No text parses to it.
    pub fn none() -> Self {
        Self("".into())
    }

    /// Whether it is that of a token made elsewhere.
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// The prefix as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for TokenPrefix {
    fn default() -> Self {
        Self(Self::USUAL.into())
    }
}

impl fmt::Display for TokenPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TokenPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not a token prefix.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a token prefix is 2 to 12 of a-z and 0-9")]
pub struct TokenPrefixError;

impl FromStr for TokenPrefix {
    type Err = TokenPrefixError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_prefix(text) { Ok(Self(text.into())) } else { Err(TokenPrefixError) }
    }
}

fn is_prefix(text: &str) -> bool {
    (2..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

textual!(TokenPrefix, "TokenPrefix", "2 to 12 of a-z and 0-9.", "kw");

/// The whole text of a token. Wiped when dropped, not shown by `Debug`.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct TokenText(String);

impl TokenText {
    /// Takes over the text of a token made elsewhere.
    pub fn foreign(text: String) -> Self {
        Self(text)
    }

    /// The text, for whoever has a reason.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The last four characters, which may be shown.
    pub fn last_four(&self) -> String {
        let start = self.0.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
        // Of a short text made elsewhere, four characters would be most of the secret.
        if self.0.len() >= 16 { self.0[start..].to_owned() } else { String::new() }
    }
}

impl fmt::Debug for TokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

/// Makes a token: its id and its whole text.
pub fn generate(prefix: &TokenPrefix, random: &dyn Random) -> (TokenId, TokenText) {
    let mut body = [0u8; ID + SECRET];
    fill_base62(random, &mut body);
    let mut id = [0u8; ID];
    id.copy_from_slice(&body[..ID]);
    // Room for the whole, so that no copy of a part is left behind by growing.
    let mut text = String::with_capacity(prefix.0.len() + 1 + ID + SECRET + CHECK);
    text.push_str(&prefix.0);
    text.push('_');
    text.extend(body.iter().map(|byte| char::from(*byte)));
    let check = check_of(text.as_bytes());
    text.extend(check.iter().map(|byte| char::from(*byte)));
    body.zeroize();
    (TokenId(id), TokenText(text))
}

/// A well-formed token as a caller presented it. It may still be unknown.
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    /// The id it names.
    pub id: TokenId,
    /// The prefix it begins with.
    pub prefix: &'a str,
}

/// The text is not a token: mistyped, cut off, or never one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a well-formed token")]
pub struct MalformedToken;

impl<'a> Presented<'a> {
    /// Reads the text of a token and holds it against its check. No look-up, no allocation.
    pub fn parse(text: &'a str) -> Result<Self, MalformedToken> {
        let underscore = text.len().checked_sub(ID + SECRET + CHECK + 1).ok_or(MalformedToken)?;
        let bytes = text.as_bytes();
        if bytes[underscore] != b'_' || !is_prefix(&text[..underscore]) {
            return Err(MalformedToken);
        }
        let (body, check) = bytes.split_at(bytes.len() - CHECK);
        if check != check_of(body) || !body[underscore + 1..].iter().all(u8::is_ascii_alphanumeric) {
            return Err(MalformedToken);
        }
        let mut id = [0u8; ID];
        id.copy_from_slice(&bytes[underscore + 1..underscore + 1 + ID]);
        Ok(Self { id: TokenId(id), prefix: &text[..underscore] })
    }
}

/// CRC-32 (IEEE 802.3) of `body` as six base62 digits, most significant first.
fn check_of(body: &[u8]) -> [u8; CHECK] {
    let mut rest = crc32fast::hash(body);
    let mut check = [b'0'; CHECK];
    for digit in check.iter_mut().rev() {
        *digit = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    check
}

/// Fills `text` with base62 digits, each as likely as any other: bytes of 248 and more are thrown away.
fn fill_base62(random: &dyn Random, text: &mut [u8]) {
    let mut pool = [0u8; 64];
    let mut place = 0;
    while place < text.len() {
        random.fill(&mut pool);
        for byte in pool.iter().filter(|byte| **byte < 248) {
            if place == text.len() {
                break;
            }
            text[place] = ALPHABET[usize::from(byte % 62)];
            place += 1;
        }
    }
    pool.zeroize();
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::atomic::{AtomicU64, Ordering};

    use proptest::prelude::*;

    use super::*;

    /// SplitMix64: spread well enough to look random, and the same in every run.
    struct Counting(AtomicU64);

    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
                z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                *byte = (z ^ (z >> 31)).to_le_bytes()[0];
            }
        }
    }

    fn token(seed: u64, prefix: &str) -> (TokenId, TokenText) {
        generate(&prefix.parse().expect("a prefix"), &Counting(AtomicU64::new(seed)))
    }

    proptest! {
        #[test]
        fn every_generated_token_parses(seed: u64, prefix in "[a-z0-9]{2,12}") {
            let (id, text) = token(seed, &prefix);
            let presented = Presented::parse(text.expose()).expect("a well-formed token");
            prop_assert_eq!(presented.id, id);
            prop_assert_eq!(presented.prefix, prefix.as_str());
            prop_assert_eq!(text.expose().len(), prefix.len() + 51);
        }

        #[test]
        fn any_single_changed_character_fails_the_check(seed: u64, prefix in "[a-z0-9]{2,12}") {
            let (_, text) = token(seed, &prefix);
            for place in 0..text.expose().len() {
                for other in (0x20u8..0x7f).filter(|byte| *byte != text.expose().as_bytes()[place]) {
                    let mut changed = text.expose().as_bytes().to_vec();
                    changed[place] = other;
                    let changed = String::from_utf8(changed).expect("still text");
                    prop_assert!(Presented::parse(&changed).is_err(), "{} at {}", changed, place);
                }
            }
        }

        #[test]
        fn foreign_text_never_panics(text: String) {
            let _ = Presented::parse(&text);
        }
    }

    #[test]
    fn no_two_tokens_share_an_id() {
        let random = Counting(AtomicU64::new(1));
        let prefix = TokenPrefix::default();
        let ids: HashSet<TokenId> = (0..100_000).map(|_| generate(&prefix, &random).0).collect();
        assert_eq!(ids.len(), 100_000);
    }

    #[test]
    fn the_digits_are_even() {
        let random = Counting(AtomicU64::new(7));
        let mut text = vec![0u8; 620_000];
        fill_base62(&random, &mut text);
        for digit in ALPHABET {
            let count = text.iter().filter(|byte| *byte == digit).count();
            assert!((9_400..10_600).contains(&count), "{} came {count} times", char::from(*digit));
        }
    }

    #[test]
    fn a_token_does_not_show() {
        let (_, text) = token(3, "kw");
        assert_eq!(format!("{text:?}"), "[hidden]");
        assert_eq!(text.last_four().len(), 4);
        assert_eq!(TokenText::foreign("short".to_owned()).last_four(), "");
    }
}
