//! A token as held in memory.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::Guard;
use keyward_model::Name;
use keyward_model::app::{App, AppId};
use keyward_model::team::{Team, TeamId};
use keyward_model::token::{CompactToken, HashKind, TokenFacts, TokenHash};

use super::cells::{AppCell, TeamCell};

/// A token as held for verifying. It never changes; a change of the token puts another in its place.
pub struct LiveToken {
    /// The token.
    pub token: CompactToken,
    pub(super) hash: LiveHash,
    app: Arc<AppCell>,
    team: Arc<TeamCell>,
}

/// A [`TokenHash`] in less room: of a million tokens, most were not made elsewhere. What changes of a live token fits
/// beside it.
pub(super) struct LiveHash {
    pub(super) kind: HashKind,
    pub(super) key_version: u32,
    pub(super) digest: [u8; 32],
    foreign: Option<Box<(Option<String>, Option<Name>)>>,
    rehash_asked: AtomicBool,
    removed: AtomicBool,
}

impl LiveToken {
    pub(super) fn new(token: CompactToken, hash: TokenHash, app: Arc<AppCell>, team: Arc<TeamCell>) -> Self {
        Self { token, hash: LiveHash::new(hash), app, team }
    }

    /// What the checks of a call look at.
    pub fn facts(&self) -> TokenFacts<'_> {
        self.token.facts(self.team.id, self.app.id)
    }

    /// The id of the app it belongs to.
    pub fn app_id(&self) -> AppId {
        self.app.id
    }

    /// The id of the team it belongs to.
    pub fn team_id(&self) -> TeamId {
        self.team.id
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
        let asked = &self.hash.rehash_asked;
        !asked.load(Ordering::Relaxed) && !asked.swap(true, Ordering::Relaxed)
    }

    /// Leaves the asking to the next use.
    pub(super) fn abandon_rehash(&self) {
        self.hash.rehash_asked.store(false, Ordering::Relaxed);
    }

    /// Whether it stands in the table for those behind it only.
    pub(super) fn is_removed(&self) -> bool {
        self.hash.removed.load(Ordering::Acquire)
    }

    /// Takes it out of the table's sight.
    pub(super) fn mark_removed(&self) {
        self.hash.removed.store(true, Ordering::Release);
    }
}

impl LiveHash {
    fn new(hash: TokenHash) -> Self {
        let TokenHash { kind, key_version, digest, key_prefix, key_secret } = hash;
        let foreign = (key_prefix.is_some() || key_secret.is_some()).then(|| Box::new((key_prefix, key_secret)));
        let (rehash_asked, removed) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { kind, key_version, digest, foreign, rehash_asked, removed }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_fits_its_room() {
        // With the counts of its `Arc`, a block of 160 bytes, which allocators have a size for.
        assert!(std::mem::size_of::<LiveToken>() <= 144, "{}", std::mem::size_of::<LiveToken>());
    }
}
