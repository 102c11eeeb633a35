//! Who is signed in. Sessions are looked up at every request and are in no feed: one that ended is over everywhere.

use std::net::IpAddr;

use keyward_model::Timestamp;
use keyward_model::integrity::Mac;
use keyward_model::user::UserId;
use sea_orm::sea_query::{Expr, ExprTrait, Order, SelectStatement};
use sea_orm::{ConnectionTrait, QueryResult};
use serde::{Deserialize, Serialize};

use crate::db;
use crate::row::Cell;
use crate::tables::SESSION;
use crate::{Store, StoreError, Tx};

/// A browser in which somebody is signed in, or about to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// What its owner sees of it.
    pub id: uuid::Uuid,
    /// Whose it is.
    pub user: UserId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to about a minute.
    pub seen_at: Timestamp,
    /// When it is over, however much it is used.
    pub expires_at: Timestamp,
    /// From which address it began.
    pub address: IpAddr,
    /// With which program.
    pub agent: Option<String>,
    /// Whether a second factor is still to be proved: nothing else may be done with it until then.
    pub awaits_second_factor: bool,
    /// When a second factor was last proved; none where none was.
    pub second_factor_at: Option<Timestamp>,
    /// When the password or a passkey was last proved.
    pub proved_at: Timestamp,
}

impl Store {
    /// The session whose secret has this hash.
    pub async fn session(&self, digest: &str) -> Result<Option<Session>, StoreError> {
        let query = SESSION.select().and_where(Expr::col("digest").eq(digest)).to_owned();
        Ok(many(&self.read(), &*self.mac()?, query).await?.pop())
    }

    /// Every session of a user, the latest first.
    pub async fn sessions(&self, user: UserId) -> Result<Vec<Session>, StoreError> {
        let query = SESSION
            .select()
            .and_where(Expr::col("user_id").eq(user.to_string()))
            .order_by("seen_at", Order::Desc)
            .order_by("id", Order::Desc)
            .to_owned();
        many(&self.read(), &*self.mac()?, query).await
    }

    /// Notes that a session is used. One that ended meanwhile stays ended.
    pub async fn touch_session(&self, digest: &str, session: &Session) -> Result<(), StoreError> {
        let mac = self.mac()?;
        let transaction = self.db().write().await?;
        transaction.run(&SESSION.update(cells(digest, session), Some(&*mac))).await?;
        transaction.commit().await
    }

    /// Forgets sessions that are over, and that were not used since `idle_since`.
    pub async fn prune_sessions(&self, now: Timestamp, idle_since: Timestamp) -> Result<u64, StoreError> {
        let over = Expr::col("expires_at").lte(now.as_millis()).or(Expr::col("seen_at").lte(idle_since.as_millis()));
        let transaction = self.db().write().await?;
        let pruned = transaction.run(&SESSION.delete().and_where(over).to_owned()).await?;
        transaction.commit().await?;
        Ok(pruned)
    }
}

impl Tx {
    /// Begins a session.
    pub async fn insert_session(&mut self, digest: &str, session: &Session) -> Result<(), StoreError> {
        let mac = self.mac()?;
        self.session().run(&SESSION.insert(cells(digest, session), Some(&*mac))).await.map(drop)
    }

    /// Writes a session anew. Answers whether it is still there.
    pub async fn update_session(&mut self, digest: &str, session: &Session) -> Result<bool, StoreError> {
        let mac = self.mac()?;
        Ok(self.session().run(&SESSION.update(cells(digest, session), Some(&*mac))).await? > 0)
    }

    /// Ends sessions of `user`: all, or the one with this id, but for the one with the hash `kept`. Answers how many.
    pub async fn end_sessions(
        &mut self,
        user: UserId,
        only: Option<uuid::Uuid>,
        kept: Option<&str>,
    ) -> Result<u64, StoreError> {
        let mut delete = SESSION.delete();
        delete.and_where(Expr::col("user_id").eq(user.to_string()));
        if let Some(id) = only {
            delete.and_where(Expr::col("id").eq(id.to_string()));
        }
        if let Some(kept) = kept {
            delete.and_where(Expr::col("digest").ne(kept));
        }
        self.session().run(&delete).await
    }
}

async fn many<C: ConnectionTrait>(
    session: &db::Session<C>,
    mac: &dyn Mac,
    query: SelectStatement,
) -> Result<Vec<Session>, StoreError> {
    session.rows(&query).await?.iter().map(|row| read(row, mac)).collect()
}

fn cells(digest: &str, session: &Session) -> Vec<Cell> {
    vec![
        digest.into(),
        session.id.to_string().into(),
        session.user.to_string().into(),
        session.seen_at.as_millis().into(),
        session.expires_at.as_millis().into(),
        serde_json::to_string(session).expect("a session is JSON").into(),
    ]
}

fn read(row: &QueryResult, mac: &dyn Mac) -> Result<Session, StoreError> {
    let mut cells = SESSION.read(row, Some(mac))?;
    let doc = cells.pop().and_then(Cell::text);
    doc.and_then(|doc| serde_json::from_str(&doc).ok()).ok_or_else(|| SESSION.corrupt(row))
}
