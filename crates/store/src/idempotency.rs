//! Answers remembered under idempotency keys, written in the same transaction as what they answer.

use keyward_model::Timestamp;
use keyward_model::team::TeamId;
use sea_orm::sea_query::{Expr, ExprTrait, SelectStatement};
use sea_orm::{ConnectionTrait, QueryResult};

use crate::db::Session;
use crate::resource::explained;
use crate::row::Cell;
use crate::tables::IDEMPOTENCY;
use crate::{Store, StoreError, Tx};

/// An answer that a repeated request is given again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// What the request was, so that another one under the same key is noticed.
    pub fingerprint: String,
    /// The status answered.
    pub status: u16,
    /// The body to answer with; never a secret.
    pub body: String,
}

impl Store {
    /// What was answered to the request with this key.
    pub async fn remembered(&self, team: TeamId, key: &str) -> Result<Option<Remembered>, StoreError> {
        find(&self.read(), by_key(team, key)).await
    }

    /// Forgets the answers given before `before`.
    pub async fn prune_idempotency(&self, before: Timestamp) -> Result<u64, StoreError> {
        let transaction = self.db().write().await?;
        let delete = IDEMPOTENCY.delete().and_where(Expr::col("created_at").lt(before.as_millis())).to_owned();
        let pruned = transaction.run(&delete).await?;
        transaction.commit().await?;
        Ok(pruned)
    }
}

impl Tx {
    /// As [`Store::remembered`], inside the transaction: of two requests at once, the second finds the first's.
    pub async fn remembered(&self, team: TeamId, key: &str) -> Result<Option<Remembered>, StoreError> {
        find(self.session(), by_key(team, key)).await
    }

    /// Remembers the answer to the request with this key, which must not have one yet.
    pub async fn remember(&mut self, team: TeamId, key: &str, what: &Remembered) -> Result<(), StoreError> {
        let cells: Vec<Cell> = vec![
            team.to_string().into(),
            key.into(),
            what.fingerprint.as_str().into(),
            i64::from(what.status).into(),
            what.body.as_str().into(),
            self.now().as_millis().into(),
        ];
        let taken = || "a request with this idempotency key was answered already".to_owned();
        let insert = IDEMPOTENCY.insert(cells, None);
        self.session().run(&insert).await.map(drop).map_err(|error| explained(error, taken))
    }
}

fn by_key(team: TeamId, key: &str) -> SelectStatement {
    IDEMPOTENCY
        .select()
        .and_where(Expr::col("team_id").eq(team.to_string()))
        .and_where(Expr::col("idempotency_key").eq(key))
        .to_owned()
}

async fn find<C: ConnectionTrait>(
    session: &Session<C>,
    query: SelectStatement,
) -> Result<Option<Remembered>, StoreError> {
    let row = session.row(&query).await?;
    row.map(|row| read(&row).ok_or_else(|| IDEMPOTENCY.corrupt(&row))).transpose()
}

fn read(row: &QueryResult) -> Option<Remembered> {
    let cells = IDEMPOTENCY.read_unchecked(row).ok()?;
    let [_, _, fingerprint, status, body, _] = <[Cell; 6]>::try_from(cells).ok()?;
    Some(Remembered { fingerprint: fingerprint.text()?, status: status.int()?.try_into().ok()?, body: body.text()? })
}
