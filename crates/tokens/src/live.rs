//! Every token of the installation in memory, for verifying what a caller presents.
//!
//! Reading takes no lock and allocates nothing; one writer, the change feed, keeps it up. One change among a
//! million tokens costs one entry: apps and teams are held once and shared by their tokens.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use keyward_model::app::AppSpec;
use keyward_model::check::{Check, CheckName, Silent, Trace, Verdict};
use keyward_model::team::TeamSpec;
use keyward_model::token::{HashKind, Presented, SharedParts, TokenHash, TokenId};
use keyward_model::{Code, Denial};
use keyward_store::Store;
use keyward_vault::{Vault, equal};
use tokio::sync::mpsc;

mod cells;
mod follow;
mod foreign;
mod table;
mod token;

use cells::Cells;
use foreign::Foreign;
use table::Table;
pub use token::LiveToken;

/// How many tokens may wait for their new hash; of more, the next use asks again.
const REHASHES: usize = 1024;

/// Every token of the installation, dead ones included: whoever holds a dead token is told so.
pub struct Live {
    store: Store,
    vault: Arc<Vault>,
    tokens: Table,
    parts: Arc<SharedParts>,
    foreign: Foreign,
    apps: Cells<AppSpec>,
    teams: Cells<TeamSpec>,
    out_of_date: mpsc::Sender<Rehash>,
    rehashes: Mutex<Option<mpsc::Receiver<Rehash>>>,
    /// Taken while keys of imported tokens are fetched and published, so that older ones never replace newer ones.
    publishing: tokio::sync::Mutex<()>,
}

/// A token that was met with a hash that is out of date, and the hash it is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehash {
    /// Which token.
    pub id: TokenId,
    /// Its team.
    pub team: keyward_model::team::TeamId,
    /// The hash under the current pepper.
    pub hash: TokenHash,
}

impl Live {
    /// Empty; a `Follower` fills it and keeps it up.
    pub fn new(store: Store, vault: Arc<Vault>) -> Arc<Self> {
        let (out_of_date, rehashes) = mpsc::channel(REHASHES);
        Arc::new(Self {
            store,
            vault,
            tokens: Table::default(),
            parts: Arc::default(),
            foreign: Foreign::default(),
            apps: Cells::default(),
            teams: Cells::default(),
            out_of_date,
            rehashes: Mutex::new(Some(rehashes)),
            publishing: tokio::sync::Mutex::default(),
        })
    }

    /// The token with this text, or why there is none: `token_malformed` or `token_unknown`.
    /// Whether it may be used is not asked here.
    pub fn present(&self, text: &str) -> Result<Arc<LiveToken>, Denial> {
        self.present_traced(text, &mut Silent)
    }

    /// As [`Live::present`], and notes the checks `well_formed` and `known`.
    pub fn present_traced<T: Trace>(&self, text: &str, trace: &mut T) -> Result<Arc<LiveToken>, Denial> {
        let presented = Presented::parse(text).ok();
        let by_id = presented.and_then(|presented| self.matching(presented.id, text));
        let found = by_id.or_else(|| self.foreign.find(text, &self.vault, |id| self.by_id(id)));
        if presented.is_none() && found.is_none() && !self.foreign.expects(text) {
            trace.note(|| malformed_check(text));
            return Err(malformed());
        }
        trace.note(|| well_formed_check(presented));
        let Some(found) = found else {
            trace.note(|| unknown_check(presented));
            return Err(unknown());
        };
        trace.note(|| known_check(&found));
        if !found.is_current(self.vault.current_pepper()) {
            self.ask_for_rehash(&found, text);
        }
        Ok(found)
    }

    /// The token with this id.
    pub fn by_id(&self, id: TokenId) -> Option<Arc<LiveToken>> {
        self.tokens.get(id)
    }

    /// How many there are, dead ones included.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tokens.len() == 0
    }

    /// Looks at each token. What changes meanwhile may be seen before or after the change.
    pub fn for_each(&self, mut look: impl FnMut(&LiveToken)) {
        self.tokens.for_each(|token| look(token));
    }

    /// The tokens met whose hash is out of date; only the first caller gets them.
    pub fn rehashes(&self) -> Option<mpsc::Receiver<Rehash>> {
        self.rehashes.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The token with this id, if the text is its own. An id that nobody has takes as much work as one that somebody
    /// has, so that the time tells nothing.
    fn matching(&self, id: TokenId, text: &str) -> Option<Arc<LiveToken>> {
        let found = self.by_id(id).filter(|token| token.hash.kind == HashKind::Pepper);
        let under_its_own = found.as_ref().and_then(|token| self.vault.pepper_digest(token.hash.key_version, text));
        let digest = under_its_own.unwrap_or_else(|| self.vault.hash_token(text).digest);
        let expected = found.as_ref().map_or(&[0; 32], |token| &token.hash.digest);
        let same = equal(&digest, expected);
        found.filter(|_| same)
    }

    fn ask_for_rehash(&self, token: &LiveToken, text: &str) {
        if !token.begin_rehash() {
            return;
        }
        let hash = TokenHash { key_prefix: token.hash.key_prefix(), ..self.vault.hash_token(text) };
        let rehash = Rehash { id: token.token.id(), team: token.team_id(), hash };
        if self.out_of_date.try_send(rehash).is_err() {
            token.abandon_rehash();
        }
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Live({} tokens)", self.len())
    }
}

