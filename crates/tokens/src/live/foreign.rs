//! Keys made elsewhere: found by their digest, since they name no id.
//!
//! Keys brought in the same way share a scheme. A text is put through each scheme once, and of schemes whose keys
//! all begin with a fixed text, only where it begins so.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use keyward_model::Name;
use keyward_model::secret::Hidden;
use keyward_model::team::TeamId;
use keyward_model::token::{HashKind, TokenId};
use keyward_vault::{Vault, equal, hmac_sha256, sha256};

use super::LiveToken;
use crate::import::LONGEST_KEY;

/// The keys made elsewhere.
#[derive(Default)]
pub(super) struct Foreign {
    ids: papaya::HashMap<Half, TokenId, foldhash::fast::RandomState>,
    schemes: ArcSwap<Vec<Scheme>>,
    /// Counts the digests let go of, each before it goes.
    removed: AtomicU64,
    /// How many keys each scheme and beginning has. Only the writer comes here.
    counts: Mutex<BTreeMap<Way, BTreeMap<Option<String>, usize>>>,
}

/// Half of a digest: no two keys have the same, and it is less to hold. The whole of it decides.
type Half = [u8; 16];

fn half(digest: &[u8; 32]) -> Half {
    digest[..16].try_into().unwrap_or_default()
}

/// How a digest is made of a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    Pepper(u32),
    Sha256,
    Hmac { team: TeamId, secret: Name },
}

/// A way, and the beginnings of the keys that go it.
struct Scheme {
    way: Way,
    /// The key of an HMAC; none while its secret cannot be had.
    key: Option<Hidden>,
    beginnings: Vec<Option<String>>,
}

impl Foreign {
    /// The token whose key the text is.
    pub(super) fn find(
        &self,
        text: &str,
        vault: &Vault,
        by_id: impl Fn(TokenId) -> Option<Arc<LiveToken>>,
    ) -> Option<Arc<LiveToken>> {
        if text.len() > LONGEST_KEY {
            return None;
        }
        loop {
            let removed = self.removed.load(Ordering::Acquire);
            let found = self.look(text, vault, &by_id);
            // While a key changes the way it is found, a search may look for the new way too early and for the old
            // one too late. It looks again.
            if found.is_some() || self.removed.load(Ordering::Acquire) == removed {
                return found;
            }
        }
    }

    fn look(
        &self,
        text: &str,
        vault: &Vault,
        by_id: impl Fn(TokenId) -> Option<Arc<LiveToken>>,
    ) -> Option<Arc<LiveToken>> {
        let schemes = self.schemes.load();
        schemes.iter().filter(|scheme| scheme.may_be(text)).find_map(|scheme| {
            let digest = scheme.digest(text, vault)?;
            let id = *self.ids.pin().get(&half(&digest))?;
            let token = by_id(id)?;
            // Found in one way, it may be kept in another by now; its own decides.
            let way = Way::of(&token)?;
            let own = match schemes.iter().find(|scheme| scheme.way == way) {
                Some(own) if own.way == scheme.way => digest,
                Some(own) => own.digest(text, vault)?,
                None => way.digest(None, text, vault)?,
            };
            (token.hash.begins(text) && equal(&token.hash.digest, &own)).then_some(token)
        })
    }

    /// Whether the text begins as some keys made elsewhere always do.
    pub(super) fn expects(&self, text: &str) -> bool {
        let begins = |beginning: &Option<String>| beginning.as_ref().is_some_and(|known| text.starts_with(known));
        text.len() <= LONGEST_KEY && self.schemes.load().iter().any(|scheme| scheme.beginnings.iter().any(begins))
    }

    /// Whether two states of a token are found in the same way.
    pub(super) fn same_key(one: &LiveToken, other: &LiveToken) -> bool {
        let prefixes = || one.hash.key_prefix() == other.hash.key_prefix();
        one.hash.digest == other.hash.digest && Way::of(one) == Way::of(other) && prefixes()
    }

    /// Makes room for that many keys at once.
    pub(super) fn expect(&self, keys: usize) {
        self.ids.pin().reserve(keys);
    }

    /// Takes over a token; says whether the schemes have to be made anew.
    pub(super) fn put(&self, token: &LiveToken) -> bool {
        let Some(way) = Way::of(token) else { return false };
        let ids = self.ids.pin();
        let half = half(&token.hash.digest);
        if let Some(other) = ids.get(&half).filter(|other| **other != token.token.id()) {
            // One key brought in twice, in ways that could not be told to be the same: the first stays.
            tracing::warn!(kept = %other, ignored = %token.token.id(), "two imported tokens have the same key");
            return false;
        }
        if ids.insert(half, token.token.id()).is_some() {
            return false;
        }
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(way).or_default().entry(token.hash.key_prefix()).or_default();
        *count += 1;
        *count == 1
    }

    /// Lets go of a token; says whether the schemes have to be made anew.
    pub(super) fn remove(&self, token: &LiveToken) -> bool {
        let Some(way) = Way::of(token) else { return false };
        let ids = self.ids.pin();
        let half = half(&token.hash.digest);
        if ids.get(&half) != Some(&token.token.id()) {
            return false;
        }
        self.removed.fetch_add(1, Ordering::Release);
        ids.remove(&half);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(beginnings) = counts.get_mut(&way) else { return false };
        let beginning = token.hash.key_prefix();
        let left = beginnings.get_mut(&beginning).map_or(0, |count| {
            *count -= 1;
            *count
        });
        if left == 0 {
            beginnings.remove(&beginning);
            if beginnings.is_empty() {
                counts.remove(&way);
            }
        }
        left == 0
    }

