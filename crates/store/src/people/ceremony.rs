//! What is begun and not ended yet, to be taken once.

use std::fmt;

use keyward_model::Timestamp;
use keyward_model::user::UserId;
use sea_orm::QueryResult;
use sea_orm::sea_query::{Expr, ExprTrait};

use crate::row::{Cell, Type};
use crate::tables::CEREMONY;
use crate::{Store, StoreError};

/// Something begun, such as setting the installation up; or a mark that something is used up.
#[derive(Clone, PartialEq, Eq)]
pub struct Ceremony {
    /// The hash of the code it is taken by, in hexadecimal.
    pub digest: String,
    /// What it is.
    pub kind: String,
    /// Whose it is, where somebody is signed in.
    pub user: Option<UserId>,
    /// Until when it can be ended.
    pub expires_at: Timestamp,
    /// The version of the key it is sealed under.
    pub key_version: u32,
    /// Nonce, ciphertext and tag.
    pub sealed: Vec<u8>,
}

impl fmt::Debug for Ceremony {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ceremony({})", self.kind)
    }
}

impl Store {
    /// Begins it, and forgets those that are over. Another one with its digest is a conflict.
    pub async fn begin_ceremony(&self, ceremony: &Ceremony) -> Result<(), StoreError> {
        let mac = self.mac()?;
        let transaction = self.db().write().await?;
        let now = self.clock().now().as_millis();
        transaction.run(&CEREMONY.delete().and_where(Expr::col("expires_at").lte(now)).to_owned()).await?;
        transaction.run(&CEREMONY.insert(cells(ceremony), Some(&*mac))).await?;
        transaction.commit().await
    }

    /// Takes what was begun as `kind` and is not over: of two who try, one gets it.
    pub async fn take_ceremony(&self, kind: &str, digest: &str) -> Result<Option<Ceremony>, StoreError> {
        let mac = self.mac()?;
        let transaction = self.db().write().await?;
        let found = || Expr::col("digest").eq(digest).and(Expr::col("kind").eq(kind));
        let row = transaction.row(&CEREMONY.select().and_where(found()).to_owned()).await?;
        let Some(row) = row else { return Ok(None) };
        let ceremony = ceremony(&row, CEREMONY.read(&row, Some(&*mac))?)?;
        transaction.run(&CEREMONY.delete().and_where(found()).to_owned()).await?;
        transaction.commit().await?;
        Ok(Some(ceremony).filter(|ceremony| ceremony.expires_at > self.clock().now()))
    }

    /// Forgets everything begun as `kind`.
    pub async fn drop_ceremonies(&self, kind: &str) -> Result<(), StoreError> {
        let transaction = self.db().write().await?;
        transaction.run(&CEREMONY.delete().and_where(Expr::col("kind").eq(kind)).to_owned()).await?;
        transaction.commit().await
    }
}

fn cells(ceremony: &Ceremony) -> Vec<Cell> {
    vec![
        ceremony.digest.as_str().into(),
        ceremony.kind.as_str().into(),
        ceremony.user.map_or(Cell::Null(Type::Text), |user| user.to_string().into()),
        ceremony.expires_at.as_millis().into(),
        i64::from(ceremony.key_version).into(),
        ceremony.sealed.clone().into(),
    ]
}

fn ceremony(row: &QueryResult, cells: Vec<Cell>) -> Result<Ceremony, StoreError> {
    let read = || {
        let [digest, kind, user, expires_at, key_version, sealed] = <[Cell; 6]>::try_from(cells).ok()?;
        Some(Ceremony {
            digest: digest.text()?,
            kind: kind.text()?,
            user: user.optional_text()?.map(|user| user.parse()).transpose().ok()?,
            expires_at: Timestamp::from_millis(expires_at.int()?),
            key_version: key_version.int()?.try_into().ok()?,
            sealed: sealed.bytes()?,
        })
    };
    read().ok_or_else(|| CEREMONY.corrupt(row))
}
