//! The key ring as stored: each key sealed under the master key.
//!
//! Keys are read before there is a key to check seals with, so each row has a plain digest: it finds damage by
//! accident. What was changed on purpose, the master key's own seal finds.

use aws_lc_rs::digest::{SHA256, digest};
use keyward_model::Timestamp;
use keyward_model::change::SealedKey;
use keyward_model::resource::Kind;
use sea_orm::sea_query::Order;
use sea_orm::{ConnectionTrait, QueryResult};

use crate::db::Session;
use crate::resource::explained;
use crate::row::Cell;
use crate::tables::RING_KEY;
use crate::{Store, StoreError, Tx};

impl Store {
    /// Every key of the ring. A damaged one is an error: without it nothing can be trusted.
    pub async fn keys(&self) -> Result<Vec<SealedKey>, StoreError> {
        all(&self.read()).await
    }
}

impl Tx {
    /// As [`Store::keys`], inside the transaction.
    pub async fn keys(&self) -> Result<Vec<SealedKey>, StoreError> {
        all(self.session()).await
    }

    /// Adds a key. Its place, purpose and version, must be free.
    pub async fn insert_key(&mut self, key: &SealedKey) -> Result<(), StoreError> {
        let taken = || format!("there is a key {} {} already", key.purpose.as_str(), key.version);
        let insert = RING_KEY.insert(cells(key), None);
        self.session().run(&insert).await.map_err(|error| explained(error, taken))?;
        self.changed(None, Kind::Key, format!("{}.{}", key.purpose.as_str(), key.version)).await
    }

    /// Exchanges the whole ring, for the same keys sealed under another master key.
    pub async fn replace_keys(&mut self, keys: &[SealedKey]) -> Result<(), StoreError> {
        self.session().run(&RING_KEY.delete()).await?;
        for key in keys {
            self.insert_key(key).await?;
        }
        Ok(())
    }
}

async fn all<C: ConnectionTrait>(session: &Session<C>) -> Result<Vec<SealedKey>, StoreError> {
    let query = RING_KEY.select().order_by("purpose", Order::Asc).order_by("version", Order::Asc).to_owned();
    session.rows(&query).await?.iter().map(read).collect()
}

fn cells(key: &SealedKey) -> Vec<Cell> {
    let mut cells: Vec<Cell> = vec![
        key.purpose.as_str().into(),
        i64::from(key.version).into(),
        key.created_at.as_millis().into(),
        key.sealed.clone().into(),
    ];
    cells.push(digest_of(key).into());
    cells
}

fn digest_of(key: &SealedKey) -> Vec<u8> {
    let head = format!("keyward key 1 {} {} {} ", key.purpose.as_str(), key.version, key.created_at.as_millis());
    digest(&SHA256, &[head.as_bytes(), &key.sealed].concat()).as_ref().to_vec()
}

pub(crate) fn read(row: &QueryResult) -> Result<SealedKey, StoreError> {
    let read = || {
        let cells = RING_KEY.read_unchecked(row).ok()?;
        let [purpose, version, created_at, sealed, digest] = <[Cell; 5]>::try_from(cells).ok()?;
        let key = SealedKey {
            purpose: purpose.text()?.parse().ok()?,
            version: version.int()?.try_into().ok()?,
            sealed: sealed.bytes()?,
            created_at: Timestamp::from_millis(created_at.int()?),
        };
        (digest.bytes()? == digest_of(&key)).then_some(key)
    };
    read().ok_or_else(|| RING_KEY.corrupt(row))
}