fn malformed() -> Denial {
    let detail = "The token is mistyped or cut off. Copy it again, the whole of it.";
    Denial::new(Code::TokenMalformed, "the format of tokens", detail)
}

/// What is said of a token that nobody has; also of one that the asker may not know of.
pub(crate) fn unknown() -> Denial {
    let detail =
        "No token with this secret exists here. Check that it is meant for this installation, or make a new one.";
    Denial::new(Code::TokenUnknown, "no token has this id and secret", detail)
}

fn malformed_check(text: &str) -> Check {
    Check {
        check: CheckName::WellFormed,
        verdict: Verdict::Fail,
        seen: format!("{} characters", text.chars().count()),
        rule: "prefix, underscore, id, secret and six check characters that fit".to_owned(),
        remedy: Some("copy the token again, the whole of it".to_owned()),
    }
}

fn well_formed_check(presented: Option<Presented<'_>>) -> Check {
    let seen = match presented {
        Some(Presented { id, prefix }) => format!("{prefix}_{id}…"),
        None => "a key made elsewhere".to_owned(),
    };
    let rule = "the check characters fit, or the key may be one that was brought in";
    Check { check: CheckName::WellFormed, verdict: Verdict::Pass, seen, rule: rule.to_owned(), remedy: None }
}

fn known_check(token: &LiveToken) -> Check {
    let LiveToken { token, hash, .. } = token;
    let rule = match hash.kind {
        HashKind::Pepper => format!("its hash under pepper version {} is the one kept", hash.key_version),
        kind => format!("its {} is the one brought in", kind.as_str()),
    };
    let seen = format!("token {} (`{}`)", token.id(), token.name());
    Check { check: CheckName::Known, verdict: Verdict::Pass, seen, rule, remedy: None }
}

fn unknown_check(presented: Option<Presented<'_>>) -> Check {
    Check {
        check: CheckName::Known,
        verdict: Verdict::Fail,
        seen: presented.map_or_else(|| "a key made elsewhere".to_owned(), |presented| format!("id {}", presented.id)),
        rule: "some token has this id and secret".to_owned(),
        remedy: Some("check that the token is meant for this installation, or make a new one".to_owned()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use keyward_model::app::AppSpec;
    use keyward_model::id::Id;
    use keyward_model::team::TeamSpec;
    use keyward_model::token::{CompactToken, HashKind, SharedParts, TokenHash, TokenId};
    use keyward_model::{Record, Resource, Timestamp};

    use super::cells::Cell;
    use super::*;

    /// A token that stands alone.
    pub(crate) fn live_token(id: TokenId, version: u64) -> Arc<LiveToken> {
        let hash =
            TokenHash { kind: HashKind::Pepper, key_version: 1, digest: [0; 32], key_prefix: None, key_secret: None };
        live_token_with(serde_json::json!({ "id": id, "version": version }), hash)
    }

    /// A token that stands alone, with the fields of `with` in place of the usual ones.
    pub(crate) fn live_token_with(with: serde_json::Value, hash: TokenHash) -> Arc<LiveToken> {
        let mut document = serde_json::json!({
            "id": "4fTz0aB9cD3e", "team": Id::<TeamSpec>::from_uuid(uuid::Uuid::nil()),
            "app": Id::<AppSpec>::from_uuid(uuid::Uuid::nil()), "last_four": "", "version": 1, "state": "active",
            "name": "old key", "created_at": "2030-01-01T00:00:00Z", "updated_at": "2030-01-01T00:00:00Z",
        });
        document.as_object_mut().expect("an object").extend(with.as_object().expect("an object").clone());
        let (token, ..) = CompactToken::read(&document.to_string(), &SharedParts::default()).expect("a token");
        Arc::new(LiveToken::new(token, hash, cell(AppSpec::default()), cell(TeamSpec::default())))
    }

    fn cell<T: Resource>(spec: T) -> Arc<Cell<T>> {
        let (created_at, updated_at) = (Timestamp::default(), Timestamp::default());
        Arc::new(Cell::new(Record {
            id: Id::from_uuid(uuid::Uuid::nil()),
            team: Id::from_uuid(uuid::Uuid::nil()),
            name: "x".parse().expect("a name"),
            version: 1,
            created_at,
            updated_at,
            source: None,
            spec,
        }))
    }
}
