//! Keeping up with the store.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::str::FromStr;
use std::sync::Arc;

use futures_util::future::{BoxFuture, try_join_all};
use keyward_model::Name;
use keyward_model::app::{AppId, AppSpec};
use keyward_model::change::Change;
use keyward_model::resource::Kind;
use keyward_model::secret::{Hidden, SecretSpec};
use keyward_model::team::{TeamId, TeamSpec};
use keyward_model::token::{StoredCompactToken, TokenId};
use keyward_store::feed::Follow;
use keyward_store::{StoreError, TokenStretch};
use keyward_vault::Sealed;

use super::cells::{AppCell, TeamCell};
use super::foreign::Foreign;
use super::{Live, LiveToken};
use crate::tokens::unless_damaged;

/// How many tokens are read at a time.
const BATCH: u64 = 1000;

/// What was taken over from a stretch of all tokens.
#[derive(Default)]
struct Taken {
    /// Those that were known before.
    seen: Vec<TokenId>,
    /// Those that are to go into the table together.
    fresh: Vec<Arc<LiveToken>>,
}

impl Follow for Live {
    fn apply<'a>(&'a self, changes: &'a [Change]) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.take_over(changes))
    }

    fn reload<'a>(&'a self) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.take_over_everything())
    }
}

impl Live {
    async fn take_over_everything(&self) -> Result<(), StoreError> {
        self.teams.replace_all(self.store.resources_of_all_teams::<TeamSpec>().await?);
        self.apps.replace_all(self.store.resources_of_all_teams::<AppSpec>().await?);
        let known = self.all_ids();
        let stretches = self.store.token_stretches_of_all_teams().await?;
        let taken = try_join_all(stretches.into_iter().map(|stretch| self.take_over_stretch(stretch, &known))).await?;
        if known.is_empty() && self.is_empty() {
            let fresh: Vec<Arc<LiveToken>> = taken.into_iter().flat_map(|taken| taken.fresh).collect();
            let imported = || fresh.iter().filter(|token| token.token.imported().is_some());
            self.foreign.expect(imported().count());
            for token in imported() {
                self.foreign.put(token);
            }
            // The ways of keys made elsewhere are known before their tokens are.
            self.publish_foreign().await?;
            self.tokens.fill(fresh);
            return Ok(());
        }
        let (seen, fresh): (Vec<_>, Vec<_>) = taken.into_iter().map(|taken| (taken.seen, taken.fresh)).unzip();
        for token in fresh.into_iter().flatten() {
            self.tokens.put(token);
        }
        let seen: HashSet<TokenId> = seen.into_iter().flatten().collect();
        for id in known.difference(&seen) {
            self.remove(*id);
        }
        self.publish_foreign().await
    }

    fn all_ids(&self) -> HashSet<TokenId> {
        let mut ids = HashSet::with_capacity(self.len());
        self.for_each(|token| {
            ids.insert(token.token.id());
        });
        ids
    }

    /// Takes over the tokens of a stretch. Where none are known, they are left for the table to be filled with.
    async fn take_over_stretch(
        &self,
        mut stretch: TokenStretch,
        known: &HashSet<TokenId>,
    ) -> Result<Taken, StoreError> {
        let mut taken = Taken::default();
        while let Some(batch) = self.store.tokens_of_stretch(&mut stretch, BATCH, &self.parts).await? {
            for row in &batch.damaged {
                tracing::error!(
                    token = row.id,
                    "a stored token is damaged and will not be known; restore it from a backup"
                );
            }
            for stored in batch.tokens {
                let id = stored.token.id();
                if known.contains(&id) {
                    taken.seen.push(id);
                }
                if !known.is_empty() {
                    self.put(stored).await?;
                } else if let Some(live) = self.live(stored).await? {
                    taken.fresh.push(Arc::new(live));
                }
            }
        }
        Ok(taken)
    }

    async fn take_over(&self, changes: &[Change]) -> Result<(), StoreError> {
        let mut foreign_changed = false;
        for id in changed::<TeamId>(changes, Kind::Team) {
            match unless_damaged(self.store.team_by_id(id).await)? {
                Some(team) => drop(self.teams.put(team)),
                None => drop(self.teams.remove(id)),
            }
        }
        for id in changed::<AppId>(changes, Kind::App) {
            match unless_damaged(self.store.resource_of_any_team::<AppSpec>(id).await)? {
                Some(app) => drop(self.apps.put(app)),
                None => self.let_go_of_app(id),
            }
        }
        for id in changed::<TokenId>(changes, Kind::Token) {
            foreign_changed |= match unless_damaged(self.store.compact_token_of_any_team(id, &self.parts).await)? {
                Some(stored) => self.put(stored).await?,
                None => self.remove(id),
            };
        }
        let secret_changed = changes.iter().any(|change| change.kind == Kind::Secret);
        if foreign_changed || (secret_changed && !self.foreign.secrets().is_empty()) {
            self.publish_foreign().await?;
        }
        Ok(())
    }

