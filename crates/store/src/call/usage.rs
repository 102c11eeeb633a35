//! From where a token is used.

use std::net::IpAddr;

use keyward_model::Timestamp;
use keyward_model::team::TeamId;
use keyward_model::token::TokenId;
use sea_orm::QueryResult;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};

use super::{CALL_RECORD, CallStore};
use crate::StoreError;
use crate::row::unsigned;

/// The calls of a token from one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageRow {
    /// From where.
    pub address: IpAddr,
    /// How many.
    pub calls: u64,
    /// When the last one came.
    pub last_at: Timestamp,
}

impl CallStore {
    /// The recorded calls of a token of `team` since `since`, by address: the latest address first, at most 100.
    pub async fn usage(&self, team: TeamId, token: TokenId, since: Timestamp) -> Result<Vec<UsageRow>, StoreError> {
        let query = Query::select()
            .column("address")
            .expr_as(Expr::col("request_id").count(), "calls")
            .expr_as(Expr::col("at").max(), "last_at")
            .from(CALL_RECORD.name)
            .and_where(Expr::col("team_id").eq(team.to_string()))
            .and_where(Expr::col("token_id").eq(token.as_str()))
            .and_where(Expr::col("at").gte(since.as_millis()))
            .group_by_col("address")
            .order_by("last_at", Order::Desc)
            .limit(100)
            .to_owned();
        let corrupt = || StoreError::Corrupt { what: format!("a call record of token {token}") };
        self.db.read().rows(&query).await?.iter().map(|row| read(row).ok_or_else(corrupt)).collect()
    }
}

fn read(row: &QueryResult) -> Option<UsageRow> {
    Some(UsageRow {
        address: row.try_get::<String>("", "address").ok()?.parse().ok()?,
        calls: unsigned(row.try_get("", "calls").ok()?),
        last_at: Timestamp::from_millis(row.try_get("", "last_at").ok()?),
    })
}
