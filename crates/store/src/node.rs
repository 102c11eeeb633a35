//! What each node has applied of the change feed: the receipt of a revocation.

use keyward_model::Timestamp;
use sea_orm::QueryResult;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Order, Query};

use crate::row::{signed, unsigned};
use crate::{Store, StoreError};

/// How far a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeState {
    /// Which node.
    pub node: String,
    /// The revision it has applied.
    pub revision: u64,
    /// When it said so.
    pub seen_at: Timestamp,
}

impl Store {
    /// Says how far a node is.
    pub async fn report_node(&self, state: &NodeState) -> Result<(), StoreError> {
        let transaction = self.db().write().await?;
        let put = Query::insert()
            .into_table("node")
            .columns(["node", "revision", "seen_at"])
            .values_panic([state.node.as_str().into(), signed(state.revision).into(), state.seen_at.as_millis().into()])
            .on_conflict(OnConflict::column("node").update_columns(["revision", "seen_at"]).to_owned())
            .to_owned();
        transaction.run(&put).await?;
        transaction.commit().await
    }

    /// How far each node is, by name.
    pub async fn nodes(&self) -> Result<Vec<NodeState>, StoreError> {
        let query = Query::select()
            .columns(["node", "revision", "seen_at"])
            .from("node")
            .order_by("node", Order::Asc)
            .to_owned();
        let corrupt = || StoreError::Corrupt { what: "the state of a node".to_owned() };
        self.read().rows(&query).await?.iter().map(|row| read(row).ok_or_else(corrupt)).collect()
    }

    /// Forgets nodes that have said nothing since `before`.
    pub async fn prune_nodes(&self, before: Timestamp) -> Result<u64, StoreError> {
        let transaction = self.db().write().await?;
        let delete =
            Query::delete().from_table("node").and_where(Expr::col("seen_at").lt(before.as_millis())).to_owned();
        let pruned = transaction.run(&delete).await?;
        transaction.commit().await?;
        Ok(pruned)
    }
}

fn read(row: &QueryResult) -> Option<NodeState> {
    Some(NodeState {
        node: row.try_get("", "node").ok()?,
        revision: unsigned(row.try_get("", "revision").ok()?),
        seen_at: Timestamp::from_millis(row.try_get("", "seen_at").ok()?),
    })
}