    /// Takes over a token; says whether some way of keys made elsewhere is no longer needed.
    async fn put(&self, stored: StoredCompactToken) -> Result<bool, StoreError> {
        let id = stored.token.id();
        let Some(live) = self.live(stored).await? else { return Ok(self.remove(id)) };
        let live = Arc::new(live);
        let before = self.by_id(id);
        let imported = |token: &LiveToken| token.token.imported().is_some();
        let plain = !imported(&live) && before.as_ref().is_none_or(|before| !imported(before));
        if plain || before.as_ref().is_some_and(|before| Foreign::same_key(before, &live)) {
            self.tokens.put(live);
            return Ok(false);
        }
        // A new way is known before its token, and an old one after it, so that at no moment the key is unknown.
        if self.foreign.put(&live) {
            self.publish_foreign().await?;
        }
        self.tokens.put(live);
        Ok(before.is_some_and(|before| self.foreign.remove(&before)))
    }

    /// The token with its surroundings, where they are there.
    async fn live(&self, stored: StoredCompactToken) -> Result<Option<LiveToken>, StoreError> {
        let StoredCompactToken { token, team, app, hash } = stored;
        let surroundings = (self.app_cell(app).await?, self.team_cell(team).await?);
        let (Some(app), Some(team)) = surroundings else {
            tracing::error!(token = %token.id(), "a token's app or team is gone; the token is not known");
            return Ok(None);
        };
        Ok(Some(LiveToken::new(token, hash, app, team)))
    }

    fn remove(&self, id: TokenId) -> bool {
        self.tokens.remove(id).is_some_and(|token| self.foreign.remove(&token))
    }

    /// An app that is gone or damaged: whatever tokens still have it are refused, as those of a disabled app.
    fn let_go_of_app(&self, id: AppId) {
        if let Some(cell) = self.apps.remove(id) {
            cell.change(|app| app.spec.disabled = true);
        }
    }

    async fn app_cell(&self, id: AppId) -> Result<Option<Arc<AppCell>>, StoreError> {
        match self.apps.get(id) {
            Some(cell) => Ok(Some(cell)),
            None => {
                Ok(unless_damaged(self.store.resource_of_any_team::<AppSpec>(id).await)?.map(|app| self.apps.put(app)))
            }
        }
    }

    async fn team_cell(&self, id: TeamId) -> Result<Option<Arc<TeamCell>>, StoreError> {
        match self.teams.get(id) {
            Some(cell) => Ok(Some(cell)),
            None => Ok(unless_damaged(self.store.team_by_id(id).await)?.map(|team| self.teams.put(team))),
        }
    }

    async fn publish_foreign(&self) -> Result<(), StoreError> {
        let _turn = self.publishing.lock().await;
        let mut keys = BTreeMap::new();
        for (team, name) in self.foreign.secrets() {
            if let Some(key) = self.open_secret(team, &name).await? {
                keys.insert((team, name), key);
            }
        }
        self.foreign.publish(keys);
        Ok(())
    }

    async fn open_secret(&self, team: TeamId, name: &Name) -> Result<Option<Hidden>, StoreError> {
        let value = match unless_damaged(self.store.resource::<SecretSpec>(team, name).await)? {
            Some(secret) => unless_damaged(self.store.secret_value(secret.id).await)?,
            None => None,
        };
        let Some(value) = value else {
            tracing::warn!(%team, secret = %name, "the key of imported tokens is not there; they are not known until it is");
            return Ok(None);
        };
        let sealed = Sealed { key_version: value.key_version, bytes: value.sealed };
        let opened = self.vault.open(team, &value.secret.to_string(), &sealed);
        if let Err(error) = &opened {
            tracing::error!(%team, secret = %name, %error, "the key of imported tokens does not open; they are not known");
        }
        Ok(opened.ok())
    }
}

/// The ids of a kind among the changes, each once. An id that does not read is none that Keyward wrote.
fn changed<I: FromStr + Ord>(changes: &[Change], kind: Kind) -> BTreeSet<I> {
    changes.iter().filter(|change| change.kind == kind).filter_map(|change| change.id.parse().ok()).collect()
}