    /// The secrets that hold keys of HMACs.
    pub(super) fn secrets(&self) -> Vec<(TeamId, Name)> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let secret = |way: &Way| match way {
            Way::Hmac { team, secret } => Some((*team, secret.clone())),
            _ => None,
        };
        counts.keys().filter_map(secret).collect()
    }

    /// Makes the schemes anew.
    pub(super) fn publish(&self, mut keys: BTreeMap<(TeamId, Name), Hidden>) {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let schemes = counts.iter().map(|(way, beginnings)| Scheme {
            way: way.clone(),
            key: match way {
                Way::Hmac { team, secret } => keys.remove(&(*team, secret.clone())),
                _ => None,
            },
            beginnings: beginnings.keys().cloned().collect(),
        });
        self.schemes.store(Arc::new(schemes.collect()));
    }
}

impl Way {
    /// The way of a token; none of one that Keyward made.
    fn of(token: &LiveToken) -> Option<Self> {
        token.token.imported()?;
        match token.hash.kind {
            HashKind::Pepper => Some(Self::Pepper(token.hash.key_version)),
            HashKind::Sha256 => Some(Self::Sha256),
            HashKind::HmacSha256 => {
                Some(Self::Hmac { team: token.team_id(), secret: token.hash.key_secret()?.clone() })
            }
        }
    }

    fn digest(&self, key: Option<&Hidden>, text: &str, vault: &Vault) -> Option<[u8; 32]> {
        match self {
            Self::Pepper(version) => vault.pepper_digest(*version, text),
            Self::Sha256 => Some(sha256(text.as_bytes())),
            Self::Hmac { .. } => key.map(|key| hmac_sha256(key.expose(), text.as_bytes())),
        }
    }
}

impl Scheme {
    fn may_be(&self, text: &str) -> bool {
        self.beginnings.iter().any(|beginning| beginning.as_ref().is_none_or(|known| text.starts_with(known)))
    }

    fn digest(&self, text: &str, vault: &Vault) -> Option<[u8; 32]> {
        self.way.digest(self.key.as_ref(), text, vault)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use keyward_model::Timestamp;
    use keyward_model::token::TokenHash;
    use keyward_vault::{KeyRing, MasterKey, SystemRandom};

    use super::super::tests::live_token_with;
    use super::*;

    const KEY: &str = "sk_live_9f8e7d6c5b4a39281706";

    fn imported(hash: TokenHash) -> Arc<LiveToken> {
        live_token_with(serde_json::json!({ "imported": "sha256" }), hash)
    }

    fn vault() -> Vault {
        let master = MasterKey::generate(&SystemRandom);
        Vault::new(KeyRing::create(&master, &SystemRandom, Timestamp::default()).0, Arc::new(SystemRandom))
    }

    fn under_sha256() -> Arc<LiveToken> {
        let digest = sha256(KEY.as_bytes());
        imported(TokenHash { kind: HashKind::Sha256, key_version: 0, digest, key_prefix: None, key_secret: None })
    }

    #[test]
    fn a_key_that_changes_its_way_under_a_search_is_found() {
        let (vault, foreign) = (vault(), Foreign::default());
        let (old, new) = (under_sha256(), imported(vault.hash_token(KEY)));
        assert!(foreign.put(&old), "a new way");
        foreign.publish(BTreeMap::new());
        let changed = Cell::new(false);
        let found = foreign.find(KEY, &vault, |_| {
            // The writer is faster than the search, which knows only the old way.
            if !changed.replace(true) {
                assert!(foreign.put(&new));
                foreign.publish(BTreeMap::new());
                assert!(foreign.remove(&old));
                foreign.publish(BTreeMap::new());
            }
            Some(new.clone())
        });
        assert!(changed.get() && found.is_some());
        assert!(foreign.find(KEY, &vault, |_| Some(new.clone())).is_some(), "and afterwards");
    }

    #[test]
    fn what_is_let_go_of_is_not_found_and_its_way_not_gone() {
        let (vault, foreign, token) = (vault(), Foreign::default(), under_sha256());
        foreign.put(&token);
        assert!(!foreign.put(&token), "told twice");
        foreign.publish(BTreeMap::new());
        assert_eq!(foreign.schemes.load().len(), 1);
        assert!(foreign.remove(&token));
        foreign.publish(BTreeMap::new());
        assert_eq!(foreign.schemes.load().len(), 0);
        assert!(foreign.find(KEY, &vault, |_| Some(token.clone())).is_none());
        assert!(!foreign.remove(&token), "told twice");
    }

    #[test]
    fn of_two_tokens_with_one_key_the_first_stays() {
        let (vault, foreign, first) = (vault(), Foreign::default(), under_sha256());
        let digest = sha256(KEY.as_bytes());
        let hash = TokenHash { kind: HashKind::Sha256, key_version: 0, digest, key_prefix: None, key_secret: None };
        let second = live_token_with(serde_json::json!({ "id": "aaaaaaaaaaaa", "imported": "sha256" }), hash);
        foreign.put(&first);
        foreign.put(&second);
        foreign.publish(BTreeMap::new());
        let asked = Cell::new(None);
        foreign.find(KEY, &vault, |id| {
            asked.set(Some(id));
            Some(first.clone())
        });
        assert_eq!(asked.get(), Some(first.token.id()));
        foreign.remove(&second);
        assert!(foreign.find(KEY, &vault, |_| Some(first.clone())).is_some(), "the second took nothing along");
    }
}
