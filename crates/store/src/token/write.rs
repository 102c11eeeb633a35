//! Making, changing and deleting tokens.

use keyward_model::resource::Kind;
use keyward_model::team::TeamId;
use keyward_model::token::{StoredToken, Token, TokenHash, TokenId};
use sea_orm::sea_query::{Expr, ExprTrait, Query};

use super::{by_id, cells, of_team, one};
use crate::resource::explained;
use crate::row::{Cell, signed};
use crate::tables::{TOKEN, TOKEN_TERM};
use crate::{StoreError, Tx};

impl Tx {
    /// Adds a token.
    pub async fn insert_token(&mut self, token: &StoredToken) -> Result<(), StoreError> {
        let mac = self.mac()?;
        let insert = TOKEN.insert(cells(token), Some(&*mac));
        let taken = || format!("there is a token {} already, or its app does not exist", token.token.id);
        self.session().run(&insert).await.map_err(|error| explained(error, taken))?;
        self.put_terms(&token.token).await?;
        self.changed(Some(token.token.team), Kind::Token, token.token.id.to_string()).await
    }

    /// Changes a token, all but its hash. `token.version` is the new version: one more than the one that it
    /// replaces, which must still be stored.
    pub async fn update_token(&mut self, token: &Token) -> Result<(), StoreError> {
        let mac = self.mac()?;
        let stored = one(self.session(), &*mac, of_team(token.team, token.id)).await?.ok_or(StoreError::Stale)?;
        let replacement = StoredToken { token: token.clone(), hash: stored.hash };
        let update = TOKEN
            .update(cells(&replacement), Some(&*mac))
            .and_where(Expr::col("version").eq(signed(token.version) - 1))
            .to_owned();
        if self.session().run(&update).await? == 0 {
            return Err(StoreError::Stale);
        }
        self.put_terms(token).await?;
        self.changed(Some(token.team), Kind::Token, token.id.to_string()).await
    }

    /// Exchanges what verifies a token, for the same secret under a newer pepper. Its version stays.
    pub async fn update_token_hash(&mut self, id: TokenId, hash: &TokenHash) -> Result<(), StoreError> {
        let mac = self.mac()?;
        let stored = one(self.session(), &*mac, by_id(id)).await?.ok_or(StoreError::Stale)?;
        let team = stored.token.team;
        let replacement = StoredToken { token: stored.token, hash: hash.clone() };
        let update = TOKEN.update(cells(&replacement), Some(&*mac));
        if self.session().run(&update).await? == 0 {
            return Err(StoreError::Stale);
        }
        self.changed(Some(team), Kind::Token, id.to_string()).await
    }

    /// Deletes a token of `team` and what is known of its use. A damaged one too.
    pub async fn delete_token(&mut self, team: TeamId, id: TokenId) -> Result<(), StoreError> {
        let delete = Query::delete()
            .from_table(TOKEN.name)
            .and_where(Expr::col("id").eq(id.as_str()))
            .and_where(Expr::col("team_id").eq(team.to_string()))
            .to_owned();
        if self.session().run(&delete).await? == 0 {
            return Err(StoreError::Stale);
        }
        let uses = Query::delete().from_table("token_use").and_where(Expr::col("token_id").eq(id.as_str())).to_owned();
        self.session().run(&uses).await?;
        self.changed(Some(team), Kind::Token, id.to_string()).await
    }

    /// Writes down the words that a token is found by.
    async fn put_terms(&mut self, token: &Token) -> Result<(), StoreError> {
        let id = token.id.as_str();
        let clear = TOKEN_TERM.delete().and_where(Expr::col("token_id").eq(id)).to_owned();
        self.session().run(&clear).await?;
        let labels = token.spec.labels.iter().map(|(key, value)| ("label", key.as_str(), value.as_str()));
        let apis = token.spec.restrictions.apis.iter().map(|grant| ("api", grant.api.as_str(), ""));
        let mut terms: Vec<_> = labels.chain(apis).collect();
        // An api may be named twice, with other routes.
        terms.sort_unstable();
        terms.dedup();
        // PostgreSQL holds no NUL; a label with one is found without it.
        let plain = |text: &str| Cell::from(text.replace('\0', ""));
        for (kind, word, value) in terms {
            let insert = TOKEN_TERM.insert(vec![id.into(), kind.into(), plain(word), plain(value)], None);
            self.session().run(&insert).await?;
        }
        Ok(())
    }
}
