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

/// The calls of a token, as far as their records are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsageRows {
    /// Addresses they came from.
    pub distinct: u64,
    /// The addresses, the latest first; at most 100.
    pub rows: Vec<UsageRow>,
}

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
    /// The recorded calls of a token of `team` from `from` to before `to`, by address.
    pub async fn usage(
        &self,
        team: TeamId,
        token: TokenId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<UsageRows, StoreError> {
        let of_token = Query::select()
            .from(CALL_RECORD.name)
            .and_where(Expr::col("team_id").eq(team.to_string()))
            .and_where(Expr::col("token_id").eq(token.as_str()))
            .and_where(Expr::col("at").gte(from.as_millis()))
            .and_where(Expr::col("at").lt(to.as_millis()))
            .to_owned();
        let query = of_token
            .clone()
            .column("address")
            .expr_as(Expr::col("request_id").count(), "calls")
            .expr_as(Expr::col("at").max(), "last_at")
            .group_by_col("address")
            .order_by("last_at", Order::Desc)
            .limit(100)
            .to_owned();
        let corrupt = || StoreError::Corrupt { what: format!("a call record of token {token}") };
        let rows = self.db.read().rows(&query).await?;
        let rows = rows.iter().map(|row| read(row).ok_or_else(corrupt)).collect::<Result<Vec<_>, _>>()?;
        let counted = of_token.clone().expr_as(Expr::col("address").count_distinct(), "addresses").to_owned();
        let counted = self.db.read().row(&counted).await?;
        let distinct = counted.and_then(|row| row.try_get("", "addresses").ok()).map(unsigned).ok_or_else(corrupt)?;
        Ok(UsageRows { distinct, rows })
    }
}

fn read(row: &QueryResult) -> Option<UsageRow> {
    Some(UsageRow {
        address: row.try_get::<String>("", "address").ok()?.parse().ok()?,
        calls: unsigned(row.try_get("", "calls").ok()?),
        last_at: Timestamp::from_millis(row.try_get("", "last_at").ok()?),
    })
}
