//! A token as held in memory.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::{ArcSwap, Guard};
use keyward_model::Name;
use keyward_model::app::App;
use keyward_model::team::Team;
use keyward_model::token::{HashKind, Token, TokenHash};

/// A token as held for verifying. It never changes; a change of the token puts another in its place.
pub struct LiveToken {
    /// The token.
    pub token: Token,
    pub(super) hash: LiveHash,
    app: Arc<ArcSwap<App>>,
    team: Arc<ArcSwap<Team>>,
    rehash_asked: AtomicBool,
}

/// A [`TokenHash`] in less room: of a million tokens, most were not made elsewhere.
pub(super) struct LiveHash {
    pub(super) kind: HashKind,
    pub(super) key_version: u32,
    pub(super) digest: [u8; 32],
    foreign: Option<Box<(Option<String>, Option<Name>)>>,
}

impl LiveToken {
    pub(super) fn new(token: Token, hash: TokenHash, app: Arc<ArcSwap<App>>, team: Arc<ArcSwap<Team>>) -> Self {
        Self { token, hash: LiveHash::new(hash), app, team, rehash_asked: AtomicBool::new(false) }
    }

    /// The app it belongs to, as it is at this moment. Meant to be held briefly.
    pub fn app(&self) -> Guard<Arc<App>> {
        self.app.load()
    }

    /// The team it belongs to, as it is at this moment. Meant to be held briefly.
    pub fn team(&self) -> Guard<Arc<Team>> {
        self.team.load()
    }

    /// Whether its hash is what a new token's would be.
    pub(super) fn is_current(&self, pepper: u32) -> bool {
        self.hash.kind == HashKind::Pepper && self.hash.key_version == pepper
    }

    /// Whether the caller is the one to ask for its new hash.
    pub(super) fn begin_rehash(&self) -> bool {
        !self.rehash_asked.load(Ordering::Relaxed) && !self.rehash_asked.swap(true, Ordering::Relaxed)
    }

    /// Leaves the asking to the next use.
    pub(super) fn abandon_rehash(&self) {
        self.rehash_asked.store(false, Ordering::Relaxed);
    }
}

impl LiveHash {
    fn new(hash: TokenHash) -> Self {
        let TokenHash { kind, key_version, digest, key_prefix, key_secret } = hash;
        let foreign = (key_prefix.is_some() || key_secret.is_some()).then(|| Box::new((key_prefix, key_secret)));
        Self { kind, key_version, digest, foreign }
    }

    pub(super) fn key_prefix(&self) -> Option<String> {
        self.foreign.as_ref().and_then(|foreign| foreign.0.clone())
    }

    /// Whether the text begins as the key does.
    pub(super) fn begins(&self, text: &str) -> bool {
        self.foreign.as_ref().and_then(|foreign| foreign.0.as_ref()).is_none_or(|known| text.starts_with(known))
    }

    pub(super) fn key_secret(&self) -> Option<&Name> {
        self.foreign.as_ref().and_then(|foreign| foreign.1.as_ref())
    }
}

impl fmt::Debug for LiveToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveToken").field("token", &self.token).finish_non_exhaustive()
    }
}
